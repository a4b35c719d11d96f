package simulate

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// Mimic is a brigade whose accounts live as honest raters do: each is as active
// as one of them, in the same days and in sessions like theirs. What it rates
// next once the brigade turns to a target is the target.
type Mimic struct {
	Crew
	Participation float64       `doc:"share of the targets that a member is there for which it rates" within:"0..1"`
	Reach         time.Duration `doc:"a member is there for a target if it is online this soon after the brigade turns to it" within:"0.."`
	MinRatings    int           `doc:"least honest ratings of those whose lives accounts lead" within:"0.."`
	MaxRatings    int           `doc:"most honest ratings of them" within:"0.."`
}

// NewMimic returns a Mimic of .90 within a day by accounts that lead lives of
// raters with 10 to 300 ratings.
func NewMimic() *Mimic {
	return &Mimic{Crew: newCrew(), Participation: .90, Reach: 24 * time.Hour, MinRatings: 10, MaxRatings: 300}
}

func (a *Mimic) Name() string { return "mimic" }

func (a *Mimic) Doc() Doc {
	return Doc{
		Summary:   "accounts lead the lives of honest raters; at times they rate a target instead",
		Goal:      "pass every classifier of single accounts",
		Source:    "Hooi et al., FRAUDAR, KDD 2016 (camouflage that hijacks the pattern of honest users)",
		Detection: "nothing in one account; that the same accounts come by the same targets, and agree",
	}
}

func (a *Mimic) Inject(rng *rand.Rand, w *World) error {
	of := w.honest().ByRater()
	var lives []int32
	for u := range int32(w.Raters) {
		if n := of.Count(u); a.MinRatings <= n && n <= a.MaxRatings && n > 0 {
			lives = append(lives, u)
		}
	}
	if a.Accounts > 0 && len(lives) == 0 {
		return fmt.Errorf("mimic: no rater has from min-ratings %d to max-ratings %d ratings",
			a.MinRatings, a.MaxRatings)
	}
	return a.muster(a, rng, w, func(b *brigade) {
		for range a.Accounts {
			a.live(b, lives[b.rng.IntN(len(lives))])
		}
	})
}

// live makes an account that leads the life of a rater.
func (a *Mimic) live(b *brigade, of int32) {
	t := b.honest()
	rows := t.ByRater().Rows(of)
	p := b.persona(b.rng)
	p.viewpoint, p.language = b.lead.viewpoint*(1+.3*b.rng.NormFloat64()), b.lead.language
	if t.HasTimes() {
		p.from, p.to = t.Time[rows[0]], t.Time[rows[0]]
		for _, k := range rows {
			p.from, p.to = min(p.from, t.Time[k]), max(p.to, t.Time[k])
		}
	}
	m := member{b.account(p), b.lead.viewpoint, p}
	b.seen.reset(len(b.World.Goal))
	for _, t := range b.targets {
		b.seen.first(t.item)
	}
	var life []row
	b.visit(b.rng, &m.persona, len(rows), &b.seen,
		func(item, t int32, value float32) { life = append(life, row{item, t, value}) })
	a.divert(b, life)
	for _, r := range life {
		b.append(m.rater, r.item, r.value, b.time(b.rng, r.t, 0))
	}
}

// divert puts targets in the place of what is rated next.
func (a *Mimic) divert(b *brigade, life []row) {
	free := make([]int, len(life)) // rows by time
	for k := range free {
		free[k] = k
	}
	slices.SortStableFunc(free, func(i, j int) int { return cmp.Compare(life[i].t, life[j].t) })
	for _, t := range b.targets {
		next := 0
		if b.Ratings.HasTimes() {
			next = slices.IndexFunc(free, func(k int) bool { return life[k].t >= t.at })
			if next < 0 || float64(life[free[next]].t-t.at) > a.Reach.Seconds() {
				continue
			}
		} else if len(free) > 0 {
			next = b.rng.IntN(len(free))
		}
		if next >= len(free) || b.rng.Float64() >= a.Participation {
			continue
		}
		r := &life[free[next]]
		r.item, r.value = t.item, t.value
		if b.rng.Float64() < b.crew.Slips && !b.Ratings.Scale.Unary() {
			r.value = b.census().slip(t.value)
		}
		free = slices.Delete(free, next, next+1)
	}
}
