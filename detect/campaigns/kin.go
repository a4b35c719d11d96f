package campaigns

import "math"

const (
	// What is alike: half as long again, and a quarter more ratings, are one step of a grid. Farms of
	// ten a day come out 2 steps apart at most, guests of a party 3 steps from them.
	likeLength = .4
	likeSize   = .25
	lengths    = 32 // steps, up to some 30 years of hours
	sizes      = 48 // steps, up to some 600,000 ratings
	kinReach   = 3  // steps that tell of one another
	anybodys   = 3  // bursts of a length and size like any burst's, beside those that are a farm's
	// times as likely a farm's, or a burst's of no farm, that a length and size make a burst in the
	// queue for q; of a few farms more would be chance
	mostKin = 5
	rounds  = 3 // of telling farms by their like, and their like by farms
)

// kinships are the shares of farms that are like others that are tried.
var kinships = [...]float64{0, .25, .5, .75, .9}

// ofOneTrade is mixture, where bursts that are surely of farms tell of others. Farms sell by the
// piece: so many ratings within so many days, again and again. So where there are several, another
// burst of their length and size is likelier one (a local false discovery rate by what is known
// beside, Scott et al. 2015; weights of a queue learned from others, Ignatiadis et al. 2016). How much
// alike farms are here is fitted, every burst left out for itself, and where they are not, or are too
// few, nothing is made of it. It takes time in proportion to the bursts.
func (u *usual) ofOneTrade(trials []*trial, told []story, share []float64) (part [][3]float64, sum [3]float64) {
	votes := make([]float64, len(told))
	for k := range told {
		votes[k] = told[k].farm
	}
	part, sum = mixture(told, share)
	for range rounds {
		for k, ratio := range u.kin(trials, share, part) {
			trials[k].kin = ratio
			told[k].farm = votes[k] + math.Log(ratio)
		}
		part, sum = mixture(told, share)
	}
	return part, sum
}

// A shape is how long and how large a burst is, in steps.
type shape struct{ length, size int }

func (u *usual) shapeOf(x *trial) shape {
	steps := func(ratio, like float64, most int) int {
		return min(max(int(math.Round(math.Log(ratio)/like)), 0), most-1)
	}
	return shape{steps(max(x.span.length()/u.tick, 1), likeLength, lengths),
		steps(float64(x.ratings)/fewest, likeSize, sizes)}
}

// near is how much what is so many steps apart is alike, 1 where it is the same.
func near(steps int) float64 {
	if max(steps, -steps) > kinReach {
		return 0
	}
	return math.Exp(-.5 * float64(steps*steps))
}

func (s shape) near(o shape) float64 { return near(s.length-o.length) * near(s.size-o.size) }

// A grid counts bursts by shape.
type grid [lengths][sizes]float64

// smooth returns how many bursts are near each shape.
func (g *grid) smooth() *grid {
	var across, out grid
	for l := range g {
		for s, n := range g[l] {
			for o := max(0, s-kinReach); n > 0 && o <= min(sizes-1, s+kinReach); o++ {
				across[l][o] += n * near(o-s)
			}
		}
	}
	for l := range g {
		for o := max(0, l-kinReach); o <= min(lengths-1, l+kinReach); o++ {
			for s, n := range across[l] {
				out[o][s] += n * near(o-l)
			}
		}
	}
	return &out
}

// kin returns of each burst how many times likelier its length and size are of a farm than of any
// burst, by the bursts of other items; share is its weight beside the others of its own.
func (u *usual) kin(trials []*trial, share []float64, part [][3]float64) []float64 {
	var farms, all grid
	at := make([]shape, len(trials))
	byItem := make(map[int32][]int)
	ofFarms, ofAll := 0., 0.
	for k, x := range trials {
		s, farm := u.shapeOf(x), share[k]*part[k][2]
		at[k] = s
		farms[s.length][s.size] += farm
		all[s.length][s.size] += share[k]
		ofFarms, ofAll = ofFarms+farm, ofAll+share[k]
		byItem[x.item] = append(byItem[x.item], k)
	}
	nearFarms, nearAll := farms.smooth(), all.smooth()
	ratio := make([]float64, len(trials))
	for k, x := range trials {
		s := at[k]
		of, those, n, m := nearFarms[s.length][s.size], nearAll[s.length][s.size], ofFarms, ofAll
		for _, j := range byItem[x.item] {
			farm, alike := share[j]*part[j][2], s.near(at[j])
			of, those, n, m = of-alike*farm, those-alike*share[j], n-farm, m-share[j]
		}
		density := (max(those, 0) + 1) / (max(m, 0) + 1) // each is near itself, so that no place is empty
		ratio[k] = (max(of, 0) + anybodys*density) / ((max(n, 0) + anybodys) * density)
	}
	best, alike := math.Inf(-1), 0.
	for _, s := range kinships {
		ll := 0.
		for k := range trials {
			ll += share[k] * part[k][2] * math.Log(1-s+s*ratio[k])
		}
		if ll > best {
			best, alike = ll, s
		}
	}
	for k := range ratio {
		ratio[k] = 1 - alike + alike*ratio[k]
	}
	return ratio
}
