package simulate

import (
	"math/rand/v2"
	"time"
)

// Dissent is a brigade that spoils its own agreement on purpose.
type Dissent struct {
	Crew
	Contrary      float64       `doc:"share of the ratings of targets that go against the goal" within:"0..1"`
	Participation float64       `doc:"share of the targets that a member rates" within:"0..1"`
	Spread        time.Duration `doc:"mean time from the brigade's turning to a target to a member's rating" within:"0.."`
	Filler        float64       `doc:"honest-looking ratings of a member per target" within:"0..1000"`
}

// NewDissent returns a Dissent of a fifth, with .95, 10 minutes and 3 ratings
// per target.
func NewDissent() *Dissent {
	return &Dissent{Crew: newCrew(), Contrary: .2, Participation: .95, Spread: 10 * time.Minute, Filler: 3}
}

func (a *Dissent) Name() string { return "dissent" }

func (a *Dissent) Doc() Doc {
	return Doc{
		Summary: "some members vote against the goal, so that the brigade does not agree too well",
		Goal:    "stay below a detector's threshold of agreement at the price of some effect",
		Source: "noise against detectors of agreement: Williams et al., Detection of Obfuscated Attacks, " +
			"ECAI workshop 2006",
		Detection: "what is rated when, whatever the value; report such groups as co-interest",
	}
}

func (a *Dissent) Inject(rng *rand.Rand, w *World) error {
	return a.muster(a, rng, w, func(b *brigade) {
		members := b.enlist()
		for _, t := range b.targets {
			against := t
			if !b.Ratings.Scale.Unary() {
				against.value = 1 - t.value
			}
			for _, m := range members {
				vote := t
				if b.rng.Float64() < a.Contrary {
					vote = against
				}
				b.charge([]member{m}, vote, a.Participation, a.Spread)
			}
		}
		b.blend(members, a.Filler)
	})
}
