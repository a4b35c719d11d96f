package rating

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
)

// A pipe is an input that can be read but once. It is opened when first
// visited; what is an archive, where one must look here and there, is kept.
type pipe struct {
	raw     *counted
	content *bufio.Reader
	kept    *spool
}

// openPipe opens a pipe, which waits for who writes into it: not beyond the end
// of the context.
func (r *reader) openPipe(in *input) error {
	p := in.once
	if p.raw != nil {
		return nil
	}
	var src io.Reader = r.opt.Stdin
	switch {
	case in.path != "-":
		type opened struct {
			f   *os.File
			err error
		}
		done := make(chan opened, 1)
		go func() {
			f, err := os.Open(in.path)
			done <- opened{f, err}
		}()
		select {
		case o := <-done:
			if o.err != nil {
				return fileError(in.path, o.err)
			}
			src = o.f
		case <-r.ctx.Done():
			return r.ctx.Err()
		}
	case src == nil:
		src = os.Stdin
	}
	if f, ok := src.(*os.File); ok {
		if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
			src = &patient{ctx: r.ctx, r: f}
		}
	}
	p.raw = &counted{r: src, tick: r.tick}
	p.content = bufio.NewReaderSize(p.raw, 64<<10)
	return nil
}

// patient reads from what may keep one waiting, but no longer than the context
// lasts. A read that nobody waits for any more ends with the program.
type patient struct {
	ctx  context.Context
	r    io.Reader
	done chan someBytes
	buf  []byte
	rest []byte
}

type someBytes struct {
	n   int
	err error
}

func (p *patient) Read(b []byte) (int, error) {
	if len(p.rest) > 0 {
		n := copy(b, p.rest)
		p.rest = p.rest[n:]
		return n, nil
	}
	if p.done == nil {
		p.done, p.buf = make(chan someBytes, 1), make([]byte, 64<<10)
	}
	go func() {
		n, err := p.r.Read(p.buf)
		p.done <- someBytes{n, err}
	}()
	select {
	case got := <-p.done:
		n := copy(b, p.buf[:got.n])
		p.rest = p.buf[n:got.n]
		return n, got.err
	case <-p.ctx.Done():
		return 0, p.ctx.Err()
	}
}

// several reports whether what comes through an open pipe is read here and there.
func (p *pipe) several() bool {
	head, _ := p.content.Peek(headBytes)
	for _, magic := range []string{zipMagic, sqliteMagic, parquetMagic, arrowMagic, columnMagic} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return true
		}
	}
	return false
}
