package reports

import (
	"encoding/json"
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ringwatch/ringwatch/rating"
)

// shown is the one form in which an identifier, or any other text that came
// with the data, reaches a reader. It maps different identifiers to different
// text.
func shown(id string) string { return escape(id, escapeLike) }

// Shown returns an identifier as every report shows it.
func Shown(id string) string { return shown(id) }

// Words and numbers of pages, for templates.
func Few(q json.Number) string              { return power(few(q.String())) }
func Short(v float64) string                { return power(short(v)) }
func Count(n int) string                    { return count(n) }
func Many(n int, noun string) string        { return many(n, noun) }
func When(first, last string) string        { return when(first, last) }
func ID(id string) template.HTML            { return idHTML(id) }
func Link(pattern, id string) template.HTML { return linked(pattern, id) }

// printable is shown for text that may have been through shown before: an
// escape stays as it is, so it is the same twice as once.
func printable(s string) string { return escape(s, func(string) bool { return false }) }

// Plain returns lines of text, in which any name may stand, as a terminal and
// the log of a build show them and do not obey them: what does not print is
// escaped, and so are the marks of what GitHub and Azure take for commands.
func Plain(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = uncommanded(printable(line))
	}
	return strings.Join(lines, "\n")
}

// uncommanded escapes, in a line, what begins a command to a build's log.
func uncommanded(line string) string {
	if rest := strings.TrimLeft(line, " \t"); strings.HasPrefix(rest, "::") {
		line = line[:len(line)-len(rest)] + `\u{3a}` + rest[1:]
	}
	return strings.NewReplacer("##[", `#\u{23}[`, "##vso[", `#\u{23}vso[`).Replace(line)
}

// escape escapes what does not print, and backslashes before text of which
// also is true.
func escape(s string, also func(string) bool) string {
	plain := true
	for i, r := range s {
		if r == utf8.RuneError || !strconv.IsPrint(r) || r == '\\' && also(s[i:]) {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x{%02x}`, s[i])
		case !strconv.IsPrint(r) || r == '\\' && also(s[i:]):
			fmt.Fprintf(&b, `\u{%x}`, r)
		default:
			b.WriteRune(r)
		}
		i += n
	}
	return b.String()
}

// brief shortens text for people to n characters.
func brief(n int, s string) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	for i := range s {
		if n--; n == 0 {
			return s[:i] + "…"
		}
	}
	return s
}

// escapeLike reports whether s starts as one of our escapes does.
func escapeLike(s string) bool { return strings.HasPrefix(s, `\u{`) || strings.HasPrefix(s, `\x{`) }

// number is the shortest decimal that reads back as v.
func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

func number32(v float32) string {
	if math.IsNaN(float64(v)) {
		return ""
	}
	return strconv.FormatFloat(float64(v), 'g', -1, 32)
}

// chance writes a probability that a float64 may be too coarse for: below
// 1e-300 it is taken from its natural logarithm, as in 1e-1415. It is never 0,
// and 1 where it is not known.
func chance(p, logP float64) string {
	switch {
	case math.IsNaN(p):
		return "1"
	case p >= 1e-300:
		return number(min(p, 1))
	}
	if logP >= 0 || math.IsInf(logP, 0) || math.IsNaN(logP) {
		return number(max(p, 1e-300))
	}
	l := logP / math.Ln10
	e := math.Floor(l)
	m := math.Round(100*math.Pow(10, l-e)) / 100
	if m >= 10 {
		m, e = m/10, e+1
	}
	return fmt.Sprintf("%ge%.0f", m, e)
}

// few writes a chance, or any decimal, in two digits for people.
func few(s string) string {
	m, e, ok := strings.Cut(s, "e-")
	v, err := strconv.ParseFloat(m, 64)
	if err != nil {
		return s
	}
	if !ok {
		if v != 0 && math.Abs(v) < 1e-3 {
			return few(strconv.FormatFloat(v, 'e', -1, 64))
		}
		return strconv.FormatFloat(v, 'g', 2, 64)
	}
	e = strings.TrimLeft(e, "0")
	m = strconv.FormatFloat(v, 'f', 0, 64)
	if n, err := strconv.Atoi(e); err == nil && m == "10" {
		m, e = "1", strconv.Itoa(n-1)
	}
	return m + "e-" + e
}

// short writes a measurement for people: three digits, thousands in groups.
func short(v float64) string {
	a := math.Abs(v)
	switch {
	case math.IsNaN(v):
		return "–"
	case a >= 1e9:
		return strconv.FormatFloat(v, 'g', 3, 64)
	case a >= 100:
		return count(int(math.Round(v)))
	case a == math.Trunc(a):
		return strconv.FormatFloat(v, 'f', -1, 64)
	case a >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	case a >= 0.01:
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
	return few(strconv.FormatFloat(v, 'e', -1, 64))
}

// count writes a whole number with its thousands in groups.
func count(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// many writes a count and its noun.
func many(n int, noun string) string {
	if n != 1 {
		if strings.HasSuffix(noun, "s") {
			noun += "es"
		} else {
			noun += "s"
		}
	}
	return count(n) + " " + noun
}

// stamp writes a time of a table in RFC 3339.
func stamp(t int32) string { return rating.ToTime(t).Format(time.RFC3339) }

// day and minute shorten a time in RFC 3339; they are empty if it is none.
func day(s string) string { return retimed(s, time.DateOnly) }

func minute(s string) string { return retimed(s, "2006-01-02 15:04") }

// second writes a time to the second, or the day where no more is told.
func second(s string) string {
	if len(s) == len(time.DateOnly) {
		return s
	}
	return retimed(s, time.DateTime)
}

func retimed(s, layout string) string {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return ""
	}
	return t.UTC().Format(layout)
}

// when writes a span for people: days, or minutes where it is within one day.
func when(first, last string) string {
	if first == "" {
		return ""
	}
	if len(first) == len(time.DateOnly) && first == last { // no more is told
		return first
	}
	if len(first) == len(time.DateOnly) && len(last) == len(first) {
		first, last = first+"T00:00:00Z", last+"T00:00:00Z"
	}
	a, errA := time.Parse(time.RFC3339, first)
	b, errB := time.Parse(time.RFC3339, last)
	if errA != nil || errB != nil {
		return ""
	}
	from := a.Format(time.DateOnly)
	switch {
	case from == b.Format(time.DateOnly):
		return from + " " + a.Format("15:04") + "–" + b.Format("15:04")
	case a.Year() == b.Year():
		return from + " – " + b.Format("01-02")
	}
	return from + " – " + b.Format(time.DateOnly)
}
