package simulate

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// An Arrival is how the ratings of a campaign are spread over its time.
type Arrival string

const (
	Even  Arrival = "even"  // at any moment alike
	Front Arrival = "front" // most at once, and ever fewer: exponential, of a third of the time
	Shift Arrival = "shift" // in working hours, 9 to 17 of a zone
)

// Farm is a brigade of throw-away accounts that deliver ratings by the piece.
type Farm struct {
	Crew
	PerAccount int           `doc:"targets that an account rates, drawn for each" within:"1..10000000"`
	Within     time.Duration `doc:"time in which the ratings of a target are delivered, from some moment of its life on" within:"0.."`
	Arrival    Arrival       `doc:"how they are spread over it: even, front (most at once) or shift (working hours)" among:"even front shift"`
	Camouflage int           `doc:"honest-looking ratings of an account, beside" within:"0..1000"`
	Aged       float64       `doc:"share of the accounts that were bought with a history" within:"0..1"`
	History    int           `doc:"honest-looking ratings of an account with a history" within:"0..10000"`
}

// NewFarm returns a Farm of 50 accounts that push one item within a day, each by
// one rating, without slips.
func NewFarm() *Farm {
	a := &Farm{Crew: newCrew(), PerAccount: 1, Within: 24 * time.Hour, Arrival: Even, History: 12}
	a.Accounts, a.Targets, a.Goal, a.Slips, a.Campaign, a.Delay = 50, 1, Push, 0, tenYears, 0
	return a
}

// tenYears is a campaign in which any item may be a target.
const tenYears = 10 * 365 * 24 * time.Hour

func (a *Farm) Name() string { return "farm" }

func (a *Farm) Doc() Doc {
	return Doc{
		Summary: "throw-away accounts rate a client's items, one or a few each, within hours or weeks",
		Goal:    "move items at the price of an account a rating, at any time of their life",
		Source: "Xie et al., Review Spam Detection via Temporal Pattern Discovery, KDD 2012; Fayazi et al., " +
			"Uncovering Crowdsourced Manipulation of Online Reviews, SIGIR 2015",
		Detection: "an item's burst of accounts without a history whose votes neither its usual newcomers nor its " +
			"established raters share",
	}
}

func (a *Farm) Inject(rng *rand.Rand, w *World) error {
	if err := a.Arrival.check(a.Name()); err != nil {
		return err
	}
	return a.muster(a, rng, w, func(b *brigade) {
		members := b.enlist()
		b.schedule(a.Within)
		for _, m := range members {
			for _, j := range b.rng.Perm(len(b.targets))[:min(a.PerAccount, len(b.targets))] {
				b.strike(m, b.targets[j], a.Arrival.wait(b.rng, a.Within))
			}
			quota := a.Camouflage
			if b.rng.Float64() < a.Aged {
				quota += a.History
			}
			if quota > 0 {
				b.live([]member{m}, quota)
			}
		}
	})
}

func (a Arrival) check(attack string) error {
	if a != Even && a != Front && a != Shift {
		return fmt.Errorf("%s: arrival is %q, but it must be even, front or shift", attack, a)
	}
	return nil
}

// wait draws how long after the beginning of a campaign a rating comes, in seconds.
func (a Arrival) wait(rng *rand.Rand, within time.Duration) float64 {
	s := within.Seconds()
	switch a {
	case Front:
		return math.Mod(s/3*rng.ExpFloat64(), max(s, 1))
	case Shift:
		if s > day {
			return math.Floor(rng.Float64()*s/day)*day + rng.Float64()*8*hour
		}
	}
	return rng.Float64() * s
}

// schedule turns the brigade to each of its targets at one moment, or as soon
// after as a target is there: any of the lives that all have in common, so that
// what is done within a time ends before they do, where they are long enough. The
// crew's delay comes on top, of each target its own.
func (b *brigade) schedule(within time.Duration) {
	if !b.Ratings.HasTimes() {
		return
	}
	from, to := int64(math.MinInt64), int64(math.MaxInt64)
	begin := make([]int32, len(b.targets))
	for k, t := range b.targets {
		rows := b.honest().ByItem().Rows(t.item)
		first, last := t.at, b.last()
		if len(rows) > 0 {
			first, last = b.honest().Time[rows[0]], b.honest().Time[rows[len(rows)-1]]
		}
		begin[k] = first
		from, to = max(from, int64(first)), min(to, int64(last))
	}
	to -= int64(within.Seconds())
	at := from
	if to > from {
		at += b.rng.Int64N(to - from)
	}
	for k := range b.targets {
		wait := int64(b.rng.Float64() * b.crew.Delay.Seconds())
		b.targets[k].at = int32(min(max(at, int64(begin[k]))+wait, int64(b.last())))
	}
	slices.SortStableFunc(b.targets, func(x, y target) int { return cmp.Compare(x.at, y.at) })
}

// live lets members give quota honest-looking ratings each, over the brigade's
// time.
func (b *brigade) live(members []member, quota int) {
	for _, m := range members {
		b.seen.reset(len(b.World.Goal))
		for _, t := range b.targets {
			b.seen.first(t.item)
		}
		b.visit(b.rng, &m.persona, quota, &b.seen, func(item, t int32, value float32) {
			b.append(m.rater, item, value, b.time(b.rng, t, 0))
		})
	}
}
