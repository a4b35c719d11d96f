package reports

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/reports/internal/page"
)

const explainedFormat = "ringwatch explain 1"

// An Explained is one rater, or two, in words, identifiers and numbers: what
// ringwatch explain says, as data.
type Explained struct {
	Format   string             `json:"format"`
	Raters   []ExplainedRater   `json:"raters"`
	Pair     *ExplainedPair     `json:"pair,omitempty"`
	Meetings []ExplainedMeeting `json:"meetings,omitempty"` // all of the pair's, in time order
	Warnings []string           `json:"warnings"`
	Run      Provenance         `json:"run"`

	of     int // raters of the data
	times  bool
	values bool
}

// An ExplainedRater is one rater.
type ExplainedRater struct {
	Rater       string          `json:"rater"`
	Ratings     int             `json:"ratings"`
	Days        int             `json:"active_days,omitempty"`
	First       string          `json:"first,omitempty"` // RFC 3339
	Last        string          `json:"last,omitempty"`
	Suspicion   float64         `json:"suspicion"`
	Rank        int             `json:"rank"` // raters with more suspicion, and one
	Votes       *Compared       `json:"votes_as_others,omitempty"`
	Rings       []ExplainedPart `json:"rings"`
	Coordinated []ExplainedPart `json:"coordinated"` // for review; see Document
	Shared      []ExplainedPart `json:"shared"`      // common interest or exposure: no accusation
	Missing     string          `json:"not_in_a_ring_because,omitempty"`
	// its ratings that count for less, as part of a campaign on an item; it is not named by that
	Lighter  []ExplainedLighter `json:"ratings_in_campaigns"`
	Why      string             `json:"why"` // all of this in a sentence or two
	Partners []ExplainedPair    `json:"partners"`
}

// A Compared is what was observed and what is expected.
type Compared struct {
	Observed float64 `json:"observed"`
	Expected float64 `json:"expected"`
}

// An ExplainedPart is the part of a rater in a group.
type ExplainedPart struct {
	ID        string        `json:"ring"`
	Certainty string        `json:"certainty,omitempty"`
	Size      int           `json:"size"`
	Targets   int           `json:"targets"`
	Role      string        `json:"role"`
	Strength  float64       `json:"strength"` // nats
	Shared    int           `json:"shared_items"`
	Why       string        `json:"why"`
	Innocent  []Explanation `json:"innocent_explanations"`
}

// An ExplainedLighter is a rating among the rows of a campaign.
type ExplainedLighter struct {
	Item   string  `json:"item"`
	Value  float64 `json:"value"`
	Weight float64 `json:"weight"` // in [0, 1), with which score --defend campaigns counts it
	From   string  `json:"from"`   // of the campaign
	To     string  `json:"to"`
}

// An ExplainedPair is two raters beside each other. A pair is a place to look,
// never an accusation: honest people of one taste are such pairs too.
type ExplainedPair struct {
	Raters      [2]string `json:"raters"`
	Both        Compared  `json:"items_both_rated"`
	Near        *Compared `json:"within_ten_minutes,omitempty"`
	Same        *Compared `json:"same_vote,omitempty"`
	ItemRatings int       `json:"median_ratings_of_these_items"`
	Groups      []string  `json:"groups_of_both"`
	Why         string    `json:"why"`
}

// An ExplainedMeeting is one item that both rated.
type ExplainedMeeting struct {
	Item        string     `json:"item"`
	Values      [2]float64 `json:"values"`
	Times       []string   `json:"times,omitempty"`
	Apart       *int       `json:"seconds_apart,omitempty"`
	ItemRatings int        `json:"item_ratings"`
	Expected    *float64   `json:"same_vote_expected,omitempty"`
}

// NewExplained puts what detect.Explain told of raters of t into words.
func NewExplained(t *rating.Table, x *detect.Explained, run Provenance) *Explained {
	e := &Explained{Format: explainedFormat, Warnings: []string{}, Run: run, of: t.Raters.Len(), times: t.HasTimes(),
		values: !t.Scale.Unary()}
	warnings := slices.Concat(run.Warnings, x.Findings.Warnings)
	if c := x.Findings.Campaigns; c != nil {
		warnings = append(warnings, c.Warnings...)
	}
	for _, w := range warnings {
		e.Warnings = append(e.Warnings, page.Shown(w))
	}
	for i := range x.Raters {
		e.Raters = append(e.Raters, e.rater(t, x, &x.Raters[i]))
	}
	if x.Pair != nil {
		p := e.pair(t, x, x.Pair)
		e.Pair = &p
		for _, m := range x.Pair.Meetings {
			e.Meetings = append(e.Meetings, e.meeting(t, m))
		}
	}
	return e
}

func (e *Explained) rater(t *rating.Table, x *detect.Explained, p *detect.Profile) ExplainedRater {
	r := ExplainedRater{Rater: rater(t, p.Rater), Ratings: p.Ratings, Days: p.Days,
		Suspicion: p.Suspicion, Rank: p.Rank,
		Rings: parts(t, x.Findings.Rings, "R", p.Rings), Coordinated: parts(t, x.Findings.Coordinated, "C",
			p.Coordinated), Shared: parts(t, x.Findings.Shared, "S", p.Shared),
		Missing: p.Missing, Lighter: []ExplainedLighter{}, Partners: []ExplainedPair{}}
	for _, l := range p.Lighter {
		c := &x.Findings.Campaigns.Campaigns[l.Campaign]
		r.Lighter = append(r.Lighter, ExplainedLighter{item(t, c.Item), t.Scale.AsRead(t.Value[l.Row]), c.Keep,
			stamp(c.From), stamp(c.To)})
	}
	if e.times && p.Ratings > 0 {
		r.First, r.Last = stamp(p.First), stamp(p.Last)
	}
	if e.values && p.SameItems > 0 {
		r.Votes = &Compared{p.Same, p.SameExpected}
	}
	for i := range p.Partners {
		r.Partners = append(r.Partners, e.pair(t, x, &p.Partners[i]))
	}
	r.Why = e.why(&r)
	return r
}

func parts(t *rating.Table, groups []detect.Ring, letter string, in []detect.Membership) []ExplainedPart {
	all := []ExplainedPart{}
	for _, m := range in {
		g := newGroup(t, fmt.Sprint(letter, m.Group+1), &groups[m.Group])
		all = append(all, ExplainedPart{g.ID, g.Certainty, g.Size, g.Targets, m.Role, m.Strength, int(m.Shared), g.Why,
			g.Innocent})
	}
	return all
}

// why says in a few sentences what a rater is.
func (e *Explained) why(r *ExplainedRater) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s gave %s", r.Rater, page.Many(r.Ratings, "rating"))
	if r.Days > 0 {
		fmt.Fprintf(&b, " on %s, %s", page.Many(r.Days, "day"), page.When(r.First, r.Last))
	}
	fmt.Fprintf(&b, ". Its suspicion is %s, where 1 is the most; %s of %s have more.", page.Short(r.Suspicion),
		page.Count(r.Rank-1), page.Many(e.of, "rater"))
	if r.Votes != nil {
		fmt.Fprintf(&b, " Of others who rated its items, %.0f%% gave the same vote as it did, and %.0f%% the same as "+
			"each other.", 100*r.Votes.Observed, 100*r.Votes.Expected)
	}
	for _, p := range r.Rings {
		fmt.Fprintf(&b, " It is in ring %s: %s What the other members did, it did in %d of %s; %s nats tie it to them.",
			p.ID, p.Why, p.Shared, page.Many(p.Targets, "target"), page.Short(p.Strength))
		switch doubt := against(p.Innocent); {
		case doubt != "":
			fmt.Fprintf(&b, " But that is in doubt. %s.", strings.TrimSuffix(doubt, "."))
		case p.Certainty == unstable:
			b.WriteString(" But that ring is not found in half of the runs on a little less of the data.")
		}
	}
	for _, p := range r.Coordinated {
		fmt.Fprintf(&b, " It is in the coordinated group %s, which is for review and no ring: %s", p.ID, p.Why)
	}
	if len(r.Rings) == 0 {
		fmt.Fprintf(&b, " It is in no ring: %s.", r.Missing)
	}
	if n := len(r.Lighter); n > 0 {
		var items []string
		for _, l := range r.Lighter[:min(n, 3)] {
			items = append(items, l.Item)
		}
		on := strings.Join(items, ", ")
		if n > len(items) {
			on += fmt.Sprintf(" and %d more", n-len(items))
		}
		counts, campaign := "count", "campaigns"
		if n == 1 {
			counts, campaign = "counts", "a campaign"
		}
		fmt.Fprintf(&b, " %d of its ratings %s for less with score --defend campaigns, as part of %s on %s: items and "+
			"rows are named there, no rater is.", n, counts, campaign, on)
	}
	return b.String()
}

func (e *Explained) pair(t *rating.Table, x *detect.Explained, p *detect.Pair) ExplainedPair {
	d := ExplainedPair{Raters: [2]string{rater(t, p.A), rater(t, p.B)}, Both: Compared{p.Both, p.Expected},
		ItemRatings: p.Rarity, Groups: []string{}}
	if e.times {
		d.Near = &Compared{p.Near, p.NearExpected}
	}
	if e.values {
		d.Same = &Compared{p.Same, p.SameExpected}
	}
	for _, kind := range []struct {
		letter string
		groups []detect.Ring
	}{{"R", x.Findings.Rings}, {"C", x.Findings.Coordinated}, {"S", x.Findings.Shared}} {
		for i, g := range kind.groups {
			if has(g.Raters, p.A) && has(g.Raters, p.B) {
				d.Groups = append(d.Groups, fmt.Sprint(kind.letter, i+1))
			}
		}
	}
	d.Why = fmt.Sprintf("%s and %s both rated %s where raters of their habits would share %s", d.Raters[0], d.Raters[1],
		page.Many(int(p.Both), "item"), page.Short(p.Expected))
	if d.Near != nil {
		d.Why += fmt.Sprintf("; %s within ten minutes of each other (expected %s)", page.Count(int(p.Near)),
			page.Short(p.NearExpected))
	}
	if d.Same != nil && p.Both > 0 {
		d.Why += fmt.Sprintf("; on %s they gave the same vote (expected %s)",
			page.Count(int(p.Same)), page.Short(p.SameExpected))
	}
	d.Why += "."
	if len(d.Groups) > 0 {
		d.Why += " Both are in " + strings.Join(d.Groups, " and ") + "."
	}
	return d
}

func has(raters []int32, u int32) bool {
	for _, v := range raters {
		if v == u {
			return true
		}
	}
	return false
}

func (e *Explained) meeting(t *rating.Table, m detect.Meeting) ExplainedMeeting {
	d := ExplainedMeeting{Item: item(t, m.Item), ItemRatings: m.ItemRatings,
		Values: [2]float64{t.Scale.AsRead(t.Value[m.RowA]), t.Scale.AsRead(t.Value[m.RowB])}}
	if e.times {
		apart := int(m.Apart)
		d.Times, d.Apart = []string{stamp(t.Time[m.RowA]), stamp(t.Time[m.RowB])}, &apart
	}
	if e.values {
		d.Expected = &m.SameExpected
	}
	return d
}

// JSON writes it as JSON.
func (e *Explained) JSON(w io.Writer) error { return writeJSON(w, e) }

// Text writes it for a terminal.
func (e *Explained) Text(w io.Writer, o TextOptions) error {
	p := &printer{o: o, text: true}
	for i := range e.Raters {
		p.explained(&e.Raters[i], e.Pair == nil)
	}
	if e.Pair != nil {
		p.beside(e)
	}
	p.para("A pair is a place to look, never an accusation: honest people of one taste are such pairs too.")
	if len(e.Warnings) > 0 {
		p.title(2, "Warnings")
		p.list(e.Warnings)
	}
	return p.flush(w)
}

func (p *printer) explained(r *ExplainedRater, partners bool) {
	p.title(1, "Rater "+r.Rater)
	p.para(r.Why)
	rows := [][]string{}
	groups := slices.Concat(r.Rings, r.Coordinated, r.Shared)
	for _, g := range groups {
		kind := "ring, " + g.Certainty
		switch {
		case strings.HasPrefix(g.ID, "S"):
			kind = "shared interest"
		case strings.HasPrefix(g.ID, "C"):
			kind = g.Certainty
		}
		rows = append(rows, []string{g.ID, kind, page.Count(g.Size), page.Count(g.Targets),
			page.Count(g.Shared), g.Role, page.Short(g.Strength)})
	}
	if len(rows) > 0 {
		p.table([]string{"group", "kind", "\traters", "\ttargets", "\tits part", "role", "\tnats"}, rows)
	}
	if len(groups) > 0 {
		p.title(2, "Innocent explanations tested")
		var lines []string
		for _, g := range groups {
			for _, x := range g.Innocent {
				fits := " does not explain it"
				switch {
				case x.Holds:
					fits = " explains it"
				case !x.Told():
					fits = ""
				}
				lines = append(lines, fmt.Sprintf("%s, %s%s: %s", g.ID, x.Name, fits, x.Because))
			}
		}
		p.list(lines)
	}
	if !partners {
		return
	}
	p.partners(r.Partners)
}

// partners tells whom a rater meets more often than expected.
func (p *printer) partners(all []ExplainedPair) {
	if len(all) == 0 {
		p.para("It meets nobody more often than raters of its habits would.")
		return
	}
	p.title(2, "Whom it meets most beyond what is expected")
	header := []string{"rater", "\tboth rated", "\texpected"}
	near, same := all[0].Near != nil, all[0].Same != nil
	if near {
		header = append(header, "\twithin 10 min", "\texpected")
	}
	if same {
		header = append(header, "\tsame vote", "\texpected")
	}
	header = append(header, "\tratings of the items", "groups of both")
	var rows [][]string
	for _, x := range all {
		row := []string{page.Brief(maxName, x.Raters[1]), page.Short(x.Both.Observed), page.Short(x.Both.Expected)}
		if near {
			row = append(row, page.Short(x.Near.Observed), page.Short(x.Near.Expected))
		}
		if same {
			row = append(row, page.Short(x.Same.Observed), page.Short(x.Same.Expected))
		}
		rows = append(rows, append(row, page.Count(x.ItemRatings), strings.Join(x.Groups, " ")))
	}
	p.table(header, rows)
}

// beside tells what two raters have in common.
func (p *printer) beside(e *Explained) {
	p.title(2, "Beside each other")
	p.para(e.Pair.Why)
	if len(e.Meetings) == 0 {
		return
	}
	header := []string{"item", "\t" + page.Brief(12, e.Pair.Raters[0]), "\t" + page.Brief(12, e.Pair.Raters[1])}
	if e.times {
		header = append(header, "when", "\tapart")
	}
	if e.values {
		header = append(header, "\tsame vote expected")
	}
	header = append(header, "\tratings of the item")
	rows := [][]string{}
	for _, m := range e.Meetings[:min(len(e.Meetings), maxLines)] {
		row := []string{page.Brief(maxName, m.Item), page.Short(m.Values[0]), page.Short(m.Values[1])}
		if e.times {
			row = append(row, page.Minute(min(m.Times[0], m.Times[1])), between(*m.Apart))
		}
		if e.values {
			row = append(row, page.Short(*m.Expected))
		}
		rows = append(rows, append(row, page.Count(m.ItemRatings)))
	}
	p.table(header, rows)
	p.list(left(len(e.Meetings), maxLines))
}

// between writes the time between two ratings.
func between(seconds int) string {
	switch {
	case seconds < 120:
		return fmt.Sprintf("%d s", seconds)
	case seconds < 2*60*60:
		return fmt.Sprintf("%d min", seconds/60)
	case seconds < 2*24*60*60:
		return fmt.Sprintf("%d h", seconds/(60*60))
	}
	return fmt.Sprintf("%d d", seconds/(24*60*60))
}
