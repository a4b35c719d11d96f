package judge

import "math"

// Viewpoint: honest raters of one camp agree more than an item's crowd bent by
// habits has it, and no ring should be seen in that. The chance of a vote is bent
// once more:
//
//	P(level | u, i) ~ crowd_i(level) habit_u(level) exp(score(level) (a_u + b_i + f_u.g_i))
//
// score is the standardised rank of a level, f where the rater stands, g how the
// item divides. All are normal: f with spread 1, that of a, b and each dimension of
// g learned, so that a dimension that says nothing vanishes. A vote is predicted
// over the whole posterior: of a rater about whom nothing is known only that it
// may stand anywhere. (Matrix factorisation with an ordinal link, fitted by
// variational updates of one linearised likelihood; Bishop 2006, 10.6.)

const (
	mostRank = 3 // a bound on the cost, which grows with its square; held-out votes tell which rank counts
	// viewRounds of updates change the held-out likelihood of the sets of
	// docs/detection.md by less than .0005 nats a vote against twice as many.
	// The rank is told by fewer, the same for each, the crowd alone among them: a crowd
	// fitted in 3 lost to a viewpoint where there was none.
	viewRounds, rankRounds = 8, 6
	// viewSample is how many votes tell the rank: a gain of .002 nats a vote, the
	// least that is worth it, is six standard errors of as many.
	viewSample = 100_000
	viewGain   = .002
	viewErrors = 3   // standard errors that a dimension must gain, held out
	viewMost   = 300 // votes that tell where a rater or an item stands; of more, every so many: a bound on the cost
)

// A vec is the intercept, then the dimensions; a sym a symmetric matrix of these,
// its lower triangle.
type (
	vec [mostRank + 1]float64
	sym [(mostRank + 1) * (mostRank + 2) / 2]float64
)

func at(d, c int) int { return d*(d+1)/2 + c } // d >= c

func (s *sym) get(d, c int) float64 {
	if d < c {
		d, c = c, d
	}
	return s[at(d, c)]
}

// A place is what is believed of one rater or item: mean and covariance.
type place struct {
	mean vec
	cov  sym
}

// A viewpoint is the fitted model. It costs 112 bytes a rater and an item, and 4
// for each of their levels.
type viewpoint struct {
	*votedActs
	dims          int       // the intercept and the rank
	score         []float64 // by level
	raters, items []place
	ofRater       vec // prior precisions
	ofItem        vec
	crowd, habit  []float32 // by item, by rater, and level: votes
}

// oddsOf sets w to how act k's item and rater vote, by their votes, this act left out, up to
// a factor.
func (v *viewpoint) oddsOf(k int32, crowd, habit []float32, w []float64) {
	for l, base := range v.LevelBase {
		c, h := v.ItemPrior*base+float64(crowd[l]), v.RaterPrior*base+float64(habit[l])
		if l == int(v.Level[k]) {
			c, h = c-1, h-1
		}
		w[l] = max(c, leastVotes) * max(h, leastVotes) / base
	}
}

// tellers are acts of which each tells by its item where their rater stands, or by its rater
// how their item divides.
type tellers struct {
	acts  []int32
	items []int32   // theirs; nil where they are on one item, and tell how it divides
	item  int32     // that
	crowd []float32 // of that, by level: its votes; nil: those fitted to, as of all others
	habit []float32 // the same of the rater
}

// A telling is what votes say of a place, linearised: it adds up.
type telling struct {
	precision sym
	pull      vec
}

// weigh returns what one in so many acts tells of a place near s, the prior included.
func (v *viewpoint) weigh(s *place, prior *vec, of *tellers, step int) (t telling) {
	var buf [maxLevels]float64
	w := buf[:v.Levels]
	for d := range v.dims {
		t.precision[at(d, d)] = prior[d]
	}
	for n := 0; n < len(of.acts); n += step {
		k := of.acts[n]
		i, u := int(of.item), int(v.Rater[k])
		other := &v.raters[u]
		if of.items != nil {
			i = int(of.items[n])
			other = &v.items[i]
		}
		crowd, habit := of.crowd, of.habit
		if crowd == nil {
			crowd = v.crowd[i*v.Levels : (i+1)*v.Levels]
		}
		if habit == nil {
			habit = v.habit[u*v.Levels : (u+1)*v.Levels]
		}
		v.oddsOf(k, crowd, habit, w)
		theta := other.mean[0] + s.mean[0]
		for d := 1; d < v.dims; d++ {
			theta += other.mean[d] * s.mean[d]
		}
		mean, weight := v.moments(w, theta)
		weight = max(weight, .05)
		r := weight*(theta-other.mean[0]) + v.score[v.Level[k]] - mean
		t.hear(other, weight, r, v.dims)
	}
	return t
}

// hear adds a vote with one that stands at other, which moves by weight and is r
// from what is expected.
func (t *telling) hear(other *place, weight, r float64, dims int) {
	x := other.mean
	x[0] = 1
	for d := range dims {
		t.pull[d] += x[d] * r
		for c := 0; c <= d; c++ {
			q := x[d] * x[c]
			if c > 0 {
				q += other.cov[at(d, c)]
			}
			t.precision[at(d, c)] += weight * q
		}
	}
}

// moments returns mean and variance of the score at theta.
func (v *viewpoint) moments(w []float64, theta float64) (mean, variance float64) {
	sum, first, second := 0., 0., 0.
	for l, x := range v.score {
		p := w[l] * near(bounded(x*theta))
		sum += p
		p *= x
		first += p
		second += p * x
	}
	mean = first / sum
	return mean, second/sum - mean*mean
}

// settle returns the place of a precision and a pull, by Cholesky.
func settle(precision *sym, pull *vec, n int) (s place) {
	var low, inv sym // the factor, and its inverse
	for i := range n {
		for j := 0; j <= i; j++ {
			sum := precision[at(i, j)]
			for k := range j {
				sum -= low[at(i, k)] * low[at(j, k)]
			}
			if i == j {
				low[at(i, i)] = math.Sqrt(max(sum, 1e-9))
			} else {
				low[at(i, j)] = sum / low[at(j, j)]
			}
		}
	}
	for j := range n {
		inv[at(j, j)] = 1 / low[at(j, j)]
		for i := j + 1; i < n; i++ {
			sum := 0.
			for k := j; k < i; k++ {
				sum -= low[at(i, k)] * inv[at(k, j)]
			}
			inv[at(i, j)] = sum / low[at(i, i)]
		}
	}
	for i := range n {
		for j := 0; j <= i; j++ {
			for k := i; k < n; k++ {
				s.cov[at(i, j)] += inv[at(k, i)] * inv[at(k, j)]
			}
		}
	}
	for i := range n {
		for j := range n {
			s.mean[i] += s.cov.get(i, j) * pull[j]
		}
	}
	return s
}

// Nodes and weights that integrate over a standard normal (Gauss and Hermite).
var (
	normalNode   = [...]float64{-2.85697001, -1.35562618, 0, 1.35562618, 2.85697001}
	normalWeight = [...]float64{.01125741, .22207592, .53333333, .22207592, .01125741}
)

// predict sets p to the chance of each level, theta being normal. p may be w.
func (v *viewpoint) predict(w []float64, l leaning, p []float64) {
	var sum, by [maxLevels]float64
	for n, x := range normalNode {
		theta, all := l.mean+l.spread*x, 0.
		for l, x := range v.score {
			by[l] = w[l] * near(bounded(x*theta))
			all += by[l]
		}
		for l := range v.score {
			sum[l] += normalWeight[n] * by[l] / all
		}
	}
	copy(p, sum[:v.Levels])
}

// A leaning is how far a rater is bent to the upper end of the scale on an item.
type leaning struct{ mean, spread float64 }

func (v *viewpoint) lean(u, i *place) leaning {
	l, spread := leaning{mean: u.mean[0] + i.mean[0]}, 0.
	for d := 1; d < v.dims; d++ {
		l.mean += u.mean[d] * i.mean[d]
		for c := 1; c < v.dims; c++ {
			spread += i.mean[d]*u.cov.get(d, c)*i.mean[c] + u.mean[d]*i.cov.get(d, c)*u.mean[c] +
				u.cov.get(d, c)*i.cov.get(c, d)
		}
	}
	l.spread = math.Sqrt(max(spread, 0))
	return l
}

// leastVotes keeps a level that nobody else has voted from being impossible.
const leastVotes = 1e-9

const nearSteps = 64 // of near, from a number to its double

// powers are those of 2 from 1 on, in steps of near.
var powers = func() (p [nearSteps]float64) {
	for n := range p {
		p[n] = math.Exp2(float64(n) / nearSteps)
	}
	return p
}()

// farthest is how far near goes either way.
const farthest = 300

// bounded is x, or what is nearest to it within farthest.
func bounded(x float64) float64 {
	if x > farthest {
		return farthest
	}
	if x < -farthest {
		return -farthest
	}
	return x
}

// near is e^x to one part in 10^11, for x from -farthest to farthest, in a third of the time
// of math.Exp.
func near(x float64) float64 {
	const toInteger = 3 << 51 // added to a number below 2^51, leaves it rounded in the low bits
	y := x*(nearSteps/math.Ln2) + toInteger
	n := int64(math.Float64bits(y)) << 13 >> 13
	r := x - (y-toInteger)*(math.Ln2/nearSteps)
	return math.Float64frombits(uint64(n>>6+1023)<<52) * powers[n&(nearSteps-1)] * (1 + r*(1+r*(.5+r*(1./6))))
}
