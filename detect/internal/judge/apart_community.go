package judge

import "math"

// The votes of a community: the item's crowd, moved by what the community thinks.

// shiftSteps is the number of shifts on the grid, evenly from -shiftReach.
const shiftSteps = int(2*shiftReach/shiftStep) + 1

type shifts [shiftSteps]float64

// shiftOdds are e to the shifts.
var shiftOdds = func() (e shifts) {
	for y := range e {
		e[y] = math.Exp(shiftAt(y))
	}
	return e
}()

func shiftAt(y int) float64 { return -shiftReach + float64(y)*shiftStep }

// moved returns, by shift of an item, ln of the likelihood of the votes on it by people
// who are so much sharper than its crowd.
func moved(votes []voter, sharp float64) (ll shifts) {
	const atOnce = 20 // factors of 1e-12 that a number holds
	var product shifts
	for y := range product {
		product[y] = 1
	}
	for i := range votes {
		// The chance between two logits, as a fraction of exponentials: one for each vote
		// instead of two for each shift, and nothing lost between near ones.
		high, low := math.Exp(-sharp*votes[i].high), math.Exp(-sharp*votes[i].low)
		for y, e := range shiftOdds {
			p := 1 / (1 + high*e)
			if !math.IsInf(low, 1) {
				p *= (low - high) * e / (1 + low*e)
			}
			product[y] *= max(p, 1e-12)
		}
		if i%atOnce == atOnce-1 || i == len(votes)-1 {
			for y := range ll {
				ll[y] += math.Log(product[y])
				product[y] = 1
			}
		}
	}
	return ll
}

// around returns ln of the mean of likelihoods over a normal shift.
func (ll *shifts) around(mean, variance float64) float64 {
	var prior shifts
	for y := range prior {
		s := shiftAt(y) - mean
		prior[y] = -s * s / (2 * variance)
	}
	norm := logSum(prior[:])
	for y := range prior {
		prior[y] += ll[y]
	}
	return logSum(prior[:]) - norm
}

// A spread is a normal shift of mean 0, for around it.
type spread struct {
	prior shifts
	norm  float64
}

func spreadOf(variance float64) (s spread) {
	var e shifts
	for y, z := 0, shiftSteps-1; y <= z; y, z = y+1, z-1 {
		x := shiftAt(y)
		s.prior[y] = -x * x / (2 * variance)
		e[y] = math.Exp(s.prior[y])
		s.prior[z], e[z] = s.prior[y], e[y]
	}
	sum := 0.
	for _, x := range e {
		sum += x
	}
	s.norm = math.Log(sum)
	return s
}

// around is around of likelihoods.
func (s *spread) around(ll *shifts) float64 {
	var both shifts
	for y, p := range s.prior {
		both[y] = p + ll[y]
	}
	return logSum(both[:]) - s.norm
}

// A view is a jury that knows of viewpoints, or the same that does not, and how it hears
// the votes.
type view struct {
	*Jury
	voters [][]voter
}

func (j *Jury) views(voters [][]voter) []view {
	all := []view{{j, voters}}
	if blind := j.withoutView(); blind != nil {
		all = append(all, view{blind, blind.voters()})
	}
	return all
}

// community returns ln of the likelihood of the votes by a community: the best of
// the shifts, over the mean of sharpness, each item's shift integrated; and of the views.
func (j *Jury) community(views []view) float64 {
	sums := make([][len(communityShifts)][len(sharpness)]float64, len(views))
	lls := make([]shifts, len(views))
	for at := range views[0].voters {
		sure := j.crowdError(at)
		for x, sharp := range sharpness {
			for v := range views {
				lls[v] = moved(views[v].voters[at], sharp)
			}
			for t, shift := range communityShifts {
				prior := spreadOf(shift*shift + sure*sharp*sharp + shiftStep*shiftStep/4)
				for v := range views {
					sums[v][t][x] += prior.around(&lls[v])
				}
			}
		}
	}
	best := math.Inf(-1)
	for v := range sums {
		for t := range sums[v] {
			best = max(best, logSum(sums[v][t][:])-math.Log(float64(len(sharpness))))
		}
	}
	return best
}

// crowdError is the variance of the logit of the crowd's opinion of items[at], as
// so few votes tell it.
func (j *Jury) crowdError(at int) float64 {
	below, all, mass := 0., 0., 0.
	for _, c := range j.crowd[at] {
		mass += c
	}
	upper := j.middle() + 1
	for l, c := range j.crowd[at] {
		if all += c; l < upper {
			below += c
		}
	}
	share := min(max(below/all, .02), .98)
	return min(9, trigamma(max(.05, mass*share))+trigamma(max(.05, mass*(1-share))))
}

// middle is the level of the median vote, or the last but one.
func (b *Votes) middle() int {
	sum := 0.
	for l, share := range b.LevelBase {
		if sum += share; sum >= .5 {
			return min(l, b.Levels-2)
		}
	}
	return b.Levels - 2
}

func trigamma(x float64) (r float64) {
	for ; x < 6; x++ {
		r += 1 / (x * x)
	}
	return r + 1/x + 1/(2*x*x) + 1/(6*x*x*x) - 1/(30*math.Pow(x, 5))
}
