package detect

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"reflect"
	"runtime"
	"slices"
	"testing"

	"github.com/ringwatch/ringwatch/detect/internal/ringtest"
	"github.com/ringwatch/ringwatch/rating"
)

// shapes are the kinds of data that every detector must cope with.
var shapes = map[string]ringtest.World{
	"votes and times": {Raters: 500, Items: 200, PerRater: 10, Times: true, Values: true, Rings: 2, Seed: 3},
	"no times":        {Raters: 500, Items: 200, PerRater: 10, Values: true, Rings: 2, Seed: 4},
	"co-actions":      {Raters: 500, Items: 200, PerRater: 10, Times: true, Rings: 2, Seed: 5},
	"neither":         {Raters: 500, Items: 200, PerRater: 10, Rings: 2, Seed: 6},
	"authors": {Raters: 500, Items: 200, PerRater: 10, Times: true, Values: true, Rings: 2,
		Authors: 10, Seed: 10},
	"no rings": {Raters: 500, Items: 200, PerRater: 10, Times: true, Values: true, Seed: 7},
}

// long is whether the longer checks run too.
func long() bool { return os.Getenv("RINGWATCH_LONG") != "" }

// everyDetector runs a law for each detector alone, in each shape of data, or unless
// the longer checks run in one or two of them, which differ from detector to detector
// and from law to law.
func everyDetector(t *testing.T, law func(t *testing.T, d Detector, tab *rating.Table)) {
	for n, build := range All {
		for k, name := range slices.Sorted(mapKeys(shapes)) {
			d := build()
			drawn := (n+k)%3 == 0 && ((n+k)/3+len(t.Name()))%2 == 0 || name == "authors" && d.Name() == "authors"
			if !long() && !drawn {
				continue
			}
			t.Run(d.Name()+"/"+name, func(t *testing.T) { law(t, d, shape(t, name)) })
		}
	}
}

func mapKeys[V any](m map[string]V) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// tables are those of the shapes, each made once and never changed, and inShapes what
// detectors with their defaults found there: many laws ask for the same.
var (
	tables   = map[string]*rating.Table{}
	inShapes = map[asked]*Findings{}
)

type asked struct {
	tab      *rating.Table
	detector string
}

func shape(t *testing.T, name string) *rating.Table {
	if tables[name] == nil {
		tables[name] = shapes[name].Table(t)
	}
	return tables[name]
}

// find returns what a detector finds, which is not to be changed where the table is a
// shape's.
func find(t *testing.T, d Detector, tab *rating.Table) *Findings {
	t.Helper()
	usual, err := New(d.Name())
	known := err == nil && reflect.DeepEqual(d, usual) && slices.Contains(slices.Collect(maps.Values(tables)), tab)
	if f := inShapes[asked{tab, d.Name()}]; known && f != nil {
		return f
	}
	f, err := Run(context.Background(), Input{Ratings: tab, Seed: 1}, []Detector{d})
	if err != nil {
		t.Fatal(err)
	}
	if known {
		inShapes[asked{tab, d.Name()}] = f
	}
	return f
}

// written puts findings in a form that can be compared, rows by what they are
// instead of by where they stand.
func written(t *testing.T, f *Findings, tab *rating.Table) []byte {
	t.Helper()
	g := *f
	for _, rings := range []*[]Ring{&g.Rings, &g.Coordinated, &g.Shared} {
		*rings = slices.Clone(*rings)
		for i := range *rings {
			r := &(*rings)[i]
			r.Evidence = slices.Clone(r.Evidence)
			for j := range r.Evidence {
				var keys []string
				for _, k := range r.Evidence[j].Rows {
					keys = append(keys, fmt.Sprint(tab.Rater[k], tab.Item[k]))
				}
				slices.Sort(keys)
				r.Evidence[j].Note += fmt.Sprint(keys)
				r.Evidence[j].Rows = nil
			}
		}
	}
	b, err := json.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRowOrderAndProcessorsDoNotMatter(t *testing.T) {
	everyDetector(t, func(t *testing.T, d Detector, tab *rating.Table) {
		want := written(t, find(t, d, tab), tab)
		other := ringtest.Shuffled(tab, 9)
		old := runtime.GOMAXPROCS(1)
		got := written(t, find(t, d, other), other)
		runtime.GOMAXPROCS(old)
		if !bytes.Equal(got, want) {
			t.Errorf("other findings with the rows shuffled and one processor:\n%s\n%s", got, want)
		}
	})
}

func TestTimeShiftDoesNotMatter(t *testing.T) {
	everyDetector(t, func(t *testing.T, d Detector, tab *rating.Table) {
		if !tab.HasTimes() {
			t.Skip("no times")
		}
		want := find(t, d, tab)
		later := ringtest.Shuffled(tab, 1)
		for k := range later.Time {
			later.Time[k] += 12345678
		}
		got := find(t, d, later)
		for i := range got.Rings {
			got.Rings[i].First -= 12345678
			got.Rings[i].Last -= 12345678
		}
		for i := range got.Shared {
			got.Shared[i].First -= 12345678
			got.Shared[i].Last -= 12345678
		}
		if !bytes.Equal(written(t, got, later), written(t, want, tab)) {
			t.Error("other findings where everything happened later")
		}
	})
}

// TestNamesDoNotMatter: renumbering raters may break ties otherwise, but must not
// change who is in a ring.
func TestNamesDoNotMatter(t *testing.T) {
	everyDetector(t, func(t *testing.T, d Detector, tab *rating.Table) {
		n := int32(tab.Raters.Len())
		renamed := ringtest.Shuffled(tab, 1)
		for k := range renamed.Rater {
			renamed.Rater[k] = n - 1 - renamed.Rater[k]
		}
		back := find(t, d, renamed)
		for i := range back.Rings {
			for j, u := range back.Rings[i].Raters {
				back.Rings[i].Raters[j] = n - 1 - u
			}
			slices.Sort(back.Rings[i].Raters)
		}
		if got, want := members(back), members(find(t, d, tab)); got != want {
			t.Errorf("rings %s after renaming, %s before", got, want)
		}
	})
}

func members(f *Findings) string {
	var all []string
	for _, r := range f.Rings {
		all = append(all, fmt.Sprint(r.Raters))
	}
	slices.Sort(all)
	return fmt.Sprint(all)
}

// TestDoubtComesLast: rings that something speaks against are listed, and their
// members ranked, after those of rings without doubt, however strong they are.
func TestDoubtComesLast(t *testing.T) {
	holds := []Explanation{{Name: "household", Holds: true}}
	rings := []Ring{{LogP: -900, Innocent: holds}, {LogP: -20}, {LogP: -800, Unstable: true}, {LogP: -30}}
	strongestFirst(rings)
	for i, want := range []float64{-30, -20, -900, -800} {
		if rings[i].LogP != want {
			t.Errorf("ring %d has ln P %g; want %g", i+1, rings[i].LogP, want)
		}
	}
	f := &Findings{Suspicion: make([]float64, 3), Rings: []Ring{
		{LogP: -20, Members: []Member{{Rater: 0, Strength: 1}}},
		{LogP: -900, Innocent: holds, Members: []Member{{Rater: 1, Strength: 90}}}}}
	(&engine{}).suspect(f, nil)
	if s := f.Suspicion; !(s[0] > s[1] && s[1] >= .5) {
		t.Errorf("suspicion %v: want that of the ring without doubt above, both from .5", s)
	}
}

// TestFindingsAreWellFormed holds every ring to what its documentation says.
func TestFindingsAreWellFormed(t *testing.T) {
	everyDetector(t, func(t *testing.T, d Detector, tab *rating.Table) {
		f := find(t, d, tab)
		if len(f.Suspicion) != tab.Raters.Len() {
			t.Fatalf("%d suspicions for %d raters", len(f.Suspicion), tab.Raters.Len())
		}
		for u, s := range f.Suspicion {
			if !(s >= 0 && s <= 1) {
				t.Errorf("rater %d has suspicion %v", u, s)
			}
		}
		if len(f.Detectors)+len(f.NotRun) != 1 {
			t.Errorf("ran %v, did not run %v", f.Detectors, f.NotRun)
		}
		seen := map[int32]bool{}
		for _, r := range slices.Concat(f.Rings, f.Coordinated, f.Shared) {
			if len(r.Raters) < 3 || len(r.Items) < 2 || !slices.IsSorted(r.Raters) || !slices.IsSorted(r.Items) {
				t.Errorf("raters %v, items %v", r.Raters, r.Items)
			}
			if !(r.P >= 0 && r.P <= r.Q && r.Q <= 1) || r.LogP > r.LogQ || r.LogQ > 0 {
				t.Errorf("p %v q %v, logarithms %v %v", r.P, r.Q, r.LogP, r.LogQ)
			}
			if len(r.Evidence) == 0 || len(r.Innocent) == 0 {
				t.Error("a ring without evidence or without the innocent explanations tested")
			}
			if tab.Scale.Unary() != (len(r.Correlation) == 0) {
				t.Errorf("correlation %+v", r.Correlation)
			}
			for _, c := range r.Correlation {
				checkCorrelation(t, &r, &c)
			}
			for _, e := range r.Evidence {
				if e.Observed < 0 || e.Expected < 0 || math.IsNaN(e.Observed+e.Expected) {
					t.Errorf("%s: observed %v, expected %v", e.Measure, e.Observed, e.Expected)
				}
				for _, k := range e.Rows {
					_, in := slices.BinarySearch(r.Raters, tab.Rater[k])
					_, on := slices.BinarySearch(r.Items, tab.Item[k])
					if !in || !on {
						t.Errorf("%s shows a row by rater %d on item %d, who are not of the ring",
							e.Measure, tab.Rater[k], tab.Item[k])
					}
				}
			}
		}
		for _, r := range f.Rings {
			if r.Q > .05 && !r.Official {
				t.Errorf("a ring with q %v", r.Q)
			}
			for _, u := range r.Raters {
				if seen[u] {
					t.Errorf("rater %d is in two rings", u)
				}
				seen[u] = true
			}
		}
	})
}

func checkCorrelation(t *testing.T, r *Ring, c *Correlation) {
	if !(c.Chance >= 0 && c.Chance <= 1 && c.Within >= 0 && c.Within <= 1 && c.Away >= 0) ||
		len(c.Items) != len(c.Planned) || len(c.Items) == 0 || !slices.IsSorted(c.Items) || !slices.IsSorted(c.Raters) {
		t.Errorf("correlation %+v", c)
	}
	for _, u := range c.Raters {
		if _, member := slices.BinarySearch(r.Raters, u); !member {
			t.Errorf("rater %d, who is no member, has votes of the group", u)
		}
	}
	if len(c.Others) != len(c.OthersChance) || !slices.IsSorted(c.Others) {
		t.Errorf("others %v, %v", c.Others, c.OthersChance)
	}
	for n, u := range c.Others {
		_, member := slices.BinarySearch(r.Raters, u)
		if p := c.OthersChance[n]; member || !(p > 0 && p <= 1) {
			t.Errorf("rater %d may be of the group with chance %v; it is a member: %v", u, p, member)
		}
	}
	k := float64(max(1, len(c.Raters)))
	for at, p := range c.Planned {
		if e := c.Effective(at, k); !(p >= 0 && p <= c.Chance+1e-9 && e > 0 && e <= k+1e-9) {
			t.Errorf("planned %v of %v, %v effective votes of %v", p, c.Chance, e, k)
		}
	}
}

func TestNobodyIsAccusedWithoutCause(t *testing.T) {
	for _, name := range []string{"no rings", "neither"} {
		for _, build := range All {
			if f := find(t, build(), shape(t, name)); len(f.Rings) > 0 {
				t.Errorf("%s: %s finds %d rings", name, build().Name(), len(f.Rings))
			}
		}
	}
}

// blindTo is, by detector and shape, why it does not look for the rings there. It may
// meet one all the same, by a few members whom chance brought together.
var blindTo = map[string]string{
	"synchrony/no times":        "it goes by time",
	"embed/co-actions":          "without values, an embedding of 500 raters in 200 items shows who is popular",
	"embed/no times":            "neighbours by a cosine of 0.9 need less of other ratings",
	"embed/votes and times":     "neighbours by a cosine of 0.9 need less of other ratings",
	"embed/authors":             "neighbours by a cosine of 0.9 need less of other ratings",
	"lockstep/no times":         "it goes by time",
	"newcomers/no times":        "it goes by time",
	"newcomers/co-actions":      "these rings did not begin together",
	"newcomers/votes and times": "these rings did not begin together",
	"newcomers/authors":         "these rings did not begin together",
	"authors/no times":          "nobody is known to have written anything",
	"authors/co-actions":        "nobody is known to have written anything",
	"authors/votes and times":   "nobody is known to have written anything",
}

// TestRingsAreFound: every detector by itself must find what its blind spot does
// not cover, whole and pure.
func TestRingsAreFound(t *testing.T) {
	for _, name := range []string{"votes and times", "no times", "co-actions", "authors"} {
		w, tab := shapes[name], shape(t, name)
		for _, build := range All {
			key := build().Name() + "/" + name
			if blindTo[key] != "" || build().Doc().Official { // X's fixed thresholds are above these rings
				continue
			}
			f := find(t, build(), tab)
			found := 0
			for _, r := range f.Rings {
				for _, u := range r.Raters {
					if int(u) >= w.Raters-w.Rings*ringtest.RingSize {
						found++
					} else {
						t.Errorf("%s: honest rater %d is in a ring", key, u)
					}
				}
			}
			if found < w.Rings*ringtest.RingSize-1 {
				t.Errorf("%s: %d of %d members found", key, found, w.Rings*ringtest.RingSize)
			}
		}
	}
}

func TestSmallTables(t *testing.T) {
	empty := &rating.Table{Raters: rating.Numbered("r", 0), Items: rating.Numbered("i", 0)}
	one := &rating.Table{Raters: rating.Numbered("r", 1), Items: rating.Numbered("i", 1)}
	one.Append(0, 0, 1, 5)
	same := &rating.Table{Raters: rating.Numbered("r", 30), Items: rating.Numbered("i", 30),
		Scale: rating.Scale{Max: 1}}
	for u := range int32(30) {
		for i := range int32(30) {
			same.Append(u, i, 1, 7)
		}
	}
	agreed := &rating.Table{Raters: rating.Numbered("r", 40), Items: rating.Numbered("i", 25),
		Scale: rating.Scale{Max: 1}} // of each item all say the same, of another something else
	for k := range int32(200) {
		agreed.Append(k%40, k%25, float32(k%5)/4, 60*k)
	}
	for _, tab := range []*rating.Table{empty, one, same, agreed} {
		for _, build := range All {
			if build().Doc().Official && tab == same {
				continue // X's thresholds take them for a group
			}
			if f := find(t, build(), tab); len(f.Rings) > 0 {
				t.Errorf("%s finds %d rings among %d ratings that are all alike",
					build().Name(), len(f.Rings), tab.Len())
			}
		}
	}
}

func TestStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	everyDetector(t, func(t *testing.T, d Detector, tab *rating.Table) {
		if _, err := Run(ctx, Input{Ratings: tab}, []Detector{d}); err != context.Canceled {
			t.Errorf("stopped, it returns %v", err)
		}
	})
}

func TestRunNamesEveryDetectorThatFoundARing(t *testing.T) {
	tab := shape(t, "votes and times")
	var all []Detector
	for _, build := range All {
		all = append(all, build())
	}
	f, err := Run(context.Background(), Input{Ratings: tab}, all)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range f.Rings {
		if !slices.Contains(r.Detectors, "group") || !slices.Contains(r.Detectors, "synchrony") {
			t.Errorf("ring of %d found by %v only", len(r.Raters), r.Detectors)
		}
	}
	if len(f.Rings) != shapes["votes and times"].Rings {
		t.Errorf("%d rings", len(f.Rings))
	}
}
