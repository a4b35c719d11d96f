package simulate

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// Consensus is a brigade that reads a bridging scorer's published factors. Its
// accounts take chosen positions in both camps, then each votes for a target
// what moves the target's intercept the brigade's way, be it the worst rating.
type Consensus struct {
	Crew
	Opposite      float64       `doc:"share of the accounts in the second camp" within:"0..1"`
	Position      int           `doc:"items of the strongest camps that an account rates to take its position" within:"0..10000000"`
	Record        int           `doc:"clear cases that an account rates as most will, within hours of their birth, so that a scorer trusts it" within:"0..10000000"`
	Participation float64       `doc:"share of the targets that a member rates" within:"0..1"`
	Spread        time.Duration `doc:"mean time from the brigade's turning to a target to a member's rating" within:"0.."`
	Straight      bool          `doc:"all votes are for the goal, even where the contrary would serve it better"`
}

// NewConsensus returns a Consensus of 8 accounts, half of them in each camp,
// with 30 ratings for their positions and none for a record, .90 and 15 minutes,
// that pushes items of less than average quality.
func NewConsensus() *Consensus {
	a := &Consensus{Crew: newCrew(), Opposite: .5, Position: 30, Participation: .90, Spread: 15 * time.Minute}
	a.Accounts, a.Goal, a.Merit, a.bothSides = 8, Push, 0, true
	return a
}

func (a *Consensus) Name() string { return "consensus" }

func (a *Consensus) Doc() Doc {
	return Doc{
		Summary: "few accounts take chosen positions by published factors and vote what lifts the intercept",
		Goal:    "make a bridging scorer see agreement between camps, with fewer than 10 accounts",
		Source:  "Gaming Consensus, arXiv 2607.01824 (2026)",
		Detection: "accounts at the ends of the axis whose only middle ground is the targets; " +
			"votes against an item that lift it",
	}
}

func (a *Consensus) Inject(rng *rand.Rand, w *World) error {
	return a.muster(a, rng, w, func(b *brigade) {
		f := b.census().factors()
		members := b.enlistBoth(a.Opposite)
		for _, m := range members {
			b.settle(m, f, a.Position)
			b.earn(m, a.Record)
		}
		for _, t := range b.targets {
			a.vote(b, members, t, f)
		}
	})
}

// settle lets a member rate n items that part the camps as its camp does.
func (b *brigade) settle(m member, f *factors, n int) {
	b.seen.reset(len(b.World.Goal))
	for _, t := range b.targets {
		b.seen.first(t.item)
	}
	for _, i := range f.strongest {
		if n == 0 {
			return
		}
		if b.rng.Float64() < .5 || !b.seen.first(i) {
			continue
		}
		value := float32(1)
		if m.camp*f.item[i] < 0 && !b.Ratings.Scale.Unary() {
			value = 0
		}
		b.append(m.rater, i, value, b.time(b.rng, b.moment(b.rng, &m.persona, i), 0))
		n--
	}
}

// earn lets a member rate n clear cases, of the most rated half, that it did not
// rate yet, as the majority does and soon after their birth: that is before
// anybody knows, and what a scorer takes for a record.
func (b *brigade) earn(m member, n int) {
	c := b.census()
	settled := slices.DeleteFunc(slices.Clone(c.popular[:(len(c.popular)+1)/2]), func(i int32) bool {
		return c.deviation[i] > .7*c.scatter || math.Abs(c.mean[i]-.5) < .2
	})
	for _, k := range b.rng.Perm(len(settled)) {
		if n == 0 {
			return
		}
		i := settled[k]
		if !b.seen.first(i) {
			continue
		}
		born := int32(0)
		if b.Born != nil {
			born = b.Born[i]
		} else if t := b.honest(); t.HasTimes() {
			born = t.Time[t.ByItem().Rows(i)[0]]
		}
		value := float32(math.Round(c.mean[i]))
		if b.Ratings.Scale.Unary() {
			value = 1
		}
		b.append(m.rater, i, value, b.time(b.rng, born, 6*hour*b.rng.ExpFloat64()))
		n--
	}
}

// vote lets members rate a target. With the raters' factors x fixed, the target's
// intercept is linear in the values, with slopes in proportion to S2 - S1 x,
// where S1 and S2 are the sums of x and x² over its ratings: whoever stands
// further out than S2/S1 lifts it by the worst rating.
func (a *Consensus) vote(b *brigade, members []member, t target, f *factors) {
	s1, s2 := 0., f.ridge
	add := func(x float64) { s1, s2 = s1+x, s2+x*x }
	for _, row := range b.honest().ByItem().Rows(t.item) {
		add(f.rater[b.honest().Rater[row]])
	}
	var voters []member
	for _, m := range members {
		if b.rng.Float64() < a.Participation {
			voters = append(voters, m)
			add(m.camp * f.far)
		}
	}
	for _, m := range voters {
		ballot := t
		if !a.Straight && s2 < s1*m.camp*f.far && !b.Ratings.Scale.Unary() {
			ballot.value = 1 - t.value
		}
		b.charge([]member{m}, ballot, 1, a.Spread)
	}
}

// factors are positions on the axis that parts a crowd most, as a scorer would
// publish them.
type factors struct {
	rater, item []float64
	strongest   []int32 // items of the most rated half, the furthest out first
	far         float64 // how far out only one rater in 20 is
	ridge       float64 // what the scorer adds to S2
}

// factors finds the leading axis of the ratings' deviations from their items'
// means by power iteration, the sparse drawn towards 0.
func (c *census) factors() *factors {
	f := &factors{rater: make([]float64, c.raters), item: make([]float64, len(c.count)), ridge: .2}
	rng := Stream(0, "factors")
	for i := range f.item {
		f.item[i] = rng.NormFloat64()
	}
	ratings := make([]float64, c.raters)
	for _, u := range c.t.Rater {
		ratings[u]++
	}
	const sweeps, prior = 20, 5
	for range sweeps {
		clear(f.rater)
		for k, u := range c.t.Rater {
			i := c.t.Item[k]
			f.rater[u] += (float64(c.t.Value[k]) - c.mean[i]) * f.item[i]
		}
		squares := 0.
		for u := range f.rater {
			f.rater[u] /= ratings[u] + prior
			squares += f.rater[u] * f.rater[u]
		}
		if squares == 0 { // nobody differs
			break
		}
		unit := math.Sqrt(squares / float64(c.raters))
		clear(f.item)
		for k, u := range c.t.Rater {
			i := c.t.Item[k]
			f.item[i] += (float64(c.t.Value[k]) - c.mean[i]) * f.rater[u] / unit
		}
		for i := range f.item {
			f.item[i] /= float64(c.count[i]) + prior
		}
		for u := range f.rater {
			f.rater[u] /= unit
		}
	}
	distance := make([]float64, c.raters)
	for u, x := range f.rater {
		distance[u] = math.Abs(x)
	}
	slices.Sort(distance)
	f.far = distance[len(distance)*19/20]
	f.strongest = slices.Clone(c.popular[:(len(c.popular)+1)/2])
	slices.SortStableFunc(f.strongest, func(a, b int32) int {
		return cmp.Compare(math.Abs(f.item[b]), math.Abs(f.item[a]))
	})
	return f
}
