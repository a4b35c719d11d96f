package reports

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/accounts"
	"github.com/ringwatch/ringwatch/internal/textfile"
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
	c.Run.Warnings = []string{`alice-bob.csv:9: "SECRET\"7" is not a number`,
		"3 ratings, 20 % of all, have one time, 2019-03-02T10:11:12Z: where that stands for none"}
	c.Beside = &accounts.Beside{Files: []string{"alice-accounts.csv"},
		Rings: make([][]accounts.Shared, len(c.Findings.Rings))}
	c.Findings.Warnings = append(c.Findings.Warnings, textfile.CutShort("alice-accounts.csv"))
	c.Run.Command += " --accounts alice-accounts.csv"
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
	if !strings.Contains(shared, `<td class="t">2019-03-02</td>`) ||
		strings.Contains(shared, "as in the next picture") {
		t.Error("the ratings behind a ring have no day, or lines are spoken of that are not drawn")
	}
	for _, at := range minutes.FindAllString(shared, -1) {
		if !strings.HasSuffix(at, " 00:00") {
			t.Errorf("the page tells %s, and not a day", at)
		}
	}
	if !strings.Contains(shared, "Acts by weekday, at most") || strings.Contains(shared, ">06:00<") ||
		strings.Contains(shared, "weekday and hour") {
		t.Error("the picture of the week is not one of its days")
	}
	if !strings.Contains(shared, "one time, 2019-03-02:") || !strings.Contains(shared, `class="span"`) {
		t.Error("a warning tells no day, or the list does not draw when a ring acted")
	}
	c.ExactTimes = true
	if exact := page(); !strings.Contains(exact, "data-after=") {
		t.Error("exact times are not shown where they are asked for")
	}
}

var minutes = regexp.MustCompile(`\d{4}-\d\d-\d\d[ T]\d\d:\d\d`)

// A timeline in days begins and ends with one, whatever its acts, and loses none.
func TestTimelineInDays(t *testing.T) {
	for _, ends := range [][2]string{{"2024-01-08T06:24:01Z", "2024-02-28T00:52:00Z"},
		{"2024-01-08T23:59:00Z", "2024-01-09T00:09:00Z"}, {"2004-01-08T06:24:00Z", "2024-02-28T23:52:00Z"}} {
		l := Timeline{From: ends[0], To: ends[1], Ring: make([]int, bins), Crowd: make([]int, bins),
			Dots: [][]dot{{{1, 1}}}, Hours: slices.Repeat([]int{1}, 7*24)}
		for k := range bins {
			l.Ring[k], l.Crowd[k] = k, 1
		}
		days := l.inDays()
		if err := (&Ring{P: "0", Q: "0", Timeline: days}).check(); err != nil {
			t.Error(err)
		}
		ring, crowd := 0, 0
		for k := range days.Ring {
			ring, crowd = ring+days.Ring[k], crowd+days.Crowd[k]
		}
		if !slices.Equal(days.Hours, slices.Repeat([]int{24}, 7)) {
			t.Errorf("the days of the week are %v", days.Hours)
		}
		told := days.From + days.To
		if ring != bins*(bins-1)/2 || crowd != bins || days.Dots != nil || strings.Count(told, "T00:00:00Z") != 2 ||
			days.From > ends[0] || days.To < ends[1] || len(days.Ring) > bins+2 {
			t.Errorf("%v: %+v", ends, days)
		}
	}
}

// Campaigns on items are told in days there too, and none of their ratings is lost.
func TestSharedCampaign(t *testing.T) {
	c := Campaign{ID: "K1", Item: "a", From: "2019-03-02T10:11:12Z", To: "2019-03-04T13:14:15Z", Ratings: 9}
	c.Timeline = &CampaignTimeline{From: "2019-03-01T23:59:01Z", To: "2019-03-09T05:00:07Z", Few: make([][3]int, 100),
		Others: make([][3]int, 100), Expected: make([]float64, 100), Begin: 5, End: 31}
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
	if len(c.Timeline.Few) != 9 || few != 99*100/2+100 || others != 200 || c.Timeline.Begin != 1 ||
		c.Timeline.End != 3 {
		t.Errorf("%d days, %d and %d ratings, of the campaign from %d to %d", len(c.Timeline.Few), few, others,
			c.Timeline.Begin, c.Timeline.End)
	}
	if err := c.Timeline.check(); err != nil {
		t.Error(err)
	}
	told := c.From + c.To + c.Why + c.Timeline.From + string(c.Timeline.draw())
	if strings.Contains(told, "10:11") || strings.Contains(told, "13:14") || strings.Contains(told, "23:59") ||
		!strings.Contains(c.Why, "2019-03-02") {
		t.Error(told)
	}
	exact.Others = exact.Others[:99]
	for _, bad := range []*CampaignTimeline{{}, {From: exact.From, To: exact.To}, &exact} {
		if bad.check() == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}
