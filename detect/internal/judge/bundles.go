package judge

import (
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
	both, expected := make([]float64, n*n), make([]float64, n*n)
	root := make([]int, n)
	for s := range core {
		root[s] = s
	}
	for s := range core {
		for t := range s {
			few, many := on[s], on[t]
			if len(few) > len(many) {
				few, many = many, few
			}
			hits := 0.
			for u := range few {
				if _, both := many[u]; both {
					hits++
				}
			}
			if hits == 0 {
				continue
			}
			e := r.expectedOn(on[s], on[t], &r.targets[core[t]])
			both[s*n+t], expected[s*n+t] = hits, e
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
					hits, e = hits+both[s*n+t], e+expected[s*n+t]
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

// outsidersOn returns, by core item, the acts of outsiders on it. Those in the pool
// share the selection of the group, and excuse nobody.
func (r *reading) outsidersOn(g *Group, core []int) []map[int32]int32 {
	on := make([]map[int32]int32, len(core))
	for s, at := range core {
		on[s] = map[int32]int32{}
		i := r.targets[at].item
		for k := r.ItemStart[i]; k < r.ItemStart[i+1]; k++ {
			if u := r.Rater[k]; r.state[u] == outside && !slices.Contains(g.Pool, u) {
				on[s][u] = k
				r.count[u]++
			}
		}
	}
	most := max(fewChoices, len(core)/2) // of an outsider; who has more is like the group
	for s := range on {
		for u := range on[s] {
			if r.count[u] >= int32(most) {
				delete(on[s], u)
			}
		}
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
func (r *reading) expectedOn(some, those map[int32]int32, t *target) (sum float64) {
	who := make([]int32, 0, len(some))
	for u := range some {
		who = append(who, u)
	}
	slices.Sort(who)
	step := 1 + len(who)/tieSample
	n := 0.
	for j := 0; j < len(who); j += step {
		own, has := those[who[j]]
		if !has {
			own = -1
		}
		sum += r.chance(who[j], t, own)
		n++
	}
	return sum * float64(len(who)) / n
}
