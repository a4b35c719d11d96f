package communitynotes

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/scoring"
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
