package rating

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/internal/plural"
)

// tooMany is the error of more bad rows than are tolerated; it names the first.
func (r *reader) tooMany() error {
	bad := 0
	first := ""
	for _, b := range r.blocks {
		bad += b.badCount
		if len(b.bad) > 0 && first == "" {
			first = fmt.Sprintf("%s:%d: %s", b.name, b.bad[0].line, b.bad[0].message)
			if b.bad[0].line == r.cutLine[b.name] {
				first += "; this last line has no end: if the file was cut short, fetch it again"
			}
		}
	}
	switch {
	case bad <= r.opt.SkipBad:
		return nil
	case r.opt.SkipBad == 0:
		return errors.New(first)
	}
	return fmt.Errorf("%s (and more than %d bad rows in all)", first, r.opt.SkipBad)
}

// settle decides what only all rows together tell: whether there are times and
// values, in which unit, on which scale; and drops the rows that do not fit.
func (r *reader) settle() (Scale, error) {
	var count [units]int
	n, valued := 0, 0
	for _, b := range r.blocks {
		for u := range count {
			count[u] += b.count[u]
		}
		n += len(b.rater)
		valued += b.valued
		read := len(b.rater) + b.noValue + b.noOne + b.badCount
		r.sum.Rows += read
		r.sum.NoValue += b.noValue
		r.sum.NoOne += b.noOne
		r.sum.Files[b.file].Rows += read
	}
	r.sum.Format = r.first.format
	if err := r.nothing(n); err != nil {
		return Scale{}, err
	}
	if r.sum.NoOne > 0 {
		r.warnNoOne(n)
		r.unsure = true
	}
	if err := r.lateKeys(); err != nil {
		return Scale{}, err
	}
	wrong := wrongUnits(count)
	if err := r.checkTimes(&count, &wrong); err != nil {
		return Scale{}, err
	}
	r.units = count
	if valued == 0 && !math.IsInf(r.lo, 0) {
		return Scale{}, fmt.Errorf("%s: the value column is empty, so there is nothing on the scale %s; "+
			"leave --scale out", r.firstName, r.opt.Scale)
	}
	if valued > 0 {
		aside, err := r.strays(n)
		if err != nil {
			return Scale{}, err
		}
		valued -= aside
	}
	for _, b := range r.blocks {
		if n == count[noTime] {
			b.time = nil
		}
		if valued == 0 {
			b.value = nil
		}
		r.drop(b, &wrong, count)
	}
	r.hasValues = valued > 0
	if r.sum.Bad, r.sum.BadRows = r.badRows(); r.sum.Bad > 0 || r.unsure {
		r.renumber()
	}
	if err := r.tooMany(); err != nil {
		return Scale{}, err
	}
	return r.scale()
}

// nothing says why there is no rating among the rows, of which n hold one.
func (r *reader) nothing(n int) error {
	switch {
	case r.sum.Rows == 0:
		return fmt.Errorf("%s: holds no ratings after its header", r.firstName)
	case n == 0 && r.sum.NoValue > 0:
		return fmt.Errorf("%s: no rating has an opinion, helpfulnessLevel is empty throughout; "+
			"read co-actions with --scale binary", r.firstName)
	case n == 0 && r.sum.NoOne > 0:
		return fmt.Errorf("%s: no row has both a rater and an item; name their columns with --columns",
			r.firstName)
	case n == 0:
		return fmt.Errorf("%s: holds no rating that can be read", r.firstName)
	}
	return nil
}

// renumber forgets the identifiers of which no row is left.
func (r *reader) renumber() {
	old := map[*parser][2]*Names{}
	for _, p := range r.parsers {
		old[p] = [2]*Names{p.raters, p.items}
		p.raters, p.items = newParserNames(), newParserNames()
	}
	for _, b := range r.blocks {
		names := old[b.parser]
		for i := range b.rater {
			b.rater[i] = b.parser.raters.Add(names[0].bytes(b.rater[i]))
			b.item[i] = b.parser.items.Add(names[1].bytes(b.item[i]))
		}
	}
}

// wrongUnits tells which kinds of times are bad beside the others: none, and
// whole numbers in another unit than most.
func wrongUnits(count [units]int) (wrong [units]bool) {
	most := mostUnit(count)
	for u := seconds; u < nearZero; u++ {
		wrong[u] = u != most && count[u] > 0
	}
	wrong[noTime] = count[noTime] > 0
	return wrong
}

// mostUnit is the unit of most whole numbers.
func mostUnit(count [units]int) unit {
	most := seconds
	for u := seconds; u < nearZero; u++ {
		if count[u] > count[most] {
			most = u
		}
	}
	return most
}

// drop removes a block's rows that do not fit with all others.
func (r *reader) drop(b *rows, wrong *[units]bool, count [units]int) {
	clean := b.value == nil || b.valued == len(b.rater)
	if b.time != nil {
		for u, bad := range wrong {
			if !bad || b.count[u] == 0 {
				continue
			}
			clean = false
			for _, line := range b.lines[u] {
				b.bad = append(b.bad, badRow{line, r.wrongTime(unit(u), count)})
			}
		}
	}
	if clean {
		b.unit = nil
		return
	}
	slices.SortStableFunc(b.bad, func(x, y badRow) int { return cmp.Compare(x.line, y.line) })
	b.bad = slices.CompactFunc(b.bad, func(x, y badRow) bool { return x.line == y.line })
	b.bad = b.bad[:min(len(b.bad), keptMessages)]
	b.min, b.max = math.Inf(1), math.Inf(-1)
	b.keep(func(k int) bool {
		switch {
		case b.time != nil && wrong[b.unit[k]]:
			b.badCount++
			return false
		case b.value != nil && b.value[k] != b.value[k]:
			r.sum.NoValue++
			r.unsure = true
			return false
		case b.value != nil:
			b.min, b.max = min(b.min, b.value[k]), max(b.max, b.value[k])
		}
		return true
	})
}

// keep drops the other rows, and remembers where they stood.
func (b *rows) keep(keep func(k int) bool) {
	to, past := 0, 0 // past: rows that were not kept before
	before := b.skipped
	for k := range b.rater {
		for past < len(before) && int(before[past]) == k+past {
			past++
		}
		if !keep(k) {
			b.skipped = append(b.skipped, int32(k+past))
			continue
		}
		b.move(to, k)
		to++
	}
	slices.Sort(b.skipped)
	b.cut(to)
}

func (b *rows) cut(n int) {
	b.rater, b.item, b.unit = b.rater[:n], b.item[:n], nil
	if b.value != nil {
		b.value = b.value[:n]
	}
	if b.time != nil {
		b.time = b.time[:n]
	}
	if b.tags != nil {
		b.tags = b.tags[:n]
	}
}

func (r *reader) wrongTime(u unit, count [units]int) string {
	if u == noTime {
		return "no time, though other rows have one; give every row a time, or read none with --columns time="
	}
	most := mostUnit(count)
	if u == nearZero {
		return "the time is 0 or near it, as where it stands for none, though other rows have one; " +
			"give every row a time, or read none with --columns time="
	}
	return fmt.Sprintf("the time looks like %s where others are %s, or lies outside of 1931..2068; "+
		"write all times alike", u, most)
}

func (r *reader) badRows() (n int, messages []string) {
	for _, b := range r.blocks {
		n += b.badCount
		for _, bad := range b.bad {
			if len(messages) < keptMessages {
				messages = append(messages, fmt.Sprintf("%s:%d: %s", b.name, bad.line, bad.message))
			}
		}
	}
	return n, messages
}

// scale returns the scale as told, or as the format or the data have it.
func (r *reader) scale() (Scale, error) {
	lo, hi, n := math.Inf(1), math.Inf(-1), 0
	values := false
	for _, b := range r.blocks {
		lo, hi = min(lo, b.min), max(hi, b.max)
		n += len(b.rater)
		values = values || b.value != nil
	}
	unary := Scale{1, 1}
	switch {
	case n == 0:
		return Scale{}, fmt.Errorf("%s: holds no rating that can be read", r.firstName)
	case n > math.MaxInt32:
		return Scale{}, fmt.Errorf("%d ratings are more than the %d that fit; read fewer files at once",
			n, math.MaxInt32)
	case !values:
		return unary, nil
	case !math.IsInf(r.lo, 0):
		return Scale{r.lo, r.hi}, nil
	case r.first.notes:
		return Scale{0, 1}, nil
	case r.first.values != nil && lo < hi && !r.first.values.scale.Unary() && lo >= r.first.values.scale.Min &&
		hi <= r.first.values.scale.Max:
		return r.first.values.scale, nil
	case lo == hi:
		if lo != 1 {
			r.sum.Warnings = append(r.sum.Warnings,
				fmt.Sprintf("every value is %g, so the ratings are read as co-actions; "+
					"give --scale if they are opinions", lo))
		}
		return unary, nil
	case math.IsInf(hi-lo, 0):
		return Scale{}, fmt.Errorf("%s: values from %g to %g are too far apart for a scale", r.firstName, lo, hi)
	}
	return Scale{lo, hi}, nil
}

func (r *reader) warn() {
	s := r.sum
	add := func(format string, args ...any) { s.Warnings = append(s.Warnings, fmt.Sprintf(format, args...)) }
	r.warnPassed()
	r.warnMissing()
	if n := s.NoValue - r.stray; n > 0 {
		add("%s without an opinion set aside", plural.Of(n, "row"))
	}
	r.repeats.tell(s)
	if s.Bad > 0 {
		add("%s could not be read and passed over", plural.Of(s.Bad, "bad row"))
	}
	for _, f := range s.Files {
		if f.Rows == 0 {
			add("%s holds no ratings after its header", f.Path)
		}
	}
}
