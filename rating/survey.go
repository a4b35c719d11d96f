package rating

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ringwatch/ringwatch/internal/textfile"
)

// A look is what the survey saw of a stream.
type look struct {
	kind *layout    // nil if it holds no ratings
	side int        // its place in sideTables, -1 if it is none of them
	none *noRatings // why it holds no ratings
	pass bool       // it is not read
}

// errSeen ends looking at a stream: its kind is known.
var errSeen = errors.New("seen")

// survey looks at the beginning of all streams where there may be several, to
// know which are ratings, which lie beside them and which are something else,
// before any is read. What is wrong with one is for its reader to say. Pipes
// are not looked at: they can be read but once.
func (r *reader) survey(inputs []*input) error {
	r.seen = map[string]*look{}
	single := len(inputs) == 1
	for _, in := range inputs {
		if in.once != nil {
			if err := r.openPipe(in); err != nil {
				return err
			}
			if !in.once.several() {
				continue
			}
		}
		plain := errors.New("plain")
		err := r.visit(in, func(s *stream) error {
			if single && !s.member && !r.opt.Notes {
				return plain
			}
			return r.look(in, s)
		})
		if err := r.ctx.Err(); err != nil {
			return err
		}
		var much tooMuch
		if errors.As(err, &much) {
			return err
		}
	}
	r.unpacked, r.done, r.why = 0, 0, nil
	if r.opt.Notes && len(r.beside) > 0 && !r.anyRatings(inputs) {
		return fmt.Errorf("%s: holds Community Notes data, but no ratings; give the ratings-*.tsv files too",
			inputs[0].path)
	}
	r.passUnary(inputs)
	return nil
}

// look looks at one stream.
func (r *reader) look(in *input, s *stream) error {
	l := &look{side: -1}
	r.looking = l
	defer func() { r.looking = nil }()
	_, err := r.content(s)
	var none *noRatings
	var much tooMuch
	switch {
	case errors.As(err, &none):
		l.none = none
	case errors.As(err, &much), r.ctx.Err() != nil:
		return err
	}
	r.seen[s.name] = l
	if l.side >= 0 {
		l.pass = true
		r.beside = append(r.beside, sideStream{in, s.name, l.side})
	}
	return nil
}

func (r *reader) anyRatings(inputs []*input) bool {
	for _, l := range r.seen {
		if l.side < 0 && l.none == nil {
			return true
		}
	}
	return slices.ContainsFunc(inputs, func(in *input) bool { return in.once != nil })
}

// passUnary passes over, in folders and archives, acts without values where
// others hold values: the tags beside the ratings.
func (r *reader) passUnary(inputs []*input) {
	valued := func(l *layout) bool { return l != nil && l.has[valueField] }
	some := false
	for _, l := range r.seen {
		some = some || valued(l.kind)
	}
	if !some {
		return
	}
	for name, l := range r.seen {
		named := slices.ContainsFunc(inputs,
			func(in *input) bool { return !in.inFolder && (name == in.path || name == in.path+"/"+in.inside) })
		l.pass = l.pass || l.kind != nil && !valued(l.kind) && !named
	}
}

// passedOver reports whether a stream is not to be read.
func (r *reader) passedOver(in *input, s *stream) (bool, error) {
	l := r.seen[s.name]
	switch {
	case l == nil:
		return false, nil
	case l.side >= 0:
		return true, nil
	case l.pass:
		r.unary = append(r.unary, s.name)
		r.sum.Ignored = append(r.sum.Ignored, s.name)
		return true, nil
	case l.none != nil && (in.inFolder || s.member):
		r.ignore(s.name, l.none)
		return true, nil
	}
	return false, nil
}

// ignore notes a stream that holds no ratings.
func (r *reader) ignore(name string, none *noRatings) {
	r.noted(none)
	if !slices.Contains(r.sum.Ignored, name) {
		r.sum.Ignored = append(r.sum.Ignored, name)
	}
}

func (r *reader) noted(none *noRatings) {
	if r.why == nil {
		r.why = none
	}
}

// close ends what pipes left behind.
func (r *reader) close() {
	for _, s := range r.spools {
		s.close()
	}
}

// warnPassed tells what was not read.
func (r *reader) warnPassed() {
	add := func(format string, names []string) {
		if len(names) > 0 {
			r.sum.Warnings = append(r.sum.Warnings, fmt.Sprintf(format, shorten(strings.Join(names, ", "), 300)))
		}
	}
	without := slices.DeleteFunc(slices.Clone(r.sum.Ignored),
		func(name string) bool { return slices.Contains(r.unary, name) })
	add("passed over, as they hold no ratings: %s", without)
	add("passed over, as they hold acts without values beside ratings with values: %s", r.unary)
	slices.Sort(r.latin)
	add("not in UTF-8, and read as Windows-1252: %s", slices.Compact(r.latin))
	add(textfile.CutShort("%s"), r.noEnd)
	add("passed over, as they are no files but pipes, sockets, devices or links to nothing: %s", r.noFiles)
	add("files not looked at, as their names end like none that are read: %s", r.otherFiles)
	add("folders not read, as only those named column=value are unless they are given: %s", r.sum.Folders)
}
