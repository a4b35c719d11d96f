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

// Campaigns on items are told in days there too, and none of their ratings is lost.
func TestSharedCampaign(t *testing.T) {
	c := Campaign{ID: "K1", Item: "a", From: "2019-03-02T10:11:12Z", To: "2019-03-04T13:14:15Z", Ratings: 9}
	c.Timeline = &CampaignTimeline{From: "2019-03-01T23:59:01Z", To: "2019-03-09T05:00:07Z", Few: make([][3]int, 100), Others: make([][3]int, 100), Expected: make([]float64, 100), Begin: 5, End: 31}
	for k := range 100 {
		c.Timeline.Few[k], c.Timeline.Others[k], c.Timeline.Expected[k] = [3]int{k, 1, 0}, [3]int{0, 0, 2}, .1
	}
	c.Why = c.why()
	exact := *c.Timeline
	c.coarsen()
	few, others := 0, 0
	for k := range c.Timeline.Few {
		few, others = few+total(c.Timeline.Few[k]), others+total(c.Timeline.Others[k])
	}
	if len(c.Timeline.Few) != 9 || few != 99*100/2+100 || others != 200 || c.Timeline.Begin != 1 || c.Timeline.End != 3 {
		t.Errorf("%d days, %d and %d ratings, of the campaign from %d to %d", len(c.Timeline.Few), few, others, c.Timeline.Begin, c.Timeline.End)
	}
	if err := c.Timeline.check(); err != nil {
		t.Error(err)
	}
	if told := c.From + c.To + c.Why + c.Timeline.From + string(c.Timeline.draw()); strings.Contains(told, "10:11") || strings.Contains(told, "13:14") || strings.Contains(told, "23:59") || !strings.Contains(c.Why, "2019-03-02") {
		t.Error(told)
	}
	exact.Others = exact.Others[:99]
	for _, bad := range []*CampaignTimeline{{}, {From: exact.From, To: exact.To}, &exact} {
		if bad.check() == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}
