package judge

import (
	"math"

	"github.com/ringwatch/ringwatch/detect/internal/null"
)

// A ballot is the votes that a viewpoint is fitted to: of all raters and items, or
// of those of a sample, numbered without gaps.
type ballot struct {
	itemStart  []int32 // acts of item i are itemStart[i] to itemStart[i+1]
	rater      []int32 // of acts
	level      []uint8
	raterStart []int32 // acts of rater u are ofRater[raterStart[u]:raterStart[u+1]]
	ofRater    []int32
	ofItem     []int32 // items of ofRater

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
func (b *votedActs) fitViewpoint() (*viewpoint, error) {
	train, held := b.sample(b.busiest(viewSample))
	fit := func(rank int) []float64 {
		v, _ := b.fitTo(&train, rank, rankRounds) // memory has no errors
		return v.heldOut(held)
	}
	before := fit(0)
	rank := 0
	for r := 1; r <= mostRank; r++ {
		now := fit(r)
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
		return nil, nil
	}
	return b.fitTo(&ballot{itemStart: b.ItemStart, rater: b.Rater, level: b.Level,
		raterStart: b.RaterStart, ofRater: b.OfRater, ofItem: b.OfItem}, rank, viewRounds)
}

// busiest marks the items with most ratings, up to so many ratings in all.
func (b *votedActs) busiest(most int) []bool {
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
func (b *votedActs) sample(inside []bool) (on ballot, out []heldVote) {
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
				on.rater, on.level = append(on.rater, number[u]-1), append(on.level, b.Level[k])
			case b.SizeOf(i) >= 3 && b.CountOf(u) >= 3:
				out = append(out, heldVote{at, number[u] - 1, b.Level[k]})
			}
		}
		on.itemStart = append(on.itemStart, int32(len(on.rater)))
	}
	on.raterStart = make([]int32, len(on.names)+1)
	for _, u := range on.rater {
		on.raterStart[u+1]++
	}
	for u := range on.names {
		on.raterStart[u+1] += on.raterStart[u]
	}
	on.ofRater, on.ofItem = make([]int32, len(on.rater)), make([]int32, len(on.rater))
	next := append([]int32(nil), on.raterStart...)
	for i := range int32(on.items()) {
		for k := on.itemStart[i]; k < on.itemStart[i+1]; k++ {
			at := &next[on.rater[k]]
			on.ofRater[*at], on.ofItem[*at] = k, i
			*at++
		}
	}
	on.idleItems, on.idleRaters = b.Items-on.items(), b.Raters-on.raters()
	return on, out
}

// roomOn makes n zeros of what is as long as a ballot: where the acts are, if it is of
// all of them, else in memory.
func roomOn[T any](b *votedActs, on *ballot, n int, failed *error) []T {
	if on.names != nil {
		return make([]T, n)
	}
	room, err := null.ScratchOf[T](b.Acts, n)
	if err != nil {
		*failed = err
	}
	return room
}

// fitTo fits a viewpoint of a rank to votes. Its raters and items are those of the
// ballot.
func (b *votedActs) fitTo(on *ballot, rank, rounds int) (v *viewpoint, err error) {
	v = &viewpoint{votedActs: b, dims: rank + 1, score: make([]float64, b.Levels),
		raters: roomOn[place](b, on, on.raters(), &err), items: roomOn[place](b, on, on.items(), &err),
		crowd: roomOn[float32](b, on, on.items()*b.Levels, &err),
		habit: roomOn[float32](b, on, on.raters()*b.Levels, &err)}
	width := v.width()
	briefOfItems := roomOn[float32](b, on, on.items()*width, &err)
	briefOfRaters := roomOn[float32](b, on, on.raters()*width, &err)
	level := roomOn[uint8](b, on, len(on.rater), &err)
	if err != nil {
		return nil, err
	}
	sum, squares := 0., 0.
	for l, p := range b.LevelBase {
		v.score[l] = sum + p/2 - .5
		sum += p
		squares += p * v.score[l] * v.score[l]
	}
	for l := range v.score {
		v.score[l] /= math.Sqrt(squares)
	}
	for i := range on.items() {
		for k := on.itemStart[i]; k < on.itemStart[i+1]; k++ {
			v.crowd[i*b.Levels+int(on.level[k])]++
			v.habit[int(on.rater[k])*b.Levels+int(on.level[k])]++
		}
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
	items := newFitSide(v, v.items, &v.ofItem, v.crowd, briefOfItems, b.ItemPrior, v.dims, on.idleItems)
	// the spread of raters in a dimension is 1 by convention
	raters := newFitSide(v, v.raters, &v.ofRater, v.habit, briefOfRaters, b.RaterPrior, 1, on.idleRaters)
	items.others, items.start, items.with, items.level = raters, on.itemStart, on.rater, on.level
	raters.others, raters.start = items, on.raterStart
	raters.with, raters.level = on.ofItem, level
	for n, k := range on.ofRater {
		level[n] = on.level[k]
	}
	for round := range rounds {
		items.update(round)
		raters.update(round)
	}
	return v, nil
}

// start is where a rater's search begins, any number of spread 1 that does not
// hang on the order of rows: raters are numbered by name.
func start(u, d int) float64 {
	x := uint64(u)*0x9e3779b97f4a7c15 + uint64(d)*0xbf58476d1ce4e5b9
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return (float64((x^x>>31)>>11)/(1<<53) - .5) * math.Sqrt(12)
}

// A fitSide is the items, or the raters, of a viewpoint while it is fitted.
type fitSide struct {
	v      *viewpoint
	places []place
	prior  *vec
	votes  []float32 // by place and level
	pseudo float64
	learns int // dimensions whose spread is learned
	idle   int // places that no act is of

	others *fitSide
	start  []int32 // acts of place j are start[j] to start[j+1]
	with   []int32 // of acts: which of the others
	level  []uint8 // of acts

	// brief is all that the others look at, in as few lines of the cache as it goes
	// into: by place, the mean, the covariances of the dimensions, the votes.
	brief []float32
	width int
}

// width is how many numbers tell the others of a place.
func (v *viewpoint) width() int { return v.dims + v.dims*(v.dims-1)/2 + v.Levels }

func newFitSide(v *viewpoint, places []place, prior *vec, votes, brief []float32, pseudo float64,
	learns, idle int) *fitSide {
	width := v.width()
	f := &fitSide{v: v, places: places, prior: prior, votes: votes, pseudo: pseudo, learns: learns, idle: idle,
		brief: brief, width: width}
	for j := range places {
		copy(f.brief[(j+1)*width-v.Levels:], votes[j*v.Levels:(j+1)*v.Levels])
		f.shorten(j)
	}
	return f
}

// shorten tells the others where place j is now.
func (f *fitSide) shorten(j int) {
	to, s := f.brief[j*f.width:(j+1)*f.width], &f.places[j]
	n := 0
	for d := range f.v.dims {
		to[n] = float32(s.mean[d])
		n++
	}
	for d := 1; d < f.v.dims; d++ {
		for c := 1; c <= d; c++ {
			to[n] = float32(s.cov[at(d, c)])
			n++
		}
	}
}

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

// solve takes one step to where the votes of place j put it. It is viewpoint.weigh of all
// acts and settle, by what the others look at in brief: all of a fit is spent here.
func (f *fitSide) solve(j int32) {
	v, levels, dims := f.v, f.v.Levels, f.v.dims
	var mine, without, theirs, own, bases [maxLevels]float64 // without: the vote that is heard
	for l, base := range v.LevelBase {
		x := f.pseudo*base + float64(f.votes[int(j)*levels+l])
		mine[l], without[l], theirs[l] = max(x, leastVotes), max(x-1, leastVotes), f.others.pseudo*base
		bases[l] = base
	}
	s := &f.places[j]
	var t telling
	for d := range dims {
		t.precision[at(d, d)] = f.prior[d]
	}
	for k := f.start[j]; k < f.start[j+1]; k++ {
		o := f.others.brief[int(f.with[k])*f.width:][:f.width]
		theta := float64(o[0]) + s.mean[0]
		for d := 1; d < dims; d++ {
			theta += float64(o[d]) * s.mean[d]
		}
		sum, first, second := 0., 0., 0.
		level := f.level[k] % maxLevels
		own[level] = 1
		mine[level], without[level] = without[level], mine[level]
		for l, votes := range o[f.width-levels:] {
			x := v.score[l]
			c := theirs[l] + float64(votes) - own[l]
			if c < leastVotes {
				c = leastVotes
			}
			p := mine[l] * c / bases[l] * near(bounded(x*theta))
			sum += p
			p *= x
			first += p
			second += p * x
		}
		mine[level], without[level] = without[level], mine[level]
		own[level] = 0
		mean := first / sum
		weight := max(second/sum-mean*mean, .05)
		t.hearBrief(o, weight, weight*(theta-float64(o[0]))+v.score[level]-mean, dims)
	}
	*s = settle(&t.precision, &t.pull, dims)
	f.shorten(int(j))
}

// hearBrief is hear of what a place is in brief.
func (t *telling) hearBrief(o []float32, weight, r float64, dims int) {
	t.pull[0] += r
	t.precision[0] += weight
	cov := dims
	for d := 1; d < dims; d++ {
		x := float64(o[d])
		t.pull[d] += x * r
		row := t.precision[at(d, 0):]
		row[0] += weight * x
		for c := 1; c <= d; c++ {
			row[c] += weight * (x*float64(o[c]) + float64(o[cov]))
			cov++
		}
	}
}

// heldOut returns ln p of votes that are held out.
func (v *viewpoint) heldOut(votes []heldVote) (ll []float64) {
	var buf [maxLevels]float64
	p := buf[:v.Levels]
	for _, h := range votes {
		crowd, habit := v.crowd[int(h.item)*v.Levels:], v.habit[int(h.rater)*v.Levels:]
		for l, base := range v.LevelBase {
			p[l] = (v.ItemPrior*base + float64(crowd[l])) * (v.RaterPrior*base + float64(habit[l])) / base
		}
		v.predict(p, v.lean(&v.raters[h.rater], &v.items[h.item]), p)
		ll = append(ll, math.Log(p[h.level]))
	}
	return ll
}
