package simulate

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/ringwatch/ringwatch/catalog"
	"github.com/ringwatch/ringwatch/rating"
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
			return k, fmt.Errorf("%s: the brigades up to here are after %d items, but the world has %d; lower targets or brigades", a.Name(), targets, o.Items)
		}
		if _, honest := a.(*Hijack); honest && c.Brigades*c.Accounts > o.Raters {
			return k, fmt.Errorf("hijack: accounts times brigades is %d, but the world has %d raters", c.Brigades*c.Accounts, o.Raters)
		}
	}
	return 0, nil
}

// A scene is where brigades act: what honest raters do there, as far as anybody
// can tell. An organic world knows it, real data is asked.
type scene interface {
	// plan returns what the members of a brigade share (a side, a language, a
	// life as long as the campaign) and when each item can be struck, or never.
	plan(rng *rand.Rand, c *Crew) (lead persona, at []int32)
	// suits weighs an item as a target, 0 to 1.
	suits(item int32, lead *persona, goal int8, merit float64) float64
	// persona draws an honest rater.
	persona(rng *rand.Rand) persona
	// visit lets a rater rate quota items as honest raters do, none that was
	// seen; it stops short when it finds too little that is new.
	visit(rng *rand.Rand, p *persona, quota int, seen *once, rate func(item, t int32, value float32))
	// moment returns a time in a rater's life when it is there to rate an item.
	moment(rng *rand.Rand, p *persona, item int32) int32
	// first and last are the first and last second of the scene, tick the
	// seconds between two times that it tells apart.
	first() int32
	last() int32
	tick() int32
}

const never = math.MaxInt32

// scene returns where brigades act in w. It depends on honest rows alone.
func (w *World) scene() scene {
	if w.stage == nil {
		w.stage = newArchive(w.census())
	}
	return w.stage
}

// census returns what can be counted in the honest rows.
func (w *World) census() *census {
	if w.counts == nil {
		w.counts = newCensus(w.Ratings.Prefix(w.Honest), w.Raters)
	}
	return w.counts
}

// honest returns the rows that were there before any attack.
func (w *World) honest() *rating.Table { return w.census().t }

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
		return fmt.Errorf("%s: its accounts are not made from nothing, so that others cannot act again in their place", a.Name())
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
		brigades[k] = &brigade{World: w, scene: w.scene(), attack: attack, crew: c, rng: fork(rng), id: first + int32(k)}
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
			return fmt.Errorf("targets is %d, but only %d items are there that no brigade is after", b.crew.Targets, len(b.targets)+len(items))
		}
		for _, i := range items {
			b.targets = append(b.targets, target{item: i, value: want.value, goal: want.goal, at: at[i]})
			b.Goal[i] = want.goal
		}
	}
	slices.SortFunc(b.targets, func(a, b target) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.item, b.item)) })
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
