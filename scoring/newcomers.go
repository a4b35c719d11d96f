package scoring

import "github.com/ringwatch/ringwatch/scoring/internal/fit"

// A prior is what is known of raters before their ratings: penalties on intercept and
// factor, as ratings of weight 1, and their weight. Where that is 0, raters who were not fitted do not count.
type prior struct {
	ridge  fit.Pair
	weight float64
}

// newcomers are raters who were not fitted, by their number from 0 on, with their ratings.
type newcomers struct {
	ratings [][]fit.Cell       // of each; Other is the item
	next    []int              // how many ratings it is solved for with next
	place   map[[2]int32]int32 // of a newcomer and an item
}

// admit lets raters count who were not fitted, with a weight. Penalties are the same mean over
// raters as over items.
func (f *Frozen) admit(weight float64) {
	if items, raters := float64(f.used[0]), float64(f.used[1]); items > 0 && raters > 0 {
		f.prior = prior{fit.Pair{B: f.ridge.B * items / raters, F: f.ridge.F * items / raters}, weight}
		f.fresh.place = map[[2]int32]int32{}
	}
}

// AddRater reports whether raters who were not fitted count.
func (f *Frozen) AddRater() (int32, bool) {
	if f.prior.weight == 0 {
		return 0, false
	}
	f.raters = append(f.raters, fit.Pair{})
	f.fresh.ratings, f.fresh.next = append(f.fresh.ratings, nil), append(f.fresh.next, 1)
	return int32(len(f.raters) - 1), true
}

// add keeps a rating, and tells whether the newcomer is to be solved for: after a quarter more ratings, so that
// all of it costs some five times as much as the ratings.
func (n *newcomers) add(u int, item int32, value float32) bool {
	n.place[[2]int32{int32(u), item}] = int32(len(n.ratings[u]))
	n.ratings[u] = append(n.ratings[u], fit.Cell{Other: item, Value: value})
	if len(n.ratings[u]) < n.next[u] {
		return false
	}
	n.next[u] = len(n.ratings[u]) + 1 + len(n.ratings[u])/4
	return true
}

func (n *newcomers) remove(u int, item int32) {
	key := [2]int32{int32(u), item}
	at, there := n.place[key]
	if !there {
		return
	}
	delete(n.place, key)
	all := n.ratings[u]
	if last := int32(len(all) - 1); at < last {
		all[at] = all[last]
		n.place[[2]int32{int32(u), all[at].Other}] = at
	}
	n.ratings[u] = all[:len(all)-1]
}

// refine solves for a newcomer, items held, and counts its ratings with what that gives.
func (f *Frozen) refine(rater int32) {
	var s fit.Sums
	ratings := f.fresh.ratings[int(rater)-f.fitted]
	for _, c := range ratings {
		p := f.solve(c.Other)
		y := float64(c.Value) - f.mu - p.B
		s.N, s.F, s.FF, s.Y, s.FY = s.N+1, s.F+p.F, s.FF+p.F*p.F, s.Y+y, s.FY+p.F*y
	}
	for _, c := range ratings {
		f.move(rater, c.Other, c.Value, -1)
	}
	w := f.prior.weight
	f.raters[rater] = fit.Block{BB: w*s.N + f.prior.ridge.B, BF: w * s.F, FF: w*s.FF + f.prior.ridge.F}.
		Solve(fit.Pair{B: w * s.Y, F: w * s.FY})
	for _, c := range ratings {
		f.move(rater, c.Other, c.Value, 1)
	}
}
