package serve

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/detect/campaigns"
)

// Campaigns on items have pages, and are decided on as rings are; none has members.
func TestCampaigns(t *testing.T) {
	c := ringsOf(2, 6)
	c.ExactTimes = true
	at := c.Ratings.Time[c.Ratings.ByItem().Rows(3)[0]]
	var found []campaigns.Campaign
	for _, v := range campaigns.Verdicts {
		found = append(found, campaigns.Campaign{Item: 3, Verdict: v, From: at, To: at + 3600, Few: 1, Ratings: 20,
			Expected: .05, High: true, Cut: 5, Votes: 20, Share: 1, Usual: .2,
			Witnesses: 4, WitnessShare: .25, P: 1e-6, Q: 1e-4, Effect: 1, Likelier: 40, Excess: 19.9, Keep: .01,
			ScoreWith: 4.5, ScoreWithout: 3, Farm: 1})
	}
	c.Findings.Campaigns = &campaigns.Findings{Campaigns: found, Bursts: 9}
	dir := filepath.Join(t.TempDir(), "case")
	write(t, dir, c)
	a := open(t, dir, Options{})
	for path, want := range map[string]string{"/campaigns": ">K1</a>",
		"/campaigns/K1": "where 20 % would be expected by the item&#39;s newcomers", "/api/v1/campaigns": `"campaign":"K2"`,
		"/items/item%200003": `href="/campaigns/K1"`} {
		w := ask(a, "GET", path, "")
		if w.Code != 200 || !strings.Contains(strings.ReplaceAll(w.Body.String(), "\u00a0", " "), want) {
			t.Errorf("%s: %d without %q:\n%s", path, w.Code, want, w.Body)
		}
	}
	for k := range campaigns.Verdicts {
		id := fmt.Sprint("K", k+1)
		want := 200
		if v := campaigns.Verdicts[k]; v == campaigns.Newcomers || v == campaigns.Attention {
			want = 404 // these are in campaigns.csv alone
		}
		if w := ask(a, "GET", "/campaigns/"+id, ""); w.Code != want {
			t.Errorf("%s: %d; want %d", id, w.Code, want)
		}
	}
	decide(t, a, 201, `{"who":"a","action":"dismiss","rings":["K1"],"versions":{"K1":0},"reason":"a party"}`)
	decide(t, a, 409, `{"who":"b","action":"confirm","rings":["K1"],"versions":{"K1":0}}`)
	decide(t, a, 422, `{"who":"a","action":"merge","rings":["K2","K3"],"versions":{"K2":0,"K3":0}}`)
	decide(t, a, 422, `{"who":"a","action":"split","rings":["K2"],"members":["P1","P2"],"versions":{"K2":0}}`)
	for path, want := range map[string]string{"/campaigns": "1 dismissed", "/campaigns/K1": "a party",
		"/log": `<a href="/campaigns/K1">K1</a>`} {
		if w := ask(a, "GET", path, ""); !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: without %q:\n%s", path, want, w.Body)
		}
	}
}
