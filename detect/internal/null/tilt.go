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
// It costs a pass over all acts for each such rater, those of large items by bin; where
// that is more than tiltPasses for each act, some of the other items stand for all.
// It is a column in the room of the acts.
func (n *Model) FitTilt(ctx context.Context, a *Acts) (err error) {
	if n.Tilt, err = ColumnIn[float64](a.Room, tiltColumn, a.Raters); err != nil {
		return err
	}
	who, err := n.crowdedOf(ctx, a)
	if err != nil {
		return err
	}
	steps, reached := newLambdaSteps(), reachedOf(a, len(who))
	return workers.Ranges(ctx, len(who), 64, func() func(lo, hi int) {
		crowded := &crowdedRaters{Model: n, acts: a, reached: reached, steps: steps}
		return func(lo, hi int) {
			for at := lo; at < hi; at += tiltAtOnce {
				crowded.fit(who[at:min(at+tiltAtOnce, hi)])
			}
		}
	})
}

// crowdedOf sets the tilt to 1, and returns the raters whose own choices would often have
// met each other.
func (n *Model) crowdedOf(ctx context.Context, a *Acts) (who []int32, err error) {
	meet := make([]float64, n.Bins*n.Bins)
	for s := range n.Tables {
		for at, q := range n.Tables[s].Meet {
			meet[at] += q
		}
	}
	err = workers.Ranges(ctx, a.Raters, 64, func() func(lo, hi int) {
		return func(lo, hi int) {
			for u := int32(lo); int(u) < hi; u++ {
				n.Tilt[u] = 1
				if acts := float64(a.CountOf(u)); acts >= tiltFrom &&
					n.selfMeetings(meet, a.BinsOf(u)) >= tiltCrowding*acts {
					n.Tilt[u] = 0
				}
			}
		}
	})
	for u := range int32(a.Raters) {
		if n.Tilt[u] == 0 {
			who = append(who, u)
		}
	}
	return who, err
}

// reached is what raters reach: the acts of small items one by one, and those of large ones
// counted by bin, which costs as little for a million.
type reached struct {
	every int32 // of the small items each so many-th stands for as many
	bin   []uint8
	count []float64
	end   []int32 // in bin and count, of the large items in order
}

const (
	tiltEach   = 4 * maxBins // acts of an item that are counted by bin if they are more
	tiltPasses = 10_000      // takes some 3 to 4 us an act where the machine is busy
)

// reachedOf tells what so many raters reach.
func reachedOf(a *Acts, raters int) *reached {
	r, small := &reached{}, 0 // additions
	for i := range int32(a.Items) {
		of := a.Bin[a.ItemStart[i]:a.ItemStart[i+1]]
		if len(of) <= tiltEach {
			small += len(of) + tiltAtOnce // and a look-up for each
			continue
		}
		for k, b := range of {
			if k == 0 || b != of[k-1] {
				r.bin, r.count = append(r.bin, b), append(r.count, 0)
			}
			r.count[len(r.count)-1]++
		}
		r.end = append(r.end, int32(len(r.bin)))
	}
	r.every = int32(1 + float64(raters)*float64(small)/(tiltPasses*float64(max(1, a.Len()))))
	return r
}

// crowdedRaters are fitted tiltAtOnce at a time: sums of as many wait for memory, and
// for each addition, once.
type crowdedRaters struct {
	*Model
	acts    *Acts
	reached *reached
	steps   *lambdaTable
	reach   [tiltAtOnce][]float64
	each    []([tiltAtOnce]float64) // by bin: reach of each
	sizes   [tiltAtOnce]lambdas
}

// fit fits up to tiltAtOnce raters.
func (c *crowdedRaters) fit(who []int32) {
	a, n := c.acts, c.Model
	if c.each == nil {
		c.each = make([]([tiltAtOnce]float64), n.Bins)
	}
	var idle [tiltAtOnce]float64 // expected of what is chosen evenly
	for j, u := range who {
		c.reach[j] = n.Reach(a.BinsOf(u), c.reach[j])
		for b, x := range c.reach[j] {
			c.each[b][j] = x
		}
		idle[j] = float64(a.CountOf(u)) * n.Uniform
		c.sizes[j].reset()
	}
	small, large, from := int32(0), 0, int32(0)
	for i := range int32(a.Items) {
		expect, stands := idle, 1.
		if of := a.Bin[a.ItemStart[i]:a.ItemStart[i+1]]; len(of) > tiltEach {
			end := c.reached.end[large]
			c.sumRuns(&expect, from, end)
			large, from = large+1, end
		} else {
			if small++; small%c.reached.every != 0 {
				continue
			}
			stands = float64(c.reached.every)
			c.sum(&expect, of)
		}
		for j := range who {
			c.sizes[j].add(expect[j], stands, c.steps)
		}
	}
	for j, u := range who {
		n.Tilt[u] = c.sizes[j].tilt(float64(a.CountOf(u)))
	}
}

// sum adds what acts, each in a bin, add to what is expected.
func (c *crowdedRaters) sum(expect *[tiltAtOnce]float64, of []uint8) {
	w, x, y, z := expect[0], expect[1], expect[2], expect[3]
	for _, b := range of {
		at := &c.each[b]
		w, x, y, z = w+at[0], x+at[1], y+at[2], z+at[3]
	}
	*expect = [tiltAtOnce]float64{w, x, y, z}
}

// sumRuns is sum of acts that are counted by bin.
func (c *crowdedRaters) sumRuns(expect *[tiltAtOnce]float64, from, end int32) {
	for k := from; k < end; k++ {
		at, n := &c.each[c.reached.bin[k]], c.reached.count[k]
		for j := range expect {
			expect[j] += n * at[j]
		}
	}
}

// selfMeetings is how many pairs of a rater's own choices would fall on one
// item if items could be chosen again; meet is the chance of a pair, by their bins.
func (n *Model) selfMeetings(meet []float64, own []binCount) float64 {
	sum := 0.0
	for _, x := range own {
		mine := meet[x.Bin()*n.Bins : (x.Bin()+1)*n.Bins]
		for _, y := range own {
			sum += x.Count() * y.Count() * mine[y.Bin()]
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

// add adds an expected count that stands for so many.
func (h *lambdas) add(x, stands float64, steps *lambdaTable) {
	if x <= 0 {
		return
	}
	at := steps.of(x)
	h.count[at] += stands
	h.sum[at] += stands * x
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
