package rating

import (
	"slices"
	"strconv"
	"strings"
)

// parseDigits reads YYYYMMDD, with hh, hhmm, hhmmss or milliseconds behind it or not.
// As seconds since 1970 those of ten digits would be years from 2031 on.
func parseDigits(s string) (sec int64, ok bool) {
	s = strings.TrimSuffix(s, ".0")
	if !allDigits(s) || !slices.Contains([]int{8, 10, 12, 14, 17}, len(s)) {
		return 0, false
	}
	at := func(from, to int) int64 { x, _ := strconv.ParseInt(s[from:to], 10, 64); return x }
	if sec, ok = dayOf(at(0, 4), at(4, 6), at(6, 8)); !ok || at(0, 4) < 1931 || at(0, 4) > 2068 {
		return 0, false
	}
	if len(s) > 8 {
		h, m, second := at(8, 10), int64(0), int64(0)
		if len(s) > 10 {
			m = at(10, 12)
		}
		if len(s) > 12 {
			second = at(12, 14)
		}
		if h > 23 || m > 59 || second > 60 {
			return 0, false
		}
		sec += h*3600 + m*60 + second
	}
	return sec, true
}

// dayOf returns the seconds since 1970 of a day's begin.
func dayOf(year, month, day int64) (sec int64, ok bool) {
	if year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return 0, false
	}
	return daysSince1970(year, month, day) * 86400, true
}

// monthNames are of months in English, French, German, Spanish and Portuguese,
// by their first letters.
var monthNames = [12][]string{
	{"jan", "ene", "jän"}, {"feb", "fev", "fév"}, {"mar", "mär", "maer"}, {"apr", "avr", "abr"}, {"may", "mai"},
	{"jun", "juin"},
	{"jul", "juil"}, {"aug", "aou", "aoû", "ago"}, {"sep", "set"}, {"oct", "okt", "out"}, {"nov"},
	{"dec", "déc", "dez", "dic"},
}

var weekDays = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

// zones are abbreviations that mean one offset, in hours. Those of summer and
// winter differ, as they are written differently.
var zones = map[string]int64{"z": 0, "utc": 0, "gmt": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7,
	"mdt": -6, "pst": -8, "pdt": -7,
	"cet": 1, "cest": 2, "eet": 2, "eest": 3, "wet": 0, "west": 1, "msk": 3, "jst": 9, "kst": 9, "wib": 7, "aest": 10,
	"aedt": 11, "nzst": 12, "nzdt": 13}

// fillers are words around a date that say nothing of when.
var fillers = []string{"posted", "on", "at", "the", "of", "last", "edited", "updated", "de", "le", "um", "den", "den",
	"am", "uhr", "a", "à", "o'clock"}

// parseText reads a date in numbers or words, with or without a time of day and
// a zone, in the order told where all is numbers: "31.12.2024", "12/31/2024
// 11:59 PM", RFC 2822, "Wed Aug 27 13:08:45 +0000 2008", "January 5, 2024",
// "20240131T120000Z". It returns seconds since 1970.
func parseText(s, order string) (sec int64, ok bool) {
	if len(s) < 6 || len(s) > 80 {
		return 0, false
	}
	if i := strings.LastIndex(s, " on "); i >= 0 { // "Reviewed in ... on January 5, 2024"
		s = s[i+4:]
	}
	// JavaScript's "GMT+0200 (CEST)"
	if i := strings.Index(s, " ("); i > 0 && s[len(s)-1] == ')' && strings.Contains(s[:i], " GMT") {
		s = s[:i]
	}
	s = chineseDate.Replace(s)
	var d textDate
	for rest := s; rest != ""; {
		if rest, ok = d.take(rest); !ok {
			return 0, false
		}
	}
	return d.seconds(order)
}

// A textDate is what was found in a text of a date so far.
type textDate struct {
	number   [3]int64
	digits   [3]int // of each number
	n        int
	month    int64 // in words
	clock    int64
	hasClock bool
	zone     int64
	hasZone  bool
}

// take takes the next piece of a text.
func (d *textDate) take(s string) (rest string, ok bool) {
	c := s[0]
	switch {
	case c >= '0' && c <= '9':
		return d.takeNumber(s)
	case d.hasClock && !d.hasZone && (c == '+' || c == '-') && len(s) >= 3 && s[1]-'0' <= 9:
		end := 1
		for end < len(s) && (s[end]-'0' <= 9 || s[end] == ':') {
			end++
		}
		if d.zone, ok = parseZone([]byte(s[:end])); !ok {
			return s, false
		}
		d.hasZone = true
		return s[end:], true
	case strings.IndexByte(" \t,./-()[]", c) >= 0 || c == ':' && d.hasDate():
		return s[1:], true
	}
	end := strings.IndexAny(s, " \t,./-()[]+0123456789")
	if end < 0 {
		end = len(s)
	}
	if strings.HasPrefix(s[end:], "-") && end == 0 {
		return s, false
	}
	if end == 0 {
		return s, false
	}
	word, rest := strings.ToLower(s[:end]), s[end:]
	if (word == "gmt" || word == "utc") && len(rest) > 1 && (rest[0] == '+' || rest[0] == '-') && rest[1]-'0' <= 9 {
		return rest, true // the offset says it
	}
	return rest, d.takeWord(word)
}

func (d *textDate) takeNumber(s string) (rest string, ok bool) {
	end := 0
	for end < len(s) && s[end]-'0' <= 9 {
		end++
	}
	if end <= 2 && end < len(s) && s[end] == ':' {
		return d.takeClock(s)
	}
	if after, ok := d.takeClockOf(s, end); ok {
		return after, true
	}
	if end == 8 && d.n == 0 && d.month == 0 { // 20240131T120000Z
		x, _ := strconv.ParseInt(s[:8], 10, 64)
		d.number, d.digits, d.n = [3]int64{x / 10000, x / 100 % 100, x % 100}, [3]int{4, 2, 2}, 3
		return s[8:], true
	}
	if end == 6 && d.n == 3 && !d.hasClock {
		x, _ := strconv.ParseInt(s[:6], 10, 64)
		d.clock, d.hasClock = x/10000*3600+x/100%100*60+x%100, true
		return s[6:], x/10000 < 24 && x/100%100 < 60 && x%100 <= 60
	}
	if d.n == 3 || end > 4 {
		return s, false
	}
	x, _ := strconv.ParseInt(s[:end], 10, 64)
	d.number[d.n], d.digits[d.n] = x, end
	d.n++
	for _, th := range []string{"st", "nd", "rd", "th"} {
		after, found := strings.CutPrefix(s[end:], th)
		if found && (after == "" || after[0] == ' ' || after[0] == ',') {
			return after, true
		}
	}
	return s[end:], true
}

// hasDate reports whether day, month and year were found.
func (d *textDate) hasDate() bool { return d.n == 3 || d.n == 2 && d.month != 0 }

// takeClockOf takes a time of day without colons that stands behind a date:
// 17h05, 17.05, 17-05-59, 05.13.00.000000 AM.
func (d *textDate) takeClockOf(s string, end int) (rest string, ok bool) {
	if d.hasClock || !d.hasDate() || end > 2 || end == len(s) || strings.IndexByte(".-hH", s[end]) < 0 {
		return s, false
	}
	part, rest := s[:end], s[end+1:]
	for range 2 {
		if len(rest) < 2 || rest[0]-'0' > 9 || rest[1]-'0' > 9 || len(rest) > 2 && rest[2]-'0' <= 9 {
			break
		}
		part, rest = part+":"+rest[:2], rest[2:]
		if len(rest) < 3 || strings.IndexByte(".-m", rest[0]) < 0 || rest[1]-'0' > 9 {
			break
		}
		rest = rest[1:]
	}
	if !strings.Contains(part, ":") {
		return s, false
	}
	if len(rest) > 0 && rest[0]-'0' <= 9 { // of a second
		part += "."
	}
	return d.takeClock(part + rest)
}

// takeClock takes 3:04, 03:04:05, 03:04:05.678 and what follows of AM and PM.
func (d *textDate) takeClock(s string) (rest string, ok bool) {
	if d.hasClock {
		return s, false
	}
	end := strings.IndexFunc(s, func(r rune) bool { return !(r >= '0' && r <= '9' || r == ':') })
	if end < 0 {
		end = len(s)
	}
	var part [3]int64
	pieces := strings.Split(s[:end], ":")
	if len(pieces) > 3 {
		return s, false
	}
	for i, p := range pieces {
		x, err := strconv.ParseInt(p, 10, 64)
		if err != nil || len(p) > 2 || i > 0 && (len(p) != 2 || x > 60) {
			return s, false
		}
		part[i] = x
	}
	if rest = s[end:]; len(rest) > 1 && (rest[0] == '.' || rest[0] == ',') && rest[1]-'0' <= 9 {
		for rest = rest[1:]; rest != "" && rest[0]-'0' <= 9; {
			rest = rest[1:]
		}
	}
	half := strings.ToLower(strings.TrimLeft(rest, " \u202f\u00a0"))
	for i, names := range [][]string{{"am", "a.m."}, {"pm", "p.m."}} {
		for _, name := range names {
			after, found := strings.CutPrefix(half, name)
			if !found || after != "" && after[0] >= 'a' && after[0] <= 'z' {
				continue
			}
			if part[0] < 1 || part[0] > 12 {
				return s, false
			}
			part[0] = part[0]%12 + 12*int64(i)
			rest = rest[len(rest)-len(after):]
		}
	}
	d.clock, d.hasClock = part[0]*3600+part[1]*60+part[2], true
	return rest, part[0] < 24 && part[1] < 60
}

func (d *textDate) takeWord(w string) bool {
	if w == "t" && d.n == 3 {
		return true
	}
	if offset, known := zones[w]; known && d.hasClock && !d.hasZone {
		d.zone, d.hasZone = offset*3600, true
		return true
	}
	if offset, known := zones[w]; known && offset == 0 && d.hasZone { // "GMT+0000 (UTC)"
		return true
	}
	if len(w) >= 3 && d.month == 0 {
		for i, names := range monthNames {
			if slices.ContainsFunc(names, func(m string) bool { return strings.HasPrefix(w, m) }) && len(w) <= 10 {
				d.month = int64(i + 1)
				return true
			}
		}
	}
	return slices.ContainsFunc(weekDays, func(day string) bool { return strings.HasPrefix(w, day) }) ||
		slices.Contains(fillers, w)
}

func (d *textDate) seconds(order string) (sec int64, ok bool) {
	var year, month, day int64
	n := d.number
	long := slices.Index(d.digits[:d.n], 4)
	switch {
	case d.month != 0 && d.n == 2:
		month = d.month
		if long == 0 {
			year, day = n[0], n[1]
		} else {
			day, year = n[0], n[1]
		}
		if long < 0 && d.digits[1] != 2 {
			return 0, false
		}
	case d.month != 0 || d.n != 3 || long == 1:
		return 0, false
	case long == 0:
		year, month, day = n[0], n[1], n[2]
	case d.digits[2] == 1 || d.digits[2] == 3:
		return 0, false
	case order == "ymd":
		if long >= 0 || d.digits[0] != 2 {
			return 0, false
		}
		year, month, day = n[0], n[1], n[2]
	case order == "mdy":
		month, day, year = n[0], n[1], n[2]
	default:
		day, month, year = n[0], n[1], n[2]
	}
	if long < 0 { // as in POSIX
		if year += 1900; year < 1969 {
			year += 100
		}
	}
	sec, ok = dayOf(year, month, day)
	return sec + d.clock - d.zone, ok
}

// clockOnly reads a time of day alone, in seconds.
func clockOnly(s string) (sec int64, ok bool) {
	if !strings.Contains(s, ":") || len(s) > 20 {
		return 0, false
	}
	s = chineseDate.Replace(s)
	var d textDate
	for rest := strings.TrimSpace(s); rest != ""; {
		if rest, ok = d.take(rest); !ok {
			return 0, false
		}
	}
	return d.clock, d.hasClock && d.n == 0 && d.month == 0
}
