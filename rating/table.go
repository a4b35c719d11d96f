package rating

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// A Table is a set of ratings: row k says that rater Rater[k] gave item
// Item[k] the value Value[k] at Time[k]. The order of rows has no meaning, a
// rater rates an item at most once, and there are at most 1<<31-1 rows.
//
// A Table is read-only once built, except by the simulator that appends to its
// own; any number of goroutines may read it.
type Table struct {
	Rater, Item   []int32   // indices in Raters and Items
	Value         []float32 // in [0, 1]: 0 the worst rating, 1 the best
	Time          []int32   // seconds since Epoch; nil where the data has no times
	Tags          []uint32  // Community Notes tags, see TagNames; nil where they were not read
	Raters, Items *Names
	Scale         Scale    // what Value was before it was mapped to [0, 1]
	Origin        []uint32 // which row of the input each row was, from 0; nil unless ReadOptions.Origin asked for it
	Notes         *Notes   // what Community Notes publishes beside ratings; nil where it was not read

	byRater, byItem indexCache
	file            *ColumnFile // that the columns are mapped from; nil where they are in memory

	room func(name string, n int) ([]int32, error) // see IndexIn
}

// MakeTable returns a Table of n rows with times, all zero, without identifiers, whose
// columns are in a room, see ReadOptions.Room; nil is memory. It is for simulators. It returns
// the room's error.
func MakeTable(n int, room func(name string, bytes int) ([]byte, error)) (*Table, error) {
	t := &Table{Time: []int32{}}
	return t, t.makeColumns(&shelf{room: room}, n, true)
}

// Release is that of the column file that the columns are mapped from, as Read maps one, if any.
func (t *Table) Release(from, bytes int) (more bool) {
	return t.file != nil && t.file.Release(from, bytes)
}

// Mapped reports whether the columns are mapped from a file, so that Release lets go of them.
func (t *Table) Mapped() bool { return t.file != nil }

// A Scale is the range of values as they stood in the data. Value v in [0, 1]
// stands for Min + v*(Max-Min).
type Scale struct {
	Min float64 `json:"min"`
	Max float64 `json:"max"` // equals Min for co-actions: acts without an opinion
}

// Unary reports whether ratings carry no opinion: sharing, starring,
// retweeting, where the act is all there is.
func (s Scale) Unary() bool { return s.Min == s.Max }

// Of returns the value on the scale that v in [0, 1] stands for.
func (s Scale) Of(v float32) float64 { return min(s.Min+float64(v)*(s.Max-s.Min), s.Max) }

// AsRead returns what Of does, to as many decimals as a float32 of this scale tells, so
// that what was read as 3 is written as 3 and not as 3.0000000596046448.
func (s Scale) AsRead(v float32) float64 {
	x := s.Of(v)
	decimals := math.Floor(-math.Log10((s.Max - s.Min) / (1 << 24)))
	if !(decimals >= 0 && decimals <= 300) { // co-actions, and scales beyond what it tells
		return x
	}
	if read, err := strconv.ParseFloat(strconv.FormatFloat(x, 'f', int(decimals), 64), 64); err == nil {
		return max(s.Min, min(read, s.Max))
	}
	return x
}

// to is the inverse of Of.
func (s Scale) to(x float64) float32 { return float32((x - s.Min) / (s.Max - s.Min)) }

func (s Scale) String() string {
	if s.Unary() {
		return "co-actions"
	}
	return fmt.Sprintf("%g..%g", s.Min, s.Max)
}

// Epoch is the origin of Table.Time. Seconds in an int32 reach from 1931 to 2068.
var Epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

const epochUnix = 946684800

// FromUnix converts seconds since 1970 to seconds since Epoch; ok is false
// outside of what an int32 holds.
func FromUnix(sec int64) (t int32, ok bool) {
	s := sec - epochUnix
	return int32(s), s > math.MinInt32 && s <= math.MaxInt32
}

// ToTime converts seconds since Epoch to a UTC time.
func ToTime(t int32) time.Time { return time.Unix(int64(t)+epochUnix, 0).UTC() }

// Len returns the number of rows.
func (t *Table) Len() int { return len(t.Rater) }

// HasTimes reports whether rows carry a time.
func (t *Table) HasTimes() bool { return t.Time != nil }

// Prefix returns the first n rows as a Table that shares memory, identifiers
// included, so rater and item numbers mean the same in both.
func (t *Table) Prefix(n int) *Table {
	p := &Table{Rater: t.Rater[:n:n], Item: t.Item[:n:n], Value: t.Value[:n:n],
		Raters: t.Raters, Items: t.Items, Scale: t.Scale, Notes: t.Notes}
	if t.Time != nil {
		p.Time = t.Time[:n:n]
	}
	if t.Tags != nil {
		p.Tags = t.Tags[:n:n]
	}
	if t.Origin != nil {
		p.Origin = t.Origin[:min(n, len(t.Origin)):min(n, len(t.Origin))]
	}
	return p
}

// RowOfInput returns which row of the input, from 0, a row was: all that held a
// rating count, in the order in which the files were named. Where Origin was not
// asked for it is the row itself.
func (t *Table) RowOfInput(row int32) int64 {
	if int(row) < len(t.Origin) {
		return int64(t.Origin[row])
	}
	return int64(row)
}

// Append adds a row. It is for simulators; time is ignored where the table has
// no times. The row has no tags. Indices built before are built anew when next
// asked for.
func (t *Table) Append(rater, item int32, value float32, time int32) {
	if t.Time != nil || len(t.Rater) == 0 && time != NoTime {
		t.Time = append(t.Time, time)
	}
	t.Rater = append(t.Rater, rater)
	t.Item = append(t.Item, item)
	t.Value = append(t.Value, value)
	if t.Tags != nil {
		t.Tags = append(t.Tags, 0)
	}
	t.byRater.set(nil)
	t.byItem.set(nil)
}

// NoTime is what Append takes for a row of a table without times.
const NoTime = math.MinInt32

// Select returns the rows k with keep(k) as a new Table with the same
// identifiers and numbers.
func (t *Table) Select(keep func(k int) bool) *Table {
	s := &Table{Raters: t.Raters, Items: t.Items, Scale: t.Scale, Notes: t.Notes}
	if t.Time != nil {
		s.Time = []int32{}
	}
	if t.Tags != nil {
		s.Tags = []uint32{}
	}
	if t.Origin != nil {
		s.Origin = []uint32{}
	}
	for k := range t.Rater {
		if !keep(k) {
			continue
		}
		s.Rater = append(s.Rater, t.Rater[k])
		s.Item = append(s.Item, t.Item[k])
		s.Value = append(s.Value, t.Value[k])
		if t.Time != nil {
			s.Time = append(s.Time, t.Time[k])
		}
		if t.Tags != nil {
			s.Tags = append(s.Tags, t.Tags[k])
		}
		if t.Origin != nil {
			s.Origin = append(s.Origin, t.Origin[k])
		}
	}
	return s
}

// Span returns the first and last time of any row; ok is false without times
// or rows.
func (t *Table) Span() (first, last int32, ok bool) {
	if len(t.Time) == 0 {
		return 0, 0, false
	}
	first, last = t.Time[0], t.Time[0]
	for _, x := range t.Time {
		first, last = min(first, x), max(last, x)
	}
	return first, last, true
}
