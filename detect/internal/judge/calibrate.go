package judge

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
	return r.test(&Group{Raters: raters}, r.deedsOf(u)).ln
}
