package detect

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/rating"
)

func explained(t *testing.T, tab *rating.Table, raters ...int32) *Explained {
	t.Helper()
	x, err := Explain(context.Background(), Input{Ratings: tab, Seed: 1}, []Detector{NewGroup()}, raters...)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// TestExplainOrderAndProcessorsDoNotMatter, and what holds of any explanation.
func TestExplainOrderAndProcessorsDoNotMatter(t *testing.T) {
	for _, name := range slices.Sorted(mapKeys(shapes)) {
		t.Run(name, func(t *testing.T) {
			tab := shapes[name].table(t)
			last := int32(tab.Raters.Len() - 1) // of a ring, where there are any
			told := func(tab *rating.Table) []byte {
				x := explained(t, tab, last, last-1)
				x.Findings = nil // has a law of its own
				for i, m := range x.Pair.Meetings {
					if tab.Rater[m.RowA] != last || tab.Rater[m.RowB] != last-1 || tab.Item[m.RowA] != m.Item || tab.Item[m.RowB] != m.Item {
						t.Errorf("meeting on item %d shows rows of others", m.Item)
					}
					x.Pair.Meetings[i].RowA, x.Pair.Meetings[i].RowB = 0, 0
				}
				b, err := json.Marshal(x)
				if err != nil {
					t.Fatal(err)
				}
				return b
			}
			want := told(tab)
			old := runtime.GOMAXPROCS(1)
			got := told(shuffled(tab, 9))
			runtime.GOMAXPROCS(old)
			if !bytes.Equal(got, want) {
				t.Errorf("another explanation with the rows shuffled and one processor:\n%s\n%s", got, want)
			}
		})
	}
}

// TestPairsAreExpectedToMeetAsOftenAsTheyDo: without rings, all pairs together
// meet, meet at once and vote alike about as often as expected.
func TestPairsAreExpectedToMeetAsOftenAsTheyDo(t *testing.T) {
	tab := shapes["no rings"].table(t)
	e, err := newEngine(t.Context(), Input{Ratings: tab})
	if err != nil {
		t.Fatal(err)
	}
	var sum Pair
	for u := int32(0); int(u) < e.raters; u += 15 {
		m := e.meetingsOf(u)
		for v := range int32(e.raters) {
			if v == u {
				continue
			}
			p := m.pair(v, false)
			sum.Both, sum.Expected = sum.Both+p.Both, sum.Expected+p.Expected
			sum.Near, sum.NearExpected = sum.Near+p.Near, sum.NearExpected+p.NearExpected
			sum.Same, sum.SameExpected = sum.Same+p.Same, sum.SameExpected+p.SameExpected
		}
	}
	for _, c := range []struct {
		what               string
		observed, expected float64
	}{{"meet", sum.Both, sum.Expected}, {"meet at once", sum.Near, sum.NearExpected}, {"vote alike", sum.Same, sum.SameExpected}} {
		t.Logf("pairs %s %.0f times, expected %.0f", c.what, c.observed, c.expected)
		if r := c.observed / c.expected; r < .8 || r > 1.25 {
			t.Errorf("pairs %s %.0f times, expected %.0f", c.what, c.observed, c.expected)
		}
	}
}

// TestExplainTellsAMemberFromOthers: a ring's member is told with its ring and
// its partners, of whom most are of the ring; others are told what is missing.
func TestExplainTellsAMemberFromOthers(t *testing.T) {
	for _, name := range []string{"votes and times", "no times", "co-actions"} {
		w := shapes[name]
		tab := w.table(t)
		honest := int32(w.raters - w.rings*ringSize)
		p := explained(t, tab, honest).Raters[0]
		if len(p.Rings) != 1 || p.Missing != "" || p.Rank > w.rings*ringSize {
			t.Errorf("%s: a member is in %d rings, rank %d: %s", name, len(p.Rings), p.Rank, p.Missing)
		}
		own := 0
		for _, x := range p.Partners {
			if x.B >= honest && x.B < honest+ringSize {
				own++
			}
			if x.Both < 2 || x.Expected <= 0 || x.A != honest {
				t.Errorf("%s: partner %+v", name, x)
			}
		}
		if own < 9 {
			t.Errorf("%s: %d of %d partners of a member are of its ring", name, own, len(p.Partners))
		}
		if p = explained(t, tab, 0).Raters[0]; len(p.Rings) > 0 || p.Missing == "" || p.Ratings == 0 {
			t.Errorf("%s: an honest rater is told as %+v", name, p)
		}
	}
}

func TestExplainRefuses(t *testing.T) {
	tab := shapes["no times"].table(t)
	for want, ask := range map[string]func() ([]Detector, []int32){
		"two different":  func() ([]Detector, []int32) { return []Detector{NewGroup()}, []int32{1, 1} },
		"one rater can":  func() ([]Detector, []int32) { return []Detector{NewGroup()}, nil },
		"no rater 500":   func() ([]Detector, []int32) { return []Detector{NewGroup()}, []int32{500} },
		"of its own and": func() ([]Detector, []int32) { return []Detector{NewPostSelection()}, []int32{1} },
	} {
		d, raters := ask()
		if _, err := Explain(t.Context(), Input{Ratings: tab}, d, raters...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("it says %v, not %q", err, want)
		}
	}
}

// crowded is a world without rings, and room for a group.
func crowded(t *testing.T) (tab *rating.Table, group []int32) {
	tab = world{raters: 600, items: 300, perRater: 15, times: true, values: true, seed: 11}.table(t)
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
	at := func(u, i int) int32 { return int32((2+4*i)*day + 40*u) } // within ten minutes
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
	if groups := judgedAs(t, news, group); len(groups) > 0 {
		t.Error("the null leaves a group of those who turned to the news as others did")
	}
	for _, c := range []struct {
		name, explanation string
		holds             bool
		tab               *rating.Table
	}{
		{"a smear", "shared condemnation", false, put(ring, crowd, targets, 1, later)},
		{"a scam that all condemn", "shared condemnation", true, put(unknown, crowd, targets, 0, later)},
		{"one who pushes some works of an author", "one author's fans", false, authors(put(base, group, targets, 1, at), one)},
		{"fans of all works of an author", "one author's fans", true, authors(fans, one)},
		{"targets of many authors", "one author's fans", false, authors(ring, func(i int32) int32 { return i })},
		{"items that nobody else knows", "shared condemnation", false, unknown},
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
}

// A judged is a group that was weighed as it stands, by a refiner.
type judged struct {
	*group
	by *refiner
}

func judgedAs(t *testing.T, tab *rating.Table, raters []int32) (all []judged) {
	t.Helper()
	e, err := newEngine(t.Context(), Input{Ratings: tab})
	if err != nil {
		t.Fatal(err)
	}
	r := newRefiner(e.acts, e.null, e.ballots)
	for _, g := range r.finish(&group{raters: raters}, splitDepth) {
		all = append(all, judged{g, r})
	}
	r.mark(raters, outside)
	return all
}

// innocent judges a group as it stands and returns one explanation of it.
func innocent(t *testing.T, tab *rating.Table, raters []int32, name string) Explanation {
	t.Helper()
	groups := judgedAs(t, tab, raters)
	if len(groups) != 1 {
		t.Fatalf("%d groups", len(groups))
	}
	var ring Ring
	var all []int
	for j := range groups[0].raters {
		all = append(all, j)
	}
	groups[0].by.describe(&ring, groups[0].group, all)
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
	tab := world{raters: 60, items: 80, perRater: 12, times: true, values: true, seed: 5}.table(t)
	for k := range tab.Time {
		tab.Time[k] = tab.Time[k] / 400 * 60 // dense
	}
	e, err := newEngine(t.Context(), Input{Ratings: tab})
	if err != nil {
		t.Fatal(err)
	}
	r := newRefiner(e.acts, e.null, e.ballots)
	var raters []int32
	for u := range int32(12) {
		raters = append(raters, u)
	}
	yes := func(int32) bool { return true }
	company := 0
	for _, s := range r.sessions(raters, yes) {
		last, want := s.start, false
		for _, k := range r.actsOf(s.rater) {
			if r.time[k] < s.start || r.time[k]-last > syncSeconds {
				continue
			}
			last = r.time[k]
			for _, u := range raters {
				for _, o := range r.actsOf(u) {
					want = want || u != s.rater && max(r.time[o]-r.time[k], r.time[k]-r.time[o]) <= syncSeconds
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
