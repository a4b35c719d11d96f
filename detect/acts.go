package detect

import (
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
	for i := range int32(a.items) {
		for k := a.itemStart[i]; k < a.itemStart[i+1]; k++ {
			a.item[k], a.rater[k] = i, t.Rater[a.row[k]]
		}
	}
	a.bins = 1
	if t.HasTimes() {
		a.time = make([]int32, n)
		for k, row := range a.row {
			a.time[k] = t.Time[row]
		}
		a.cutTimes()
	}
	a.cutValues(t)
	a.indexRaters(t.ByRater())
	return a
}

// cutTimes puts acts into at most maxBins bins of equal counts, edges being
// order statistics of the times, so that acts of one time share a bin.
func (a *acts) cutTimes() {
	sorted := slices.Clone(a.time)
	slices.Sort(sorted)
	var edges []int32
	for b, want := 1, min(maxBins, max(1, len(sorted)/64)); b < want; b++ {
		if e := sorted[b*len(sorted)/want]; e > sorted[0] && (len(edges) == 0 || e > edges[len(edges)-1]) {
			edges = append(edges, e)
		}
	}
	a.bins = len(edges) + 1
	for k, t := range a.time {
		lo, hi := 0, len(edges) // the edges at or before t
		for lo < hi {
			if mid := (lo + hi) / 2; edges[mid] <= t {
				lo = mid + 1
			} else {
				hi = mid
			}
		}
		a.bin[k] = uint8(lo)
	}
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
	for k, row := range a.row {
		at, found := slices.BinarySearch(cuts, t.Value[row])
		if !found {
			at--
		}
		a.level[k] = uint8(at)
		a.levelBase[at]++
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
	a.raterStart, a.ofRater = byRater.Start, at
	ordered := make([]int32, len(a.row))
	for k, row := range byRater.Row {
		ordered[k] = at[row]
	}
	a.ofRater = ordered
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
