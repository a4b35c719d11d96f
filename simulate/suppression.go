package simulate

import "math/rand/v2"

// Suppression is a minority of raters on both sides who rate honestly but bury
// good items whenever they come by one of them.
type Suppression struct {
	Crew
	Participation float64 `doc:"share of the targets that a member rates" within:"0..1"`
	Filler        float64 `doc:"honest-looking ratings of a member per target" within:"0..1000"`
}

// NewSuppression returns a Suppression by 500 accounts, a tenth of the raters of
// the default world, of 20 items in the best third, with .3 and 1 rating per
// target.
func NewSuppression() *Suppression {
	a := &Suppression{Crew: newCrew(), Participation: .3, Filler: 1}
	a.Accounts, a.Goal, a.Merit, a.bothSides = 500, Bury, -.5, true
	return a
}

func (a *Suppression) Name() string { return "suppression" }

func (a *Suppression) Doc() Doc {
	return Doc{
		Summary:   "5 to 20 % of raters, spread over both camps, bury good items in their own time",
		Goal:      "keep helpful items from being shown",
		Source:    "Community Notes are Vulnerable to Rater Bias and Manipulation, arXiv 2511.02615 (2025)",
		Detection: "raters whose verdicts on good items part from their camp's, on the same items; no times to go by",
	}
}

func (a *Suppression) Inject(rng *rand.Rand, w *World) error {
	return a.muster(a, rng, w, func(b *brigade) {
		members := b.enlistBoth(.5)
		for _, t := range b.targets {
			for _, m := range members {
				if b.rng.Float64() < a.Participation {
					own := t
					own.at = max(t.at, b.moment(b.rng, &m.persona, t.item))
					b.strike(m, own, 0)
				}
			}
		}
		b.blend(members, a.Filler)
	})
}
