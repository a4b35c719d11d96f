package page

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/ringwatch/ringwatch/internal/plural"
)

// Few writes a chance, or any decimal, in two digits for people.
func Few(s string) string {
	m, e, ok := strings.Cut(s, "e-")
	v, err := strconv.ParseFloat(m, 64)
	if err != nil {
		return s
	}
	if !ok {
		if v != 0 && math.Abs(v) < 1e-3 {
			return Few(strconv.FormatFloat(v, 'e', -1, 64))
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

// Short writes a measurement for people: three digits, thousands in groups.
func Short(v float64) string {
	a := math.Abs(v)
	switch {
	case math.IsNaN(v):
		return "–"
	case a >= 1e9:
		return strconv.FormatFloat(v, 'g', 3, 64)
	case a >= 100:
		return Count(int(math.Round(v)))
	case a == math.Trunc(a):
		return strconv.FormatFloat(v, 'f', -1, 64)
	case a >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	case a >= 0.01:
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
	return Few(strconv.FormatFloat(v, 'e', -1, 64))
}

// Count writes a whole number with its thousands in groups.
func Count(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Many writes a count and its noun.
func Many(n int, noun string) string { return Count(n) + " " + plural.Noun(n, noun) }

// Is is the verb of so many.
func Is(n int) string { return plural.Is(n) }

// Power writes 3e-7 as 3×10⁻⁷, wherever it stands in a text.
func Power(s string) string {
	return exponent.ReplaceAllStringFunc(s, func(x string) string {
		digit, e, _ := strings.Cut(x, "e")
		return digit + "×10" + superscript.Replace(e)
	})
}

var (
	exponent    = regexp.MustCompile(`\de[-+]\d+\b`)
	superscript = strings.NewReplacer("+", "", "-", "⁻", "0", "⁰", "1", "¹", "2", "²", "3", "³", "4",
		"⁴", "5", "⁵", "6", "⁶", "7", "⁷", "8", "⁸", "9", "⁹")
)
