package judge

import (
	"math"
	"slices"
)

// The votes of one plan.

// onePlan returns ln of the likelihood of the votes by one plan: the mean of one
// side and of two, over plainness and the part of own votes, and of one vote repeated.
func (j *Jury) onePlan(voters [][]voter) float64 {
	up := j.sidesOfPlan(voters)
	var all []float64
	for _, a := range plainness {
		for _, own := range ownParts {
			for _, company := range companies {
				prior := math.Log(float64(len(companies)) * company.odds)
				all = append(all, prior+j.planned(voters, nil, a, own, company.share),
					prior+j.planned(voters, up, a, own, company.share)-float64(len(voters))*math.Ln2)
			}
		}
	}
	for _, own := range ownParts {
		all = append(all, j.repeated(voters, own))
	}
	return logSum(all) - math.Log(float64(len(all)))
}

// sidesOfPlan tells two sides: the items by their mean vote, cut where two
// distributions of votes fit best.
func (j *Jury) sidesOfPlan(voters [][]voter) (up []bool) {
	order, mean := make([]int, len(voters)), make([]float64, len(voters))
	high := make([]float64, j.Levels)
	for at, votes := range voters {
		order[at] = at
		for _, v := range votes {
			mean[at] += float64(v.level) / float64(len(votes))
			high[v.level]++
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case mean[a] < mean[b]:
			return -1
		case mean[a] > mean[b]:
			return 1
		}
		return 0
	})
	low := make([]float64, j.Levels)
	best, cut := math.Inf(-1), 0
	for n, at := range order {
		if fit := polya(low, .5) + polya(high, .5); fit > best {
			best, cut = fit, n
		}
		for _, v := range voters[at] {
			low[v.level]++
			high[v.level]--
		}
	}
	up = make([]bool, len(voters))
	for _, at := range order[cut:] {
		up[at] = true
	}
	return up
}

// planned returns ln of the likelihood of the votes, each predicted from those
// before it: of its side's distribution, or the rater's own with probability own; all
// of an item are the raters' own with probability company.
func (j *Jury) planned(voters [][]voter, up []bool, a, own, company float64) (ll float64) {
	type heard struct {
		count [maxLevels]float64
		n     float64
	}
	var sides [2]heard
	for at, votes := range voters {
		side := &sides[0]
		if up != nil && up[at] {
			side = &sides[1]
		}
		now, plan, alone := *side, math.Log(1-company), math.Log(company)
		for _, v := range votes {
			said := (1 - own) * (a + now.count[v.level]) / (a*float64(j.Levels) + now.n)
			p := said + own*v.likelihood
			plan += math.Log(p)
			alone += math.Log(v.likelihood)
			now.count[v.level] += said / p
			now.n += said / p
		}
		both := logAdd(plan, alone)
		ll += both
		share := math.Exp(plan - both) // how likely the item is of the plan
		for l := range now.count {
			side.count[l] += share * (now.count[l] - side.count[l])
		}
		side.n += share * (now.n - side.n)
	}
	return ll
}

// repeated returns ln of the likelihood of the votes if those on an item repeat one
// vote that the item's crowd might give, each the rater's own with probability own.
func (j *Jury) repeated(voters [][]voter, own float64) (ll float64) {
	said := make([]float64, j.Levels)
	for at, votes := range voters {
		all := 0.
		for _, c := range j.crowd[at] {
			all += c
		}
		for l, c := range j.crowd[at] {
			said[l] = math.Log(c / all)
		}
		for _, v := range votes {
			for l := range said {
				p := own*v.likelihood + (1-own)*ringSlips*j.LevelBase[v.level]
				if l == v.level {
					p += (1 - own) * (1 - ringSlips)
				}
				said[l] += math.Log(p)
			}
		}
		ll += logSum(said)
	}
	return ll
}

// polya is ln of the chance of votes in some order whose distribution is unknown,
// each level beginning with a votes.
func polya(count []float64, a float64) (ll float64) {
	n, all := 0., a*float64(len(count))
	for _, c := range count {
		n += c
		ll += lgamma(a+c) - lgamma(a)
	}
	return ll + lgamma(all) - lgamma(all+n)
}
