package main

import (
	"bytes"
	"encoding/json"
)

// lines appends a message as lines of JSON, one a rating, and tells how many there are: a
// message is an object, several on lines of their own, or a list of objects. What is
// no JSON stays on as many lines as it has, and is refused by who reads it.
func lines(out, message []byte) ([]byte, int) {
	message = bytes.TrimSpace(message)
	switch {
	case len(message) == 0:
		return out, 0
	case message[0] == '[':
		var all []json.RawMessage
		if json.Unmarshal(message, &all) == nil {
			for _, x := range all {
				out = one(out, x)
			}
			return out, len(all)
		}
	case bytes.IndexByte(message, '\n') < 0:
	case message[0] == '{' && json.Valid(message): // on several lines, to be read by people
		return one(out, message), 1
	}
	n := 0
	for line := range bytes.Lines(message) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			out = append(append(out, line...), '\n')
			n++
		}
	}
	return out, n
}

// one appends a value of JSON on one line.
func one(out, value []byte) []byte {
	if bytes.IndexByte(value, '\n') >= 0 {
		var b bytes.Buffer
		if json.Compact(&b, value) == nil {
			value = b.Bytes()
		}
	}
	return append(append(out, value...), '\n')
}
