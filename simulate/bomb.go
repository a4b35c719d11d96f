package simulate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// Bomb is a mass that is called upon an item: most of them new, and some who were
// there before.
type Bomb struct {
	Crew
	Established float64       `doc:"share of the accounts that are honest raters who join" within:"0..1"`
	MinHistory  int           `doc:"least honest ratings of these" within:"0.."`
	Within      time.Duration `doc:"time in which the mass comes, most of it in the first third" within:"0.."`
}

// NewBomb returns a Bomb of 300 accounts, 3 in 10 of them honest raters with 5
// ratings or more, that bury one item within 3 days.
func NewBomb() *Bomb {
	a := &Bomb{Crew: newCrew(), Established: .3, MinHistory: 5, Within: 3 * 24 * time.Hour}
	a.Accounts, a.Targets, a.Goal, a.Slips, a.Campaign, a.Delay = 300, 1, Bury, .1, tenYears, 0
	return a
}

func (a *Bomb) Name() string { return "bomb" }

func (a *Bomb) Doc() Doc {
	return Doc{
		Summary: "a mass, old raters among it, falls upon one item within days",
		Goal:    "punish an item, or lift it, whatever it is worth",
		Source: "review bombing: Tomaselli et al., The Last of Us Part II reviews, 2021; Steam, " +
			"User Reviews Revisited, 2019",
		Detection: "votes of a few days that differ from before and after, of established raters too; " +
			"whether it is a crowd's own anger, ratings cannot tell",
	}
}

func (a *Bomb) Inject(rng *rand.Rand, w *World) error {
	joined := int(math.Round(a.Established * float64(a.Accounts)))
	of := Hijack{Crew: a.Crew, MinHistory: a.MinHistory, MaxHistory: math.MaxInt32}
	honest := 0
	for u := range int32(w.Raters) {
		if of.wants(w, u) {
			honest++
		}
	}
	if want := joined * a.Brigades; want > honest {
		return fmt.Errorf("bomb: accounts times established times brigades is %d, "+
			"but only %d honest raters have min-history %d ratings",
			want, honest, a.MinHistory)
	}
	return a.muster(a, rng, w, func(b *brigade) {
		of.Accounts = joined
		members := b.enlistOn(b.lead.viewpoint, a.Accounts-joined)
		old := of.take(b)
		b.schedule(a.Within)
		for _, t := range b.targets {
			for _, m := range members {
				b.strike(m, t, Front.wait(b.rng, a.Within))
			}
			for _, m := range old {
				if !b.rated(m.rater, t.item) {
					b.strike(m, t, Front.wait(b.rng, a.Within))
				}
			}
		}
	})
}
