package reports

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/detect/campaigns"
	"github.com/ringwatch/ringwatch/rating"
)

// onItems makes campaigns from lines such as "K1 shop 01-09 60 campaign F1": a name, an
// item, the first and last day of a month, ratings, a verdict and, where there is one, a farm.
func onItems(lines ...string) (all []Campaign, names campaignNames) {
	names = campaignNames{map[int]string{}, map[int]string{}}
	for k, line := range lines {
		f := strings.Fields(line)
		c := Campaign{ID: f[0], Item: f[1], From: "2024-05-" + f[2][:2] + "T00:00:00Z",
			To: "2024-05-" + f[2][3:] + "T00:00:00Z", Verdict: f[4]}
		fmt.Sscan(f[3], &c.Ratings)
		if len(f) > 5 {
			c.Farm = f[5]
			var number int
			fmt.Sscanf(c.Farm, "F%d", &number)
			names.farm[number] = c.Farm
		}
		names.of[k] = c.ID
		all = append(all, c)
	}
	return all, names
}

var nothing = &detect.Findings{Campaigns: &campaigns.Findings{}}

func TestCampaignsGoOn(t *testing.T) {
	table := &rating.Table{Raters: rating.NewNames(), Items: rating.NewNames()}
	for name, x := range map[string]struct {
		then, now, want []string
		gone            string
	}{
		"in another order": {[]string{"K1 a 01-03 9 campaign", "K2 b 01-03 9 crowd"},
			[]string{"K1 b 01-03 9 crowd", "K2 a 01-03 9 campaign"}, []string{"K2 unchanged", "K1 unchanged"}, ""},
		"it goes on": {[]string{"K1 a 01-03 9 campaign"}, []string{"K1 a 01-09 19 campaign"},
			[]string{"K1 grown"}, ""},
		"fewer": {[]string{"K1 a 01-03 9 campaign"}, []string{"K1 a 01-03 8 campaign"},
			[]string{"K1 smaller"}, ""},
		"another verdict": {[]string{"K1 a 01-03 9 campaign"}, []string{"K1 a 01-03 9 outcry"},
			[]string{"K1 other evidence"}, ""},
		"a second burst": {[]string{"K1 a 01-03 9 campaign"},
			[]string{"K1 a 20-21 30 campaign", "K2 a 01-03 9 campaign"}, []string{"K2 new", "K1 unchanged"}, ""},
		"half is not it": {[]string{"K4 a 01-03 9 campaign"}, []string{"K1 a 03-09 9 campaign"},
			[]string{"K5 new"}, "K4 "},
		"two become one": {[]string{"K1 a 01-03 9 campaign", "K2 a 05-09 9 campaign"},
			[]string{"K1 a 01-09 18 campaign"}, []string{"K2 grown and K1"}, ""},
		"on another item": {[]string{"K1 a 01-03 9 campaign"}, []string{"K1 b 01-03 9 campaign"},
			[]string{"K2 new"}, "K1 "},
		"times of nowhere": {[]string{"K1 a xx-03 9 campaign"}, []string{"K1 a 01-03 9 campaign"},
			[]string{"K2 new"}, "K1 "},
		"nothing any more": {[]string{"K1 a 01-03 9 campaign"}, nil, nil, "K1 "},
		"farms, and a name": {[]string{"K1 a 01-03 9 campaign F1", "K2 b 01-03 9 campaign F1",
			"K3 c 01-03 9 campaign F2", "K4 d 01-03 9 campaign F2"},
			[]string{"K1 c 01-03 9 campaign F1", "K2 d 01-03 9 campaign F1", "K3 e 01-03 9 campaign F2",
				"K4 f 01-03 9 campaign F2"},
			[]string{"K3 unchanged F2", "K4 unchanged F2", "K5 new F3", "K6 new F3"}, "K1 K2 "},
	} {
		then, now, names := &Document{Title: "then"}, &Document{}, campaignNames{}
		then.Campaigns, _ = onItems(x.then...)
		now.Campaigns, names = onItems(x.now...)
		e := &Earlier{Document: then}
		now.goOn(e, table)
		now.goOnCampaigns(&Case{Earlier: e, Ratings: table, Findings: nothing, names: names})
		var got []string
		for i, c := range now.Campaigns {
			s := c.ID + " " + c.Since.Change
			if len(c.Since.Also) > 0 {
				s += " and " + strings.Join(c.Since.Also, " ")
			}
			if c.Farm != "" {
				s += " " + c.Farm
			}
			got = append(got, s)
			if names.of[i] != c.ID || c.Became() == "" {
				t.Errorf("%s: campaign %d is %s, its row %s: %q", name, i, c.ID, names.of[i], c.Became())
			}
		}
		gone := ""
		for _, g := range now.Since.GoneCampaigns {
			gone += g.ID + " "
		}
		if !slices.Equal(got, x.want) || gone != x.gone {
			t.Errorf("%s: got %q, gone %q, want %q, gone %q", name, got, gone, x.want, x.gone)
		}
		if line := now.SinceLine(); len(got)+len(gone) > 0 && !strings.Contains(line, "Campaigns on items: ") {
			t.Errorf("%s: %q", name, line)
		}
	}
}

// What was decided about a campaign stands where it is no larger and of the same verdict,
// and a page that is handed on does not tell who decided.
func TestCampaignDecisionsStand(t *testing.T) {
	table := &rating.Table{Raters: rating.NewNames(), Items: rating.NewNames()}
	for now, stands := range map[string]bool{"K1 a 01-03 9 campaign": true, "K1 a 01-03 8 campaign": true,
		"K1 a 01-04 10 campaign": false, "K1 a 01-03 9 outcry": false} {
		then, d, names := &Document{}, &Document{}, campaignNames{}
		then.Campaigns, _ = onItems("K1 a 01-03 9 campaign", "K2 b 01-03 9 campaign")
		d.Campaigns, names = onItems(now)
		e := &Earlier{then, map[string]Decision{"K1": {Status: "confirmed", By: "Ann"},
			"K2": {Status: "dismissed", By: "Ben"}}}
		d.goOn(e, table)
		d.goOnCampaigns(&Case{Earlier: e, Ratings: table, Findings: nothing, names: names})
		c := &d.Campaigns[0]
		if c.Since.Stands != stands || strings.Contains(c.Became(), "look again") == stands {
			t.Errorf("%s: stands %v: %s", now, c.Since.Stands, c.Became())
		}
		if g := d.Since.GoneCampaigns[0]; !strings.Contains(g.Line(), "dismissed by Ben") {
			t.Error(g.Line())
		}
		hidden, _ := d.Pseudonymised()
		s := hidden.Campaigns[0].Became() + hidden.Since.GoneCampaigns[0].Line()
		if strings.Contains(s, "Ann") || strings.Contains(s, "Ben") {
			t.Error(s)
		}
	}
}

func TestNamesOfCampaignsAreOurs(t *testing.T) {
	for line, want := range map[string]bool{"K1 a 01-03 9 campaign F1": true, "K1 a 01-03 9 campaign": true,
		"R1 a 01-03 9 campaign": false,
		"K a 01-03 9 campaign":  false, "K99999999999999 a 01-03 9 campaign": false,
		"K1 a 01-03 9 campaign G1": false} {
		d := &Document{}
		d.Campaigns, _ = onItems(line)
		if _, err := NewEarlier(d, nil); (err == nil) != want {
			t.Errorf("%s: %v", line, err)
		}
	}
}
