package rating

import (
	"archive/zip"
	"bytes"
	"compress/bzip2"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

const (
	blockSize = 1 << 20  // bytes parsed by one goroutine at a time
	longest   = 16 << 20 // bytes of the longest line that is read
)

var errLongLine = fmt.Errorf("a line is longer than %d MiB; this does not look like ratings, or a quote never closes",
	longest>>20)

// counted counts what is read through it.
type counted struct {
	r     io.Reader
	bytes int64
	tick  func(n int) error
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.bytes += int64(n)
	if tickErr := c.tick(n); tickErr != nil {
		return n, tickErr
	}
	return n, err
}

// finish counts what was not read through c: of a file that was mapped, or
// what a decompressor left over.
func (c *counted) finish() error {
	if f, size := c.regular(); f != nil {
		left := size - c.bytes
		c.bytes = size
		return c.tick(int(left))
	}
	_, err := io.Copy(io.Discard, c)
	return err
}

// regular returns the file that is read and its size, nil if it is none.
func (c *counted) regular() (f *os.File, size int64) {
	f, ok := c.r.(*os.File)
	if !ok {
		return nil, 0
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil, 0
	}
	return f, info.Size()
}

// damaged puts what a decompressor says in a user's words.
func damaged(err error, packing string) error {
	var corrupt flate.CorruptInputError
	switch {
	case err == nil || packing == "":
		return err
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		return fmt.Errorf("the %s file is truncated; fetch it again", packing)
	case errors.As(err, new(bzip2.StructuralError)), errors.Is(err, gzip.ErrChecksum) ||
		errors.Is(err, zip.ErrChecksum) || errors.Is(err, zstd.ErrCRCMismatch),
		errors.As(err, &corrupt), errors.Is(err, gzip.ErrHeader), errors.Is(err, zip.ErrFormat):
		return fmt.Errorf("the %s file is damaged; fetch it again (%v)", packing, err)
	}
	return err
}

// A blockReader cuts text into blocks of whole lines.
type blockReader struct {
	r    io.Reader
	rest []byte // of a line that began in the block before
	line int    // of the next block's first line, from 1
	err  error  // what ended reading, io.EOF included
}

// next returns a block in buf, or in larger memory if a line is longer, and
// the number of its first line. The last block may lack its final newline.
// After an error other than io.EOF the line that it cut is not returned.
func (b *blockReader) next(buf []byte) (block []byte, line int, err error) {
	line = b.line
	if b.err != nil {
		return nil, line, b.err
	}
	if len(buf) <= len(b.rest) {
		buf = make([]byte, 2*len(b.rest))
	}
	n := copy(buf, b.rest)
	b.rest = b.rest[:0]
	end := 0
	for end == 0 && b.err == nil {
		if n == len(buf) {
			buf = append(buf, make([]byte, n)...)
		}
		from := n
		for n < len(buf) && b.err == nil {
			var m int
			m, b.err = b.r.Read(buf[n:])
			n += m
		}
		if at := bytes.LastIndexByte(buf[from:n], '\n'); at >= 0 {
			end = from + at + 1
		} else if n > longest {
			b.err = errLongLine
		}
	}
	if b.err == io.EOF {
		end = n
	}
	b.rest = append(b.rest, buf[end:n]...)
	b.line += bytes.Count(buf[:end], []byte{'\n'})
	if end == 0 {
		return nil, line, b.err
	}
	return buf[:end], line, nil
}

// Read reads on behind the last block.
func (b *blockReader) Read(p []byte) (int, error) {
	if len(b.rest) > 0 {
		n := copy(p, b.rest)
		b.rest = b.rest[n:]
		return n, nil
	}
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.r.Read(p)
	b.err = err
	return n, err
}
