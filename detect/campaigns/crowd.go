package campaigns

import "math"

const (
	// standard deviation of how far a crowd's opinion is off, in those of opinions on an item: of
	// .5 and 1.4 see docs/campaigns.md
	oneMind  = .7
	outraged = .02  // of crowds, the share that a fault or a gift has made of another opinion by far:
	farMind  = 2    // the standard deviation of theirs
	farFrom  = 6    // standard deviations that are looked at
	leastEnd = .7   // share of a farm's votes at the end of the scale
	asPaid   = .5   // of farms, the share whose votes are all as they were paid for; others have slips
	slip     = 1e-3 // a vote that is not, where all are as paid for; of many votes one in five times as many
	loose    = 2    // concentration of a farm's other votes: they are slips or camouflage, of which nothing is known
)

// likelier returns the log of how many times likelier a burst's votes are if most of
// them were given for the end of the scale, whatever the item is worth, than if they
// are of a crowd of one mind. Fans and guests of a party differ from one another as
// raters of the item do, around an opinion that is better or worse: their votes are
// the usual ones, shifted on a normal scale behind the levels (McCullagh 1980), and
// the farther a crowd is off, the rarer it is; but for a few, whom a fault has angered, or a gift won.
func (x *trial) likelier(levels int) float64 {
	return x.farmed(levels) - x.shifted(levels)
}

// shifted is the log likelihood of a burst's votes if they are of a crowd.
func (x *trial) shifted(levels int) float64 {
	all, prior := x.shifts(levels)
	for k := range all {
		all[k] += prior[k]
	}
	return logSum(all) - logSum(prior)
}

// shifts returns the log likelihoods of a burst's votes if a crowd's opinion is off by so much,
// and those of the shifts before any vote is seen, up to a constant.
func (x *trial) shifts(levels int) (all, priors []float64) {
	const step = .25
	var at [mostLevels]float64 // behind the scale, the lower bound of each level
	above := 1.
	for k := range levels {
		at[k] = quantileOf(above)
		above -= max(x.usual[k], 0)
	}
	for off := -farFrom * oneMind; off <= farFrom*oneMind; off += step * oneMind {
		var mean votes
		for k := range levels {
			mean[k] = 1
			if k > 0 {
				mean[k] = normal(at[k] + off)
			}
			if k+1 < levels {
				mean[k] -= normal(at[k+1] + off)
			}
			mean[k] = max(mean[k], 1e-4)
		}
		mean = mean.share(levels)
		all = append(all, likely(&x.votes, &mean, x.concentration, levels))
		priors = append(priors, math.Log((1-outraged)*math.Exp(-.5*(off/oneMind)*(off/oneMind))+
			outraged*oneMind/farMind*math.Exp(-.5*(off/farMind)*(off/farMind))))
	}
	return all, priors
}

// farmed is the log likelihood of a burst's votes if all of them, or a share, anything from
// leastEnd on, were given for the outermost level: of two levels a crowd's votes lie
// at either. Half of the farms deliver what was paid for: else twenty votes, all for the end,
// would be as rare of a farm as of a crowd that likes an item better than usual.
func (x *trial) farmed(levels int) float64 {
	end := 0
	if x.cut.high {
		end = levels - 1
	}
	n, given := x.votes.sum(), x.votes[end]
	at := func(share float64) float64 { return given*math.Log(share) + (n-given)*math.Log(1-share) }
	const steps = 7
	most := max(.995, 1-1/(n+2)) // as near to all as so many votes can tell
	var some []float64
	for k := range steps {
		some = append(some, at(leastEnd+(most-leastEnd)*float64(k)/(steps-1)))
	}
	all := 1 - min(slip, .2/(n+2))
	paid := logSum([]float64{math.Log(asPaid) + at(all), math.Log1p(-asPaid) + logSum(some) - math.Log(steps)})
	rest, mean := x.votes, x.usual
	rest[end], mean[end] = 0, 0
	for k := range levels {
		if k != end {
			mean[k] = max(mean[k], .005)
		}
	}
	mean = mean.share(levels)
	for k := range levels {
		if k != end {
			mean[k] = .5*mean[k] + .5/float64(levels-1)
		}
	}
	return paid + likely(&rest, &mean, loose, levels)
}

func logSum(all []float64) float64 {
	most, sum := math.Inf(-1), 0.
	for _, x := range all {
		most = max(most, x)
	}
	for _, x := range all {
		sum += math.Exp(x - most)
	}
	return most + math.Log(sum)
}

// normal is the distribution function of the standard normal, and quantileOf its
// inverse, of chances between 1e-4 and 1 - 1e-4.
func normal(x float64) float64 { return .5 * math.Erfc(-x/math.Sqrt2) }

func quantileOf(p float64) float64 {
	return math.Sqrt2 * math.Erfinv(2*min(max(p, 1e-4), 1-1e-4)-1)
}
