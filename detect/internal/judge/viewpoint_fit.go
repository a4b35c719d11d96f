package judge

import "math"

// A ballot is the votes that a viewpoint is fitted to: of all raters and items, or
// of those of a sample, numbered without gaps.
type ballot struct {
	itemStart   []int32 // acts of item i are itemStart[i] to itemStart[i+1]
	item, rater []int32 // of acts
	level       []uint8
	raterStart  []int32 // acts of rater u are ofRater[raterStart[u]:raterStart[u+1]]
	ofRater     []int32

	names                 []int32 // by rater: its number among all; nil where that is the same
	idleItems, idleRaters int     // that are not numbered: with no act, but of the same spread
}

func (on *ballot) items() int  { return len(on.itemStart) - 1 }
func (on *ballot) raters() int { return len(on.raterStart) - 1 }

// A heldVote is a vote that is predicted and not fitted to.
type heldVote struct {
	item, rater int32 // of a ballot
	level       uint8
}

// fitViewpoint returns the model of the rank that predicts held-out votes best, or
// nil where that is 0: where knowing where raters stand does not help.
func (b *Votes) fitViewpoint() *viewpoint {
	train, held := b.sample(b.busiest(viewSample))
	before := b.fitTo(&train, 0, rankRounds).heldOut(held)
	rank := 0
	for r := 1; r <= mostRank; r++ {
		now := b.fitTo(&train, r, rankRounds).heldOut(held)
		sum, squares, n := 0., 0., float64(len(now))
		for j := range now {
			gain := now[j] - before[j]
			sum += gain
			squares += gain * gain
		}
		if n < 2 || sum < viewGain*n || sum <= viewErrors*math.Sqrt(max(0, squares-sum*sum/n)) {
			break
		}
		rank, before = r, now
	}
	if rank == 0 {
		return nil
	}
	return b.fitTo(&ballot{itemStart: b.ItemStart, item: b.Item, rater: b.Rater, level: b.Level, raterStart: b.RaterStart, ofRater: b.OfRater}, rank, viewRounds)
}

// busiest marks the items with most ratings, up to so many ratings in all.
func (b *Votes) busiest(most int) []bool {
	inside := make([]bool, b.Items)
	least := 0 // ratings of an item that is inside
	for b.Len() > most {
		sum := 0
		for i := range int32(b.Items) {
			if n := b.SizeOf(i); n >= least {
				sum += n
			}
		}
		if sum <= most {
			break
		}
		least += 1 + least/8
	}
	for i := range inside {
		inside[i] = b.SizeOf(int32(i)) >= least
	}
	return inside
}

// held reports whether an act is one of the tenth that is held out, which hangs on
// who rated what only.
func held(k int32) bool { return uint32(k)*2654435761>>7%10 == 0 }

// sample returns the votes on the items inside, and apart from them those held out
// that are of items and raters with a few more.
func (b *Votes) sample(inside []bool) (on ballot, out []heldVote) {
	number := make([]int32, b.Raters) // 1 + that of the ballot
	on.itemStart = []int32{0}
	for i := range int32(b.Items) {
		if !inside[i] {
			continue
		}
		at := int32(len(on.itemStart) - 1)
		for k := b.ItemStart[i]; k < b.ItemStart[i+1]; k++ {
			u := b.Rater[k]
			if number[u] == 0 {
				on.names = append(on.names, u)
				number[u] = int32(len(on.names))
			}
			switch {
			case !held(k):
				on.item, on.rater, on.level = append(on.item, at), append(on.rater, number[u]-1), append(on.level, b.Level[k])
			case b.SizeOf(i) >= 3 && b.CountOf(u) >= 3:
				out = append(out, heldVote{at, number[u] - 1, b.Level[k]})
			}
		}
		on.itemStart = append(on.itemStart, int32(len(on.item)))
	}
	on.raterStart = make([]int32, len(on.names)+1)
	for _, u := range on.rater {
		on.raterStart[u+1]++
	}
	for u := range on.names {
		on.raterStart[u+1] += on.raterStart[u]
	}
	on.ofRater = make([]int32, len(on.rater))
	next := append([]int32(nil), on.raterStart...)
	for k, u := range on.rater {
		on.ofRater[next[u]] = int32(k)
		next[u]++
	}
	on.idleItems, on.idleRaters = b.Items-on.items(), b.Raters-on.raters()
	return on, out
}

// fitTo fits a viewpoint of a rank to votes. Its raters and items are those of the
// ballot.
func (b *Votes) fitTo(on *ballot, rank, rounds int) *viewpoint {
	v := &viewpoint{Votes: b, dims: rank + 1, score: make([]float64, b.Levels),
		raters: make([]place, on.raters()), items: make([]place, on.items()),
		crowd: make([]float32, on.items()*b.Levels), habit: make([]float32, on.raters()*b.Levels)}
	sum, squares := 0., 0.
	for l, p := range b.LevelBase {
		v.score[l] = sum + p/2 - .5
		sum += p
		squares += p * v.score[l] * v.score[l]
	}
	for l := range v.score {
		v.score[l] /= math.Sqrt(squares)
	}
	for k, i := range on.item {
		v.crowd[int(i)*b.Levels+int(on.level[k])]++
		v.habit[int(on.rater[k])*b.Levels+int(on.level[k])]++
	}
	for d := range v.ofRater {
		v.ofRater[d], v.ofItem[d] = 1, 1
	}
	v.ofRater[0], v.ofItem[0] = 4, 4 // an intercept has a spread of a half, to begin with
	for u := range v.raters {
		name := u
		if on.names != nil {
			name = int(on.names[u])
		}
		for d := 1; d < v.dims; d++ {
			v.raters[u].mean[d] = start(name, d)
			v.raters[u].cov[at(d, d)] = .1
		}
	}
	items := fitSide{v: v, acts: func(i int32) (from, to int32) { return on.itemStart[i], on.itemStart[i+1] }, level: on.level,
		places: v.items, prior: &v.ofItem, votes: v.crowd, pseudo: b.ItemPrior,
		with: on.rater, others: v.raters, theirs: v.habit, theirPseudo: b.RaterPrior, idle: on.idleItems, learns: v.dims}
	raters := fitSide{v: v, acts: func(u int32) (from, to int32) { return on.raterStart[u], on.raterStart[u+1] }, list: on.ofRater, level: on.level,
		places: v.raters, prior: &v.ofRater, votes: v.habit, pseudo: b.RaterPrior,
		with: on.item, others: v.items, theirs: v.crowd, theirPseudo: b.ItemPrior, idle: on.idleRaters,
		learns: 1} // the spread of raters in a dimension is 1 by convention
	for round := range rounds {
		items.update(round)
		raters.update(round)
	}
	return v
}

// start is where a rater's search begins, any number of spread 1 that does not
// hang on the order of rows: raters are numbered by name.
func start(u, d int) float64 {
	x := uint64(u)*0x9e3779b97f4a7c15 + uint64(d)*0xbf58476d1ce4e5b9
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return (float64((x^x>>31)>>11)/(1<<53) - .5) * math.Sqrt(12)
}

// A fitSide is the items, or the raters, of a viewpoint while it is fitted, and the
// others that they are fitted to.
type fitSide struct {
	v           *viewpoint
	acts        func(j int32) (from, to int32)
	list        []int32 // acts, which from and to are places in; nil: they are acts
	level       []uint8 // of acts
	places      []place
	prior       *vec
	votes       []float32 // by place and level
	pseudo      float64
	with        []int32 // by act: which of the others it is with
	others      []place
	theirs      []float32 // votes of the others
	theirPseudo float64
	idle        int
	learns      int // dimensions whose spread is learned
}

// leastVotes keeps a level that nobody else has voted from being impossible.
const leastVotes = 1e-9

// update solves for all once, and learns their spread.
func (f *fitSide) update(round int) {
	before := *f.prior
	f.v.Each(len(f.places), f.solve)
	if round < 2 {
		return
	}
	for d := range f.learns {
		n := float64(len(f.places) + f.idle)
		sum := 1e-3 + float64(f.idle)/before[d]
		for j := range f.places {
			sum += f.places[j].mean[d]*f.places[j].mean[d] + f.places[j].cov[at(d, d)]
		}
		f.prior[d] = min(max((n+1e-3)/sum, .05), 1e4)
	}
}

// solve takes one step to where the votes of place j put it. It is viewpoint.solve for
// all acts, in products instead of sums of logarithms: all of a fit is spent here.
func (f *fitSide) solve(j int32) {
	v, levels, dims := f.v, f.v.Levels, f.v.dims
	var of, theirPrior, per, score [maxLevels]float64
	for l, base := range v.LevelBase {
		of[l] = f.pseudo*base + float64(f.votes[int(j)*levels+l])
		theirPrior[l], per[l], score[l] = f.theirPseudo*base, 1/base, v.score[l]
	}
	s := &f.places[j]
	var t telling
	for d := range dims {
		t.precision[at(d, d)] = f.prior[d]
	}
	from, to := f.acts(j)
	for ; from < to; from++ {
		k := from
		if f.list != nil {
			k = f.list[k]
		}
		o, own := &f.others[f.with[k]], int(f.level[k])
		theirs := f.theirs[int(f.with[k])*levels:][:levels]
		theta := o.mean[0] + s.mean[0]
		for d := 1; d < dims; d++ {
			theta += o.mean[d] * s.mean[d]
		}
		sum, first, second := 0., 0., 0.
		for l, votes := range theirs {
			c, h := of[l], theirPrior[l]+float64(votes)
			if l == own {
				c, h = max(c-1, leastVotes), max(h-1, leastVotes)
			}
			x := score[l]
			p := c * h * per[l] * near(x*theta)
			sum += p
			p *= x
			first += p
			second += p * x
		}
		mean := first / sum
		weight := max(second/sum-mean*mean, .05)
		t.hear(o, weight, weight*(theta-o.mean[0])+score[own]-mean, dims)
	}
	*s = settle(&t.precision, &t.pull, dims)
}

// heldOut returns ln p of votes that are held out.
func (v *viewpoint) heldOut(votes []heldVote) (ll []float64) {
	var one, two [maxLevels]float64
	o, p := one[:v.Levels], two[:v.Levels]
	for _, h := range votes {
		crowd, habit := v.crowd[int(h.item)*v.Levels:], v.habit[int(h.rater)*v.Levels:]
		for l, base := range v.LevelBase {
			o[l] = math.Log((v.ItemPrior*base + float64(crowd[l])) * (v.RaterPrior*base + float64(habit[l])) / base)
		}
		v.predict(o, v.lean(&v.raters[h.rater], &v.items[h.item]), p)
		ll = append(ll, math.Log(p[h.level]))
	}
	return ll
}

const nearSteps = 64 // of near, from a number to its double

// powers are those of 2 from 1 on, in steps of near.
var powers = func() (p [nearSteps]float64) {
	for n := range p {
		p[n] = math.Exp2(float64(n) / nearSteps)
	}
	return p
}()

// near is e^x to one part in 10^11, for x from -300 to 300 and no further, in a third
// of the time of math.Exp.
func near(x float64) float64 {
	if x > 300 {
		x = 300
	} else if x < -300 {
		x = -300
	}
	const toInteger = 3 << 51 // added to a number below 2^51, leaves it rounded in the low bits
	y := x*(nearSteps/math.Ln2) + toInteger
	n := int64(math.Float64bits(y)) << 13 >> 13
	r := x - (y-toInteger)*(math.Ln2/nearSteps)
	return math.Float64frombits(uint64(n>>6+1023)<<52) * powers[n&(nearSteps-1)] * (1 + r*(1+r*(.5+r*(1./6))))
}
