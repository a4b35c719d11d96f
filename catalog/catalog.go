package catalog

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Find returns what the list makes that has the name. The error of a name that
// is not there says of which kind it should be, which name is near and which
// there are.
func Find[T interface{ Name() string }](kind string, list []func() T, name string) (found T, err error) {
	var names []string
	for _, build := range list {
		x := build()
		if x.Name() == name {
			return x, nil
		}
		names = append(names, x.Name())
	}
	hint := ""
	if near := Nearest(name, names); near != "" {
		hint = fmt.Sprintf("; did you mean %q?", near)
	}
	return found, fmt.Errorf("no %s is called %q%s (there are %s)", kind, name, hint, strings.Join(names, ", "))
}

// An Option is an exported field of an attack, a scorer, a detector or a world.
type Option struct {
	Name   string // of the field; OptionName is how users write it
	Value  any    // that it has in what was asked: of a new one, its default
	Doc    string // what it does, and in which unit
	Within string // what it may be, as ParseRange reads it; "" for anything
}

// Options lists the options of what a struct, or a pointer to one, is, in the
// order of its fields. Fields of an embedded struct count as its own.
func Options(of any) []Option {
	v := reflect.Indirect(reflect.ValueOf(of))
	if v.Kind() != reflect.Struct {
		return nil
	}
	var options []Option
	for _, f := range reflect.VisibleFields(v.Type()) {
		if f.IsExported() && !f.Anonymous {
			options = append(options, Option{f.Name, v.FieldByIndex(f.Index).Interface(), f.Tag.Get("doc"),
				f.Tag.Get("within")})
		}
	}
	return options
}

// Check reports the first option that is not within its range.
func Check(name string, of any) error {
	for _, o := range Options(of) {
		r, ranged := ParseRange(o.Within)
		if x, ok := Number(o.Value); ranged && ok && !r.Holds(x) {
			return fmt.Errorf("%s: %s is %v, but it must be %v", name, OptionName(o.Name), o.Value, r)
		}
	}
	return nil
}

// Number returns an option's value as a Range has it: durations in seconds.
func Number(value any) (x float64, ok bool) {
	if d, is := value.(time.Duration); is {
		return d.Seconds(), true
	}
	switch v := reflect.ValueOf(value); {
	case v.IsValid() && v.CanInt():
		return float64(v.Int()), true
	case v.IsValid() && v.CanFloat():
		return v.Float(), true
	}
	return 0, false
}

// A Range is what an option may be, both ends included; an end that there is not
// is infinite.
type Range struct{ Low, High float64 }

// ParseRange reads a Range: 0..1, 1.. or ..5. Of any other text ok is false and
// the Range has no ends.
func ParseRange(within string) (r Range, ok bool) {
	r = Range{math.Inf(-1), math.Inf(1)}
	low, high, ok := strings.Cut(within, "..")
	if x, err := strconv.ParseFloat(low, 64); ok && err == nil {
		r.Low = x
	}
	if x, err := strconv.ParseFloat(high, 64); ok && err == nil {
		r.High = x
	}
	return r, ok
}

// Holds reports whether x is in the range; no range holds NaN.
func (r Range) Holds(x float64) bool { return x >= r.Low && x <= r.High }

// String returns the range in words, to stand behind "must be".
func (r Range) String() string {
	number := func(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
	switch {
	case !math.IsInf(r.Low, 0) && !math.IsInf(r.High, 0):
		return "from " + number(r.Low) + " to " + number(r.High)
	case !math.IsInf(r.Low, 0):
		return number(r.Low) + " or more"
	case !math.IsInf(r.High, 0):
		return number(r.High) + " or less"
	}
	return "a number"
}

// OptionName is how users write the option of an exported field: PerItem is
// per-item, MinFDR is min-fdr, KCore is k-core.
func OptionName(field string) string {
	var b strings.Builder
	r := []rune(field)
	for i, c := range r {
		if i > 0 && unicode.IsUpper(c) && (!unicode.IsUpper(r[i-1]) || i+1 < len(r) && unicode.IsLower(r[i+1])) {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}

// Nearest returns the name that takes the fewest edits from word, or "" where
// that is more than half of the word.
func Nearest(word string, names []string) (near string) {
	least := len(word)/2 + 1
	for _, name := range names {
		if d := distance(strings.ToLower(word), name); d < least {
			least, near = d, name
		}
	}
	return near
}

// distance is the number of bytes to insert, delete or replace to get from a
// to b (Levenshtein 1966).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			edit := diagonal
			if a[i] != b[j] {
				edit++
			}
			diagonal = row[j+1]
			row[j+1] = min(edit, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
