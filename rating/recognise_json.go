package rating

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// sampleCells bounds what the first lines are taken apart into, where each has keys of
// its own: 16 bytes each. A thousand lines of a thousand keys have a million.
const sampleCells = 2_000_000

// recogniseJSON takes the keys of the first lines together, in the order in
// which they come, so that a key which one of them lacks is still found.
func recogniseJSON(at string, text []byte, opt *ReadOptions) (*layout, error) {
	s := &sample{at: at, format: "JSON lines", keyed: true}
	column := map[string]int{}
	for line := range bytes.Lines(text) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if n := tooManyKeys(line); n > 0 && len(s.rows) > 0 {
			continue // a bad row
		} else if n > 0 {
			return nil, manyKeys(at, n)
		}
		var object map[string]json.RawMessage
		if line = withoutNaN(line); isPython(line) && len(s.rows) == 0 {
			return nil, &noRatings{at + ": holds dictionaries as Python prints them, which are no JSON; " +
				"write each line with json.dumps(ast.literal_eval(line))"}
		}
		if err := json.Unmarshal(line, &object); err != nil {
			if len(s.rows) == 0 {
				return nil, &noRatings{fmt.Sprintf("%s: is not one JSON object a line (%v)", at, shortJSON(err))}
			}
			continue
		}
		s.names = append(s.names, newKeys(line, object, column)...)
		if n := len(s.names); n > mostColumns {
			return nil, manyKeys(at, n)
		}
		row := make([]string, len(s.names))
		for key, raw := range object {
			row[column[key]] = cellOf(raw)
		}
		if s.rows = append(s.rows, row); len(s.rows) == sampleRows || len(s.rows)*len(s.names) > sampleCells {
			break
		}
	}
	if s.width = len(s.names); s.width == 0 {
		return nil, &noRatings{at + `: is an object without keys; write a rating as {"rater":"a","item":"b","value":1}`}
	}
	for i, row := range s.rows {
		s.rows[i] = append(row, make([]string, s.width-len(row))...)
	}
	l, err := s.assign(opt)
	if err != nil {
		return nil, err
	}
	for role, key := range l.key {
		l.quoted[role], _ = json.Marshal(key)
	}
	if !(l.has[valueField] && l.has[timeField]) {
		l.seen = map[string]bool{}
		for _, key := range s.names {
			l.seen[key] = true
		}
	}
	return l, nil
}

func manyKeys(at string, n int) error {
	return &noRatings{fmt.Sprintf("%s: has %d keys, more than the %d that are read", at, n, mostColumns)}
}

// newKeys gives the keys of an object that have no column yet the next ones, in its order.
func newKeys(line []byte, object map[string]json.RawMessage, column map[string]int) (keys []string) {
	fresh := false
	for key := range object {
		if _, ok := column[key]; !ok {
			fresh = true
		}
	}
	if !fresh {
		return nil
	}
	eachKey(line, func(key string) {
		if _, known := column[key]; !known {
			column[key] = len(column)
			keys = append(keys, key)
		}
	})
	return keys
}

// eachKey calls do with each key of an object, in its order.
func eachKey(object []byte, do func(key string)) {
	d := json.NewDecoder(bytes.NewReader(object))
	d.UseNumber() // 1e999 is JSON, and keys come behind it
	depth, isKey := 0, false
	for {
		token, err := d.Token()
		if err != nil {
			return
		}
		switch x := token.(type) {
		case json.Delim:
			if x == '{' || x == '[' {
				depth++
			} else {
				depth--
			}
			isKey = depth == 1
			continue
		case string:
			if depth == 1 && isKey {
				do(x)
			}
		}
		if depth == 1 {
			isKey = !isKey
		}
	}
}

// cellOf is a value of JSON as text.
func cellOf(raw json.RawMessage) string {
	if len(raw) == 0 || raw[0] == 'n' {
		return ""
	}
	if raw[0] == '"' {
		var s string
		if json.Unmarshal(raw, &s) == nil {
			return s
		}
	}
	return string(raw)
}
