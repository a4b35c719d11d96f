package judge

import "math"

// The votes of people who think the same of all the items, beyond each item's crowd: fans,
// staff, and juries with a scale of their own.

// A mind is how such people may differ from the items' crowds.
type mind struct {
	up, down  float64   // standard deviations, in logits, of how much better, or worse, they think of everything
	each      []float64 // those of what they think of each item besides
	sharpness []float64 // how much more alike than the crowd they judge
}

// ownShift is, in logits, the standard deviation of how much more often than the crowd
// a rater gives the best vote, whatever it rates: .96 in FilmTrust, 1.03 in amazon_sdlib,
// .96 in bitcoin_otc. People of one mind differ from a crowd by as much.
const ownShift = 1

// strangerShift is by how much those may like what they rate of whom nothing else is known,
// a community's widest: who rates one series and nothing else came because it likes it. 40
// and 60 such fans were rings without doubt at ownShift. Nobody comes to dislike all of it.
const strangerShift = 2

// likeMinded are fans and staff of one owner. The less else they rated, the more they may
// have come for what they like; who met for it did.
func (j *Jury) likeMinded(met bool) mind {
	strangers, raters := 0., map[int32]bool{}
	for _, acts := range j.acts {
		for _, k := range acts {
			if u := j.Rater[k]; !raters[u] {
				raters[u] = true
				strangers += math.Exp2(-float64(j.elsewhere(u)))
			}
		}
	}
	if met {
		return mind{strangerShift, ownShift, []float64{0}, sharpness[:]}
	}
	most := ownShift + (strangerShift-ownShift)*strangers/float64(max(1, len(raters)))
	return mind{most, ownShift, []float64{0}, sharpness[:]}
}

// elsewhere returns how many ratings of other items a rater gave.
func (j *Jury) elsewhere(u int32) (n int) {
	for _, i := range j.ItemsOf(u) {
		if _, on := j.on(i); !on {
			n++
		}
	}
	return n
}

// oneMind returns ln of how much likelier the votes heard are by one plan than of people
// of a mind.
func (j *Jury) oneMind(m mind) float64 {
	if !j.HasValues() {
		return math.Inf(-1)
	}
	voters := j.voters()
	ln := j.minded(j.views(voters), m)
	return j.planOf(voters) - ln
}

// minded returns ln of the likelihood of the votes by people of a mind: the best of the
// deviations, over the mean of sharpness, and of the views.
func (j *Jury) minded(views []view, m mind) float64 {
	sums := make([][][]float64, len(views)) // by deviation and sharpness
	for v := range sums {
		sums[v] = make([][]float64, len(m.each)*len(communityShifts))
	}
	var aside [len(communityShifts)]spread
	for t, shift := range communityShifts {
		aside[t] = asideOf(min(shift, m.up), min(shift, m.down))
	}
	for _, sharp := range m.sharpness {
		on := make([]shifts, len(views)*len(j.items))
		for v := range views {
			for at, votes := range views[v].voters {
				on[v*len(j.items)+at] = moved(votes, sharp)
			}
		}
		for n, each := range m.each {
			all := make([]shifts, len(views))
			for at := range j.items {
				k := kernelOf(each*each + j.crowdError(at)*sharp*sharp + shiftStep*shiftStep/4)
				for v := range all {
					for y, l := range k.blur(&on[v*len(j.items)+at]) {
						all[v][y] += l
					}
				}
			}
			for t := range aside {
				for v := range all {
					of := &sums[v][n*len(communityShifts)+t]
					*of = append(*of, aside[t].around(&all[v]))
				}
			}
		}
	}
	best := math.Inf(-1)
	for v := range sums {
		for _, of := range sums[v] {
			best = max(best, logSum(of)-math.Log(float64(len(of))))
		}
	}
	return best
}

// asideOf is a spread that is wider to one side.
func asideOf(up, down float64) (s spread) {
	for y := range s.prior {
		x, sd := shiftAt(y), down
		if x > 0 {
			sd = up
		}
		s.prior[y] = -x * x / (2 * (sd*sd + shiftStep*shiftStep/4))
	}
	s.norm = logSum(s.prior[:])
	return s
}
