package reports

import (
	"bytes"
	"math"
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

// Where nobody came who would show news, none is refuted.
func TestNews(t *testing.T) {
	for want, x := range map[string]campaigns.Campaign{
		"cannot be told: in this data": {Few: 9},
		"too, and none came":           {Few: 9, Heard: true},
		"then, 4.50 would be expected": {Few: 9, Heard: true, Others: 30, ByCompany: 4.5},
	} {
		doc := Campaign{Few: x.Few, Others: x.Others}
		said := doc.innocent(&x)[0]
		if !strings.Contains(said.Because, want) || said.Told() != x.Heard || said.Holds {
			t.Errorf("%+v, want %q", said, want)
		}
		if doc.Others == 0 && !strings.Contains(doc.why(), "; nobody with more came") {
			t.Error(doc.why())
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

// What is said of witnesses follows from their figures, and rows are told of where
// campaign_rows.csv has them.
func TestWitnesses(t *testing.T) {
	table := &rating.Table{Raters: rating.NewNames(), Items: rating.NewNames(), Scale: rating.Scale{Min: 1, Max: 5}}
	table.Append(table.Raters.Add([]byte("u")), table.Items.Add([]byte("i")), 1, 0)
	for _, c := range []struct {
		campaigns.Campaign
		holds bool
		want  string
	}{
		{campaigns.Campaign{Verdict: campaigns.Change, Witnesses: 23, WitnessShare: .0435, Predicted: .09}, true,
			"do not vote alike (4.35 % against 41.7 %)"},
		{campaigns.Campaign{Verdict: campaigns.Change, Witnesses: 23, WitnessShare: .4, Predicted: .35}, true,
			"vote alike; whether"},
		{campaigns.Campaign{Verdict: campaigns.Change, Witnesses: 10, WitnessShare: .2, Predicted: .35}, true,
			"before or after, vote alike; whether"}, // those of one side
		{campaigns.Campaign{Verdict: campaigns.Change, Witnesses: 2, WitnessShare: .5}, true, "too few established"},
		{campaigns.Campaign{Verdict: campaigns.Unwitnessed, Witnesses: 2}, true, "too few established"},
		{campaigns.Campaign{Verdict: campaigns.Crowd, WitnessShare: math.NaN()}, true, "too few established"},
		{campaigns.Campaign{Verdict: campaigns.Campaigned, Witnesses: 23, Inside: 13, WitnessShare: .0435}, false,
			"do not vote alike"},
		{campaigns.Campaign{Verdict: campaigns.Campaigned, Witnesses: 12, Inside: 2, WitnessShare: .0435}, true,
			"do not vote alike, but of those days themselves there are only 2: what only newcomers met then"},
		{campaigns.Campaign{Verdict: campaigns.Outcry, Witnesses: 13, WitnessShare: .25}, true, "vote alike; whether"},
	} {
		x := c.Campaign
		x.Few, x.Ratings, x.Cut, x.Share, x.Usual, x.Keep, x.Rows = 1, 24, 2, .417, .102, .1, []int32{0}
		doc := newCampaign(table, &x)
		found := false
		for _, e := range doc.Innocent {
			if strings.HasPrefix(e.Name, "the item changed") {
				got := strings.ReplaceAll(e.Because, "\u00a0", " ")
				found = e.Holds == c.holds && strings.Contains(got, c.want) &&
					(strings.Contains(c.want, "not") || !strings.Contains(got, "not vote"))
			}
		}
		if !found {
			t.Errorf("%s, %g of %d: %+v; want %v, %q", x.Verdict, x.WitnessShare, x.Witnesses, doc.Innocent,
				c.holds, c.want)
		}
		kept := keptRows(table, &campaigns.Findings{Campaigns: []campaigns.Campaign{x}})
		var page bytes.Buffer
		if err := doc.HTML(&page); err != nil {
			t.Fatal(err)
		}
		if doc.Rows != len(kept) || strings.Contains(page.String(), "campaign_rows.csv") != (len(kept) > 0) {
			t.Errorf("%s: tells of %d rows of %d: %s", x.Verdict, doc.Rows, len(kept), page.String())
		}
	}
}
