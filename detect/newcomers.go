package detect

import (
	"context"
	"math"
	"slices"
)

// Newcomers looks for raters who were first active together and then chose the
// same items, whenever. As it compares a rater with those of its cohort only, a
// pair need stand out among fewer.
type Newcomers struct {
	Cohort   int `doc:"raters whose first ratings follow each other that make a cohort; a rater is compared with its own and the two beside it"`
	MaxSeeds int `doc:"groups that are proposed at most, the largest first"`
}

// NewNewcomers returns a Newcomers with its defaults.
func NewNewcomers() *Newcomers { return &Newcomers{Cohort: 30, MaxSeeds: 200} }

func (d *Newcomers) Name() string { return "newcomers" }

func (d *Newcomers) Doc() Doc {
	return Doc{
		Summary:   "raters first active together who share items, whenever; those in no ring yet",
		Source:    "accounts made in one batch, as SynchroTrap (Cao et al., CCS 2014) met them, first ratings standing for the making, of which tables do not know; against the fitted null",
		Cost:      "sum over items of up to 250 ratings of these squared; memory linear in raters",
		BlindSpot: "accounts that first act apart, as bought or hijacked ones do; those older than the data; data without times",
		OnRequest: true,
	}
}

func (d *Newcomers) Detect(ctx context.Context, in Input) (*Findings, error) {
	return in.propose(ctx, d, func(e *engine) ([][]int32, error) {
		if e.time == nil {
			return nil, errNoTimes
		}
		use, cohort := e.unclaimed(), e.cohorts(d.Cohort)
		edges, err := e.closePairs(ctx, d.Name(), use, e.bins, func(c *counter, u, k int32) {
			lo, hi := e.itemStart[e.item[k]], e.itemStart[e.item[k]+1]
			if hi-lo > hotItem {
				return
			}
			s := stratum(int(hi - lo))
			for _, v := range e.rater[lo:hi] {
				if apart := cohort[v] - cohort[u]; v > u && apart >= -1 && apart <= 1 && use[v] {
					c.add(v, s)
				}
			}
		})
		if err != nil {
			return nil, err
		}
		among := float64(max(2, min(e.raters, 3*d.Cohort)))
		return e.atMost(d.Name(), linkSeeds(e.raters, math.Log(among), edges), d.MaxSeeds), nil
	})
}

// cohorts numbers the raters by their first acts, size to a number. Those who
// came at one time share it, so that ties do not matter.
func (e *engine) cohorts(size int) []int32 {
	size = max(1, size)
	first := make([]int32, 0, e.raters)
	for u := range int32(e.raters) {
		if mine := e.actsOf(u); len(mine) > 0 {
			first = append(first, e.time[mine[0]])
		}
	}
	slices.Sort(first)
	var edges []int32
	for at := size; at < len(first); at += size {
		edges = append(edges, first[at])
	}
	edges = slices.Compact(edges)
	cohort := make([]int32, e.raters)
	for u := range cohort {
		if mine := e.actsOf(int32(u)); len(mine) > 0 {
			at, found := slices.BinarySearch(edges, e.time[mine[0]])
			if found {
				at++
			}
			cohort[u] = int32(at)
		}
	}
	return cohort
}
