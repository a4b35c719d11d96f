// Package textfile opens the text of a table that stands beside ratings: unpacked,
// without a byte order mark, read no longer than its context lasts and no further
// than a file of its size can mean; and it tells a text that was cut short.
package textfile

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// What a packed file may unpack to: text of accounts packs to a tenth, sorted to a
// fiftieth; 200 times as much is made to fill a memory.
const (
	plausible = 200
	freely    = 256 << 20 // bytes, whatever they are packed in
)

// A File is text. Its errors say what is wrong, and not with which file.
type File struct {
	Name string // without folders
	Size int64  // bytes on the disk; 0 where that is unknown

	ctx    context.Context
	text   io.Reader
	close  []func()
	raw    int64 // bytes read
	length int64 // of the text
	packed bool
	last   byte
}

// errNoText is told of what no table can begin with or hold.
var errNoText = errors.New("is no text; give CSV, TSV, JSON or one account a line")

// Open opens a file, or "-", which is stdin. An error begins with its path.
func Open(ctx context.Context, path string, stdin io.Reader) (*File, error) {
	f := &File{Name: filepath.Base(path), ctx: ctx}
	in := stdin
	if path == "-" {
		f.Name = "standard input"
	} else {
		file, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, reason(err))
		}
		f.close = append(f.close, func() { file.Close() })
		if info, err := file.Stat(); err == nil && info.IsDir() {
			f.Close()
			return nil, fmt.Errorf("%s: is a folder; name a file in it", path)
		} else if err == nil {
			f.Size = info.Size()
		}
		in = file
	}
	if err := f.unpack(in); err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", f.Name, err)
	}
	return f, nil
}

// Of is a text that is there already.
func Of(ctx context.Context, name string, text io.Reader) (*File, error) {
	f := &File{Name: name, ctx: ctx}
	if err := f.unpack(text); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return f, nil
}

// reason is an error without its path.
func reason(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

func (f *File) unpack(in io.Reader) error {
	b := bufio.NewReaderSize(readerFunc(func(p []byte) (int, error) {
		if err := f.ctx.Err(); err != nil {
			return 0, err
		}
		n, err := in.Read(p)
		f.raw += int64(n)
		return n, err
	}), 64<<10)
	head, err := b.Peek(4)
	if err != nil && err != io.EOF {
		return reason(err)
	}
	var r io.Reader = b
	f.packed = true
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(b)
		if err != nil {
			return errors.New("is gzip, but damaged")
		}
		r = z
	case bytes.HasPrefix(head, []byte("BZh")):
		r = bzip2.NewReader(b)
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(b, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return errors.New("is zstd, but damaged")
		}
		f.close = append(f.close, z.Close)
		r = z
	case bytes.HasPrefix(head, []byte("PAR1")), bytes.HasPrefix(head, []byte("PK\x03\x04")),
		bytes.HasPrefix(head, []byte("SQLi")):
		return errNoText
	default:
		f.packed = false
	}
	inner := bufio.NewReaderSize(r, 64<<10)
	f.text = inner
	for _, mark := range []string{"\xef\xbb\xbf", "\xfe\xff", "\xff\xfe"} {
		if head, _ := inner.Peek(len(mark)); string(head) == mark {
			f.text = transform.NewReader(inner, unicode.BOMOverride(transform.Nop))
		}
	}
	return nil
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// Read reads the text.
func (f *File) Read(p []byte) (int, error) {
	if err := f.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := f.text.Read(p)
	f.length += int64(n)
	switch {
	case bytes.IndexByte(p[:n], 0) >= 0:
		return 0, errNoText
	case f.packed && f.length > max(freely, plausible*f.raw):
		return 0, fmt.Errorf("unpacks to more than %d times its size; if it is what you mean, unpack it first",
			plausible)
	case err != nil && err != io.EOF && f.ctx.Err() == nil:
		err = fmt.Errorf("cannot be read to its end: %w", reason(err))
	}
	if n > 0 {
		f.last = p[n-1]
	}
	return n, err
}

// NoEnd reports whether the text that was read to its end lacks the end of its
// last line, as one that was cut short mostly does.
func (f *File) NoEnd() bool { return f.length > 0 && f.last != '\n' && f.last != '\r' }

// Close lets go of the file.
func (f *File) Close() {
	for _, c := range f.close {
		c()
	}
	f.close = nil
}

// CutShort is what is told of texts for which NoEnd holds.
func CutShort(names string) string {
	return "the last line has no line end; if the file was cut short, its last row may be too: " + names
}
