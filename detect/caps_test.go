package detect

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/detect/internal/judge"
	"github.com/ringwatch/ringwatch/detect/internal/ringtest"
	"github.com/ringwatch/ringwatch/detect/internal/search"
	"github.com/ringwatch/ringwatch/internal/workers"
	"github.com/ringwatch/ringwatch/rating"
)

// TestCapsAreTold: what a cap leaves out, the user is told.
func TestCapsAreTold(t *testing.T) {
	table := &rating.Table{Raters: rating.Numbered("r", 300), Items: rating.Numbered("i", 3),
		Scale: rating.Scale{Min: 0, Max: 1}}
	for u := range int32(300) {
		table.Append(u, 0, float32(u%2), 50*u) // hot, 12 on either side within ten minutes
		table.Append(u, 1+u%2, float32(u%2), 100*u)
	}
	f, err := Run(context.Background(), Input{Ratings: table}, []Detector{&Group{Neighbors: 3, MostActs: 1}})
	if err != nil {
		t.Fatal(err)
	}
	told := strings.Join(f.Warnings, "\n")
	for _, want := range []string{"75% of the meetings within ten minutes on those items were left out",
		"300 raters with more than 1 ratings each, 100.0% of all ratings, were left out"} {
		if !strings.Contains(told, want) {
			t.Errorf("the warnings are\n%s\nwithout %q", told, want)
		}
	}
}

func TestPercent(t *testing.T) {
	for share, want := range map[float64]string{
		.00123: "0.12%", .75: "75%", .9949: "99%", .99873: "99.87%", 1: "100%",
	} {
		if got := percent(share); got != want {
			t.Errorf("%v is %s, want %s", share, got, want)
		}
	}
}

// proposes is a detector that proposes one group.
type proposes []int32

func (d proposes) Name() string { return "proposes" }
func (d proposes) Doc() Doc     { return Doc{Summary: "one group"} }
func (d proposes) Detect(ctx context.Context, p *Pass) error {
	return p.Propose(ctx, ByActs{d})
}

// TestTooLargeIsTold: the user is told of groups that are too large to be judged.
func TestTooLargeIsTold(t *testing.T) {
	tab := ringtest.World{Raters: judge.MostMembers + 50, Items: 40, PerRater: 3, Values: true, Seed: 2}.Table(t)
	all := make(proposes, judge.MostMembers+1)
	for u := range all {
		all[u] = int32(u)
	}
	f, err := Run(t.Context(), Input{Ratings: tab}, []Detector{all})
	if err != nil {
		t.Fatal(err)
	}
	told := strings.Join(f.Warnings, "\n")
	if !strings.Contains(told, "1 group grew beyond 3000 raters and was not judged") {
		t.Errorf("the warnings are %q", told)
	}
}

// TestCapsOfDetectorsAreTold: each cap of a detector, lowered, leaves something out,
// and says so.
func TestCapsOfDetectorsAreTold(t *testing.T) {
	ringed := ringtest.World{Raters: 80, Items: 250, PerRater: 150, Times: true, Values: true, Rings: 2,
		Seed: 5}.Table(t)
	crowd := shape(t, "votes and times")
	hot := ringtest.World{Raters: 600, Items: 5, PerRater: 3, Times: true, Values: true, Seed: 1}.Table(t)
	clique, dense, wide := NewQuasiClique(), NewDense(), NewDense()
	lockstep, newcomers, authors := NewLockstep(), NewNewcomers(), NewAuthors()
	embed := NewEmbed()
	clique.MaxRaters, dense.MaxItems, dense.MaxBlocks = 5, 2, 1
	wide.MostActs, lockstep.Neighbors, authors.MaxSeeds = 10, 1, 0
	embed.MaxRaters = 100
	lockstep.MaxSeeds = 1
	for _, tc := range []struct {
		tab  *rating.Table
		d    Detector
		told []string
	}{
		{ringed, clique, []string{"groups grow no more once they had taken in 5 raters (option max-raters)"}},
		{crowd, dense, []string{"others that stand out most (option max-items)", "dense proposed 1 of "}},
		{crowd, wide, []string{"raters with more than 10 ratings each",
			"left out of the search of dense (option most-acts)"}},
		{hot, NewDense(), []string{"items with more than 250 ratings each", "left out of the search of dense"}},
		{hot, newcomers, []string{"items with more than 250 ratings each", "left out of the search of newcomers"}},
		{hot, lockstep, []string{"lockstep compared", "with the 1 before and the 1 after", "(option neighbors)"}},
		{shape(t, "authors"), authors, []string{"authors proposed the first 0 of"}},
		{crowd, embed, []string{"embed looked only at the most active raters: "}},
	} {
		told := strings.Join(find(t, tc.d, tc.tab).Warnings, "\n")
		for _, want := range tc.told {
			if !strings.Contains(told, want) {
				t.Errorf("%s: the warnings are\n%s\nwithout %q", tc.d.Name(), told, want)
			}
		}
	}
}

// TestEqualsAreCapped: of more raters than are embedded, all with the least number of ratings, none is.
func TestEqualsAreCapped(t *testing.T) {
	d := NewEmbed()
	d.MaxRaters = 100
	tab := &rating.Table{Raters: rating.Numbered("r", 150), Items: rating.Numbered("i", 40),
		Scale: rating.Scale{Max: 1}}
	for u := range int32(150) {
		for k := range int32(d.MinActs) {
			tab.Append(u, (7*u+k)%40, float32((u+k)%2), 1000*u+k)
		}
	}
	told := strings.Join(find(t, d, tab).Warnings, "\n")
	if !strings.Contains(told, "embed looked only at the most active raters: 0 raters with 6 ratings or more") {
		t.Errorf("the warnings are %q", told)
	}
}

// TestManyTargetsAreTold: a ring on more items than are looked at is said to be.
func TestManyTargetsAreTold(t *testing.T) {
	tab := &rating.Table{Raters: rating.Numbered("r", 200), Items: rating.Numbered("i", 700),
		Scale: rating.Scale{Max: 1}}
	for u := range int32(200) {
		for k := range int32(20) {
			tab.Append(u, (u*37+k*k*11+k*53)%500, float32((u+k)%2), u*1000+k*5000)
		}
	}
	for u := range int32(10) {
		for i := range int32(judge.MostTargets + 20) {
			tab.Append(u, 500+i, 1, 2_000_000+i*3000+u)
		}
	}
	f := find(t, NewGroup(), tab)
	told := strings.Join(f.Warnings, "\n")
	if len(f.Rings) != 1 || !strings.Contains(told,
		"rings that share more than 100 items were judged on the 100 that tell most about who is in them: 1 of 1") {
		t.Errorf("%d rings, and the warnings are %q", len(f.Rings), told)
	}
}

// TestCostlyGroupsAreTold: where groups would ask too much of everybody, the rest of them
// is left out, and the user is told.
func TestCostlyGroupsAreTold(t *testing.T) {
	tab := ringtest.World{Raters: 400, Items: 300, PerRater: 5, Times: true, Values: true, Rings: 20, Seed: 2}.Table(t)
	var seeds [][]int32
	for u := int32(400 - 20*ringtest.RingSize); u < 400; u += ringtest.RingSize {
		seeds = append(seeds, []int32{u, u + 1, u + 2, u + 3, u + 4, u + 5})
	}
	for _, most := range []int{0, 1 << 40} {
		e, err := newEngine(t.Context(), Input{Ratings: tab})
		if err != nil {
			t.Fatal(err)
		}
		if e.mostAsked != leastAsked {
			t.Errorf("a small table may ask %d", e.mostAsked)
		}
		e.mostAsked = most
		if err := e.propose(t.Context(), "test", seeds); err != nil {
			t.Fatal(err)
		}
		e.mostTurns = most
		turns := make([]search.Turns, len(seeds))
		for at, s := range seeds {
			turns[at] = search.Turns{Raters: s, Width: 3600}
		}
		e.judged, e.of = nil, map[int32][]int{}
		if err := e.proposeTurns(t.Context(), "test", turns); err != nil {
			t.Fatal(err)
		}
		told := strings.Join(e.warnings, "\n")
		if (most == 0) != strings.Contains(told, "that may take turns unjudged") {
			t.Errorf("with %d the warnings of turns are %q", most, told)
		}
		if (most == 0) != strings.Contains(told, "of its 20 groups unjudged: so many raters share the items") {
			t.Errorf("with %d the warnings are %q", most, told)
		}
	}
}

// TestUnaskedStabilityIsTold: rings of which it was not asked whether they are there without
// a tenth of the data are in doubt, and say why; those that are far beyond the bars need no run.
func TestUnaskedStabilityIsTold(t *testing.T) {
	tab := ringtest.World{Raters: 400, Items: 300, PerRater: 5, Times: true, Values: true, Rings: 20, Seed: 2}.Table(t)
	var seeds [][]int32
	for u := int32(400 - 20*ringtest.RingSize); u < 400; u += ringtest.RingSize {
		seeds = append(seeds, []int32{u, u + 1, u + 2, u + 3, u + 4, u + 5})
	}
	doubted := map[int]int{}
	for _, most := range []int{0, 20, runsAsked} {
		e, err := newEngine(t.Context(), Input{Ratings: tab})
		if err != nil {
			t.Fatal(err)
		}
		if e.mostRuns != runsAsked {
			t.Errorf("%d runs are asked", e.mostRuns)
		}
		e.mostRuns = most
		if err := e.propose(t.Context(), "test", seeds); err != nil {
			t.Fatal(err)
		}
		f := e.findings(t.Context())
		for _, r := range f.Rings {
			for _, x := range r.Innocent {
				if strings.HasPrefix(x.Because, "cannot be told, as whether it is there without a tenth of the data") {
					if doubted[most]++; !r.Doubtful() {
						t.Errorf("a ring without doubt: %+v", x)
					}
				}
			}
		}
		told := fmt.Sprintf("a bound on the cost: %d of %d", doubted[most], len(f.Rings))
		if all := strings.Join(f.Warnings, "\n"); strings.Contains(all, told) != (doubted[most] > 0) {
			t.Errorf("with %d the warnings are %q, without %q", most, all, told)
		}
	}
	if doubted[runsAsked] != 0 || doubted[20] == 0 || doubted[0] <= doubted[20] {
		t.Errorf("by runs, not asked: %v", doubted)
	}
}

// panics is a detector with a fault.
type panics struct{}

func (panics) Name() string { return "panics" }
func (panics) Doc() Doc     { return Doc{Summary: "a fault"} }
func (panics) Detect(ctx context.Context, p *Pass) error {
	return p.Propose(ctx, ByActs{{-1, 2, 3}}) // no rater has this number
}

// TestAPanicInAWorkerReachesTheCaller, who can guard against it.
func TestAPanicInAWorkerReachesTheCaller(t *testing.T) {
	defer func() {
		if p, ok := recover().(*workers.Panic); !ok || !strings.Contains(p.Error(), "out of range") {
			t.Errorf("recovered %v", p)
		}
	}()
	Run(t.Context(), Input{Ratings: shape(t, "no times")}, []Detector{panics{}})
	t.Error("it returned")
}
