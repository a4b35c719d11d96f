package scoring_test

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/ringwatch/ringwatch/catalog"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/scoring/internal/scoretest"
	"github.com/ringwatch/ringwatch/scoring/scorers"
)

// laws runs law on every scorer.
func laws(t *testing.T, law func(t *testing.T, s scoring.Scorer)) {
	for _, newScorer := range scorers.All {
		t.Run(newScorer().Name(), func(t *testing.T) { law(t, withProgram(newScorer())) })
	}
}

// crowds runs law on every scorer, by ratings alone, and by ratings with all
// that Community Notes has beside them.
func crowds(t *testing.T, raters, items, ratings int, law func(t *testing.T, s scoring.Scorer, table *rating.Table)) {
	for name, table := range map[string]*rating.Table{
		"ratings": scoretest.Synthetic(1, raters, items, ratings), "notes": scoretest.Tagged(1, raters, items, ratings),
	} {
		t.Run(name, func(t *testing.T) { laws(t, func(t *testing.T, s scoring.Scorer) { law(t, s, table) }) })
	}
}

func score(t testing.TB, s scoring.Scorer, in scoring.Input) *scoring.Result {
	t.Helper()
	r, err := s.Score(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var nan = cmp.Options{cmpopts.EquateNaNs(), cmpopts.IgnoreUnexported(scoring.Result{})}

func near(tolerance float64) cmp.Option {
	return cmp.Options{nan, cmpopts.EquateApprox(0, tolerance)}
}

func TestWeightZeroIsRemoval(t *testing.T) {
	crowds(t, 200, 60, 4000, func(t *testing.T, s scoring.Scorer, all *rating.Table) {
		w := make([]float32, 200)
		for u := range w {
			w[u] = float32(min(1, u%4))
		}
		kept := all.Select(func(k int) bool { return w[all.Rater[k]] > 0 })
		got, want := score(t, s, scoring.Input{Ratings: all, Weight: w}), score(t, s, scoring.Input{Ratings: kept})
		if d := cmp.Diff(want, got, nan); d != "" {
			t.Errorf("weight 0 is not as if the rows were not there (-removed +weight):\n%s", d)
		}
	})
}

func TestEqualWeightsAreNoWeights(t *testing.T) {
	crowds(t, 200, 60, 4000, func(t *testing.T, s scoring.Scorer, all *rating.Table) {
		half := slices.Repeat([]float32{0.5}, 200)
		got, want := score(t, s, scoring.Input{Ratings: all, Weight: half}), score(t, s, scoring.Input{Ratings: all})
		if d := cmp.Diff(want.Item, got.Item, near(1e-5)); d != "" {
			t.Errorf("half of every weight changes scores:\n%s", d)
		}
	})
}

// shuffled returns the table with rows, raters and items in another order, and
// where each item went.
func shuffled(t *rating.Table, rng *rand.Rand) (*rating.Table, []int32) {
	s := &rating.Table{Raters: rating.NewNames(), Items: rating.NewNames(), Scale: t.Scale}
	renumber := func(from, to *rating.Names) []int32 {
		at := make([]int32, from.Len())
		for _, k := range rng.Perm(from.Len()) {
			at[k] = to.Add([]byte(from.Name(int32(k))))
		}
		return at
	}
	raters, items := renumber(t.Raters, s.Raters), renumber(t.Items, s.Items)
	if t.Tags != nil {
		s.Tags = []uint32{}
	}
	for _, k := range rng.Perm(t.Len()) {
		at := int32(rating.NoTime)
		if t.HasTimes() {
			at = t.Time[k]
		}
		s.Append(raters[t.Rater[k]], items[t.Item[k]], t.Value[k], at)
		if t.Tags != nil {
			s.Tags[s.Len()-1] = t.Tags[k]
		}
	}
	if n := t.Notes; n != nil {
		s.Notes = &rating.Notes{Created: moved(n.Created, items), Author: moved(n.Author, items), Authors: n.Authors,
			Post:  moved(n.Post, items),
			Class: moved(n.Class, items), Status: moved(n.Status, items), Decided: moved(n.Decided, items),
			Group: moved(n.Group, raters)}
	}
	return s, items
}

// moved returns a column of which number k is now number to[k].
func moved[T any](column []T, to []int32) []T {
	m := make([]T, len(column))
	for k, x := range column {
		m[to[k]] = x
	}
	return m
}

func TestOrderAndNumbersDoNotMatter(t *testing.T) {
	orders := uint64(4)
	if os.Getenv("RINGWATCH_LONG") != "" {
		orders = 12
	}
	crowds(t, 150, 60, 3000, func(t *testing.T, s scoring.Scorer, table *rating.Table) {
		want := score(t, s, scoring.Input{Ratings: table, Seed: 7})
		for seed := range orders {
			other, at := shuffled(table, rand.New(rand.NewPCG(seed, 0)))
			got := score(t, s, scoring.Input{Ratings: other, Seed: 7})
			for n, k := range at {
				if math.Abs(float64(want.Item[n]-got.Item[k])) > 1e-5 || want.Status[n] != got.Status[k] {
					t.Fatalf("item %s: %v %v, in another order %v %v",
						table.Items.Name(int32(n)), want.Item[n], want.Status[n], got.Item[k], got.Status[k])
				}
			}
		}
	})
}

func TestRowOrderDoesNotChangeABit(t *testing.T) {
	crowds(t, 150, 60, 3000, func(t *testing.T, s scoring.Scorer, table *rating.Table) {
		in := scoring.Input{Ratings: table, Weight: scoretest.Weights(150)}
		want := score(t, s, in)
		order := rand.New(rand.NewPCG(1, 2)).Perm(table.Len())
		in.Ratings = table.Select(func(int) bool { return true })
		for to, k := range order {
			in.Ratings.Rater[to] = table.Rater[k]
			in.Ratings.Item[to] = table.Item[k]
			in.Ratings.Value[to] = table.Value[k]
			if table.Tags != nil {
				in.Ratings.Time[to], in.Ratings.Tags[to] = table.Time[k], table.Tags[k]
			}
		}
		if d := cmp.Diff(want, score(t, s, in), nan); d != "" {
			t.Error(d)
		}
	})
}

func TestProcessorsDoNotChangeABit(t *testing.T) {
	raters, items, ratings, numbers := 1000, 500, 35000, []int{5} // two blocks of work at least
	if os.Getenv("RINGWATCH_LONG") != "" {
		raters, items, ratings, numbers = 2000, 1000, 70000, []int{2, 5}
	}
	crowds(t, raters, items, ratings, func(t *testing.T, s scoring.Scorer, table *rating.Table) {
		in := scoring.Input{Ratings: table, Weight: scoretest.Weights(raters)}
		before := runtime.GOMAXPROCS(1)
		defer runtime.GOMAXPROCS(before)
		want := score(t, s, in)
		for _, n := range numbers {
			runtime.GOMAXPROCS(n)
			if d := cmp.Diff(want, score(t, s, in), nan); d != "" {
				t.Errorf("GOMAXPROCS=%d: %s", n, d)
			}
		}
	})
}

// mirrors says of each scorer what its scores become when every value v is
// 1 - v: 1 less them, their opposite, or nothing of the kind, and why. Of models
// of intercepts the penalty on mu pulls towards ratings of 0, so that they are
// symmetric only without it; their scores are then opposite.
var mirrors = map[string]struct {
	sum  float64 // of a score and its mirror image
	make func() scoring.Scorer
	why  string
}{
	"bridging": {0, func() scoring.Scorer { b := scoring.NewBridging(); b.GlobalPenalty = 0; return b }, ""},
	"qsmf":     {0, func() scoring.Scorer { q := scoring.NewQuality(); q.GlobalPenalty = 0; return q }, ""},
	"mean":     {1, func() scoring.Scorer { return scoring.NewMean() }, ""},
	"median":   {1, func() scoring.Scorer { return scoring.NewMedian() }, ""},
	// the program of these tests is the mean
	"command": {1, func() scoring.Scorer { return scoring.NewCommand() }, ""},

	"stability":           {why: "its fit has the penalty on mu"},
	"trust":               {why: "its fit has the penalty on mu"},
	"chain":               {why: "its first scorer has the penalty on mu"},
	"communitynotes":      {why: "asks more of what is to be helpful than of what is not"},
	"communitynotes-core": {why: "asks more of what is to be helpful than of what is not"},
}

func TestMirror(t *testing.T) {
	table := scoretest.Synthetic(1, 150, 60, 3000)
	mirrored := table.Select(func(int) bool { return true })
	for k, v := range mirrored.Value {
		mirrored.Value[k] = 1 - v
	}
	laws(t, func(t *testing.T, s scoring.Scorer) {
		m, known := mirrors[s.Name()]
		if !known {
			t.Fatal("nobody says how it mirrors")
		}
		if m.why != "" {
			t.Skip(m.why)
		}
		s = withProgram(m.make())
		in := scoring.Input{Ratings: table, Weight: scoretest.Weights(150)}
		want := score(t, s, in)
		in.Ratings = mirrored
		for n, got := range score(t, s, in).Item {
			if math.Abs(float64(got)+float64(want.Item[n])-m.sum) > 1e-4 {
				t.Errorf("item %d scores %v, mirrored %v", n, want.Item[n], got)
			}
		}
	})
}

// Where a scorer keeps what is large changes no score, and leaves nothing behind.
func TestScratch(t *testing.T) {
	crowds(t, 200, 60, 4000, func(t *testing.T, s scoring.Scorer, table *rating.Table) {
		dir := t.TempDir()
		in := scoring.Input{Ratings: table, Weight: scoretest.Weights(200)}
		want := score(t, s, in)
		in.Scratch = scoring.NewScratch(dir)
		got := score(t, s, in)
		if d := cmp.Diff(want, got, nan); d != "" {
			t.Errorf("scores in files are others (-memory +files):\n%s", d)
		}
		maps, err := os.ReadFile("/proc/self/maps")
		if left := strings.Count(string(maps), dir); err == nil && s.Name() == "bridging" && left > 0 {
			t.Errorf("%d files are still mapped", left)
		}
		in.Scratch.Release(0, math.MaxInt)
		if err := in.Scratch.Close(); err != nil {
			t.Error(err)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("left %v, %v", left, err)
		}
	})
	nowhere := scoring.NewScratch(filepath.Join(t.TempDir(), "nowhere"))
	if _, err := scoring.NewBridging().Score(t.Context(), scoring.Input{Ratings: scoretest.Synthetic(1, 50, 20, 500),
		Scratch: nowhere}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
}

// TestMoreSweepsNeverWorsen: the objective never rises.
func TestMoreSweepsNeverWorsen(t *testing.T) {
	tried := 0
	crowds(t, 150, 60, 3000, func(t *testing.T, s scoring.Scorer, table *rating.Table) {
		sweeps := reflect.ValueOf(s).Elem().FieldByName("MaxSweeps")
		if !sweeps.IsValid() {
			t.Skip("has no such option")
		}
		tried++
		last := math.Inf(1)
		for n := int64(1); n <= 80; n++ {
			sweeps.SetInt(n)
			r := score(t, s, scoring.Input{Ratings: table, Weight: scoretest.Weights(150)})
			if r.Loss > last+1e-12 || r.Loss == 0 {
				t.Errorf("loss %.15f after %d sweeps, %.15f before", r.Loss, n, last)
			}
			last = r.Loss
		}
	})
	if tried == 0 {
		t.Error("no scorer has sweeps")
	}
}

func TestCancelled(t *testing.T) {
	laws(t, func(t *testing.T, s scoring.Scorer) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_, err := s.Score(ctx, scoring.Input{Ratings: scoretest.Synthetic(1, 20, 20, 100)})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v of a cancelled context", err)
		}
	})
}

// TestStopsSoon: a context that is cancelled on the way ends the work at once.
func TestStopsSoon(t *testing.T) {
	crowds(t, 20000, 5000, 300000, func(t *testing.T, s scoring.Scorer, all *rating.Table) {
		for _, after := range []time.Duration{5 * time.Millisecond, 50 * time.Millisecond, 200 * time.Millisecond} {
			ctx, cancel := context.WithTimeout(context.Background(), after)
			before := time.Now()
			_, err := s.Score(ctx, scoring.Input{Ratings: all})
			late := time.Since(before) - after
			cancel()
			t.Logf("after %v: %v late, error %v", after, late, err)
			// 100 ms, on a machine that does nothing else
			if err != nil && !errors.Is(err, context.DeadlineExceeded) || late > 2*time.Second {
				t.Errorf("after %v: %v late, error %v", after, late, err)
			}
			if err == nil {
				break
			}
		}
	})
}

// TestCancelledIsNoResult: a context that is cancelled at any time leads to an
// error or to the whole result, never to a part.
func TestCancelledIsNoResult(t *testing.T) {
	raters, items, ratings, step := 500, 150, 8000, 5
	if os.Getenv("RINGWATCH_LONG") != "" {
		raters, items, ratings, step = 1000, 300, 20000, 1
	}
	crowds(t, raters, items, ratings, func(t *testing.T, s scoring.Scorer, all *rating.Table) {
		before := time.Now()
		want := score(t, s, scoring.Input{Ratings: all})
		whole := time.Since(before)
		for k := 0; k < 16; k += step {
			ctx, cancel := context.WithTimeout(context.Background(), whole*time.Duration(k*k)/256)
			got, err := s.Score(ctx, scoring.Input{Ratings: all})
			cancel()
			if err == nil && !cmp.Equal(want, got, nan) {
				t.Errorf("a part of a result after %d/256 of the time", k*k)
			}
		}
	})
}

func TestDegenerate(t *testing.T) {
	unit := rating.Scale{Max: 1}
	equal := scoretest.Table(unit, 6, 5)
	for u := range int32(6) {
		for n := range int32(4) {
			equal.Append(u, n, 1, rating.NoTime)
		}
	}
	all := func(int) bool { return true }
	singles := scoretest.Table(unit, 40, 5)
	for u := range int32(40) {
		singles.Append(u, u%5, float32(u%3)/2, rating.NoTime)
	}
	apart := scoretest.Table(unit, 4, 4, 0, 0, 1, 0, 1, 0, 1, 0, 0, 1, 1, 1, 2, 2, 1, 2, 3, 0, 3, 2, 0, 3, 3, 1)
	laws(t, func(t *testing.T, s scoring.Scorer) {
		for name, in := range map[string]*rating.Table{
			"nothing at all": scoretest.Table(unit, 0, 0), "no ratings": scoretest.Table(unit, 3, 2),
			"one rating": scoretest.Table(unit, 1, 1, 0, 0, 1),
			"one rater":  scoretest.Table(unit, 1, 3, 0, 0, 1, 0, 1, 0),
			"one item":   scoretest.Table(unit, 3, 1, 0, 0, 1, 1, 0, 0, 2, 0, 1),
			"all 1":      equal, "all 0": scoretest.Table(unit, 2, 2, 0, 0, 0, 0, 1, 0, 1, 0, 0), "unconnected": apart,
			"one rating each":        singles,
			"notes, nothing at all":  scoretest.Noted(1, scoretest.Table(unit, 0, 0)),
			"notes, no ratings":      scoretest.Noted(1, scoretest.Table(unit, 3, 2)),
			"notes, one rating":      scoretest.Noted(1, scoretest.Table(unit, 1, 1, 0, 0, 1)),
			"notes, one rater":       scoretest.Noted(1, scoretest.Table(unit, 1, 3, 0, 0, 1, 0, 1, 0)),
			"notes, one item":        scoretest.Noted(1, scoretest.Table(unit, 3, 1, 0, 0, 1, 1, 0, 0, 2, 0, 1)),
			"notes, unconnected":     scoretest.Noted(1, apart.Select(all)),
			"notes, all 1":           scoretest.Noted(1, equal.Select(all)),
			"notes, one rating each": scoretest.Noted(1, singles.Select(all)),
		} {
			r := score(t, s, scoring.Input{Ratings: in})
			if len(r.Item) != in.Items.Len() || len(r.Status) != in.Items.Len() {
				t.Fatalf("%s: %d scores, %d statuses of %d items", name, len(r.Item), len(r.Status), in.Items.Len())
			}
			sparse := strings.HasPrefix(s.Name(), "communitynotes") // scores no item of few ratings
			for n, x := range r.Item {
				unrated := !slices.Contains(in.Item, int32(n))
				missing := math.IsNaN(float64(x)) && (!sparse || r.Status[n] > scoring.NeedsMore)
				if missing && !unrated || unrated && !math.IsNaN(float64(x)) ||
					(r.Status[n] == scoring.Unrated) != unrated || math.IsInf(float64(x), 0) {
					t.Errorf("%s: item %d has score %v and status %v", name, n, x, r.Status[n])
				}
			}
		}
	})
}

func TestClearErrors(t *testing.T) {
	one := scoretest.Table(rating.Scale{Max: 1}, 1, 1, 0, 0, 1)
	bad := scoretest.Table(rating.Scale{Max: 1}, 1, 1, 0, 0, 1.5)
	laws(t, func(t *testing.T, s scoring.Scorer) {
		for _, c := range []struct {
			in   scoring.Input
			want string
		}{
			{scoring.Input{}, "no ratings given"},
			{scoring.Input{Ratings: scoretest.Table(rating.Scale{Min: 1, Max: 1}, 1, 1, 0, 0, 1)}, "co-actions"},
			{scoring.Input{Ratings: one, Weight: []float32{1, 1}}, "2 weights for 1 raters"},
			{scoring.Input{Ratings: one, Weight: []float32{-1}}, "rater r1 has weight -1"},
			{scoring.Input{Ratings: one, Weight: []float32{float32(math.NaN())}}, "rater r1 has weight NaN"},
			{scoring.Input{Ratings: bad}, "rater r1 gave item i1 the value 1.5"},
		} {
			_, err := s.Score(context.Background(), c.in)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), s.Name()) {
				t.Errorf("error %v; want one with %q", err, c.want)
			}
		}
	})
}

func TestMeanAndMedian(t *testing.T) {
	in := scoring.Input{
		Ratings: scoretest.Table(rating.Scale{Max: 1}, 4, 1, 0, 0, 0, 1, 0, 0.5, 2, 0, 1, 3, 0, 1),
		Weight:  []float32{1, 0.5, 0.25, 0.25},
	}
	for _, c := range []struct {
		s            scoring.Scorer
		plain, heavy float32
	}{{scoring.NewMean(), 0.625, 0.375}, {scoring.NewMedian(), 0.75, 0.25}} {
		if got := score(t, c.s, scoring.Input{Ratings: in.Ratings}).Item[0]; got != c.plain {
			t.Errorf("%s is %v, want %v", c.s.Name(), got, c.plain)
		}
		if got := score(t, c.s, in).Item[0]; got != c.heavy {
			t.Errorf("weighted %s is %v, want %v", c.s.Name(), got, c.heavy)
		}
	}
}

func TestNew(t *testing.T) {
	var names []string
	laws(t, func(t *testing.T, s scoring.Scorer) {
		names = append(names, s.Name())
		if got, err := scorers.New(s.Name()); err != nil || got.Name() != s.Name() {
			t.Errorf("New: %v, %v", got, err)
		}
		if d := s.Doc(); d.Summary == "" || d.Source == "" || d.Cost == "" || d.BlindSpot == "" {
			t.Errorf("incomplete %+v", d)
		}
		for _, o := range catalog.Options(s) {
			if o.Doc == "" || o.Value == nil {
				t.Errorf("incomplete %+v", o)
			}
		}
	})
	if !slices.IsSorted(names) {
		t.Errorf("not in order of names: %q", names)
	}
	for word, want := range map[string]string{"bridgng": `did you mean "bridging"?`, "Mean": `did you mean "mean"?`} {
		if _, err := scorers.New(word); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New(%q): %v; want %s", word, err, want)
		}
	}
	if _, err := scorers.New("xyz"); err == nil || strings.Contains(err.Error(), "did you mean") {
		t.Errorf("New of a strange name: %v", err)
	}
}

func TestCancelledOnTheWay(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	stopped := 0
	in := scoring.Input{Ratings: scoretest.Synthetic(1, 200, 60, 4000), Progress: func(_ string, done, _ int) {
		if done == 3 {
			cancel()
		}
		stopped = done
	}}
	if r, err := scoring.NewBridging().Score(ctx, in); !errors.Is(err, context.Canceled) || r != nil || stopped != 3 {
		t.Errorf("result %v, error %v after %d sweeps; cancelled in sweep 3", r, err, stopped)
	}
}

// TestLastFit: what Held says of an item with nobody left out is the result's, in
// every scorer that ends in such a fit.
func TestLastFit(t *testing.T) {
	held := 0
	laws(t, func(t *testing.T, s scoring.Scorer) {
		in := scoring.Input{Ratings: scoretest.Tagged(1, 300, 120, 9000), Weight: scoretest.Weights(300)}
		r := score(t, s, in)
		h, err := scoring.NewHeld(in, r)
		if err != nil {
			return
		}
		held++
		told := 0
		for item := range int32(120) {
			all := h.Influences(item)
			if len(all) < 2 {
				continue
			}
			for _, m := range h.Without([]int32{all[0].Rater}) {
				if m.Item == item {
					told++
					if math.Abs(float64(r.ItemIntercept[item]-m.Intercept-all[0].Moved)) > 1e-5 {
						t.Errorf("item %d: the first of %+v, but without it the intercept is %v",
							item, all[0], m.Intercept)
					}
				}
			}
		}
		if told < 60 {
			t.Errorf("only %d items have a last fit", told)
		}
	})
	if held < 2 {
		t.Errorf("%d scorers have a last fit", held)
	}
}
