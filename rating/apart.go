package rating

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/ringwatch/ringwatch/internal/plural"
)

func (r *reader) warnNoOne(n int) {
	for _, b := range r.blocks {
		if b.noOne > 0 {
			r.sum.Warnings = append(r.sum.Warnings,
				fmt.Sprintf("%s without a rater or without an item set aside (%s), the first in %s:%d",
					plural.Of(r.sum.NoOne, "row"), percentOf(r.sum.NoOne, n+r.sum.NoOne), b.name, b.noOneLine))
			return
		}
	}
}

// lateKeys refuses JSON in which a key that is a time or a value by its name
// comes only after the lines by which columns were chosen.
func (r *reader) lateKeys() error {
	for _, f := range []int{timeField, valueField} {
		if _, told := r.opt.Columns[fieldNames[f]]; told || r.first.has[f] ||
			f == valueField && r.opt.Scale == coActions {
			continue
		}
		for _, b := range r.blocks {
			for _, key := range slices.Sorted(maps.Keys(b.lateKeys)) {
				rank, _ := rankOf(key, f)
				if rank >= certain && rank < unknown {
					r.sum.Warnings = append(r.sum.Warnings,
						fmt.Sprintf("%s:%d: here the key %q comes for the first time, which is not read",
							b.name, b.lateKeys[key], key))
				}
				if rank < certain {
					return fmt.Errorf("%s:%d: here the key %q comes for the first time, "+
						"and rows before it have no %s; give every row one, or read none with --columns %s=",
						b.name, b.lateKeys[key], key, fieldNames[f], fieldNames[f])
				}
			}
		}
	}
	return nil
}

// missingCodes are numbers that programs write for an answer that is missing.
var missingCodes = []float64{8, 9, 77, 88, 97, 98, 99, 777, 888, 997, 998, 999, 7777, 8888, 9997, 9998, 9999, 99999,
	127, 255, 65535, -1, -2, -3, -7, -8, -9, -77, -88, -97, -98, -99, -777, -888, -997, -998, -999, -9999}

// areCodes reports whether all values are such codes. Some are so among others alone.
func areCodes(values []float64) bool {
	if len(values) == 1 && slices.Contains([]float64{8, -2, -3, -7, -8}, values[0]) {
		return false
	}
	return !slices.ContainsFunc(values, func(v float64) bool { return !slices.Contains(missingCodes, v) })
}

// strays sets rows aside whose value stands apart from all others, and returns
// how many: codes for a missing answer, and slips of the hand, over which a
// scale must not be stretched. What is less sure is told, and asked where it is
// frequent.
func (r *reader) strays(n int) (int, error) {
	if !math.IsInf(r.lo, 0) || r.first.notes || r.first.format == columnFormat || isCount(r.first.reading.Value) ||
		r.first.values != nil && !r.first.values.scale.Unary() {
		return 0, nil
	}
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, b := range r.blocks {
		lo, hi = min(lo, b.min), max(hi, b.max)
	}
	switch (Scale{lo, hi}) { // nothing can stand apart on these
	case Scale{1, 5}, Scale{0.5, 5}, Scale{0, 1}, Scale{-1, 1}, Scale{1, 3}, Scale{1, 4}, Scale{1, 1}:
		return 0, nil
	}
	count := r.histogram()
	if count == nil {
		return 0, nil
	}
	values := slices.Sorted(maps.Keys(count))
	out := map[float64]bool{}
	told := fmt.Sprintf("; --scale %g..%g reads every value", lo, hi)
	aside := func(v []float64, k int, why string, args ...any) {
		for _, x := range v {
			out[x] = true
		}
		r.sum.Warnings = append(r.sum.Warnings,
			fmt.Sprintf("%s (%s) set aside: %s", plural.Of(k, "rating"), percentOf(k, n), fmt.Sprintf(why, args...)))
	}
	if rest, k := above(values, count, n, true); k > 0 {
		high := values[len(rest):]
		values = rest
		aside(high, k, "%s, apart from all others, which are within %g..%g%s",
			areValues(high), rest[0], rest[len(rest)-1], told)
	}
	if rest, k := below(values, count, n); k > 0 {
		low := values[:len(values)-len(rest)]
		values = rest
		aside(low, k, "%s, apart from all others, which are within %g..%g%s",
			areValues(low), rest[0], rest[len(rest)-1], told)
	}
	r.zeros(values, count, n, aside)
	if err := r.unusual(values, count, n); err != nil {
		return 0, err
	}
	r.edge(values, count, n)
	if len(out) == 0 {
		return 0, nil
	}
	return r.unvalue(out), nil
}

// zeros sets ratings of 0 aside where they mean none, or tells that they may.
func (r *reader) zeros(values []float64, count map[float64]int, n int,
	aside func(v []float64, k int, why string, args ...any)) {
	zeros := count[0]
	if values[0] != 0 || len(values) <= 2 || values[len(values)-1] < 3 {
		return
	}
	top, most := values[len(values)-1], 0
	for _, v := range values[1:] {
		most = max(most, count[v])
	}
	switch standard := (top == 5 || top == 7 || top == 10) && (values[1] == 1 || values[1] == 0.5); {
	case !standard && zeros > most && 4*zeros > n:
		r.sum.Warnings = append(r.sum.Warnings,
			fmt.Sprintf("%s 0, more than any other, and read as the lowest; if it means no rating, say --missing 0",
				areOf(zeros, n)))
	case standard && zeros > most:
		aside(values[:1], zeros, "the value is 0 beside %g..%g and more frequent than any of them, "+
			"as where 0 means no rating; --scale 0..%g reads 0 as the lowest", values[1], top, top)
	case standard:
		r.sum.Warnings = append(r.sum.Warnings,
			fmt.Sprintf("%s 0, beside %g..%g, is read as the lowest; if it means no rating, say --missing 0",
				areOf(zeros, n), values[1], top))
	}
}

// usualScales are those that sites and questionnaires have.
var usualScales = []Scale{{1, 3}, {1, 4}, {1, 5}, {0.5, 5}, {0, 5}, {1, 6}, {1, 7}, {1, 10}, {0, 10}, {0, 3}, {0, 4},
	{-1, 1}, {-2, 2}, {-3, 3}, {0, 100}}

// unusual asks what values are that many gave and that lie beside a usual scale,
// with a level between that nobody gave: as 7 or 9 for an answer that was not
// given, beside 1..5.
func (r *reader) unusual(values []float64, count map[float64]int, n int) error {
	const few, rare = 4, 200 // values beside the scale; 1 in 200 may be slips
	if n < rare {
		return nil
	}
	for _, s := range usualScales {
		from, to := slices.Index(values, s.Min), slices.Index(values, s.Max)
		if from < 0 || to < 0 || from+len(values)-1-to > few || from+len(values)-1-to == 0 {
			continue
		}
		levels := 0 // whole ones
		for _, v := range values[from : to+1] {
			if v == math.Trunc(v) && count[v]*rare > n {
				levels++
			}
		}
		if s.Max-s.Min > 10 && levels < 11 || s.Max-s.Min <= 10 && levels < int(math.Floor(s.Max)-math.Ceil(s.Min))+1 {
			continue
		}
		beside := append(slices.Clone(values[:from]), values[to+1:]...)
		near, k := math.Inf(1), 0
		for _, v := range beside {
			near, k = min(near, max(s.Min-v, v-s.Max)), k+count[v]
		}
		leftOut := near == 3 && slices.Equal(beside, []float64{10}) // of ten levels some may be
		tail := s.Max == 10 && k <= count[10]                       // of a count
		if near < 2 || rare*k <= n || leftOut || tail {
			continue
		}
		list := strings.Trim(strings.ReplaceAll(fmt.Sprint(beside), " ", ","), "[]")
		return fmt.Errorf("%s: the value of %s (%s) is %s, beside %g..%g of all others; if that means no rating, "+
			"say --missing %[4]s, if it is one, --scale %[7]g..%[8]g",
			r.firstName, plural.Of(k, "rating"), percentOf(k, n), list, s.Min, s.Max, min(s.Min, values[0]),
			max(s.Max, values[len(values)-1]))
	}
	return nil
}

// edge tells of a value beside a usual scale that hardly anybody gave: it may be a
// slip, though nothing shows that.
func (r *reader) edge(values []float64, count map[float64]int, n int) {
	last := len(values) - 1
	if n < 200 || last < 3 || 200*count[values[last]] > n {
		return
	}
	switch (Scale{values[0], values[last-1]}) {
	case Scale{1, 5}, Scale{0.5, 5}, Scale{0, 5}, Scale{1, 7}, Scale{1, 10}, Scale{0, 10}, Scale{0, 100}:
		r.sum.Warnings = append(r.sum.Warnings,
			fmt.Sprintf("%s %g, beside %g..%g of all others, so that the scale is %[3]g..%[2]g; "+
				"--missing %[2]g sets it aside",
				areOf(count[values[last]], n), values[last], values[0], values[last-1]))
	}
}

// isCount reports whether a column counts something, as plays, by its name: what
// counts has a long tail.
func isCount(name string) bool {
	r, _ := rankOf(name, valueField)
	return r == countRank
}

// percentOf writes a share.
func percentOf(k, n int) string {
	if share := 100 * float64(k) / float64(max(1, n)); share < 99.5 {
		return fmt.Sprintf("%.2g %%", share)
	}
	return "100 %"
}

func areOf(k, n int) string {
	return fmt.Sprintf("the value of %s (%s),", plural.Of(k, "rating"), percentOf(k, n))
}

func areValues(v []float64) string {
	var s []string
	for _, x := range v[:min(len(v), 5)] {
		s = append(s, fmt.Sprintf("%g", x))
	}
	if len(v) > 5 {
		s = append(s, "...")
	}
	if len(v) == 1 {
		return "the value is " + s[0]
	}
	return "the values are " + strings.Join(s, ", ")
}

// unvalue makes rows of such values rows without a value.
func (r *reader) unvalue(out map[float64]bool) (n int) {
	for _, b := range r.blocks {
		b.min, b.max = math.Inf(1), math.Inf(-1)
		for k, v := range b.value {
			if out[v] {
				b.value[k] = math.NaN()
				b.valued--
				n++
			} else if v == v {
				b.min, b.max = min(b.min, v), max(b.max, v)
			}
		}
	}
	r.stray += n
	return n
}

// histogram counts values, nil if there are more than 1000.
func (r *reader) histogram() map[float64]int {
	var half [256]int // values of 0, 0.5, 1, ... 127.5
	count := map[float64]int{}
	for _, b := range r.blocks {
		for _, v := range b.value {
			if i := int(2 * v); i >= 0 && i < len(half) && float64(i) == 2*v {
				half[i]++
			} else if v == v {
				if count[v]++; len(count) > 1000 {
					return nil
				}
			}
		}
	}
	for i, k := range half {
		if k > 0 {
			count[float64(i)/2] += k
		}
	}
	return count
}

// above returns the values below the first gap that is wider than all of them
// together, and how many ratings are beyond it, 0 if none are or if that may be
// the thin end of a wide range: then the last value before is rare, too. Above two
// values the gap must be twice as wide: they say less of the step between values.
func above(values []float64, count map[float64]int, n int, codes bool) (rest []float64, beyond int) {
	for i := 2; i < len(values); i++ {
		gap, wide := values[i]-values[i-1], values[i-1]-values[0]
		if gap <= wide || i == 2 && gap <= 2*wide && !codes {
			continue
		}
		k := 0
		for _, v := range values[i:] {
			k += count[v]
		}
		code := codes && areCodes(values[i:])
		slip := n >= fewRatings && k <= max(1, n/100) && count[values[i-1]] >= max(2, n/100) && (i > 2 || gap > 2*wide)
		if code || slip {
			return values[:i], k
		}
	}
	return values, 0
}

// fewRatings are too few to say that one of them is a slip.
const fewRatings = 50

// below is above for the lower end, and knows negative codes beside values that
// are not negative.
func below(values []float64, count map[float64]int, n int) (rest []float64, beyond int) {
	low, top := 0, values[len(values)-1]
	for low < len(values) && values[low] < 0 && (values[low] == -1 || -values[low] > top) {
		beyond += count[values[low]]
		low++
	}
	if low > 0 && len(values)-low > 2 && values[low] >= 0 && top >= 3 && areCodes(values[:low]) {
		return values[low:], beyond
	}
	mirrored := make([]float64, len(values))
	of := map[float64]int{}
	for i, v := range values {
		mirrored[len(values)-1-i] = -v
		of[-v] = count[v]
	}
	left, k := above(mirrored, of, n, false)
	return values[len(values)-len(left):], k
}
