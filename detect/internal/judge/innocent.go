package judge

import (
	"fmt"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/detect/internal/null"
	"github.com/ringwatch/ringwatch/internal/plural"
	"github.com/ringwatch/ringwatch/rating"
)

// Leans writes for which side votes, or moments, speak.
func Leans(what string, lift float64) string {
	if lift < 0 {
		return fmt.Sprintf("%s speak against a ring by %.2f nats each", what, -lift)
	}
	return fmt.Sprintf("%s favour a ring by %.2f nats each", what, lift)
}

// Innocent explanations. Each is a likelihood of what the group did, against
// that of a ring: by what its members chose, when, and how they voted. Where a
// ring may do as the innocent do, such as sharing sessions, that they did so says
// nothing, and that they did not speaks against the explanation.

// although says why a group whose votes favour a ring is none by them, or one although they
// stay below the bar.
func (g *Group) although() string {
	v := &g.Jury.Verdict
	switch ring := g.Heard && g.AsOne(); {
	case ring == v.United():
		return ""
	case ring && g.Scripted():
		return "; but the members follow each other by a clock"
	case ring:
		return fmt.Sprintf("; but that they follow a plan rather than the items is %.1f nats likelier", g.Apart)
	case !g.Heard:
		return fmt.Sprintf("; but %.1f nats in all do not stand out among so many groups",
			v.Evidence)
	case g.mayBeBundle():
		return fmt.Sprintf("; but fewer than %d choices may be parts of one thing, such as a series, "+
			"that people like as a whole", fewChoices)
	case g.Apart > g.Bar && g.oneMind() <= g.Bar:
		return fmt.Sprintf("; but that they follow a plan is only %.1f nats likelier than that people "+
			"think the same of all of these", g.oneMind())
	case g.Apart > 0:
		return fmt.Sprintf("; that they follow a plan rather than the items is only %.1f nats likelier", g.Apart)
	}
	return fmt.Sprintf("; but that they follow the items rather than a plan is %.1f nats likelier", -g.Apart)
}

// explain weighs the innocent explanations of a group, its members being marked
// and tabulated.
func (r *reading) explain(ring *Description, g *Group) {
	v := g.Jury.Verdict
	add := func(x Explanation, name string) {
		if x.Because != "" {
			x.Name = name
			ring.Innocent = append(ring.Innocent, x)
		}
	}
	add(Explanation{Nats: -g.LnP, Weighed: true,
		Because: fmt.Sprintf("P < e^%.0f for a group as strong, after paying for the search", g.LnP)},
		"each chose alone")
	community := Explanation{Nats: v.Evidence, Weighed: true, Holds: !(g.Heard && g.AsOne())}
	switch {
	case r.votes.HasValues():
		community.Because = fmt.Sprintf("a community, an alert or news would send the same raters to the same items, "+
			"but not make them vote alike; %s (the bar is %.2f)", Leans("these votes", v.Lift), v.Bar) + g.although()
	case r.Time != nil && g.Scripted():
		community = Explanation{Nats: g.Timing.Cadence, Weighed: true,
			Because: fmt.Sprintf("fans react each on their own; these members follow each other by a clock, "+
				"at distances that hardly vary, by %.0f nats", g.Timing.Cadence)}
	case r.Time != nil:
		community.Because = fmt.Sprintf("fans react each on their own, within %.0f s; %s (the bar is %.2f); "+
			"where those who act together are further apart than %.0f s, --moment says so",
			momentAlone*r.votes.Together, Leans("these moments", v.Lift), v.Bar, r.votes.Together)
	default:
		community = Explanation{Holds: true,
			Because: "with neither values nor times nothing tells a ring from people of one taste"}
	}
	add(community, "shared interest or exposure")
	if n := count(g.Leads); n > 0 {
		add(Explanation{Because: fmt.Sprintf("%s came first on the shared items far more often than by chance; "+
			"anybody can be followed, so %s not counted among the members",
			plural.Of(n, "rater"), plural.Was(n))}, "followed by others")
	}
	add(Explanation{Holds: g.PartOfCrowd(),
		Because: fmt.Sprintf("%s chose the same items but voted otherwise; the group has %d",
			plural.Of(len(g.Pool), "outsider"), len(g.Raters))}, "the agreeing part of a larger crowd")
	if r.Time != nil {
		add(r.news(ring, g), "news burst")
		add(r.alert(g), "alert group")
		add(r.household(g), "household")
	}
	add(r.fans(g), "one author's fans")
	if r.votes.HasValues() {
		add(r.owner(g), "one owner's fans or staff")
		x := r.sharedJudgement(g)
		add(x, x.Name)
		add(r.panel(g), askedFor)
		add(r.queue(g), queued)
	}
	g.excused = r.excused(ring, g)
}

// evidenceOfVotes is what the votes say for a ring against people who chose the same
// items and judge each for itself; without values, nothing.
func (j *Jury) evidenceOfVotes() float64 {
	if !j.HasValues() {
		return 0
	}
	return j.Verdict.Evidence
}

// news: everybody who was active then chose those items. The chance of each
// choice is that of outsiders in the narrowest window that holds the group's
// acts on the item.
func (r *reading) news(ring *Description, g *Group) Explanation {
	observed, expected, selection := 0.0, 0.0, 0.0
	share := make([]float64, r.Bins) // of the item, in the bins of its window
	for at := range r.targets {
		t := &r.targets[at]
		if !t.core {
			continue
		}
		lo, hi := int(r.Bin[t.acts[0]]), int(r.Bin[t.acts[len(t.acts)-1]])
		mid := (lo + hi) / 2
		for _, h := range r.null.Half {
			if lo, hi = max(0, mid-h), min(r.Bins-1, mid+h); lo <= int(r.Bin[t.acts[0]]) &&
				int(r.Bin[t.acts[len(t.acts)-1]]) <= hi {
				break
			}
		}
		on, all := 0.0, 0.0
		for b := lo; b <= hi; b++ {
			all += r.total[b]
		}
		for k := r.ItemStart[t.item]; k < r.ItemStart[t.item+1]; k++ {
			if u, b := r.Rater[k], int(r.Bin[k]); r.state[u] == outside && lo <= b && b <= hi {
				on += r.crowd.weight(u)
			}
		}
		clear(share)
		for b := lo; b <= hi; b++ {
			share[b] = min(null.MaxShare, on/max(null.MinWindow, all)+r.null.Uniform)
		}
		window := target{item: t.item, share: share, told: true}
		h := float64(len(t.acts))
		did := make(map[int32]bool, len(t.acts))
		for _, k := range t.acts {
			did[r.Rater[k]] = true
		}
		for _, u := range ring.Raters {
			p := r.chance(u, &window, -1)
			expected += p
			if did[u] {
				observed++
			}
			selection += choiceRatio(did[u], h, float64(len(g.Raters)), p)
		}
	}
	return weighed(selection+g.Jury.evidenceOfVotes()+g.Timing.Cadence,
		"if all who were active then had turned to these items, these raters would have given %.1f ratings on them, "+
			"as others did in the narrowest windows that hold theirs, and gave %.0f", expected, observed)
}

// choiceRatio is ln of how likely a member is to do as it did with an item that
// h of n members chose, the member counted as if it had not been seen, over one
// who chooses it with probability p.
func choiceRatio(did bool, h, n, p float64) float64 {
	if p = min(max(p, 1e-7), .999); did {
		return math.Log(max(h-.5, .5) / n / p)
	}
	return math.Log((1 - min((h+.5)/n, .999)) / (1 - p))
}

// quick is how soon, in seconds, an alert group has reacted, half of it.
const quick = 3600

// Moments are when members came to what they share.
type moments struct {
	delays []float64 // seconds since the item's appearance
	apart  []float64 // of the same acts, seconds from the others' moment, the median
	others []float64 // the delays of outsiders
}

// moments finds them. The first act that is known is the appearance where nothing else
// is known of it, and is left out.
func (r *reading) moments(g *Group) (m moments) {
	for at := range r.targets {
		t := &r.targets[at]
		if !t.core || len(t.acts) < 2 {
			continue
		}
		first := r.ItemStart[t.item]
		born, known := float64(r.Time[first]), false
		notes := r.votes.Table.Notes
		if notes != nil && int(t.item) < len(notes.Created) && notes.Created[t.item] != rating.NoTime &&
			float64(notes.Created[t.item]) <= born {
			born, known = float64(notes.Created[t.item]), true
		}
		for j, k := range t.acts {
			if k == first && !known {
				continue
			}
			m.delays = append(m.delays, float64(r.Time[k])-born)
			middle := len(t.acts) / 2 // of the others
			if j <= middle {
				middle = min(middle+1, len(t.acts)-1)
			}
			if middle == j {
				middle--
			}
			m.apart = append(m.apart, math.Abs(float64(r.Time[k])-float64(t.times[middle])))
		}
		for k := first; k < r.ItemStart[t.item+1]; k++ {
			if r.state[r.Rater[k]] == outside && (k != first || known) {
				m.others = append(m.others, float64(r.Time[k])-born)
			}
		}
	}
	return m
}

// together returns ln of how much better the moments are told by the distance from each
// other than by the delay since the appearance. Both have one scale, the median, with tails
// for the late; that of the delays is from that of hands that act together, as nobody who
// reacts on its own is quicker, to a bound.
func (m *moments) together(hands, bound float64) (nats float64) {
	scale := min(max(median(m.delays), hands), bound)
	together := max(1, median(m.apart))
	for j, d := range m.delays {
		a, b := d/scale, m.apart[j]/together
		nats += math.Log(scale/(2*together)) + math.Log1p(a*a) - math.Log1p(b*b)
	}
	return nats
}

// soon reports whether half of the members came within a day of the appearance, and
// sooner than half of the others: as these come is in what is expected of anybody.
func (m *moments) soon() bool {
	if len(m.delays) < 2 {
		return false
	}
	half := median(m.delays)
	return half <= atOnce && (len(m.others) == 0 || half < median(m.others))
}

// alert: each reacts on its own to the item's appearance.
func (r *reading) alert(g *Group) Explanation {
	m := r.moments(g)
	if len(m.delays) < 2 {
		return Explanation{Because: "cannot be told: the group's acts are the first that are known of its targets"}
	}
	than := "nobody else came"
	if len(m.others) > 0 {
		than = fmt.Sprintf("others %s", length(median(m.others)))
	}
	return weighed(g.Jury.evidenceOfVotes()+g.Timing.Cadence+m.together(r.votes.Together, quick),
		"half of the members' ratings came within %s of the item's appearance (%s) and within %s of each other",
		length(max(1, median(m.delays))), than, length(max(1, median(m.apart))))
}

// innocentTimes says how the members came, where not by a plan: each when it suited it, or
// as the items appeared, sooner than others and no more together than that has it; or on
// one occasion, or within an evening at most, as people do who do things together. Nats below 0 are what the
// times say for the innocent.
func (r *reading) innocentTimes(g *Group) (how string, nats float64, innocent bool) {
	switch {
	case r.Time == nil:
		return "", 0, true
	case g.Scripted():
		return "", 0, false
	case g.Timing.Synchrony <= g.Bar:
		return farApart(g.window), 0, true
	}
	if m := r.moments(g); m.soon() {
		if nats = m.together(r.votes.Together, atOnce); nats <= g.Bar {
			return asItAppeared, min(nats, 0), true
		}
	}
	how = fmt.Sprintf("they came within %s of each other, as people do who watch or read together; ", span(g.window))
	if r.oneOccasion() {
		return "they all came on one occasion, as a class, guests, or users of something that failed do; ", 0, true
	}
	return how, 0, g.window >= evening
}

// farApart says that times are no sign of one plan.
func farApart(window int32) string {
	switch {
	case window == 0:
		return "nothing in their times says that they came together; "
	case window > atOnce:
		return fmt.Sprintf("they came within %s of each other, which is too far apart to show one plan; ", span(window))
	}
	return fmt.Sprintf("that some came within %s of each other is too little to show one plan; ", span(window))
}

// evening is how near each other, in seconds, people rate what they did together: by then
// all have come home. Who come nearer, time after time, do it at a word.
const evening = 6 * 3600

// occasion is within how many days four in five come to what happened on one: who hears of it
// later comes later.
const occasion = 3 * atOnce

// oneOccasion reports whether half of the acts on the targets are within a day, and four in
// five within the days of an occasion.
func (r *reading) oneOccasion() bool {
	var times []int32
	for at := range r.targets {
		if t := &r.targets[at]; t.core {
			times = append(times, t.times...)
		}
	}
	slices.Sort(times)
	n := len(times)
	if n == 0 || int64(times[n-1-n/10])-int64(times[n/10]) > occasion {
		return false
	}
	for k := n / 2; k < n; k++ {
		if times[k]-times[k-n/2] <= atOnce {
			return true
		}
	}
	return false
}

// ofOneMind is how much likelier the votes are by one plan than of people of one mind, in
// nats. Those who came for what they like, or on one occasion, may think as that has them
// think, of a series, a feast or an outage, and differ as each judges for itself; nobody
// comes, now and then, for what it dislikes.
func (r *reading) ofOneMind(g *Group) float64 {
	nats, occasion := g.oneMind(), r.Time != nil && r.oneOccasion()
	if g.Timing.Synchrony > g.Bar && g.window >= evening {
		nats = min(nats, g.Jury.oneMind(g.Jury.likeMinded(true)))
	}
	if occasion {
		nats = min(nats, g.Jury.oneMind(ofOneThing))
	}
	if g.Jury.Levels > 2 && (occasion || g.Jury.upward()) {
		nats = min(nats, g.Jury.newScale(&eachForItself))
	}
	return nats
}

const asItAppeared = "they came when the items appeared, and no more together than that has it; "

// excused reports whether that the members came together, and agree, has an innocent
// reason, so that it is no sign of one plan: they came as the items appeared; or on the
// same days, and people of one mind would vote so, or all who came condemn the same.
func (r *reading) excused(ring *Description, g *Group) bool {
	for _, x := range ring.Innocent {
		if (x.Name == askedFor || x.Name == queued) && x.Holds {
			return true
		}
	}
	how, _, innocent := r.innocentTimes(g)
	return innocent && (how == asItAppeared || g.Jury.HasValues() && r.ofOneMind(g) < g.Bar || ring.Cleared(g.Bar))
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return x[len(x)/2]
}
