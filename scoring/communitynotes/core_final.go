package communitynotes

import (
	"cmp"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/scoring/internal/fit"
)

// final does steps 5 and 6.
func (n *notesRun) final(r *told) error {
	f, err := n.fitLast()
	if err != nil {
		return err
	}
	r.ItemIntercept, r.ItemFactor = fit.Columns(f.items, &f.last.Items)
	r.ItemRidge = [2]float64{n.InterceptPenalty * n.perItem, n.FactorPenalty * n.perItem}
	r.Item = slices.Clone(r.ItemIntercept)
	r.Status, r.Rules = make([]scoring.Status, len(f.items)), make([]Rules, len(f.items))
	m, err := n.model(r, f.last)
	if err != nil {
		return err
	}
	r.ItemBound = m.ItemBound
	for item := range int32(len(f.items)) {
		n.ruleOn(item, f, r, m)
	}
	r.Models = []Model{*m}
	return cmp.Or(n.ctx.Err(), f.last.GiveBack())
}

// A lastFit is what the rules ask of items: the last fit, and those that leave raters out.
type lastFit struct {
	last         *fit.Matrix
	items        []fit.Pair
	bound        []float64                // nil if unknown
	quiet, apart func(item int32) float64 // intercepts without raters of high volume, without correlated ones
	faults       *faults
	lowDiligence []float64 // nil if unknown
}

func (n *notesRun) fitLast() (f *lastFit, err error) {
	f = &lastFit{}
	if f.last, err = n.finalRatings(func(int) bool { return true }); err != nil {
		return nil, err
	}
	if f.items, err = n.scoreItems(f.last); err != nil {
		return nil, err
	}
	f.bound = n.bounds(f.last)
	if f.quiet, err = n.without(n.highVolume()); err != nil {
		return nil, err
	}
	if f.apart, err = n.without(n.in.Correlated); err != nil {
		return nil, err
	}
	if f.faults, err = n.faults(f.last, f.items); err != nil {
		return nil, err
	}
	f.lowDiligence, err = n.finalDiligence(f.last)
	return f, err
}

// caseOf puts together what is known of an item.
func (n *notesRun) caseOf(item int32, f *lastFit) *itemCase {
	c := &itemCase{Pair: f.items[item], bound: math.NaN(), noHighVolume: f.quiet(item), noCorrelated: f.apart(item),
		lowDiligence: math.NaN(), alreadyRaised: n.raised(item)}
	if f.last.Items.Count(item) == 0 {
		c.Pair = fit.Pair{B: math.NaN(), F: math.NaN()}
		return c
	}
	c.camps = camps(f.last.Items.Of(item), n.raters)
	c.tagged, c.incorrect = f.faults.tagged(item), f.faults.incorrect(item)
	if f.bound != nil {
		c.bound = f.bound[item]
	}
	if f.lowDiligence != nil {
		c.lowDiligence = f.lowDiligence[item]
	}
	return c
}

// ruleOn lets the rules decide an item, of which a model that it is foreign to says nothing.
func (n *notesRun) ruleOn(item int32, f *lastFit, r *told, m *Model) {
	c := n.caseOf(item, f)
	if f.bound != nil {
		m.ItemBound[item] = float32(c.bound)
	}
	m.NoHighVolume[item], m.NoCorrelated[item] = float32(c.noHighVolume), float32(c.noCorrelated)
	if n.foreign[item] {
		nan := float32(math.NaN())
		r.ItemIntercept[item], r.ItemFactor[item], r.Item[item] = nan, nan, nan
		m.NoHighVolume[item], m.NoCorrelated[item] = nan, nan
		if f.bound != nil {
			m.ItemBound[item] = nan
		}
	} else {
		r.Rules[item] = n.rules(item, c)
	}
	r.Status[item] = r.Rules[item].status()
	if r.ItemRatings[item] == 0 {
		r.Status[item] = scoring.Unrated
	}
}

// model returns what there is to tell of this model, but for what the rules
// say.
func (n *notesRun) model(r *told, last *fit.Matrix) (*Model, error) {
	items := len(r.ItemIntercept)
	m := &Model{Name: n.name, ItemIntercept: r.ItemIntercept, ItemFactor: r.ItemFactor, Rules: r.Rules,
		Ratings: last.Items.Counts(), NoHighVolume: make([]float32, items), NoCorrelated: make([]float32, items),
		RaterIntercept: r.RaterIntercept, RaterFactor: r.RaterFactor, Agreed: r.Rater, Helpful: r.RaterHelpful}
	if n.Bounds && n.bounded && last.Items.Used() > 0 {
		m.ItemBound = make([]float32, items)
	}
	if n.t.Tags != nil {
		sampled, err := n.sampledRatings()
		if err != nil {
			return nil, err
		}
		items, err := n.scored(sampled, sampledRidge)
		if err != nil {
			return nil, err
		}
		m.Sampled, _ = fit.Columns(items, &sampled.Items)
		if err := sampled.GiveBack(); err != nil {
			return nil, err
		}
	}
	m.Rated = slices.Clone(n.ratings)
	for item, foreign := range n.foreign {
		if foreign {
			m.Rated[item] = 0
		}
	}
	m.Ridge = r.ItemRidge
	m.FirstIntercept, m.FirstFactor = fit.Columns(n.firstRaters, &n.first.Raters)
	m.Written = n.written
	return m, nil
}

// finalRatings returns the ratings in scope that keep takes, of items with
// enough of them, by raters of the second fit: item by item, and of raters the counts.
func (n *notesRun) finalRatings(keep func(row int) bool) (*fit.Matrix, error) {
	count := make([]int32, n.t.Items.Len())
	for k, item := range n.t.Item {
		if n.scope.has(k) && keep(k) {
			count[item]++
		}
	}
	m, err := n.matrix(func(k int) (float32, bool) {
		return n.t.Value[k], n.scope.has(k) && n.second.Raters.Count(n.t.Rater[k]) > 0 &&
			int(count[n.t.Item[k]]) >= n.MinItemRatings && keep(k)
	})
	if err == nil {
		err = m.Raters.GiveBack(m)
	}
	return m, err
}

// fitItems returns each item's best pair for the raters as the second fit has
// them. ridge is how many ratings' worth the penalties on an item are.
func (n *notesRun) fitItems(m *fit.Matrix, mu, ridge float64) []fit.Pair {
	items := make([]fit.Pair, m.Items.Len())
	for k := range items {
		if m.Items.Count(int32(k)) > 0 {
			items[k] = n.fitItem(fit.Accumulate(m.Items.Of(int32(k)), n.raters, m.Raters.Weight, mu), ridge)
		}
	}
	return items
}

// scoreItems returns each item's intercept, or score, and factor.
func (n *notesRun) scoreItems(m *fit.Matrix) ([]fit.Pair, error) { return n.scored(m, n.perItem) }

// scored is scoreItems with penalties that are worth other than a usual item's ratings.
func (n *notesRun) scored(m *fit.Matrix, ridge float64) ([]fit.Pair, error) {
	items := n.fitItems(m, n.mu, ridge)
	if n.gaussian != nil {
		scores, err := n.gaussian.scores(n, m)
		if err != nil {
			return nil, err
		}
		for k, x := range scores {
			items[k].B = x
		}
	}
	return items, nil
}

func (n *notesRun) fitItem(s fit.Sums, ridge float64) fit.Pair {
	return fit.Block{BB: s.N + n.InterceptPenalty*ridge, BF: s.F,
		FF: s.FF + n.FactorPenalty*ridge}.Solve(fit.Pair{B: s.Y, F: s.FY})
}

// bounds returns the largest intercept that each item has when one of three
// artificial raters calls it helpful, or none does: they are as hard to please
// as any real rater, and stand at the ends and in the middle of the axis.
func (n *notesRun) bounds(m *fit.Matrix) []float64 {
	if !n.Bounds || !n.bounded || m.Items.Used() == 0 {
		return nil
	}
	least, lo, hi := math.Inf(1), math.Inf(1), math.Inf(-1)
	for u, p := range n.raters {
		if m.Raters.Count(int32(u)) > 0 {
			least, lo, hi = min(least, p.B), min(lo, p.F), max(hi, p.F)
		}
	}
	// Here, unlike in the fit before, penalties are means over items.
	perItem := m.Total() / float64(m.Items.Used())
	upper := make([]float64, m.Items.Len())
	for k := range upper {
		if m.Items.Count(int32(k)) == 0 {
			continue
		}
		s := fit.Accumulate(m.Items.Of(int32(k)), n.raters, m.Raters.Weight, n.mu)
		upper[k] = n.fitItem(s, perItem).B
		for _, f := range [...]float64{lo, 0, hi} {
			with, y := s, 1-n.mu-least
			with.N, with.F, with.FF, with.Y, with.FY = s.N+1, s.F+f, s.FF+f*f, s.Y+y, s.FY+f*y
			upper[k] = max(upper[k], n.fitItem(with, perItem+1).B)
		}
	}
	return upper
}

// Raters who rate more than all but one in a thousand, within the last days.
const (
	highVolume      = 0.999
	highVolumeItems = 200 // in smaller data nobody's volume is high
)

// without returns the intercepts of items without some raters, NaN where too
// few ratings are left or nobody is to be left out.
func (n *notesRun) without(raters []bool) (of func(item int32) float64, err error) {
	if raters == nil {
		return func(int32) float64 { return math.NaN() }, nil
	}
	m, err := n.finalRatings(func(k int) bool { return !raters[n.t.Rater[k]] })
	if err != nil {
		return nil, err
	}
	without, err := n.scoreItems(m)
	if err == nil {
		err = m.GiveBack()
	}
	if err != nil {
		return nil, err
	}
	return func(item int32) float64 {
		if m.Items.Count(item) == 0 {
			return math.NaN()
		}
		return without[item].B
	}, nil
}

// HighVolume returns the raters of most ratings in the last 7 or 28 days of the
// data, as Community Notes counts them before it leaves any rating out; nil if
// there are none.
func HighVolume(in scoring.Input) []bool {
	n := &notesRun{notesModel: core, in: &in, t: in.Ratings}
	n.findScope()
	return n.highVolume()
}

func (n *notesRun) highVolume() []bool {
	if n.in.HighVolume != nil {
		return n.in.HighVolume
	}
	rated, last := 0, int32(math.MinInt32)
	for k := range n.t.Time {
		if n.in.WeightOf(n.t.Rater[k]) > 0 {
			last = max(last, n.t.Time[k])
		}
	}
	for _, c := range n.ratings {
		if c > 0 {
			rated++
		}
	}
	if !n.t.HasTimes() || rated < highVolumeItems {
		return nil
	}
	var high []bool
	for _, days := range [...]int64{7, 28} {
		count := make([]int32, n.t.Raters.Len())
		for k, u := range n.t.Rater {
			if int64(n.t.Time[k]) > int64(last)-days*86400 && n.in.WeightOf(u) > 0 {
				count[u]++
			}
		}
		var active []float64
		for _, c := range count {
			if c > 0 {
				active = append(active, float64(c))
			}
		}
		slices.Sort(active)
		limit := quantile(active, highVolume)
		for u, c := range count {
			if float64(c) > limit {
				if high == nil {
					high = make([]bool, len(count))
				}
				high[u] = true
			}
		}
	}
	return high
}

// When the random sample of raters overrules the others.
const (
	sampledRidge = 10 // ratings' worth of the penalties on an item
	sampledLeast = 8
	sampledSide  = 2
	sampledBelow = 0.3
	sampledGap   = 0.15
)

// camps sums up an item's ratings by the side their raters stand on.
func camps(of []fit.Cell, raters []fit.Pair) (c [2]camp) {
	for _, r := range of {
		side := 0
		if raters[r.Other].F >= 0 {
			side = 1
		}
		c[side].ratings++
		c[side].sum += float64(level(r.Value)) / 2
		c[side].net += level(r.Value) - 1
	}
	return c
}
