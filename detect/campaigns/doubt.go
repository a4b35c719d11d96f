package campaigns

import "math"

// What is known of bursts that pass the filter before any is seen: one in twenty is
// of a crowd of one mind, and as many are of a farm. It weighs as priorBursts bursts,
// so that a platform with many of either teaches its own shares. Measured on shops
// with three farms, with ten, and with none, and fans in all of them (see
// docs/campaigns.md): twice as many crowds and .4 times the farms lose a tenth of lone
// farms, and a weight of 40 names a campaign in one of ten shops without farms.
const (
	priorBursts = 20
	priorCrowds = .05
	priorFarms  = .05
	mixing      = 200 // steps at most of expectation and maximisation
)

const (
	beyond = .05 // q up to which votes can be a campaign's: what else they may be, the doubt says
	// of a campaign: it is likelier ten times over than all else. Of .12 and .2 see docs/campaigns.md
	mostDoubt  = .09
	ofOneCrowd = 8  // times as many ratings as a burst, and as much time, can the longer one have that tells of it,
	littleElse = .2 // of its ratings are expected without it,
	oneCrowd   = .5 // and so many more, of the burst's, are not
)

// A story is how well a burst's votes are explained, as log likelihoods.
type story struct{ usual, crowd, farm float64 }

// stories weighs a burst: its votes are as usual, or as the witnesses moved,
// whichever neighbours explain them better; or those of a crowd of one mind; or
// given for either end of the scale.
func (u *usual) stories(x *trial) story {
	still := likely(&x.votes, &x.usual, x.concentration, u.levels)
	s := story{usual: math.Inf(-1), crowd: x.shifted(u.levels), farm: x.farmed(u.levels) - math.Ln2}
	for _, w := range x.asked {
		moved := likely(&x.votes, &w.mean, w.concentration, u.levels)
		s.usual = max(s.usual, logSum([]float64{math.Log1p(-w.moved) + still, math.Log(w.moved) + moved}))
	}
	return s
}

// doubt sets of each burst of a family the chance that it is none of a farm: the
// shares of the stories are fitted to the bursts of other items (local false
// discovery rate, Efron 2008), so that no burst speaks for itself. Bursts of one item
// have one voice together.
func (u *usual) doubt(trials []*trial) {
	told, share := make([]story, len(trials)), make([]float64, len(trials))
	of := make(map[int32]int)
	for _, x := range trials {
		of[x.item]++
	}
	for k, x := range trials {
		told[k], share[k] = u.stories(x), 1/float64(of[x.item])
		x.campaign.Likelier = math.Exp(min(told[k].farm+math.Ln2-told[k].crowd, 100))
		farm, people := x.alike(u.columns.few[x.class], &u.lives)
		x.campaign.Alike = math.Exp(farm - people)
		told[k].usual, told[k].crowd, told[k].farm = told[k].usual+people, told[k].crowd+people, told[k].farm+farm
	}
	part, sum := u.ofOneTrade(trials, told, share)
	own := make(map[int32][3]float64)
	for k, x := range trials {
		o := own[x.item]
		for j := range o {
			o[j] += share[k] * part[k][j]
		}
		own[x.item] = o
	}
	for k, x := range trials {
		rest, o := sum, own[x.item]
		for j := range rest {
			rest[j] -= o[j]
		}
		of := told[k].chances()
		p := of.parts(&rest)
		x.alone = p[0] + p[1]
	}
	byItem := make(map[int32][]*trial)
	for _, x := range trials {
		byItem[x.item] = append(byItem[x.item], x)
	}
	for _, x := range trials { // what part of a crowd gave is no surer than what all of it did
		x.campaign.Doubt = x.alone
		for _, y := range byItem[x.item] {
			if y.wholeOf(x) {
				x.campaign.Doubt = max(x.campaign.Doubt, y.alone)
			}
		}
	}
}

// wholeOf reports whether a burst is the whole of the crowd that another is a part of.
func (x *trial) wholeOf(part *trial) bool {
	n, of := float64(x.ratings), float64(part.ratings)
	return x.span.from <= part.span.from && part.span.to <= x.span.to &&
		x.span.length() <= ofOneCrowd*max(part.span.length(), day) &&
		n <= ofOneCrowd*of && x.expected <= littleElse*n &&
		n-of-(x.expected-part.expected) >= max(leastExcess, oneCrowd*of)
}

// tails lets a burst beside a larger crowd, before or after it and of the same end, be as
// doubtful as the crowd: it is of the same event, whose last or first guests it may be.
func tails(trials []trial) {
	crowds := make(map[int32][]*trial)
	for k := range trials {
		if x := &trials[k]; x.campaign.Verdict == Crowd {
			crowds[x.item] = append(crowds[x.item], x)
		}
	}
	for k := range trials {
		x := &trials[k]
		if v := x.campaign.Verdict; v != Campaigned && v != Unwitnessed {
			continue
		}
		for _, y := range crowds[x.item] {
			if y.beside(x) {
				x.campaign.Verdict, x.campaign.Doubt = Crowd, max(x.campaign.Doubt, y.campaign.Doubt)
			}
		}
	}
}

// beside reports whether a burst is larger than another of the same end and so near to it,
// without holding it, that the longer of them could lie between.
func (x *trial) beside(part *trial) bool {
	long := max(x.span.length(), part.span.length())
	gap := max(float64(part.span.from)-float64(x.span.to), float64(x.span.from)-float64(part.span.to))
	return gap >= 0 && gap <= long && x.span.length() <= ofOneCrowd*max(part.span.length(), day) &&
		x.cut.high == part.cut.high && x.ratings >= part.ratings
}

// mixture returns how likely each story is of each burst, and how many bursts are of
// each: by expectation and maximisation.
func mixture(told []story, share []float64) (part [][3]float64, sum [3]float64) {
	prior := [3]float64{priorBursts * (1 - priorFarms - priorCrowds), priorBursts * priorCrowds,
		priorBursts * priorFarms}
	of := make([]chances, len(told))
	for k := range told {
		of[k] = told[k].chances()
	}
	part, sum = make([][3]float64, len(told)), prior
	for range mixing {
		next := prior
		for k := range of {
			part[k] = of[k].parts(&sum)
			for j := range next {
				next[j] += share[k] * part[k][j]
			}
		}
		moved := math.Abs(next[2] - sum[2])
		if sum = next; moved < 1e-6*sum[2] {
			break
		}
	}
	return part, sum
}

// chances are the likelihoods of the stories, the largest of them 1.
type chances [3]float64

func (s story) chances() chances {
	most := max(s.usual, s.crowd, s.farm)
	return chances{math.Exp(s.usual - most), math.Exp(s.crowd - most), math.Exp(s.farm - most)}
}

// parts returns the chance of each story, by how common they are.
func (c *chances) parts(common *[3]float64) (p [3]float64) {
	all := 0.
	for j := range p {
		p[j] = common[j] * c[j]
		all += p[j]
	}
	for j := range p {
		p[j] /= all
	}
	return p
}
