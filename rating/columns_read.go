package rating

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
)

const columnFormat = "column file"

// columnFile reads a column file: mapped if it lies on disk as it is, else in
// memory. If it is all there is to read, and is as Read makes Tables, its
// Table is the result.
func (r *reader) columnFile(s *stream) (format string, err error) {
	var c *ColumnFile
	name, packing := s.name, s.packing
	f, _ := s.raw.regular()
	if f == nil || packing != "" {
		kept, err := r.spool(s.content)
		if err != nil {
			return "", r.stopped(name, packing, 1, err)
		}
		defer kept.close()
		f = kept.file
		if f == nil {
			data := make([]byte, kept.size)
			if _, err := kept.ReadAt(data, 0); err != nil && err != io.EOF {
				return "", r.stopped(name, packing, 1, err)
			}
			if c, err = parseColumns(name, data); err != nil {
				return "", err
			}
		}
	}
	if c == nil {
		if c, err = mapColumns(name, f); err != nil {
			return "", err
		}
		if r.opt.Mapped != nil {
			r.opt.Mapped(c)
		}
	}
	keep := false
	defer func() {
		if !keep {
			err = errors.Join(err, c.Close())
		}
	}()
	l, err := r.columnLayout(name, c.Table)
	if err != nil {
		return "", err
	}
	if err := r.alike(name, l); err != nil {
		return "", err
	}
	canonical, err := c.verify(r.ctx)
	if err != nil {
		return "", err
	}
	format = l.format
	if packing != "" {
		format += ", " + packing
	}
	if r.only && !s.member && canonical && c.Table.Len() > 0 && r.asStored(l, c.Table) {
		if r.whole, keep = c.Table, true; !l.tags {
			r.whole.Tags = nil
		}
		r.whole.file = c
		return format, nil
	}
	return format, r.refeed(name, l, c.Table)
}

func (r *reader) columnLayout(name string, t *Table) (*layout, error) {
	columns := []string{"rater", "item"}
	if !t.Scale.Unary() {
		columns = append(columns, "value")
	}
	if t.HasTimes() {
		columns = append(columns, "time")
	}
	for _, field := range fieldNames {
		if told := r.opt.Columns[field]; told != "" && told != "-" && told != field {
			return nil, fmt.Errorf("%s: is a column file, which knows its columns; "+
				"--columns can only leave out the value or the time", name)
		}
	}
	l, err := namedLayout(name, columnFormat, columns, nil, r.opt)
	if err == nil {
		l.tags = r.opt.Notes && t.Tags != nil
	}
	return l, err
}

// asStored reports whether all that the file holds is asked for as it stands.
func (r *reader) asStored(l *layout, t *Table) bool {
	return l.has[valueField] == !t.Scale.Unary() && l.has[timeField] == t.HasTimes() &&
		len(r.opt.Missing) == 0 && (math.IsInf(r.lo, 0) || t.Scale == Scale{r.lo, r.hi})
}

// refeed hands on the rows of a Table as if they had been parsed.
func (r *reader) refeed(name string, l *layout, t *Table) error {
	const size = 1 << 16
	p := r.newParser()
	r.parsers = append(r.parsers, p)
	raters, items := newNumbering(t.Raters, p.raters), newNumbering(t.Items, p.items)
	for from := 0; from == 0 || from < t.Len(); from += size {
		to := min(from+size, t.Len())
		p.begin(r.seq, len(r.sum.Files), name, l, to-from)
		for k := from; k < to; k++ {
			value, time, u := math.NaN(), int32(0), noTime
			if l.has[valueField] {
				if value = t.Scale.Of(t.Value[k]); slices.Contains(p.missing, value) {
					value = math.NaN()
				} else if !p.onScale(k+1, value) {
					continue
				}
			}
			if l.has[timeField] {
				time, u = t.Time[k], dated
			}
			if l.tags {
				p.tags = t.Tags[k]
			}
			rater, item := raters.of(t.Rater[k]), items.of(t.Item[k])
			if p.named(k+1, rater, item) {
				p.add(k+1, rater, item, value, time, u)
			}
		}
		if l.has[valueField] && p.rows.valued > 0 { // the file knows more of its scale than its values
			p.rows.min, p.rows.max = t.Scale.Min, t.Scale.Max
		}
		r.keep(p.rows)
		r.seq++
		if r.bad.Load() > int64(r.opt.SkipBad) {
			return errStop
		}
		if err := r.ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// A numbering gives those identifiers of one Names that are asked for their
// numbers in another.
type numbering struct {
	from, to *Names
	number   []int32 // plus 2; 0 where not asked for yet
}

func newNumbering(from, to *Names) *numbering {
	return &numbering{from: from, to: to, number: make([]int32, from.Len())}
}

// of returns the number of identifier k, -1 if it is empty.
func (n *numbering) of(k int32) int32 {
	if n.number[k] == 0 {
		if name := n.from.bytes(k); len(name) == 0 {
			n.number[k] = 1
		} else {
			n.number[k] = n.to.Add(name) + 2
		}
	}
	return n.number[k] - 2
}
