package gate

import (
	"fmt"
	"math/bits"
	"slices"

	"github.com/ringwatch/ringwatch/scenarios"
)

// seeds returns the seeds of each scenario to begin with.
func (p *Plan) seeds() (map[string][]uint64, error) {
	seeds := make(map[string][]uint64)
	for _, s := range p.Scenarios {
		switch {
		case p.Seeds != nil:
			seeds[s.Name] = p.Seeds
		case p.Base == nil:
			seeds[s.Name] = s.Seeds
		default:
			var of []uint64
			for _, o := range p.Base {
				if o.Scenario == s.Name {
					of = append(of, o.Seed)
				}
			}
			slices.Sort(of)
			if seeds[s.Name] = slices.Compact(of); len(of) == 0 {
				return nil, fmt.Errorf("the baseline has no outcome of %s; make it again with the same scenarios",
					s.Name)
			}
		}
	}
	return seeds, nil
}

// most is how many seeds a scenario may take. Outcomes that were run before
// hold only so many.
func (p *Plan) most(s *scenarios.Scenario) int {
	if p.Base == nil {
		return p.MoreSeeds
	}
	n := 0
	for n < p.MoreSeeds && slices.ContainsFunc(p.Base, func(o scenarios.Outcome) bool {
		return o.Scenario == s.Name &&
			o.Seed == uint64(n+1)
	}) {
		n++
	}
	return n
}

// looks is how often a scenario can be judged: at its seeds, at twice as many,
// and so on.
func (p *Plan) looks(seeds map[string][]uint64) int {
	looks := 1
	for _, s := range p.Scenarios {
		if first, most := len(seeds[s.Name]), p.most(s); most > first {
			looks = max(looks, 1+bits.Len(uint((most-1)/first)))
		}
	}
	return looks
}

// extend returns seeds with the smallest numbers from 1 on that are not among
// them, n in all.
func extend(seeds []uint64, n int) []uint64 {
	seeds = slices.Clone(seeds)
	for next := uint64(1); len(seeds) < n; next++ {
		if !slices.Contains(seeds, next) {
			seeds = append(seeds, next)
		}
	}
	return seeds
}
