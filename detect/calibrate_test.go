package detect

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/ringwatch/ringwatch/detect/internal/ringtest"
	"github.com/ringwatch/ringwatch/rating"
)

// eachShape runs a law for each kind of data.
func eachShape(t *testing.T, law func(t *testing.T, tab *rating.Table)) {
	for _, name := range slices.Sorted(mapKeys(shapes)) {
		t.Run(name, func(t *testing.T) { law(t, shape(t, name)) })
	}
}

func draw(tab *rating.Table, seed uint64) *rating.Table {
	d := newRedrawer(tab)
	d.learnTaste(rand.New(rand.NewPCG(seed, 2)), make([]bool, d.Raters))
	return d.redraw(rand.New(rand.NewPCG(seed, 1)), d.taste)
}

func TestRedrawKeepsCountsAndTimes(t *testing.T) {
	eachShape(t, func(t *testing.T, tab *rating.Table) {
		got := draw(tab, 1)
		if got.Len() != tab.Len() || got.HasTimes() != tab.HasTimes() {
			t.Fatalf("%d rows with times %v; want %d, %v", got.Len(), got.HasTimes(), tab.Len(), tab.HasTimes())
		}
		old, other := tab.ByRater(), 0
		for u := range int32(tab.Raters.Len()) {
			var had, has []int32
			rated := map[int32]bool{}
			for _, k := range old.Rows(u) {
				rated[tab.Item[k]] = true
				if tab.HasTimes() {
					had = append(had, tab.Time[k])
				}
			}
			now := map[int32]bool{}
			for _, k := range got.ByRater().Rows(u) {
				if now[got.Item[k]] {
					t.Errorf("rater %d rates item %d twice", u, got.Item[k])
				}
				now[got.Item[k]] = true
				if !rated[got.Item[k]] {
					other++
				}
				if !slices.Contains(tab.Value, got.Value[k]) {
					t.Errorf("a value of %v, which nobody gave", got.Value[k])
				}
				if tab.HasTimes() {
					has = append(has, got.Time[k])
				}
			}
			slices.Sort(had)
			slices.Sort(has)
			if len(now) != len(rated) || !slices.Equal(had, has) {
				t.Errorf("rater %d has %d ratings at %v; want %d at %v", u, len(now), has, len(rated), had)
			}
		}
		if other < tab.Len()/2 {
			t.Errorf("%d of %d ratings are of items that the rater had not rated before", other, tab.Len())
		}
	})
}

// TestRedrawVotesAsTheCrowdDoes: what an item gets on average is drawn again.
func TestRedrawVotesAsTheCrowdDoes(t *testing.T) {
	tab := shape(t, "no rings")
	means := func(tab *rating.Table) (m []float64) {
		for i := range int32(tab.Items.Len()) {
			sum := 0.0
			rows := tab.ByItem().Rows(i)
			for _, k := range rows {
				sum += float64(tab.Value[k])
			}
			m = append(m, sum/float64(max(1, len(rows))))
		}
		return m
	}
	was, is := means(tab), means(draw(tab, 1))
	apart, far, n := 0.0, 0.0, 0.0
	for i := range was {
		if tab.ByItem().Count(int32(i)) < 40 {
			continue
		}
		n++
		apart += (was[i] - is[i]) * (was[i] - is[i])
		far += (was[i] - was[(i+1)%len(was)]) * (was[i] - was[(i+1)%len(was)])
	}
	if n < 10 || apart > far/4 {
		t.Errorf("mean squared difference of an item before and after %.4f, of two items %.4f, over %v items",
			apart/n, far/n, n)
	}
}

// TestRedrawGoesByTime: an item is chosen when it was live.
func TestRedrawGoesByTime(t *testing.T) {
	tab := shape(t, "no rings")
	near := func(of *rating.Table) (n int) { // acts within five days of the middle of what the item got
		for i := range int32(tab.Items.Len()) {
			rows := tab.ByItem().Rows(i)
			if len(rows) == 0 {
				continue
			}
			middle := tab.Time[rows[len(rows)/2]]
			for _, k := range of.ByItem().Rows(i) {
				if of.Time[k] > middle-5*86400 && of.Time[k] < middle+5*86400 {
					n++
				}
			}
		}
		return n
	}
	if was, is := near(tab), near(draw(tab, 1)); is < was/2 {
		t.Errorf("%d of %d acts are near the time of their item; %d were", is, tab.Len(), was)
	}
}

// TestPlantedRings: the data stays, and the members are new, alike on their
// targets, and rate nothing twice.
func TestPlantedRings(t *testing.T) {
	eachShape(t, func(t *testing.T, tab *rating.Table) {
		d := newRedrawer(tab)
		cells := []Cell{{Size: 5, Targets: 8}, {Size: 10, Targets: 20}}
		got, rings := d.plant(rand.New(rand.NewPCG(3, 1)), cells, []int{0, 1})
		if !slices.Equal(got.Rater[:tab.Len()], tab.Rater) || !slices.Equal(got.Item[:tab.Len()], tab.Item) ||
			!slices.Equal(got.Value[:tab.Len()], tab.Value) {
			t.Error("the data itself was changed")
		}
		if first, last, ok := tab.Span(); ok {
			if a, b, _ := got.Span(); a != first || b != last {
				t.Errorf("times %d to %d; the data has %d to %d", a, b, first, last)
			}
		}
		for r, ring := range rings {
			on := map[int32][]float32{}
			for _, u := range ring {
				if int(u) < tab.Raters.Len() {
					t.Errorf("member %d is a rater of the data", u)
				}
				seen := map[int32]bool{}
				for _, k := range got.ByRater().Rows(u) {
					if seen[got.Item[k]] {
						t.Errorf("member %d rates item %d twice", u, got.Item[k])
					}
					seen[got.Item[k]] = true
					on[got.Item[k]] = append(on[got.Item[k]], got.Value[k])
				}
			}
			targets := 0
			for _, values := range on {
				slices.Sort(values)
				if len(values) == len(ring) && values[0] == values[len(values)-1] {
					targets++
				}
			}
			if len(ring) != cells[r].Size || targets < cells[r].Targets {
				t.Errorf("a ring of %d is as one on %d items; want %d, %d", len(ring), targets, cells[r].Size,
					cells[r].Targets)
			}
		}
	})
}

func TestPlanFillsCellsEvenly(t *testing.T) {
	d := newRedrawer(ringtest.World{Raters: 1500, Items: 50, PerRater: 4, Seed: 1}.Table(t))
	c := Calibration{}.withDefaults()
	cells := d.cells(c)
	for range 100 {
		planned := d.plan(cells, 10)
		members := 0
		for _, at := range planned {
			cells[at].Planted++
			members += cells[at].Size
		}
		if members > 40 {
			t.Fatalf("%d members planted at once among 1500 raters", members)
		}
	}
	for _, c := range cells {
		if c.Planted != 10 {
			t.Errorf("%d rings of %d with %d targets; want 10", c.Planted, c.Size, c.Targets)
		}
	}
}

func calibrate(t *testing.T, tab *rating.Table, redraws int) *Calibrated {
	t.Helper()
	return calibrateAs(t, tab, Calibration{Redraws: redraws})
}

func calibrateAs(t *testing.T, tab *rating.Table, as Calibration) *Calibrated {
	t.Helper()
	c, err := Calibrate(context.Background(), Input{Ratings: tab, Seed: 1}, []Detector{NewGroup()}, as)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCalibrationIsTheSameForAnyRowOrder(t *testing.T) {
	eachShape(t, func(t *testing.T, tab *rating.Table) {
		if !long() && tab.HasTimes() && !tab.Scale.Unary() {
			t.Skip("one of the longer checks")
		}
		want, _ := json.Marshal(calibrate(t, tab, 1))
		old := runtime.GOMAXPROCS(1)
		got, _ := json.Marshal(calibrate(t, ringtest.Shuffled(tab, 5), 1))
		runtime.GOMAXPROCS(old)
		if !bytes.Equal(got, want) {
			t.Errorf("other with the rows shuffled and one processor:\n%s\n%s", got, want)
		}
	})
}

// TestCalibration: most plain rings are found, and where each acts alone nobody is.
func TestCalibration(t *testing.T) {
	for _, name := range []string{"votes and times", "no times", "co-actions"} {
		t.Run(name, func(t *testing.T) {
			if !long() && name != "co-actions" {
				t.Skip("one of the longer checks")
			}
			c := calibrateAs(t, shape(t, name), Calibration{Redraws: 5, Sizes: []int{10, 20}, Targets: []int{10, 20}})
			if c.WithRings > 0 || c.Rings > 0 || c.Raters > 0 {
				t.Errorf("%d rings in %d of 5 redraws", c.Rings, c.WithRings)
			}
			for _, cell := range c.Cells {
				if cell.Targets == 20 && (cell.Planted == 0 || 2*cell.Found < cell.Planted) {
					t.Errorf("%d of %d rings of %d with %d targets are found",
						cell.Found, cell.Planted, cell.Size, cell.Targets)
				}
			}
		})
	}
}

// TestNothingTellsRings: without values and times nobody can be accused, and the
// calibration says so.
func TestNothingTellsRings(t *testing.T) {
	for _, cell := range calibrate(t, shape(t, "neither"), 3).Cells {
		if cell.Found > 0 {
			t.Errorf("%d of %d rings found", cell.Found, cell.Planted)
		}
	}
}

// TestQQ holds p-values against what they claim, in redraws of a dense crowd, of
// groups that were not searched for and of those that were.
func TestQQ(t *testing.T) {
	tab := ringtest.World{Raters: 300, Items: 150, PerRater: 20, Times: true, Values: true, Seed: 8}.Table(t)
	p := calibrateAs(t, tab, Calibration{Redraws: 4, Sizes: []int{}}).PValues
	table := "| p | member | group of 5 | found and judged |\n|---|---|---|---|\n"
	for i, level := range p.Levels {
		table += fmt.Sprintf("| %g | %.4f | %.4f | %d of %d |\n", level, float64(p.Member[i])/float64(p.RandomGroups),
			float64(p.Random[i])/float64(p.RandomGroups), p.Judged[i], p.JudgedGroups)
		for name, upTo := range map[string]int{"members": p.Member[i], "groups": p.Random[i]} {
			if low, _ := Interval(upTo, p.RandomGroups); low > level {
				t.Errorf("%d of %d %s have p up to %g", upTo, p.RandomGroups, name, level)
			}
		}
	}
	t.Log("\n" + table)
}

func TestCalibrateStops(t *testing.T) {
	tab := shape(t, "votes and times")
	for _, at := range []string{"redrawing", "planting rings"} {
		ctx, cancel := context.WithCancel(context.Background())
		in := Input{Ratings: tab, Progress: func(stage string, done, total int) {
			if stage == at && done == 1 {
				cancel()
			}
		}}
		c, err := Calibrate(ctx, in, []Detector{NewGroup()}, Calibration{Redraws: 3})
		if err != context.Canceled || c != nil {
			t.Errorf("stopped while %s, it returns %v, %v", at, c, err)
		}
	}
}

func TestCalibrateNothing(t *testing.T) {
	for _, tab := range []*rating.Table{
		{Raters: rating.Numbered("r", 0), Items: rating.Numbered("i", 0)},
		{Raters: rating.Numbered("r", 3), Items: rating.Numbered("i", 1), Rater: []int32{0, 1}, Item: []int32{0, 0},
			Value: []float32{1, 0}, Scale: rating.Scale{Max: 1}},
	} {
		if c := calibrate(t, tab, 2); len(c.Cells) > 0 || c.WithRings > 0 {
			t.Errorf("%+v of %d ratings", c, tab.Len())
		}
	}
	if _, err := Calibrate(context.Background(), Input{Ratings: shape(t, "no rings")}, []Detector{NewPostSelection()},
		Calibration{Redraws: 1}); err == nil {
		t.Error("official detectors were calibrated")
	}
}

// TestInterval: Clopper and Pearson's own example and the ends.
func TestInterval(t *testing.T) {
	for _, c := range []struct {
		k, n      int
		low, high float64
	}{{0, 20, 0, .1684}, {20, 20, .8316, 1}, {9, 10, .5550, .9975}, {0, 0, 0, 1}} {
		low, high := Interval(c.k, c.n)
		if fmt.Sprintf("%.4f %.4f", low, high) != fmt.Sprintf("%.4f %.4f", c.low, c.high) {
			t.Errorf("%d of %d: %.4f to %.4f; want %.4f to %.4f", c.k, c.n, low, high, c.low, c.high)
		}
	}
}
