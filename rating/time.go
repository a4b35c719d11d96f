package rating

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// A unit is how a time was written. Whole numbers tell their unit by their
// magnitude, so that one column must keep to one unit: else the year 50000 in
// seconds would pass for 2018 in milliseconds.
type unit uint8

const (
	noTime unit = iota
	dated       // RFC 3339 or a date
	seconds
	millis
	micros
	nanos
	nearZero // a number within a day of 1970: 0, -1 and the like may stand for none
	units
)

func (u unit) String() string {
	return [...]string{"no time", "a date", "seconds", "milliseconds", "microseconds", "nanoseconds", "near 0"}[u]
}

// perSecond is how many of each unit make a second.
var perSecond = [units]int64{seconds: 1, millis: 1e3, micros: 1e6, nanos: 1e9, nearZero: 1}

func unitOf(x int64) unit {
	if x < 0 {
		x = -x
	}
	switch {
	case x < day:
		return nearZero
	case x < 1e11:
		return seconds
	case x < 1e14:
		return millis
	case x < 1e17:
		return micros
	}
	return nanos
}

// ParseTime reads a time as the readers do: seconds, milliseconds,
// microseconds or nanoseconds since 1970, told apart by their magnitude, with
// or without a fraction; RFC 3339, where the zone may be missing (then UTC),
// and so may the seconds, and a space may stand for the T; or a date as
// 2024-01-31 or 2024/01/31. It returns seconds since Epoch.
func ParseTime(s string) (int32, error) {
	t, _, ok := parseTime([]byte(strings.TrimSpace(s)), noTime)
	if !ok {
		return 0, fmt.Errorf("%q is no time between 1931 and 2068: write 2024-01-31, "+
			"2024-01-31T12:00:00Z or seconds since 1970", s)
	}
	return t, nil
}

// parseTime reads a time; told is its unit where the format fixes it, noTime
// where not.
func parseTime(b []byte, told unit) (t int32, u unit, ok bool) {
	if x, ok := parseInt(b); ok {
		u = told
		if u == noTime {
			u = unitOf(x)
		}
		t, ok = FromUnix(floorDiv(x, perSecond[u]))
		if x == 0 {
			u = nearZero
		}
		return t, u, ok
	}
	if sec, ok := parseDate(b); ok {
		t, ok = FromUnix(sec)
		return t, dated, ok
	}
	x, err := strconv.ParseFloat(string(b), 64)
	if err != nil || !(math.Abs(x) < 1<<62) {
		return 0, 0, false
	}
	u = told
	if u == noTime {
		u = unitOf(int64(x))
	}
	t, ok = FromUnix(int64(math.Floor(x / float64(perSecond[u]))))
	return t, u, ok
}

// readTime reads a time that is written in a form; nil is what parseTime reads.
func readTime(form *timeForm, b []byte, told unit) (t int32, u unit, ok bool) {
	if form == nil {
		return parseTime(b, told)
	}
	return form.read(b, told)
}

func floorDiv(a, b int64) int64 {
	if b == 1 {
		return a
	}
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// parseDate reads YYYY-MM-DD or YYYY/MM/DD, alone or with hh:mm[:ss[.f]] after
// a T or a space, and Z, UTC, ±hh, ±hhmm or ±hh:mm. It returns seconds since
// 1970.
func parseDate(b []byte) (sec int64, ok bool) {
	if len(b) < 10 || b[4] != '-' && b[4] != '/' || b[7] != b[4] {
		return 0, false
	}
	year, ok1 := digits(b[0:4])
	month, ok2 := digits(b[5:7])
	day, ok3 := digits(b[8:10])
	if !ok1 || !ok2 || !ok3 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return 0, false
	}
	sec = daysSince1970(year, month, day) * 86400
	if len(b) == 10 {
		return sec, true
	}
	if b[10] != 'T' && b[10] != 't' && b[10] != ' ' {
		return 0, false
	}
	clock, rest, ok := parseClock(b[11:])
	if !ok {
		return 0, false
	}
	zone, ok := parseZone(rest)
	return sec + clock - zone, ok
}

func parseClock(b []byte) (sec int64, rest []byte, ok bool) {
	if len(b) < 5 || b[2] != ':' {
		return 0, nil, false
	}
	h, ok1 := digits(b[0:2])
	m, ok2 := digits(b[3:5])
	if !ok1 || !ok2 || h > 23 || m > 59 {
		return 0, nil, false
	}
	sec, rest = h*3600+m*60, b[5:]
	if len(rest) < 3 || rest[0] != ':' {
		return sec, rest, true
	}
	s, ok := digits(rest[1:3])
	if !ok || s > 60 { // 60 is a leap second
		return 0, nil, false
	}
	rest = rest[3:]
	if len(rest) > 1 && rest[0] == '.' {
		for rest = rest[1:]; len(rest) > 0 && rest[0] >= '0' && rest[0] <= '9'; {
			rest = rest[1:]
		}
	}
	return sec + s, rest, true
}

func parseZone(b []byte) (offset int64, ok bool) {
	switch string(b) {
	case "", "Z", "z", " UTC", "UTC":
		return 0, true
	}
	if len(b) < 3 || b[0] != '+' && b[0] != '-' {
		return 0, false
	}
	h, ok := digits(b[1:3])
	var m int64
	switch rest := b[3:]; {
	case len(rest) == 0:
	case len(rest) == 2 && ok:
		m, ok = digits(rest)
	case len(rest) == 3 && rest[0] == ':' && ok:
		m, ok = digits(rest[1:])
	default:
		return 0, false
	}
	if !ok || h > 23 || m > 59 {
		return 0, false
	}
	offset = h*3600 + m*60
	if b[0] == '-' {
		offset = -offset
	}
	return offset, true
}

func digits(b []byte) (int64, bool) {
	var x int64
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		x = 10*x + int64(c-'0')
	}
	return x, true
}

func daysIn(year, month int64) int64 {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// daysSince1970 counts from 1 March of year 0, so that a leap day ends a year.
func daysSince1970(year, month, day int64) int64 {
	if month < 3 {
		year--
		month += 12
	}
	return 365*year + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + day - 1 - 719468
}

// parseInt reads a whole number of up to 18 digits.
func parseInt(b []byte) (int64, bool) {
	negative := len(b) > 1 && b[0] == '-'
	if negative {
		b = b[1:]
	}
	if len(b) == 0 || len(b) > 18 {
		return 0, false
	}
	var x int64
	for _, c := range b {
		d := c - '0'
		if d > 9 {
			return 0, false
		}
		x = 10*x + int64(d)
	}
	if negative {
		x = -x
	}
	return x, true
}

var powersOf10 = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// parseValue reads a finite decimal number. Up to 15 digits it is exact: both
// the digits and the power of ten are float64 without rounding.
func parseValue(b []byte) (float64, bool) {
	if len(b) == 1 && b[0]-'0' <= 9 {
		return float64(b[0] - '0'), true
	}
	s := b
	if len(s) > 1 && s[0] == '-' {
		s = s[1:]
	}
	if len(s) == 0 || len(s) > 16 {
		return slowValue(b)
	}
	var x int64
	point := -1
	for i, c := range s {
		if d := c - '0'; d <= 9 {
			x = 10*x + int64(d)
		} else if c == '.' && point < 0 && len(s) > 1 {
			point = i
		} else {
			return slowValue(b)
		}
	}
	v := float64(x)
	if point >= 0 {
		v /= powersOf10[len(s)-1-point]
	} else if len(s) > 15 {
		return slowValue(b)
	}
	if len(s) < len(b) {
		v = -v
	}
	return v, true
}

func slowValue(b []byte) (float64, bool) {
	v, err := strconv.ParseFloat(string(b), 64)
	return v, err == nil && !math.IsInf(v, 0) && !math.IsNaN(v)
}
