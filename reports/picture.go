package reports

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ringwatch/ringwatch/rating"
)

// A Matrix shows which raters of a group rated which of its items, and how.
// Cells holds a byte per item for each rater: '.' for none, else '0' to '4'
// from the worst rating to the best.
type Matrix struct {
	Raters []string `json:"raters"`
	Items  []string `json:"items"`
	Cells  []string `json:"cells"`
	Start  string   `json:"start,omitempty"` // time of the first act; without times, empty
	// per rater: of each item a number, or nothing where there is no rating; with commas
	After     []string `json:"seconds_after_start,omitempty"`
	MoreRater int      `json:"raters_left_out"`
	MoreItem  int      `json:"items_left_out"`
}

// A Timeline counts acts on a group's items in steps of equal length: the
// group's and everybody else's.
type Timeline struct {
	From    string  `json:"from"`
	To      string  `json:"to"`
	Ring    []int   `json:"ring"`
	Crowd   []int   `json:"crowd"`
	Outside int     `json:"crowd_outside"` // acts of others before From or after To
	Dots    [][]dot `json:"acts"`          // per rater of the matrix
	// the ring's acts by hour of the week, UTC, from Monday 00:00, 168 of them; by its days, 7,
	// where no more is told
	Hours []int `json:"hours,omitempty"`
}

// dot is one act: its place in [0, 1000] of the timeline and its level.
type dot [2]int

const (
	bins   = 80
	levels = 5
)

// level is the class of a rating's value, 0 the worst.
func level(t *rating.Table, k int32) int {
	if t.Scale.Unary() {
		return levels - 1
	}
	return min(int(t.Value[k]*levels), levels-1)
}

// newMatrix shows the first raters, in the order given, and of their items the
// ones that most of them rated; at most size of both.
func newMatrix(t *rating.Table, raters, items []int32, size int) *Matrix {
	items = mostShared(t, raters, items)
	m := &Matrix{Raters: []string{}, Items: []string{}, Cells: []string{},
		MoreRater: max(len(raters)-size, 0), MoreItem: max(len(items)-size, 0)}
	column := map[int32]int{}
	for j, it := range items[:min(len(items), size)] {
		m.Items = append(m.Items, item(t, it))
		column[it] = j
	}
	first, times := int32(math.MaxInt32), [][]int64{}
	for _, u := range raters[:min(len(raters), size)] {
		cells, at := bytes.Repeat([]byte{'.'}, len(m.Items)), slices.Repeat([]int64{noTime}, len(m.Items))
		for _, k := range t.ByRater().Rows(u) {
			if j, ok := column[t.Item[k]]; ok {
				cells[j] = byte('0' + level(t, k))
				if t.HasTimes() {
					at[j] = int64(t.Time[k])
					first = min(first, t.Time[k])
				}
			}
		}
		m.Raters = append(m.Raters, rater(t, u))
		m.Cells = append(m.Cells, string(cells))
		times = append(times, at)
	}
	if first == math.MaxInt32 {
		return m
	}
	m.Start = stamp(first)
	for _, line := range times {
		var s []string
		for _, at := range line {
			if at == noTime {
				s = append(s, "")
			} else {
				s = append(s, strconv.FormatInt(at-int64(first), 10))
			}
		}
		m.After = append(m.After, strings.Join(s, ","))
	}
	return m
}

const noTime = math.MinInt64

// mostShared returns items in the order of how many of the raters rated them.
func mostShared(t *rating.Table, raters, items []int32) []int32 {
	acts := map[int32]int{}
	for _, u := range raters {
		for _, k := range t.ByRater().Rows(u) {
			acts[t.Item[k]]++
		}
	}
	items = slices.Clone(items)
	slices.SortFunc(items, func(x, y int32) int { return cmp.Or(cmp.Compare(acts[y], acts[x]), cmp.Compare(x, y)) })
	return items
}

// newTimeline spans first to last and a tenth on both sides; acts are drawn of
// the first raters, at most size. It is nil without times.
func newTimeline(t *rating.Table, raters, items []int32, first, last int32, size int) *Timeline {
	if !t.HasTimes() || len(items) == 0 {
		return nil
	}
	pad := max((int64(last)-int64(first))/10, 300)
	from := max(int64(first)-pad, math.MinInt32+1)
	span := min(int64(last)+pad, math.MaxInt32) - from
	l := &Timeline{From: stamp(int32(from)), To: stamp(int32(from + span)),
		Hours: make([]int, 7*24), Ring: make([]int, bins), Crowd: make([]int, bins),
		Dots: make([][]dot, min(len(raters), size))}
	line := map[int32]int{}
	for i, u := range raters {
		line[u] = i
	}
	for _, it := range items {
		for _, k := range t.ByItem().Rows(it) {
			i, member := line[t.Rater[k]]
			at := int64(t.Time[k]) - from
			switch {
			case at < 0 || at >= span:
				if !member {
					l.Outside++
				}
			case member:
				l.Ring[at*bins/span]++
				when := rating.ToTime(t.Time[k])
				l.Hours[(int(when.Weekday())+6)%7*24+when.Hour()]++
				if i < size && len(l.Dots[i]) < maxMatrix {
					l.Dots[i] = append(l.Dots[i], dot{int(at * 1000 / span), level(t, k)})
				}
			default:
				l.Crowd[at*bins/span]++
			}
		}
	}
	return l
}

// inDays returns the timeline in steps of whole days, without the acts of each
// member and the hours of the week. Its ends are those of days: as they are a tenth of the group's time
// before its first act and after its last, the exact ones tell both to the minute.
func (l *Timeline) inDays() *Timeline {
	from, to, err := span(l.From, l.To)
	if err != nil || len(l.Ring) == 0 || len(l.Ring) != len(l.Crowd) {
		return nil
	}
	const day = 24 * time.Hour
	begin, old := from.Truncate(day), to.Sub(from)/time.Duration(len(l.Ring))
	step := max((old+day-1)/day, 1) * day
	at := func(k int) int { return int(from.Add(old*time.Duration(k)).Sub(begin) / step) }
	n := int((to.Sub(begin)-1)/step) + 1
	out := &Timeline{From: begin.Format(time.RFC3339), To: begin.Add(time.Duration(n) * step).Format(time.RFC3339),
		Hours: make([]int, 7), Ring: make([]int, n), Crowd: make([]int, n), Outside: l.Outside}
	for k, acts := range l.Hours {
		out.Hours[k*7/len(l.Hours)] += acts
	}
	for k := range l.Ring {
		out.Ring[at(k)] += l.Ring[k]
		out.Crowd[at(k)] += l.Crowd[k]
	}
	return out
}
