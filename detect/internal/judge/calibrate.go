package judge

// SelectionOf returns ln of the chance that raters who were not searched for
// chose so many of the same items, at whatever time.
func (r *Refiner) SelectionOf(raters []int32) float64 {
	g := &Group{Raters: raters}
	r.mark(raters, inside)
	defer r.mark(raters, outside)
	r.tabulate(g)
	r.leaveOut(raters)
	r.weigh(g)
	return g.selection
}

// Joins returns ln p of u against raters who were not searched for.
func (r *Refiner) Joins(raters []int32, u int32) float64 {
	g := &Group{Raters: raters}
	r.mark(raters, inside)
	defer r.mark(raters, outside)
	r.tabulate(g)
	r.leaveOut(raters)
	return r.test(g, u).ln
}
