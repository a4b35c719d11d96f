package simulate

import (
	"math/rand/v2"
	"time"
)

// Profile is a brigade of the recommender literature: each account is a profile
// made of fillers, chosen and rated by what the attacker knows of the data, and
// of the targets. The literature gives no times: fillers fall when the account
// would be online.
type Profile struct {
	Crew
	Filler      int           `doc:"ratings of an account beside its targets and selected items" within:"0..10000000"`
	Noise       float64       `doc:"standard deviation of what is added to each rating that is no target's, in widths of the scale" within:"0..1"`
	UserShift   float64       `doc:"standard deviation of what is added to all those of an account alike, in widths of the scale" within:"0..1"`
	TargetShift float64       `doc:"how far a target's rating stays short of the extreme, in widths of the scale" within:"0..0.5"`
	Spread      time.Duration `doc:"mean time from the brigade's turning to a target to an account's rating" within:"0.."`

	name string
	pool float64 // share of the items, most rated first, that fillers come from
}

func newProfile(name string) *Profile {
	a := &Profile{Crew: newCrew(), Filler: 50, Spread: 24 * time.Hour, name: name, pool: 1}
	a.Accounts, a.Targets, a.Goal = 50, 5, Push
	return a
}

// NewRandom returns the random attack: fillers valued as the mean rating.
func NewRandom() *Profile { return newProfile("random") }

// NewAverage returns the average attack: fillers valued as their own mean.
func NewAverage() *Profile { return newProfile("average") }

// NewLoveHate returns the love/hate attack: fillers valued as the opposite of
// the targets.
func NewLoveHate() *Profile {
	a := newProfile("love-hate")
	a.Goal = Bury
	return a
}

// NewProbe returns the probe attack: fillers that follow from one another.
func NewProbe() *Profile { return newProfile("probe") }

// NewPowerUser returns the power user attack: copies of the busiest raters.
func NewPowerUser() *Profile { return newProfile("power-user") }

// NewNoiseInjection returns an average attack with noise of a fifth.
func NewNoiseInjection() *Profile {
	a := newProfile("noise-injection")
	a.Noise = .2
	return a
}

// NewUserShift returns an average attack whose accounts are shifted by a fifth.
func NewUserShift() *Profile {
	a := newProfile("user-shift")
	a.UserShift = .2
	return a
}

// NewTargetShift returns an average attack that stays a quarter short.
func NewTargetShift() *Profile {
	a := newProfile("target-shift")
	a.TargetShift = .25
	return a
}

// NewObfuscated returns an average attack with noise, shifts and all.
func NewObfuscated() *Profile {
	a := newProfile("obfuscated")
	a.Noise, a.UserShift, a.TargetShift = .1, .1, .25
	return a
}

func (a *Profile) Name() string { return a.name }
func (a *Profile) Doc() Doc     { return profiles[a.name].doc }
func (a *Profile) Inject(rng *rand.Rand, w *World) error {
	return a.inject(a, rng, w, 0)
}

// NewFarming returns the farming attack: accounts that agree with what everybody
// agrees on until they count as good raters.
func NewFarming() *Profile {
	a := newProfile("farming")
	a.Accounts, a.Targets = 20, 20
	return a
}

// OverPopular is a Profile that takes its fillers from the most rated items.
type OverPopular struct {
	Profile
	Popular float64 `doc:"share of the items, the most rated first, that fillers are drawn from" within:"0..1"`
}

// NewAverageOverPopular returns an average attack on the top fifth.
func NewAverageOverPopular() *OverPopular {
	return &OverPopular{*newProfile("average-over-popular"), .2}
}

func (a *OverPopular) Inject(rng *rand.Rand, w *World) error {
	a.pool = a.Popular
	return a.inject(a, rng, w, 0)
}

// Seeded is a Profile of which each account also rates the same selected items.
type Seeded struct {
	Profile
	Selected int `doc:"selected items that every account rates" within:"0..10000000"`
}

func newSeeded(name string, goal Goal) *Seeded {
	a := &Seeded{*newProfile(name), 10}
	a.Goal = goal
	return a
}

// NewBandwagon returns the bandwagon attack: the best known items are liked.
func NewBandwagon() *Seeded { return newSeeded("bandwagon", Push) }

// NewReverseBandwagon returns the reverse bandwagon attack: the best known
// unpopular items are disliked.
func NewReverseBandwagon() *Seeded { return newSeeded("reverse-bandwagon", Bury) }

// NewSegment returns the segment attack: what the raters of the first target
// rate is liked, all else disliked.
func NewSegment() *Seeded { return newSeeded("segment", Push) }

// NewPopular returns the popular attack: the best known items are told apart
// with low values.
func NewPopular() *Seeded {
	a := newSeeded("popular", Push)
	a.Selected, a.Filler = 50, 0
	return a
}

// NewPowerItem returns the power item attack: an average attack on the same
// best known items in each account.
func NewPowerItem() *Seeded {
	a := newSeeded("power-item", Push)
	a.Selected, a.Filler = 50, 0
	return a
}

func (a *Seeded) Inject(rng *rand.Rand, w *World) error { return a.inject(a, rng, w, a.Selected) }

// inject makes the profiles, then lets them rate the targets.
func (a *Profile) inject(named Attack, rng *rand.Rand, w *World, selected int) error {
	return a.muster(named, rng, w, func(b *brigade) {
		p := profiles[a.name]
		f := &forger{brigade: b, opposite: 1 - b.targets[0].value, pool: b.census().popular}
		f.pool = f.pool[:max(min(1, len(f.pool)), int(a.pool*float64(len(f.pool))))]
		seeds := p.seeds(f, selected)
		members := b.enlist()
		for _, m := range members {
			b.seen.reset(len(b.World.Goal))
			for _, t := range b.targets {
				b.seen.first(t.item)
			}
			shift := a.UserShift * b.rng.NormFloat64()
			rate := func(item int32, value float64) bool {
				return f.rate(m, item, value+shift+a.Noise*b.rng.NormFloat64())
			}
			for _, i := range seeds {
				rate(i, p.seedValue(f, i))
			}
			p.fill(f, a.Filler, rate)
		}
		for _, t := range b.targets {
			if !b.Ratings.Scale.Unary() {
				t.value = b.census().snap(float64(t.value) - float64(t.goal)*a.TargetShift)
			}
			b.charge(members, t, 1, a.Spread)
		}
	})
}
