package judge

import (
	"fmt"
	"math"
)

const queued = "moderators or staff with a queue"

const (
	// queueEach is how many items a queue has for each vote that one of them gets, and queueLeast
	// how many at the least. Who pushes or buries wants many votes on few items: of all brigades
	// measured, 5 with 20 targets had most, four, and of rings of real data 4.5 at most.
	queueEach  = 5
	queueLeast = 24
)

// queue: the members decide on what a queue brings them, by rules that others do not know. As
// a plan they give each item one verdict that its crowd does not, so that votes say nothing;
// but on many items, with few votes on each. Who only praises decides on nothing.
func (r *reading) queue(g *Group) Explanation {
	acts, items := 0, len(g.Core)
	for _, on := range g.Jury.acts {
		acts += len(on)
	}
	if g.Scripted() || items < queueLeast || items*items < queueEach*acts || !g.Jury.condemns() {
		return Explanation{}
	}
	if _, most, _ := r.mainAuthor(g); 2*most >= items || g.Jury.repeats(g.Bar) {
		return Explanation{}
	}
	return Explanation{Holds: true, Because: fmt.Sprintf("cannot be told, as %d items with %.1f votes of members "+
		"on each are many for a plan: people who decide by rules of their own on what a queue brings "+
		"them give each item one verdict, too; ask who they are", items, float64(acts)/float64(items))}
}

// condemns reports whether the members' votes on a fifth of the items or more are in the lower
// half of the scale.
func (j *Jury) condemns() bool {
	down := 0
	for _, acts := range j.acts {
		sum := 0
		for _, k := range acts {
			sum += int(j.Level[k])
		}
		if 2*sum < len(acts)*(j.Levels-1) {
			down++
		}
	}
	return 5*down >= len(j.acts)
}

// repeats reports whether the votes on an item rather repeat one that its crowd might have
// given than take one of two sides, by the bar.
func (j *Jury) repeats(bar float64) bool {
	voters, repeated := j.voters(), math.Inf(-1)
	for _, own := range ownParts {
		repeated = max(repeated, j.repeated(voters, own))
	}
	up, sides := j.sidesOfPlan(voters), math.Inf(-1)
	for _, a := range plainness {
		for _, own := range ownParts {
			sides = max(sides, j.planned(voters, up, a, own, 0)-float64(len(voters))*math.Ln2)
		}
	}
	return repeated > sides+bar
}
