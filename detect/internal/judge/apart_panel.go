package judge

import (
	"encoding/binary"
	"maps"
	"math"
	"slices"
)

// The votes of people who were asked to judge: a jury, a panel of testers, staff on a task.
// Each judges for itself, by a scale of their own: one that is moved from the site's, all
// items alike, as one rater's is from another's; or one that begins anew, with a middle and
// even steps, as a sheet has it on which they mark. They judge no more sharply than a crowd.

// moved from the site's: crowds use less of the scale where nearly everybody is pleased
var movedScale = mind{ownShift, ownShift, []float64{0, 1}, []float64{.4, .63, 1}}

// An ownScale is one that begins anew, in fourths of the scale, which are the steps of five
// stars.
type ownScale struct {
	spreads []float64 // logistic scales of a judge's vote around what it is to be: .45 is a standard deviation of .8
	items   []float64 // standard deviations of what that is on an item
	ends    bool      // what it is on average may be anywhere, and not only in the middle half of the scale
}

var (
	freely = ownScale{[]float64{.45, .6, .8, 1.1}, []float64{0, .5, 1}, false}
	// eachForItself is that of people who judge what happened, or what they came for.
	eachForItself = ownScale{freely.spreads, freely.items, true}
	// byStandard is that of people who apply one, as editors do and who has a guideline:
	// within one step of each other, on items that are far apart by it.
	byStandard = ownScale{[]float64{.28, .4}, []float64{1, 1.5}, false}
)

const (
	ownSteps = 8 // of the grid of means, a fourth of the scale each
	ownReach = 4 * ownSteps
)

// askedToJudge returns ln of how much likelier the votes heard are by one plan than of people who
// were asked to judge.
func (j *Jury) askedToJudge() float64 {
	return min(j.oneMind(movedScale), j.newScale(&freely))
}

// careless returns ln of how much likelier the votes heard are by one plan than of people
// who vote whatever the item is, each by a distribution of its own.
func (j *Jury) careless() float64 {
	count := map[int32][]float64{}
	for _, acts := range j.acts {
		for _, k := range acts {
			if count[j.Rater[k]] == nil {
				count[j.Rater[k]] = make([]float64, j.Levels)
			}
			count[j.Rater[k]][j.Level[k]]++
		}
	}
	var all []float64
	for _, a := range plainness {
		ln := 0.
		for _, u := range slices.Sorted(maps.Keys(count)) {
			ln += polya(count[u], a)
		}
		all = append(all, ln)
	}
	return j.planOf(j.voters()) - (logSum(all) - math.Log(float64(len(all))))
}

// newScale returns ln of how much likelier the votes heard are by one plan than by a scale
// that begins anew, of three levels or more.
func (j *Jury) newScale(of *ownScale) float64 {
	voters := j.voters()
	return j.planOf(voters) - j.byScale(voters, of)
}

// byScale returns ln of the likelihood of the votes by a scale that begins anew: the best
// of what they share on items, over the mean of how far their votes spread, and of means.
// Who was asked to judge, and whose mean is beyond the middle half, has taken a side.
func (j *Jury) byScale(voters [][]voter, of *ownScale) float64 {
	like, first := j.tallies(voters)
	best := math.Inf(-1)
	by := make([][][]float64, len(of.spreads)) // ln of likelihoods by mean, of each spread and tally
	for s, spread := range of.spreads {
		for _, at := range first {
			by[s] = append(by[s], j.byMean(voters[at], spread))
		}
	}
	for _, item := range of.items {
		around := newAround(item * ownSteps)
		var all []float64
		for s := range of.spreads {
			wide := make([][]float64, len(first))
			for n := range first {
				wide[n] = around.wider(by[s][n])
			}
			at := make([]float64, ownReach+1)
			for _, n := range like {
				for y, ll := range wide[n] {
					at[y] += ll
				}
			}
			if of.ends {
				all = append(all, at...)
			} else {
				all = append(all, at[ownReach/4:ownReach-ownReach/4+1]...)
			}
		}
		best = max(best, logSum(all)-math.Log(float64(len(all))))
	}
	return best
}

// tallies numbers the items by how many gave each level, and tells the first item of each
// number: where members are few, many items are alike in that.
func (j *Jury) tallies(voters [][]voter) (like, first []int) {
	known := map[string]int{}
	key := make([]byte, 0, 4*maxLevels)
	for at, votes := range voters {
		var count [maxLevels]uint32
		for _, v := range votes {
			count[v.level]++
		}
		key = key[:0]
		for _, n := range count[:j.Levels] {
			key = binary.LittleEndian.AppendUint32(key, n)
		}
		n, is := known[string(key)]
		if !is {
			n = len(first)
			known[string(key)] = n
			first = append(first, at)
		}
		like = append(like, n)
	}
	return like, first
}

// byMean returns ln of the likelihood of votes on an item, by mean.
func (j *Jury) byMean(votes []voter, spread float64) []float64 {
	count := make([]float64, j.Levels)
	for _, v := range votes {
		count[v.level]++
	}
	ll := make([]float64, ownReach+1)
	step := 4 / float64(j.Levels-1)
	for y := range ll {
		mean, below := float64(y)/ownSteps, 0.
		for l, n := range count {
			upTo := 1.
			if l+1 < j.Levels {
				upTo = logistic(((float64(l)+.5)*step - mean) / spread)
			}
			if n > 0 {
				ll[y] += n * math.Log(max(upTo-below, 1e-9))
			}
			below = upTo
		}
	}
	return ll
}

// An around is a normal around each mean of the grid, of a standard deviation in its steps.
type around struct {
	sd     float64
	square []float64 // by distance: half that of how many deviations it is
	norm   []float64 // by mean: ln of the sum of its weights
}

func newAround(sd float64) *around {
	a := &around{sd: sd}
	if sd == 0 {
		return a
	}
	var weight []float64
	for apart := range ownReach + 1 {
		d := float64(apart) / sd
		a.square, weight = append(a.square, d*d/2), append(weight, math.Exp(-d*d/2))
	}
	for y := range ownReach + 1 {
		sum := 0.
		for z := range ownReach + 1 {
			sum += weight[max(z-y, y-z)]
		}
		a.norm = append(a.norm, math.Log(sum))
	}
	return a
}

// wider returns ln of the mean of likelihoods around each mean.
func (a *around) wider(ll []float64) []float64 {
	if a.sd == 0 {
		return ll
	}
	all := make([]float64, len(ll))
	var near [ownReach + 1]float64
	for y := range ll {
		for z := range near {
			near[z] = ll[z] - a.square[max(z-y, y-z)]
		}
		all[y] = logSum(near[:]) - a.norm[y]
	}
	return all
}
