package judge

import (
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
	best := math.Inf(-1)
	for _, item := range of.items {
		var all []float64
		for _, spread := range of.spreads {
			at := make([]float64, ownReach+1)
			for _, votes := range voters {
				for y, ll := range wider(j.byMean(votes, spread), item*ownSteps) {
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

// wider returns ln of the mean of likelihoods around each mean, over a normal of a standard
// deviation in steps of the grid.
func wider(ll []float64, sd float64) []float64 {
	if sd == 0 {
		return ll
	}
	all, near := make([]float64, len(ll)), make([]float64, len(ll))
	for y := range ll {
		norm := 0.
		for z := range ll {
			d := float64(z-y) / sd
			w := math.Exp(-d * d / 2)
			norm += w
			near[z] = ll[z] - d*d/2
		}
		all[y] = logSum(near) - math.Log(norm)
	}
	return all
}
