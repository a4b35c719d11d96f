package judge

import (
	"cmp"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/detect/internal/null"
)

// Bundles: the parts of a series, an album or a shelf are one choice. Who rates one
// rates the others, and fans who do so share no plan. Whether targets are a bundle is
// told by outsiders alone: they rate several of them more often than their activity
// and the tastes of the group explain. The fans who rated all of it are the group
// itself, so that outsiders tell that there is a bundle, not how much it binds.

const (
	bundleLift  = 3   // times as many as expected: a taste of the worlds of stars has up to that
	bundleLevel = .05 // tail above that; an accident ties two targets of many, never all
	tieSample   = 50  // outsiders on a target that tell what is expected
)

// choices returns how many choices the core items are, those of one bundle counted
// once.
func (r *reading) choices(g *Group) int {
	var core []int
	for at := range r.targets {
		if r.targets[at].core {
			core = append(core, at)
		}
	}
	n := len(core)
	on := r.outsidersOn(g, core)
	hit, expected := make([]float64, n*n), make([]float64, n*n)
	root := make([]int, n)
	for s := range core {
		root[s] = s
	}
	for s := range core {
		for t := range s {
			hits := on[s].both(on[t])
			if hits == 0 {
				continue
			}
			e := r.expectedOn(on[s], on[t], &r.targets[core[t]])
			hit[s*n+t], expected[s*n+t] = hits, e
			if hits > bundleLift*e {
				a, b := root[s], root[t]
				for x := range root {
					if root[x] == a {
						root[x] = b
					}
				}
			}
		}
	}
	// A bundle is what hangs together and is tied beyond accident as a whole.
	choices := 0
	for first := range core {
		size, hits, e := 0, 0., 0.
		for s := range core {
			if root[s] != first {
				continue
			}
			size++
			for t := range s {
				if root[t] == first {
					hits, e = hits+hit[s*n+t], e+expected[s*n+t]
				}
			}
		}
		if size > 1 && null.CountTail(int(hits), bundleLift*e) < math.Log(bundleLevel) {
			size = 1
		}
		choices += size
	}
	return choices
}

// outsiders are raters on an item, ascending, and the act of each.
type outsiders struct{ who, act []int32 }

// both counts the raters that two have in common.
func (o outsiders) both(p outsiders) (n float64) {
	at := 0
	for _, u := range o.who {
		for at < len(p.who) && p.who[at] < u {
			at++
		}
		if at < len(p.who) && p.who[at] == u {
			n++
		}
	}
	return n
}

// outsidersOn returns, by core item, the outsiders on it. Those in the pool
// share the selection of the group, and excuse nobody.
func (r *reading) outsidersOn(g *Group, core []int) []outsiders {
	on := make([]outsiders, len(core))
	pool := slices.Sorted(slices.Values(g.Pool))
	var acts []int32
	for s, at := range core {
		i := r.targets[at].item
		acts = acts[:0]
		for k := r.ItemStart[i]; k < r.ItemStart[i+1]; k++ {
			if u := r.Rater[k]; r.state[u] == outside {
				if _, in := slices.BinarySearch(pool, u); !in {
					acts = append(acts, k)
					r.count[u]++
				}
			}
		}
		slices.SortFunc(acts, func(a, b int32) int {
			return cmp.Or(cmp.Compare(r.Rater[a], r.Rater[b]), cmp.Compare(a, b))
		})
		for n, k := range acts {
			if n+1 == len(acts) || r.Rater[acts[n+1]] != r.Rater[k] { // the last of a rater's
				on[s].who, on[s].act = append(on[s].who, r.Rater[k]), append(on[s].act, k)
			}
		}
	}
	most := max(fewChoices, len(core)/2) // of an outsider; who has more is like the group
	for s := range on {
		n := 0
		for j, u := range on[s].who {
			if r.count[u] < int32(most) {
				on[s].who[n], on[s].act[n] = u, on[s].act[j]
				n++
			}
		}
		on[s].who, on[s].act = on[s].who[:n], on[s].act[:n]
	}
	for _, at := range core {
		i := r.targets[at].item
		for _, u := range r.Rater[r.ItemStart[i]:r.ItemStart[i+1]] {
			r.count[u] = 0
		}
	}
	return on
}

// expectedOn returns how many of some outsiders are expected on t, told by a sample of
// them; those has the acts on t.
func (r *reading) expectedOn(some, those outsiders, t *target) (sum float64) {
	step := 1 + len(some.who)/tieSample
	n := 0.
	for j := 0; j < len(some.who); j += step {
		own := int32(-1)
		if at, has := slices.BinarySearch(those.who, some.who[j]); has {
			own = those.act[at]
		}
		sum += r.chance(some.who[j], t, own)
		n++
	}
	return sum * float64(len(some.who)) / n
}
