package simulate

import (
	"math"
	"math/rand/v2"
	"time"
)

// Rotate is a brigade of which a window rates each target; from target to
// target the window slides on.
type Rotate struct {
	Crew
	Window        float64       `doc:"share of the accounts that a target's window holds, 3 accounts at least" within:"0..1"`
	Step          float64       `doc:"how far the window slides from target to target, in windows" within:"0..1"`
	Participation float64       `doc:"share of a window's accounts that rate its target" within:"0..1"`
	Spread        time.Duration `doc:"mean time from the brigade's turning to a target to a member's rating" within:"0.."`
	Filler        float64       `doc:"honest-looking ratings of a member per target of the brigade" within:"0..1000"`
}

// NewRotate returns a Rotate by thirds that slide by half, with .95, 10 minutes
// and 3 ratings per target.
func NewRotate() *Rotate {
	return &Rotate{Crew: newCrew(), Window: 1. / 3, Step: .5, Participation: .95, Spread: 10 * time.Minute, Filler: 3}
}

func (a *Rotate) Name() string { return "rotate" }

func (a *Rotate) Doc() Doc {
	return Doc{
		Summary: "the accounts take turns: each target has a window of them, sliding on",
		Goal:    "move targets while two accounts seldom meet",
		Source: "after the pools of accounts behind review groups: Mukherjee et al., " +
			"Spotting Fake Reviewer Groups, WWW 2012",
		Detection: "chains of overlapping small groups; follow shared targets from account to account",
	}
}

func (a *Rotate) Inject(rng *rand.Rand, w *World) error {
	return a.muster(a, rng, w, func(b *brigade) {
		members := b.enlist()
		window := max(min(3, a.Accounts), int(math.Ceil(a.Window*float64(a.Accounts))))
		step := max(1, int(math.Round(a.Step*float64(window))))
		for j, t := range b.targets {
			shift := make([]member, window)
			for k := range shift {
				shift[k] = members[(j*step+k)%len(members)]
			}
			b.charge(shift, t, a.Participation, a.Spread)
		}
		b.blend(members, a.Filler)
	})
}
