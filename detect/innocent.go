package detect

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/rating"
)

// Innocent explanations. Each is a likelihood of what the group did, against
// that of a ring: by what its members chose, when, and how they voted. Where a
// ring may do as the innocent do, such as sharing sessions, that they did so says
// nothing, and that they did not speaks against the explanation.

// usual is what everybody does, found when first asked for.
type usual struct {
	times []int32 // of a sample of acts, sorted
	every int     // one act in so many is in times
	who   []int32 // per item: the rater who bears its name, or -1; empty unless people rate people
	asked bool    // who was found
}

// explain weighs the innocent explanations of a group, its members being marked
// and tabulated.
func (r *refiner) explain(ring *Ring, g *group) {
	v := g.jury.verdict
	add := func(x Explanation, name string) {
		if x.Because != "" {
			x.Name = name
			ring.Innocent = append(ring.Innocent, x)
		}
	}
	add(Explanation{Nats: -g.lnP, Weighed: true,
		Because: fmt.Sprintf("P < e^%.0f for a group as strong, after paying for the search", g.lnP)}, "each chose alone")
	community := Explanation{Nats: v.evidence, Weighed: true, Holds: !(g.heard && v.united())}
	switch {
	case r.hasValues():
		community.Because = fmt.Sprintf("a community, an alert or news would send the same raters to the same items, but not make them vote alike; %s (the bar is %.2f)", leans("these votes", v.lift), v.bar)
	case r.time != nil:
		community.Because = fmt.Sprintf("fans react each on their own, within a minute; %s (the bar is %.2f)", leans("these moments", v.lift), v.bar)
	default:
		community = Explanation{Holds: true, Because: "with neither values nor times nothing tells a ring from people of one taste"}
	}
	add(community, "shared interest or exposure")
	if n := count(g.leads); n > 0 {
		add(Explanation{Because: fmt.Sprintf("%d came first on the shared items far more often than by chance; anybody can be followed, so they are not counted as members", n)}, "followed by others")
	}
	add(Explanation{Holds: g.partOfCrowd(),
		Because: fmt.Sprintf("%d outsiders share the selection but vote otherwise; the group has %d", g.pool, len(g.raters))}, "the agreeing part of a larger crowd")
	if r.time != nil {
		add(r.news(ring, g), "news burst")
		add(r.alert(g), "alert group")
		add(r.household(g), "household")
	}
	add(r.fans(g), "one author's fans")
	if r.hasValues() {
		add(r.sharedJudgement(g), g.jury.judgement())
	}
}

// weighed completes an explanation of which the nats are known.
func weighed(nats float64, because string, args ...any) Explanation {
	side := fmt.Sprintf("a ring explains it better by %.0f nats", nats)
	if nats < 0 {
		side = fmt.Sprintf("this explains it better than a ring does, by %.0f nats", -nats)
	}
	return Explanation{Nats: nats, Weighed: true, Holds: nats < 0, Because: fmt.Sprintf(because, args...) + "; " + side}
}

// evidenceOfVotes is what the votes say for a ring against people who chose the same
// items and judge each for itself; without values, nothing.
func (j *jury) evidenceOfVotes() float64 {
	if !j.hasValues() {
		return 0
	}
	return j.verdict.evidence
}

// news: everybody who was active then chose those items. The chance of each
// choice is that of outsiders in the narrowest window that holds the group's
// acts on the item.
func (r *refiner) news(ring *Ring, g *group) Explanation {
	observed, expected, selection := 0.0, 0.0, 0.0
	share := make([]float64, r.bins) // of the item, in the bins of its window
	for at := range r.targets {
		t := &r.targets[at]
		if !t.core {
			continue
		}
		lo, hi := int(r.bin[t.acts[0]]), int(r.bin[t.acts[len(t.acts)-1]])
		mid := (lo + hi) / 2
		for _, h := range r.null.half {
			if lo, hi = max(0, mid-h), min(r.bins-1, mid+h); lo <= int(r.bin[t.acts[0]]) && int(r.bin[t.acts[len(t.acts)-1]]) <= hi {
				break
			}
		}
		on, all := 0.0, 0.0
		for b := lo; b <= hi; b++ {
			all += r.total[b]
		}
		for k := r.itemStart[t.item]; k < r.itemStart[t.item+1]; k++ {
			if u, b := r.rater[k], int(r.bin[k]); r.state[u] == outside && lo <= b && b <= hi {
				on += r.crowd.weight(u)
			}
		}
		clear(share)
		for b := lo; b <= hi; b++ {
			share[b] = min(maxShare, on/max(minWindow, all)+r.null.uniform)
		}
		window := target{item: t.item, share: share}
		h := float64(len(t.acts))
		did := make(map[int32]bool, len(t.acts))
		for _, k := range t.acts {
			did[r.rater[k]] = true
		}
		for _, u := range ring.Raters {
			p := r.chance(u, &window, -1)
			expected += p
			if did[u] {
				observed++
			}
			selection += choiceRatio(did[u], h, float64(len(g.raters)), p)
		}
	}
	return weighed(selection+g.jury.evidenceOfVotes(), "if all who were active then had turned to these items, these raters would have given %.1f ratings on them, as others did in the narrowest windows that hold theirs, and gave %.0f", expected, observed)
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

// alert: each reacts on its own to the item's appearance. The delays since then,
// against the distances from the others' moment, are both told by one scale, the
// median, with tails for the late; that of the delays is no more than quick.
func (r *refiner) alert(g *group) Explanation {
	var delays, apart, others []float64
	for at := range r.targets {
		t := &r.targets[at]
		if !t.core || len(t.acts) < 2 {
			continue
		}
		first := r.itemStart[t.item]
		born, known := float64(r.time[first]), false
		if notes := r.table.Notes; notes != nil && int(t.item) < len(notes.Created) && notes.Created[t.item] != rating.NoTime && float64(notes.Created[t.item]) <= born {
			born, known = float64(notes.Created[t.item]), true
		}
		for j, k := range t.acts {
			if k == first && !known {
				continue // it was the appearance
			}
			delays = append(delays, float64(r.time[k])-born)
			middle := len(t.acts) / 2 // of the others
			if j <= middle {
				middle = min(middle+1, len(t.acts)-1)
			}
			if middle == j {
				middle--
			}
			apart = append(apart, math.Abs(float64(r.time[k])-float64(t.times[middle])))
		}
		for k := first; k < r.itemStart[t.item+1]; k++ {
			if r.state[r.rater[k]] == outside && (k != first || known) {
				others = append(others, float64(r.time[k])-born)
			}
		}
	}
	if len(delays) < 2 {
		return Explanation{Because: "cannot be told: the group's acts are the first that are known of its targets"}
	}
	delay, together := max(1, median(delays)), max(1, median(apart))
	scale := min(delay, quick)
	nats := g.jury.evidenceOfVotes()
	for j, d := range delays {
		a, m := d/scale, apart[j]/together
		nats += math.Log(scale/(2*together)) + math.Log1p(a*a) - math.Log1p(m*m)
	}
	than := "nobody else came"
	if len(others) > 0 {
		than = fmt.Sprintf("others %s", length(median(others)))
	}
	return weighed(nats, "half of the members' ratings came within %s of the item's appearance (%s) and within %s of each other", length(delay), than, length(together))
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return x[len(x)/2]
}

// length writes seconds.
func length(seconds float64) string {
	if seconds < 120 {
		return fmt.Sprintf("%.0f s", seconds)
	}
	return span(int32(min(seconds, math.MaxInt32)))
}

// sessionShare is the least share of its ratings that a household gives while
// another member does.
const sessionShare = .5

// household: members share sessions whatever they rate, and judge each for
// itself. On other items than the targets, they would be active at once as often
// as on these.
func (r *refiner) household(g *group) Explanation {
	on := map[int32]bool{}
	for _, i := range g.core {
		on[i] = true
	}
	targets := r.sessions(g.raters, func(k int32) bool { return on[r.item[k]] })
	other := r.sessions(g.raters, func(k int32) bool { return !on[r.item[k]] })
	if len(other) < 10 {
		return Explanation{Because: fmt.Sprintf("cannot be told: apart from the targets the members were active %d times", len(other))}
	}
	together := 0.0
	for _, s := range targets {
		if s.company {
			together++
		}
	}
	share := min(max(together/float64(len(targets)), sessionShare), .95)
	byBin, byMember := make([]float64, r.bins), map[[2]int32]float64{}
	for _, s := range other {
		byBin[s.bin]++
		byMember[[2]int32{s.rater, int32(s.bin)}]++
	}
	observed, expected, sum := 0.0, 0.0, 0.0
	for _, s := range other {
		density := r.around(s.start) / r.null.total[s.bin] // of a bin's acts, so close to this one
		p := -math.Expm1(-(byBin[s.bin] - byMember[[2]int32{s.rater, int32(s.bin)}]) * density)
		p = min(max(p, 1e-4), .95)
		expected += p
		if s.company {
			observed++
			sum += math.Log(p / share)
		} else {
			sum += math.Log((1 - p) / (1 - share))
		}
	}
	return weighed(g.jury.evidenceOfVotes()+max(0, sum), "apart from the targets the members were active %d times, %.0f of these within %s of another member, where %.1f are expected of raters as active as these then; a household would share its sessions there too, and judge each for itself",
		len(other), observed, span(syncSeconds), expected)
}

// A session is a run of a rater's acts, each within syncSeconds of the last.
type session struct {
	rater, start int32
	bin          uint8
	company      bool // another rater of the group acted within syncSeconds of one of the acts
}

// sessions returns those of raters, by the acts asked for.
func (r *refiner) sessions(raters []int32, of func(k int32) bool) []session {
	type act struct{ time, rater, session int32 }
	var all []session
	var acts []act
	for _, u := range raters {
		last := int64(math.MinInt64 / 2)
		for _, k := range r.actsOf(u) {
			if !of(k) {
				continue
			}
			if int64(r.time[k])-last > syncSeconds {
				all = append(all, session{rater: u, start: r.time[k], bin: r.bin[k]})
			}
			last = int64(r.time[k])
			acts = append(acts, act{r.time[k], u, int32(len(all) - 1)})
		}
	}
	slices.SortFunc(acts, func(a, b act) int {
		return cmp.Or(cmp.Compare(a.time, b.time), cmp.Compare(a.rater, b.rater))
	})
	// The last act, and the last by another rater than that, tell whether one is in company.
	pass := func(at func(j int) act) {
		var last, other act
		had, hadOther := false, false
		for j := range acts {
			a := at(j)
			if had && last.rater != a.rater {
				other, hadOther = last, true
			}
			if hadOther {
				if d := int64(a.time) - int64(other.time); d <= syncSeconds && d >= -syncSeconds {
					all[a.session].company = true
				}
			}
			last, had = a, true
		}
	}
	pass(func(j int) act { return acts[j] })
	pass(func(j int) act { return acts[len(acts)-1-j] })
	return all
}

// around returns how many acts of all raters are within syncSeconds of a time.
func (r *refiner) around(at int32) float64 {
	const sample = 1 << 20
	if r.usual.every == 0 {
		r.usual.every = max(1, r.len()/sample)
		for k := 0; k < r.len(); k += r.usual.every {
			r.usual.times = append(r.usual.times, r.time[k])
		}
		slices.Sort(r.usual.times)
	}
	lo, _ := slices.BinarySearch(r.usual.times, int32(max(int64(at)-syncSeconds, math.MinInt32)))
	hi, _ := slices.BinarySearch(r.usual.times, int32(min(int64(at)+syncSeconds+1, math.MaxInt32)))
	return float64((hi - lo) * r.usual.every)
}

// fans: the members rate what one author makes. They would turn to the author's
// other items as others do, for whom the targets are no more than that, and vote
// there the same.
func (r *refiner) fans(g *group) Explanation {
	if r.table.Notes == nil {
		return Explanation{}
	}
	of := map[int32]int{}
	author, most := int32(-1), 0
	for _, i := range g.core {
		if a := r.authorOf(i); a >= 0 {
			if of[a]++; of[a] > most || of[a] == most && a < author {
				author, most = a, of[a]
			}
		}
	}
	if len(of) == 0 {
		return Explanation{}
	}
	if 2*most < len(g.core) {
		return Explanation{Because: fmt.Sprintf("the author of most of the %d targets wrote %d of them", len(g.core), most)}
	}
	works := 0
	others := [2]float64{.5, .5} // ratings by others of the targets, and of the author's other items, with a prior
	for i := range int32(r.items) {
		if r.authorOf(i) != author {
			continue
		}
		works++
		at := 1
		if _, on := g.jury.onItems[i]; on {
			at = 0
		}
		for _, u := range r.rater[r.itemStart[i]:r.itemStart[i+1]] {
			if r.state[u] == outside {
				others[at]++
			}
		}
	}
	there, elsewhere := 0.0, 0.0 // the same by members
	same, votes := 1., 2.        // of their votes elsewhere, those on the group's side, with a prior
	for _, u := range g.raters {
		for _, k := range r.actsOf(u) {
			if r.authorOf(r.item[k]) != author {
				continue
			}
			if _, on := g.jury.onItems[r.item[k]]; on {
				there++
				continue
			}
			elsewhere++
			if votes++; r.hasValues() && g.jury.onSide(k, g.jury.upward()) {
				same++
			}
		}
	}
	if works == most {
		return Explanation{Because: fmt.Sprintf("cannot be told: one author wrote %d of the %d targets and nothing else", most, len(g.core))}
	}
	share := others[0] / (others[0] + others[1])
	nats := relative(there, there+elsewhere, share) + relative(elsewhere, there+elsewhere, 1-share) - lnChoose(works, most) +
		r.notByAuthor(g, author) + g.jury.againstHabit(author, same/votes)
	return weighed(nats, "one author wrote %d of the %d targets and %d other items; of their ratings of this author the members gave %.0f %% on the targets, others %.0f %%",
		most, len(g.core), works-most, 100*there/(there+elsewhere), 100*share)
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
func (a *acts) authorOf(i int32) int32 {
	if notes := a.table.Notes; notes != nil && int(i) < len(notes.Author) {
		return notes.Author[i]
	}
	return -1
}

// notByAuthor is what the choice of targets by others than the author says.
func (r *refiner) notByAuthor(g *group, author int32) (sum float64) {
	for at := range r.targets {
		t := &r.targets[at]
		if !t.core || r.authorOf(t.item) == author {
			continue
		}
		did := make(map[int32]bool, len(t.acts))
		for _, k := range t.acts {
			did[r.rater[k]] = true
		}
		for _, u := range g.raters {
			sum += choiceRatio(did[u], float64(len(t.acts)), float64(len(g.raters)), r.chance(u, t, -1))
		}
	}
	return sum
}

// againstHabit is what the votes say for a ring against raters who vote on the
// author's items as the members do on the others of these: on the group's side
// with probability habit.
func (j *jury) againstHabit(author int32, habit float64) (sum float64) {
	if !j.hasValues() {
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

// judgement names what the group's votes share, which is one side on most items
// or not.
func (j *jury) judgement() string {
	up := 0
	for _, w := range j.verdict.up {
		if w >= .5 {
			up++
		}
	}
	switch n := len(j.verdict.up); {
	case 5*up >= 4*n:
		return "shared praise"
	case 5*up <= n:
		return "shared condemnation"
	}
	return "shared judgement"
}

// upward reports whether the group votes up on most of its items.
func (j *jury) upward() bool {
	up := 0.0
	for _, w := range j.verdict.up {
		up += w
	}
	return 2*up >= float64(len(j.verdict.up))
}

// onSide reports whether act k is at the upper, or lower, side of the cut.
func (j *jury) onSide(k int32, upward bool) bool {
	if upward {
		return int(j.level[k]) >= j.cut[0]
	}
	return int(j.level[k]) < j.cut[1]
}

// sharedJudgement: the items are such that all who come judge them alike, as
// they do a scam or a masterpiece: on the group's side with one probability, at
// least a half, which is learned, members and outsiders alike. Against it stand
// items like any other, on which a ring is of one mind. Where people rate people,
// what targets say of each other is left out: they are not outsiders.
func (r *refiner) sharedJudgement(g *group) Explanation {
	j, up := g.jury, false // of the item at hand: the side that the group is on
	own := map[int32]bool{}
	for _, i := range j.items {
		own[r.itself(i)] = true
	}
	nats, left := 0.0, 0
	agree, outsiders := 0., 0. // votes by others
	on, all := 1., 2.          // votes by anybody, with a prior
	learned := make([]float64, j.levels)
	hear := func(k int32, ring bool) {
		side := j.onSide(k, up)
		usual, alike := j.shareOfSide(learned, up), max(on/all, .5)
		if ring {
			usual = j.chanceOfSide(learned, k, up)
			nats += ringRatio(usual, side)
		}
		if all++; side {
			on++
		} else {
			usual, alike = 1-usual, 1-alike
		}
		nats += math.Log(usual / alike)
		learned[j.level[k]]++
	}
	for at, i := range j.items {
		up = j.verdict.up[at] >= .5
		for l, base := range j.levelBase {
			learned[l] = j.itemPrior * base
		}
		for k := r.itemStart[i]; k < r.itemStart[i+1]; k++ {
			switch u := r.rater[k]; {
			case r.state[u] == inside:
			case own[u]:
				left++
			default:
				hear(k, false)
				if outsiders++; j.onSide(k, up) {
					agree++
				}
			}
		}
		for _, k := range j.acts[at] {
			hear(k, true)
		}
	}
	because := fmt.Sprintf("%.0f of %.0f votes by others on these %d items are on the group's side", agree, outsiders, len(j.items))
	switch {
	case outsiders == 0:
		return Explanation{Because: fmt.Sprintf("cannot be told, as nobody else rated these %d items: look at what they are", len(j.items))}
	case outsiders < 2*float64(len(j.items)):
		because += ", which is little to go by: look at what the items are"
	}
	if left > 0 {
		because += fmt.Sprintf(" (without %d by targets on each other)", left)
	}
	return weighed(nats, "%s", because)
}

// itself returns the rater who bears an item's name, or -1 where there is none.
// Where anybody rated what bears its name, people do not rate people: raters and
// items were just numbered alike.
func (r *refiner) itself(i int32) int32 {
	if x := &r.usual; !x.asked {
		x.asked = true
		x.who = make([]int32, r.items)
		known := 0
		for i := range x.who {
			u, ok := r.table.Raters.Find(r.table.Items.Name(int32(i)))
			if !ok {
				u = -1
			}
			if x.who[i] = u; ok {
				known++
			}
		}
		for k, i := range r.item {
			if 2*known <= r.items || r.rater[k] == x.who[i] {
				x.who = nil
				break
			}
		}
	}
	if r.usual.who == nil {
		return -1
	}
	return r.usual.who[i]
}

// shareOfSide is the share of the votes learned that is on the side: what is
// expected of a rater whose habits are not looked up.
func (j *jury) shareOfSide(learned []float64, up bool) float64 {
	on, all := 0.0, 0.0
	for l, n := range learned {
		if all += n; up && l >= j.cut[0] || !up && l < j.cut[1] {
			on += n
		}
	}
	return min(max(on/all, 1e-6), 1-1e-6)
}

// chanceOfSide is how likely the rater of act k is to be on the side, as the votes
// learned and its habits have it.
func (j *jury) chanceOfSide(learned []float64, k int32, up bool) float64 {
	tails := j.above(learned, j.rater[k])
	p := tails[j.cut[0]]
	if !up {
		p = 1 - tails[j.cut[1]]
	}
	return min(max(p, 1e-6), 1-1e-6)
}
