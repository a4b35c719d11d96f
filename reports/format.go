package reports

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/reports/internal/page"
)

// Shown returns an identifier, or any other text that came with the data, in the one
// form in which every report shows it. Different identifiers are shown differently.
func Shown(id string) string { return page.Shown(id) }

// Many returns a count and its noun, as in "1 rater" and "2,000 raters".
func Many(n int, noun string) string { return page.Many(n, noun) }

// Plain returns lines of text, in which any name may stand, as a terminal and
// the log of a build show them and do not obey them: what does not print is
// escaped, and so are the marks of what GitHub and Azure take for commands.
func Plain(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = uncommanded(page.Printable(line))
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

// stamp writes a time of a table in RFC 3339.
func stamp(t int32) string { return rating.ToTime(t).Format(time.RFC3339) }
