package judge

import (
	"fmt"
	"math"

	"github.com/ringwatch/ringwatch/detect/internal/null"
	"github.com/ringwatch/ringwatch/internal/plural"
)

// fans: the members rate what one author makes. They would turn to the author's
// other items as others do, for whom the targets are no more than that, and vote
// there the same.
func (r *reading) fans(g *Group) Explanation {
	if r.votes.Table.Notes == nil {
		return Explanation{}
	}
	of := map[int32]int{}
	author, most := int32(-1), 0
	for _, i := range g.Core {
		if a := r.votes.authorOf(i); a >= 0 {
			if of[a]++; of[a] > most || of[a] == most && a < author {
				author, most = a, of[a]
			}
		}
	}
	if len(of) == 0 {
		return Explanation{}
	}
	if 2*most < len(g.Core) {
		return Explanation{Because: fmt.Sprintf("no author wrote more than %d of the %d targets", most, len(g.Core))}
	}
	works := 0
	others := [2]float64{.5, .5} // ratings by others of the targets, and of the author's other items, with a prior
	for i := range int32(r.Items) {
		if r.votes.authorOf(i) != author {
			continue
		}
		works++
		at := 1
		if _, on := g.Jury.onItems[i]; on {
			at = 0
		}
		for _, u := range r.Rater[r.ItemStart[i]:r.ItemStart[i+1]] {
			if r.state[u] == outside {
				others[at]++
			}
		}
	}
	there, elsewhere := 0.0, 0.0 // the same by members
	same, votes := 1., 2.        // of their votes elsewhere, those on the group's side, with a prior
	for _, u := range g.Raters {
		for _, k := range r.ActsOf(u) {
			if r.votes.authorOf(r.Item[k]) != author {
				continue
			}
			if _, on := g.Jury.onItems[r.Item[k]]; on {
				there++
				continue
			}
			elsewhere++
			if votes++; r.votes.HasValues() && g.Jury.onSide(k, g.Jury.upward()) {
				same++
			}
		}
	}
	if works == most {
		return Explanation{Because: fmt.Sprintf("cannot be told: one author wrote %d of the %d targets and nothing else", most, len(g.Core))}
	}
	share := others[0] / (others[0] + others[1])
	nats := relative(there, there+elsewhere, share) + relative(elsewhere, there+elsewhere, 1-share) - null.LnChoose(works, most) +
		r.notByAuthor(g, author) + g.Jury.againstHabit(author, same/votes)
	return weighed(nats+g.Timing.Cadence, "one author wrote %d of the %d targets and %s; of their ratings of this author the members gave %.0f %% on the targets, others %.0f %%",
		most, len(g.Core), plural.Of(works-most, "other item"), 100*there/(there+elsewhere), 100*share)
}

// relative is what k of n add to ln of the likelihood of their own share over
// that of another.
func relative(k, n, share float64) float64 {
	if k == 0 {
		return 0
	}
	return k * math.Log(k/n/share)
}

// authorOf returns who made an item, -1 where that is not known.
func (b *Votes) authorOf(i int32) int32 {
	if notes := b.Table.Notes; notes != nil && int(i) < len(notes.Author) {
		return notes.Author[i]
	}
	return -1
}

// notByAuthor is what the choice of targets by others than the author says.
func (r *reading) notByAuthor(g *Group, author int32) (sum float64) {
	for at := range r.targets {
		t := &r.targets[at]
		if !t.core || r.votes.authorOf(t.item) == author {
			continue
		}
		did := make(map[int32]bool, len(t.acts))
		for _, k := range t.acts {
			did[r.Rater[k]] = true
		}
		for _, u := range g.Raters {
			sum += choiceRatio(did[u], float64(len(t.acts)), float64(len(g.Raters)), r.chance(u, t, -1))
		}
	}
	return sum
}

// againstHabit is what the votes say for a ring against raters who vote on the
// author's items as the members do on the others of these: on the group's side
// with probability habit.
func (j *Jury) againstHabit(author int32, habit float64) (sum float64) {
	if !j.HasValues() {
		return 0
	}
	for at := range j.items {
		by := j.authorOf(j.items[at]) == author
		for _, k := range j.acts[at] {
			on, p := j.side(at, k)
			sum += ringRatio(p, on)
			if by && on {
				sum += math.Log(p / habit)
			} else if by {
				sum += math.Log((1 - p) / (1 - habit))
			}
		}
	}
	return sum
}
