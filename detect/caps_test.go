package detect

import (
	"context"
	"strings"
	"testing"

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
