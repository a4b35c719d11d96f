package simulate

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/ringwatch/ringwatch/rating"
)

// A brigade is one brigade at its work.
type brigade struct {
	*World
	scene
	attack  string
	crew    *Crew
	rng     *rand.Rand
	id      int32
	base    int32             // of its new accounts; 0 before there are any
	called  int               // accounts of another brigade that act again
	done    map[[2]int32]bool // what these rated before; nil for new accounts
	lead    persona
	targets []target
}

// A member is an account of a brigade.
type member struct {
	rater int32
	camp  float64 // 1 or -1
	persona
}

// A target is an item that a brigade is after.
type target struct {
	item  int32
	value float32
	goal  int8
	at    int32 // when the brigade turns to it
}

// aim picks the targets: those that suit the goal if there are enough, else any
// that nobody is after.
func (b *brigade) aim(rng *rand.Rand) error {
	var at []int32
	b.lead, at = b.plan(rng, b.crew)
	draw := make([]float64, len(at))
	for i := range draw {
		draw[i] = rng.ExpFloat64()
	}
	push := 0
	for range b.crew.Targets {
		if b.crew.Goal == Push || b.crew.Goal == Mixed && rng.Float64() < .7 || b.Ratings.Scale.Unary() {
			push++
		}
	}
	for _, want := range []struct {
		goal  int8
		n     int
		value float32
	}{{1, push, 1}, {-1, b.crew.Targets - push, 0}} {
		free := func(i int32) bool { return at[i] != never && b.Goal[i] == 0 }
		items := lightest(draw, want.n, func(i int32) float64 {
			if !free(i) {
				return 0
			}
			return b.suits(i, &b.lead, want.goal, b.crew.Merit)
		})
		if len(items) < want.n {
			items = lightest(draw, want.n, func(i int32) float64 {
				if !free(i) {
					return 0
				}
				return 1
			})
		}
		if len(items) < want.n {
			return fmt.Errorf("targets is %d, but only %d items are there that no brigade is after",
				b.crew.Targets, len(b.targets)+len(items))
		}
		for _, i := range items {
			b.targets = append(b.targets, target{item: i, value: want.value, goal: want.goal, at: at[i]})
			b.Goal[i] = want.goal
		}
	}
	slices.SortFunc(b.targets, func(a, b target) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.item, b.item))
	})
	for k := range b.targets {
		wait := 10*minute + rng.Float64()*b.crew.Delay.Seconds()
		if b.crew.prompt {
			wait -= 10 * minute
		}
		b.targets[k].at = b.time(rng, b.targets[k].at, wait)
	}
	return nil
}

// release gives the targets up.
func (b *brigade) release() {
	for _, t := range b.targets {
		b.Goal[t.item] = 0
	}
}

// lightest draws n indices without replacement by weight: those of the least
// draw/weight, where draws are exponential (Efraimidis and Spirakis 2006).
// It returns fewer where fewer have a weight.
func lightest(draw []float64, n int, weight func(int32) float64) []int32 {
	type entry struct {
		key float64
		i   int32
	}
	order := func(a, b entry) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.i, b.i)) }
	var entries []entry // the least of those seen, and some more
	for i, d := range draw {
		if w := weight(int32(i)); w > 0 {
			entries = append(entries, entry{d / w, int32(i)})
		}
		if len(entries) > 4*n+100 {
			slices.SortFunc(entries, order)
			entries = entries[:n]
		}
	}
	slices.SortFunc(entries, order)
	var chosen []int32
	for _, e := range entries[:min(n, len(entries))] {
		chosen = append(chosen, e.i)
	}
	return chosen
}

// time returns the time that is wait seconds after at; what would be after the
// end falls somewhere between.
func (b *brigade) time(rng *rand.Rand, at int32, wait float64) int32 {
	if !b.Ratings.HasTimes() {
		return rating.NoTime
	}
	t := float64(at) + wait
	if last := b.last(); t > float64(last) {
		t = float64(at) + rng.Float64()*float64(last-at)
	}
	return int32(math.Floor(t/float64(b.tick()))) * b.tick()
}

// enlist makes the brigade's accounts, all on its side.
func (b *brigade) enlist() []member { return b.enlistOn(b.lead.viewpoint, b.crew.Accounts) }

// enlistOn makes n accounts on a side.
func (b *brigade) enlistOn(side float64, n int) []member {
	if b.crew.Again {
		return b.recall(side, n)
	}
	members := make([]member, n)
	for k := range members {
		p := b.persona(b.rng)
		p.viewpoint = side * (1 + .3*b.rng.NormFloat64())
		p.topic, p.language, p.from, p.to = -1, b.lead.language, b.lead.from, b.lead.to
		members[k] = member{b.account(p), side, p}
	}
	return members
}

// recall returns the next n accounts of an earlier brigade, fewer where it has
// fewer, and adds the targets to its plan.
func (b *brigade) recall(side float64, n int) (members []member) {
	skip := b.called
	for u, id := range b.Brigade {
		if id != b.id || len(members) == n {
			continue
		}
		if skip > 0 {
			skip--
			continue
		}
		p := b.persona(b.rng)
		p.viewpoint = side * (1 + .3*b.rng.NormFloat64())
		if b.Viewpoint != nil {
			p.viewpoint = float64(b.Viewpoint[u])
		}
		p.topic, p.language, p.from, p.to = -1, b.lead.language, b.lead.from, b.lead.to
		members = append(members, member{int32(u), side, p})
	}
	if b.done == nil {
		b.done = make(map[[2]int32]bool)
		plan := &b.Plans[b.id-1]
		for _, t := range b.targets {
			plan.Targets = append(plan.Targets, t.item)
		}
		for k := b.Honest; k < b.Ratings.Len(); k++ {
			b.done[[2]int32{b.Ratings.Rater[k], b.Ratings.Item[k]}] = true
		}
	}
	for _, m := range members {
		if int(m.rater) < b.Raters { // hijacked
			for _, k := range b.honest().ByRater().Rows(m.rater) {
				b.done[[2]int32{m.rater, b.Ratings.Item[k]}] = true
			}
		}
	}
	b.called += len(members)
	return members
}

// enlistBoth makes the brigade's accounts, a share of them on the second side.
func (b *brigade) enlistBoth(share float64) []member {
	second := int(math.Round(share * float64(b.crew.Accounts)))
	return append(b.enlistOn(1, b.crew.Accounts-second), b.enlistOn(-1, second)...)
}

// account adds a rater. Its name goes on counting where another account's
// stopped and is not one of the data's.
func (b *brigade) account(p persona) int32 {
	names := b.Ratings.Raters
	u := int32(names.Len())
	for n := names.Len() - b.Raters + 1; names.Len() == int(u); n++ {
		names.Add(fmt.Appendf(nil, "x%06d", n))
	}
	b.Brigade, b.Kind = append(b.Brigade, 0), append(b.Kind, Plain)
	b.claim(u)
	if b.base == 0 {
		b.base = u
	}
	if n := b.notes(); n != nil && len(n.Group) == int(u) && b.Honest > 0 {
		like := b.Ratings.Rater[mix(uint64(b.ordinal(u)))%uint64(b.Honest)]
		n.Group = append(n.Group, n.Group[like])
	}
	if b.Viewpoint != nil {
		b.Viewpoint = append(b.Viewpoint, float32(p.viewpoint))
	}
	return u
}

// claim labels a rater as the brigade's.
func (b *brigade) claim(u int32) {
	b.Brigade[u] = b.id
	if int(b.id) <= len(b.Plans) {
		return
	}
	plan := Plan{Attack: b.attack}
	for _, t := range b.targets {
		plan.Targets = append(plan.Targets, t.item)
	}
	b.Plans = append(b.Plans, plan)
}

// strike lets a member rate a target, wait seconds after the brigade turned to
// it.
func (b *brigade) strike(m member, t target, wait float64) {
	value := t.value
	if b.rng.Float64() < b.crew.Slips && !b.Ratings.Scale.Unary() {
		value = b.census().slip(value)
	}
	b.append(m.rater, t.item, value, b.time(b.rng, t.at, wait))
}

// charge lets members rate a target, each with a probability and after an
// exponential waiting time.
func (b *brigade) charge(members []member, t target, participation float64, spread time.Duration) {
	for _, m := range members {
		if b.rng.Float64() < participation {
			b.strike(m, t, spread.Seconds()*b.rng.ExpFloat64())
		}
	}
}

// blend lets each member rate perTarget items per target as honest raters do.
func (b *brigade) blend(members []member, perTarget float64) {
	quota := int(math.Round(perTarget * float64(b.crew.Targets)))
	for _, m := range members {
		b.seen.reset(len(b.World.Goal))
		for _, t := range b.targets {
			b.seen.first(t.item)
		}
		b.visit(b.rng, &m.persona, quota, &b.seen, func(item, t int32, value float32) {
			b.append(m.rater, item, value, b.time(b.rng, t, 0))
		})
	}
}
