package simulate

import (
	"math/rand/v2"
	"time"
)

// Sleeper is a brigade of accounts that grow a history, fall silent, and strike
// late in the data.
type Sleeper struct {
	Crew
	Grow          time.Duration `doc:"how long accounts grow a history; cut short where the data begins too late" within:"0.."`
	Wait          time.Duration `doc:"how long they then lie silent before the campaign" within:"0.."`
	Participation float64       `doc:"share of the targets that a member rates" within:"0..1"`
	Spread        time.Duration `doc:"mean time from the brigade's turning to a target to a member's rating" within:"0.."`
	Filler        float64       `doc:"honest-looking ratings of a member per target, all while it grows" within:"0..1000"`
}

// NewSleeper returns a Sleeper that grows for 25 days, waits for 10 and strikes
// in the last 10, with .95, 10 minutes and 3 ratings per target.
func NewSleeper() *Sleeper {
	a := &Sleeper{Crew: newCrew(), Grow: 25 * 24 * time.Hour, Wait: 10 * 24 * time.Hour,
		Participation: .95, Spread: 10 * time.Minute, Filler: 3}
	a.Campaign, a.late = 10*24*time.Hour, true
	return a
}

func (a *Sleeper) Name() string { return "sleeper" }

func (a *Sleeper) Doc() Doc {
	return Doc{
		Summary:   "accounts grow an honest history, wait, then strike together",
		Goal:      "pass every check of age and reputation at the time of the strike",
		Source:    "value-imbalance and re-entry attacks on reputation: Hoffman et al., ACM Computing Surveys 2009",
		Detection: "shared targets within the last days only; accounts that wake together after a silence",
	}
}

func (a *Sleeper) Inject(rng *rand.Rand, w *World) error {
	return a.muster(a, rng, w, func(b *brigade) {
		members := b.enlist()
		if b.Ratings.HasTimes() {
			for k := range members {
				members[k].to = max(b.first(), members[k].from-int32(min(a.Wait.Seconds(), 1<<30)))
				members[k].from = max(b.first(), members[k].to-int32(min(a.Grow.Seconds(), 1<<30)))
			}
		}
		for _, t := range b.targets {
			b.charge(members, t, a.Participation, a.Spread)
		}
		b.blend(members, a.Filler)
	})
}
