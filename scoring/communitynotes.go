package scoring

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/rating"
)

// CommunityNotes runs the models of Community Notes that differ only in whose
// ratings they take, and joins what they say as X does: ExpansionPlusModel,
// ExpansionModel and CoreModel, each overwriting the one before; the models of
// single groups of raters, which may raise a note that the core nearly raised;
// then three rules on the outcome. Each model is NotesCore with another scope.
//
// Not reproduced are the models that public data does not suffice for or that
// this package lacks: the topic models (01 to 05, CoreWithTopics and its
// Gaussian), the Gaussian model, the groups with models of their own kind (14,
// 15, 18 and 33), and what depends on the run before: the half hour for which a
// newly helpful note is held back.
//
// Without modeling groups and tags, which rating.ReadOptions.Notes reads, it is
// NotesCore.
type CommunityNotes struct {
	Bounds bool `doc:"bound core intercepts by three artificial raters, as X does"`
	Locks  bool `doc:"keep the status of notes that X has locked; without it, what the ratings alone would make of them"`
}

// NewCommunityNotes returns a CommunityNotes as X runs it.
func NewCommunityNotes() *CommunityNotes { return &CommunityNotes{Bounds: true, Locks: true} }

func (s *CommunityNotes) Name() string { return "communitynotes" }

func (s *CommunityNotes) Doc() Doc {
	return Doc{
		Summary: "Community Notes: the core, expansion and group models, joined as X joins them",
		Source:  "twitter/communitynotes, July 2026; Wojcik et al. 2022, arXiv:2210.15723",
		Cost:    "communitynotes-core once for each model with raters of its own, up to 17 times, most of them small",
		BlindSpot: "that of communitynotes-core; topic, Gaussian and three group models, and the time a status must " +
			"stand, are not reproduced",
		Notes: true,
	}
}

var (
	expansion     = notesModel{"ExpansionModel", coreGroups | expansionGroups, true, 0.5, true, false}
	expansionPlus = notesModel{"ExpansionPlusModel", coreGroups | expansionGroups | plusGroups, true, 0, false, false}
	multiGroup    = notesModel{"MultiGroupModel01", 1<<4 | 1<<5 | 1<<7 | 1<<12 | 1<<26, false, 0.8, false, false}
)

const groupModels = 13 // groups 1 to 13 have a model each

// When a group's model may raise a note: the core's intercept is between.
const (
	groupAbove = 0.3
	groupBelow = 0.4
)

// Score runs the models. Intercepts, factors and rules of an item are those of
// the core, or where it has none of expansion or expansion plus; raters' are
// the core's.
func (s *CommunityNotes) Score(ctx context.Context, in Input) (*Result, error) {
	if err := cmp.Or(in.check(s.Name()), ctx.Err()); err != nil {
		return nil, err
	}
	c := NewNotesCore()
	c.Bounds = s.Bounds
	n, r, err := c.run(ctx, &in, core)
	if err != nil {
		return nil, err
	}
	j := &joined{in: &in, r: r, core: n, official: make([]string, len(r.Item))}
	if err := j.expand(ctx, c); err != nil {
		return nil, err
	}
	if err := j.groups(ctx, c); err != nil {
		return nil, err
	}
	j.sampled()
	if s.Locks {
		j.lock()
	}
	j.explain()
	for k, status := range j.official {
		switch {
		case r.ItemRatings[k] == 0:
			r.Status[k], r.DecidedBy[k] = Unrated, ""
		case status == ratedHelpful:
			r.Status[k] = Helpful
		case status == ratedNotHelpful:
			r.Status[k] = NotHelpful
		default: // NEEDS_YOUR_HELP never leaves the models
			r.Status[k] = NeedsMore
		}
	}
	return r, nil
}

// Statuses as Rules.Official has them.
const (
	ratedHelpful    = "CURRENTLY_RATED_HELPFUL"
	ratedNotHelpful = "CURRENTLY_RATED_NOT_HELPFUL"
	needsMore       = "NEEDS_MORE_RATINGS"
	needsYourHelp   = "NEEDS_YOUR_HELP"
	firmReject      = "FIRM_REJECT"
)

// A joined is what the models say together.
type joined struct {
	in       *Input
	r        *Result
	core     *notesRun
	official []string
	rejected []bool // no other model may make it helpful
}

func (j *joined) decide(item int32, status, by string) {
	if status == firmReject {
		status = needsMore
	}
	j.official[item], j.r.DecidedBy[item] = status, by
}

// raters reports whether any enrolled rater is in one of the groups.
func (j *joined) raters(groups uint64) bool {
	return j.in.Ratings.Notes != nil && slices.ContainsFunc(j.in.Ratings.Notes.Group, func(g int8) bool { return g >= 0 && groups>>g&1 == 1 })
}

// expand lets expansion plus, expansion and core decide, in this order.
func (j *joined) expand(ctx context.Context, c *NotesCore) error {
	r := j.r
	items := len(r.Item)
	r.DecidedBy, j.rejected = make([]string, items), make([]bool, items)
	r.Warnings = slices.Clone(r.Warnings)
	for k := range j.official {
		j.decide(int32(k), needsMore, "InitialNMR")
	}
	own := slices.Clone(r.ItemIntercept)
	for _, m := range []struct {
		notesModel
		adds uint64
	}{{expansionPlus, plusGroups}, {expansion, expansionGroups}} {
		if !j.raters(m.adds) {
			continue // it would say what the next one says
		}
		n, wider, err := c.run(ctx, j.in, m.notesModel)
		if err != nil {
			return err
		}
		for k := range j.official {
			if n.ratings[k] == 0 {
				continue
			}
			status := wider.Rules[k].Official()
			j.decide(int32(k), status, m.name)
			if m.firm {
				j.rejected[k] = status == firmReject || status == ratedNotHelpful
			}
			if math.IsNaN(float64(own[k])) && !math.IsNaN(float64(wider.ItemIntercept[k])) {
				r.ItemIntercept[k], r.ItemFactor[k], r.Item[k], r.Rules[k] = wider.ItemIntercept[k], wider.ItemFactor[k], wider.Item[k], wider.Rules[k]
				r.ItemRidge = [2]float64{} // not all of one fit
			}
		}
	}
	for k := range j.official {
		if j.core.ratings[k] > 0 {
			status := r.Rules[k].Official()
			if math.IsNaN(float64(own[k])) {
				status = needsMore
			}
			j.decide(int32(k), status, core.name)
			j.rejected[k] = status == firmReject || status == ratedNotHelpful
		}
	}
	return nil
}

// groups lets the models of single groups decide.
func (j *joined) groups(ctx context.Context, c *NotesCore) error {
	models := []notesModel{multiGroup}
	for g := 1; g <= groupModels; g++ {
		models = append(models, notesModel{fmt.Sprintf("GroupModel%02d", g), 1 << g, false, 0.8, false, false})
	}
	for i, m := range models {
		if !j.raters(m.groups) {
			continue
		}
		n, group, err := c.run(ctx, j.in, m)
		if err != nil {
			return err
		}
		for k := range j.official {
			status, now := group.Rules[k].Official(), j.official[k]
			up := status == ratedHelpful || status == needsYourHelp
			switch x := j.r.ItemIntercept[k]; {
			case n.ratings[k] == 0 || up && j.rejected[k]:
			case i == 0:
				j.decide(int32(k), status, m.name)
			case up && (now == needsMore || now == needsYourHelp && status == ratedHelpful) && x > groupAbove && x < groupBelow:
				j.decide(int32(k), status, m.name)
			}
		}
	}
	return nil
}

// When the random sample of raters overrules the others.
const (
	sampledRidge = 10 // ratings' worth of the penalties on an item
	sampledLeast = 8
	sampledSide  = 2
	sampledBelow = 0.3
	sampledGap   = 0.15
)

// sampled takes back what raters who were asked at random do not find helpful.
func (j *joined) sampled() {
	n := j.core
	if n.t.Tags == nil {
		return
	}
	m := n.sampledRatings()
	items := n.fitItems(m, n.mu, sampledRidge)
	for k, status := range j.official {
		if status != ratedHelpful || m.items.count(int32(k)) < sampledLeast {
			continue
		}
		c := camps(m.items.of(int32(k)), n.raters)
		if x := items[k].b; min(c[0].ratings, c[1].ratings) >= sampledSide && x < sampledBelow && float64(j.r.ItemIntercept[k])-x >= sampledGap {
			j.decide(int32(k), needsMore, "PopulationSampledIntercept")
		}
	}
}

// sampledRatings returns the ratings of the last fit by raters asked at random.
func (n *notesRun) sampledRatings() *matrix {
	return n.finalRatings(func(k int) bool { return n.t.Tags[k]>>rating.TagSampled&1 == 1 })
}

// lock keeps statuses that may not change any more.
func (j *joined) lock() {
	if j.in.Ratings.Notes == nil {
		return
	}
	for k, status := range j.in.Ratings.Notes.Locked {
		if k >= len(j.official) || status == rating.NoStatus {
			continue
		}
		locked := [...]string{rating.NeedsMoreRatings: needsMore, rating.RatedHelpful: ratedHelpful, rating.RatedNotHelpful: ratedNotHelpful}[status]
		if locked != j.official[k] {
			j.decide(int32(k), locked, "ScoringDriftGuard")
		}
	}
}

// A status needs two reasons that two ratings each name.
const explainedBy = 2

// explain takes back a status for which raters give no two reasons.
func (j *joined) explain() {
	t := j.in.Ratings
	if t.Tags == nil {
		return
	}
	byItem := t.ByItem()
	for k, status := range j.official {
		first, last := 0, rating.TagNotHelpful
		if status == ratedNotHelpful {
			first, last = rating.TagNotHelpful, rating.TagSampled
		} else if status != ratedHelpful {
			continue
		}
		var named [rating.TagSampled]int
		for _, row := range byItem.Rows(int32(k)) {
			for tag := first; tag < last && j.in.weight(t.Rater[row]) > 0; tag++ {
				named[tag] += int(t.Tags[row] >> tag & 1)
			}
		}
		reasons := 0
		for _, n := range named {
			if n >= explainedBy {
				reasons++
			}
		}
		if reasons < explainedBy {
			j.decide(int32(k), needsMore, "InsufficientExplanation")
		}
	}
}
