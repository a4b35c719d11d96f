package gate

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/ringwatch/ringwatch/scenarios"
)

// A cell is one point of one scenario: its outcomes by the number of the seed.
type cell struct {
	scenario        string
	point           map[string]any
	seeds           []uint64 // of all cells; the numbers are places in it
	candidate, base []map[string]float64
}

// A pairing names an outcome among those of its side.
type pairing struct {
	place string // scenario and point, as JSON
	seed  uint64
}

func pairingOf(o *scenarios.Outcome) (pairing, error) {
	b, err := json.Marshal([]any{o.Scenario, o.Point})
	return pairing{string(b), o.Seed}, err
}

// gather puts outcomes into cells, in the order of the candidate's.
func gather(candidate, base []scenarios.Outcome) (cells []*cell, seeds []uint64, err error) {
	number := make(map[uint64]int)
	for _, o := range candidate {
		number[o.Seed] = 0
	}
	seeds = slices.Sorted(maps.Keys(number))
	for k, s := range seeds {
		number[s] = k
	}
	found := make(map[string]*cell)
	for k := range candidate {
		o := &candidate[k]
		at, err := pairingOf(o)
		if err != nil {
			return nil, nil, err
		}
		c := found[at.place]
		if c == nil {
			c = &cell{o.Scenario, o.Point, seeds, make([]map[string]float64, len(seeds)),
				make([]map[string]float64, len(seeds))}
			found[at.place] = c
			cells = append(cells, c)
		}
		if c.candidate[number[o.Seed]] != nil {
			return nil, nil, fmt.Errorf("the candidate has two outcomes for %s", at)
		}
		c.candidate[number[o.Seed]] = o.Measures
	}
	if err := gatherBase(base, found, number); err != nil {
		return nil, nil, err
	}
	if base != nil {
		for _, c := range cells {
			for n, m := range c.candidate {
				if m != nil && c.base[n] == nil {
					return nil, nil, fmt.Errorf("the baseline has no outcome for %s at seed %d; "+
						"make it again with the same scenarios and seeds",
						c.where(), seeds[n])
				}
			}
		}
	}
	return cells, seeds, nil
}

// gatherBase puts the baseline's outcomes beside those of the candidate; it may hold more
// than is run.
func gatherBase(base []scenarios.Outcome, found map[string]*cell, number map[uint64]int) error {
	for k := range base {
		at, err := pairingOf(&base[k])
		if err != nil {
			return err
		}
		c, n := found[at.place], 0
		if c != nil {
			var ran bool
			n, ran = number[at.seed]
			if !ran || c.candidate[n] == nil {
				c = nil
			}
		}
		if c == nil {
			continue
		}
		if c.base[n] != nil {
			return fmt.Errorf("the baseline has two outcomes for %s", at)
		}
		c.base[n] = base[k].Measures
	}
	return nil
}

func (p pairing) String() string { return fmt.Sprintf("%s at seed %d", p.place, p.seed) }

func (c *cell) where() string {
	if len(c.point) == 0 {
		return c.scenario
	}
	b, _ := json.Marshal(c.point) // it was marshalled before
	return c.scenario + " at " + string(b)
}

// defines tells whether either side has the measure at any seed.
func (c *cell) defines(measure string) bool {
	has := func(m map[string]float64) bool { _, ok := m[measure]; return ok }
	return slices.ContainsFunc(c.candidate, has) || slices.ContainsFunc(c.base, has)
}
