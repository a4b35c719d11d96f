package rating

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
)

// jsonText returns JSON as one object a line, on the line where it began if
// another did not begin there: of arrays, of objects over several lines, of an
// object that holds an array of them ({"reviews": [...]}), and with what lies in
// objects within them under names with dots: user.login. JSON lines without such
// stay as they are. Other text is nil.
func jsonText(content *bufio.Reader) io.Reader {
	head, _ := content.Peek(64 << 10)
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n")
	if len(text) == 0 || text[0] != '[' && text[0] != '{' || isPython(text) || holdsArrays(text) {
		return nil
	}
	first, _, whole := bytes.Cut(text, []byte{'\n'})
	if text[0] == '{' && (whole || len(head) < 64<<10) && json.Valid(first) {
		if rest := bytes.TrimSpace(text[len(first):]); len(rest) > 0 || !holdsRows(first) { // lines
			if !nested(text) {
				return nil
			}
			return &flatLines{from: content}
		}
	}
	if bytes.HasPrefix(head, []byte("\ufeff")) {
		content.Discard(len("\ufeff")) // peeked
	}
	lines := &lineCounter{from: &nanReader{from: content}}
	g := &guard{r: lines, left: longest}
	return &jsonRows{g: g, lines: lines, d: json.NewDecoder(g)}
}

// isPython reports whether text is a dictionary as Python prints it.
func isPython(text []byte) bool {
	return bytes.HasPrefix(text, []byte("{'")) || bytes.HasPrefix(text, []byte("{u'"))
}

// holdsArrays reports whether JSON has rows without names of columns.
func holdsArrays(text []byte) bool {
	inner := bytes.TrimLeft(text[1:], " \t\r\n")
	if text[0] != '[' || len(inner) == 0 {
		return false
	}
	line, _, whole := bytes.Cut(text, []byte{'\n'})
	return inner[0] == '[' || inner[0] != '{' && whole && json.Valid(bytes.TrimSpace(line))
}

// nanReader reads NaN, which Python writes into JSON, as null.
type nanReader struct {
	from        *bufio.Reader
	text, after bool   // within text, behind a \
	left        string // of null
}

func (r *nanReader) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if r.left != "" {
			p[n], r.left = r.left[0], r.left[1:]
			n++
			continue
		}
		c, err := r.from.ReadByte()
		if err != nil {
			return n, err
		}
		switch {
		case r.after:
			r.after = false
		case c == '\\':
			r.after = r.text
		case c == '"':
			r.text = !r.text
		case c == 'N' && !r.text:
			if next, _ := r.from.Peek(2); string(next) == "aN" {
				r.from.Discard(2) // peeked
				c, r.left = 'n', "ull"
			}
		}
		p[n] = c
		n++
		if r.from.Buffered() == 0 {
			break
		}
	}
	return n, nil
}

// withoutNaN is a line of JSON with null for NaN.
func withoutNaN(line []byte) []byte {
	if !bytes.Contains(line, []byte("NaN")) {
		return line
	}
	line, _ = io.ReadAll(&nanReader{from: bufio.NewReader(bytes.NewReader(line))}) // memory does not fail
	return line
}

// nested reports whether one of the first lines has an object within.
func nested(text []byte) bool {
	for line := range bytes.Lines(text) {
		if at := bytes.IndexByte(line, '{'); at >= 0 && bytes.IndexByte(line[at+1:], '{') >= 0 {
			return true
		}
	}
	return false
}

// holdsRows reports whether an object holds an array of objects.
func holdsRows(object []byte) bool {
	return len(rowsWithin(object, deepestRows)) > 0
}

const deepestRows = 6 // objects around an array of rows

// rowsWithin finds the longest array of objects within an object.
func rowsWithin(object []byte, depth int) (rows []json.RawMessage) {
	var fields map[string]json.RawMessage
	if depth == 0 || !hasArray(object) || json.Unmarshal(object, &fields) != nil {
		return nil
	}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		raw := fields[key]
		var some []json.RawMessage
		switch {
		case raw[0] == '[':
			if json.Unmarshal(raw, &some) != nil || len(some) == 0 || some[0][0] != '{' {
				continue
			}
		case raw[0] == '{':
			some = rowsWithin(raw, depth-1)
		}
		if len(some) > len(rows) {
			rows = some
		}
	}
	return rows
}

// hasArray reports whether an array of objects may be in an object.
func hasArray(object []byte) bool {
	for rest := object; ; {
		at := bytes.IndexByte(rest, '[')
		if at < 0 {
			return false
		}
		if rest = bytes.TrimLeft(rest[at+1:], " \t\r\n"); len(rest) > 0 && rest[0] == '{' {
			return true
		}
	}
}

// keysOf counts the keys that an object has once it is flat: those of objects within,
// too, and none of what is in arrays.
func keysOf(object []byte) (n int) {
	arrays := 0
	for k := 0; k < len(object); k++ {
		switch object[k] {
		case '"':
			for k++; k < len(object) && object[k] != '"'; k++ {
				if object[k] == '\\' {
					k++
				}
			}
		case '[':
			arrays++
		case ']':
			arrays--
		case ':':
			if arrays == 0 {
				n++
			}
		}
	}
	return n
}

// tooManyKeys returns how many keys an object has if they are more than are read, or
// 0. It is asked before the object is taken apart, which costs a thousand times that.
func tooManyKeys(object []byte) int {
	const shortest = len(`"":1,`)
	if len(object) < shortest*mostColumns {
		return 0
	}
	if n := keysOf(object); n > mostColumns {
		return n
	}
	return 0
}

// flatLines makes each line flat.
type flatLines struct {
	from *bufio.Reader
	buf  bytes.Buffer
	long []byte
}

func (f *flatLines) Read(p []byte) (int, error) {
	for f.buf.Len() == 0 {
		line, err := f.from.ReadSlice('\n')
		if err == bufio.ErrBufferFull {
			if f.long = append(f.long, line...); len(f.long) > longest {
				return 0, errLongLine
			}
			continue
		}
		if f.long != nil {
			line = append(f.long, line...)
			f.long = nil
		}
		if len(line) == 0 && err != nil {
			return 0, err
		}
		object := bytes.TrimRight(line, "\r\n")
		if flat, ok := flatten(withoutNaN(object)); ok {
			f.buf.Write(flat)
			f.buf.Write(line[len(object):])
		} else {
			f.buf.Write(line) // its reader says what is wrong with it
		}
	}
	return f.buf.Read(p)
}

const deepestName = 8 // objects within objects whose names are joined

// flatten writes an object with names with dots for what lies in objects within.
func flatten(object []byte) (flat []byte, ok bool) {
	trimmed := bytes.TrimLeft(object, " \t")
	if len(trimmed) < 2 || trimmed[0] != '{' || bytes.IndexByte(trimmed[1:], '{') < 0 || tooManyKeys(trimmed) > 0 {
		return object, true
	}
	var b bytes.Buffer
	b.WriteByte('{')
	if err := flattenInto(&b, trimmed, "", deepestName); err != nil {
		return nil, false
	}
	b.WriteByte('}')
	return b.Bytes(), true
}

func flattenInto(b *bytes.Buffer, object []byte, prefix string, depth int) error {
	d := json.NewDecoder(bytes.NewReader(object))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return err
		}
		name := prefix + key.(string) // keys are text
		if raw[0] == '{' && depth > 0 && len(bytes.TrimSpace(raw[1:])) > 1 {
			if err := flattenInto(b, raw, name+".", depth-1); err != nil {
				return err
			}
			continue
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		quoted, err := json.Marshal(name)
		if err != nil {
			return err
		}
		b.Write(quoted)
		b.WriteByte(':')
		if err := json.Compact(b, raw); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil { // its end
		return err
	}
	if d.More() {
		return errors.New("more follows")
	}
	return nil
}
