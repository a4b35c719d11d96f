package rating

import (
	"errors"
	"fmt"
	"slices"
	"sort"

	"github.com/ringwatch/ringwatch/internal/plural"
)

// ErrRepeats is why Read refuses ratings of which too many are repeats that no time tells apart, where
// ReadOptions.Repeats is empty.
var ErrRepeats = errors.New("ratings are of an item that the same rater gave another value")

// repeats counts what became of several ratings of one item by one rater.
type repeats struct {
	later  int // replaced by a later one
	same   int // alike in all: the row stood there twice
	differ int // no later one: not the same value, without times or at one time
	acts   int // acts without an opinion
	moved  int // of these pairs of rater and item, where the act kept is not the first
	first  [2]int32
	values [2]float32
	crowd  crowd
}

// A crowd is the rater who repeats most: a name that stands for many, or for
// nobody, rates one thing again and again.
type crowd struct {
	rater              int32
	rows, repeats      int // of this rater
	allRows, allRepeat int
}

func (c *crowd) add(rater int32, rows, repeats int) {
	if c.allRows += rows; repeats > c.repeats {
		c.rater, c.rows, c.repeats = rater, rows, repeats
	}
	c.allRepeat += repeats
}

// tell warns of a rater who has one of a hundred rows or more, and most repeats.
func (c *crowd) tell(s *Summary, t *Table) {
	if c.repeats < 10 || 2*c.repeats < c.allRepeat || 100*c.rows < c.allRows || 5*c.repeats < c.rows {
		return
	}
	s.Warnings = append(s.Warnings, fmt.Sprintf("rater %q has %s of all rows, "+
		"%d of them of an item that it has already: if it stands for many, or for nobody, take its rows out",
		clip(t.Raters.Name(c.rater), 40), percentOf(c.rows, c.allRows), c.repeats))
}

// tell says what became of repeats.
func (p *repeats) tell(s *Summary) {
	add := func(format string, args ...any) { s.Warnings = append(s.Warnings, fmt.Sprintf(format, args...)) }
	if p.later > 0 {
		add("%s replaced by a later one of the same item by the same rater", plural.Of(p.later, "rating"))
	}
	if p.same > 0 {
		add("%s counted once: the same rater, item, value and time stood there before",
			plural.Of(p.same, "repeated row"))
	}
	if p.differ > 0 {
		how := "their mean"
		if s.highest {
			how = "the highest"
		}
		add("%s of the same item by the same rater as another, with another value and no later time: %s is kept",
			plural.Of(p.differ, "rating"), how)
	}
	if p.acts > 0 {
		add("%s more of a rater on the same item; of each rater and item the act is kept that is within a minute "+
			"of others' where chance alone would not bring that about, else the first (for %s not the first)",
			plural.Of(p.acts, "act"), plural.Of(p.moved, "pair"))
	}
}

// replace keeps one of neighbouring rows with the same rater and item.
func (r *reader) replace(t *Table) error {
	p := &r.repeats
	acts := t.Scale.Unary() && t.Time != nil
	var nearest map[int]int
	if acts {
		nearest = t.nearest()
	}
	to, first, begin := 0, 0, 0 // first row of the rater, and where it went
	for k := 0; k < t.Len(); {
		end := k + 1
		for end < t.Len() && t.Rater[end] == t.Rater[k] && t.Item[end] == t.Item[k] {
			end++
		}
		keep, value := k, t.Value[k]
		switch {
		case end == k+1:
		case acts:
			keep = p.ofActs(t, k, end, nearest)
		default:
			keep, value = p.ofRatings(t, k, end, r.opt.Repeats == "highest")
		}
		t.Rater[to], t.Item[to], t.Value[to] = t.Rater[keep], t.Item[keep], value
		if t.Time != nil {
			t.Time[to] = t.Time[keep]
		}
		if t.Tags != nil {
			t.Tags[to] = t.Tags[keep]
		}
		if t.Origin != nil {
			t.Origin[to] = t.Origin[keep]
		}
		to++
		if rater := t.Rater[to-1]; end == t.Len() || t.Rater[end] != rater {
			p.crowd.add(rater, end-first, end-first-(to-begin))
			first, begin = end, to
		}
		k = end
	}
	n := to
	t.Rater, t.Item, t.Value = t.Rater[:n:n], t.Item[:n:n], t.Value[:n:n]
	if t.Time != nil {
		t.Time = t.Time[:n:n]
	}
	if t.Tags != nil {
		t.Tags = t.Tags[:n:n]
	}
	if t.Origin != nil {
		t.Origin = t.Origin[:n:n]
	}
	p.crowd.tell(r.sum, t)
	if r.opt.Repeats == "" && 100*p.differ > n {
		return fmt.Errorf("%s: %d of %d %w, "+
			"and no time says which is the later, such as %s of %s: %s and %s; "+
			"say --repeats mean or --repeats highest, or choose rows first",
			r.firstName, p.differ, n+p.differ, ErrRepeats,
			shorten(t.Raters.Name(p.first[0]), 40), shorten(t.Items.Name(p.first[1]),
				40), newPrinter(t.Scale).print(p.values[0]), newPrinter(t.Scale).print(p.values[1]))
	}
	return nil
}

// ofRatings keeps the latest of rows k to end; of several latest ones the mean
// of their values, or the highest.
func (p *repeats) ofRatings(t *Table, k, end int, highest bool) (keep int, value float32) {
	keep = k
	for i := k + 1; i < end; i++ {
		if t.Time != nil && t.Time[i] > t.Time[keep] {
			keep = i
		}
	}
	var values []float32 // of the latest
	for i := k; i < end; i++ {
		if t.Time == nil || t.Time[i] == t.Time[keep] {
			values = append(values, t.Value[i])
		}
	}
	p.later += end - k - len(values)
	slices.Sort(values)
	different := slices.Compact(slices.Clone(values))
	p.same += len(values) - len(different)
	if len(different) > 1 {
		if p.differ == 0 {
			p.first, p.values = [2]int32{t.Rater[k], t.Item[k]}, [2]float32{different[0], different[1]}
		}
		p.differ += len(different) - 1
	}
	if highest {
		return keep, different[len(different)-1]
	}
	sum := 0.0
	for _, v := range different {
		sum += float64(v)
	}
	return keep, float32(sum / float64(len(different)))
}

// ofActs keeps the act of rows k to end that nearest names, else the first.
func (p *repeats) ofActs(t *Table, k, end int, nearest map[int]int) (keep int) {
	keep = k
	distinct := map[int32]bool{}
	for i := k; i < end; i++ {
		if distinct[t.Time[i]] = true; t.Time[i] < t.Time[keep] {
			keep = i
		}
	}
	p.same += end - k - len(distinct)
	p.acts += len(distinct) - 1
	if near, ok := nearest[k]; ok && t.Time[near] != t.Time[keep] {
		p.moved++
		keep = near
	}
	return keep
}

// moment is how near acts are that may be together, in seconds, as in the
// search for synchrony.
const moment = 60

// nearest finds, for each rater and item with several acts, the one with most
// other raters' acts on the item within a moment, by the first row of the pair.
// Several tries make one act near another by chance, so it says nothing where
// they had more than 1 chance in 10: there is the first act as good as any.
func (t *Table) nearest() map[int]int {
	several := map[int32]bool{} // items
	for k := 1; k < t.Len(); k++ {
		if t.Rater[k] == t.Rater[k-1] && t.Item[k] == t.Item[k-1] {
			several[t.Item[k]] = true
		}
	}
	if len(several) == 0 {
		return nil
	}
	times := map[int32][]int32{} // of all acts on these items
	for k, item := range t.Item {
		if several[item] {
			times[item] = append(times[item], t.Time[k])
		}
	}
	for _, x := range times {
		slices.Sort(x)
	}
	within := func(x []int32, at int32) int {
		from := sort.Search(len(x), func(i int) bool { return int64(x[i]) >= int64(at)-moment })
		to := sort.Search(len(x), func(i int) bool { return int64(x[i]) > int64(at)+moment })
		return to - from
	}
	best := map[int]int{}
	for k := 0; k < t.Len(); {
		end := k + 1
		for end < t.Len() && t.Rater[end] == t.Rater[k] && t.Item[end] == t.Item[k] {
			end++
		}
		if all := times[t.Item[k]]; end > k+1 {
			span := max(float64(all[len(all)-1])-float64(all[0]), 2*moment)
			chance := float64(end-k) * float64(len(all)-(end-k)) * 2 * moment / span
			own := make([]int32, 0, end-k)
			for i := k; i < end; i++ {
				own = append(own, t.Time[i])
			}
			slices.Sort(own)
			keep, most := -1, 0
			for i := k; i < end; i++ {
				others := within(all, t.Time[i]) - within(own, t.Time[i])
				if others > most || others == most && most > 0 && t.Time[i] < t.Time[keep] {
					keep, most = i, others
				}
			}
			if keep >= 0 && chance <= 0.1 {
				best[k] = keep
			}
		}
		k = end
	}
	return best
}
