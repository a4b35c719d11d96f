package judge

import (
	"fmt"
	"math"

	"github.com/ringwatch/ringwatch/detect/internal/null"
	"github.com/ringwatch/ringwatch/internal/plural"
)

// mainAuthor returns who made most of the core items and how many; known is false where
// no author of any is known.
func (r *reading) mainAuthor(g *Group) (author int32, most int, known bool) {
	of := map[int32]int{}
	author = -1
	for _, i := range g.Core {
		if a := r.votes.authorOf(i); a >= 0 {
			if of[a]++; of[a] > most || of[a] == most && a < author {
				author, most = a, of[a]
			}
		}
	}
	return author, most, len(of) > 0
}

// fans: the members rate what one author makes. They would turn to the author's
// other items as others do, for whom the targets are no more than that, and vote
// there the same.
func (r *reading) fans(g *Group) Explanation {
	author, most, known := r.mainAuthor(g)
	switch {
	case !known:
		return Explanation{}
	case 2*most < len(g.Core):
		return Explanation{Because: fmt.Sprintf("no author wrote more than %d of the %d targets", most, len(g.Core))}
	}
	works, others := r.ratingsOfAuthor(g, author)
	there, elsewhere := 0.0, 0.0 // ratings by members of the targets, and of the author's other items
	same, votes := 1., 2.        // of their votes elsewhere, those on the group's side, with a prior
	for _, u := range g.Raters {
		items := r.ItemsOf(u)
		for n, k := range r.ActsOf(u) {
			if r.votes.authorOf(items[n]) != author {
				continue
			}
			if _, on := g.Jury.on(items[n]); on {
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
		return Explanation{Because: fmt.Sprintf(
			"cannot be told: one author wrote %d of the %d targets and nothing else", most, len(g.Core))}
	}
	share := others[0] / (others[0] + others[1])
	nats := relative(there, there+elsewhere, share) + relative(elsewhere, there+elsewhere, 1-share) -
		null.LnChoose(works, most) + r.notByAuthor(g, author) + g.Jury.againstHabit(author, same/votes)
	return weighed(nats+g.Timing.Cadence,
		"one author wrote %d of the %d targets and %s; of their ratings of this author the members gave %.0f %% on "+
			"the targets, others %.0f %%",
		most, len(g.Core), plural.Of(works-most, "other item"), 100*there/(there+elsewhere), 100*share)
}

// ratingsOfAuthor counts an author's items, and the ratings by outsiders of those that
// are targets and of the others, with a prior.
func (r *reading) ratingsOfAuthor(g *Group, author int32) (works int, others [2]float64) {
	others = [2]float64{.5, .5}
	for i := range int32(r.Items) {
		if r.votes.authorOf(i) != author {
			continue
		}
		works++
		at := 1
		if _, on := g.Jury.on(i); on {
			at = 0
		}
		for _, u := range r.Rater[r.ItemStart[i]:r.ItemStart[i+1]] {
			if r.state[u] == outside {
				others[at]++
			}
		}
	}
	return works, others
}

// owner: the members are one-sided about one owner, as fans and staff are. Who came each
// at a time of its own, or when an innocent group would, with one mind about all targets,
// may be either, or hired to be: nothing in ratings tells these apart, and only who owns
// the targets does. It holds where that is known to be one, who has nothing else that would
// tell; and where that is not known, but the times do say that they came so, and the
// votes are not likelier by a plan than of such people, by the bar.
func (r *reading) owner(g *Group) Explanation {
	how, times, innocent := r.innocentTimes(g)
	if !innocent || how != asItAppeared && g.Jury.judgement() == mixedJudgement {
		return Explanation{}
	}
	author, most, known := r.mainAuthor(g)
	if known && most < len(g.Core) {
		return Explanation{}
	}
	up := g.Jury.upward()
	elsewhere, same := 0, 0
	for _, u := range g.Raters {
		items := r.ItemsOf(u)
		for n, k := range r.ActsOf(u) {
			if _, on := g.Jury.on(items[n]); on {
				continue
			}
			if elsewhere++; g.Jury.onSide(k, up) {
				same++
			}
		}
	}
	usual := 0.
	for l, share := range r.votes.LevelBase {
		if up && l >= g.Jury.cut[0] || !up && l < g.Jury.cut[1] {
			usual += share
		}
	}
	life := "they rated nothing else"
	switch {
	case elsewhere > 0 && !g.Jury.takesSide():
		life = "their votes are on no one side"
	case elsewhere > 0:
		life = fmt.Sprintf("of their %s elsewhere %.0f %% are on the side that they take here, of all ratings %.0f %%",
			plural.Of(elsewhere, "rating"), 100*float64(same)/float64(elsewhere), 100*usual)
	}
	life = how + life
	if !known {
		who := fmt.Sprintf("the data does not say who owns the %d targets", len(g.Core))
		nats := r.ofOneMind(g) + times
		if nats >= g.Bar {
			return Explanation{Because: fmt.Sprintf("%s, so look who does; but their votes are likelier by a plan "+
				"than of people who think the same of all of these, by %.1f nats; %s", who, nats, life)}
		}
		return Explanation{Holds: r.Time != nil, Because: fmt.Sprintf("cannot be told, "+
			"as %s: %s; %s. If one owner has them all, this is a crowd that is one-sided about one owner, "+
			"as fans and staff are: look who does", who, life, oneMinded(nats, g.Bar))}
	}
	works, _ := r.ratingsOfAuthor(g, author)
	return Explanation{Holds: works == most,
		Because: fmt.Sprintf("a crowd that is one-sided about one owner, who has all %d targets and %s, "+
			"as fans and staff are: %s",
			len(g.Core), plural.Of(works-most, "other item"), life)}
}

// oneMinded says how well people of one mind explain what was done, by the nats for a plan.
func oneMinded(nats, bar float64) string {
	if nats >= 0 {
		return fmt.Sprintf("a plan explains this only %.1f nats better than people who think the same of all of "+
			"these, where %.1f would tell", nats, bar)
	}
	return fmt.Sprintf("people who think the same of all of these explain this better than a plan, by %.1f nats", -nats)
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
