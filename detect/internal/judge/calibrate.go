package judge

import "math"

// SelectionOf returns ln of the chance that raters who were not searched for
// chose so many of the same items, at whatever time.
func (f *Refiner) SelectionOf(raters []int32) float64 {
	r := f.read(raters)
	defer f.close(r)
	g := &Group{Raters: raters}
	r.weigh(g)
	return g.selection
}

// Joins returns ln p of u against raters who were not searched for.
func (f *Refiner) Joins(raters []int32, u int32) float64 {
	r := f.read(raters)
	defer f.close(r)
	return r.lnOf(&Group{Raters: raters}, u)
}

// HasViewpoint reports whether knowing where raters stand tells their votes.
func (b *Votes) HasViewpoint() bool { return b.view != nil }

// Bend sets by to how much likelier each level is where u stands on item i, the
// likeliest 1; draw gives standard normals, for what is not known of either.
func (b *Votes) Bend(u, i int32, draw func() float64, by []float64) {
	for l := range by {
		by[l] = 1
	}
	v := b.view
	if v == nil {
		return
	}
	lean := v.lean(&v.raters[u], &v.items[i])
	theta, most := lean.mean+lean.spread*draw(), math.Inf(-1)
	for l := range by {
		by[l] = v.score[l] * theta
		most = max(most, by[l])
	}
	for l := range by {
		by[l] = math.Exp(by[l] - most)
	}
}
