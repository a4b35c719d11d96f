package simulate

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/ringwatch/ringwatch/catalog"
)

// A Goal is what a brigade wants for its targets.
type Goal string

const (
	Push  Goal = "push"  // the best rating
	Bury  Goal = "bury"  // the worst
	Mixed Goal = "mixed" // push 7 targets in 10, bury the others
)

// Crew is what all brigades have in common; its options are theirs.
type Crew struct {
	Brigades int           `doc:"brigades, each with accounts, targets and a side of its own" within:"0..100000"`
	Accounts int           `doc:"accounts of a brigade; 0 is no attack" within:"0..10000000"`
	Targets  int           `doc:"items that a brigade is after" within:"0..10000000"`
	Goal     Goal          `doc:"push (rate best), bury (rate worst), or mixed (push 7 targets in 10); co-actions can only be pushed" among:"push bury mixed"`
	Merit    float64       `doc:"quality below which an item is pushed, and above whose negative it is buried, in standard deviations; in real data the mean of an item's ratings stands for it" within:"-10..10"`
	Slips    float64       `doc:"share of the ratings on targets that are the middle of the scale by mistake" within:"0..1"`
	Delay    time.Duration `doc:"a brigade turns to a target 10 minutes after it appears, or up to this much later, at any moment alike" within:"0.."`
	Campaign time.Duration `doc:"targets appear within a stretch this long; where that holds too few, it grows" within:"0.."`

	Again bool `doc:"no new accounts: those of the attack before act once more, brigade by brigade, as many as there are; what they spend counts for their first brigade"`

	bothSides bool // targets and accounts may be on either side
	late      bool // the campaign is the last of the data
	prompt    bool // there is no wait of 10 minutes before the delay
}

func newCrew() Crew {
	return Crew{Brigades: 1, Accounts: 20, Targets: 20, Goal: Mixed, Merit: .3, Slips: .03,
		Delay: 12 * time.Hour, Campaign: 60 * 24 * time.Hour}
}

func (c *Crew) budget() *Crew { return c }

// Feasible reports what it can tell of a plan before the world is made: options
// out of their ranges, and budgets that the world cannot meet. k is the index of
// the attack at fault, -1 for the world, which may be nil where it is real data.
func Feasible(o *Organic, attacks []Attack) (k int, err error) {
	if o != nil {
		if err := o.check(); err != nil {
			return -1, err
		}
	}
	targets := 0
	for k, a := range attacks {
		if err := catalog.Check(a.Name(), a); err != nil {
			return k, err
		}
		of, crewed := a.(interface{ budget() *Crew })
		if !crewed || o == nil {
			continue
		}
		c := of.budget()
		if c.Accounts > 0 {
			targets += c.Brigades * c.Targets
		}
		if targets > o.Items {
			return k, fmt.Errorf("%s: the brigades up to here are after %d items, but the world has %d; "+
				"lower targets or brigades", a.Name(), targets, o.Items)
		}
		if _, honest := a.(*Hijack); honest && c.Brigades*c.Accounts > o.Raters {
			return k, fmt.Errorf("hijack: accounts times brigades is %d, but the world has %d raters",
				c.Brigades*c.Accounts, o.Raters)
		}
	}
	return 0, nil
}

// muster checks the options of an attack and lets each of its brigades act, or says
// why they cannot and leaves the world as it was. Targets come of a stream of their
// own, so that an earlier attack takes single targets away and changes nothing else.
func (c *Crew) muster(a Attack, rng *rand.Rand, w *World, act func(*brigade)) error {
	if err := catalog.Check(a.Name(), a); err != nil {
		return err
	}
	if c.Goal != Push && c.Goal != Bury && c.Goal != Mixed {
		return fmt.Errorf("%s: goal is %q, but it must be push, bury or mixed", a.Name(), c.Goal)
	}
	if c.Accounts == 0 || c.Targets == 0 {
		return nil
	}
	recent := w.recent
	switch {
	case c.Again && recent == [2]int32{}:
		return fmt.Errorf("%s: no attack is before it whose accounts could act again", a.Name())
	case c.Again && !c.recalls(a):
		return fmt.Errorf("%s: its accounts are not made from nothing, so that others cannot act again in their place",
			a.Name())
	}
	brigades := w.form(a.Name(), c, rng)
	if c.Again {
		for k, b := range brigades {
			b.id = recent[0] + int32(k)%(recent[1]-recent[0])
		}
	}
	for k, b := range brigades {
		if err := b.aim(fork(b.rng)); err != nil {
			for _, b := range brigades[:k+1] {
				b.release()
			}
			return fmt.Errorf("%s: %w", a.Name(), err)
		}
	}
	if !c.Again && len(brigades) > 0 {
		w.recent = [2]int32{brigades[0].id, brigades[0].id + int32(len(brigades))}
	}
	for _, b := range brigades {
		act(b)
	}
	return nil
}

// recalls reports whether accounts of another attack can do an attack's work.
func (c *Crew) recalls(a Attack) bool {
	switch a.(type) {
	case *Bomb, *Hijack, *Mimic:
		return false
	}
	return true
}

// form returns brigades without targets and members.
func (w *World) form(attack string, c *Crew, rng *rand.Rand) []*brigade {
	brigades := make([]*brigade, c.Brigades)
	first := slices.Max(append([]int32{0}, w.Brigade...)) + 1
	for k := range brigades {
		brigades[k] = &brigade{World: w, scene: w.scene(), attack: attack, crew: c, rng: fork(rng),
			id: first + int32(k)}
	}
	return brigades
}

func fork(rng *rand.Rand) *rand.Rand { return rand.New(rand.NewPCG(rng.Uint64(), rng.Uint64())) }

// side draws the side of a brigade: 1, -1, or 0 for both.
func (c *Crew) side(rng *rand.Rand) float64 {
	switch u := rng.Float64(); {
	case c.bothSides:
		return 0
	case u < .5:
		return -1
	}
	return 1
}
