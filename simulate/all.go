package simulate

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// All makes every attack with its default options, in order of names.
var All = []func() Attack{
	func() Attack { return NewAverage() },
	func() Attack { return NewAverageOverPopular() },
	func() Attack { return NewBandwagon() },
	func() Attack { return NewBomb() },
	func() Attack { return NewBridge() },
	func() Attack { return NewBurst() },
	func() Attack { return NewCamouflage() },
	func() Attack { return NewConsensus() },
	func() Attack { return NewDissent() },
	func() Attack { return NewDrip() },
	func() Attack { return NewFarm() },
	func() Attack { return NewFarming() },
	func() Attack { return NewFlock() },
	func() Attack { return NewFlood() },
	func() Attack { return NewFrame() },
	func() Attack { return NewHijack() },
	func() Attack { return NewImport() },
	func() Attack { return NewJitter() },
	func() Attack { return NewLoveHate() },
	func() Attack { return NewMimic() },
	func() Attack { return NewNoiseInjection() },
	func() Attack { return NewObfuscated() },
	func() Attack { return NewPartial() },
	func() Attack { return NewPopular() },
	func() Attack { return NewPowerItem() },
	func() Attack { return NewPowerUser() },
	func() Attack { return NewProbe() },
	func() Attack { return NewQuorum() },
	func() Attack { return NewRandom() },
	func() Attack { return NewReverseBandwagon() },
	func() Attack { return NewRotate() },
	func() Attack { return NewSegment() },
	func() Attack { return NewShadow() },
	func() Attack { return NewSleeper() },
	func() Attack { return NewSuppression() },
	func() Attack { return NewSwarm() },
	func() Attack { return NewTagSuppression() },
	func() Attack { return NewTargetShift() },
	func() Attack { return NewTrade() },
	func() Attack { return NewUserShift() },
	func() Attack { return NewWriter() },
}

// New returns the attack of a name with its default options.
func New(name string) (Attack, error) {
	var names []string
	for _, make := range All {
		a := make()
		if a.Name() == name {
			return a, nil
		}
		names = append(names, a.Name())
	}
	hint := ""
	if near := nearest(name, names); near != "" {
		hint = fmt.Sprintf("; did you mean %q?", near)
	}
	return nil, fmt.Errorf("no attack is called %q%s (there are %s)", name, hint, strings.Join(names, ", "))
}

// An Option is an exported field of an attack or of the organic world. Fields
// of an embedded struct count as its own.
type Option struct {
	Name    string `json:"name"`
	Default any    `json:"default"` // the value it has in what was asked
	Doc     string `json:"doc"`
	Within  string `json:"within,omitempty"` // what it may be, as 0..1, or 0.. without an upper end
}

// Options lists the options of an attack, or of Organic, with the values they
// have, in the order of its fields.
func Options(of any) []Option {
	v := reflect.Indirect(reflect.ValueOf(of))
	if v.Kind() != reflect.Struct {
		return nil
	}
	var options []Option
	for _, f := range reflect.VisibleFields(v.Type()) {
		if f.IsExported() && !f.Anonymous {
			options = append(options, Option{f.Name, v.FieldByIndex(f.Index).Interface(), f.Tag.Get("doc"), f.Tag.Get("within")})
		}
	}
	return options
}

// check reports the first option that is not within its range.
func check(name string, of any) error {
	for _, o := range Options(of) {
		if o.Within == "" {
			continue
		}
		low, high, _ := strings.Cut(o.Within, "..")
		x := number(o.Default)
		if least, err := strconv.ParseFloat(low, 64); err == nil && !(x >= least) {
			return fmt.Errorf("%s: %s is %v, but it must be %s at least", name, optionName(o.Name), o.Default, low)
		}
		if most, err := strconv.ParseFloat(high, 64); err == nil && !(x <= most) {
			return fmt.Errorf("%s: %s is %v, but it must be %s at most", name, optionName(o.Name), o.Default, high)
		}
	}
	return nil
}

// number returns an option's value, durations in seconds.
func number(v any) float64 {
	switch x := v.(type) {
	case int:
		return float64(x)
	case float64:
		return x
	case time.Duration:
		return x.Seconds()
	}
	return 0
}

// optionName is a field's name as users write it: MinHistory is min-history.
func optionName(field string) string {
	var b strings.Builder
	for i, c := range field {
		if c >= 'A' && c <= 'Z' {
			if i > 0 {
				b.WriteByte('-')
			}
			c += 'a' - 'A'
		}
		b.WriteRune(c)
	}
	return b.String()
}

// nearest returns the name that takes the fewest edits from word, or "" where
// that is more than half of the word.
func nearest(word string, names []string) (near string) {
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
