package main

import (
	"strings"
	"testing"
)

// A path with quotes, spaces and backslashes reaches the script as it is.
func TestQuery(t *testing.T) {
	q := job{work: `/mnt/it's a \ case`, program: "/bin/ringwatch", wanted: "/mnt/.while-1", shares: 10}.query()
	for _, want := range []string{
		`USING '\'/bin/ringwatch\' task \'/mnt/it\'\\\'\'s a \\ case\' --shares --of 10 --while \'/mnt/.while-1\' --quiet'`,
		`REPARTITION(3)`, `FROM range(10)`,
	} {
		if !strings.Contains(q, want) {
			t.Errorf("the query is\n%s\nwithout %s", q, want)
		}
	}
	if n := strings.Count(q, "ROW FORMAT DELIMITED"); n != 2 {
		t.Errorf("the format of rows is given %d times, want 2", n)
	}
}

// What cannot work is refused before a server is asked.
func TestRefused(t *testing.T) {
	for want, j := range map[string]job{
		"are needed":          {shares: 1},
		"paths from the root": {work: "w", program: "/p", shares: 1},
		"less than 1":         {work: "/w", program: "/p"},
	} {
		if err := j.run(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", j, err, want)
		}
	}
}
