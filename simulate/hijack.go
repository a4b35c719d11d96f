package simulate

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// Hijack is a brigade of accounts that honest raters have lost or lent.
type Hijack struct {
	Crew
	Participation float64       `doc:"share of the targets that a member rates" within:"0..1"`
	Spread        time.Duration `doc:"mean time from the brigade's turning to a target to a member's rating" within:"0.."`
	MinHistory    int           `doc:"least honest ratings of an account" within:"0.."`
	MaxHistory    int           `doc:"most honest ratings of an account" within:"0.."`
}

// NewHijack returns a Hijack of .80 and 10 minutes by accounts with 10 to 300
// ratings of their own.
func NewHijack() *Hijack {
	return &Hijack{Crew: newCrew(), Participation: .80, Spread: 10 * time.Minute, MinHistory: 10, MaxHistory: 300}
}

func (a *Hijack) Name() string { return "hijack" }

func (a *Hijack) Doc() Doc {
	return Doc{
		Summary:   "honest accounts, taken over or paid, rate the targets together",
		Goal:      "move targets by accounts with a history and a reputation",
		Source:    "Egele et al., COMPA, NDSS 2013",
		Detection: "ratings, not accounts: a group's shared rows stand out from what its members did before",
	}
}

func (a *Hijack) Inject(rng *rand.Rand, w *World) error {
	honest := 0
	for u := range int32(w.Raters) {
		if a.wants(w, u) {
			honest++
		}
	}
	if want := a.Accounts * a.Brigades; want > honest {
		return fmt.Errorf("hijack: accounts times brigades is %d, but only %d honest raters have from min-history "+
			"%d to max-history %d ratings",
			want, honest, a.MinHistory, a.MaxHistory)
	}
	return a.muster(a, rng, w, func(b *brigade) {
		members := a.take(b)
		for _, t := range b.targets {
			fresh := slices.DeleteFunc(slices.Clone(members), func(m member) bool { return b.rated(m.rater, t.item) })
			b.charge(fresh, t, a.Participation, a.Spread)
		}
	})
}

// wants reports whether a rater is one to take over.
func (a *Hijack) wants(w *World, u int32) bool {
	n := w.honest().ByRater().Count(u)
	return w.Brigade[u] == 0 && a.MinHistory <= n && n <= a.MaxHistory
}

// take labels honest accounts as the brigade's.
func (a *Hijack) take(b *brigade) []member {
	rng := fork(b.rng)
	draw := make([]float64, b.Raters)
	for u := range draw {
		draw[u] = rng.ExpFloat64()
	}
	var members []member
	for _, u := range lightest(draw, a.Accounts, func(u int32) float64 {
		if a.wants(b.World, u) {
			return 1
		}
		return 0
	}) {
		b.claim(u)
		members = append(members, member{rater: u})
	}
	return members
}

// rated reports whether an honest rater rated an item before any attack.
func (b *brigade) rated(rater, item int32) bool {
	return slices.ContainsFunc(b.honest().ByRater().Rows(rater),
		func(row int32) bool { return b.Ratings.Item[row] == item })
}
