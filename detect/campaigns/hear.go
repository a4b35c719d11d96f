package campaigns

import (
	"math"
	"slices"
)

// hear gathers what is to be expected of a burst's votes.
func (u *usual) hear(x *trial) {
	i, w := x.item, x.span
	var spans []span // a longer burst around this one does not speak for it
	for _, b := range u.burstsOf(i) {
		if b.reach <= x.reach {
			spans = append(spans, b.span)
		}
	}
	few := uint8(u.columns.few[x.class])
	var settled, own votes // outside of all bursts
	var earlier votes      // of newcomers before, bursts too
	var before, after, within_ []int32
	news := 0
	for k := u.start[i]; k < u.start[i+1]; k++ {
		level, known := u.columns.level[k], u.life[k] >= u.established
		in := w.holds(u.time[k])
		if in {
			x.rows = append(x.rows, k)
		}
		switch {
		case in && u.life[k] <= few:
			x.votes[level]++
			x.lives[u.life[k]-1]++
			if u.isNew(i, k) {
				news++
			}
		case known && in:
			within_ = append(within_, k)
			x.inside[level]++
		case known && u.time[k] < w.from:
			before = append(before, k)
		case known:
			after = append(after, k)
		}
		if u.time[k] < w.from && u.life[k] <= u.widest() {
			earlier[level]++
		}
		if in || within(spans, u.time[k]) {
			continue
		}
		if known {
			settled[level]++
		}
		if u.life[k] <= u.widest() {
			own[level]++
		}
	}
	class := u.classOf(u.place(&settled))
	if 2*news > int(x.votes.sum()) {
		x.phase = 1
	}
	phase := x.phase
	expected := u.settledOf(&settled, class, phase)
	told := u.tilted(expected, class, phase)
	sum := own.plus(u.told, &told)
	x.usual = sum.share(u.levels)
	x.concentration = min(sum.sum(), u.together)
	if phase == 1 && u.launches > 0 {
		x.concentration = min(x.concentration, u.launches)
	}
	x.earlier = u.moved(&earlier, &x.usual, x.phase)
	x.settled = expected
	u.ask(x, before, within_, after, &expected, &told, class)
}

// moved is what votes of an item, which may have moved from what is usual, make likely of others.
func (u *usual) moved(said, usual *votes, phase int) witness {
	mean := said.plus(movedBy, usual)
	w := witness{mean: mean.share(u.levels), concentration: min(movedBy+said.sum(), u.together)}
	if phase == 1 && u.launches > 0 {
		w.concentration = min(w.concentration, u.launches)
	}
	return w
}

// ask gathers what the established say: within_ are their ratings in the burst, before
// and after those at other times, each in the order of time.
func (u *usual) ask(x *trial, before, within_, after []int32, expected, told *votes, class int) {
	slices.Reverse(before)
	b, a := u.next(before), u.next(after)
	nb, na := min(len(before), nearest), min(len(after), nearest)
	x.around = x.inside.plus(1, &b).plus(1, &a)
	c := &x.campaign
	c.Inside, c.Witnesses = len(within_), len(within_)+nb+na
	hear := func(v votes) witness { return u.witness(v, expected, told, class, x.phase) }
	for _, side := range []struct {
		v votes
		n int
	}{{b, nb}, {a, na}} {
		if len(within_)+side.n >= leastWitnesses {
			x.asked = append(x.asked, hear(x.inside.plus(1, &side.v)))
		}
		if side.n >= leastWitnesses {
			x.apart = append(x.apart, hear(side.v))
		}
	}
	if len(x.asked) == 0 {
		x.asked = append(x.asked, hear(x.around))
	}
}

// next returns the votes of the first few rows; those of the time of the last
// share what is left.
func (u *usual) next(rows []int32) (v votes) {
	left := float64(nearest)
	for from := 0; from < len(rows) && left > 0; {
		to := from
		for to < len(rows) && u.time[rows[to]] == u.time[rows[from]] {
			to++
		}
		each := min(1, left/float64(to-from))
		for _, k := range rows[from:to] {
			v[u.columns.level[k]] += each
		}
		left -= each * float64(to-from)
		from = to
	}
	return v
}

// witness weighs whether established ratings have moved from what they are
// expected to be, and if so, what that makes likely of the few.
func (u *usual) witness(v votes, expected, told *votes, class, phase int) witness {
	still, moved := likely(&v, expected, u.scatter, u.levels), likely(&v, expected, movedBy, u.levels)
	n := v.sum()
	said := v
	if n > 0 {
		said = u.tilted(v, class, phase)
	}
	said = said.times(constant(n))
	w := u.moved(&said, told, phase)
	w.moved = odds(math.Log(u.moves/(1-u.moves)) + moved - still)
	return w
}

func constant(x float64) *votes {
	var v votes
	for k := range v {
		v[k] = x
	}
	return &v
}
