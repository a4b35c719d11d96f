package communitynotes

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/scoring/internal/fit"
	"github.com/ringwatch/ringwatch/scoring/internal/scoretest"
)

// run does what Score does, and keeps what it did.
func run(t testing.TB, s *Core, in scoring.Input) (*notesRun, *told) {
	t.Helper()
	n, r, err := s.run(context.Background(), &in, core)
	if err != nil {
		t.Fatal(err)
	}
	return n, r
}

// goldenColumn calls do with each cell of a column whose row is one of names.
func goldenColumn(t testing.TB, file, column string, names *rating.Names, do func(k int32, text string)) {
	t.Helper()
	at := map[string]int{}
	for i, row := range scoretest.GoldenLines(t, file) {
		if i == 0 {
			for c, name := range row {
				at[name] = c
			}
			continue
		}
		id, ok := at["noteId"]
		if !ok {
			id = at["raterParticipantId"]
		}
		if k, ok := names.Find(row[id]); ok {
			do(k, row[at[column]])
		}
	}
}

// An agreement is how far numbers are from the official ones.
type agreement struct {
	both, one                  int // entities of which both, or only one, have a number
	worst                      float64
	sum                        float64
	x, y, squareX, squareY, xy float64
}

func (a *agreement) add(got, want float64) {
	if math.IsNaN(got) || math.IsNaN(want) {
		if math.IsNaN(got) != math.IsNaN(want) {
			a.one++
		}
		return
	}
	a.both++
	a.worst, a.sum = max(a.worst, math.Abs(got-want)), a.sum+math.Abs(got-want)
	a.x, a.y, a.xy = a.x+got, a.y+want, a.xy+got*want
	a.squareX, a.squareY = a.squareX+got*got, a.squareY+want*want
}

func (a *agreement) correlation() float64 {
	n := float64(a.both)
	return (a.xy - a.x*a.y/n) / math.Sqrt((a.squareX-a.x*a.x/n)*(a.squareY-a.y*a.y/n))
}

// TestNotesCoreStages compares what the steps make with what the official
// scorer does at seed 1. Its own seeds 2 and 3 are up to 0.054 from it on final
// intercepts and differ on 8 and 2 of 1670 people above the threshold.
func TestNotesCoreStages(t *testing.T) {
	n, r := run(t, NewCore(), scoring.Input{Ratings: scoretest.GoldenNotes(t)})
	fitted := func(s *fit.Side, x func(k int32) float64) func(k int32) float64 {
		return func(k int32) float64 {
			if s.Count(k) == 0 {
				return math.NaN()
			}
			return x(k)
		}
	}
	of := func(x []float32) func(k int32) float64 { return func(k int32) float64 { return float64(x[k]) } }
	b := func(p []fit.Pair) func(k int32) float64 { return func(k int32) float64 { return p[k].B } }
	f := func(p []fit.Pair) func(k int32) float64 { return func(k int32) float64 { return p[k].F } }
	last, _ := n.finalRatings(func(int) bool { return true })
	items := n.fitItems(last, n.mu, n.perItem)
	faults, _ := n.faults(last, items)
	quiet, _ := n.without(n.highVolume())
	apart, _ := n.without(make([]bool, n.t.Raters.Len()))
	sampled, _ := n.sampledRatings()
	sampledItems := n.fitItems(sampled, n.mu, sampledRidge)
	harassment, _ := n.harassment(n.record())
	low, _ := n.finalDiligence(last)
	for _, c := range []struct {
		file, column string
		names        *rating.Names
		get          func(k int32) float64
		one          int
		worst        float64
		correlation  float64
	}{
		{"core/r1_scored_notes", "numRatings", n.t.Items,
			func(k int32) float64 { return float64(n.ratings[k]) }, 0, 0, 1},
		{"core/r1_notes", "internalNoteIntercept", n.t.Items, fitted(&n.first.Items, b(n.firstItems)),
			0, 0.005, 0.9999},
		{"core/r1_notes", "internalNoteFactor1", n.t.Items, fitted(&n.first.Items, f(n.firstItems)), 0, 0.02, 0.9999},
		{"core/r1_raters", "internalRaterIntercept", n.t.Raters, fitted(&n.first.Raters, b(n.firstRaters)),
			0, 0.01, 0.9999},
		{"core/r1_raters", "internalRaterFactor1", n.t.Raters, fitted(&n.first.Raters, f(n.firstRaters)),
			0, 0.02, 0.9999},
		{"core/helpfulness", "raterAgreeRatio", n.t.Raters, of(r.Rater), 0, 1e-6, 1},
		{"core/helpfulness", "crhCrnhRatioDifference", n.t.Raters, of(r.Models[0].Written[0]), 0, 1e-6, 1},
		{"core/helpfulness", "meanNoteScore", n.t.Raters, of(r.Models[0].Written[1]), 0, 0.005, 0.9999},
		{"core/r2_prescoring_notes", "harassmentNoteIntercept", n.t.Items, func(k int32) float64 {
			if harassment[k] == 0 {
				return math.NaN()
			}
			return harassment[k]
		}, 0, 0.6, 0.99},
		{"core/r2_prescoring_notes", "internalNoteIntercept", n.t.Items, fitted(&n.second.Items, b(n.secondItems)),
			0, 0.03, 0.999},
		{"core/r2_prescoring_notes", "internalNoteFactor1", n.t.Items, fitted(&n.second.Items, f(n.secondItems)),
			0, 0.06, 0.999},
		{"core/r2_prescoring_raters", "internalRaterIntercept", n.t.Raters, of(r.RaterIntercept), 8, 0.02, 0.999},
		{"core/r2_prescoring_raters", "internalRaterFactor1", n.t.Raters, of(r.RaterFactor), 8, 0.03, 0.999},
		{"core/r2_prescoring_raters", "lowDiligenceRaterReputation", n.t.Raters,
			fitted(&n.second.Raters, func(k int32) float64 { return n.diligence.second.At[fit.RaterR][k] }), 8, 0.6,
			0.95},
		{"core-pseudoraters/final_scored_notes", "coreNoteIntercept", n.t.Items, of(r.ItemIntercept), 0, 0.03, 0.999},
		{"core-pseudoraters/final_scored_notes", "coreNoteFactor1", n.t.Items, of(r.ItemFactor), 0, 0.06, 0.999},
		{"core-pseudoraters/final_scored_notes", "coreNoteInterceptMax", n.t.Items, of(r.ItemBound), 0, 0.03, 0.999},
		{"core/final_scored_notes", "coreNoteInterceptNoHighVol", n.t.Items, quiet, 0, 0.03, 0.999},
		{"core/final_scored_notes", "coreNoteInterceptNoCorrelated", n.t.Items, apart, 0, 0.03, 0.999},
		{"core/final_scored_notes", "coreNoteInterceptPopulationSampled",
			n.t.Items, fitted(&sampled.Items, b(sampledItems)), 10, 0.05, 0.999},
		{"core/final_aux_note_info", "ratingWeight", n.t.Items,
			fitted(&last.Items, func(k int32) float64 { return faults.counts[k].weight }), 0, 1, 0.999},
		{"core/final_aux_note_info", "notHelpfulMissingKeyPointsAdjusted", n.t.Items,
			fitted(&last.Items, func(k int32) float64 { return faults.counts[k].tag[4] }), 0, 1, 0.999},
		{"core/final_aux_note_info", "p_incorrect_user_interval", n.t.Items, func(k int32) float64 {
			if faults.wrong[k].voters == 0 {
				return math.NaN()
			}
			return faults.wrong[k].habit
		}, 10, 1, 0.999},
		{"core/final_aux_note_info", "lowDiligenceIntercept", n.t.Items,
			fitted(&last.Items, func(k int32) float64 { return low[k] }), 0, 0.5, 0.97},
	} {
		var a agreement
		goldenColumn(t, c.file+".tsv.gz", c.column, c.names, func(k int32, text string) {
			want := math.NaN()
			if text != "" {
				want = scoretest.Number(t, text)
			}
			a.add(c.get(k), want)
		})
		t.Logf("%s %s: %d, %d on one side only, farthest %.4f, mean %.5f, correlation %.6f",
			c.file, c.column, a.both, a.one, a.worst, a.sum/float64(a.both), a.correlation())
		if a.both < 150 || a.one > c.one || a.worst > c.worst || !(a.correlation() >= c.correlation-1e-12) {
			t.Errorf("%s %s: beyond the tolerance", c.file, c.column)
		}
	}
	above := 0
	goldenColumn(t, "core/helpfulness.tsv.gz", "aboveHelpfulnessThreshold", n.t.Raters, func(k int32, text string) {
		if (text == "True") != r.RaterHelpful[k] {
			above++
		}
	})
	t.Logf("%d raters on the other side of the helpfulness threshold", above)
	if above > 8 {
		t.Errorf("%d raters on the other side of the helpfulness threshold", above)
	}
}

// TestNotesCoreStatus: the official scorer changes 13 and 5 of 1,000 statuses
// against itself under two other seeds.
func TestNotesCoreStatus(t *testing.T) {
	table := scoretest.GoldenNotes(t)
	for _, c := range []struct {
		folder string
		bounds bool
	}{{"core", false}, {"core-pseudoraters", true}, {"core-seed2", false}, {"core-seed3", false}} {
		s := NewCore()
		s.Bounds = c.bounds
		r := tell(t, s, scoring.Input{Ratings: table})
		file := c.folder + "/final_scored_notes.tsv.gz"
		official := map[int32][2]float64{}
		goldenColumn(t, file, "coreNoteIntercept", table.Items,
			func(k int32, text string) { official[k] = [2]float64{scoretest.Number(t, text)} })
		goldenColumn(t, file, "coreNoteFactor1", table.Items, func(k int32, text string) {
			official[k] = [2]float64{official[k][0], scoretest.Number(t, text)}
		})
		differ, differRules := 0, 0
		goldenColumn(t, file, "coreActiveRules", table.Items, func(k int32, text string) {
			got := r.Rules[k].String()
			want := strings.TrimPrefix(strings.ReplaceAll(text, " (v1.0)", "")+",", "InitialNMR,")
			if got != strings.TrimSuffix(want, ",") {
				differRules++
			}
		})
		goldenColumn(t, file, "coreRatingStatus", table.Items, func(k int32, text string) {
			got := r.Rules[k].Official()
			if got == text {
				return
			}
			differ++
			i, f := official[k][0], math.Abs(official[k][1])
			near := math.Inf(1)
			for _, at := range []float64{s.HelpfulAt, s.HelpfulAt - s.Inertia, s.RejectAt,
				s.NotHelpfulAt - s.NotHelpfulSlope*f, s.NoNoteAt, s.BoundAt} {
				near = min(near, math.Abs(i-at))
			}
			t.Logf("%s: %s is %s (%s), officially %s at %.4f", c.folder, table.Items.Name(k), got, r.Rules[k], text, i)
			if near > 0.05 && c.folder != "core-seed2" { // which is as far from the official seed 1
				t.Errorf("%s: %s is %s, officially %s, %.3f from any threshold",
					c.folder, table.Items.Name(k), got, text, near)
			}
		})
		t.Logf("%s: %d of 1000 statuses differ, %d sets of rules", c.folder, differ, differRules)
		if differ > 13 {
			t.Errorf("%s: %d of 1000 statuses differ", c.folder, differ)
		}
	}
}

// TestNotesCoreFinalFit gives the last fit the official parameters of raters.
func TestNotesCoreFinalFit(t *testing.T) {
	table := scoretest.GoldenNotes(t)
	in := scoring.Input{Ratings: table}
	n := &notesRun{Core: NewCore(), notesModel: core, ctx: context.Background(), in: &in, t: table}
	n.findScope()
	n.raters = make([]fit.Pair, table.Raters.Len())
	for _, c := range []struct {
		column string
		to     func(p *fit.Pair) *float64
	}{{"internalRaterIntercept", func(p *fit.Pair) *float64 { return &p.B }},
		{"internalRaterFactor1", func(p *fit.Pair) *float64 { return &p.F }}} {
		goldenColumn(t, "core/r2_prescoring_raters.tsv.gz", c.column, table.Raters, func(k int32, text string) {
			if text != "" {
				*c.to(&n.raters[k]) = scoretest.Number(t, text)
			}
		})
	}
	n.second, _ = n.matrix(func(k int) (float32, bool) { return 0, n.raters[table.Rater[k]] != fit.Pair{} })
	m, _ := n.finalRatings(func(int) bool { return true })
	items := n.fitItems(m, 0.13844162225723267, 44503.0/998)
	for _, c := range []struct {
		file, column string
		tolerance    float64
		get          func(p fit.Pair) float64
	}{
		{"core/final_closed_form_NOT_official.tsv.gz", "cfIntercept", 1e-6, func(p fit.Pair) float64 { return p.B }},
		{"core/final_closed_form_NOT_official.tsv.gz", "cfFactor", 1e-6, func(p fit.Pair) float64 { return p.F }},
		{"core/final_scored_notes.tsv.gz", "coreNoteIntercept", 3e-3, func(p fit.Pair) float64 { return p.B }},
		{"core/final_scored_notes.tsv.gz", "coreNoteFactor1", 5e-3, func(p fit.Pair) float64 { return p.F }},
	} {
		var a agreement
		goldenColumn(t, c.file, c.column, table.Items,
			func(k int32, text string) { a.add(c.get(items[k]), scoretest.Number(t, text)) })
		t.Logf("%s: farthest %.2g of %d", c.column, a.worst, a.both)
		if a.both != 1000 || a.worst > c.tolerance {
			t.Errorf("%s of %d items is up to %.2g off", c.column, a.both, a.worst)
		}
	}
}

func TestRules(t *testing.T) {
	for _, c := range []struct {
		rules    Rules
		status   scoring.Status
		official string
		text     string
	}{
		{0, scoring.NeedsMore, "NEEDS_MORE_RATINGS", ""},
		{GeneralCRH, scoring.Helpful, "CURRENTLY_RATED_HELPFUL", "GeneralCRH"},
		{GeneralCRH | TagFilter, scoring.NeedsMore, "FIRM_REJECT", "GeneralCRH,TagFilter"},
		{RatioCRNH, scoring.NotHelpful, "CURRENTLY_RATED_NOT_HELPFUL", "RatioCRNH"},
		{GeneralCRHInertia | MinMinorityRaters, scoring.NeedsMore, "NEEDS_YOUR_HELP",
			"GeneralCRHInertia,MinMinorityRaters"},
		{NoHighVolIntercept | GeneralCRH, scoring.NeedsMore, "NEEDS_YOUR_HELP", "GeneralCRH,NoHighVolIntercept"},
	} {
		if c.rules.status() != c.status || c.rules.Official() != c.official || c.rules.String() != c.text {
			t.Errorf("%v: %v, %s", c.rules, c.rules.status(), c.rules.Official())
		}
	}
}

// TestNotesCoreLaws holds the steps that need tags, times and notes to the laws
// that scoring_test.go has for ratings alone.
func TestNotesCoreLaws(t *testing.T) {
	with := scoretest.Tagged(1, 300, 240, 15000)
	topical(with, 1)
	without := with.Prefix(with.Len())
	without.Notes = nil
	for _, s := range []scoring.Scorer{NewCore(), New()} {
		t.Run(s.Name()+" with notes", func(t *testing.T) { notesCoreLaws(t, s, with) })
		t.Run(s.Name()+" without", func(t *testing.T) { notesCoreLaws(t, s, without) })
	}
}

func notesCoreLaws(t *testing.T, s scoring.Scorer, all *rating.Table) {
	w := make([]float32, 300)
	for u := range w {
		w[u] = float32(min(1, u%6))
	}
	in := scoring.Input{Ratings: all, Weight: w}
	want := tell(t, s, in)
	rules := Rules(0)
	for _, r := range want.Rules {
		rules |= r
	}
	if !rules.Has(TagFilter | FilterIncorrect | UcbCRNH | GeneralCRH) {
		t.Errorf("only the rules %v were met: this test shows too little", rules)
	}
	kept := all.Select(func(k int) bool { return w[all.Rater[k]] > 0 })
	if d := cmp.Diff(want, tell(t, s, scoring.Input{Ratings: kept}), equalNaNs); d != "" {
		t.Errorf("weight 0 is not as if the rows were not there:\n%s", d)
	}
	other := &rating.Table{Raters: all.Raters, Items: all.Items, Scale: all.Scale, Notes: all.Notes}
	for _, k := range rand.New(rand.NewPCG(1, 2)).Perm(all.Len()) {
		other.Rater, other.Item = append(other.Rater, all.Rater[k]), append(other.Item, all.Item[k])
		other.Value, other.Time, other.Tags = append(other.Value, all.Value[k]), append(other.Time, all.Time[k]),
			append(other.Tags, all.Tags[k])
	}
	in.Ratings = other
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if d := cmp.Diff(want, tell(t, s, in), equalNaNs); d != "" {
		t.Errorf("with rows in another order and one processor:\n%s", d)
	}
}

// TestNotesCoreCorrelated: an item that only some raters make helpful is not,
// once they are known to act together.
func TestNotesCoreCorrelated(t *testing.T) {
	in := scoring.Input{Ratings: scoretest.Tagged(1, 300, 120, 9000)}
	plain := tell(t, NewCore(), in)
	target := int32(slices.Index(plain.Status, scoring.Helpful))
	in.Correlated = make([]bool, 300)
	for _, k := range in.Ratings.ByItem().Rows(target) {
		if level(in.Ratings.Value[k]) == 2 && k%8 > 0 {
			in.Correlated[in.Ratings.Rater[k]] = true
		}
	}
	r := tell(t, NewCore(), in)
	if r.Rules[target].Last() != NoCorrelatedIntercept || r.Rules[target].Official() != "NEEDS_YOUR_HELP" ||
		r.Item[target] != plain.Item[target] {
		t.Errorf("item %d: %v at %v; without the rule %v at %v", target, r.Rules[target], r.Item[target],
			plain.Rules[target], plain.Item[target])
	}
}

func BenchmarkNotesCore(b *testing.B) {
	t := scoretest.Tagged(1, 20000, 10000, 1000000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := NewCore().Score(context.Background(), scoring.Input{Ratings: t}); err != nil {
			b.Fatal(err)
		}
	}
}
