package judge

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ringwatch/ringwatch/detect/internal/null"
	"github.com/ringwatch/ringwatch/detect/internal/ringtest"
	"github.com/ringwatch/ringwatch/rating"
)

// crowded is a world without rings, and room for a group.
func crowded(t *testing.T) (tab *rating.Table, group []int32) {
	tab = ringtest.World{Raters: 600, Items: 300, PerRater: 15, Times: true, Values: true, Seed: 11}.Table(t)
	has := map[int32]int{}
	for _, u := range tab.Rater {
		has[u]++
	}
	for u := range int32(600) {
		if n := has[u]; n >= 8 && n <= 20 && len(group) < 12 {
			group = append(group, u)
		}
	}
	return tab, group
}

// put replaces what raters gave the items by value v, at times given by when.
func put(tab *rating.Table, raters, items []int32, v float32, when func(u, i int) int32) *rating.Table {
	out := tab.Select(func(k int) bool {
		return !slices.Contains(raters, tab.Rater[k]) || !slices.Contains(items, tab.Item[k])
	})
	for x, u := range raters {
		for y, i := range items {
			out.Append(u, i, v, when(x, y))
		}
	}
	return out
}

// TestInnocentExplanations: worlds in which an innocent explanation is true, and
// others in which it is not.
func TestInnocentExplanations(t *testing.T) {
	const day = 86400
	// within ten minutes, and by no clock
	at := func(u, i int) int32 { return int32((2+4*i)*day + (137*u+211*i+53*u*i)%480) }
	base, group := crowded(t)
	var targets []int32
	for i := int32(100); len(targets) < 10; i++ {
		targets = append(targets, i)
	}
	ring := put(base, group, targets, 0, at)
	unknown := ring.Select(func(k int) bool { // but for the group
		return slices.Contains(group, ring.Rater[k]) || !slices.Contains(targets, ring.Item[k])
	})
	var crowd []int32 // who judges the targets too, on its own
	for u := int32(300); len(crowd) < 60; u++ {
		if !slices.Contains(group, u) {
			crowd = append(crowd, u)
		}
	}
	later := func(u, i int) int32 { return int32((2+4*i)*day + 9000*(u+1)) }
	authors := func(tab *rating.Table, of func(i int32) int32) *rating.Table {
		tab = tab.Select(func(int) bool { return true })
		n := &rating.Notes{Authors: rating.Numbered("a", 300)}
		for i := range int32(tab.Items.Len()) {
			n.Author, n.Created = append(n.Author, of(i)), append(n.Created, rating.NoTime)
		}
		tab.Notes = n
		return tab
	}
	var works []int32
	for i := int32(100); i < 140; i++ {
		works = append(works, i)
	}
	when := make([][]int32, len(targets)) // the crowd came
	for k, i := range base.Item {
		if y := slices.Index(targets, i); y >= 0 {
			when[y] = append(when[y], base.Time[k])
		}
	}
	whenever := func(u, i int) int32 { return when[i][u*7919%len(when[i])] }
	all := func(i int32) int32 {
		if slices.Contains(targets, i) {
			return 0
		}
		return 1 + i/3
	}
	one := func(i int32) int32 {
		if slices.Contains(works, i) {
			return 0
		}
		return 1 + i/3
	}
	rng := rand.New(rand.NewPCG(4, 4))
	fans := base.Select(func(k int) bool {
		return !slices.Contains(group, base.Rater[k]) || !slices.Contains(works, base.Item[k])
	})
	for _, u := range group {
		for y, i := range works {
			if rng.Float64() < .3 {
				fans.Append(u, i, 1, int32(y*day+rng.IntN(20*day)))
			}
		}
	}
	vote := func(i int32) float32 { // as the item's crowd
		if rng.IntN(10) < int(2+i%7) {
			return 1
		}
		return 0
	}
	news := base.Select(func(k int) bool { return !slices.Contains(targets, base.Item[k]) })
	for y, i := range targets {
		for u := range int32(600) {
			if rng.Float64() < .5 && (u%8 == 0 || slices.Contains(group, u)) {
				news.Append(u, i, vote(i), int32((1+5*y)*day+rng.IntN(3600)))
			}
		}
	}
	watched := base.Select(func(k int) bool { return !slices.Contains(targets, base.Item[k]) })
	for y, i := range targets {
		watched.Append(400, i, vote(i), int32((2+4*y)*day))
		for _, u := range group {
			watched.Append(u, i, vote(i), int32((2+4*y)*day+int(rng.ExpFloat64()*600)))
		}
		for u := int32(401); u < 430; u++ {
			watched.Append(u, i, vote(i), int32((2+4*y)*day+int(rng.ExpFloat64()*day)))
		}
	}
	home, strangers := watched.Select(func(int) bool { return true }), watched
	for k, u := range home.Rater {
		if slices.Contains(group, u) && !slices.Contains(targets, home.Item[k]) {
			home.Time[k] = home.Time[k]/(2*day)*(2*day) + int32(rng.IntN(900)) // evenings together
		}
	}
	divided := put(put(unknown, crowd[:37], targets, 1, later), crowd[37:], targets, 0, later)
	divided.Items = rating.Numbered("i", 1500)
	for x, u := range group { // who likes all else
		for n := range int32(80) {
			divided.Append(u, 300+80*int32(x)+n, 1, int32(n)*day/2)
		}
	}
	if groups := judgedAs(t, news, group); len(groups) > 0 {
		t.Error("the null leaves a group of those who turned to the news as others did")
	}
	for _, c := range []struct {
		name, explanation string
		holds             bool
		tab               *rating.Table
	}{
		{"a smear", "shared condemnation", false, put(ring, crowd, targets, 1, later)},
		{"a smear of what three in five like, by who likes all else", "shared condemnation", false, divided},
		{"a scam that all condemn", "shared condemnation", true, put(unknown, crowd, targets, 0, later)},
		{"one who pushes some works of an author",
			"one author's fans", false, authors(put(base, group, targets, 1, at), one)},
		{"fans of all works of an author", "one author's fans", true, authors(fans, one)},
		{"fans of one whom the data does not name", "one owner's fans or staff", false,
			put(base, group, targets, 1, whenever)},
		{"fans of an owner who has nothing else",
			"one owner's fans or staff", true, authors(put(base, group, targets, 1, whenever), all)},
		{"targets of many authors", "one author's fans", false, authors(ring, func(i int32) int32 { return i })},
		{"items that nobody else knows, condemned", "shared condemnation", true, unknown},
		{"items that nobody else knows, praised", "shared praise", false, put(unknown, group, targets, 1, at)},
		{"watchers of new items who judge each for itself", "alert group", true, watched},
		{"a household that judges each for itself", "household", true, home},
		{"people who meet on the targets only", "household", false, strangers},
		{"a ring in bursts days after", "alert group", false, ring},
		{"a ring among few", "news burst", false, ring},
	} {
		x := innocent(t, c.tab, group, c.explanation)
		t.Logf("%s: %s", c.name, x.Because)
		if x.Holds != c.holds || x.Weighed && (x.Nats < 0) != x.Holds {
			t.Errorf("%s: %s holds is %v, %.1f nats: %s", c.name, c.explanation, x.Holds, x.Nats, x.Because)
		}
	}
	for _, c := range []struct {
		name    string
		excused bool
		tab     *rating.Table
	}{{"watchers of new items", true, watched}, {"a ring in bursts days after", false, ring}} {
		g := judgedAs(t, c.tab, group)[0]
		g.by.Describe(g.Group, nil)
		if g.Timing.Synchrony <= g.Bar || g.excused != c.excused {
			t.Errorf("%s came together by %.1f nats, for an innocent reason: %v", c.name, g.Timing.Synchrony, g.excused)
		}
	}
}

// TestSharing: what two in five condemn is not condemned by all who come, however many
// members do; a few votes are no proof of that, and what four in five condemn is.
func TestSharing(t *testing.T) {
	for _, c := range []struct {
		on, all int
		refuted bool
	}{{229, 600, true}, {2, 5, false}, {16, 20, false}, {0, 12, true}} {
		var s sharing
		for k := range c.all {
			s.hear(.5, (k+1)*c.on/c.all > k*c.on/c.all)
		}
		if s.below > unshared != c.refuted {
			t.Errorf("%d of %d: %.1f nats against, refuted should be %v", c.on, c.all, s.below, c.refuted)
		}
	}
}

// A judged is a group that was weighed as it stands, by a refiner.
type judged struct {
	*Group
	by *Refiner
}

func refinerOf(t *testing.T, tab *rating.Table) *Refiner {
	t.Helper()
	a := null.NewActs(tab)
	n := null.NewModel(a)
	if err := n.FitTilt(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	return NewRefiner(a, n, NewVotes(a, tab))
}

func judgedAs(t *testing.T, tab *rating.Table, raters []int32) (all []judged) {
	t.Helper()
	r := refinerOf(t, tab)
	dropped := 0
	for _, g := range r.finish(&Group{Raters: raters}, splitDepth, &dropped) {
		all = append(all, judged{g, r})
	}
	return all
}

// innocent judges a group as it stands and returns one explanation of it.
func innocent(t *testing.T, tab *rating.Table, raters []int32, name string) Explanation {
	t.Helper()
	groups := judgedAs(t, tab, raters)
	if len(groups) != 1 {
		t.Fatalf("%d groups", len(groups))
	}
	var all []int
	for j := range groups[0].Raters {
		all = append(all, j)
	}
	ring := groups[0].by.Describe(groups[0].Group, all)
	for _, x := range ring.Innocent {
		if math.IsNaN(x.Nats) || math.IsInf(x.Nats, 0) {
			t.Errorf("%s has %v nats", x.Name, x.Nats)
		}
		if x.Name == name {
			return x
		}
	}
	t.Fatalf("%q is not among %+v", name, ring.Innocent)
	return Explanation{}
}

// TestSessions holds sessions to a slow count.
func TestSessions(t *testing.T) {
	tab := ringtest.World{Raters: 60, Items: 80, PerRater: 12, Times: true, Values: true, Seed: 5}.Table(t)
	for k := range tab.Time {
		tab.Time[k] = tab.Time[k] / 400 * 60 // dense
	}
	r := &refinerOf(t, tab).scratch
	var raters []int32
	for u := range int32(12) {
		raters = append(raters, u)
	}
	yes := func(int32) bool { return true }
	company := 0
	for _, s := range r.sessions(raters, yes) {
		last, want := s.start, false
		for _, k := range r.ActsOf(s.rater) {
			if r.Time[k] < s.start || r.Time[k]-last > null.SyncSeconds {
				continue
			}
			last = r.Time[k]
			for _, u := range raters {
				for _, o := range r.ActsOf(u) {
					want = want || u != s.rater && max(r.Time[o]-r.Time[k], r.Time[k]-r.Time[o]) <= null.SyncSeconds
				}
			}
		}
		if want {
			company++
		}
		if s.company != want {
			t.Errorf("session of %d at %d in company: %v", s.rater, s.start, s.company)
		}
	}
	if n := len(r.sessions(raters, yes)); company == 0 || company == n || cmp.Compare(n, 12) <= 0 {
		t.Errorf("%d of %d sessions are in company: the data tell nothing", company, n)
	}
}
