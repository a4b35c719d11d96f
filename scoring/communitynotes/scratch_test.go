package communitynotes_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/scoring/communitynotes"
	"github.com/ringwatch/ringwatch/simulate"
)

// TestGivesBack: files that a model is fitted in are gone once it was.
func TestGivesBack(t *testing.T) {
	o := simulate.NewOrganic()
	o.Raters, o.Items, o.Ratings, o.Notes = 200, 60, 3000, true
	w, err := o.Generate(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	w.Publish()
	for _, s := range []scoring.Scorer{communitynotes.NewCore(), communitynotes.New()} {
		dir := t.TempDir()
		in := scoring.Input{Ratings: w.Ratings, Scratch: scoring.NewScratch(dir)}
		r, err := s.Score(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(r.Status, scoring.NotHelpful) {
			t.Fatalf("%s: nobody is left in the last fit", s.Name())
		}
		maps, err := os.ReadFile("/proc/self/maps")
		if err != nil {
			t.Skip("this system does not tell what is mapped")
		}
		if left := strings.Count(string(maps), dir); left > 0 {
			t.Errorf("%s: %d files are still mapped", s.Name(), left)
		}
		if err := in.Scratch.Close(); err != nil {
			t.Error(err)
		}
	}
}
