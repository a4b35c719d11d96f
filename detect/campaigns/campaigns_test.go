package campaigns_test

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/ringwatch/ringwatch/detect/campaigns"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/simulate"
)

// shop is a platform of reviews: most raters come once, items live for years, and
// many come to some of them at once, innocently.
func shop() *simulate.Organic {
	o := simulate.NewOrganic()
	o.Raters, o.Items, o.Ratings, o.Days, o.Levels = 24000, 1500, 90000, 700, 5
	o.Life, o.OneShots, o.Waves, o.Mood = 60, .75, 2, -.8
	o.AlertGroups, o.PlatformBursts, o.Clubs = 0, 0, 0
	o.Launches, o.Viral, o.Promotions, o.Changes = 27, 10, 8, 10 // no fans and no parties: these look as campaigns do
	return o
}

// small is a shop that takes a fraction of a second.
func small() *simulate.Organic {
	o := shop()
	o.Raters, o.Items, o.Ratings = 7000, 400, 25000
	return o
}

// attacked is a small shop with farms of some accounts on an item each.
func attacked(t testing.TB, seed uint64, goal simulate.Goal, accounts ...int) *simulate.World {
	t.Helper()
	w, err := small().Generate(context.Background(), seed)
	if err != nil {
		t.Fatal(err)
	}
	for k, n := range accounts {
		a := simulate.NewFarm()
		a.Accounts, a.Goal, a.Within = n, goal, time.Duration(1+24*k)*time.Hour
		if err := a.Inject(simulate.Stream(seed, fmt.Sprint("farm", k)), w); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func find(t testing.TB, table *rating.Table) *campaigns.Findings {
	t.Helper()
	f, err := campaigns.Find(context.Background(), campaigns.Input{Ratings: table})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestFarms: farms of 30 to 80 accounts are found, hardly anything else is, and
// what the rows keep takes the error of the means away.
func TestFarms(t *testing.T) {
	targets, found, false_, rows, right := 0, 0, 0, 0, 0
	before, after := 0., 0.
	for seed := range uint64(2) {
		for _, goal := range []simulate.Goal{simulate.Push, simulate.Bury} {
			w := attacked(t, seed, goal, 30, 40, 60, 80)
			f := find(t, w.Ratings)
			keep := slices.Repeat([]float64{1}, w.Ratings.Len())
			named := map[int32]bool{}
			for _, c := range f.Campaigns {
				if !c.Deducted() {
					continue
				}
				named[c.Item] = true
				for _, row := range c.Rows {
					keep[row] = c.Keep
					if rows++; int(row) >= w.Honest {
						right++
					}
				}
			}
			for i, goal := range w.Goal {
				switch {
				case goal == 0 && named[int32(i)]:
					false_++
				case goal != 0:
					if targets++; named[int32(i)] {
						found++
					}
					var sum, n [3]float64 // honest, all, kept
					for _, row := range w.Ratings.ByItem().Rows(int32(i)) {
						honest := 0.
						if int(row) < w.Honest {
							honest = 1
						}
						for k, weight := range []float64{honest, 1, keep[row]} {
							sum[k] += weight * float64(w.Ratings.Value[row])
							n[k] += weight
						}
					}
					before += math.Abs(sum[1]/n[1] - sum[0]/n[0])
					after += math.Abs(sum[2]/n[2] - sum[0]/n[0])
				}
			}
		}
	}
	if found < targets*7/8 || false_ > 1 || float64(right) < .97*float64(rows) || after > .2*before {
		t.Errorf("%d of %d targets found, %d other items named, %d of %d rows right, "+
			"error of the means %.3f after %.3f",
			found, targets, false_, right, rows, after, before)
	}
}

// shown are findings as a user sees them, whatever the numbers of rows and items.
func shown(f *campaigns.Findings, t *rating.Table, shift int32) (lines []string) {
	for _, c := range f.Campaigns {
		var rows []string
		for _, k := range c.Rows {
			rows = append(rows, fmt.Sprint(t.Time[k]-shift, t.Value[k]))
		}
		slices.Sort(rows)
		lines = append(lines, fmt.Sprintf("%s %s %d %d %d %d %.6g %.6g %.6g %.6g %.6g %.6g %.6g %.6g %v",
			t.Items.Name(c.Item), c.Verdict, c.From-shift, c.To-shift, c.Ratings,
			c.Others, c.Expected, c.Share, c.Usual, c.P, c.Q, c.Effect, c.Excess, c.ScoreWithout, rows))
	}
	slices.Sort(lines)
	return append(lines, f.NotRun)
}

func rename(t *rating.Table, rng *rand.Rand) *rating.Table {
	raters, items := rng.Perm(t.Raters.Len()), rng.Perm(t.Items.Len())
	n := t.Prefix(t.Len())
	n.Rater, n.Item = slices.Clone(t.Rater), slices.Clone(t.Item)
	n.Raters = rating.NewNames()
	for u := range raters {
		n.Raters.Add(fmt.Appendf(nil, "n%06d", u))
	}
	names := make([]string, len(items))
	for i, to := range items {
		names[to] = t.Items.Name(int32(i))
	}
	n.Items = rating.NewNames()
	for _, name := range names {
		n.Items.Add([]byte(name))
	}
	for k := range n.Rater {
		n.Rater[k], n.Item[k] = int32(raters[t.Rater[k]]), int32(items[t.Item[k]])
	}
	return n
}

// reordered are the rows of a table in another order.
func reordered(t *rating.Table, rng *rand.Rand) *rating.Table {
	n := t.Prefix(t.Len())
	n.Rater, n.Item, n.Value, n.Time = nil, nil, nil, nil
	for _, k := range rng.Perm(t.Len()) {
		n.Rater, n.Item = append(n.Rater, t.Rater[k]), append(n.Item, t.Item[k])
		n.Value, n.Time = append(n.Value, t.Value[k]), append(n.Time, t.Time[k])
	}
	return n
}

func TestLaws(t *testing.T) {
	w := attacked(t, 3, simulate.Push, 15, 30, 60)
	want := shown(find(t, w.Ratings), w.Ratings, 0)
	if len(want) < 4 {
		t.Fatalf("only %d campaigns and bursts to compare", len(want))
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for name, change := range map[string]func() (*rating.Table, int32){
		"rows in another order":    func() (*rating.Table, int32) { return reordered(w.Ratings, rng), 0 },
		"raters and items renamed": func() (*rating.Table, int32) { return rename(w.Ratings, rng), 0 },
		"all times 1234567 s later": func() (*rating.Table, int32) {
			n := w.Ratings.Prefix(w.Ratings.Len())
			n.Time = slices.Clone(n.Time)
			for k := range n.Time {
				n.Time[k] += 1234567
			}
			return n, 1234567
		},
	} {
		t.Run(name, func(t *testing.T) {
			table, shift := change()
			if diff := gocmp.Diff(want, shown(find(t, table), table, shift)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// named are the names of the items with a campaign.
func named(f *campaigns.Findings, t *rating.Table) (items []string) {
	for _, c := range f.Campaigns {
		if c.Verdict == campaigns.Campaigned {
			items = append(items, t.Items.Name(c.Item))
		}
	}
	slices.SortFunc(items, cmp.Compare)
	return slices.Compact(items)
}

// TestStrangers: a busy item more, or each established rater twice, changes no
// verdict on others.
func TestStrangers(t *testing.T) {
	w := attacked(t, 4, simulate.Push, 40, 60, 80)
	want := named(find(t, w.Ratings), w.Ratings)
	if len(want) < 3 {
		t.Fatalf("found only %v", want)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	first, last, _ := w.Ratings.Span()
	grown := func() *rating.Table {
		n := w.Ratings.Prefix(w.Ratings.Len())
		n.Raters, n.Items = n.Raters.Clone(), n.Items.Clone()
		return n
	}
	busy := grown()
	item := busy.Items.Add([]byte("busy"))
	for u := range 2000 {
		rater := busy.Raters.Add(fmt.Appendf(nil, "b%d", u))
		busy.Append(rater, item, float32(rng.IntN(5))/4, first+rng.Int32N(last-first))
	}
	if diff := gocmp.Diff(want, named(find(t, busy), busy)); diff != "" {
		t.Error("with a busy item: ", diff)
	}
	twice := grown()
	x := w.Ratings.ByRater()
	for u := range int32(w.Raters) {
		if x.Count(u) < 10 {
			continue
		}
		rater := twice.Raters.Add(fmt.Appendf(nil, "t%d", u))
		for _, k := range x.Rows(u) {
			twice.Append(rater, w.Ratings.Item[k], w.Ratings.Value[k], min(w.Ratings.Time[k]+3600, last))
		}
	}
	if diff := gocmp.Diff(want, named(find(t, twice), twice)); diff != "" {
		t.Error("with the established twice: ", diff)
	}
}

// TestDegenerate: odd data ends in a word, and names nothing.
func TestDegenerate(t *testing.T) {
	tableOf := func(rows int, rater, item func(k int) int, value func(k int) float32,
		at func(k int) int32) *rating.Table {
		n := &rating.Table{Raters: rating.NewNames(), Items: rating.NewNames(), Scale: rating.Scale{Min: 1, Max: 5}}
		for k := range rows {
			n.Append(n.Raters.Add(fmt.Appendf(nil, "r%d", rater(k))), n.Items.Add(fmt.Appendf(nil, "i%d", item(k))),
				value(k), at(k))
		}
		return n
	}
	own, all := func(k int) int { return k }, func(int) int { return 0 }
	many := func(k int) int { return k % 97 }
	mixed, best := func(k int) float32 { return float32(k%5) / 4 }, func(int) float32 { return 1 }
	hourly := func(k int) int32 { return int32(k) * 3600 }
	for name, test := range map[string]struct {
		table *rating.Table
		why   string
	}{
		"all at one second": {tableOf(5000, own, many, mixed, func(int) int32 { return 7 }),
			"all ratings are of one time"},
		"one item":           {tableOf(5000, own, all, mixed, hourly), "only 1 item,"},
		"one rater":          {tableOf(97, all, own, mixed, hourly), "hardly anybody"},
		"no times":           {tableOf(500, own, many, mixed, func(int) int32 { return rating.NoTime }), "no times"},
		"values all equal":   {tableOf(5000, own, many, best, hourly), ""},
		"nobody established": {tableOf(5000, own, many, mixed, hourly), ""},
		"two seconds":        {tableOf(5000, own, many, mixed, func(k int) int32 { return int32(k / 2500) }), ""},
		"ends of time": {tableOf(5000, own, many, mixed, func(k int) int32 {
			return []int32{math.MinInt32 + 1, math.MaxInt32}[k&1]
		}), ""},
		"no rows": {tableOf(0, own, many, mixed, hourly), ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := find(t, test.table)
			if !strings.Contains(f.NotRun, test.why) {
				t.Errorf("not run: %q, want %q", f.NotRun, test.why)
			}
			if n := named(f, test.table); len(n) > 0 {
				t.Errorf("names %v", n)
			}
		})
	}
}

// TestCoActions: without values there is attention at most.
func TestCoActions(t *testing.T) {
	w := attacked(t, 5, simulate.Push, 80, 80)
	n := w.Ratings.Prefix(w.Ratings.Len())
	n.Scale = rating.Scale{Min: 1, Max: 1}
	f := find(t, n)
	seen := 0
	for _, c := range f.Campaigns {
		if c.Verdict != campaigns.Attention || c.Keep != 1 || c.Deducted() {
			t.Errorf("%s with keep %g of co-actions", c.Verdict, c.Keep)
		}
		if w.Goal[c.Item] != 0 {
			seen++
		}
	}
	if seen < 2 {
		t.Errorf("%d of 2 farms are among the %d bursts", seen, len(f.Campaigns))
	}
}

// TestCoActionsOfTheBusy: without votes nobody has to tell what is usual, so that accounts
// of up to nine ratings are looked at where hardly anybody has more.
func TestCoActionsOfTheBusy(t *testing.T) {
	n := &rating.Table{Raters: rating.NewNames(), Items: rating.NewNames(), Scale: rating.Scale{Min: 1, Max: 1}}
	for k := range int32(500) {
		n.Append(n.Raters.Add(fmt.Appendf(nil, "r%d", k)), n.Items.Add(fmt.Appendf(nil, "i%d", k%40)), 1, 3600*k)
	}
	if f := find(t, n); f.Few != 9 {
		t.Errorf("accounts of up to %d ratings were looked at, want 9", f.Few)
	}
}

func TestStops(t *testing.T) {
	w := attacked(t, 6, simulate.Push, 30)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := campaigns.Find(ctx, campaigns.Input{Ratings: w.Ratings}); err != context.Canceled {
		t.Errorf("error %v", err)
	}
}
