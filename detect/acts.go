package detect

import (
	"context"
	"slices"

	"github.com/ringwatch/ringwatch/rating"
)

// acts is a table laid out for the search. An act is one rating, numbered by
// item, then time, then rater; everything here costs 19 to 23 bytes an act.
type acts struct {
	raters, items int

	itemStart []int32 // acts of item i are itemStart[i] to itemStart[i+1]
	item      []int32
	rater     []int32
	row       []int32 // where the act stands in the table
	time      []int32 // nil without times
	bin       []uint8
	level     []uint8

	raterStart []int32 // acts of rater u are ofRater[raterStart[u]:raterStart[u+1]], in time order
	ofRater    []int32

	bins      int
	binStart  []int32 // rater u was active in bins perBin[binStart[u]:binStart[u+1]]
	perBin    []binCount
	levels    int       // distinct values, or their quantiles; 1: the values say nothing
	levelBase []float64 // share of acts of each level
}

// A binCount is how often a rater acted in a bin: the count, then 8 bits of bin.
// One that does not fit is several.
type binCount uint32

const mostBinCount = 1<<24 - 1

func (c binCount) bin() int       { return int(c & 0xff) }
func (c binCount) count() float64 { return float64(c >> 8) }

const (
	maxBins   = 256
	maxLevels = 25
)

func newActs(t *rating.Table) *acts {
	byItem, n := t.ByItem(), t.Len()
	a := &acts{raters: t.Raters.Len(), items: t.Items.Len(), itemStart: byItem.Start, row: byItem.Row,
		item: make([]int32, n), rater: make([]int32, n), bin: make([]uint8, n), level: make([]uint8, n)}
	if t.HasTimes() {
		a.time = make([]int32, n)
	}
	a.each(a.items, func(i int32) {
		for k := a.itemStart[i]; k < a.itemStart[i+1]; k++ {
			row := a.row[k]
			a.item[k], a.rater[k] = i, t.Rater[row]
			if a.time != nil {
				a.time[k] = t.Time[row]
			}
		}
	})
	a.bins = 1
	if a.time != nil {
		a.cutTimes()
	}
	a.cutValues(t)
	a.indexRaters(t.ByRater())
	return a
}

// each calls do for every number below n, on all processors: do must write by
// position only.
func (a *acts) each(n int, do func(i int32)) {
	parallel(context.Background(), n, 1024, func() func(lo, hi int) {
		return func(lo, hi int) {
			for i := int32(lo); int(i) < hi; i++ {
				do(i)
			}
		}
	})
}

// cutTimes puts acts into at most maxBins bins of equal counts, edges being
// order statistics of the times, so that acts of one time share a bin.
func (a *acts) cutTimes() {
	if len(a.time) == 0 {
		return
	}
	var ranks []int
	for b, want := 1, min(maxBins, max(1, len(a.time)/64)); b < want; b++ {
		ranks = append(ranks, b*len(a.time)/want)
	}
	edges := slices.Compact(orderStatistics(a.time, ranks))
	if first := slices.Min(a.time); len(edges) > 0 && edges[0] == first {
		edges = edges[1:]
	}
	a.bins = len(edges) + 1
	a.each(a.items, func(i int32) {
		bin := 0 // of the act before, in time order
		for k := a.itemStart[i]; k < a.itemStart[i+1]; k++ {
			if bin < len(edges) && edges[bin] <= a.time[k] {
				n, found := slices.BinarySearch(edges[bin:], a.time[k])
				if bin += n; found {
					bin++
				}
			}
			a.bin[k] = uint8(bin)
		}
	})
}

// orderStatistics returns the numbers that would stand at the ranks, ascending,
// if x were sorted. It sorts only what falls into the classes that the ranks
// lie in.
func orderStatistics(x []int32, ranks []int) []int32 {
	const classes = 1 << 16
	low, high := slices.Min(x), slices.Max(x)
	shift := 0
	for (int64(high)-int64(low))>>shift >= classes {
		shift++
	}
	class := func(v int32) int { return int((int64(v) - int64(low)) >> shift) }
	count := make([]int, classes)
	for _, v := range x {
		count[class(v)]++
	}
	inside := map[int][]int32{} // classes that a rank lies in
	below := make([]int, len(ranks))
	of := make([]int, len(ranks))
	for i, c, sum := 0, 0, 0; i < len(ranks); {
		if sum+count[c] > ranks[i] {
			inside[c] = nil
			of[i], below[i] = c, sum
			i++
			continue
		}
		sum += count[c]
		c++
	}
	wanted := make([]bool, classes)
	for c := range inside {
		wanted[c] = true
	}
	for _, v := range x {
		if c := class(v); wanted[c] {
			inside[c] = append(inside[c], v)
		}
	}
	for _, of := range inside {
		slices.Sort(of)
	}
	out := make([]int32, len(ranks))
	for i, rank := range ranks {
		out[i] = inside[of[i]][rank-below[i]]
	}
	return out
}

// cutValues numbers the distinct values in ascending order; more than maxLevels
// become ten classes of equal counts.
func (a *acts) cutValues(t *rating.Table) {
	a.levels, a.levelBase = 1, []float64{1}
	if t.Scale.Unary() || t.Len() == 0 {
		return
	}
	var cuts []float32 // a value is of the level of the last cut at or below it
	for _, v := range t.Value {
		if at, found := slices.BinarySearch(cuts, v); !found {
			if cuts = slices.Insert(cuts, at, v); len(cuts) > maxLevels {
				break
			}
		}
	}
	if len(cuts) > maxLevels {
		sorted := slices.Clone(t.Value)
		slices.Sort(sorted)
		cuts = cuts[:0]
		for q := range 10 {
			cuts = append(cuts, sorted[q*len(sorted)/10])
		}
		cuts = slices.Compact(cuts)
	}
	a.levels, a.levelBase = len(cuts), make([]float64, len(cuts))
	a.each(a.items, func(i int32) {
		for k := a.itemStart[i]; k < a.itemStart[i+1]; k++ {
			at, found := slices.BinarySearch(cuts, t.Value[a.row[k]])
			if !found {
				at--
			}
			a.level[k] = uint8(at)
		}
	})
	for _, l := range a.level {
		a.levelBase[l]++
	}
	for l := range a.levelBase {
		a.levelBase[l] /= float64(len(a.row))
	}
}

// indexRaters lists the acts of each rater in time order, those of one time in
// the order of items, and counts them by bin.
func (a *acts) indexRaters(byRater *rating.Index) {
	at := make([]int32, len(a.row)) // act of each row
	for k, row := range a.row {
		at[row] = int32(k)
	}
	a.raterStart, a.ofRater = byRater.Start, make([]int32, len(a.row))
	a.each(a.raters, func(u int32) {
		for j := a.raterStart[u]; j < a.raterStart[u+1]; j++ {
			a.ofRater[j] = at[byRater.Row[j]]
		}
	})
	a.binStart = make([]int32, a.raters+1)
	runs := 0 // of acts in one bin
	for u := range int32(a.raters) {
		last := -1
		for _, k := range a.actsOf(u) {
			if bin := int(a.bin[k]); bin != last {
				runs, last = runs+1, bin
			}
		}
	}
	a.perBin = make([]binCount, 0, runs)
	for u := range int32(a.raters) {
		for _, k := range a.actsOf(u) {
			n := len(a.perBin)
			if n > int(a.binStart[u]) && a.perBin[n-1].bin() == int(a.bin[k]) && a.perBin[n-1]>>8 < mostBinCount {
				a.perBin[n-1] += 1 << 8
			} else {
				a.perBin = append(a.perBin, 1<<8|binCount(a.bin[k]))
			}
		}
		a.binStart[u+1] = int32(len(a.perBin))
	}
}

func (a *acts) actsOf(u int32) []int32 { return a.ofRater[a.raterStart[u]:a.raterStart[u+1]] }
func (a *acts) binsOf(u int32) []binCount {
	return a.perBin[a.binStart[u]:a.binStart[u+1]]
}
func (a *acts) countOf(u int32) int { return int(a.raterStart[u+1] - a.raterStart[u]) }
func (a *acts) sizeOf(i int32) int  { return int(a.itemStart[i+1] - a.itemStart[i]) }
func (a *acts) len() int            { return len(a.row) }

// hasValues reports whether ratings say more than that they were made.
func (a *acts) hasValues() bool { return a.levels > 1 }
