package scoring

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/ringwatch/ringwatch/rating"
)

// laws runs law on every scorer.
func laws(t *testing.T, law func(t *testing.T, s Scorer)) {
	for _, make := range All {
		t.Run(make().Name(), func(t *testing.T) { law(t, withProgram(make())) })
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
	laws(t, func(t *testing.T, s Scorer) {
		all := synthetic(1, 200, 60, 4000)
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
	laws(t, func(t *testing.T, s Scorer) {
		all := synthetic(1, 200, 60, 4000)
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
	for _, k := range rng.Perm(t.Len()) {
		s.Append(raters[t.Rater[k]], items[t.Item[k]], t.Value[k], rating.NoTime)
	}
	return s, items
}

func TestOrderAndNumbersDoNotMatter(t *testing.T) {
	laws(t, func(t *testing.T, s Scorer) {
		table := synthetic(1, 150, 60, 3000)
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
	laws(t, func(t *testing.T, s Scorer) {
		table := synthetic(1, 150, 60, 3000)
		in := Input{Ratings: table, Weight: weights(150)}
		want := score(t, s, in)
		in.Ratings = &rating.Table{Raters: table.Raters, Items: table.Items, Scale: table.Scale}
		for _, k := range rand.New(rand.NewPCG(1, 2)).Perm(table.Len()) {
			in.Ratings.Append(table.Rater[k], table.Item[k], table.Value[k], rating.NoTime)
		}
		if d := cmp.Diff(want, score(t, s, in), nan); d != "" {
			t.Error(d)
		}
	})
}

func TestProcessorsDoNotChangeABit(t *testing.T) {
	laws(t, func(t *testing.T, s Scorer) {
		in := Input{Ratings: synthetic(1, 2000, 1000, 70000), Weight: weights(2000)}
		before := runtime.GOMAXPROCS(1)
		defer runtime.GOMAXPROCS(before)
		want := score(t, s, in)
		for _, n := range []int{2, 5} {
			runtime.GOMAXPROCS(n)
			if d := cmp.Diff(want, score(t, s, in), nan); d != "" {
				t.Errorf("GOMAXPROCS=%d: %s", n, d)
			}
		}
	})
}

func TestMirror(t *testing.T) {
	mirrored := func(table *rating.Table) *rating.Table {
		m := table.Select(func(int) bool { return true })
		for k, v := range m.Value {
			m.Value[k] = 1 - v
		}
		return m
	}
	table := synthetic(1, 150, 60, 3000)
	for _, s := range []Scorer{NewMean(), NewMedian()} {
		in := Input{Ratings: table, Weight: weights(150)}
		want := score(t, s, in)
		in.Ratings = mirrored(table)
		for n, got := range score(t, s, in).Item {
			if math.Abs(float64(got+want.Item[n]-1)) > 1e-6 {
				t.Errorf("%s: item %d scores %v, mirrored %v", s.Name(), n, want.Item[n], got)
			}
		}
	}
	// The penalty on mu pulls towards ratings of 0, so Bridging is symmetric
	// about 0 only without it, and then only in the intercepts.
	b := NewBridging()
	b.GlobalPenalty = 0
	want, got := score(t, b, Input{Ratings: table}), score(t, b, Input{Ratings: mirrored(table)})
	for n := range want.Item {
		if math.Abs(float64(got.Item[n]+want.Item[n])) > 1e-4 {
			t.Errorf("bridging: item %d has intercept %v, mirrored %v", n, want.Item[n], got.Item[n])
		}
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
	all := synthetic(1, 20000, 5000, 300000)
	laws(t, func(t *testing.T, s Scorer) {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Millisecond)
		defer cancel()
		before := time.Now()
		_, err := s.Score(ctx, Input{Ratings: all})
		late := time.Since(before) - 5*time.Millisecond
		t.Logf("%v late, error %v", late, err)
		if err != nil && !errors.Is(err, context.DeadlineExceeded) || late > 2*time.Second { // 100 ms, on a machine that does nothing else
			t.Errorf("%v late, error %v", late, err)
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
	apart := table(unit, 4, 4, 0, 0, 1, 0, 1, 0, 1, 0, 0, 1, 1, 1, 2, 2, 1, 2, 3, 0, 3, 2, 0, 3, 3, 1)
	laws(t, func(t *testing.T, s Scorer) {
		for name, in := range map[string]*rating.Table{
			"nothing at all": table(unit, 0, 0), "no ratings": table(unit, 3, 2), "one rating": table(unit, 1, 1, 0, 0, 1),
			"one rater": table(unit, 1, 3, 0, 0, 1, 0, 1, 0), "one item": table(unit, 3, 1, 0, 0, 1, 1, 0, 0, 2, 0, 1),
			"all 1": equal, "all 0": table(unit, 2, 2, 0, 0, 0, 0, 1, 0, 1, 0, 0), "unconnected": apart,
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
		for _, o := range Options(s) {
			if o.Doc == "" || o.Default == nil {
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
