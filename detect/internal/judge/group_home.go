package judge

import (
	"math"

	"github.com/ringwatch/ringwatch/detect/internal/null"
)

// Members who share a home and meet elsewhere. What accounts of one community rate at
// home they rate as often as what they were sent to, so selection does not tell the one
// from the other, and by the votes at home they are strangers with opinions of their own.
// The times tell: at home each comes when it suits it, and at the targets all come at
// once, where the items' crowds do not.

// A home is how the times tell what members were sent to from what they share besides.
type home uint8

const (
	noHome home = iota
	met         // at the targets members come together, and at home each when it suits it
	led         // at home members follow others, and at the targets nobody
)

// leavesHome reports whether a group that votes like strangers on all that it shares has
// targets where its members come together, and leaves only those in the core.
func (r *reading) leavesHome(g *Group) bool {
	if g.home == noHome && r.mayHaveHome(g) && r.coreJury().Verdict.innocent() && r.atTargets() {
		g.home = met
	}
	return g.home != noHome
}

func (r *reading) mayHaveHome(g *Group) bool {
	return r.Time != nil && r.votes.HasValues() && len(g.Raters) >= openFrom && len(g.Raters) <= planTo
}

// core marks what the group is after: what it chose and, where its members share a home,
// what they came to otherwise. It returns the number of items.
func (r *reading) core(g *Group) int {
	n := r.findCore(g)
	if g.home == noHome {
		return n
	}
	if g.home == met && !r.atTargets() || g.home == led && !r.followNobody() {
		g.home = noHome
		return n
	}
	n = 0
	for at := range r.targets {
		if r.targets[at].core {
			n++
		}
	}
	return n
}

// hearUnled hears a group anew that is no ring on all that it shares, and whose members
// come to some of it right after others, and to the rest together and after nobody: who
// repeats what a community rates has its votes there, and its own on the rest alone. If
// the times of the rest do not say so by themselves, or the group is neither a ring nor
// coordinated so either, it stays as it was.
func (r *reading) hearUnled(g *Group) {
	if g.home != noHome || !g.Significant() || !r.mayHaveHome(g) || g.AsOne() || g.Coordinated() {
		return
	}
	was, core := *g, make([]bool, len(r.targets))
	for at := range r.targets {
		core[at] = r.targets[at].core
	}
	if r.followNobody() {
		g.home, g.Core, g.minded = led, nil, false
		r.tellChance(g)
		r.tellVotes(g)
		if g.Timing.Synchrony > g.Bar && (g.RingLike() || g.Coordinated()) {
			return
		}
	}
	*g = was
	for at := range r.targets {
		r.targets[at].core = core[at]
	}
}

// atTargets leaves those core items where the members came together beyond what the
// item's crowd did, if it is plain that there are such and others. What the times say for
// that is paid for by the choice of how near is together and of how many come so; that an
// item is a target is as likely as not.
func (r *reading) atTargets() bool {
	core := r.coreTargets()
	best := math.Inf(-1)
	var says []float64
	ln := make([]float64, len(core))
	for _, delta := range syncGrid {
		if delta > atOnce {
			break
		}
		near := make([]nearness, len(core))
		for n, t := range core {
			near[n] = nearnessOn(r.Acts, t.item, delta, func(u int32) uint8 { return r.state[u] })
		}
		for step := range togetherSteps {
			together, sum := (float64(step)+.5)/togetherSteps, 0.
			for n, x := range near {
				ln[n] = x.says(together)
				sum += logAdd(ln[n], 0) - math.Ln2
			}
			if sum > best {
				best, says = sum, append(says[:0], ln...)
			}
		}
	}
	nats := best - math.Log(float64(len(syncGrid)*togetherSteps))
	return nats > -math.Log(RingLevel) && leaveTargets(core, says)
}

func (r *reading) coreTargets() (core []*target) {
	for at := range r.targets {
		if t := &r.targets[at]; t.core {
			core = append(core, t)
		}
	}
	return core
}

// leaveTargets leaves what is likelier a target than not in the core, if that is enough to
// tell and not all.
func leaveTargets(core []*target, says []float64) bool {
	targets := 0
	for _, x := range says {
		if x > 0 {
			targets++
		}
	}
	if targets < leastApart || targets == len(core) {
		return false
	}
	for n, t := range core {
		t.core = says[n] > 0
	}
	return true
}

// A nearness is how many acts on an item are soon after one of a member: of the members
// but for the first, and of others.
type nearness struct{ near, members, beside, others float64 }

func nearnessOn(a *null.Acts, item, delta int32, state func(u int32) uint8) (n nearness) {
	last, before := int64(0), false
	for k := a.ItemStart[item]; k < a.ItemStart[item+1]; k++ {
		soon := 0.
		if before && int64(a.Time[k])-last <= int64(delta) {
			soon = 1
		}
		switch state(a.Rater[k]) {
		case outside:
			n.others, n.beside = n.others+1, n.beside+soon
		case inside:
			if before {
				n.members, n.near = n.members+1, n.near+soon
			}
			last, before = int64(a.Time[k]), true
		}
	}
	return n
}

// byChance is how often an outsider comes near a member.
func (n nearness) byChance() float64 { return (n.beside + .5) / (n.others + 1) }

// says returns ln of how much likelier the members came so if that share of them come
// together than if they come as others do.
func (n nearness) says(together float64) float64 {
	by := n.byChance()
	return n.near*math.Log(together/by) + (n.members-n.near)*math.Log((1-together)/(1-by))
}
