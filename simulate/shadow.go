package simulate

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/ringwatch/ringwatch/catalog"
)

// Shadow is a brigade that is after raters, not items: its accounts follow
// honest raters and repeat their ratings, so that a detector takes these for
// members of a ring.
type Shadow struct {
	Brigades int           `doc:"brigades, each with accounts and victims of its own" within:"0..100000"`
	Accounts int           `doc:"accounts of a brigade; 0 is no attack" within:"0..10000000"`
	Victims  int           `doc:"honest raters who are followed, the busy before others" within:"0..10000000"`
	Copies   float64       `doc:"share of a victim's ratings that an account repeats" within:"0..1"`
	Most     int           `doc:"most ratings of a victim that are repeated, the last ones" within:"0..10000000"`
	Spread   time.Duration `doc:"mean time from a victim's rating to an account's" within:"0.."`
}

// NewShadow returns a Shadow of 10 accounts that each repeat .8 of the last 30
// ratings of 5 victims within 4 minutes or so.
func NewShadow() *Shadow {
	return &Shadow{Brigades: 1, Accounts: 10, Victims: 5, Copies: .8, Most: 30, Spread: 4 * time.Minute}
}

func (a *Shadow) Name() string { return "shadow" }

func (a *Shadow) Doc() Doc {
	return Doc{
		Summary:   "accounts repeat the ratings of honest raters minutes later",
		Goal:      "make honest raters look coordinated, so that the defence silences them",
		Source:    "attacks through the defence: slandering in Hoffman et al., ACM Computing Surveys 2009",
		Detection: "who comes first: followers always rate after the followed, and share nothing they did not lead",
	}
}

func (a *Shadow) Inject(rng *rand.Rand, w *World) error {
	if err := catalog.Check(a.Name(), a); err != nil {
		return err
	}
	if a.Accounts == 0 || a.Victims == 0 {
		return nil
	}
	for _, b := range w.form(a.Name(), &Crew{Brigades: a.Brigades, Accounts: a.Accounts}, rng) {
		b.lead, _ = b.plan(b.rng, b.crew)
		victims := a.victims(fork(b.rng), b)
		for _, m := range b.enlist() {
			b.seen.reset(len(b.World.Goal))
			for _, u := range victims {
				a.follow(b, m, u)
			}
		}
	}
	return nil
}

// victims draws honest raters by the number of their ratings.
func (a *Shadow) victims(rng *rand.Rand, b *brigade) []int32 {
	history := b.honest().ByRater()
	draw := make([]float64, b.Raters)
	for u := range draw {
		draw[u] = rng.ExpFloat64()
	}
	return lightest(draw, a.Victims, func(u int32) float64 { return float64(history.Count(u)) })
}

// follow lets a member repeat a rater's ratings.
func (a *Shadow) follow(b *brigade, m member, rater int32) {
	t := b.honest()
	rows := t.ByRater().Rows(rater)
	for _, row := range slices.Backward(rows[max(0, len(rows)-a.Most):]) {
		if b.rng.Float64() < a.Copies && b.seen.first(t.Item[row]) {
			at := int32(0)
			if t.HasTimes() {
				at = t.Time[row]
			}
			b.append(m.rater, t.Item[row], t.Value[row], b.time(b.rng, at, a.Spread.Seconds()*b.rng.ExpFloat64()))
		}
	}
}
