package null

import (
	"context"
	"slices"
	"sort"
	"unsafe"

	"github.com/ringwatch/ringwatch/internal/mapped"
	"github.com/ringwatch/ringwatch/internal/workers"
	"github.com/ringwatch/ringwatch/rating"
)

// Acts is a table laid out for the search. An act is one rating, numbered by
// item, then time, then rater; everything here costs 18 to 22 bytes an act, in a
// room 8 more.
// What was voted is not among it: whoever looks for groups by acts cannot see it.
type Acts struct {
	Raters, Items int

	ItemStart []int32 // acts of item i are ItemStart[i] to ItemStart[i+1]
	Rater     []int32
	Row       []int32 // where the act stands in the table
	Time      []int32 // nil without times
	Bin       []uint8

	RaterStart []int32 // acts of rater u are OfRater[RaterStart[u]:RaterStart[u+1]], in time order
	OfRater    []int32
	OfItem     []int32 // the items of OfRater
	OfTime     []int32 // times of OfRater; in a room only, where a look here and there brings pages in
	rows       []int32 // in the table, of OfRater; in a room only

	// Room is where numbers go that are as many as acts, or as raters: those that are
	// needed for a while in columns without a name. Nil is memory.
	Room Room

	Bins     int
	binStart []int32 // rater u was active in bins perBin[binStart[u]:binStart[u+1]]
	perBin   []binCount

	longs longs
}

// A binCount is how often a rater acted in a bin: the count, then 8 bits of bin.
// One that does not fit is several.
type binCount uint32

const mostBinCount = 1<<24 - 1 // what the other 24 bits hold

func (c binCount) Bin() int { return int(c & 0xff) }

func (c binCount) Count() float64 { return float64(c >> 8) }

const maxBins = 256 // a bin is 8 bits of a binCount

// A Room makes a column of bytes, all zero, for what is as long as the ratings. It
// is asked for a name once; a column without a name is scratch, which is not kept.
type Room func(name string, bytes int) ([]byte, error)

// ColumnIn makes a column of n numbers, or structures of them, in a room, or in memory
// where there is none.
func ColumnIn[T any](room Room, name string, n int) ([]T, error) {
	if room == nil {
		return make([]T, n), nil
	}
	var one T
	b, err := room(name, n*int(unsafe.Sizeof(one)))
	return mapped.Of[T](b), err
}

// ScratchOf returns n zeros for a while: in the room of acts.
func ScratchOf[T any](a *Acts, n int) ([]T, error) { return ColumnIn[T](a.Room, "", n) }

// NewActs lays a table out in memory. Cost: a sort of the times by item, a few
// passes.
func NewActs(t *rating.Table) *Acts {
	a, err := LayOut(t, nil)
	if err != nil {
		panic(err) // only a room has errors
	}
	return a
}

// LayOut lays a table out in a room; nil is memory. Of rows in the order that
// rating.Read leaves them in, a room costs little memory beside itself: see
// rating.Table.IndexRaters.
func LayOut(t *rating.Table, room Room) (*Acts, error) {
	a := &Acts{Raters: t.Raters.Len(), Items: t.Items.Len(), Bins: 1, Room: room}
	if err := a.placeActs(t, room); err != nil {
		return nil, err
	}
	if a.Time != nil {
		a.cutTimes()
	}
	return a, a.indexRaters(t, room)
}

// indexed returns the index of items, or of raters: the table's own in memory, or one
// in a room.
func indexed(own func() *rating.Index, in func(func(string, int) ([]int32, error)) (*rating.Index, error),
	of string, room Room) (*rating.Index, error) {
	if room == nil {
		return own(), nil
	}
	return in(func(name string, n int) ([]int32, error) { return ColumnIn[int32](room, of+name, n) })
}

// placeActs makes the columns of acts, in their order.
func (a *Acts) placeActs(t *rating.Table, room Room) (err error) {
	byItem, err := indexed(t.ByItem, t.IndexItems, "item", room)
	if err != nil {
		return err
	}
	n := t.Len()
	a.ItemStart, a.Row = byItem.Start, byItem.Row
	if a.Rater, err = ColumnIn[int32](room, "rater", n); err != nil {
		return err
	}
	if a.Bin, err = ColumnIn[uint8](room, "bin", n); err != nil {
		return err
	}
	if t.HasTimes() {
		if a.Time, err = ColumnIn[int32](room, "time", n); err != nil {
			return err
		}
	}
	a.Each(a.Items, func(i int32) {
		for k := a.ItemStart[i]; k < a.ItemStart[i+1]; k++ {
			row := a.Row[k]
			a.Rater[k] = t.Rater[row]
			if a.Time != nil {
				a.Time[k] = t.Time[row]
			}
		}
	})
	return nil
}

// Each calls do for every number below n, on all processors: do must write by
// position only.
func (a *Acts) Each(n int, do func(i int32)) {
	workers.Ranges(context.Background(), n, 1024, func() func(lo, hi int) {
		return func(lo, hi int) {
			for i := int32(lo); int(i) < hi; i++ {
				do(i)
			}
		}
	})
}

// cutTimes puts acts into at most maxBins bins of equal counts, edges being
// order statistics of the times, so that acts of one time share a bin.
func (a *Acts) cutTimes() {
	if len(a.Time) == 0 {
		return
	}
	var ranks []int
	for b, want := 1, min(maxBins, max(1, len(a.Time)/64)); b < want; b++ {
		ranks = append(ranks, b*len(a.Time)/want)
	}
	edges := slices.Compact(orderStatistics(a.Time, ranks))
	if first := slices.Min(a.Time); len(edges) > 0 && edges[0] == first {
		edges = edges[1:]
	}
	a.Bins = len(edges) + 1
	a.Each(a.Items, func(i int32) {
		bin := 0 // of the act before, in time order
		for k := a.ItemStart[i]; k < a.ItemStart[i+1]; k++ {
			if bin < len(edges) && edges[bin] <= a.Time[k] {
				n, found := slices.BinarySearch(edges[bin:], a.Time[k])
				if bin += n; found {
					bin++
				}
			}
			a.Bin[k] = uint8(bin)
		}
	})
}

// orderStatistics returns the numbers that would stand at the ranks, ascending,
// if x were sorted. It looks only into the classes that
// the ranks lie in.
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
	below := make([]int, len(ranks))
	of := make([]int, len(ranks))
	for i, c, sum := 0, 0, 0; i < len(ranks); {
		if sum+count[c] > ranks[i] {
			of[i], below[i] = c, sum
			i++
			continue
		}
		sum += count[c]
		c++
	}
	inside := make([]*classMembers, classes) // of those that a rank lies in
	for _, c := range of {
		if inside[c] == nil {
			inside[c] = newClassMembers(count[c], 1<<shift)
		}
	}
	for _, v := range x {
		if in := inside[class(v)]; in != nil {
			in.add(int32((int64(v) - int64(low)) & (1<<shift - 1)))
		}
	}
	out := make([]int32, len(ranks))
	for i, rank := range ranks {
		out[i] = int32(int64(low) + int64(of[i])<<shift + int64(inside[of[i]].at(rank-below[i])))
	}
	return out
}

// classMembers are small numbers: one by one, or how often there is each where that
// are fewer, so that memory does not depend on how many there are.
type classMembers struct {
	each   []int32
	counts []int32
	sorted bool
}

func newClassMembers(n, below int) *classMembers {
	if n <= below {
		return &classMembers{each: make([]int32, 0, n)}
	}
	return &classMembers{counts: make([]int32, below)}
}

func (m *classMembers) add(v int32) {
	if m.counts != nil {
		m.counts[v]++
	} else {
		m.each = append(m.each, v)
	}
}

// at returns the number of a rank, when all are there.
func (m *classMembers) at(rank int) int32 {
	if m.counts == nil {
		if !m.sorted {
			slices.Sort(m.each)
			m.sorted = true
		}
		return m.each[rank]
	}
	v := 0
	for ; rank >= int(m.counts[v]); v++ {
		rank -= int(m.counts[v])
	}
	return int32(v)
}

// indexRaters lists the acts of each rater in time order, those of one time in
// the order of items, and counts them by bin.
func (a *Acts) indexRaters(t *rating.Table, room Room) (err error) {
	at, err := ColumnIn[int32](room, "", len(a.Row)) // act of each row
	if err != nil {
		return err
	}
	for k, row := range a.Row {
		at[row] = int32(k)
	}
	byRater, err := indexed(t.ByRater, t.IndexRaters, "rater", room)
	if err != nil {
		return err
	}
	if a.RaterStart = byRater.Start; room != nil {
		a.rows = byRater.Row
	}
	if a.OfRater, err = ColumnIn[int32](room, "ofrater", len(a.Row)); err != nil {
		return err
	}
	if a.OfItem, err = ColumnIn[int32](room, "rateritem", len(a.Row)); err != nil {
		return err
	}
	if room != nil && a.Time != nil {
		if a.OfTime, err = ColumnIn[int32](room, "ratertime", len(a.Row)); err != nil {
			return err
		}
	}
	a.Each(a.Raters, func(u int32) {
		for j := a.RaterStart[u]; j < a.RaterStart[u+1]; j++ {
			row := byRater.Row[j]
			a.OfRater[j], a.OfItem[j] = at[row], t.Item[row]
			if a.OfTime != nil {
				a.OfTime[j] = t.Time[row]
			}
		}
	})
	if a.binStart, err = ColumnIn[int32](room, "binstart", a.Raters+1); err != nil {
		return err
	}
	runs := int32(0) // of acts in one bin
	for u := range int32(a.Raters) {
		a.eachRun(u, func(binCount) { runs++ })
		a.binStart[u+1] = runs
	}
	if a.perBin, err = ColumnIn[binCount](room, "perbin", int(runs)); err != nil {
		return err
	}
	a.Each(a.Raters, func(u int32) {
		at := a.binStart[u]
		a.eachRun(u, func(c binCount) { a.perBin[at] = c; at++ })
	})
	return nil
}

// Indices returns those of the table that acts were laid out from, in a room.
func (a *Acts) Indices() (byRater, byItem *rating.Index) {
	return &rating.Index{Start: a.RaterStart, Row: a.rows}, &rating.Index{Start: a.ItemStart, Row: a.Row}
}

// eachRun calls do for each bin that a rater acted in, in order.
func (a *Acts) eachRun(u int32, do func(binCount)) {
	run := binCount(0)
	for _, k := range a.ActsOf(u) {
		if bin := a.Bin[k]; run > 0 && run.Bin() == int(bin) && run>>8 < mostBinCount {
			run += 1 << 8
		} else {
			if run > 0 {
				do(run)
			}
			run = 1<<8 | binCount(bin)
		}
	}
	if run > 0 {
		do(run)
	}
}

func (a *Acts) ActsOf(u int32) []int32 { return a.OfRater[a.RaterStart[u]:a.RaterStart[u+1]] }

// ItemsOf returns the items of the acts of a rater, in the order of ActsOf.
func (a *Acts) ItemsOf(u int32) []int32 { return a.OfItem[a.RaterStart[u]:a.RaterStart[u+1]] }

// TimesOf returns the times of the acts of a rater, which there must be, in the order of
// ActsOf. It may put them into room.
func (a *Acts) TimesOf(u int32, room *[]int32) []int32 {
	if a.OfTime != nil {
		return a.OfTime[a.RaterStart[u]:a.RaterStart[u+1]]
	}
	*room = (*room)[:0]
	for _, k := range a.ActsOf(u) {
		*room = append(*room, a.Time[k])
	}
	return *room
}

// Before returns how many of the acts of a rater, times being there, are before a time.
func (a *Acts) Before(u int32, when int64) int {
	from := int(a.RaterStart[u])
	return sort.Search(a.CountOf(u), func(j int) bool {
		if a.OfTime != nil {
			return int64(a.OfTime[from+j]) >= when
		}
		return int64(a.Time[a.OfRater[from+j]]) >= when
	})
}

// ItemOf returns the item of an act. It searches: who asks for those of a rater has ItemsOf.
func (a *Acts) ItemOf(k int32) int32 {
	i, _ := slices.BinarySearch(a.ItemStart, k+1) // the first that begins behind it, as items may have no acts
	return int32(i) - 1
}

func (a *Acts) BinsOf(u int32) []binCount {
	return a.perBin[a.binStart[u]:a.binStart[u+1]]
}

func (a *Acts) CountOf(u int32) int { return int(a.RaterStart[u+1] - a.RaterStart[u]) }

func (a *Acts) SizeOf(i int32) int { return int(a.ItemStart[i+1] - a.ItemStart[i]) }

func (a *Acts) Len() int { return len(a.Row) }
