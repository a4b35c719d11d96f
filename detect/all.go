package detect

import (
	"fmt"
	"reflect"
	"strings"
)

// All makes every detector with its default options, in the order they run.
var All = []func() Detector{
	func() Detector { return NewGroup() },
	func() Detector { return NewSynchrony() },
	func() Detector { return NewAgreement() },
	func() Detector { return NewEmbed() },
	func() Detector { return NewDense() },
	func() Detector { return NewLockstep() },
	func() Detector { return NewNewcomers() },
	func() Detector { return NewAuthors() },
	func() Detector { return NewPostSelection() },
	func() Detector { return NewQuasiClique() },
}

// Usual makes the detectors that run where none are named.
func Usual() []Detector {
	return those(func(d Doc) bool { return !d.Official && !d.OnRequest })
}

// Judged makes the detectors whose groups are judged, those that run on request
// included.
func Judged() []Detector { return those(func(d Doc) bool { return !d.Official }) }

func those(keep func(d Doc) bool) (all []Detector) {
	for _, build := range All {
		if d := build(); keep(d.Doc()) {
			all = append(all, d)
		}
	}
	return all
}

// New returns the detector of a name with its default options.
func New(name string) (Detector, error) {
	var names []string
	for _, build := range All {
		s := build()
		if s.Name() == name {
			return s, nil
		}
		names = append(names, s.Name())
	}
	hint := ""
	if near := nearest(name, names); near != "" {
		hint = fmt.Sprintf("; did you mean %q?", near)
	}
	return nil, fmt.Errorf("no detector is called %q%s (there are %s)", name, hint, strings.Join(names, ", "))
}

// An Option is an exported field of a detector.
type Option struct {
	Name    string `json:"name"`
	Default any    `json:"default"` // the value it has in the detector asked
	Doc     string `json:"doc"`
}

// Options lists the options of a detector with the values they have, in the
// order of its fields.
func Options(s Detector) []Option {
	v := reflect.Indirect(reflect.ValueOf(s))
	if v.Kind() != reflect.Struct {
		return nil
	}
	var options []Option
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.IsExported() {
			options = append(options, Option{f.Name, v.Field(i).Interface(), f.Tag.Get("doc")})
		}
	}
	return options
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
