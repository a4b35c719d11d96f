package detect

import (
	"context"
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/detect/internal/judge"
	"github.com/ringwatch/ringwatch/detect/internal/ringtest"
	"github.com/ringwatch/ringwatch/internal/workers"
	"github.com/ringwatch/ringwatch/rating"
)

// TestCapsAreTold: what a cap leaves out, the user is told.
func TestCapsAreTold(t *testing.T) {
	table := &rating.Table{Raters: rating.Numbered("r", 300), Items: rating.Numbered("i", 3), Scale: rating.Scale{Min: 0, Max: 1}}
	for u := range int32(300) {
		table.Append(u, 0, float32(u%2), 50*u) // hot, 12 on either side within ten minutes
		table.Append(u, 1+u%2, float32(u%2), 100*u)
	}
	f, err := Run(context.Background(), Input{Ratings: table}, []Detector{&Group{Neighbors: 3, MostActs: 1}})
	if err != nil {
		t.Fatal(err)
	}
	told := strings.Join(f.Warnings, "\n")
	for _, want := range []string{"75% of the meetings within ten minutes on those items were left out", "300 raters with more than 1 ratings each, 100.0% of all ratings, were left out"} {
		if !strings.Contains(told, want) {
			t.Errorf("the warnings are\n%s\nwithout %q", told, want)
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
	if told := strings.Join(f.Warnings, "\n"); !strings.Contains(told, "1 group grew beyond 3000 raters and was not judged") {
		t.Errorf("the warnings are %q", told)
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
	Run(t.Context(), Input{Ratings: shapes["no times"].Table(t)}, []Detector{panics{}})
	t.Error("it returned")
}
