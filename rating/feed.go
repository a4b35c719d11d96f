package rating

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/ringwatch/ringwatch/internal/workers"
)

// A job is a block to parse.
type job struct {
	seq, file int
	name      string
	layout    *layout
	block     []byte
	line      int // of its first line
	lines     int // at most
}

var errStop = errors.New("too many bad rows")

// readAll cuts the inputs in blocks and has them parsed. The first bad row is
// the same in every run: blocks are parsed in order of their numbers, so all
// that stand before a bad row were taken up before it stopped the reading.
func (r *reader) readAll(inputs []*input) error {
	r.only = len(inputs) == 1
	parsers := min(runtime.GOMAXPROCS(0), 8)
	r.work, r.free = make(chan job, parsers), make(chan []byte, 2*parsers+2)
	var crew workers.Crew
	for range parsers {
		p := r.newParser()
		r.parsers = append(r.parsers, p)
		crew.Go(func() {
			defer r.drain() // after a panic, so that who cuts the blocks does not wait for ever
			r.parse(p)
		})
	}
	r.quotes = r.newParser()
	r.parsers = append(r.parsers, r.quotes)
	var err error
	for _, in := range inputs {
		if err = r.file(in); err != nil {
			break
		}
	}
	close(r.work)
	crew.Wait()
	slices.SortFunc(r.blocks, func(a, b *rows) int { return cmp.Compare(a.seq, b.seq) })
	if tooMany := r.tooMany(); tooMany != nil && r.ctx.Err() == nil {
		return tooMany
	}
	if err != nil {
		return err
	}
	r.report("reading", int(r.done>>10), int(r.done>>10))
	if len(r.sum.Files) == 0 {
		return fmt.Errorf("%s: no file in this folder holds ratings (looked at %s); %w",
			filepath.Dir(inputs[0].path), shorten(strings.Join(r.sum.Ignored, ", "), 200), r.why)
	}
	return nil
}

// drain throws away the blocks that nobody parses.
func (r *reader) drain() {
	for range r.work {
	}
}

func (r *reader) parse(p *parser) {
	for j := range r.work {
		p.begin(j.seq, j.file, j.name, j.layout, j.lines)
		if j.layout.comma == 0 {
			p.jsonLines(j.block, j.line)
		} else {
			p.lines(j.block, j.line)
		}
		r.keep(p.rows)
		select {
		case r.free <- j.block[:cap(j.block)]:
		default:
		}
	}
}

func (r *reader) keep(block *rows) {
	if err := block.shelve(&r.shelf); err != nil {
		r.stop(err)
	}
	r.bad.Add(int64(block.badCount))
	r.mu.Lock()
	r.blocks = append(r.blocks, block)
	r.mu.Unlock()
}

// file reads one input.
func (r *reader) file(in *input) error {
	f := File{Path: in.path}
	if in.inside != "" {
		f.Path += "/" + in.inside
	}
	found := false
	err := r.visit(in, func(s *stream) error {
		if pass, err := r.passedOver(in, s); pass {
			return err
		}
		format, err := r.content(s)
		if err == nil {
			found, r.names = true, append(r.names, s.name)
			f.Format = cmp.Or(f.Format, format)
		}
		return err
	})
	var none *noRatings
	switch {
	case in.inFolder && errors.As(err, &none):
		r.ignore(in.path, none)
		return nil
	case err != nil:
		return err
	case !found && in.inFolder:
		return nil
	case !found && r.why != nil:
		return fmt.Errorf("%s: nothing in it holds ratings: %w", in.name(), r.why)
	case !found:
		return fmt.Errorf("%s: no file is in this archive", in.name())
	}
	f.Bytes = in.bytes
	r.sum.Files = append(r.sum.Files, f)
	return nil
}

func (r *reader) tick(n int) error {
	r.done += int64(n)
	if r.done-r.reported >= blockSize {
		r.reported = r.done
		r.report("reading", int(r.done>>10), int(r.total>>10))
	}
	return r.ctx.Err()
}

func (r *reader) report(stage string, done, total int) {
	if r.opt.Progress != nil {
		r.opt.Progress(stage, done, total)
	}
}

// content reads what one stream holds.
func (r *reader) content(s *stream) (format string, err error) {
	for _, told := range r.opt.Columns {
		if told == fileName {
			base := path.Base(filepath.ToSlash(s.name))
			if dot := strings.IndexByte(base, '.'); dot > 0 {
				base = base[:dot]
			}
			s.parts = append(slices.Clip(s.parts), part{fileName, base})
			break
		}
	}
	head, _ := s.content.Peek(len(columnMagic)) // an error comes again
	switch {
	case string(head) == columnMagic:
		return r.columnFile(s)
	case strings.HasPrefix(string(head), parquetMagic):
		return r.parquet(s)
	}
	return r.text(s.name, s.packing, withParts(s))
}

// text reads lines.
func (r *reader) text(name, packing string, text io.Reader) (format string, err error) {
	tail := &tail{from: macLines(text)}
	b := &blockReader{r: tail, line: 1}
	block, line, err := b.next(r.buffer())
	if err != nil && err != io.EOF {
		return "", r.stopped(name, packing, line, err)
	}
	if r.sideTable(block) {
		return "", nil
	}
	like := r.first
	if r.looking != nil {
		like = r.kindSeen
	}
	l, skip, err := recognise(name, block, r.opt, like)
	if err != nil {
		return "", err
	}
	if err := r.alike(name, l); err != nil {
		return "", err
	}
	format = l.format
	if packing != "" {
		format += ", " + packing
	}
	line += bytes.Count(block[:skip], []byte{'\n'})
	err = r.cut(name, packing, l, b, block[skip:], line, err)
	if tail.ended && tail.last != '\n' {
		r.cutLine[name] = tail.lines + 1
	}
	if err != nil {
		return "", err
	}
	if l.comma != 0 && tail.last != '\n' {
		r.noEnd = append(r.noEnd, name)
	}
	return format, nil
}

// cut has text parsed, from a first block on.
func (r *reader) cut(name, packing string, l *layout, b *blockReader, block []byte, line int, err error) error {
	for ; err == nil; block, line, err = b.next(r.buffer()) {
		if r.bad.Load() > int64(r.opt.SkipBad) {
			return errStop
		}
		if err := r.ctx.Err(); err != nil {
			return err
		}
		if l.comma != 0 && l.rewrite == asIs && bytes.IndexByte(block, '"') >= 0 {
			err = r.quoted(name, l, io.MultiReader(bytes.NewReader(block), b), line)
			if err == nil {
				err = io.EOF
			}
			break
		}
		lines := b.line - line + 1
		r.work <- job{r.seq, len(r.sum.Files), name, l, block, line, lines}
		r.seq++
	}
	if err != io.EOF {
		return r.stopped(name, packing, b.line, err)
	}
	return nil
}

// tail knows the last byte that was read, and how many lines ended.
type tail struct {
	from  io.Reader
	last  byte
	lines int
	ended bool
}

func (t *tail) Read(p []byte) (int, error) {
	n, err := t.from.Read(p)
	if n > 0 {
		t.last = p[n-1]
		t.lines += bytes.Count(p[:n], []byte{'\n'})
	}
	t.ended = t.ended || err == io.EOF
	return n, err
}

func (r *reader) buffer() []byte {
	select {
	case b := <-r.free:
		return b
	default:
		return make([]byte, blockSize)
	}
}

// stopped says at which line reading stopped and why.
func (r *reader) stopped(name, packing string, line int, err error) error {
	if err == errStop || r.ctx.Err() != nil {
		return err
	}
	packing = packing[strings.LastIndexByte(packing, ' ')+1:]
	return fmt.Errorf("%s:%d: %w", name, line, damaged(err, packing))
}

// quoted reads the rest of a file in which a quote was seen.
func (r *reader) quoted(name string, l *layout, text io.Reader, line int) error {
	const size = 1 << 15
	p := r.quotes
	p.begin(r.seq, len(r.sum.Files), name, l, 0)
	return p.quoted(text, line, size, func() error {
		r.keep(p.rows)
		r.seq++
		p.begin(r.seq, len(r.sum.Files), name, l, size)
		if r.bad.Load() > int64(r.opt.SkipBad) {
			return errStop
		}
		return r.ctx.Err()
	})
}

// alike checks that all inputs are of one kind.
func (r *reader) alike(name string, l *layout) error {
	if r.looking != nil {
		if r.looking.kind = l; r.kindSeen == nil {
			r.kindSeen = l
		}
		return errSeen
	}
	if r.first == nil {
		r.first, r.firstName = l, name
		if !l.has[valueField] && !math.IsInf(r.lo, 0) {
			return fmt.Errorf("%s: there is no value column for the scale %s; name it with --columns value=, "+
				"or leave --scale out", name, r.opt.Scale)
		}
		if l.notes && !math.IsInf(r.lo, 0) && (r.lo != 0 || r.hi != 1) {
			return fmt.Errorf("%s: Community Notes ratings are 0..1; leave --scale out", name)
		}
	} else if a, b := kind(r.first), kind(l); a != b {
		mend := "; name one of the two"
		if !r.first.notes && !l.notes {
			mend += ", or leave out a column with --columns value= or time="
		}
		return fmt.Errorf("%s: holds %s, but %s %s%s", name, b, r.firstName, a, mend)
	}
	if err := r.oneScale(name, l); err != nil {
		return err
	}
	for _, w := range l.ignored {
		if w = name + ": " + w; !slices.Contains(r.sum.Warnings, w) && len(r.sum.Warnings) < mostWarnings {
			r.sum.Warnings = append(r.sum.Warnings, w)
		}
	}
	return nil
}

// oneScale refuses a file whose values are written in another way than those of the
// first, so that the same number would be another opinion, and warns of one whose
// numbers reach much further.
func (r *reader) oneScale(name string, l *layout) error {
	a, b := r.first.within, l.within
	if l == r.first || a.Unary() || b.Unary() || a.Max == b.Max || isCount(l.reading.Value) || !math.IsInf(r.lo, 0) {
		return nil
	}
	as := func(v *valueForm) string {
		if v == nil {
			return "numbers"
		}
		return shorten(v.String(), 60)
	}
	first, then := r.first.values, l.values
	tells := func(v *valueForm) bool { return v != nil && !v.scale.Unary() }
	if tells(first) && (tells(then) || b.Max > a.Max || a.Max == 100 && b.Max <= 10) ||
		tells(then) && (a.Max > b.Max || b.Max == 100 && a.Max <= 10) {
		return fmt.Errorf("%s: values are written as %s (%g..%g), but in %s as %s (%g..%g); write them alike, "+
			"or read the files apart", name, as(then), b.Min, b.Max, r.firstName, as(first), a.Min, a.Max)
	}
	low, high := min(a.Max, b.Max), max(a.Max, b.Max)
	if low >= 1 && high >= 2*low && len(r.sum.Warnings) < mostWarnings {
		r.sum.Warnings = append(r.sum.Warnings,
			fmt.Sprintf("%s: the first values are within %g..%g, but in %s within %g..%g; are they on one scale?",
				name, b.Min, b.Max, r.firstName, a.Min, a.Max))
	}
	return nil
}

// mostWarnings bounds what is said of single files.
const mostWarnings = 20

// kind is what a layout reads.
func kind(l *layout) string {
	switch {
	case l.notes:
		return "Community Notes ratings"
	case l.has[valueField] && l.has[timeField]:
		return "ratings with values and times"
	case l.has[valueField]:
		return "ratings with values, without times"
	case l.has[timeField]:
		return "co-actions with times"
	}
	return "co-actions without times"
}
