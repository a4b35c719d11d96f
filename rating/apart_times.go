package rating

import (
	"fmt"
	"time"
)

// firstRatings is when people began to rate on the Internet, 1995 (MovieLens), in
// seconds since 1970. Numbers before it count something else, as minutes.
const firstRatings = 788918400

// day is the seconds of a day.
const day = 86400

// checkTimes refuses numbers that are no times, and decides what 0 and numbers near it are
// among times.
func (r *reader) checkTimes(count *[units]int, wrong *[units]bool) error {
	numbers := count[nearZero]
	for u := seconds; u < nearZero; u++ {
		numbers += count[u]
	}
	if numbers == 0 {
		return r.allNearZero(count[dated])
	}
	// The first number after ratings began ends the search: there is one at once in nearly all data.
	far, old, first, late := false, false, int32(0), true
	for _, b := range r.blocks {
		for k, u := range b.unit {
			if u < seconds || u == nearZero && old {
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
		return fmt.Errorf("%s: the numbers in the time column %q would all be times before 1995, %s is one; "+
			"if they are, say --times seconds (or %s); else name another column, or read none with --columns time=",
			r.firstName, r.first.reading.Time, ToTime(first).Format(time.RFC3339), "milliseconds, ...")
	case ask:
		return fmt.Errorf("%s: the numbers in the time column %q, such as %d, are no times: all lie within a day "+
			"of 1970; name another column, read none with --columns time=, or say --times seconds if they count from "+
			"some beginning",
			r.firstName, r.first.reading.Time, int64(first)+epochUnix)
	}
	if count[nearZero] == 0 {
		return nil
	}
	for _, b := range r.blocks {
		for k, u := range b.unit {
			if u >= seconds && u != nearZero && int64(b.time[k])+epochUnix < 1e8 {
				late = false // times that count from a beginning: there is a 0 among them
			}
		}
	}
	if wrong[nearZero] = late; !late {
		count[mostUnit(*count)] += count[nearZero]
	}
	return nil
}

// allNearZero refuses dates that all lie within a day of 1970, as where a program
// has made dates of numbers that are none.
func (r *reader) allNearZero(dates int) error {
	if dates < 2 || r.opt.Times != "" {
		return nil
	}
	for _, b := range r.blocks {
		for k, u := range b.unit {
			if sec := int64(b.time[k]) + epochUnix; u == dated && (sec >= day || sec <= -day) {
				return nil
			}
		}
	}
	return fmt.Errorf("%s: all times in the column %q lie within a day of 1970, "+
		"as where a program took other numbers for times; name another column, or read none with --columns time=",
		r.firstName, r.first.reading.Time)
}
