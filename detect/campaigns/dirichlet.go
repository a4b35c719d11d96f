package campaigns

import (
	"cmp"
	"math"
	"slices"
)

// Votes are counts, or shares, by level; those from the last level on are 0.
type votes [mostLevels]float64

func (v *votes) sum() (n float64) {
	for _, x := range v {
		n += x
	}
	return n
}

// share returns v as shares; all levels alike where it is empty.
func (v votes) share(levels int) votes {
	n := v.sum()
	for k := range levels {
		if n > 0 {
			v[k] /= n
		} else {
			v[k] = 1 / float64(levels)
		}
	}
	return v
}

// plus returns v + f w.
func (v votes) plus(f float64, w *votes) votes {
	for k := range v {
		v[k] += f * w[k]
	}
	return v
}

// times returns v, level by level times w.
func (v votes) times(w *votes) votes {
	for k := range v {
		v[k] *= w[k]
	}
	return v
}

// over returns v by w, level by level.
func (v votes) over(w *votes) votes {
	for k := range v {
		if w[k] > 0 {
			v[k] /= w[k]
		}
	}
	return v
}

// at returns the part of v from a cut on, outwards.
func (v *votes) at(c cut) (n float64) {
	for k := c.from; k <= c.to; k++ {
		n += v[k]
	}
	return n
}

// A cut is one end of the scale.
type cut struct {
	high     bool
	from, to int
}

// cuts are the ends that votes are counted at: the outermost level of either end,
// and the outermost two where a scale has four levels or more.
func (c *columns) cuts() []cut {
	last := c.levels - 1
	all := []cut{{true, last, last}, {false, 0, 0}}
	if c.levels >= 4 {
		all = append(all, cut{true, last - 1, last}, cut{false, 0, 1})
	}
	return all
}

func lgamma(x float64) float64 {
	y, _ := math.Lgamma(x)
	return y
}

// likely returns the log likelihood of a sequence of votes whose shares have a
// Dirichlet distribution of mean and concentration.
func likely(v, mean *votes, concentration float64, levels int) float64 {
	n, ll, odds := 0., 0., 1.
	for k := range levels {
		if v[k] > 0 {
			part, rest := rising(concentration*mean[k], v[k])
			ll, odds, n = ll+rest, odds*part, n+v[k]
		}
	}
	part, rest := rising(concentration, n)
	return ll - rest + math.Log(odds/part)
}

// byHand is up to how many votes a product takes less than two logarithms of gamma, and is
// far from what a number holds.
const byHand = 12

// rising returns Γ(a+v) / Γ(a) as a factor, or its logarithm: of a few whole votes it is
// a(a+1)...(a+v-1).
func rising(a, v float64) (factor, log float64) {
	if v > byHand || v != math.Trunc(v) {
		return 1, lgamma(a+v) - lgamma(a)
	}
	factor = 1
	for ; v >= 1; v-- {
		factor *= a
		a++
	}
	return factor, 0
}

// above returns the chance of more than x of n, and half of that of x itself, where the share has a
// beta distribution of parameters a and b: of few votes the chance of x or more is too large
// a p (mid-p, Lancaster 1961).
func above(x, n int, a, b float64) float64 {
	switch {
	case x <= 0:
		return 1
	case x > n || a <= 0:
		return 0
	case b <= 0:
		return 1
	}
	lp := lgamma(float64(n+1)) - lgamma(float64(x+1)) - lgamma(float64(n-x+1)) +
		lgamma(float64(x)+a) + lgamma(float64(n-x)+b) - lgamma(float64(n)+a+b) + lgamma(a+b) - lgamma(a) - lgamma(b)
	most, sum := lp, .5 // ln of the largest term, and all of them in it
	for k := x; k < n; k++ {
		lp += math.Log(float64(n-k) / float64(k+1) * (float64(k) + a) / (float64(n-k-1) + b))
		if lp > most {
			sum = sum*math.Exp(most-lp) + 1
			most = lp
		} else {
			sum += math.Exp(lp - most)
		}
	}
	return min(1, math.Exp(most+math.Log(sum)))
}

// multiple returns Benjamini and Hochberg's (1995) q of each p, the p of weight
// above 1 first in the queue and those below last (Genovese et al. 2006). The
// weights have a mean of 1.
func multiple(p, weight []float64) []float64 {
	n := len(p)
	q := make([]float64, n)
	order := make([]int, n)
	for k := range order {
		order[k] = k
		q[k] = min(1, p[k]/weight[k])
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(q[a], q[b]) })
	least := 1.
	for k := n - 1; k >= 0; k-- {
		least = min(least, q[order[k]]*float64(n)/float64(k+1))
		q[order[k]] = least
	}
	return q
}

// poissonAbove returns the chance of n or more where x are expected.
func poissonAbove(n int, x float64) float64 {
	sum := 0.
	for k := n; k < n+200; k++ {
		sum += math.Exp(float64(k)*math.Log(max(x, 1e-300)) - x - lgamma(float64(k+1)))
	}
	return min(1, sum)
}

// chiAbove returns the chance of x or more of a chi-square with 2m degrees of
// freedom: Fisher's (1932) p of m independent ones.
func chiAbove(x float64, m int) float64 {
	sum := 0.
	for k := range m {
		sum += math.Exp(float64(k)*math.Log(max(x/2, 1e-300)) - lgamma(float64(k+1)) - x/2)
	}
	return min(1, sum)
}
