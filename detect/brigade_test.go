package detect

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ringwatch/ringwatch/rating"
)

// TestABrigadeChangesNobodysVerdict: accounts that vote as one on some items of real
// data are a ring, and for nobody else does anything change.
func TestABrigadeChangesNobodysVerdict(t *testing.T) {
	if !long() {
		t.Skip("one of the longer checks")
	}
	file := filepath.Join("..", "..", "shared", "data", "birdwatch_2021", "ratings.csv.gz")
	if _, err := os.Stat(file); err != nil {
		t.Skip("the ratings of Birdwatch 2021 are not here")
	}
	tab, _, err := rating.Read(context.Background(), []string{file}, rating.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ringsOf := func(tab *rating.Table) []int32 {
		f, err := Run(context.Background(), Input{Ratings: tab, Seed: 1}, Usual())
		if err != nil {
			t.Fatal(err)
		}
		return inRings(f)
	}
	const accounts, targets = 12, 10
	n := tab.Raters.Len()
	attacked := grown(tab, 0, 0, func(g *rating.Table) {
		g.Raters = rating.Numbered("r", n+accounts)
		g.Items = tab.Items
		for target := range targets {
			row := (2*target + 1) * tab.Len() / (2 * targets)
			value := g.Scale.Max
			if target%2 == 0 {
				value = g.Scale.Min
			}
			for a := range accounts {
				g.Append(int32(n+a), tab.Item[row], float32(value), tab.Time[row]+int32(300*((5*a+7*target)%accounts)))
			}
		}
	})
	want := ringsOf(tab)
	for a := range accounts {
		want = append(want, int32(n+a))
	}
	if got := ringsOf(attacked); !slices.Equal(got, want) {
		t.Errorf("in rings are %v, want %v", got, want)
	}
}
