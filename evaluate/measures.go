package evaluate

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

// A Real is a score.
type Real interface{ ~float32 | ~float64 }

// descending returns the numbers of scores from the highest down, those that are NaN
// last, and where each level of equal scores ends in it.
func descending[T Real](score []T) (order []int32, ends []int) {
	order = make([]int32, len(score))
	for u := range order {
		order[u] = int32(u)
	}
	slices.SortFunc(order, func(a, b int32) int {
		return cmp.Or(cmp.Compare(score[b], score[a]), cmp.Compare(a, b)) // cmp has NaN below all
	})
	for k := 1; k <= len(order); k++ {
		if k == len(order) || cmp.Compare(score[order[k]], score[order[k-1]]) != 0 {
			ends = append(ends, k)
		}
	}
	return order, ends
}

// AveragePrecision is the sum, over the levels of score from the highest down, of the
// gain in recall times the precision at that level: those of equal score come at
// once, so that their order does not matter. NaN where nobody is positive.
func AveragePrecision[T Real](score []T, positive func(u int32) bool) float64 {
	order, ends := descending(score)
	pos, neg := make([]float64, len(ends)), make([]float64, len(ends))
	perLevel(order, ends, positive, pos, neg)
	return averagePrecision(pos, neg)
}

// AUC is the share of pairs of a positive and another in which the positive has
// the higher score, ties counting half (Mann and Whitney 1947): the area under the
// curve of true against false positives. NaN where either kind is missing.
func AUC[T Real](score []T, positive func(u int32) bool) float64 {
	order, ends := descending(score)
	pos, neg := make([]float64, len(ends)), make([]float64, len(ends))
	perLevel(order, ends, positive, pos, neg)
	return area(pos, neg)
}

func perLevel(order []int32, ends []int, positive func(u int32) bool, pos, neg []float64) {
	from := 0
	for level, to := range ends {
		for _, u := range order[from:to] {
			if positive(u) {
				pos[level]++
			} else {
				neg[level]++
			}
		}
		from = to
	}
}

func averagePrecision(pos, neg []float64) float64 {
	sum, hits, seen := 0., 0., 0.
	for level, p := range pos {
		hits += p
		seen += p + neg[level]
		if p > 0 {
			sum += p * hits / seen
		}
	}
	return sum / hits
}

func area(pos, neg []float64) float64 {
	above, wins, all := 0., 0., 0.
	for level, n := range neg {
		wins += n * (above + pos[level]/2)
		above += pos[level]
		all += n
	}
	return wins / (above * all)
}

// F1 is 2 both / (found + true): the harmonic mean of precision and recall.
func F1(found, truly, both float64) float64 { return 2 * both / (found + truly) }

// A Match holds found rings against true ones. Rings and true rings are lists of
// accounts; one may be in several.
type Match struct {
	// the mean, over true and over found rings, of the best F1 with one of the other kind (Yang and
	// Leskovec, WSDM 2013); NaN without true rings
	F1 float64
	// of a found ring, the share in the true ring that most of it belongs to; mean over found rings, NaN without
	Purity float64
	Pure   []float64 // per found ring
	Ring   []float64 // per found ring, its largest Jaccard overlap with a true one
	True   []float64 // per true ring, its largest with a found one
}

// Matched compares rings. It takes one step for each membership.
func Matched(rings, truth [][]int32) Match {
	in := make(map[int32][]int32) // which true rings an account is in
	for k, members := range truth {
		for _, u := range members {
			in[u] = append(in[u], int32(k))
		}
	}
	m := Match{Pure: make([]float64, len(rings)), Ring: make([]float64, len(rings)), True: make([]float64, len(truth))}
	best := make([]float64, len(truth))
	ofRings := 0.
	for r, members := range rings {
		common := make(map[int32]float64)
		for _, u := range members {
			for _, k := range in[u] {
				common[k]++
			}
		}
		mine, size := 0., float64(len(members))
		for _, k := range slices.Sorted(maps.Keys(common)) {
			n, truly := common[k], float64(len(truth[k]))
			f1, overlap := F1(size, truly, n), n/(size+truly-n)
			mine, best[k] = max(mine, f1), max(best[k], f1)
			m.Ring[r], m.True[k] = max(m.Ring[r], overlap), max(m.True[k], overlap)
			m.Pure[r] = max(m.Pure[r], n/size)
		}
		ofRings += mine
		m.Purity += m.Pure[r]
	}
	m.Purity /= float64(len(rings))
	if len(truth) == 0 {
		m.F1 = math.NaN()
		return m
	}
	for _, f1 := range best {
		m.F1 += f1 / float64(len(truth)) / 2
	}
	if len(rings) > 0 {
		m.F1 += ofRings / float64(len(rings)) / 2
	}
	return m
}
