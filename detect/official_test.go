package detect

import (
	"bytes"
	"context"
	"runtime"
	"slices"
	"testing"

	"github.com/ringwatch/ringwatch/detect/internal/ringtest"
)

// TestOfficialGroupsAreStable: in data in which both methods find groups, the
// order of rows and the number of processors change nothing.
func TestOfficialGroupsAreStable(t *testing.T) {
	for d, perRater := range map[Detector]int{NewPostSelection(): 4, NewQuasiClique(): 150} {
		tab := ringtest.World{Raters: 80, Items: 250, PerRater: perRater, Times: true, Values: true, Rings: 2,
			Seed: 5}.Table(t)
		want := find(t, d, tab)
		if len(want.Rings) == 0 {
			t.Errorf("%s finds nothing: this test shows too little", d.Name())
		}
		for _, r := range want.Rings {
			if !r.Official || r.P != 1 || r.Q != 1 || len(r.Evidence[0].Rows) == 0 || len(r.Items) == 0 ||
				len(r.Members) != len(r.Raters) {
				t.Errorf("%s: %+v", d.Name(), r)
			}
		}
		old := runtime.GOMAXPROCS(1)
		other := ringtest.Shuffled(tab, 4)
		got := find(t, d, other)
		runtime.GOMAXPROCS(old)
		if !bytes.Equal(written(t, got, other), written(t, want, tab)) {
			t.Errorf("%s: other groups with the rows shuffled and one processor: %s, %s",
				d.Name(), members(got), members(want))
		}
	}
}

// TestOfficialStandsBeside: what is asked for by name is added to what the
// judge lets through, and changes nothing of it.
func TestOfficialStandsBeside(t *testing.T) {
	tab := ringtest.World{Raters: 80, Items: 250, PerRater: 150, Times: true, Values: true, Rings: 2, Seed: 5}.Table(t)
	in := Input{Ratings: tab, Seed: 1}
	judged, err := Run(context.Background(), in, []Detector{NewGroup()})
	if err != nil {
		t.Fatal(err)
	}
	both, err := Run(context.Background(), in, []Detector{NewQuasiClique(), NewGroup(), NewPostSelection()})
	if err != nil {
		t.Fatal(err)
	}
	if len(both.Rings) <= len(judged.Rings) ||
		!slices.Equal(both.Detectors, []string{"group", "quasiclique", "postselection"}) {
		t.Errorf("%d rings by %v, %d by the judge alone", len(both.Rings), both.Detectors, len(judged.Rings))
	}
	for i, r := range judged.Rings {
		if !slices.Equal(r.Raters, both.Rings[i].Raters) || both.Rings[i].Official || both.Rings[i].Q != r.Q {
			t.Errorf("ring %d is another beside official ones", i)
		}
	}
}
