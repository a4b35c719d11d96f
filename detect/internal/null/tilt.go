package null

import (
	"context"
	"math"

	"github.com/ringwatch/ringwatch/internal/workers"
)

const tiltColumn = "tilt"

const (
	tiltFrom     = 20  // acts, below which nobody has used up what was live
	tiltCrowding = .1  // expected meetings with oneself, an act
	tiltMost     = 200 // a bound of the search for the root
	tiltAtOnce   = 4   // raters
)

// FitTilt sets null.tilt. Nobody rates an item twice, so a rater who acts more
// than what was live around holds reaches items more evenly than their shares
// say: tilt solves sum over items of 1-exp(-tilt*expected) = acts for those
// whose own choices would often have met each other, and is 1 for the others.
// It costs a pass over all acts for each such rater. It is a column in the room of
// the acts.
func (n *Model) FitTilt(ctx context.Context, a *Acts) (err error) {
	if n.Tilt, err = ColumnIn[float64](a.Room, tiltColumn, a.Raters); err != nil {
		return err
	}
	steps := newLambdaSteps()
	return workers.Ranges(ctx, a.Raters, 64, func() func(lo, hi int) {
		crowded := &crowdedRaters{Model: n, acts: a, steps: steps}
		return func(lo, hi int) {
			for u := int32(lo); int(u) < hi; u++ {
				n.Tilt[u] = 1
				if acts := float64(a.CountOf(u)); acts >= tiltFrom &&
					n.selfMeetings(a.BinsOf(u)) >= tiltCrowding*acts {
					crowded.add(u)
				}
			}
			crowded.fit()
		}
	})
}

// crowdedRaters are fitted tiltAtOnce at a time: sums of as many wait for memory, and
// for each addition, once.
type crowdedRaters struct {
	*Model
	acts  *Acts
	steps *lambdaTable
	who   []int32
	reach [tiltAtOnce][]float64
	each  []([tiltAtOnce]float64) // by bin: reach of each
	sizes [tiltAtOnce]lambdas
}

func (c *crowdedRaters) add(u int32) {
	if c.who = append(c.who, u); len(c.who) == tiltAtOnce {
		c.fit()
	}
}

// fit fits those that were added.
func (c *crowdedRaters) fit() {
	if len(c.who) == 0 {
		return
	}
	a, n := c.acts, c.Model
	if c.each == nil {
		c.each = make([]([tiltAtOnce]float64), n.Bins)
	}
	var idle [tiltAtOnce]float64 // expected of what is chosen evenly
	for j, u := range c.who {
		c.reach[j] = n.Reach(a.BinsOf(u), c.reach[j])
		for b, x := range c.reach[j] {
			c.each[b][j] = x
		}
		idle[j] = float64(a.CountOf(u)) * n.Uniform
		c.sizes[j].reset()
	}
	for i := range int32(a.Items) {
		w, x, y, z := idle[0], idle[1], idle[2], idle[3]
		for _, b := range a.Bin[a.ItemStart[i]:a.ItemStart[i+1]] {
			at := &c.each[b]
			w, x, y, z = w+at[0], x+at[1], y+at[2], z+at[3]
		}
		expect := [tiltAtOnce]float64{w, x, y, z}
		for j := range c.who {
			c.sizes[j].add(expect[j], c.steps)
		}
	}
	for j, u := range c.who {
		n.Tilt[u] = c.sizes[j].tilt(float64(a.CountOf(u)))
	}
	c.who = c.who[:0]
}

// selfMeetings is how many pairs of a rater's own choices would fall on one
// item if items could be chosen again.
func (n *Model) selfMeetings(own []binCount) float64 {
	sum := 0.0
	for _, x := range own {
		for _, y := range own {
			for s := range n.Tables {
				sum += x.Count() * y.Count() * n.Tables[s].Meet[x.Bin()*n.Bins+y.Bin()]
			}
		}
	}
	return sum / 2
}

// lambdas is a histogram of expected counts in steps of 1/16 of a nat, so that
// solving for the tilt does not cost a pass over the items each time.
type lambdas struct {
	count, sum [lambdaSteps]float64
}

const lambdaSteps = 16 * 40 // from e^-30 to e^10

func (h *lambdas) reset() { *h = lambdas{} }

func (h *lambdas) add(x float64, steps *lambdaTable) {
	if x <= 0 {
		return
	}
	at := steps.of(x)
	h.count[at]++
	h.sum[at] += x
}

// lambdaTable finds the step of an expected count without a logarithm: by the
// upper bits of the number, in cells that are narrower than a step.
type lambdaTable struct {
	first []int16                  // step where each cell begins
	from  [lambdaSteps + 1]float64 // where each step begins; beyond the last, never
}

const (
	lambdaShift = 52 - 6                                 // 64 cells from a number to its double
	lambdaLow   = (1023 - 44) << 52 >> lambdaShift       // the cell of 2^-44, which is less than e^-30
	lambdaCells = (1023+15)<<52>>lambdaShift - lambdaLow // up to 2^15, which is more than e^10
)

func newLambdaSteps() *lambdaTable {
	t := &lambdaTable{first: make([]int16, lambdaCells)}
	for at := 1; at < lambdaSteps; at++ {
		// Positive numbers ascend as their bits do.
		lo := math.Float64bits(math.Exp(float64(at)/16-30) * .999)
		hi := math.Float64bits(math.Exp(float64(at)/16-30) * 1.001)
		for lo < hi {
			if mid := (lo + hi) / 2; lambdaStep(math.Float64frombits(mid)) >= at {
				hi = mid
			} else {
				lo = mid + 1
			}
		}
		t.from[at] = math.Float64frombits(lo)
	}
	t.from[lambdaSteps] = math.Inf(1)
	for c := range t.first {
		t.first[c] = int16(lambdaStep(math.Float64frombits(uint64(c+lambdaLow) << lambdaShift)))
	}
	return t
}

func lambdaStep(x float64) int {
	return min(max(int((math.Log(x)+30)*16), 0), lambdaSteps-1)
}

func (t *lambdaTable) of(x float64) int {
	c := int(math.Float64bits(x)>>lambdaShift) - lambdaLow
	if c < 0 {
		return 0
	}
	if c >= len(t.first) {
		return lambdaSteps - 1
	}
	at := int(t.first[c])
	if x >= t.from[at+1] {
		at++
	}
	return at
}

// tilt solves sum of 1-exp(-tilt*x) = acts by bisection of ln tilt.
func (h *lambdas) tilt(acts float64) float64 {
	lo, hi := 0.0, math.Log(tiltMost)
	for range 30 {
		mid := (lo + hi) / 2
		f, got := math.Exp(mid), 0.0
		for i, c := range h.count {
			if c > 0 {
				got -= c * math.Expm1(-f*h.sum[i]/c)
			}
		}
		if got < acts {
			lo = mid
		} else {
			hi = mid
		}
	}
	return math.Exp((lo + hi) / 2)
}
