package gate

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// flips are ways to change the signs of seeds: all of them for up to 12 seeds,
// else manyFlips that chance chose, once and for all. The first changes none.
type flips struct {
	n    int // seeds
	sign [][]float64
}

const manyFlips = 1 << 12 // a bound on the cost: with 12 seeds or fewer, all signs there are

func newFlips(n int) flips {
	f := flips{n: n}
	all := 1<<min(n, 12) == 1<<n
	count := manyFlips
	if all {
		count = 1 << n
	}
	rng := rand.New(rand.NewPCG(0x9e3779b97f4a7c15, uint64(n)))
	for k := range count {
		sign := make([]float64, n)
		for i := range sign {
			sign[i] = 1
			if all && k>>i&1 == 1 || !all && k > 0 && rng.IntN(2) == 1 {
				sign[i] = -1
			}
		}
		f.sign = append(f.sign, sign)
	}
	return f
}

// beyondAny returns for each sample the share of flips at which any sample that
// is not further beyond its limit is as far beyond it as this one, adjusted to
// step down: from the sample that is furthest to the one that is least. How far
// is the sum of distances over their root sum of squares, which no flip
// changes. It takes time in flips times samples times seeds.
func (f flips) beyondAny(samples []sample) []float64 {
	unit := make([][]float64, len(samples))
	far := make([]float64, len(samples))
	order := make([]int, len(samples))
	for k, s := range samples {
		unit[k], order[k] = s.unit(), k
		for _, z := range unit[k] {
			far[k] += z
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(far[a], far[b]) })
	const rounding = 1e-9
	count := make([]int, len(samples))
	for _, sign := range f.sign {
		most := math.Inf(-1)
		for _, k := range order {
			sum := 0.0
			for i, z := range unit[k] {
				sum += sign[i] * z
			}
			if most = max(most, sum); most >= far[k]-rounding {
				count[k]++
			}
		}
	}
	p := make([]float64, len(samples))
	least := 0.0
	for _, k := range slices.Backward(order) {
		least = max(least, float64(count[k])/float64(len(f.sign)))
		p[k] = least
	}
	return p
}

// unit is the sample as a vector of length 1, with 0 for what is not defined.
func (s sample) unit() []float64 {
	squares := 0.0
	for _, z := range s.beyond {
		if !math.IsNaN(z) {
			squares += z * z
		}
	}
	u := make([]float64, len(s.beyond))
	for i, z := range s.beyond {
		if !math.IsNaN(z) {
			u[i] = z / max(math.Sqrt(squares), math.SmallestNonzeroFloat64)
		}
	}
	return u
}

// interval returns what the mean of a sample may be, each end wrong with chance
// alpha at most, infinite where there are too few seeds for that; and whether
// the mean is below 0 by the same test. The means of the subsets of a sample
// cut the line into parts that are equally likely to hold the true mean
// (Hartigan, JASA 64, 1969); a subset here are the seeds that a flip changes.
func (f flips) interval(s sample, alpha float64) (low, high float64, below bool) {
	var means []float64
	for _, sign := range f.sign {
		sum, n := 0.0, 0
		for i, z := range s.beyond {
			if sign[i] < 0 && !math.IsNaN(z) {
				sum += z
				n++
			}
		}
		if n > 0 {
			means = append(means, sum/float64(n))
		}
	}
	// Flips that change no seed of the sample count as the empty subset, which
	// is on both sides.
	empty := len(f.sign) - len(means)
	k := int(alpha*float64(len(f.sign))) - empty
	if k < 0 {
		return math.Inf(-1), math.Inf(1), false
	}
	slices.Sort(means)
	low, high = means[k], means[len(means)-1-k]
	return low, high, high < 0
}

// mostSeeds is the largest number of seeds that need proposes.
const mostSeeds = 1000

// need estimates, for a sample that does not tell, how many seeds like its own
// would tell in 4 of 5 runs, from a normal approximation; 0 where they are more
// than mostSeeds, or where the sample is too small to say.
func need(s sample, alpha float64, tested int) int {
	var z []float64
	for _, v := range s.beyond {
		if !math.IsNaN(v) {
			z = append(z, v)
		}
	}
	if len(z) == 0 {
		return 0
	}
	mean, sd := stat.MeanStdDev(z, nil)
	least := fewest(alpha)
	if mean > 0 { // beyond the limit: to fail, among all that are tested
		alpha /= float64(tested)
		least++
	}
	if len(z) == 1 {
		return least
	}
	n := math.Pow((distuv.UnitNormal.Quantile(1-alpha)+distuv.UnitNormal.Quantile(.8))*sd/mean, 2)
	if !(n <= mostSeeds) {
		return 0
	}
	return max(int(math.Ceil(n)), least, len(z)+1)
}

// fewest is the least number of seeds at which a limit can pass.
func fewest(alpha float64) int { return int(math.Ceil(-math.Log2(alpha))) }
