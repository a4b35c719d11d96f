package reports

import (
	"bytes"
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/detect/campaigns"
	"github.com/ringwatch/ringwatch/rating"
)

// Without votes reports tell of attention, in no word of votes.
func TestAttention(t *testing.T) {
	table := &rating.Table{Raters: rating.NewNames(), Items: rating.NewNames(), Scale: rating.Scale{Min: 1, Max: 1}}
	for k := range 40 {
		table.Append(table.Raters.Add([]byte{'u', byte('0' + k)}), table.Items.Add([]byte("repo")),
			1, int32(8000*86400+k*600))
	}
	c := &Case{Title: "Stars", Ratings: table,
		Findings: &detect.Findings{Suspicion: make([]float64, 40), Campaigns: &campaigns.Findings{Bursts: 1, Few: 3,
			Campaigns: []campaigns.Campaign{{Verdict: campaigns.Attention, From: table.Time[0], To: table.Time[39],
				Few: 1, Ratings: 40, Expected: .2, ByTime: .2, Votes: 40, Share: 1, Usual: 1,
				P: 1e-9, Q: 1e-8, Excess: 39.8, Keep: 1}}}}}
	var page, text bytes.Buffer
	if err := HTML(&page, c); err != nil {
		t.Fatal(err)
	}
	if err := Text(&text, c, TextOptions{Width: 100}); err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]string{"page": page.String(), "text": text.String()} {
		if !strings.Contains(s, "attention") || strings.Contains(s, "gave 1") ||
			!strings.Contains(strings.Join(strings.Fields(s), " "), "cannot be told without votes") {
			t.Errorf("%s:\n%s", name, s)
		}
	}
}

// A crowd's verdict says why it is none of a farm, or that ratings cannot tell.
func TestOfOneMind(t *testing.T) {
	for want, x := range map[string]campaigns.Campaign{
		"have other ratings": {Verdict: campaigns.Crowd, Likelier: 40,
			Alike: .01, Doubt: .9},
		"a doubt of 35 %: that is too much to name it": {Verdict: campaigns.Crowd, Likelier: 7, Alike: 1, Doubt: .35},
		"the usual ones moved": {Verdict: campaigns.Crowd, Likelier: .1,
			Alike: 1, Doubt: .99},
		"all of one opinion cannot be excluded": {Verdict: campaigns.Campaigned, Likelier: 40,
			Alike: 1, Doubt: .1},
		"look the same in ratings; this cannot be exclu": {Verdict: campaigns.Outcry},
	} {
		if got := ofOneMind(&x); !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", x.Verdict, got, want)
		}
	}
}
