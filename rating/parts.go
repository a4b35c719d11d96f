package rating

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"
)

// withParts returns the text of a stream, with the columns that its folders
// stand for behind its own, or as keys of every JSON object. A column of its own
// that is called the same is taken instead.
func withParts(s *stream) io.Reader {
	if r := jsonText(s.content); r != nil {
		s.content = bufio.NewReaderSize(r, 64<<10)
	}
	if len(s.parts) == 0 {
		return s.content
	}
	head, _ := s.content.Peek(4 << 10)
	head, _, _ = bytes.Cut(bytes.TrimPrefix(head, []byte("\ufeff")), []byte{'\n'})
	p := &parted{from: s.content}
	if bytes.HasPrefix(bytes.TrimLeft(head, " \t\r\n"), []byte{'{'}) {
		for _, c := range s.parts {
			key, _ := json.Marshal(c.column) // text has an encoding
			value, _ := json.Marshal(c.value)
			p.keys = append(p.keys, string(key)+":"+string(value)+",")
		}
		return p
	}
	comma := ","
	for _, c := range []string{"\t", ";", "|"} {
		if strings.Count(string(head), c) > strings.Count(string(head), comma) {
			comma = c
		}
	}
	own := strings.Split(strings.TrimRight(string(head), "\r"), comma)
	p.first = slices.ContainsFunc(own, isTyped)
	for _, c := range s.parts {
		if slices.Contains(own, c.column) {
			continue
		}
		p.names += comma + cell(c.column, comma)
		p.values += comma + cell(c.value, comma)
	}
	return p
}

// cell writes a cell of separated text.
func cell(s, comma string) string {
	if strings.ContainsAny(s, comma+"\"\r\n") {
		return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
	}
	return s
}

// parted writes columns behind every line, which ends outside of quotes.
type parted struct {
	from          *bufio.Reader
	names, values string // behind the first line, if it is a header, and the others
	keys          []string
	first, inside bool
	buf           bytes.Buffer
}

func (p *parted) Read(b []byte) (int, error) {
	for p.buf.Len() == 0 {
		line, err := p.from.ReadSlice('\n')
		if len(line) == 0 && err != nil {
			return 0, err
		}
		p.line(line)
	}
	return p.buf.Read(b)
}

func (p *parted) line(line []byte) {
	if p.keys != nil {
		object := bytes.TrimLeft(line, " \t")
		if len(object) > 1 && object[0] == '{' && bytes.TrimLeft(object[1:], " \t")[0] != '}' {
			p.buf.WriteByte('{')
			p.buf.WriteString(strings.Join(p.keys, ""))
			line = object[1:]
		}
		p.buf.Write(line)
		return
	}
	if bytes.Count(line, []byte{'"'})%2 == 1 {
		p.inside = !p.inside
	}
	text := bytes.TrimRight(line, "\r\n")
	p.buf.Write(text)
	if ended := len(text) < len(line); !p.inside && len(text) > 0 && (ended || p.last()) {
		if p.first {
			p.buf.WriteString(p.values)
		} else {
			p.buf.WriteString(p.names)
			p.first = true
		}
	}
	p.buf.Write(line[len(text):])
}

// last reports whether nothing follows: the last line may lack its end.
func (p *parted) last() bool {
	_, err := p.from.Peek(1)
	return err != nil
}
