package communitynotes

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/scoring"
)

// Scorer, the scorer communitynotes, runs the models of Community Notes and joins what they say as
// X does, each overwriting those before it as far as it may:
//
//	ExpansionPlusModel, ExpansionModel, GaussianExpansionModel, CoreWithTopicsModel, CoreModel
//	MultiGroupModel01, GroupModel01 to 13, GroupModel33, GroupModel33NMR, 18NMR and 15NMR
//	GaussianModel, GroupModel21NMR, GaussianCoreWithTopicsModel
//	TopicModel01 to 05
//	PopulationSampledIntercept, NmrDueToMinStableCrhTime, ScoringDriftGuard, InsufficientExplanation
//
// That is the state of August 2026. As of July there were neither
// GaussianExpansionModel nor GroupModel21NMR, and GaussianModel did not hear raters
// of group 21.
//
// Most models are Core with another scope. Not reproduced are group 14,
// whose loss is another, and the two classifiers that predict whether a new
// status will last: nothing is held back for longer, or let go sooner, on their
// word.
//
// Which notes are on a topic is learnt from their texts, see
// rating.ReadOptions.Texts; without them no note is, and the models that the
// topics are for do not run. Without modeling groups and tags, which
// rating.ReadOptions.Notes reads, and without the Gaussian model it is Core.
type Scorer struct {
	AsOf     string `doc:"whose rules: X's code of 5 August 2026 (d87dfac), or of 17 July (273c895)" among:"2026-07-17 2026-08-05"`
	Bounds   bool   `doc:"bound core intercepts by three artificial raters, as X does"`
	Gaussian bool   `doc:"run the Gaussian model too"`
	Stable   bool   `doc:"hold back what was not helpful in the run before until it has been so for an hour, as X does"`
	Locks    bool   `doc:"keep the status of notes that X has locked; without it, what the ratings alone would make of them"`
}

// States of X's code that AsOf takes, and Commits of them.
const (
	July   = "2026-07-17"
	August = "2026-08-05"
)

// Commit returns the commit of twitter/communitynotes that AsOf stands for, "" if it
// is none of the states that are known.
func (s *Scorer) Commit() string {
	switch s.AsOf {
	case July:
		return "273c895"
	case August, "":
		return "d87dfac"
	}
	return ""
}

// New returns a Scorer as X runs it.
func New() *Scorer {
	return &Scorer{AsOf: August, Bounds: true, Gaussian: true, Stable: true, Locks: true}
}

func (s *Scorer) Name() string { return "communitynotes" }

func (s *Scorer) Doc() scoring.Doc {
	return scoring.Doc{
		Summary: "Community Notes: the core, expansion, group, topic and Gaussian models, joined as X joins them",
		Source:  "twitter/communitynotes, d87dfac of 5 August 2026; Wojcik et al. 2022, arXiv:2210.15723",
		Cost:    "communitynotes-core once for each model with raters of its own, up to 18 times, most of them small",
		BlindSpot: "that of communitynotes-core; the model of group 14 and what predicts whether a status lasts are " +
			"not reproduced",
		Notes: true, Texts: true,
	}
}

var (
	expansion = notesModel{name: "ExpansionModel", groups: coreGroups | expansionGroups, unassigned: true,
		captured: 0.5, firm: true, topic: anyTopic}
	expansionPlus = notesModel{name: "ExpansionPlusModel", groups: coreGroups | expansionGroups | plusGroups,
		unassigned: true, topic: anyTopic}
	withTopics = notesModel{name: "CoreWithTopicsModel", groups: coreGroups, unassigned: true, captured: 0.5,
		bounded: true, topic: anyTopic}
	multiGroup = notesModel{name: "MultiGroupModel01", groups: 1<<4 | 1<<5 | 1<<7 | 1<<12 | 1<<26, captured: 0.8,
		topic: anyTopic}
	group18      = notesModel{name: "GroupModel18", groups: 1 << 18, captured: 0.51, topic: anyTopic}
	group15      = notesModel{name: "GroupModel15", groups: 1 << 15, captured: 0.8, topic: anyTopic}
	group21      = notesModel{name: "GroupModel21", groups: 1 << 21, captured: 0.75, wide: true, topic: anyTopic}
	gaussianCore = notesModel{name: "GaussianModel", groups: coreGroups, unassigned: true, captured: 0.5}
	gaussianAll  = notesModel{name: "GaussianCoreWithTopicsModel", groups: coverageGroups, unassigned: true,
		captured: 0.5, topic: anyTopic}
	gaussianWider = notesModel{name: "GaussianExpansionModel", groups: coreGroups | expansionGroups, unassigned: true,
		captured: 0.5, topic: anyTopic}
)

const groupModels = 13 // groups 1 to 13 have a model each

// When a group's model may raise a note: the core's intercept is between.
const (
	groupAbove   = 0.3
	groupBelow   = 0.4
	group33Above = 0.25
)

// Score runs the models. Intercepts, factors and rules of an item are those of
// the core or, where it has none, of the core with topics, expansion or
// expansion plus; raters' are the core's. Models holds what each says.
func (s *Scorer) Score(ctx context.Context, in scoring.Input) (*scoring.Result, error) {
	if err := cmp.Or(in.Check(s.Name()), ctx.Err()); err != nil {
		return nil, err
	}
	if s.Commit() == "" {
		return nil, fmt.Errorf("%s: as-of is %q; it must be %s or %s", s.Name(), s.AsOf, July, August)
	}
	c := NewCore()
	c.Bounds = s.Bounds
	topics, err := findTopics(ctx, &in)
	if err != nil {
		return nil, err
	}
	own := core
	own.topics = topics
	n, r, err := c.run(ctx, &in, own)
	if err != nil {
		return nil, err
	}
	j := &joined{Scorer: s, ctx: ctx, c: c, in: &in, topics: topics, core: n, r: r,
		official: make([]string, len(r.Item))}
	for _, step := range [...]func() error{j.general, j.groups, j.gaussians, j.topicModels, j.sampled} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	if s.Stable {
		j.stable()
	}
	if s.Locks {
		j.lock()
	}
	j.explain()
	r.Official = j.official
	for k, status := range j.official {
		switch {
		case r.ItemRatings[k] == 0:
			r.Status[k], r.DecidedBy[k] = scoring.Unrated, ""
		case status == ratedHelpful:
			r.Status[k] = scoring.Helpful
		case status == ratedNotHelpful:
			r.Status[k] = scoring.NotHelpful
		default:
			r.Status[k] = scoring.NeedsMore
		}
	}
	r.Warnings = slices.Compact(r.Warnings)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return r.result(), nil
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
	*Scorer
	ctx      context.Context
	c        *Core
	in       *scoring.Input
	topics   []int8
	core     *notesRun
	r        *told
	official []string
	rejected []bool    // no other model may make it helpful
	nearly   []float32 // the intercept that says whether a group may raise an item
}

func (j *joined) decide(item int, status, by string) {
	if status == firmReject {
		status = needsMore
	}
	j.official[item], j.r.DecidedBy[item] = status, by
}

// raters reports whether any enrolled rater is in one of the groups.
func (j *joined) raters(groups uint64) bool {
	return j.in.Ratings.Notes != nil && slices.ContainsFunc(j.in.Ratings.Notes.Group,
		func(g int8) bool { return g >= 0 && groups>>g&1 == 1 })
}

// hasSay reports whether a model has a say in any item.
func (j *joined) hasSay(m notesModel) bool {
	scope := &notesRun{notesModel: m, in: j.in, t: j.in.Ratings}
	scope.findScope()
	return slices.Contains(scope.foreign, false)
}

// run runs one more model and keeps what it says; nil if it has no say in any
// item.
func (j *joined) run(m notesModel) (*notesRun, *Model, error) {
	m.topics = j.topics
	if !j.hasSay(m) {
		return nil, nil, nil
	}
	n, r, err := j.c.run(j.ctx, j.in, m)
	if err != nil {
		return nil, nil, err
	}
	j.r.Models = append(j.r.Models, r.Models...)
	return n, &r.Models[0], nil
}

// says returns the status that a model gives an item, "" where it has no say.
func (m *Model) says(item int) string {
	if m == nil || m.Rated[item] == 0 {
		return ""
	}
	return m.Official(item)
}

// Official returns the status that a model gives an item, in the words of
// Community Notes. Only the core and expansion reject firmly, and group 21 what
// has a large factor.
func (m *Model) Official(item int) string {
	status := m.Rules[item].Official()
	firm := m.Name == core.name || m.Name == expansion.name ||
		m.Name == group21.name && m.Rules[item].Last() == FilterLargeFactor
	if status == firmReject && !firm {
		return needsMore
	}
	return status
}

// general lets expansion plus, expansion, its Gaussian model, the core with topics
// and the core decide, in this order.
func (j *joined) general() error {
	r := j.r
	items := len(r.Item)
	r.DecidedBy, j.rejected = make([]string, items), make([]bool, items)
	r.Warnings = slices.Clone(r.Warnings)
	for k := range j.official {
		j.decide(k, needsMore, "InitialNMR")
	}
	own := r.Models[0]
	r.Models = nil
	order, err := j.beyondCore()
	if err != nil {
		return err
	}
	r.Models = append(r.Models, own)
	j.reject(append(order, own))
	j.nearly = slices.Clone(own.ItemIntercept)
	// What is told of an item is by the last that knows it.
	r.ItemIntercept, r.ItemFactor, r.Item, r.Rules = slices.Clone(r.ItemIntercept), slices.Clone(r.ItemFactor),
		slices.Clone(r.Item), slices.Clone(r.Rules)
	for i, m := range append(order, own) {
		if m.Name == gaussianWider.name {
			j.undecided(&m)
			continue
		}
		for k := range j.official {
			status := m.says(k)
			if status == "" {
				continue
			}
			j.decide(k, status, m.Name)
			if m.Name == expansion.name && math.IsNaN(float64(j.nearly[k])) {
				j.nearly[k] = m.ItemIntercept[k]
			}
			if i < len(order) && own.Rated[k] == 0 && !math.IsNaN(float64(m.ItemIntercept[k])) {
				r.ItemIntercept[k] = m.ItemIntercept[k]
				r.ItemFactor[k] = m.ItemFactor[k]
				r.Item[k], r.Rules[k] = m.ItemIntercept[k], m.Rules[k]
				r.ItemRidge = [2]float64{} // not all of one fit
			}
		}
	}
	return nil
}

// beyondCore runs the models that decide before the core does, the last to decide first.
func (j *joined) beyondCore() (order []Model, err error) {
	add := func(m *Model) {
		if m != nil {
			order = append(order, *m)
		}
	}
	if j.raters(plusGroups) {
		_, m, err := j.run(expansionPlus)
		if err != nil {
			return nil, err
		}
		add(m)
	}
	if j.raters(expansionGroups) { // else it would say what the next one says
		n, m, err := j.run(expansion)
		if err != nil {
			return nil, err
		}
		add(m)
		if n != nil && j.Gaussian && j.AsOf != July {
			if m, err = j.runGaussian(n, gaussianWider, gaussianThresholds(n.Core)); err != nil {
				return nil, err
			}
			add(m)
		}
	}
	if j.topics != nil {
		_, m, err := j.run(withTopics)
		if err != nil {
			return nil, err
		}
		add(m)
	}
	return order, nil
}

// reject marks what the core rejects or, where it has no say, expansion.
func (j *joined) reject(models []Model) {
	for i := range models {
		m := &models[i]
		if m.Name != expansion.name && m.Name != core.name {
			continue
		}
		for k := range j.rejected {
			if status := m.says(k); status != "" {
				j.rejected[k] = status == firmReject || status == ratedNotHelpful
			}
		}
	}
}

// gaussians lets the Gaussian models decide what is undecided, by the core's raters.
func (j *joined) gaussians() error {
	if !j.Gaussian {
		return nil
	}
	model := gaussianCore
	if j.AsOf == July {
		model.groups = coverageGroups
	}
	thresholds := gaussianThresholds(j.core.Core)
	m, err := j.runGaussian(j.core, model, thresholds)
	if err != nil {
		return err
	}
	j.undecided(m)
	if j.AsOf != July {
		if err := j.group21(); err != nil {
			return err
		}
	}
	if j.topics == nil && (j.AsOf == July || !j.raters(group21.groups)) {
		return nil // it would say the same
	}
	if m, err = j.runGaussian(j.core, gaussianAll, thresholds); err != nil {
		return err
	}
	j.undecided(m)
	return nil
}

// runGaussian runs a Gaussian model on the raters of a run, and keeps what it says.
func (j *joined) runGaussian(n *notesRun, model notesModel, thresholds *Core) (*Model, error) {
	model.topics = j.topics
	_, r, err := n.besides(model, newGaussian(), thresholds)
	if err != nil {
		return nil, err
	}
	j.r.Models = append(j.r.Models, r.Models...)
	return &r.Models[0], nil
}

// undecided lets a Gaussian model decide what needs more ratings.
func (j *joined) undecided(m *Model) {
	for k, now := range j.official {
		if status := m.says(k); (now == needsMore || now == needsYourHelp) &&
			(raises(status) && !j.rejected[k] && status != now || status == ratedNotHelpful) {
			j.decide(k, status, m.Name)
		}
	}
}

// topicModels take back what those who rate a topic do not confirm.
func (j *joined) topicModels() error {
	for topic := int8(1); j.topics != nil && topic <= topicCount; topic++ {
		if !slices.Contains(j.topics, topic) {
			continue
		}
		m, confident, err := j.topicModel(topic)
		if err != nil {
			return err
		}
		j.r.Models = append(j.r.Models, *m)
		low, wide := topicLow, topicWide
		if topic == topicDimension {
			low, wide = topicDimensionLow, topicDimensionWide
		}
		for k, now := range j.official {
			x, f := float64(m.ItemIntercept[k]), math.Abs(float64(m.ItemFactor[k]))
			if raises(now) && confident[k] && (x < low || f > wide) {
				j.decide(k, needsMore, m.Name)
			}
		}
	}
	return nil
}
