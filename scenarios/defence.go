package scenarios

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/detect/campaigns"
	"github.com/ringwatch/ringwatch/internal/plural"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/scoring/communitynotes"
)

// Defence is what is done about what the detectors found.
type Defence struct {
	Effect string  `doc:"what is done: one of ringwatch list defences, or two joined by a comma, the second being campaigns; rings have the weight below, unless another effect is for them" among:"weight earliest correlated correlated-votes official campaigns weight,campaigns correlated-votes,campaigns"`
	Weight float32 `doc:"weight of their ratings, 0 to 1, where the effect is weight" within:"0..1"`
}

// A Means is one thing that can be done about what was found.
type Means struct {
	Name      string
	Summary   string
	Source    string
	BlindSpot string
}

// Defences are all means that there are, the default first.
var Defences = []Means{
	{"weight", "whatever a rater in a ring gives, on any item, has the defence's weight, by default 0",
		"what sites do with accounts that they close",
		"brigades that were not found; and whoever is in a ring wrongly loses every rating"},
	{"correlated-votes", "votes of groups that selected together, rings, coordinated ones and those that share an " +
		"interest or exposure, count on the items where they act together for as many independent votes as they are " +
		"worth: nearly all for an honest club, one for a script. It accuses nobody, " +
		"and leaves what they do elsewhere alone",
		"the design effect of cluster samples: Kish, Survey Sampling, 1965; correlation beyond viewpoint, " +
			"see docs/scoring.md",
		"groups that selection does not find; a crowd that votes one plan of its own accord, such as an idol's fans, " +
			"counts for little"},
	{"campaigns", "campaigns on items are looked for, and their rows count for what would have " +
		"come anyway; needs times",
		"see docs/campaigns.md", "accounts with a history, and fans who come together"},
	{"earliest", "of a ring's ratings of one item the first counts, and none of an item that a member wrote",
		"post-selection similarity in Community Notes (X, 2024)",
		"one vote of each ring stands, and rings take turns; with X's detectors, groups that spread over time"},
	{"correlated", "no item is helpful that would not be without the rings' raters; " +
		"for communitynotes and communitynotes-core",
		"the correlated-raters filter of Community Notes (X, 2024)",
		"items that a ring pushes down; all other scorers"},
	{"official", "what Community Notes does, whatever else was found: earliest for its own post-selection groups, " +
		"correlated for those of them in a quasi-clique",
		"Community Notes (X, 2024)", "groups that spread over time, and those of fewer equal ratings than X asks for"},
}

// ParseDefence reads the means that are named, joined by commas. Unlike a
// scenario's, it does no more than is named.
func ParseDefence(text string) (Defence, error) {
	d := Defence{Effect: strings.ReplaceAll(text, " ", "")}
	for _, name := range strings.Split(d.Effect, ",") {
		if !slices.ContainsFunc(Defences, func(m Means) bool { return m.Name == name }) {
			return d, fmt.Errorf("no defence is called %q; %s", name, didYouMean(name, defenceNames()))
		}
	}
	return d, d.check()
}

// DefenceNames are the names of all means, with commas.
func DefenceNames() string { return strings.Join(defenceNames(), ", ") }

func defenceNames() []string {
	var names []string
	for _, m := range Defences {
		names = append(names, m.Name)
	}
	return names
}

func (d Defence) check() error {
	if !(d.Weight >= 0 && d.Weight <= 1) {
		return fmt.Errorf("the defence's weight is %g; it must be from 0 to 1", d.Weight)
	}
	if known := defenceEffects(); d.Effect != "" && !slices.Contains(known, d.Effect) {
		return fmt.Errorf("the defence's effect is %q; it must be one of %s", d.Effect, strings.Join(known, ", "))
	}
	return nil
}

// defenceEffects are all that a scenario's defence may be.
func defenceEffects() []string {
	f, _ := reflect.TypeFor[Defence]().FieldByName("Effect")
	return strings.Fields(f.Tag.Get("among"))
}

// Does reports whether a means of this name is among those of the defence.
func (d Defence) Does(means string) bool {
	return slices.Contains(strings.Split(d.Effect, ","), means)
}

// NeedsRings reports whether the defence is against what detectors find.
func (d Defence) NeedsRings() bool { return d.Effect != "campaigns" && d.Effect != "official" }

// Against returns what a scorer gets to see once the defence acts on what was found
// in ratings: rings, of which there may be none, and campaigns, which it looks for
// where they are wanted. It says in words what it did.
func (d Defence) Against(ctx context.Context, in detect.Input,
	f *detect.Findings) (seen scoring.Input, said []string, err error) {
	t := in.Ratings
	seen = scoring.Input{Ratings: t}
	if d.Does("official") {
		seen, together, correlated, err := official(ctx, t, in.Progress)
		return seen, []string{fmt.Sprintf("%s who chose the same posts, %d of whom rate alike too",
			plural.Of(together, "rater"), correlated)}, err
	}
	if d.Does("campaigns") && f.Campaigns == nil {
		if f.Campaigns, err = detect.Campaigns(ctx, in, f.Rings); err != nil {
			return seen, nil, err
		}
	}
	if d.NeedsRings() || len(f.Rings) > 0 {
		said = append(said, d.againstRings(&seen, f))
	}
	if f.Campaigns != nil && d.Does("campaigns") {
		seen.RowWeight = lesser(seen.RowWeight, rowWeights(f.Campaigns, t))
		items, rows := 0, 0
		for k := range f.Campaigns.Campaigns {
			if of := &f.Campaigns.Campaigns[k]; of.Deducted() {
				items++
				rows += len(of.Rows)
			}
		}
		said = append(said, fmt.Sprintf("%s on items, of %s", plural.Of(items, "campaign"), plural.Of(rows, "row")))
	}
	return seen, said, nil
}

// againstRings does what is done about groups of raters.
func (d Defence) againstRings(seen *scoring.Input, f *detect.Findings) (said string) {
	t := seen.Ratings
	in := ringed(f.Rings, t.Raters.Len())
	raters := 0
	for _, is := range in {
		if is {
			raters++
		}
	}
	said = fmt.Sprintf("%s, of %s", plural.Of(len(f.Rings), "ring"), plural.Of(raters, "rater"))
	switch {
	case d.Does("correlated-votes"):
		var votes, worth float64
		seen.RowWeight, votes, worth = correlatedVotes(f, t)
		return fmt.Sprintf("%s that chose the same items, whose %.0f votes are worth %.0f",
			plural.Of(len(f.Rings)+len(f.Coordinated)+len(f.Shared), "group"), votes, worth)
	case d.Does("earliest"):
		var groups [][]int32
		for _, r := range f.Rings {
			groups = append(groups, r.Raters)
		}
		seen.Ratings = earliest(groups, t)
	case d.Does("correlated"):
		seen.Correlated = in
	default:
		seen.Weight = make([]float32, len(in))
		for u := range seen.Weight {
			seen.Weight[u] = 1
			if in[u] {
				seen.Weight[u] = d.Weight
			}
		}
	}
	return said
}

// correlatedVotes are, per row of the ratings, what a group's vote on an item where it
// acts together is worth: its share of the group's effective votes there, see
// detect.Correlation; of the least worth where it is in several groups, and 1 in none. Of
// a rater who may be of the group it is what it is worth on average.
// It also returns how many votes of groups there are, and what they are worth. nil if
// none is worth less than 1.
//
// It weighs rows and not raters, as what members do off their common items tells
// nothing of a plan: there each is one rater with one opinion.
func correlatedVotes(f *detect.Findings, t *rating.Table) (weight []float32, votes, worth float64) {
	of := slices.Repeat([]float32{1}, t.Len())
	touched := make(map[int32]bool)
	in := make([]float64, t.Raters.Len()) // chance that a rater is of the group at hand
	var rows []int32
	for _, groups := range [][]detect.Ring{f.Rings, f.Coordinated, f.Shared} {
		for k := range groups {
			for n := range groups[k].Correlation {
				c := &groups[k].Correlation[n]
				for n, u := range c.Others {
					in[u] = c.OthersChance[n]
				}
				for _, u := range c.Raters {
					in[u] = 1
				}
				for at, i := range c.Items {
					rows = rows[:0]
					all := 0.
					for _, row := range t.ByItem().Rows(i) {
						if p := in[t.Rater[row]]; p > 0 {
							rows, all = append(rows, row), all+p
						}
					}
					if all < 1 {
						continue
					}
					each := c.Effective(at, all) / all
					for _, row := range rows {
						p := in[t.Rater[row]]
						of[row], touched[row] = min(of[row], float32(1-p+p*each)), true
					}
				}
				for _, u := range slices.Concat(c.Raters, c.Others) {
					in[u] = 0
				}
			}
		}
	}
	less := false
	for row, w := range of {
		if touched[int32(row)] {
			votes, worth, less = votes+1, worth+float64(w), less || w < 1
		}
	}
	if !less {
		return nil, votes, worth
	}
	return of, votes, worth
}

// lesser returns the lesser weight of each row; nil is 1.
func lesser(a, b []float32) []float32 {
	if a == nil || b == nil {
		return slices.Concat(a, b)
	}
	of := slices.Clone(a)
	for k := range of {
		of[k] = min(of[k], b[k])
	}
	return of
}

// rowWeights are what the defence by rows makes of the campaigns found: per row of
// the ratings, 1 but for those of campaigns. nil if there are none.
func rowWeights(f *campaigns.Findings, t *rating.Table) (weight []float32) {
	if f == nil {
		return nil
	}
	for k := range f.Campaigns {
		c := &f.Campaigns[k]
		if !c.Deducted() {
			continue
		}
		if weight == nil {
			weight = slices.Repeat([]float32{1}, t.Len())
		}
		for _, row := range c.Rows {
			weight[row] = float32(c.Keep)
		}
	}
	return weight
}

// flagged tells which raters are in a ring.
func (x *Experiment) flagged() []bool { return ringed(x.Findings.Rings, x.World.Ratings.Raters.Len()) }

func ringed(rings []detect.Ring, raters int) []bool {
	in := make([]bool, raters)
	for _, r := range rings {
		for _, u := range r.Raters {
			in[u] = true
		}
	}
	return in
}

// earliest keeps of each group's ratings of an item the first, of equal times
// the one of the smaller rater; and none of an item that a member wrote. Members
// are raters, or the number of raters and that in Notes.Authors together.
func earliest(groups [][]int32, t *rating.Table) *rating.Table {
	raters := t.Raters.Len()
	people := raters
	if t.Notes != nil {
		people += t.Notes.Authors.Len()
	}
	group := make([]int32, people) // from 1 on, the first
	for k := len(groups) - 1; k >= 0; k-- {
		for _, u := range groups[k] {
			group[u] = int32(k + 1)
		}
	}
	drop := make([]bool, t.Len())
	seen := make(map[int32]bool)
	for item := range int32(t.Items.Len()) {
		wrote := int32(0)
		if t.Notes != nil && int(item) < len(t.Notes.Author) && t.Notes.Author[item] >= 0 {
			a := t.Notes.Author[item]
			wrote = group[raters+int(a)]
			if u, ok := t.Raters.Find(t.Notes.Authors.Name(a)); ok {
				wrote = group[u]
			}
		}
		for _, row := range t.ByItem().Rows(item) { // in the order of time
			if k := group[t.Rater[row]]; k > 0 {
				drop[row] = seen[k] || wrote == k
				seen[k] = true
			}
		}
		clear(seen)
	}
	return t.Select(func(row int) bool { return !drop[row] })
}

// official returns what Community Notes lets its scorers see of ratings, by its
// own two defences: of each group of detect.PostSelection only the earliest
// rating of a note counts, and raters of detect.QuasiClique are told as
// correlated if they are in such a group too. The last is how X's code acts, not
// what it means to do: between its two phases it drops raters who lack either
// value. For what is meant, let a scenario's defence be {effect: correlated}. It
// also returns how many raters are in a group, and how many are correlated.
func official(ctx context.Context, t *rating.Table,
	progress func(string, int, int)) (in scoring.Input, together, correlated int, err error) {
	in = scoring.Input{Ratings: t, Correlated: make([]bool, t.Raters.Len()), Progress: progress}
	groups, err := detect.NewPostSelection().Groups(ctx, t)
	if err != nil {
		return in, 0, 0, err
	}
	grouped := make([]bool, t.Raters.Len())
	for _, g := range groups {
		for _, u := range g {
			if int(u) < t.Raters.Len() {
				grouped[u] = true
				together++
			}
		}
	}
	if len(groups) > 0 {
		in.HighVolume = communitynotes.HighVolume(in)
		in.Ratings = earliest(groups, t)
	}
	cliques, err := detect.NewQuasiClique().Groups(ctx, t)
	for _, g := range cliques {
		for _, u := range g {
			if grouped[u] && !in.Correlated[u] {
				correlated++
				in.Correlated[u] = true
			}
		}
	}
	return in, together, correlated, err
}
