package scoring

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
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
)

// laws runs law on every scorer.
func laws(t *testing.T, law func(t *testing.T, s Scorer)) {
	for _, make := range All {
		t.Run(make().Name(), func(t *testing.T) { law(t, withProgram(make())) })
	}
}

// crowds runs law on every scorer, by ratings alone, and by ratings with all
// that Community Notes has beside them.
func crowds(t *testing.T, raters, items, ratings int, law func(t *testing.T, s Scorer, table *rating.Table)) {
	for name, table := range map[string]*rating.Table{
		"ratings": synthetic(1, raters, items, ratings), "notes": tagged(1, raters, items, ratings),
	} {
		t.Run(name, func(t *testing.T) { laws(t, func(t *testing.T, s Scorer) { law(t, s, table) }) })
	}
}

func score(t testing.TB, s Scorer, in Input) *Result {
	t.Helper()
	r, err := s.Score(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// weights returns weights of which some are 0, some 1 and some between.
func weights(n int) []float32 {
	w := make([]float32, n)
	for u := range w {
		w[u] = float32(u%5) / 4
	}
	return w
}

var nan = cmpopts.EquateNaNs()

func near(tolerance float64) cmp.Option {
	return cmp.Options{nan, cmpopts.EquateApprox(0, tolerance)}
}

func TestWeightZeroIsRemoval(t *testing.T) {
	crowds(t, 200, 60, 4000, func(t *testing.T, s Scorer, all *rating.Table) {
		w := make([]float32, 200)
		for u := range w {
			w[u] = float32(min(1, u%4))
		}
		kept := all.Select(func(k int) bool { return w[all.Rater[k]] > 0 })
		got, want := score(t, s, Input{Ratings: all, Weight: w}), score(t, s, Input{Ratings: kept})
		if d := cmp.Diff(want, got, nan); d != "" {
			t.Errorf("weight 0 is not as if the rows were not there (-removed +weight):\n%s", d)
		}
	})
}

func TestEqualWeightsAreNoWeights(t *testing.T) {
	crowds(t, 200, 60, 4000, func(t *testing.T, s Scorer, all *rating.Table) {
		half := slices.Repeat([]float32{0.5}, 200)
		got, want := score(t, s, Input{Ratings: all, Weight: half}), score(t, s, Input{Ratings: all})
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
		s.Notes = &rating.Notes{Created: moved(n.Created, items), Author: moved(n.Author, items), Authors: n.Authors, Post: moved(n.Post, items),
			Class: moved(n.Class, items), Status: moved(n.Status, items), Decided: moved(n.Decided, items), Group: moved(n.Group, raters)}
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
	crowds(t, 150, 60, 3000, func(t *testing.T, s Scorer, table *rating.Table) {
		want := score(t, s, Input{Ratings: table, Seed: 7})
		for seed := range uint64(12) {
			other, at := shuffled(table, rand.New(rand.NewPCG(seed, 0)))
			got := score(t, s, Input{Ratings: other, Seed: 7})
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
	crowds(t, 150, 60, 3000, func(t *testing.T, s Scorer, table *rating.Table) {
		in := Input{Ratings: table, Weight: weights(150)}
		want := score(t, s, in)
		order := rand.New(rand.NewPCG(1, 2)).Perm(table.Len())
		in.Ratings = table.Select(func(int) bool { return true })
		for to, k := range order {
			in.Ratings.Rater[to], in.Ratings.Item[to], in.Ratings.Value[to] = table.Rater[k], table.Item[k], table.Value[k]
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
	crowds(t, 2000, 1000, 70000, func(t *testing.T, s Scorer, table *rating.Table) {
		in := Input{Ratings: table, Weight: weights(2000)}
		before := runtime.GOMAXPROCS(1)
		defer runtime.GOMAXPROCS(before)
		want := score(t, s, in)
		numbers := []int{5}
		if os.Getenv("RINGWATCH_LONG") != "" {
			numbers = []int{2, 5}
		}
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
	make func() Scorer
	why  string
}{
	"bridging": {0, func() Scorer { b := NewBridging(); b.GlobalPenalty = 0; return b }, ""},
	"qsmf":     {0, func() Scorer { q := NewQuality(); q.GlobalPenalty = 0; return q }, ""},
	"mean":     {1, func() Scorer { return NewMean() }, ""},
	"median":   {1, func() Scorer { return NewMedian() }, ""},
	"command":  {1, func() Scorer { return NewCommand() }, ""}, // the program of these tests is the mean

	"stability":           {why: "its fit has the penalty on mu"},
	"trust":               {why: "its fit has the penalty on mu"},
	"chain":               {why: "its first scorer has the penalty on mu"},
	"communitynotes":      {why: "asks more of what is to be helpful than of what is not"},
	"communitynotes-core": {why: "asks more of what is to be helpful than of what is not"},
}

func TestMirror(t *testing.T) {
	table := synthetic(1, 150, 60, 3000)
	mirrored := table.Select(func(int) bool { return true })
	for k, v := range mirrored.Value {
		mirrored.Value[k] = 1 - v
	}
	laws(t, func(t *testing.T, s Scorer) {
		m, known := mirrors[s.Name()]
		if !known {
			t.Fatal("nobody says how it mirrors")
		}
		if m.why != "" {
			t.Skip(m.why)
		}
		s = withProgram(m.make())
		in := Input{Ratings: table, Weight: weights(150)}
		want := score(t, s, in)
		in.Ratings = mirrored
		for n, got := range score(t, s, in).Item {
			if math.Abs(float64(got)+float64(want.Item[n])-m.sum) > 1e-4 {
				t.Errorf("item %d scores %v, mirrored %v", n, want.Item[n], got)
			}
		}
	})
}

// TestMoreSweepsNeverWorsen: the objective never rises.
func TestMoreSweepsNeverWorsen(t *testing.T) {
	tried := 0
	crowds(t, 150, 60, 3000, func(t *testing.T, s Scorer, table *rating.Table) {
		sweeps := reflect.ValueOf(s).Elem().FieldByName("MaxSweeps")
		if !sweeps.IsValid() {
			t.Skip("has no such option")
		}
		tried++
		last := math.Inf(1)
		for n := int64(1); n <= 80; n++ {
			sweeps.SetInt(n)
			r := score(t, s, Input{Ratings: table, Weight: weights(150)})
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
	laws(t, func(t *testing.T, s Scorer) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := s.Score(ctx, Input{Ratings: synthetic(1, 20, 20, 100)}); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v of a cancelled context", err)
		}
	})
}

// TestStopsSoon: a context that is cancelled on the way ends the work at once.
func TestStopsSoon(t *testing.T) {
	crowds(t, 20000, 5000, 300000, func(t *testing.T, s Scorer, all *rating.Table) {
		for _, after := range []time.Duration{5 * time.Millisecond, 50 * time.Millisecond, 200 * time.Millisecond} {
			ctx, cancel := context.WithTimeout(context.Background(), after)
			before := time.Now()
			_, err := s.Score(ctx, Input{Ratings: all})
			late := time.Since(before) - after
			cancel()
			t.Logf("after %v: %v late, error %v", after, late, err)
			if err != nil && !errors.Is(err, context.DeadlineExceeded) || late > 2*time.Second { // 100 ms, on a machine that does nothing else
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
	crowds(t, 1000, 300, 20000, func(t *testing.T, s Scorer, all *rating.Table) {
		before := time.Now()
		want := score(t, s, Input{Ratings: all})
		whole := time.Since(before)
		step := 5
		if os.Getenv("RINGWATCH_LONG") != "" {
			step = 1
		}
		for k := 0; k < 16; k += step {
			ctx, cancel := context.WithTimeout(context.Background(), whole*time.Duration(k*k)/256)
			got, err := s.Score(ctx, Input{Ratings: all})
			cancel()
			if err == nil && !cmp.Equal(want, got, nan) {
				t.Errorf("a part of a result after %d/256 of the time", k*k)
			}
		}
	})
}

func table(scale rating.Scale, raters, items int, rows ...float32) *rating.Table {
	t := &rating.Table{Raters: rating.Numbered("r", raters), Items: rating.Numbered("i", items), Scale: scale}
	for k := 0; k < len(rows); k += 3 {
		t.Append(int32(rows[k]), int32(rows[k+1]), rows[k+2], rating.NoTime)
	}
	return t
}

func TestDegenerate(t *testing.T) {
	unit := rating.Scale{Max: 1}
	equal := table(unit, 6, 5)
	for u := range int32(6) {
		for n := range int32(4) {
			equal.Append(u, n, 1, rating.NoTime)
		}
	}
	all := func(int) bool { return true }
	singles := table(unit, 40, 5)
	for u := range int32(40) {
		singles.Append(u, u%5, float32(u%3)/2, rating.NoTime)
	}
	apart := table(unit, 4, 4, 0, 0, 1, 0, 1, 0, 1, 0, 0, 1, 1, 1, 2, 2, 1, 2, 3, 0, 3, 2, 0, 3, 3, 1)
	laws(t, func(t *testing.T, s Scorer) {
		for name, in := range map[string]*rating.Table{
			"nothing at all": table(unit, 0, 0), "no ratings": table(unit, 3, 2), "one rating": table(unit, 1, 1, 0, 0, 1),
			"one rater": table(unit, 1, 3, 0, 0, 1, 0, 1, 0), "one item": table(unit, 3, 1, 0, 0, 1, 1, 0, 0, 2, 0, 1),
			"all 1": equal, "all 0": table(unit, 2, 2, 0, 0, 0, 0, 1, 0, 1, 0, 0), "unconnected": apart, "one rating each": singles,
			"notes, nothing at all": noted(1, table(unit, 0, 0)), "notes, no ratings": noted(1, table(unit, 3, 2)),
			"notes, one rating": noted(1, table(unit, 1, 1, 0, 0, 1)), "notes, one rater": noted(1, table(unit, 1, 3, 0, 0, 1, 0, 1, 0)),
			"notes, one item": noted(1, table(unit, 3, 1, 0, 0, 1, 1, 0, 0, 2, 0, 1)), "notes, unconnected": noted(1, apart.Select(all)),
			"notes, all 1": noted(1, equal.Select(all)), "notes, one rating each": noted(1, singles.Select(all)),
		} {
			r := score(t, s, Input{Ratings: in})
			if len(r.Item) != in.Items.Len() || len(r.Status) != in.Items.Len() {
				t.Fatalf("%s: %d scores, %d statuses of %d items", name, len(r.Item), len(r.Status), in.Items.Len())
			}
			sparse := strings.HasPrefix(s.Name(), "communitynotes") // scores no item of few ratings
			for n, x := range r.Item {
				unrated := !slices.Contains(in.Item, int32(n))
				missing := math.IsNaN(float64(x)) && (!sparse || r.Status[n] > NeedsMore)
				if missing && !unrated || unrated && !math.IsNaN(float64(x)) || (r.Status[n] == Unrated) != unrated || math.IsInf(float64(x), 0) {
					t.Errorf("%s: item %d has score %v and status %v", name, n, x, r.Status[n])
				}
			}
		}
	})
}

func TestClearErrors(t *testing.T) {
	one := table(rating.Scale{Max: 1}, 1, 1, 0, 0, 1)
	bad := table(rating.Scale{Max: 1}, 1, 1, 0, 0, 1.5)
	laws(t, func(t *testing.T, s Scorer) {
		for _, c := range []struct {
			in   Input
			want string
		}{
			{Input{}, "no ratings given"},
			{Input{Ratings: table(rating.Scale{Min: 1, Max: 1}, 1, 1, 0, 0, 1)}, "co-actions"},
			{Input{Ratings: one, Weight: []float32{1, 1}}, "2 weights for 1 raters"},
			{Input{Ratings: one, Weight: []float32{-1}}, "rater r1 has weight -1"},
			{Input{Ratings: one, Weight: []float32{float32(math.NaN())}}, "rater r1 has weight NaN"},
			{Input{Ratings: bad}, "rater r1 gave item i1 the value 1.5"},
		} {
			_, err := s.Score(context.Background(), c.in)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), s.Name()) {
				t.Errorf("error %v; want one with %q", err, c.want)
			}
		}
	})
}

func TestMeanAndMedian(t *testing.T) {
	in := Input{
		Ratings: table(rating.Scale{Max: 1}, 4, 1, 0, 0, 0, 1, 0, 0.5, 2, 0, 1, 3, 0, 1),
		Weight:  []float32{1, 0.5, 0.25, 0.25},
	}
	for _, c := range []struct {
		s            Scorer
		plain, heavy float32
	}{{NewMean(), 0.625, 0.375}, {NewMedian(), 0.75, 0.25}} {
		if got := score(t, c.s, Input{Ratings: in.Ratings}).Item[0]; got != c.plain {
			t.Errorf("%s is %v, want %v", c.s.Name(), got, c.plain)
		}
		if got := score(t, c.s, in).Item[0]; got != c.heavy {
			t.Errorf("weighted %s is %v, want %v", c.s.Name(), got, c.heavy)
		}
	}
}

func TestNew(t *testing.T) {
	var names []string
	laws(t, func(t *testing.T, s Scorer) {
		names = append(names, s.Name())
		if got, err := New(s.Name()); err != nil || got.Name() != s.Name() {
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
		if _, err := New(word); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New(%q): %v; want %s", word, err, want)
		}
	}
	if _, err := New("xyz"); err == nil || strings.Contains(err.Error(), "did you mean") {
		t.Errorf("New of a strange name: %v", err)
	}
}

func TestCancelledOnTheWay(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	stopped := 0
	in := Input{Ratings: synthetic(1, 200, 60, 4000), Progress: func(_ string, done, _ int) {
		if done == 3 {
			cancel()
		}
		stopped = done
	}}
	if r, err := NewBridging().Score(ctx, in); !errors.Is(err, context.Canceled) || r != nil || stopped != 3 {
		t.Errorf("result %v, error %v after %d sweeps; cancelled in sweep 3", r, err, stopped)
	}
}
