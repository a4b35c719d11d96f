package reports

import (
	"fmt"
	"html/template"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/ringwatch/ringwatch/detect/campaigns"
	"github.com/ringwatch/ringwatch/output"
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
	// chance that they are not, by how common either is in the data; 0 where a farm's accounts say it
	Doubt        float64           `json:"doubt"`
	Excess       float64           `json:"excess"`
	Rows         int               `json:"rows"`   // of campaign_rows.csv
	Weight       float64           `json:"weight"` // that these keep
	ScoreWith    *float64          `json:"score_with"`
	ScoreWithout *float64          `json:"score_without"`
	Farm         string            `json:"farm,omitempty"` // F1 and so on
	Why          string            `json:"why"`
	Innocent     []Explanation     `json:"innocent_explanations"`
	Timeline     *CampaignTimeline `json:"timeline,omitempty"`
	Since        *CampaignSince    `json:"since,omitempty"` // of a case that goes on
}

// inFull are the verdicts that reports tell in full; the others are in campaigns.csv.
var inFull = []campaigns.Verdict{campaigns.Campaigned, campaigns.Unwitnessed, campaigns.Outcry, campaigns.Crowd,
	campaigns.Change}

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
		} else if !slices.Contains(inFull, x.Verdict) || len(d.Campaigns) == most {
			continue
		}
		doc := newCampaign(c.Ratings, x)
		doc.ID = fmt.Sprint("K", len(d.Campaigns)+1)
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
		Rows: len(x.Rows), Weight: x.Keep, ScoreWith: known(x.ScoreWith),
		ScoreWithout: known(x.ScoreWithout), Farm: farm(x)}
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

func (c *Campaign) who() string {
	if c.Few == 1 {
		return "accounts that rated nothing else"
	}
	return fmt.Sprintf("accounts with %d ratings or fewer in all", c.Few)
}

// why says what was seen, in the words of ratings and not of raters.
func (c *Campaign) why() string {
	s := fmt.Sprintf("%s: %s by %s, where %s would be expected; ",
		page.When(c.From, c.To), page.Many(c.Ratings, "rating"), c.who(), page.Short(c.Expected))
	switch c.Others {
	case 0:
		s += "no other rater came"
	case 1:
		s += "one other rater came"
	default:
		s += fmt.Sprintf("%d others came", c.Others)
	}
	if c.Verdict == string(campaigns.Attention) {
		return s + ". Without votes no more can be told, and nothing is deducted."
	}
	s += fmt.Sprintf(". %s gave %s; such accounts usually do here in %s", percent(c.Share), c.Votes, percent(c.Usual))
	if c.WitnessShare != nil {
		s += fmt.Sprintf(", and of %s around it %s did", page.Many(c.Witnesses, "established rating"),
			percent(*c.WitnessShare))
	}
	s += fmt.Sprintf(". q %s.", page.Few(number(c.Q)))
	if c.ScoreWith != nil && c.ScoreWithout != nil && *c.ScoreWith != *c.ScoreWithout {
		s += fmt.Sprintf(" Mean %s, without the excess %s.", page.Short(*c.ScoreWith), page.Short(*c.ScoreWithout))
	}
	return s
}

// innocent are the reasons that were tested, and those that cannot be.
func (c *Campaign) innocent(x *campaigns.Campaign) []Explanation {
	reason := func(name string, holds bool, because string) Explanation {
		return Explanation{Name: name, Holds: holds, Because: because}
	}
	mind := ofOneMind(x)
	moved := x.Verdict == campaigns.Outcry || x.Verdict == campaigns.Change
	all := []Explanation{
		reason("news", false, fmt.Sprintf("by how many others came to the item then, %s would be expected",
			page.Short(x.ByCompany))),
		reason("sign-up wave", false, fmt.Sprintf("by the item's rate at other times and what the platform's "+
			"newcomers did then, %s would be expected", page.Short(x.ByTime))),
		reason("promotion", false, "the votes are not those of the item's usual newcomers"),
	}
	if x.Verdict == campaigns.Attention {
		return append(all[:2], reason("a promotion, a tutorial, a fan club",
			true, "people who come for one item look the same; this cannot be excluded"))
	}
	if moved {
		all = append(all, reason("the item changed, or a crowd is of this mind",
			true, "established raters of those days vote alike; whether there was a reason, ratings do not tell"))
	} else if c.Witnesses > 0 {
		all = append(all, reason("the item changed", false,
			"established ratings in those days, or before and after, do not vote alike"))
	} else {
		all = append(all, reason("the item changed", true, "no established rater came who could tell"))
	}
	return append(all, reason("a fan club or a party", true, mind))
}

// ofOneMind says what speaks for and against a crowd of one mind.
func ofOneMind(x *campaigns.Campaign) string {
	votes := fmt.Sprintf("such a crowd differs within itself, as raters do here: the votes are %s likelier to be "+
		"given for the end of the scale whatever the item is worth", likelier(x.Likelier))
	doubt := fmt.Sprintf(", which, by how common either is here, leaves a doubt of %.0f %%", 100*x.Doubt)
	switch {
	case x.Verdict == campaigns.Campaigned || x.Verdict == campaigns.Unwitnessed:
		if x.Doubt > .005 {
			votes += doubt
		}
		return votes + "; a crowd that is all of one opinion cannot be excluded"
	case x.Verdict != campaigns.Crowd:
		return "people of one mind who came together look the same in ratings; this cannot be excluded"
	case x.Alike > 0 && x.Alike <= .1: // 0 in a Campaign that somebody else made
		return "its accounts have other ratings, some more and some fewer, as people have; accounts opened for a job " +
			"have none, or all as many"
	case x.Likelier > 3:
		return votes + doubt + ": that is too much to name it, and the ratings do not tell more"
	}
	return "the votes are the usual ones moved up or down, as those of people of one mind are"
}

// likelier says how many times, up to a million.
func likelier(x float64) string {
	if x > 1e6 {
		return "more than a million times"
	}
	return page.Short(x) + " times"
}

// A CampaignTimeline is an item's ratings over time: counts of low, middle and high
// votes in equal steps from From to To.
type CampaignTimeline struct {
	From     string    `json:"from"`
	To       string    `json:"to"`
	Few      [][3]int  `json:"few"`
	Others   [][3]int  `json:"others"`
	Expected []float64 `json:"expected"` // of the few, at the rate of other times
	Begin    int       `json:"begin"`    // the campaign's first step
	End      int       `json:"end"`      // and its last
}

const timelineSteps = 100

func newCampaignTimeline(t *rating.Table, x *campaigns.Campaign) *CampaignTimeline {
	rows := t.ByItem().Rows(x.Item)
	first, last := int64(t.Time[rows[0]]), int64(t.Time[rows[len(rows)-1]])
	// Some life around the campaign, in which it can be seen.
	width := max(10*(int64(x.To)-int64(x.From)), 14*86400)
	first, last = max(first, int64(x.From)-width), min(last, int64(x.To)+width)
	step := max((last-first)/timelineSteps+1, 1)
	n := int((last-first)/step) + 1
	l := &CampaignTimeline{From: stamp(int32(first)), To: stamp(int32(last)), Few: make([][3]int, n),
		Others: make([][3]int, n), Expected: make([]float64, n),
		Begin: int((int64(x.From) - first) / step), End: int((int64(x.To) - first) / step)}
	rate := x.Expected / float64(l.End-l.Begin+1)
	for k := range l.Expected {
		l.Expected[k] = rate
	}
	by := t.ByRater()
	for _, k := range rows {
		at := int64(t.Time[k])
		if at < first || at > last {
			continue
		}
		level := min(int(3*t.Value[k]), 2)
		if s := (at - first) / step; by.Count(t.Rater[k]) <= x.Few {
			l.Few[s][level]++
		} else {
			l.Others[s][level]++
		}
	}
	return l
}

// coarsen leaves of a campaign's times their days.
func (c *Campaign) coarsen() {
	if c.Timeline != nil {
		c.Timeline = c.Timeline.inDays()
	}
	exact := page.When(c.From, c.To)
	c.From, c.To = dayOf(c.From), dayOf(c.To)
	c.Why = strings.Replace(c.Why, exact, page.When(c.From, c.To), 1)
}

// inDays returns the timeline in steps of a day at least.
func (l *CampaignTimeline) inDays() *CampaignTimeline {
	from, to, err := span(l.From, l.To)
	if err != nil {
		return nil
	}
	const day = 24 * time.Hour
	begin := from.Truncate(day)
	step := max(to.Sub(from)/timelineSteps, time.Second)
	days := max(1, int(step/day)) // of a step
	at := func(k int) int { return int(from.Add(time.Duration(k)*step).Sub(begin) / (time.Duration(days) * day)) }
	n := at(len(l.Few)-1) + 1
	out := &CampaignTimeline{From: begin.Format(time.RFC3339),
		To:  begin.Add(time.Duration(n*days) * day).Format(time.RFC3339),
		Few: make([][3]int, n), Others: make([][3]int, n), Expected: make([]float64, n),
		Begin: at(l.Begin), End: at(l.End)}
	for k := range l.Few {
		for level := range l.Few[k] {
			out.Few[at(k)][level] += l.Few[k][level]
			out.Others[at(k)][level] += l.Others[k][level]
		}
	}
	rate := l.Expected[0] * float64(l.End-l.Begin+1) / float64(out.End-out.Begin+1)
	for k := range out.Expected {
		out.Expected[k] = rate
	}
	return out
}

// draw draws the few above and all others below a line, each vote in the colour of
// its level, what was expected as a line, and the campaign as a band.
func (l *CampaignTimeline) draw() template.HTML {
	const w, half = 800, 90
	few, others := 1, 1
	for k := range l.Few {
		few, others = max(few, total(l.Few[k])), max(others, total(l.Others[k]))
	}
	d := draw("time", gutter+w+12, 2*half+6,
		fmt.Sprintf("Ratings of the item over time: at most %d by newcomers in one of %d steps, "+
			"at most %d by all others", few, len(l.Few), others))
	step := float64(w) / float64(len(l.Few))
	d.add(`<rect class="band" x="%.1f" y="0" width="%.1f" height="%d"/>`,
		gutter+float64(l.Begin)*step, float64(l.End-l.Begin+1)*step, 2*half)
	for _, t := range ticks(l.From, l.To) {
		x := gutter + w*t.at
		d.add(`<path class="hair" d="M%.1f %dV0"/>`, x, 2*half)
		d.text("tick", x+3, 10, t.label)
	}
	levels := [3]string{"f0", "f2", "f4"}
	stack := func(counts [][3]int, most int, up float64) {
		for level := range levels {
			d.add(`<path class="%s" d="`, levels[level])
			for k, c := range counts {
				below := 0
				for m := range level {
					below += c[m]
				}
				if c[level] > 0 {
					scale := (half - 16) / float64(most)
					d.add("M%.1f %.1fh%.1fv%.1fh%.1fz", gutter+float64(k)*step+.5, half+up*scale*float64(below),
						max(step-1, 1), up*max(scale*float64(c[level]), 1), -max(step-1, 1))
				}
			}
			d.WriteString(`"/>`)
		}
	}
	stack(l.Few, few, -1)
	stack(l.Others, others, 1)
	d.add(`<path class="expected" d="M%d %.1fh%d"/>`, gutter, half-(half-16)*min(l.Expected[0]/float64(few), 1), w)
	d.add(`<path class="axis" d="M%d %d.5h%d"/>`, gutter, half, w)
	d.text("end name", gutter-7, half-22, "newcomers")
	d.text("end", gutter-7, half-8, "up to "+page.Count(few))
	d.text("end name", gutter-7, half+16, "all others")
	d.text("end", gutter-7, half+30, "up to "+page.Count(others))
	return d.done()
}

func total(c [3]int) int { return c[0] + c[1] + c[2] }

// A campaignRow is a row of campaigns.csv and of campaigns.parquet.
type campaignRow struct {
	Item         string   `parquet:"item,dict"`
	Verdict      string   `parquet:"verdict,dict"`
	From         string   `parquet:"from"`
	To           string   `parquet:"to"`
	Ratings      int64    `parquet:"ratings"`
	Expected     float64  `parquet:"expected"`
	Others       int64    `parquet:"others"`
	Side         string   `parquet:"side,dict"`
	Share        float64  `parquet:"share"`
	Usual        float64  `parquet:"usual"`
	Witnesses    int64    `parquet:"witnesses"`
	WitnessShare *float64 `parquet:"witness_share,optional"`
	P            float64  `parquet:"p_value"`
	Q            float64  `parquet:"q_value"`
	Effect       float64  `parquet:"effect"`
	Excess       float64  `parquet:"excess"`
	ScoreWith    *float64 `parquet:"score_with,optional"`
	ScoreWithout *float64 `parquet:"score_without,optional"`
	Farm         *string  `parquet:"farm,optional,dict"`
	Campaign     *string  `parquet:"campaign,optional"`
	Change       *string  `parquet:"change,optional,dict"`
}

// campaignRows are what was found on items, the largest effect on a score first within
// the verdicts: campaign, unwitnessed, outcry, crowd, change, newcomers, attention.
func campaignRows(c *Case) []campaignRow {
	t, f, all := c.Ratings, c.Findings.Campaigns, c.Document().Campaigns
	changes := map[string]string{}
	for i := range all {
		changes[all[i].ID] = all[i].Change()
	}
	told := func(s string) *string {
		if s == "" {
			return nil
		}
		return &s
	}
	var rows []campaignRow
	for k := range f.Campaigns {
		x := &f.Campaigns[k]
		r := campaignRow{item(t, x.Item), string(x.Verdict), stamp(x.From), stamp(x.To), int64(x.Ratings), x.Expected,
			int64(x.Others), side(x),
			x.Share, x.Usual, int64(x.Witnesses), known(x.WitnessShare), x.P, x.Q, x.Effect, x.Excess,
			known(x.ScoreWith), known(x.ScoreWithout),
			told(c.names.farm[x.Farm]), told(c.names.of[k]), told(changes[c.names.of[k]])}
		rows = append(rows, r)
	}
	return rows
}

// A keptRow is a row of campaign_rows.csv and of campaign_rows.parquet.
type keptRow struct {
	Row     int64   `parquet:"row"` // of the input, from 0
	Item    string  `parquet:"item,dict"`
	Verdict string  `parquet:"verdict,dict"`
	Weight  float64 `parquet:"weight"` // what of the row is kept
}

// keptRows are the rows that campaigns, and outcries, are about, in the order of the
// input.
func keptRows(t *rating.Table, f *campaigns.Findings) []keptRow {
	var rows []keptRow
	for k := range f.Campaigns {
		x := &f.Campaigns[k]
		if x.Verdict != campaigns.Campaigned && x.Verdict != campaigns.Outcry {
			continue
		}
		for _, row := range x.Rows {
			rows = append(rows, keptRow{t.RowOfInput(row), item(t, x.Item), string(x.Verdict), x.Keep})
		}
	}
	slices.SortFunc(rows, func(a, b keptRow) int { return int(a.Row - b.Row) })
	return rows
}

// campaignFiles are the files of a case about its items.
func campaignFiles(c *Case) output.Parts {
	if c.Findings.Campaigns == nil {
		return nil
	}
	found, kept := campaignRows(c), keptRows(c.Ratings, c.Findings.Campaigns)
	return output.Parts{
		"campaigns.csv":         func(w io.Writer) error { return rowsCSV(w, found) },
		"campaign_rows.csv":     func(w io.Writer) error { return rowsCSV(w, kept) },
		"campaigns.parquet":     func(w io.Writer) error { return writeParquet(w, found) },
		"campaign_rows.parquet": func(w io.Writer) error { return writeParquet(w, kept) },
	}
}

// CampaignVerdict says what was found on items; empty where nobody looked.
func (d *Document) CampaignVerdict() string {
	of := map[string]int{}
	for _, c := range d.Campaigns {
		of[c.Verdict]++
	}
	if of[string(campaigns.Attention)] > 0 {
		return fmt.Sprintf("Attention by accounts that did little else: %s beyond what is to be expected, the most "+
			"in a month first. Whether anybody ordered it cannot be told without votes.", page.Many(d.Bursts, "burst"))
	}
	switch n := of[string(campaigns.Campaigned)]; {
	case d.Bursts == 0:
		return ""
	case n == 0:
		return fmt.Sprintf("No item has a campaign, of %s of newcomers that were tested.", page.Many(d.Bursts, "burst"))
	case of[string(campaigns.Outcry)] > 0:
		return fmt.Sprintf("Campaigns on items: %d; outcries, which established raters joined: %d.",
			n, of[string(campaigns.Outcry)])
	default:
		return fmt.Sprintf("Campaigns on items: %d.", n)
	}
}

// campaigns writes the table of items, the largest effect on a score first.
func (p *printer) campaigns(d *Document) {
	if s := d.CampaignVerdict(); s != "" && len(d.Campaigns) > 0 {
		p.title(2, "Campaigns on items")
		p.para(s + " A campaign is unusual votes in unusual numbers by accounts with a few ratings. " +
			"It accuses no account, and a fan club or a party looks the same.")
	} else {
		p.para(s)
		return
	}
	var rows [][]string
	for _, c := range d.Campaigns[:min(len(d.Campaigns), maxLines)] {
		name := c.Item
		switch {
		case p.people:
			name = c.ID
		case c.Since != nil: // which tells of it by name
			name = c.ID + " " + c.Item
		}
		if c.Verdict == string(campaigns.Attention) {
			rows = append(rows, []string{page.Brief(maxName, name), c.Verdict, page.When(c.From, c.To),
				page.Count(c.Ratings), page.Short(c.Expected), "", "", page.Few(number(c.Q)), "", c.Farm})
			continue
		}
		rows = append(rows, []string{page.Brief(maxName, name), c.Verdict, page.When(c.From, c.To),
			page.Count(c.Ratings), page.Short(c.Expected),
			percent(c.Share) + " gave " + c.Votes, percent(c.Usual), page.Few(number(c.Q)), c.Scores(), c.Farm})
	}
	p.table([]string{"item", "verdict", "when", "\tratings", "\texpected", "votes", "\tusual", "\tq", "mean", "farm"},
		rows)
	p.list(left(len(d.Campaigns), maxLines))
}

// Vote says how many voted so.
func (c *Campaign) Vote() string {
	if c.Verdict == string(campaigns.Attention) {
		return "none"
	}
	return percent(c.Share) + " gave " + c.Votes
}

// Scores are the item's means with and without the excess.
func (c *Campaign) Scores() string {
	if c.ScoreWith == nil || c.ScoreWithout == nil {
		return ""
	}
	if *c.ScoreWith == *c.ScoreWithout {
		return page.Short(*c.ScoreWith)
	}
	return fmt.Sprintf("%s → %s without", page.Short(*c.ScoreWith), page.Short(*c.ScoreWithout))
}
