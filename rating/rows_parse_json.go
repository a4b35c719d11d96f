package rating

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
)

// jsonLines reads a block of JSON objects.
func (p *parser) jsonLines(block []byte, line int) {
	for text := range bytes.Lines(block) {
		if text = bytes.TrimSpace(text); len(text) > 0 {
			p.jsonLine(text, line)
		}
		line++
	}
	p.numberRows()
}

func (p *parser) jsonLine(text []byte, line int) {
	if n := tooManyKeys(text); n > 0 {
		p.bad(line, "has %d keys, more than the %d that are read", n, mostColumns)
		return
	}
	var object map[string]json.RawMessage
	err := json.Unmarshal(text, &object)
	if err != nil {
		err = json.Unmarshal(withoutNaN(text), &object)
	}
	if err != nil {
		p.bad(line, "is not a JSON object (%v); write one object a line", shortJSON(err))
		return
	}
	p.field = [fields][]byte{}
	for role, key := range p.layout.key {
		if !p.layout.has[role] {
			continue
		}
		if bytes.Count(text, p.layout.quoted[role]) > 1 && twice(text, key) {
			p.bad(line, "%q stands in this object twice; name each key once", key)
			return
		}
		raw := object[key]
		switch {
		case len(raw) == 0 || raw[0] == 'n': // absent or null
		case raw[0] == '"':
			var s string
			if err := json.Unmarshal(raw, &s); err != nil {
				p.bad(line, "%q is not text (%v)", key, err)
				return
			}
			p.field[role] = []byte(s)
		case raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9',
			role == valueField && (raw[0] == 't' || raw[0] == 'f'), role == itemField && p.layout.lists != 0:
			p.field[role] = raw
		default:
			p.bad(line, "%q must be text or a number, not %s", key, shorten(string(raw), 40))
			return
		}
	}
	for key := range object {
		if p.layout.seen != nil && !p.layout.seen[key] {
			p.late(key, line)
		}
	}
	p.row(line)
}

// twice reports whether an object has a key more than once. Of its values JSON says nothing.
func twice(object []byte, key string) bool {
	n := 0
	eachKey(withoutNaN(object), func(k string) {
		if k == key {
			n++
		}
	})
	return n > 1
}

// late remembers where a key came first that the lines by which columns were
// chosen have not.
func (p *parser) late(key string, line int) {
	const most = 1000 // keys; where more come, they are data
	if _, known := p.rows.lateKeys[key]; known || len(p.rows.lateKeys) >= most {
		return
	}
	if p.rows.lateKeys == nil {
		p.rows.lateKeys = map[string]int{}
	}
	p.rows.lateKeys[strings.Clone(key)] = line
}

func shortJSON(err error) error {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return errors.New("it is a " + kind.Value)
	}
	return err
}
