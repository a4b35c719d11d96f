package rating

import (
	"fmt"
	"slices"
	"time"

	"github.com/ringwatch/ringwatch/internal/plural"
)

// tell completes what the first layout says by what all rows say.
func (r *reader) tell(t *Table) *Reading {
	s := Reading{}
	if r.first.reading != nil {
		s = *r.first.reading
	}
	s.Scale = t.Scale.String()
	if t.Scale.Unary() && s.Value != "" && !r.hasValues {
		r.sum.Warnings = append(r.sum.Warnings, "the value column "+quoteColumn(s.Value)+
			" is empty in all rows, so that ratings are treated as co-actions, acts without an opinion")
		s.NotRead, s.Value = append(slices.Clone(s.NotRead), s.Value), ""
	}
	if !t.HasTimes() && s.Time != "" {
		r.sum.Warnings = append(r.sum.Warnings,
			"the time column "+quoteColumn(s.Time)+" is empty in all rows, so that ratings have no times")
		s.NotRead, s.Time = append(slices.Clone(s.NotRead), s.Time), ""
	}
	if s.Time != "" {
		s.TimeAs = r.timeAs(t)
		r.moments(t)
	}
	if r.whole == nil { // what is stored as it is was told when it was read
		r.lookalikes("rater", t.Raters)
		r.lookalikes("item", t.Items)
	}
	s.TopRater, s.TopRaterShare = top(t.Rater, t.Raters, t.Len())
	s.TopItem, s.TopItemShare = top(t.Item, t.Items, t.Len())
	return &s
}

// timeAs says how times were written.
func (r *reader) timeAs(t *Table) string {
	how := ""
	switch f := r.first.times; {
	case r.whole != nil:
		return "as stored, UTC"
	case f != nil && f.kind != toldUnit:
		how = f.name
	case r.units[dated] > 0:
		how = "dates and times"
	default:
		how = mostUnit(r.units).String()
	}
	if t.daysOnly() {
		if how == "dates and times" {
			return "dates, no time of day, UTC"
		}
		how += ", no time of day"
	}
	return how + ", UTC"
}

// daysOnly reports whether all times are the beginning of a day.
func (t *Table) daysOnly() bool {
	for _, x := range t.Time {
		if x%day != 0 { // Epoch is the beginning of one
			return false
		}
	}
	return true
}

// top returns the identifier with most rows and its share of all.
func top(column []int32, names *Names, n int) (string, float64) {
	if n == 0 {
		return "", 0
	}
	count := make([]int32, names.Len())
	for _, k := range column {
		count[k]++
	}
	most := 0
	for k, c := range count {
		if c > count[most] {
			most = k
		}
	}
	return names.Name(int32(most)), float64(count[most]) / float64(n)
}

// moments tells of a time that more than 1 in 100 ratings have, which may stand
// for none, or for a load of old data. Of data with days alone, it must be five
// times as many as an average day has.
func (r *reader) moments(t *Table) {
	const looked = 4096
	n := t.Len()
	if n < 200 {
		zero := 0
		for _, x := range t.Time {
			if int64(x) == -epochUnix {
				zero++
			}
		}
		if zero > 0 {
			r.sum.Warnings = append(r.sum.Warnings, plural.Of(zero, "rating")+" of 1970-01-01T00:00:00Z, "+
				"the beginning of computers' time, which mostly stands for none; if so, take these rows out")
		}
		return
	}
	some := make([]int32, 0, looked)
	for i := range min(n, looked) {
		some = append(some, t.Time[int64(i)*int64(n)/int64(min(n, looked))])
	}
	slices.Sort(some)
	least, distinct := 1, len(slices.Compact(slices.Clone(some)))
	if t.daysOnly() {
		least = max(1, 500/distinct)
	}
	for i := 0; i < len(some); {
		end := i
		for end < len(some) && some[end] == some[i] {
			end++
		}
		if k := 0; 200*(end-i) > len(some)*least {
			for _, x := range t.Time {
				if x == some[i] {
					k++
				}
			}
			if 100*k > n*least {
				r.sum.Warnings = append(r.sum.Warnings,
					fmt.Sprintf("%s, %s of all, have one time, %s: where that stands for none, "+
						"or for when they were loaded, they are not together",
						plural.Of(k, "rating"), percentOf(k, n), ToTime(some[i]).Format(time.RFC3339)))
			}
		}
		i = end
	}
}
