package detect

import (
	"context"
	"math"
)

// Lockstep looks for raters who went through the same items in step: each time
// within a window that holds as many ratings as any other, so that it is minutes
// where the data is busy and days where it is quiet. Items may be as popular as
// they will. Synchrony goes by ten minutes, agreement by no time at all and not on
// items with more than 250 ratings; this is between them.
type Lockstep struct {
	Bins      int `doc:"half-width of the window in bins, each at most a 256th of all ratings"`
	Neighbors int `doc:"ratings before one and after it, on its item and in the window, that it is compared with"`
	MaxSeeds  int `doc:"groups that are proposed at most, the largest first"`
}

// NewLockstep returns a Lockstep with its defaults.
func NewLockstep() *Lockstep { return &Lockstep{Bins: 1, Neighbors: 32, MaxSeeds: 200} }

func (d *Lockstep) Name() string { return "lockstep" }

func (d *Lockstep) Doc() Doc {
	return Doc{
		Summary:   "same items in step, popular ones included, within a window of equally many ratings, whatever the time of each; among raters in no ring yet",
		Source:    "the idea of CopyCatch (Beutel et al., WWW 2013) and SynchroTrap (Cao et al., CCS 2014), windows counted in ratings, against the fitted null",
		Cost:      "ratings times twice the neighbors; memory linear in raters",
		BlindSpot: "raters who share fewer than three items in step; items on which more than the neighbors came between them; data without times",
		OnRequest: true,
	}
}

func (d *Lockstep) Detect(ctx context.Context, in Input) (*Findings, error) {
	return in.propose(ctx, d, func(e *engine) ([][]int32, error) {
		if e.time == nil {
			return nil, errNoTimes
		}
		use := e.unclaimed()
		edges, err := e.closePairs(ctx, d.Name(), use, d.Bins, func(c *counter, u, k int32) { d.meet(e, c, use, u, k) })
		if err != nil {
			return nil, err
		}
		return e.atMost(d.Name(), linkSeeds(e.raters, math.Log(float64(max(1, e.raters))), edges), d.MaxSeeds), nil
	})
}

// meet counts the others who were on the item of u's act k in its window.
func (d *Lockstep) meet(e *engine, c *counter, use []bool, u, k int32) {
	lo, hi := e.itemStart[e.item[k]], e.itemStart[e.item[k]+1]
	s := stratum(int(hi - lo))
	bin := int(e.bin[k])
	for j := k - 1; j >= lo && int(k-j) <= d.Neighbors && bin-int(e.bin[j]) <= d.Bins; j-- {
		if v := e.rater[j]; v > u && use[v] {
			c.add(v, s)
		}
	}
	for j := k + 1; j < hi && int(j-k) <= d.Neighbors && int(e.bin[j])-bin <= d.Bins; j++ {
		if v := e.rater[j]; v > u && use[v] {
			c.add(v, s)
		}
	}
}
