package communitynotes

import (
	"cmp"
	"math"

	"github.com/ringwatch/ringwatch/scoring/internal/fit"
)

// harassment returns of each item how far raters above the threshold, whatever
// their viewpoint, call it harassment: the intercepts of a logistic model. It
// returns nil where no rating is tagged so.
func (n *notesRun) harassment(r *record) ([]float64, error) {
	if n.t.Tags == nil {
		return nil, nil
	}
	m, err := n.matrix(func(k int) (label float32, ok bool) {
		u := n.t.Rater[k]
		if !n.scope.has(k) || !r.above[u] || n.t.Time != nil && n.t.Time[k] < tagsSince ||
			!n.first.Has(u, n.t.Item[k]) {
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
	if err != nil {
		return nil, err
	}
	if err := m.Filter(n.ctx, n.MinItemRatings, n.MinRaterRatings); err != nil {
		return nil, err
	}
	positive := 0.0
	for _, c := range m.Items.Cells {
		positive += float64(c.Value)
	}
	share := positive / float64(len(m.Items.Cells))
	if !(share > 0 && share < 1) {
		return nil, m.GiveBack()
	}
	l, err := fit.NewLogit(n.ctx, m, (1-share)/share)
	if err != nil {
		return nil, err
	}
	l.Free = [fit.Groups]bool{fit.ItemB: true, fit.ItemF: true, fit.RaterB: true, fit.RaterF: true, fit.Global: true}
	items, raters := float64(m.Items.Used()), float64(m.Raters.Used())
	l.Ridge = [fit.Groups]float64{fit.ItemB: n.InterceptPenalty / items, fit.ItemF: n.FactorPenalty / items,
		fit.RaterB: n.InterceptPenalty / raters, fit.RaterF: n.FactorPenalty / raters, fit.Global: n.GlobalPenalty}
	for k := range l.At[fit.ItemF] {
		if m.Items.Count(int32(k)) > 0 {
			l.At[fit.ItemF][k] = 2 * n.firstItems[k].F
		}
	}
	for k := range l.At[fit.RaterF] {
		if m.Raters.Count(int32(k)) > 0 {
			l.At[fit.RaterF][k] = 2 * n.firstRaters[k].F
		}
	}
	// Not solve: the loss has several minima, and the official optimiser's long
	// first steps choose among them.
	return l.At[fit.ItemB], cmp.Or(l.Adam(harassmentRate), m.GiveBack())
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

// sourced labels ratings that call an item poorly sourced.
func (n *notesRun) sourced(m *fit.Matrix) (*fit.Matrix, error) {
	return n.matrix(func(k int) (label float32, ok bool) {
		if n.t.Tags[k]&sourceTags != 0 {
			label = 1
		}
		return label, n.scope.has(k) && m.Has(n.t.Rater[k], n.t.Item[k])
	})
}

// prescoreDiligence fits the model in three rounds: with equal records; raters'
// records for held item intercepts; and intercepts for held records, by which
// raters are then weighed.
func (n *notesRun) prescoreDiligence() (*diligence, error) {
	m, err := n.sourced(n.second)
	if err != nil {
		return nil, err
	}
	if m.Items.Used() == 0 {
		return nil, m.GiveBack()
	}
	items, raters := float64(m.Items.Used()), float64(m.Raters.Used())
	ridge := [fit.Groups]float64{fit.ItemB: diligencePenalty / items, fit.ItemF: diligencePenalty / items,
		fit.RaterB: diligenceRater * diligencePenalty / raters, fit.RaterF: diligencePenalty / raters,
		fit.RaterR: diligenceRecord * diligencePenalty / raters}
	l, err := fit.NewLogit(n.ctx, m, diligencePositive)
	if err != nil {
		return nil, err
	}
	l.Ridge = ridge
	for u := range l.At[fit.RaterF] {
		if m.Raters.Count(int32(u)) > 0 {
			l.At[fit.RaterF][u] = n.raters[u].F
		}
	}
	positive := 0.0
	for _, c := range m.Items.Cells {
		positive += float64(c.Value)
	}
	if negative := float64(len(m.Items.Cells)) - positive; positive > 0 && negative > 0 {
		l.At[fit.Global][0] = math.Log(diligencePositive * positive / negative)
	}
	// Items start on the side that dislikes them, and not at 0, where nothing
	// would move the factors.
	for k := range l.At[fit.ItemF] {
		if m.Items.Count(int32(k)) > 0 {
			l.At[fit.ItemF][k] = -n.secondItems[k].F
		}
	}
	l.Free = [fit.Groups]bool{fit.ItemB: true, fit.ItemF: true, fit.RaterB: true, fit.RaterF: true, fit.Global: true}
	if err := l.Solve(); err != nil {
		return nil, err
	}
	l.Free = [fit.Groups]bool{fit.ItemF: true, fit.RaterB: true, fit.RaterF: true, fit.RaterR: true, fit.Global: true}
	if err := l.Solve(); err != nil {
		return nil, err
	}
	d := &diligence{second: l, third: l.Copy()}
	d.third.Positive = diligenceLast
	d.third.Weigh(diligenceFloor)
	d.third.Free = [fit.Groups]bool{fit.ItemB: true, fit.RaterB: true, fit.Global: true}
	return d, cmp.Or(d.third.Solve(), m.GiveBack())
}

// finalDiligence returns the intercepts of items in the last fit: how far
// raters with a record for that call them poorly sourced.
func (n *notesRun) finalDiligence(last *fit.Matrix) ([]float64, error) {
	if n.diligence == nil || n.t.Tags == nil {
		return nil, nil
	}
	m, err := n.sourced(last)
	if err != nil {
		return nil, err
	}
	l, err := fit.NewLogit(n.ctx, m, diligencePositive)
	if err != nil {
		return nil, err
	}
	d := n.diligence
	ridge := diligencePenalty * n.perItem / m.Total()
	l.Ridge = [fit.Groups]float64{fit.ItemB: ridge, fit.ItemF: ridge}
	copy(l.X, d.second.X)
	l.Free = [fit.Groups]bool{fit.ItemF: true}
	if err := l.Solve(); err != nil {
		return nil, err
	}
	copy(l.At[fit.Global], d.third.At[fit.Global])
	copy(l.At[fit.RaterB], d.third.At[fit.RaterB])
	l.Positive = diligenceLast
	l.Weigh(diligenceFloor)
	l.Free = [fit.Groups]bool{fit.ItemB: true}
	return l.At[fit.ItemB], cmp.Or(l.Solve(), m.GiveBack())
}
