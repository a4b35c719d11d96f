package live

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/ringwatch/ringwatch/internal/workers"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring"
)

const mostLevels = 12

// votes predict a vote from all that came before it, as innocently as they can: from
// what others said of the item, what the rater says in general, and what raters of
// the same viewpoint said of the item. The likeliest of the three counts.
type votes struct {
	levels []float64            // values that are told apart, in the order of their coming
	lo, hi float64              // where there are too many: of values so far
	base   [mostLevels]float64  // how often each
	n      float64              // all
	saidOf [][mostLevels]uint32 // by level
	saidBy [][mostLevels]uint32
	saidIn [2][][mostLevels]uint32 // per item
	camp   []int8                  // per rater: 0 not known, 1 and 2
	fits   [3][len(concentrations)]float64
	sides  *siding // that are being found, nil where none are
}

// How alike votes on one item, or by one rater, are: the weight of the general shares
// of levels, in votes. Which is right is learned from the votes, per predictor.
var concentrations = [...]float64{.25, 1, 4, 16}

// levelOf is the level of a value. Values beyond the first levels go to the
// nearest.
func (v *votes) levelOf(value float64) uint8 {
	best, far := -1, math.Inf(1)
	for x, at := range v.levels {
		if d := math.Abs(value - at); d < far {
			best, far = x, d
		}
	}
	if far > 1e-9 && len(v.levels) < mostLevels && (far > (v.hi-v.lo)/20 || best < 0) {
		v.levels = append(v.levels, value)
		best = len(v.levels) - 1
	}
	if len(v.levels) == 1 || value < v.lo {
		v.lo = value
	}
	if len(v.levels) == 1 || value > v.hi {
		v.hi = value
	}
	return uint8(best)
}

// predict returns how unlikely a vote was, in nats, and learns from it.
func (v *votes) predict(rater, item int32, level uint8) float32 {
	v.saidOf, v.saidBy, v.camp = reach(v.saidOf, item), reach(v.saidBy, rater), reach(v.camp, rater)
	v.saidIn[0], v.saidIn[1] = reach(v.saidIn[0], item), reach(v.saidIn[1], item)
	base := (v.base[level] + 1) / (v.n + float64(len(v.levels)) + 1)
	likely := max(v.from(0, &v.saidOf[item], level, base), v.from(1, &v.saidBy[rater], level, base))
	camp := v.camp[rater]
	for c := range int8(2) {
		if camp == 0 || camp == c+1 { // one whose viewpoint is not known may have either
			likely = max(likely, v.from(2, &v.saidIn[c][item], level, base))
		}
	}
	v.base[level]++
	v.n++
	v.saidOf[item][level]++
	v.saidBy[rater][level]++
	if camp > 0 {
		v.saidIn[camp-1][item][level]++
	}
	return float32(-math.Log(likely))
}

// from is the probability of a level after votes, and learns how alike they are.
func (v *votes) from(which int, before *[mostLevels]uint32, level uint8, base float64) float64 {
	n := 0.
	for _, x := range before {
		n += float64(x)
	}
	if n == 0 {
		return base
	}
	most := math.Inf(-1)
	for _, x := range v.fits[which] {
		most = max(most, x)
	}
	p, weights := 0., 0.
	for c, weight := range concentrations {
		likely := (float64(before[level]) + weight*base) / (n + weight)
		w := math.Exp(v.fits[which][c] - most)
		p, weights = p+w*likely, weights+w
		v.fits[which][c] = .9999*v.fits[which][c] + math.Log(likely) // of the last ten thousand or so
	}
	return p / weights
}

// Viewpoints are found anew each time the number of acts has doubled. That takes 2 s at a million, so that
// from some number on it goes on beside, and counts an eighth of the acts later: which act that is is a
// matter of the acts, as all is.
const (
	sideFirst  = 2000
	sideBeside = 100_000 // acts from which on it goes on beside; .2 s
	sideLater  = 8       // a part of the acts so far, until it counts
	sideMost   = 2_000_000
)

// A siding is viewpoints that are being found.
type siding struct {
	acts   int // from so many, of all ever
	lo, hi float64
	crew   workers.Crew
	camp   []int8 // of raters, nil where there are none to be found
	end    context.CancelFunc
}

// side begins to find viewpoints from what is kept of the first n acts: the sign of the factor of a one-factor
// model.
func (v *votes) side(ctx context.Context, a *acts, n int, lo, hi float64) {
	ctx, end := context.WithCancel(ctx)
	kept := n - a.gone
	from := max(0, kept-sideMost)
	// Acts that come meanwhile are written behind these, and nothing else is.
	s := sided{a.rater[from:kept:kept], a.item[from:kept:kept], a.level[from:kept:kept], v.levels, lo, hi}
	found := &siding{acts: n, lo: lo, hi: hi, end: end}
	found.crew.Go(func() { found.camp = s.camps(ctx) })
	v.sides = found
}

// settle lets viewpoints count that were being found, from the next act on.
func (v *votes) settle(a *acts) {
	found := v.sides
	if v.sides = nil; found == nil {
		return
	}
	found.crew.Wait()
	found.end()
	if found.camp == nil {
		return
	}
	clear(v.camp)
	copy(v.camp, found.camp)
	for c := range v.saidIn {
		clear(v.saidIn[c])
	}
	for k := range a.rater {
		if c := v.camp[a.rater[k]]; c > 0 {
			v.saidIn[c-1][a.item[k]][a.level[k]]++
		}
	}
}

// leave ends what is being found.
func (v *votes) leave() {
	if v.sides != nil {
		v.sides.end()
		v.sides.crew.Wait()
	}
}

// sided is what viewpoints are found from.
type sided struct {
	rater, item []int32
	level       []uint8
	levels      []float64
	lo, hi      float64
}

func (s *sided) camps(ctx context.Context) (camp []int8) {
	if s.hi <= s.lo || len(s.rater) == 0 {
		return nil
	}
	raters, items := slices.Max(s.rater)+1, slices.Max(s.item)+1
	t := &rating.Table{Raters: rating.Numbered("u", int(raters)), Items: rating.Numbered("i", int(items)),
		Scale: rating.Scale{Min: s.lo, Max: s.hi}}
	for k, level := range s.level {
		t.Append(s.rater[k], s.item[k], float32((s.levels[level]-s.lo)/(s.hi-s.lo)), int32(k))
	}
	scorer := scoring.NewBridging()
	scorer.MaxSweeps = 12 // signs are settled long before scores are
	t = t.Canonical()
	r, err := scorer.Score(ctx, scoring.Input{Ratings: t, Seed: 1})
	if err != nil {
		return nil
	}
	camp = make([]int8, raters)
	for x, f := range r.RaterFactor {
		u, err := strconv.Atoi(strings.TrimLeft(t.Raters.Name(int32(x)), "u0"))
		switch {
		case err != nil:
		case f < 0:
			camp[u-1] = 1
		case f > 0:
			camp[u-1] = 2
		}
	}
	return camp
}

// echo is how alike the members of a community vote on an item by what they think of
// it, in votes: opinions of a standard deviation of 1 logit about. Who keeps to a plan
// votes more alike. With 1.8, those of 1.5 logits, bursts are told of after half of their
// acts, and not after a quarter; with 8, half of the worlds with such clubs alert.
const echo = 4

// alike are shares of members' votes that are as other members' are: of a few, and of nearly all, as who keeps to
// a plan slips in a few of a hundred. With the four shares of choices bursts are told of after .19 of their target
// acts, and not .16; null worlds alert as often.
var alike = [...]float64{.2, .9}

// agreement is the second e-process: do members vote as other members did shortly
// before them on the same item, beyond what predict makes of it? It is looked at only
// for groups that choice has found, and conditional on choices.
func (a *acts) agreement(group []int32, from int32, levels int) float64 {
	type told struct {
		level [mostLevels]float64
		last  int32
	}
	by := map[int32]*told{}
	var sum [len(within) * len(alike)]float64
	for _, k := range a.of(group) {
		if k < from {
			continue
		}
		t := by[a.item[k]]
		if t == nil {
			t = &told{last: math.MinInt32 / 2}
			by[a.item[k]] = t
		}
		n := 0.
		for _, x := range t.level {
			n += x
		}
		const doubt = .1 // votes
		own := (t.level[a.level[k]] + echo/float64(levels)) / (n + echo)
		like := (t.level[a.level[k]] + doubt) / (n + doubt*float64(levels)) / max(own, math.Exp(-float64(a.free[k])))
		for w, width := range within {
			if n == 0 || a.time[k]-t.last > width {
				continue
			}
			for x, lambda := range alike {
				sum[w*len(alike)+x] += math.Log1p(lambda * (like - 1))
			}
		}
		t.level[a.level[k]]++
		t.last = a.time[k]
	}
	mean := math.Inf(-1)
	for _, x := range sum {
		mean = addLogs(mean, x)
	}
	return mean - math.Log(float64(len(sum)))
}
