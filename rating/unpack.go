package rating

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding/charmap"

	"github.com/ringwatch/ringwatch/internal/plural"
)

const (
	deepest     = 3       // archives within archives that are looked into
	mostMembers = 10_000  // of an archive
	headBytes   = 1 << 10 // that tell what a stream is
)

// A stream is what is left when all is unpacked: a file, or a part of one that
// has a name of its own.
type stream struct {
	name    string
	packing string   // as "zip, gzip"; "" for a file as it lies on disk
	member  bool     // of an archive, a workbook or a database
	parts   []part   // columns that the folders that it lies in stand for
	raw     *counted // the file that it is in
	content *bufio.Reader
	depth   int // archives that it is in
}

// in returns a stream of what s unpacks to.
func (s *stream) in(packing string, r io.Reader) *stream {
	t := *s
	if t.packing != "" {
		packing = t.packing + ", " + packing
	}
	t.packing, t.content = packing, bufio.NewReaderSize(r, 64<<10)
	return &t
}

// visit calls do for each stream of an input. It recognises what packs them by
// the first bytes.
func (r *reader) visit(in *input, do func(s *stream) error) error {
	s := &stream{name: in.name(), parts: in.parts}
	if in.once != nil {
		if err := r.openPipe(in); err != nil {
			return err
		}
		s.raw, s.content = in.once.raw, in.once.content
		if in.once.several() && in.once.kept == nil {
			kept, err := r.spool(s.content)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			in.once.kept = kept
			r.spools = append(r.spools, kept)
		}
		if in.once.kept != nil {
			s.content = bufio.NewReaderSize(io.NewSectionReader(in.once.kept, 0, in.once.kept.size), 64<<10)
		}
	} else {
		f, err := os.Open(in.path)
		if err != nil {
			return fileError(in.path, err)
		}
		defer f.Close()
		s.raw = &counted{r: f, tick: r.tick}
		s.content = bufio.NewReaderSize(s.raw, 64<<10)
	}
	if err := r.unpackInside(in, s, do); err != nil {
		return err
	}
	if err := s.raw.finish(); err != nil {
		return fileError(in.path, err)
	}
	in.bytes = s.raw.bytes
	return nil
}

// unpackInside unpacks what an input names within its file.
func (r *reader) unpackInside(in *input, s *stream, do func(s *stream) error) error {
	if in.inside == "" {
		return r.unpack(s, do)
	}
	r.inside = in.inside
	defer func() { r.inside = "" }()
	var names []string
	found := false
	err := r.unpack(s, func(s *stream) error {
		name := strings.TrimPrefix(s.name, in.name()+"/")
		if names = append(names, name); name != in.inside && !strings.HasPrefix(name, in.inside+"/") {
			return nil
		}
		found = true
		return do(s)
	})
	if err == nil && !found {
		err = fmt.Errorf("%s: holds no %s, but %s", in.path, shorten(in.inside, 100),
			shorten(strings.Join(names, ", "), 200))
	}
	return err
}

const (
	zipMagic    = "PK\x03\x04"
	sqliteMagic = "SQLite format 3\x00"
	arrowMagic  = "ARROW1\x00\x00"
)

// unpack calls do with what s holds, once nothing packs it any more.
func (r *reader) unpack(s *stream, do func(s *stream) error) error {
	if strings.Count(s.packing, ",") > 2*deepest {
		return fmt.Errorf("%s: is packed too often (%s); unpack it first", s.name, shorten(s.packing, 60))
	}
	head, err := s.content.Peek(headBytes)
	if err != nil && err != io.EOF {
		return r.stopped(s.name, s.packing, 1, err)
	}
	begins := func(magic string) bool { return bytes.HasPrefix(head, []byte(magic)) }
	switch {
	case begins("\x1f\x8b"):
		z, err := newGunzip(s.content)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, damaged(err, "gzip"))
		}
		return r.unpack(s.in("gzip", r.measured(z)), do)
	case begins("\x28\xb5\x2f\xfd"):
		z, err := zstd.NewReader(s.content, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, damaged(err, "zstd"))
		}
		defer z.Close()
		return r.unpack(s.in("zstd", r.measured(&padded{z})), do)
	case begins("BZh") && len(head) > 4 && head[3] >= '1' && head[3] <= '9' &&
		bytes.HasPrefix(head[4:], []byte("1AY&SY")):
		return r.unpack(s.in("bzip2", r.measured(&padded{bzip2.NewReader(s.content)})), do)
	case begins(zipMagic) || begins("PK\x05\x06"):
		return r.unzip(s, do)
	case begins(sqliteMagic):
		return r.database(s, do)
	case begins(arrowMagic), isArrowStream(head):
		return r.arrow(s, begins(arrowMagic), do)
	}
	if e := wideText(head); e != nil {
		name, _, _ := strings.Cut(fmt.Sprint(e), "(")
		return do(s.in(name[:len("UTF-16")], narrow(e, s.content)))
	}
	if text, _ := s.content.Peek(64 << 10); isLatin(text) { // an error comes again
		r.latin = append(r.latin, s.name)
		return do(s.in("Windows-1252", narrow(charmap.Windows1252, s.content)))
	}
	for _, f := range foreign {
		if len(head) >= f.at && bytes.HasPrefix(head[f.at:], []byte(f.magic)) {
			return &noRatings{fmt.Sprintf("%s: is %s, which is not read; %s", s.name, f.what, f.fix)}
		}
	}
	return do(s)
}

var foreign = []struct {
	at               int
	magic, what, fix string
}{
	{0, "\xfd7zXZ", "xz", "unpack it first"},
	{0, "7z\xbc\xaf", "7-Zip", "unpack it first"},
	{0, "Rar!", "a RAR archive", "unpack it first"},
	{257, "ustar", "a tar archive", "unpack it first"},
	{0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook, or one with a password",
		"save it as .xlsx without a password, or as CSV"},
	{0, "FEA1", "Feather version 1", "write it as Arrow IPC, which is Feather version 2, or as Parquet"},
	{0, "ORC", "ORC", "write it as Parquet"},
	{0, "Obj\x01", "Avro", "write it as Parquet"},
	{0, "\x89HDF", "HDF5", "write the table as Parquet or CSV"},
	{0, "\x93NUMPY", "a NumPy array", "write it as CSV"},
	{0, "RDX", "data of R", "write it with write.csv"},
	{0, "%PDF", "PDF", "export the table as CSV"},
}

// padded ends where what follows a packed file is not packed: zeros, as some
// archives and disks put behind it.
type padded struct{ from io.Reader }

func (p *padded) Read(b []byte) (int, error) {
	n, err := p.from.Read(b)
	if err == bzip2.StructuralError("bad magic value in continuation file") || errors.Is(err, zstd.ErrMagicMismatch) {
		err = io.EOF
	}
	return n, err
}

// measured tells what is unpacked, and ends where it is beyond all measure.
func (r *reader) measured(from io.Reader) io.Reader { return &measured{from, r} }

type measured struct {
	from io.Reader
	r    *reader
}

// What inputs may unpack to, unless ReadOptions.MaxUnpacked says otherwise: text
// of ratings packs to a tenth, sorted to a fiftieth; 200 times as much is made to
// fill a memory.
const (
	plausible = 200
	freely    = 256 << 20 // bytes, whatever they are packed in
)

func (m *measured) Read(p []byte) (int, error) {
	n, err := m.from.Read(p)
	m.r.unpacked += int64(n)
	most := m.r.opt.MaxUnpacked
	if most <= 0 {
		most = max(freely, plausible*max(m.r.total, m.r.done))
	}
	if m.r.unpacked > most {
		return 0, tooMuch{most, m.r.opt.MaxUnpacked > 0}
	}
	return n, err
}

// tooMuch is the error of an input that unpacks to more than is let in.
type tooMuch struct {
	bytes int64
	told  bool
}

func (e tooMuch) Error() string {
	if e.told {
		return fmt.Sprintf("unpacks to more than the %s of --max-unpacked", sizeText(e.bytes))
	}
	return fmt.Sprintf("unpacks to more than %s, which is over %d times what is read; if it is to be trusted, "+
		"say how much it may take with --max-unpacked", sizeText(e.bytes), plausible)
}

// sizeText writes a number of bytes.
func sizeText(n int64) string {
	const units = "kMGTPE"
	if n < 1000 {
		return plural.Of(int(n), "byte")
	}
	x, k := float64(n)/1000, 0
	for x >= 999.5 && k < len(units)-1 {
		x, k = x/1000, k+1
	}
	return fmt.Sprintf("%.3g %cB", x, units[k])
}

// A gunzip reads the members of a gzip file, and zeros behind the last, with
// which tapes and disks fill their blocks.
type gunzip struct {
	from *bufio.Reader
	z    *gzip.Reader
}

func newGunzip(from *bufio.Reader) (*gunzip, error) {
	z, err := gzip.NewReader(from)
	if err != nil {
		return nil, err
	}
	z.Multistream(false)
	return &gunzip{from, z}, nil
}

func (g *gunzip) Read(p []byte) (int, error) {
	for {
		n, err := g.z.Read(p)
		if n > 0 && err == io.EOF {
			return n, nil
		}
		if err != io.EOF {
			return n, err
		}
		for zeros := false; ; zeros = true {
			c, err := g.from.ReadByte()
			if err != nil {
				return 0, err
			}
			if c == 0 {
				continue
			}
			if err := g.from.UnreadByte(); err != nil {
				return 0, err
			}
			if zeros {
				return 0, gzip.ErrHeader
			}
			break
		}
		if err := g.z.Reset(g.from); err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return 0, err
		}
		g.z.Multistream(false)
	}
}
