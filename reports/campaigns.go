package reports

import (
	"fmt"
	"math"

	"github.com/ringwatch/ringwatch/detect/campaigns"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/reports/internal/page"
)

// A Campaign of a document is a stretch of time of one item in which raters of a
// few ratings came in unusual numbers, and voted unlike others. It accuses no rater.
type Campaign struct {
	ID       string  `json:"campaign"` // K1 and so on
	Item     string  `json:"item"`
	Verdict  string  `json:"verdict"` // campaign, unwitnessed, outcry, crowd or change
	From     string  `json:"from"`    // RFC 3339, the first rating
	To       string  `json:"to"`
	Few      int     `json:"few"`     // the raters counted have up to so many ratings in all
	Ratings  int     `json:"ratings"` // by these
	Expected float64 `json:"expected"`
	Others   int     `json:"others"` // ratings by others in the stretch
	Side     string  `json:"side"`   // of the votes: high or low
	Cut      float64 `json:"cut"`    // they are there or beyond, on the scale of the data
	Votes    string  `json:"votes"`  // the same in words: 4 or more
	Share    float64 `json:"share"`  // of the ratings, such votes
	Usual    float64 `json:"usual"`  // share to be expected
	// established ratings in the stretch and the nearest around it
	Witnesses    int      `json:"witnesses"`
	WitnessShare *float64 `json:"witness_share"` // of these, such votes
	P            float64  `json:"p_value"`
	Q            float64  `json:"q_value"`
	Effect       float64  `json:"effect"`
	// times, given for the end of the scale than by a crowd of one mind
	Likelier float64 `json:"likelier"`
	// chance that they are not, by how common either is in the data; of an item that only a farm's
	// accounts give away, by the votes on all of its items
	Doubt        float64           `json:"doubt"`
	Excess       float64           `json:"excess"`
	Rows         int               `json:"rows"`   // of campaign_rows.csv: 0 where that has none, and the weight 1
	Weight       float64           `json:"weight"` // that these keep
	ScoreWith    *float64          `json:"score_with"`
	ScoreWithout *float64          `json:"score_without"`
	Farm         string            `json:"farm,omitempty"` // F1 and so on
	Why          string            `json:"why"`
	Innocent     []Explanation     `json:"innocent_explanations"`
	Timeline     *CampaignTimeline `json:"timeline,omitempty"`
	Since        *CampaignSince    `json:"since,omitempty"` // of a case that goes on
	// what accounts tell of its raters, where a file of them was given
	Beside []Shared `json:"beside,omitempty"`
}

const (
	mostCampaigns = 1000 // in rings.json; campaigns.csv has all
	mostAttention = 100  // the same without votes, where it is all that can be told
	pageCampaigns = 100  // with a picture
)

// addCampaigns adds what was found on items.
func (d *Document) addCampaigns(c *Case) {
	f := c.Findings.Campaigns
	if f == nil {
		return
	}
	d.Bursts = f.Bursts
	d.addWarnings(f.Warnings)
	if f.NotRun != "" {
		d.NotRun = append(d.NotRun, notRun{"campaigns", f.NotRun})
	}
	c.names = campaignNames{map[int]string{}, map[int]string{}}
	for k := range f.Campaigns {
		x := &f.Campaigns[k]
		if x.Farm > 0 {
			c.names.farm[x.Farm] = farm(x)
		}
		if most := mostCampaigns; c.Ratings.Scale.Unary() { // attention is all that there can be
			if most = mostAttention; len(d.Campaigns) == most {
				continue
			}
		} else if x.Verdict.AsUsual() || len(d.Campaigns) == most { // campaigns.csv has them
			continue
		}
		doc := newCampaign(c.Ratings, x)
		doc.ID = fmt.Sprint("K", len(d.Campaigns)+1)
		if c.Beside != nil && k < len(c.Beside.Bursts) {
			doc.Beside = sharedOf(c.Beside.Bursts[k])
		}
		if len(d.Campaigns) < pageCampaigns {
			doc.Timeline = newCampaignTimeline(c.Ratings, x)
		}
		d.Campaigns = append(d.Campaigns, doc)
		c.names.of[k] = doc.ID
	}
	if c.Earlier != nil {
		d.goOnCampaigns(c)
	}
}

func newCampaign(t *rating.Table, x *campaigns.Campaign) Campaign {
	c := Campaign{Item: item(t, x.Item), Verdict: string(x.Verdict), From: stamp(x.From), To: stamp(x.To), Few: x.Few,
		Ratings: x.Ratings, Expected: x.Expected, Others: x.Others, Side: side(x), Cut: x.Cut, Votes: votes(t, x),
		Share: x.Share, Usual: x.Usual,
		Witnesses: x.Witnesses, WitnessShare: known(x.WitnessShare), P: x.P, Q: x.Q, Effect: x.Effect,
		Likelier: x.Likelier, Doubt: x.Doubt, Excess: x.Excess,
		Weight: 1, ScoreWith: known(x.ScoreWith), ScoreWithout: known(x.ScoreWithout), Farm: farm(x)}
	if hasRows(x) {
		c.Rows, c.Weight = len(x.Rows), x.Keep
	}
	c.Why, c.Innocent = c.why(), c.innocent(x)
	return c
}

func side(x *campaigns.Campaign) string {
	if x.High {
		return "high"
	}
	return "low"
}

func farm(x *campaigns.Campaign) string {
	if x.Farm == 0 {
		return ""
	}
	return fmt.Sprint("F", x.Farm)
}

func known(x float64) *float64 {
	if math.IsNaN(x) {
		return nil
	}
	return &x
}

// votes says what was voted: 4 or more, 1.
func votes(t *rating.Table, x *campaigns.Campaign) string {
	switch cut := page.Short(x.Cut); {
	case x.High && x.Cut >= t.Scale.Max, !x.High && x.Cut <= t.Scale.Min:
		return cut
	case x.High:
		return cut + " or more"
	default:
		return cut + " or less"
	}
}
