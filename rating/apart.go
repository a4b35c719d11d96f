package rating

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

func (r *reader) warnNoOne(n int) {
	for _, b := range r.blocks {
		if b.noOne > 0 {
			r.sum.Warnings = append(r.sum.Warnings, fmt.Sprintf("%s without a rater or without an item set aside (%s), the first in %s:%d",
				plural(r.sum.NoOne, "row"), percentOf(r.sum.NoOne, n+r.sum.NoOne), b.name, b.noOneLine))
			return
		}
	}
}

// lateKeys refuses JSON in which a key that is a time or a value by its name
// comes only after the lines by which columns were chosen.
func (r *reader) lateKeys() error {
	for _, f := range []int{timeField, valueField} {
		if _, told := r.opt.Columns[fieldNames[f]]; told || r.first.has[f] || f == valueField && r.opt.Scale == coActions {
			continue
		}
		for _, b := range r.blocks {
			for _, key := range slices.Sorted(maps.Keys(b.lateKeys)) {
				rank, _ := rankOf(key, f)
				if rank >= certain && rank < unknown {
					r.sum.Warnings = append(r.sum.Warnings, fmt.Sprintf("%s:%d: here the key %q comes for the first time, which is not read", b.name, b.lateKeys[key], key))
				}
				if rank < certain {
					return fmt.Errorf("%s:%d: here the key %q comes for the first time, and rows before it have no %s; give every row one, or read none with --columns %s=",
						b.name, b.lateKeys[key], key, fieldNames[f], fieldNames[f])
				}
			}
		}
	}
	return nil
}

// firstRatings is when people began to rate on the Internet, 1995 (MovieLens), in
// seconds since 1970. Numbers before it count something else, as minutes.
const firstRatings = 788918400

// day is the seconds of a day.
const day = 86400

// checkTimes refuses numbers that are no times, and decides what the number 0
// among times is.
func (r *reader) checkTimes(count *[units]int, wrong *[units]bool) error {
	numbers := count[zeroTime]
	for u := seconds; u < zeroTime; u++ {
		numbers += count[u]
	}
	if numbers == 0 {
		return nil
	}
	// The first number after ratings began ends the search: there is one at once in nearly all data.
	far, old, first, late := false, false, int32(0), true
	for _, b := range r.blocks {
		for k, u := range b.unit {
			if u < seconds || u == zeroTime {
				continue
			}
			sec := int64(b.time[k]) + epochUnix
			far, old = sec >= firstRatings, old || sec >= day || sec <= -day
			if first = b.time[k]; far {
				break
			}
		}
		if far {
			break
		}
	}
	switch ask := !far && count[dated] == 0 && r.opt.Times == "" && !r.first.notes; {
	case ask && old:
		return fmt.Errorf("%s: the numbers in the time column %q would all be times before 1995, %s is one; if they are, say --times seconds (or %s); else name another column, or read none with --columns time=",
			r.firstName, r.first.reading.Time, ToTime(first).Format(time.RFC3339), "milliseconds, ...")
	case ask:
		return fmt.Errorf("%s: the numbers in the time column %q, such as %d, are no times: all lie within a day of 1970; name another column, read none with --columns time=, or say --times seconds if they count from some beginning",
			r.firstName, r.first.reading.Time, int64(first)+epochUnix)
	}
	if count[zeroTime] == 0 {
		return nil
	}
	for _, b := range r.blocks {
		for k, u := range b.unit {
			if u >= seconds && u != zeroTime && int64(b.time[k])+epochUnix < 1e8 {
				late = false // times that count from a beginning: there is a 0 among them
			}
		}
	}
	if wrong[zeroTime] = late; !late {
		count[mostUnit(*count)] += count[zeroTime]
	}
	return nil
}

// missingCodes are numbers that programs write for an answer that is missing.
var missingCodes = []float64{97, 98, 99, 998, 999, 9999, 99999, 255, 127, 65535, -1, -9, -99, -999, -9999}

// strays sets rows aside whose value stands apart from all others, and returns
// how many: codes for a missing answer, and slips of the hand, over which a
// scale must not be stretched. What is less sure is only told.
func (r *reader) strays(n int) int {
	if !math.IsInf(r.lo, 0) || r.first.notes || r.first.format == columnFormat || isCount(r.first.reading.Value) || r.first.values != nil && !r.first.values.scale.Unary() {
		return 0
	}
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, b := range r.blocks {
		lo, hi = min(lo, b.min), max(hi, b.max)
	}
	switch (Scale{lo, hi}) { // nothing can stand apart on these
	case Scale{1, 5}, Scale{0.5, 5}, Scale{0, 1}, Scale{-1, 1}, Scale{1, 3}, Scale{1, 4}, Scale{1, 1}:
		return 0
	}
	count := r.histogram()
	if count == nil {
		return 0
	}
	values := slices.Sorted(maps.Keys(count))
	out := map[float64]bool{}
	told := fmt.Sprintf("; --scale %g..%g reads every value", lo, hi)
	aside := func(v []float64, k int, why string, args ...any) {
		for _, x := range v {
			out[x] = true
		}
		r.sum.Warnings = append(r.sum.Warnings, fmt.Sprintf("%s (%s) set aside: %s", plural(k, "rating"), percentOf(k, n), fmt.Sprintf(why, args...)))
	}
	if rest, k := above(values, count, n, true); k > 0 {
		high := values[len(rest):]
		values = rest
		aside(high, k, "%s, apart from all others, which are within %g..%g%s", areValues(high), rest[0], rest[len(rest)-1], told)
	}
	if rest, k := below(values, count, n); k > 0 {
		low := values[:len(values)-len(rest)]
		values = rest
		aside(low, k, "%s, apart from all others, which are within %g..%g%s", areValues(low), rest[0], rest[len(rest)-1], told)
	}
	if zeros := count[0]; values[0] == 0 && len(values) > 3 && len(values) <= 21 {
		top, most := values[len(values)-1], 0
		for _, v := range values[1:] {
			most = max(most, count[v])
		}
		switch standard := (top == 5 || top == 7 || top == 10) && (values[1] == 1 || values[1] == 0.5); {
		case standard && zeros > most:
			aside(values[:1], zeros, "the value is 0 beside %g..%g and more frequent than any of them, as where 0 means no rating; --scale 0..%g reads 0 as the lowest", values[1], top, top)
		case standard:
			r.sum.Warnings = append(r.sum.Warnings, fmt.Sprintf("%s 0, beside %g..%g, is read as the lowest; if it means no rating, say --missing 0", areOf(zeros, n), values[1], top))
		}
	}
	r.edge(values, count, n)
	if len(out) == 0 {
		return 0
	}
	return r.unvalue(out)
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
		r.sum.Warnings = append(r.sum.Warnings, fmt.Sprintf("the value of %s %g, beside %g..%g of all others, so that the scale is %[3]g..%[2]g; --missing %[2]g sets it aside",
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
	return fmt.Sprintf("the value of %s (%s),", plural(k, "rating"), percentOf(k, n))
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
		code := codes && i == len(values)-1 && slices.Contains(missingCodes, values[i])
		slip := n >= fewRatings && k <= max(1, n/100) && count[values[i-1]] >= max(2, n/100) && (i > 2 || gap > 2*wide)
		if code || slip {
			return values[:i], k
		}
	}
	return values, 0
}

// fewRatings are too few to say that one of them is a slip.
const fewRatings = 50

// below is above for the lower end, and knows a single negative code beside
// values that are not negative.
func below(values []float64, count map[float64]int, n int) (rest []float64, beyond int) {
	if len(values) > 3 && values[0] < 0 && values[1] >= 0 && values[len(values)-1] >= 3 && slices.Contains(missingCodes, values[0]) && (values[0] == -1 || -values[0] > values[len(values)-1]) {
		return values[1:], count[values[0]]
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
