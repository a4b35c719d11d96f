package simulate

import (
	"math/rand/v2"
	"time"
)

// Jitter is a brigade that knows the time window of a synchrony detector and
// keeps any two of its ratings of a target further apart.
type Jitter struct {
	Crew
	Participation float64       `doc:"share of the targets that a member rates" within:"0..1"`
	Window        time.Duration `doc:"least time between two ratings of a target; it is twice that at most" within:"0.."`
	Filler        float64       `doc:"honest-looking ratings of a member per target" within:"0..1000"`
}

// NewJitter returns a Jitter past 10 minutes, with .95 and 3 ratings per target.
func NewJitter() *Jitter {
	return &Jitter{Crew: newCrew(), Participation: .95, Window: 10 * time.Minute, Filler: 3}
}

func (a *Jitter) Name() string { return "jitter" }

func (a *Jitter) Doc() Doc {
	return Doc{
		Summary: "members take turns, each later than the one before by more than a window",
		Goal:    "leave no pair of ratings within a detector's fixed window",
		Source: "fixed windows of coordination detectors: Pacheco et al., Uncovering Coordinated Networks, " +
			"ICWSM 2021; Righetti and Balluff, CooRTweet, 2023",
		Detection: "several windows at once, or none; too even gaps; shared rare choices",
	}
}

func (a *Jitter) Inject(rng *rand.Rand, w *World) error {
	return a.muster(a, rng, w, func(b *brigade) {
		members := b.enlist()
		for _, t := range b.targets {
			wait := 0.
			for _, k := range b.rng.Perm(len(members)) {
				if b.rng.Float64() < a.Participation {
					b.strike(members[k], t, wait)
					wait += a.Window.Seconds() * (1 + b.rng.Float64())
				}
			}
		}
		b.blend(members, a.Filler)
	})
}
