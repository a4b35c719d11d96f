package rating

import (
	"fmt"
	"slices"
	"strings"
)

// layout makes the layout of the roles.
func (a *assignment) layout() (*layout, error) {
	l := &layout{format: a.format, columns: a.width, names: a.names, matrix: a.matrix, wide: a.wide, across: a.across,
		missing: a.none, byRow: a.byRow}
	for f, column := range a.where {
		if column < 0 || f == valueField && a.opt.Scale == coActions {
			continue
		}
		l.place(f, column)
		if f < fields && a.names != nil {
			l.key[f] = a.names[column]
		}
	}
	l.has[raterField], l.has[itemField] = true, true
	if l.matrix {
		l.has[valueField] = a.opt.Scale != coActions
	}
	if err := a.forms(l); err != nil {
		return nil, err
	}
	l.reading = a.reading(l)
	a.warnOfGone()
	l.ignored = append(l.ignored, a.warnings...)
	return l, nil
}

// forms settles how values and times are written.
func (a *assignment) forms(l *layout) error {
	if len(a.rows) == 0 {
		if l.has[timeField] && a.opt.Times != "" {
			l.times, l.unit, _ = toldTimes(a.opt.Times)
		}
		return nil
	}
	if v := a.where[valueField]; v >= 0 && l.has[valueField] {
		l.values = a.look(v).form
		l.within = rangeOf(a.look(v), l.values)
		if l.values != nil && l.values.name == "decimal comma" && thousands(a.look(v).cells) {
			return &question{fmt.Sprintf("%s: the value column %q holds numbers such as %s, in which the comma may "+
				"part thousands; write them without", a.at, a.name(v), shorten(a.look(v).cells[0], 20))}
		}
	}
	if l.matrix && l.has[valueField] {
		var cells []string
		for _, row := range a.rows {
			cells = append(cells, row[l.wide:]...)
		}
		l.values, _ = formOf(cells)
	}
	if i := a.where[itemField]; i >= 0 {
		l.lists = a.listsIn(i)
	}
	t := a.where[timeField]
	if t < 0 {
		return nil
	}
	seen := a.look(t)
	if l.times = seen.times; a.clock {
		if l.times == nil {
			l.times = &timeForm{name: "dates", order: "dmy"}
		}
		form := *l.times
		form.clock = true
		l.times = &form
	}
	if a.opt.Times != "" {
		_, l.unit, _ = toldTimes(a.opt.Times)
	}
	if f := seen.fault; f != nil && seen.filled > 0 {
		switch {
		case f.ambiguous:
			return &question{fmt.Sprintf("%s: the column %q holds dates such as %s, in which %s",
				a.at, clip(a.name(t), 60), shorten(f.example, 40), f.what)}
		case f.what == roundedTimes:
			return &question{fmt.Sprintf("%s: the times in the column %q are rounded numbers, such as %s, "+
				"so that different moments are one; export them in full, or leave them out with --columns time=",
				a.at, clip(a.name(t), 60), shorten(firstFilled(seen.cells), 40))}
		case f.what == "bare years", f.clock:
			return &question{fmt.Sprintf("%s: the column %q holds %s, such as %s, and so no times; "+
				"leave it out with --columns time=, or name another",
				a.at, clip(a.name(t), 60), f.what, shorten(firstFilled(seen.cells), 40))}
		}
	}
	return nil
}

// rangeOf is where the values of a sample lie but for 1 in 100 at each end, unary
// where that is not known: on the scale that their form tells, or among numbers.
func rangeOf(l *looked, form *valueForm) Scale {
	if form != nil && !form.scale.Unary() {
		return form.scale
	}
	var values []float64
	for _, c := range l.cells {
		v, ok := parseValue([]byte(c))
		if form != nil {
			v, ok = form.read([]byte(c))
		}
		if ok && v == v {
			values = append(values, v)
		}
	}
	if len(values) == 0 {
		return Scale{}
	}
	slices.Sort(values)
	n := len(values) / 100
	return Scale{values[n], values[len(values)-1-n]}
}

func firstFilled(cells []string) string {
	for _, c := range cells {
		if !isNothing(c) {
			return c
		}
	}
	return ""
}

// thousands reports whether each comma in numbers is followed by three digits,
// as where it parts thousands.
func thousands(cells []string) bool {
	for _, c := range cells {
		if _, part, comma := strings.Cut(strings.TrimSpace(c), ","); comma && len(part) != 3 {
			return false
		}
	}
	return true
}
