package scenarios

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// longestOutcome bounds a line of outcomes, which is a few hundred bytes.
const longestOutcome = 1 << 24

// ReadOutcomes reads outcomes, one JSON object a line. The error for a line
// begins with file:line.
func ReadOutcomes(file string, r io.Reader) ([]Outcome, error) {
	var all []Outcome
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, longestOutcome)
	n := 0
	for lines.Scan() {
		n++
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var o Outcome
		if err := o.parse(lines.Bytes()); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, n, err)
		}
		all = append(all, o)
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, fmt.Errorf("%s:%d: the line is too long for an outcome", file, n+1)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", file, err)
	case len(all) == 0:
		return nil, fmt.Errorf("%s: holds no outcomes", file)
	}
	return all, nil
}

func (o *Outcome) parse(line []byte) error {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	var read struct {
		*Outcome
		Seed     *uint64             `json:"seed"`
		Measures map[string]*float64 `json:"measures"`
	}
	read.Outcome = o
	err := d.Decode(&read)
	if err == nil && read.Seed != nil && read.Measures != nil {
		o.Seed, o.Measures = *read.Seed, make(map[string]float64, len(read.Measures))
		for name, v := range read.Measures {
			if v != nil { // null is not defined, and never 0
				o.Measures[name] = *v
			}
		}
	}
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the line is cut short; run the sweep to its end")
	case err != nil:
		return fmt.Errorf("not an outcome: %s", strings.TrimPrefix(err.Error(), "json: "))
	case d.More():
		return errors.New("more than one outcome in the line")
	case o.Scenario == "" || o.Scorer == "" || o.Measures == nil:
		return errors.New("not an outcome: it lacks scenario, scorer, seed or measures")
	}
	return nil
}
