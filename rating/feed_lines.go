package rating

import (
	"bufio"
	"bytes"
	"io"
)

// macLines makes lines of text that has carriage returns alone, as old Macs and
// some spreadsheets write it.
func macLines(from io.Reader) io.Reader {
	text, ok := from.(*bufio.Reader)
	if !ok {
		text = bufio.NewReaderSize(from, 64<<10)
	}
	head, _ := text.Peek(64 << 10) // an error comes again
	if bytes.IndexByte(head, '\r') < 0 || bytes.IndexByte(head, '\n') >= 0 {
		return text
	}
	return &crReader{text}
}

type crReader struct{ r io.Reader }

func (c *crReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	for i, b := range p[:n] {
		if b == '\r' {
			p[i] = '\n'
		}
	}
	return n, err
}
