package scenarios

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/scoring/scorers"
)

// ParseScorer reads a scorer as a scenario would have it: mean, or
// "bridging: {max-factor: .5}".
func ParseScorer(text string) (scoring.Scorer, error) {
	d := &decoder{"scorer"}
	if strings.TrimSpace(text) == "" {
		return nil, errors.New("no scorer is named")
	}
	n, err := d.parse([]byte(text))
	if err != nil {
		return nil, part(err)
	}
	s, err := component(d, n, "a scorer", scorers.New)
	return s, part(err)
}

// part takes the place of an error in a text of one line away.
func part(err error) error {
	if err == nil {
		return nil
	}
	_, text, ok := strings.Cut(err.Error(), ": ")
	if !ok {
		return err
	}
	return errors.New(text)
}

// ParseLimit reads a limit on a measure: "recall >= 0.9".
func ParseLimit(text string) (Limit, error) {
	name := strings.TrimSpace(text)
	if k := strings.IndexAny(text, "<>="); k >= 0 {
		name = strings.TrimSpace(text[:k])
		text = text[k:]
	}
	l := Limit{Measure: name}
	if err := CheckMeasure(name); err != nil {
		return l, err
	}
	return l, l.parse(text)
}

// CheckMeasure reports a measure that there is not, or that no single
// experiment has.
func CheckMeasure(name string) error {
	switch {
	case slices.Contains(measureNames(), name):
		return nil
	case name == BreakPoint.Name:
		return fmt.Errorf("%s is no measure of one experiment; ringwatch breakpoint finds it", name)
	}
	return fmt.Errorf("no measure is called %q; %s", name, didYouMean(name, measureNames()))
}
