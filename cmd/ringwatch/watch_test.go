package main

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// smallWorld goes to a folder of its own with a small world in in/ratings.csv, and returns its lines.
func smallWorld(t *testing.T) []string {
	t.Helper()
	t.Chdir(t.TempDir())
	small(t, "small.yaml")
	do(t, "simulate small.yaml --out in")
	text, err := os.ReadFile("in/ratings.csv")
	if err != nil {
		t.Fatal(err)
	}
	return slices.Collect(strings.Lines(strings.TrimSpace(string(text)) + "\n"))
}

// Ratings that arrive in any order, in pieces of any size, with kills between, end
// in the files of detect and the items.csv of score, byte for byte.
func TestWatch(t *testing.T) {
	lines := smallWorld(t)
	head, rows := lines[0], lines[1:]
	if err := os.WriteFile("ratings.csv", []byte(head+strings.Join(rows, "")), 0o666); err != nil {
		t.Fatal(err)
	}
	do(t, "detect ratings.csv --out batch --item-scores --quiet")
	do(t, "score ratings.csv --out scores --quiet")
	sameFile(t, "batch/items.csv", "scores/items.csv")

	rng := rand.New(rand.NewPCG(3, 1))
	kills := 4
	if n, err := strconv.Atoi(os.Getenv("RINGWATCH_KILLS")); err == nil {
		kills = n
	} else if os.Getenv("RINGWATCH_LONG") != "" {
		kills = 30
	}
	rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	arrived := head + strings.Join(rows, "")
	if err := os.WriteFile("ratings.csv", nil, 0o666); err != nil {
		t.Fatal(err)
	}
	grown := 0
	for range kills {
		c := exec.Command("ringwatch", "watch", "ratings.csv", "--state", "state")
		var said bytes.Buffer
		c.Stderr = &said
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile("ratings.csv", os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		for range 5 { // pieces, of lines and of parts of lines
			n := min(len(arrived)-grown, rng.IntN(1+len(arrived)/kills/4))
			if _, err := io.WriteString(f, arrived[grown:grown+n]); err != nil {
				t.Fatal(err)
			}
			grown += n
			time.Sleep(time.Duration(rng.IntN(60)) * time.Millisecond)
		}
		f.Close()
		c.Process.Kill()
		c.Wait()
		if strings.Contains(said.String(), "damaged") {
			t.Fatal(said.String())
		}
	}
	if err := os.WriteFile("ratings.csv", []byte(arrived), 0o666); err != nil {
		t.Fatal(err)
	}
	do(t, "watch ratings.csv --state state --until-end --out live --quiet")
	same(t, "batch", "live")

	// With another scorer, items.csv is that of score.
	others := []string{"median"}
	if os.Getenv("RINGWATCH_LONG") != "" {
		others = []string{"median", "mean", "trust", "communitynotes-core"}
	}
	for _, scorer := range others {
		do(t, "watch ratings.csv --state state --until-end --out by-"+scorer+" --quiet --scorer "+scorer)
		do(t, "score ratings.csv --quiet --out scores-"+scorer+" --scorer "+scorer)
		sameFile(t, "by-"+scorer+"/items.csv", "scores-"+scorer+"/items.csv")
	}

	// The same through a pipe, and again from its beginning.
	pipe := func(command, text string) string {
		var stderr bytes.Buffer
		if code := run(t.Context(), words(command), strings.NewReader(text), io.Discard, &stderr); code != 0 {
			return stderr.String()
		}
		return ""
	}
	for _, failed := range []string{
		pipe("detect - --out batch --item-scores --force --quiet", arrived),
		pipe("watch - --state piped --until-end --out piped0 --quiet",
			arrived[:strings.LastIndexByte(arrived[:len(arrived)/3], '\n')+1]),
		pipe("watch - --state piped --until-end --out piped1 --quiet", arrived),
	} {
		if failed != "" {
			t.Error(failed)
		}
	}
	same(t, "batch", "piped1")

	// Another file is not taken for the one before it.
	if err := os.WriteFile("ratings.csv", []byte(strings.Replace(arrived, ",", ";", 1)), 0o666); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("ringwatch", "watch", "ratings.csv", "--state", "state", "--until-end", "--out",
		"other").CombinedOutput(); err == nil || !strings.Contains(string(out), "does not begin as it did") {
		t.Errorf("%v: %s", err, out)
	}
}

func sameFile(t *testing.T, a, b string) {
	t.Helper()
	x, err1 := os.ReadFile(a)
	y, err2 := os.ReadFile(b)
	if err1 != nil || err2 != nil || !bytes.Equal(x, y) {
		t.Errorf("%s and %s differ: %v %v", a, b, err1, err2)
	}
}

// Several values at one time do not keep what was acknowledged from being read.
func TestWatchRepeats(t *testing.T) {
	lines := smallWorld(t)
	head := strings.TrimSpace(lines[0])
	at := map[string]string{"rater": "p", "time": "2024-01-05T00:00:00Z"}
	for k := range 200 {
		for _, at["value"] = range []string{"0", "1"} {
			at["item"] = "q" + strconv.Itoa(k/2)
			var cells []string
			for name := range strings.SplitSeq(head, ",") {
				cells = append(cells, at[name])
			}
			lines = append(lines, strings.Join(cells, ",")+"\n")
		}
	}
	if err := os.WriteFile("ratings.csv", []byte(strings.Join(lines, "")), 0o666); err != nil {
		t.Fatal(err)
	}
	if code := run(t.Context(), words("detect ratings.csv --out none --quiet"), strings.NewReader(""), io.Discard,
		io.Discard); code == 0 {
		t.Fatal("detect reads them, so that this shows nothing")
	}
	do(t, "detect ratings.csv --repeats mean --out batch --item-scores --quiet")
	do(t, "watch ratings.csv --state state --until-end --out live --quiet")
	same(t, "batch", "live")
}

// What is wrong is told by the names that the user knows, and once.
func TestWatchErrors(t *testing.T) {
	t.Chdir(t.TempDir())
	const rows = `{"rater":"a","item":"b","value":1}` + "\n"
	for name, text := range map[string]string{"bad.jsonl": rows + `{"rater":"a","item":"c","value":1e999}` + "\n",
		"folder/bad.jsonl": rows + `{"rater":"a","item":"c","value":"x"}` + "\n", "mine/notes.txt": "mine"} {
		os.MkdirAll(filepath.Dir(name), 0o777)
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	for command, want := range map[string]string{
		"watch bad.jsonl --state s1 --until-end --out case": "ringwatch: bad.jsonl:2: ",
		"watch folder --state s2 --until-end --out case":    "ringwatch: folder/bad.jsonl:2: ",
		"watch bad.jsonl --state mine":                      "ringwatch: mine: has files, such as notes.txt, ",
		"watch --state s3 --listen " + busy.Addr().String(): "ringwatch: --listen: " + busy.Addr().String() +
			" is in use by another program; ",
		"watch --state s4 --listen 0.0.0.0:0": "ringwatch: --listen: 0.0.0.0:0 can be reached from other machines; ",
		"watch --state s5 --listen 127.0.0.1:0 --scorer stability": "ringwatch: --scorer: " +
			"scores of stability do not move with single ratings; ",
		"watch bad.jsonl --state s6 --consumer a": "ringwatch: --broker-credentials and --consumer are of a " +
			"source such as ",
	} {
		var stderr bytes.Buffer
		code := run(t.Context(), words(command), strings.NewReader(""), io.Discard, &stderr)
		said := stderr.String()
		if code == 0 || !strings.HasPrefix(said, want) || strings.Contains(said, os.TempDir()) ||
			strings.Count(said, "\n") > 1 || strings.Contains(said, "in use") && strings.Contains(said, "token") {
			t.Errorf("%s: %d %s", command, code, said)
		}
	}
}
