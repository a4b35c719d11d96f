package rating

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// A timeForm is how a column of times is written where parseTime alone does not
// do: nil stands for that.
type timeForm struct {
	name  string // for people
	kind  timeKind
	order string // of day, month and year in numbers: "dmy", "mdy", "ymd"; "" where it does not matter
	clock bool   // the time of day stands in a column of its own
}

type timeKind uint8

const (
	textTime  timeKind = iota
	digitTime          // 20240131, 202401312359, 20240131235959
	excelTime          // days since 30 December 1899, as spreadsheets count
	toldUnit           // seconds to nanoseconds, as told
	tickTime           // of a program that counts from another year
)

// TimeForms are what ReadOptions.Times takes.
var TimeForms = []string{"dmy", "mdy", "ymd", "seconds", "milliseconds", "microseconds", "nanoseconds",
	"yyyymmdd", "excel"}

// toldTimes returns the form of times that a user told.
func toldTimes(told string) (*timeForm, unit, error) {
	switch told {
	case "":
		return nil, noTime, nil
	case "dmy", "mdy", "ymd":
		return &timeForm{name: orderName[told], order: told}, noTime, nil
	case "yyyymmdd":
		return &timeForm{name: "YYYYMMDD", kind: digitTime}, noTime, nil
	case "excel":
		return &timeForm{name: "Excel days since 1899-12-30", kind: excelTime}, noTime, nil
	}
	for u := seconds; u < nearZero; u++ {
		if told == u.String() {
			return &timeForm{name: told, kind: toldUnit}, u, nil
		}
	}
	return nil, noTime, fmt.Errorf("--times: %q is none of %s", told, strings.Join(TimeForms, ", "))
}

var orderName = map[string]string{"dmy": "day/month/year", "mdy": "month/day/year", "ymd": "year/month/day", "": "text"}

// A timeFault is why a column is no column of times, or which question it asks.
type timeFault struct {
	what      string // "bare years", ...
	ambiguous bool   // of day, month or year; example shows it
	example   string
	clock     bool // times of day without a date
}

// formOfTimes recognises how cells of times are written: form is nil for what
// parseTime reads. fault is nil where they are times.
func formOfTimes(cells []string, told string) (form *timeForm, fault *timeFault) {
	var filled []string
	for _, c := range cells {
		if c = strings.TrimSpace(c); !isNothing(c) && c != "0" && c != "-1" {
			filled = append(filled, c)
		}
	}
	if len(filled) == 0 {
		return nil, &timeFault{what: "nothing"}
	}
	if told != "" {
		form, _, _ = toldTimes(told)
		return form, nil
	}
	most := mostOf(filled)
	number := func(s string) float64 {
		x, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return math.NaN()
		}
		return x
	}
	switch {
	case most(func(s string) bool {
		x := number(s)
		return len(s) == 4 && x >= 1900 && x < 2100 && x == math.Trunc(x)
	}):
		return nil, &timeFault{what: "bare years"}
	case len(filled[0]) >= 8 && most(func(s string) bool { return parsed(parseDigits(s)) }):
		return &timeForm{name: "YYYYMMDD" + "hhmmss"[:min(6, len(strings.TrimSuffix(filled[0], ".0"))-8)],
			kind: digitTime}, nil
	case most(func(s string) bool { x := number(s); return x > 20000 && x < 62000 }):
		return &timeForm{name: "Excel days since 1899-12-30", kind: excelTime}, nil
	case most(func(s string) bool { return !math.IsNaN(number(s)) }):
		if most(isRounded) {
			return nil, &timeFault{what: roundedTimes}
		}
		for _, t := range ticks {
			if most(func(s string) bool { return t.within(number(s)) }) {
				return &timeForm{name: t.name, kind: tickTime}, nil
			}
		}
		if most(func(s string) bool { _, _, ok := parseTime([]byte(s), noTime); return ok }) {
			return nil, nil
		}
		return nil, &timeFault{what: "numbers that are no time"}
	case most(func(s string) bool { _, ok := parseDate([]byte(s)); return ok }):
		return nil, nil
	case most(func(s string) bool { _, ok := clockOnly(s); return ok }):
		return nil, &timeFault{what: "times of day without a date", clock: true}
	}
	return formOfText(filled, most)
}

// mostOf returns a function that reports whether nine in ten of the cells are something.
func mostOf(filled []string) func(is func(s string) bool) bool {
	return func(is func(s string) bool) bool {
		bad := 0
		for _, s := range filled {
			if !is(s) {
				if bad++; 10*bad > len(filled) {
					return false
				}
			}
		}
		return true
	}
}

func parsed(_ int64, ok bool) bool { return ok }

// formOfText finds the order of day and month that fits dates in words and
// numbers.
func formOfText(filled []string, most func(func(string) bool) bool) (*timeForm, *timeFault) {
	switch yearFirst(filled, most) {
	case certainlyFirst:
		return &timeForm{name: orderName["ymd"], order: "ymd"}, nil
	case maybeFirst:
		return nil, &timeFault{what: "year and day cannot be told apart; say which comes first: --times ymd, " +
			"--times dmy or --times mdy", ambiguous: true, example: filled[0]}
	}
	dmy := most(func(s string) bool { return parsed(parseText(s, "dmy")) })
	mdy := most(func(s string) bool { return parsed(parseText(s, "mdy")) })
	if !dmy && !mdy {
		return nil, &timeFault{what: "text that is no time"}
	}
	// One date that only one order can read tells it, unless others tell the other.
	onlyDMY, onlyMDY, differ := 0, 0, ""
	for _, s := range filled {
		a, okA := parseText(s, "dmy")
		b, okB := parseText(s, "mdy")
		switch {
		case okA && !okB:
			onlyDMY++
		case okB && !okA:
			onlyMDY++
		case okA && okB && a != b && differ == "":
			differ = s
		}
	}
	switch {
	case differ == "" && onlyDMY == 0 && onlyMDY == 0:
		return &timeForm{name: "dates in words", order: "dmy"}, nil
	case onlyDMY > 0 && onlyMDY == 0:
		return &timeForm{name: orderName["dmy"], order: "dmy"}, nil
	case onlyMDY > 0 && onlyDMY == 0:
		return &timeForm{name: orderName["mdy"], order: "mdy"}, nil
	case onlyDMY == 0 && onlyMDY == 0 && strings.Count(differ, ".") >= 2: // with points days come first everywhere
		return &timeForm{name: orderName["dmy"], order: "dmy"}, nil
	case differ == "":
		differ = filled[0]
	}
	return nil, &timeFault{what: "day and month cannot be told apart; say which comes first: " +
		"--times dmy or --times mdy", ambiguous: true, example: differ}
}

const (
	notFirst = iota
	maybeFirst
	certainlyFirst
)

// yearFirst says whether dates of three numbers of two digits each begin with the
// year, as 24-01-31: days take more values than years do.
func yearFirst(filled []string, most func(func(string) bool) bool) int {
	first, last, dashes := map[string]bool{}, map[string]bool{}, false
	short := most(func(s string) bool {
		day, _, _ := strings.Cut(strings.TrimSpace(s), " ")
		part := strings.FieldsFunc(day, func(r rune) bool { return strings.ContainsRune("-/.", r) })
		if len(part) != 3 || len(part[0]) != 2 || len(part[1]) != 2 || len(part[2]) != 2 ||
			!parsed(parseText(s, "ymd")) {
			return false
		}
		first[part[0]], last[part[2]], dashes = true, true, dashes || day[2] == '-'
		return true
	})
	switch years, days := len(first), len(last); {
	case !short || years > days || years == days && !dashes:
		return notFirst
	case days >= 5 && days >= 3*years, !most(func(s string) bool {
		return parsed(parseText(s, "dmy")) || parsed(parseText(s, "mdy"))
	}):
		return certainlyFirst
	}
	return maybeFirst
}

// read reads a time; told is the unit of numbers where it is fixed.
func (f *timeForm) read(b []byte, told unit) (t int32, u unit, ok bool) {
	s := strings.TrimSpace(string(b))
	switch f.kind {
	case toldUnit:
		return parseTime([]byte(s), told)
	case digitTime:
		if sec, ok := parseDigits(s); ok {
			t, ok = FromUnix(sec)
			return t, dated, ok
		}
	case tickTime:
		if t, ok := readTicks(s); ok {
			return t, dated, true
		}
	case excelTime:
		if days, err := strconv.ParseFloat(s, 64); err == nil && days > 1 && days < 1e5 {
			t, ok = FromUnix(int64(math.Round((days - 25569) * 86400)))
			return t, dated, ok
		}
	default:
		if sec, ok := parseText(s, f.order); ok {
			t, ok = FromUnix(sec)
			return t, dated, ok
		}
	}
	if sec, ok := parseDate([]byte(s)); ok {
		t, ok = FromUnix(sec)
		return t, dated, ok
	}
	return 0, 0, false
}
