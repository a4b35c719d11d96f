package communitynotes

import (
	"context"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/scoring/internal/scoretest"
)

// An official is what a whole run of X's own code wrote, by note.
type official struct {
	column map[string]int
	rows   map[string][]string
}

func readOfficial(t *testing.T, run string) *official {
	rows := scoretest.GoldenLines(t, "../F3/"+run+"/scored_notes.tsv.gz")
	o := &official{make(map[string]int), make(map[string][]string)}
	for k, name := range rows[0] {
		o.column[name] = k
	}
	for _, row := range rows[1:] {
		o.rows[row[0]] = row
	}
	return o
}

// cell is empty where X's files have no such column.
func (o *official) cell(note, column string) string {
	if k, ok := o.column[column]; ok {
		return o.rows[note][k]
	}
	return ""
}

// decided is the model or rule that decided, without its version.
func (o *official) decided(note string) string {
	name, _, _ := strings.Cut(o.cell(note, "decidedBy"), " (")
	return name
}

// TestOfficialRuns holds the scorer against whole runs of X's code, of August and of
// July: it may differ from one no more than X's own run does under another seed.
func TestOfficialRuns(t *testing.T) {
	if os.Getenv("RINGWATCH_LONG") == "" {
		t.Skip("takes 20 s; RINGWATCH_LONG=1 runs it")
	}
	august := readOfficial(t, "d87dfac-seed1")
	other := readOfficial(t, "d87dfac-seed2")
	july := readOfficial(t, "273c895-seed1")
	table, _, err := rating.Read(context.Background(), []string{scoretest.Golden("../F3/input")},
		rating.ReadOptions{Notes: true, Texts: true})
	if err != nil {
		t.Fatal(err)
	}
	// What X's code differs by from itself, seed 1 against seed 2.
	const status, decided = 15, 35
	for _, c := range []struct {
		asOf string
		runs []*official
	}{{August, []*official{august, other}}, {July, []*official{july}}} {
		s := New()
		s.AsOf = c.asOf
		r := tell(t, s, scoring.Input{Ratings: table})
		for k, o := range c.runs {
			differ, by := 0, 0
			ours, theirs := map[string]int{}, map[string]int{}
			for n := range table.Items.Len() {
				note := table.Items.Name(int32(n))
				if r.Official[n] != o.cell(note, "finalRatingStatus") {
					differ++
				}
				want := strings.TrimPrefix(o.decided(note), "Meta")
				if r.DecidedBy[n] != want {
					by++
				}
				ours[r.DecidedBy[n]]++
				theirs[want]++
			}
			t.Logf("as of %s, run %d: %d statuses and %d deciding rules of %d differ",
				c.asOf, k+1, differ, by, table.Items.Len())
			if differ > status || by > decided {
				t.Errorf("as of %s, run %d: %d statuses differ, %d deciding rules; X's own differs by %d and %d",
					c.asOf, k+1, differ, by, status, decided)
			}
			names := make(map[string]bool)
			for name := range ours {
				names[name] = true
			}
			for name := range theirs {
				names[name] = true
			}
			for _, name := range slices.Sorted(maps.Keys(names)) {
				t.Logf("  %-32s %4d here, %4d X's", name, ours[name], theirs[name])
			}
		}
		compareModels(t, r, table, c.runs[0])
	}
}

// compareModels tells how near the scores of each model are. Gaussian ones jump
// where a point of the axis loses its last rater: they are held to a share.
func compareModels(t *testing.T, r *told, table *rating.Table, o *official) {
	for _, c := range []struct {
		prefix, model string
		within        float64
		share         float64
	}{
		{"core", "CoreModel", .06, .98},
		{"expansion", "ExpansionModel", .06, .98},
		{"gaussian", "GaussianModel", .05, .95},
		{"gaussianCoreWithTopics", "GaussianCoreWithTopicsModel", .05, .95},
		{"gaussianExpansion", "GaussianExpansionModel", .05, .95},
		{"group", "GroupModel21", .05, .93},
	} {
		at := slices.IndexFunc(r.Models, func(m Model) bool { return m.Name == c.model })
		if at < 0 || o.column[c.prefix+"NoteIntercept"] == 0 {
			continue
		}
		m := &r.Models[at]
		both, near, status, kept := 0, 0, 0, 0
		sampled := [2]int{}
		for n := range table.Items.Len() {
			note := table.Items.Name(int32(n))
			if c.prefix == "group" && strings.TrimSuffix(o.cell(note, "modelingGroup"), ".0") != "21" {
				continue
			}
			x, err := strconv.ParseFloat(o.cell(note, c.prefix+"NoteIntercept"), 64)
			mine := float64(m.ItemIntercept[n])
			if (err == nil) != !math.IsNaN(mine) {
				kept++
				continue
			}
			if err != nil {
				continue
			}
			both++
			if math.Abs(x-mine) <= c.within {
				near++
			}
			if y, err := strconv.ParseFloat(o.cell(note, c.prefix+"NoteInterceptPopulationSampled"), 64); err == nil {
				sampled[0]++
				if math.Abs(y-float64(m.Sampled[n])) <= c.within {
					sampled[1]++
				}
			}
			if m.Official(n) != o.cell(note, c.prefix+"RatingStatus") {
				status++
			}
		}
		t.Logf("  %s: %d scores of both, %d within %v; %d on one side only; %d statuses differ; %d by the sample, "+
			"%d within", c.model, both, near, c.within, kept, status, sampled[0], sampled[1])
		if both == 0 || float64(near) < c.share*float64(both) {
			t.Errorf("%s: %d of %d scores are within %v", c.model, near, both, c.within)
		}
	}
}
