package evaluate

import (
	"bytes"
	"encoding/json"
)

// colons counts those that stand behind keys.
func colons(text []byte) (n int) {
	quoted := false
	for k := 0; k < len(text); k++ {
		switch c := text[k]; {
		case quoted && c == '\\':
			k++
		case c == '"':
			quoted = !quoted
		case c == ':' && !quoted:
			n++
		}
	}
	return n
}

// keysOf counts the keys of all objects, of which each has a key once: the last.
func keysOf(v any) (n int) {
	switch v := v.(type) {
	case []any:
		for _, v := range v {
			n += keysOf(v)
		}
	case map[string]any:
		n = len(v)
		for _, v := range v {
			n += keysOf(v)
		}
	}
	return n
}

// twice finds the first key that stands in its object twice.
func twice(text []byte) (line int, key string) {
	type object struct {
		keys map[string]bool // nil in an array
		next bool            // what comes next is a key
	}
	d, open := json.NewDecoder(bytes.NewReader(text)), []object{{}}
	for {
		token, err := d.Token()
		if err != nil {
			return 0, "" // there is none
		}
		in := &open[len(open)-1]
		if s, ok := token.(string); ok && in.next {
			if in.keys[s] {
				return 1 + bytes.Count(text[:d.InputOffset()], []byte("\n")), s
			}
			in.keys[s], in.next = true, false
			continue
		}
		in.next = in.keys != nil
		switch token {
		case json.Delim('{'):
			open = append(open, object{map[string]bool{}, true})
		case json.Delim('['):
			open = append(open, object{})
		case json.Delim('}'), json.Delim(']'):
			open = open[:len(open)-1]
		}
	}
}

// strictJSON writes NaN and Infinity, which JSON has not and Python writes, as null and
// as numbers too large for a float64.
func strictJSON(text []byte) []byte {
	if !bytes.Contains(text, []byte("NaN")) && !bytes.Contains(text, []byte("Infinity")) {
		return text
	}
	var b bytes.Buffer
	quoted := false
	for k := 0; k < len(text); k++ {
		switch c := text[k]; {
		case quoted && c == '\\' && k+1 < len(text):
			b.WriteByte(c)
			k++
		case c == '"':
			quoted = !quoted
		case !quoted && bytes.HasPrefix(text[k:], []byte("NaN")):
			b.WriteString("null")
			k += len("NaN") - 1
			continue
		case !quoted && bytes.HasPrefix(text[k:], []byte("Infinity")):
			b.WriteString("1e999")
			k += len("Infinity") - 1
			continue
		}
		b.WriteByte(text[k])
	}
	return b.Bytes()
}
