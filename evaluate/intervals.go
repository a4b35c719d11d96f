package evaluate

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
)

// level is how much of the draws an interval holds: 95 of 100.
const level = .95

// z is how many standard deviations that is on each side.
const z = 1.959963984540054

// fewGroups is from how many true rings on they are drawn whole. Of fewer, the
// ends of an interval would be those of single rings.
const fewGroups = 5

// A bootstrap draws accounts anew (Efron 1979): as many positives as there are, and
// as many others. Accounts of one ring stand or fall together, so that rings are
// drawn whole where there are enough.
type bootstrap struct {
	level    []int32 // per account
	levels   int
	flagged  []bool // nil where nothing was decided
	units    [][]int32
	negative []int32
}

// A sample is what one draw says.
type sample struct{ precision, recall, f1, ap, auc float64 }

func (b *bootstrap) run(ctx context.Context, draws int, seed uint64) ([]sample, error) {
	rng := rand.New(rand.NewPCG(seed, 0x626f6f7473747261))
	pos, neg := make([]float64, b.levels), make([]float64, b.levels)
	all := make([]sample, draws)
	for d := range all {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		clear(pos)
		clear(neg)
		members, hits, wrong := 0., 0., 0.
		for range b.units {
			for _, u := range b.units[rng.IntN(len(b.units))] {
				pos[b.level[u]]++
				members++
				if b.flagged != nil && b.flagged[u] {
					hits++
				}
			}
		}
		for k := range b.negative {
			if k%(1<<20) == 1<<20-1 && ctx.Err() != nil {
				return nil, ctx.Err()
			}
			u := b.negative[rng.IntN(len(b.negative))]
			neg[b.level[u]]++
			if b.flagged != nil && b.flagged[u] {
				wrong++
			}
		}
		all[d] = sample{hits / (hits + wrong), hits / members, F1(hits+wrong, members, hits),
			averagePrecision(pos, neg), area(pos, neg)}
	}
	return all, nil
}

// middle is the interval that holds level of the draws, as many beyond each end;
// draws in which the measure is not defined are left out.
func middle(all []sample, of func(sample) float64) (low, high float64) {
	var v []float64
	for _, s := range all {
		if x := of(s); !math.IsNaN(x) {
			v = append(v, x)
		}
	}
	return quantiles(v)
}

func quantiles(v []float64) (low, high float64) {
	if len(v) == 0 {
		return math.NaN(), math.NaN()
	}
	slices.Sort(v)
	beyond := int((1 - level) / 2 * float64(len(v)))
	return v[beyond], v[len(v)-1-beyond]
}

// wilson is the score interval of a share of n that is hits/n (Wilson 1927). Of
// none and of all it tells how little few accounts say, where draws all say the
// same.
func wilson(hits, n float64) (low, high float64) {
	if n == 0 {
		return math.NaN(), math.NaN()
	}
	p := hits / n
	centre, half := p+z*z/(2*n), z*math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return max(0, (centre-half)/(1+z*z/n)), min(1, (centre+half)/(1+z*z/n))
}

// meanInterval is that of a mean, over draws of what it is of.
func meanInterval(v []float64, draws int, seed uint64) (low, high float64) {
	if len(v) == 0 {
		return math.NaN(), math.NaN()
	}
	rng := rand.New(rand.NewPCG(seed, 0x6d65616e))
	means := make([]float64, draws)
	for d := range means {
		for range v {
			means[d] += v[rng.IntN(len(v))] / float64(len(v))
		}
	}
	return quantiles(means)
}
