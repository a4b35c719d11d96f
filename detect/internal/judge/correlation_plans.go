package judge

import (
	"math"
	"slices"
)

// The plans and communities that the votes of a group are held against.

// plansHeard is what the votes on each item say, in ln of likelihoods.
type plansHeard struct {
	*Jury
	voters      [][]voter
	core        []bool
	faint       []bool                          // items that do not tell whether there is a plan
	near        []float64                       // what times say for a target
	about       [len(plannedParts)][2][]chances // by whether times tell
	lnOdds      float64
	communities int
	community   [][communities]float64
	named       [][len(ownShares)]float64 // of a plan that names a vote for the item
}

// A plan leaves its members a share of own votes. It may be about a part of the items,
// the others being a community's; and if it names no vote for each, it has one
// distribution of votes for all targets that selection tells, or one for each of two
// sides.
type plan struct {
	own, community int
	part, timed    int // timed 1: targets are where the members come together
	ln             float64
	sides          []float64 // by item that is no core item: ln of the likelihood by either side; nil if it names votes
}

func (j *Jury) hearPlans(core, faint []bool) *plansHeard {
	h := &plansHeard{Jury: j, voters: j.voters(), core: core, faint: faint, communities: communities / 2,
		community: make([][communities]float64, len(core))}
	j.communityByItem(h.voters, faint, h.community, 0)
	if blind := j.withoutView(); blind != nil {
		blind.communityByItem(blind.voters(), faint, h.community, h.communities)
		h.communities = communities
	}
	h.named = j.namedByItem(h.voters)
	return h
}

// innocent is ln of the likelihood of all votes by one kind of community.
func (h *plansHeard) innocent(y int) (ln float64) {
	for at := range h.community {
		if !h.faint[at] {
			ln += h.community[at][y]
		}
	}
	return ln
}

// isPlanned is the chance that the votes on an item go by a plan, if that is the plan.
// Who acts by one is no community: what they think alike of an item, beyond what each by
// itself would think of it, is the plan's.
func (h *plansHeard) isPlanned(p plan, at int) float64 {
	by := h.named[at][p.own]
	if p.sides != nil {
		if h.core[at] {
			return 1
		}
		by = p.sides[at]
	}
	alone := 0
	if p.community >= communities/2 {
		alone = communities / 2
	}
	about := h.about[p.part][p.timed][at]
	odds := about.on - about.off
	switch {
	case h.core[at]:
		odds = max(odds, h.lnOdds) // a ring's targets are what it is a ring for
	case h.faint[at]:
		least := slices.Min(plannedParts[:])
		odds = math.Log(least/(1-least)) + h.near[at]
	}
	return logistic(odds + by - h.community[at][alone])
}

// either is ln of the likelihood of the votes on an item if it is by chance one that the
// plan is about, by being what the plan says of it.
func (h *plansHeard) either(p plan, at int, by float64) float64 {
	about := h.about[p.part][p.timed][at]
	return logAdd(about.on+by, about.off+h.community[at][p.community])
}

// weighParts tells how likely each item is one that a plan is about, before votes are
// heard: by the part of all items, or by that and where members come together.
func (h *plansHeard) weighParts() {
	for x, part := range plannedParts {
		for timed := range h.about[x] {
			h.about[x][timed] = make([]chances, len(h.near))
			for at := range h.near {
				ln := math.Log(part/(1-part)) + float64(timed)*h.near[at]
				h.about[x][timed][at] = chances{-math.Log1p(math.Exp(-ln)), -math.Log1p(math.Exp(ln))}
			}
		}
	}
}

// chances are ln of an item being one that a plan is about, and of its not being one.
type chances struct{ on, off float64 }

// kindsOfPlan are votes named, one side and two: each as likely.
const kindsOfPlan = 3

func (h *plansHeard) namedPlans() (all []plan) {
	prior := -math.Log(float64(kindsOfPlan * 2 * h.communities * len(ownShares) * len(plannedParts)))
	for y := range h.communities {
		for x := range ownShares {
			for part := range plannedParts {
				for timed := range 2 {
					p := plan{own: x, community: y, timed: timed, part: part, ln: prior}
					for at := range h.named {
						if !h.faint[at] {
							p.ln += h.either(p, at, h.named[at][x])
						}
					}
					all = append(all, p)
				}
			}
		}
	}
	return all
}

// sidedPlans tells the distributions by the targets, and then which of the other items
// they hold for.
func (h *plansHeard) sidedPlans() (all []plan) {
	var targets [][]voter
	for at, is := range h.core {
		if is {
			targets = append(targets, h.voters[at])
		}
	}
	prior := -math.Log(float64(kindsOfPlan * 2 * h.communities * len(ownShares) * len(plainness) * len(plannedParts)))
	none := make([]bool, len(targets))
	for kind, up := range [][]bool{none, h.sidesOfPlan(targets)} {
		for x, share := range ownShares {
			for _, a := range plainness {
				told := sidesTold{levels: float64(h.Levels), a: a, own: share}
				on := prior - float64(kind*len(targets))*math.Ln2
				for at, votes := range targets {
					on += told.hear(votes, up[at])
				}
				sides := make([]float64, len(h.core))
				for at, is := range h.core {
					if !is {
						sides[at] = told.other(h.voters[at], kind)
					}
				}
				for y := range h.communities {
					for part := range plannedParts {
						for timed := range 2 {
							p := plan{own: x, community: y, timed: timed, part: part, ln: on, sides: sides}
							for at, is := range h.core {
								if !is && !h.faint[at] {
									p.ln += h.either(p, at, sides[at])
								}
							}
							all = append(all, p)
						}
					}
				}
			}
		}
	}
	return all
}

// sidesTold is what votes tell of the distributions of a plan's two sides.
type sidesTold struct {
	levels, a, own float64
	count          [2][maxLevels]float64
	n              [2]float64
}

// vote is the likelihood of a vote, and the part of it that is the plan's.
func (t *sidesTold) vote(v voter, side int) (p, plan float64) {
	plan = (1 - t.own) * (t.a + t.count[side][v.level]) / (t.a*t.levels + t.n[side])
	return plan + t.own*v.likelihood, plan
}

// hear returns ln of the likelihood of votes on an item of a side, each predicted from
// those before it, and learns from them.
func (t *sidesTold) hear(votes []voter, up bool) (ln float64) {
	side := 0
	if up {
		side = 1
	}
	for _, v := range votes {
		p, plan := t.vote(v, side)
		ln += math.Log(p)
		t.count[side][v.level] += plan / p
		t.n[side] += plan / p
	}
	return ln
}

// other returns ln of the likelihood of votes on an item of which no side is known.
func (t *sidesTold) other(votes []voter, kind int) float64 {
	low, high := 0., 0.
	for _, v := range votes {
		p, _ := t.vote(v, 0)
		q, _ := t.vote(v, kind)
		low, high = low+math.Log(p), high+math.Log(q)
	}
	return logAdd(low, high) - math.Ln2
}

// communityByItem sets ln of the likelihood of the votes on each item by a community,
// for each that there may be, from the place given on; on faint items by the first alone,
// which is no community.
func (j *Jury) communityByItem(voters [][]voter, faint []bool, ln [][communities]float64, from int) {
	for at, votes := range voters {
		sure, sharps, kinds := j.crowdError(at), sharpness[:], communityShifts[:]
		if faint[at] {
			sharps, kinds = sharps[:1], kinds[:1]
		}
		for x, sharp := range sharps {
			ll := moved(votes, sharp)
			for t, shift := range kinds {
				prior := spreadOf(shift*shift + sure*sharp*sharp + shiftStep*shiftStep/4)
				ln[at][from+t*(len(sharpness)+1)+x] = prior.around(&ll)
			}
		}
		for t := range kinds {
			by := ln[at][from+t*(len(sharpness)+1):][:len(sharpness)+1]
			by[len(sharpness)] = logSum(by[:len(sharpness)]) - math.Log(float64(len(sharpness)))
		}
	}
}

// namedByItem is ln of the likelihood of the votes on each item by a plan that names
// one vote for it, any as likely, for each share of own votes.
func (j *Jury) namedByItem(voters [][]voter) [][len(ownShares)]float64 {
	ln := make([][len(ownShares)]float64, len(voters))
	by := make([]float64, j.Levels)
	for at, votes := range voters {
		for x, own := range ownShares {
			clear(by)
			for _, v := range votes {
				for l := range by {
					p := own * v.likelihood
					if l == v.level {
						p += 1 - own
					}
					by[l] += math.Log(p)
				}
			}
			ln[at][x] = logSum(by) - math.Log(float64(j.Levels))
		}
	}
	return ln
}
