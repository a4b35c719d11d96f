package scoring

import (
	"math"
	"slices"
)

// harassment returns of each item how far raters above the threshold, whatever
// their viewpoint, call it harassment: the intercepts of a logistic model. It
// returns nil where no rating is tagged so.
func (n *notesRun) harassment(r *record) ([]float64, error) {
	if n.t.Tags == nil {
		return nil, nil
	}
	m := n.in.matrixOf(n.ctx, func(k int) (label float32, ok bool) {
		u := n.t.Rater[k]
		if !n.scope[k] || !r.above[u] || n.t.Time != nil && n.t.Time[k] < tagsSince || !n.first.has(u, n.t.Item[k]) {
			return 0, false
		}
		switch tags := n.t.Tags[k]; {
		case tags>>tagHarassment&1 == 1:
			return 1, true
		case tags>>tagOther&1 == 1 || level(n.t.Value[k]) == 2:
			return 0, true
		}
		return 0, false
	})
	m.filter(n.ctx, n.MinItemRatings, n.MinRaterRatings)
	if err := n.ctx.Err(); err != nil {
		return nil, err
	}
	positive := 0.0
	for _, c := range m.items.cells {
		positive += float64(c.value)
	}
	share := positive / float64(len(m.items.cells))
	if !(share > 0 && share < 1) {
		return nil, nil
	}
	l := newLogit(n.ctx, m, (1-share)/share)
	l.free = [groups]bool{itemB: true, itemF: true, raterB: true, raterF: true, global: true}
	items, raters := float64(m.items.used()), float64(m.raters.used())
	l.ridge = [groups]float64{itemB: n.InterceptPenalty / items, itemF: n.FactorPenalty / items,
		raterB: n.InterceptPenalty / raters, raterF: n.FactorPenalty / raters, global: n.GlobalPenalty}
	for k := range l.at[itemF] {
		if m.items.count(int32(k)) > 0 {
			l.at[itemF][k] = 2 * n.firstItems[k].f
		}
	}
	for k := range l.at[raterF] {
		if m.raters.count(int32(k)) > 0 {
			l.at[raterF][k] = 2 * n.firstRaters[k].f
		}
	}
	// Not solve: the loss has several minima, and the official optimiser's long
	// first steps choose among them.
	return l.at[itemB], l.adam(harassmentRate)
}

const harassmentRate = 2 // of learning

const (
	diligenceAt       = 0.263 // intercept above which an item is poorly sourced
	diligencePenalty  = 0.03  // ridge penalty on all but the global intercept, times:
	diligenceRater    = 10    // for rater intercepts
	diligenceRecord   = 50    // for rater records
	diligencePositive = 100   // weight of a rating that is tagged so
	diligenceLast     = 500   // likewise in the last fit
	diligenceFloor    = 0.1   // weight of a rater without a record in the last fit, where 1 stands for one of 1
)

const sourceTags = 1<<tagIncorrect | 1<<tagUnsourced | 1<<tagIrrelevant

// A diligence is what the second fit's ratings say of who knows a poor source:
// the parameters that the last fit of items takes from raters.
type diligence struct {
	second, third *logit
}

// sourced labels ratings that call an item poorly sourced.
func (n *notesRun) sourced(m *matrix) *matrix {
	return n.in.matrixOf(n.ctx, func(k int) (label float32, ok bool) {
		if n.t.Tags[k]&sourceTags != 0 {
			label = 1
		}
		return label, n.scope[k] && m.has(n.t.Rater[k], n.t.Item[k])
	})
}

// prescoreDiligence fits the model in three rounds: with equal records; raters'
// records for held item intercepts; and intercepts for held records, by which
// raters are then weighed.
func (n *notesRun) prescoreDiligence() (*diligence, error) {
	m := n.sourced(n.second)
	if m.items.used() == 0 {
		return nil, nil
	}
	items, raters := float64(m.items.used()), float64(m.raters.used())
	ridge := [groups]float64{itemB: diligencePenalty / items, itemF: diligencePenalty / items,
		raterB: diligenceRater * diligencePenalty / raters, raterF: diligencePenalty / raters,
		raterR: diligenceRecord * diligencePenalty / raters}
	l := newLogit(n.ctx, m, diligencePositive)
	l.ridge = ridge
	for u := range l.at[raterF] {
		if m.raters.count(int32(u)) > 0 {
			l.at[raterF][u] = n.raters[u].f
		}
	}
	positive := 0.0
	for _, c := range m.items.cells {
		positive += float64(c.value)
	}
	if negative := float64(len(m.items.cells)) - positive; positive > 0 && negative > 0 {
		l.at[global][0] = math.Log(diligencePositive * positive / negative)
	}
	// Items start on the side that dislikes them, and not at 0, where nothing
	// would move the factors.
	for k := range l.at[itemF] {
		if m.items.count(int32(k)) > 0 {
			l.at[itemF][k] = -n.secondItems[k].f
		}
	}
	l.free = [groups]bool{itemB: true, itemF: true, raterB: true, raterF: true, global: true}
	if err := l.solve(); err != nil {
		return nil, err
	}
	l.free = [groups]bool{itemF: true, raterB: true, raterF: true, raterR: true, global: true}
	if err := l.solve(); err != nil {
		return nil, err
	}
	d := &diligence{second: l, third: l.copy()}
	d.third.positive = diligenceLast
	d.third.weigh(n.in)
	d.third.free = [groups]bool{itemB: true, raterB: true, global: true}
	return d, d.third.solve()
}

// copy returns a logit with parameters of its own.
func (l *logit) copy() *logit {
	c := *l
	c.x = slices.Clone(l.x)
	c.at = c.groups(c.x)
	m := *l.m
	c.m = &m // whose weights will be others; parts and sums are scratch, and shared
	return &c
}

// weigh weighs raters by the root of their record, and items by the inverse
// root of the weight of their ratings.
func (l *logit) weigh(in *Input) {
	weight := make([]float64, l.m.raters.len())
	for u := range weight {
		weight[u] = l.m.raters.weightOf(int32(u)) * (diligenceFloor + math.Sqrt(max(0, l.at[raterR][u]))) / (1 + diligenceFloor)
	}
	l.m.raters.weight = weight
	l.itemWeight = make([]float64, len(l.seats))
	for k, n := range l.seats {
		sum := 0.0
		for _, c := range l.m.items.of(n) {
			w := weight[c.other]
			if c.value > 0 {
				w *= l.positive
			}
			sum += w
		}
		if sum > 0 {
			l.itemWeight[k] = 1 / math.Sqrt(sum)
		}
	}
}

// finalDiligence returns the intercepts of items in the last fit: how far
// raters with a record for that call them poorly sourced.
func (n *notesRun) finalDiligence(last *matrix) ([]float64, error) {
	if n.diligence == nil || n.t.Tags == nil {
		return nil, nil
	}
	m := n.sourced(last)
	l := newLogit(n.ctx, m, diligencePositive)
	d := n.diligence
	ridge := diligencePenalty * n.perItem / m.total()
	l.ridge = [groups]float64{itemB: ridge, itemF: ridge}
	copy(l.x, d.second.x)
	l.free = [groups]bool{itemF: true}
	if err := l.solve(); err != nil {
		return nil, err
	}
	copy(l.at[global], d.third.at[global])
	copy(l.at[raterB], d.third.at[raterB])
	l.positive = diligenceLast
	l.weigh(n.in)
	l.free = [groups]bool{itemB: true}
	return l.at[itemB], l.solve()
}
