package reports

import (
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/rating"
)

// The page that may be handed on names no rater: neither as an item, though most
// items are none, nor by a file's name, nor in what a warning quotes of a row; and
// it tells days alone, unless it is asked for more.
func TestSharedPage(t *testing.T) {
	c := small()
	who := c.Ratings.Raters.Name(c.Findings.Rings[0].Raters[0])
	names := rating.NewNames()
	for i := range c.Ratings.Items.Len() {
		name := c.Ratings.Items.Name(int32(i))
		if int32(i) == c.Findings.Rings[0].Items[0] {
			name = who
		}
		names.Add([]byte(name))
	}
	c.Ratings.Items = names
	c.Title = "Rings in alice-bob.csv"
	c.Run.Command = "ringwatch detect alice-bob.csv alice.csv"
	c.Run.Inputs = []InputFile{{Path: "alice.csv", Rows: 3}, {Path: "alice-bob.csv", Rows: 4}}
	c.Run.Warnings = []string{`alice-bob.csv:9: "SECRET\"7" is not a number`}
	page := func() string {
		var b strings.Builder
		if err := HTML(&b, c); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	shared := page()
	for _, secret := range []string{"alice", "bob", "SECRET", ">" + who + "<", "2019-03-02 1", "data-after=", "T1"} {
		if at := strings.Index(shared, secret); at >= 0 {
			t.Errorf("the page tells %q: %s", secret, shared[max(0, at-60):at+60])
		}
	}
	if !strings.Contains(shared, "input 2") || !strings.Contains(shared, "2019-03-02") {
		t.Error("it does not say what was read, or on which day")
	}
	if !strings.Contains(shared, `<td class="t">2019-03-02</td>`) || strings.Contains(shared, "as in the next picture") {
		t.Error("the ratings behind a ring have no day, or lines are spoken of that are not drawn")
	}
	c.ExactTimes = true
	if exact := page(); !strings.Contains(exact, "data-after=") {
		t.Error("exact times are not shown where they are asked for")
	}
}
