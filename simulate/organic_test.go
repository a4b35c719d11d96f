package simulate

import (
	"bytes"
	"context"
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringwatch/ringwatch/catalog"
	"github.com/ringwatch/ringwatch/rating"
)

func generate(t testing.TB, o *Organic, seed uint64) *World {
	t.Helper()
	w, err := o.Generate(context.Background(), seed)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// TestOrganic holds the default world against its recipe.
func TestOrganic(t *testing.T) {
	w := generate(t, NewOrganic(), 1)
	n := float64(w.Honest)
	if n < 84000 || n > 98000 || w.Ratings.Raters.Len() != 5000 || w.Ratings.Items.Len() != 2500 {
		t.Errorf("%v ratings, %d raters, %d items", n, w.Ratings.Raters.Len(), w.Ratings.Items.Len())
	}
	var share [3]float64
	pairs := map[[2]int32]bool{}
	for k, v := range w.Ratings.Value {
		share[int(2*v)] += 1 / n
		pairs[[2]int32{w.Ratings.Rater[k], w.Ratings.Item[k]}] = true
		if w.Ratings.Time[k] < w.Born[w.Ratings.Item[k]] {
			t.Fatalf("row %d comes before its item", k)
		}
	}
	if len(pairs) != w.Honest {
		t.Errorf("%d rows repeat a rater and an item", w.Honest-len(pairs))
	}
	for level, want := range []float64{.42, .07, .51} {
		if math.Abs(share[level]-want) > .03 {
			t.Errorf("%.1f %% of ratings are %v; want about %v %%", 100*share[level], float64(level)/2, 100*want)
		}
	}
	first, last, _ := w.Ratings.Span()
	if first < start || last >= start+60*day || last-first < 58*day {
		t.Errorf("it lasts from %v to %v", rating.ToTime(first), rating.ToTime(last))
	}
	var kinds [4]int
	for _, k := range w.Kind {
		kinds[k]++
	}
	if kinds[Club] != 150 || kinds[Alert] != 40 || kinds[Fan] < 1300 || kinds[Fan] > 1600 {
		t.Errorf("kinds of raters: %v", kinds)
	}
	if a := w.Ratings.Raters.Name(0) + w.Ratings.Items.Name(2499); a != "r0001i2500" {
		t.Errorf("first rater, last item: %s", a)
	}
}

// TestOrganicSameSeed: one core or more, the same world; another seed, another.
func TestOrganicSameSeed(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	a := generate(t, small(), 3)
	runtime.GOMAXPROCS(4)
	b := generate(t, small(), 3)
	if diff := cmp.Diff(dump(a, 0), dump(b, 0)); diff != "" {
		t.Fatal(diff)
	}
	if dump(a, 0) == dump(generate(t, small(), 4), 0) {
		t.Error("seeds 3 and 4 make the same world")
	}
}

func TestOrganicStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if w, err := small().Generate(ctx, 1); err == nil {
		t.Errorf("made %d ratings after the end", w.Honest)
	}
}

func TestOrganicImpossible(t *testing.T) {
	for want, change := range map[string]func(*Organic){
		"organic world: raters is 0, but it must be from 1 to 100000000": func(o *Organic) {
			o.Raters = 0
		},
		"organic world: languages is 9, but it must be from 1 to 8": func(o *Organic) {
			o.Languages = 9
		},
		"organic world: levels is 4, but it must be 2, 3 or 5": func(o *Organic) {
			o.Levels = 4
		},
		"organic world: hate-raters is NaN, but": func(o *Organic) {
			o.HateRaters = math.NaN()
		},
		"need 3000 raters, but raters is 600; lower clubs": func(o *Organic) {
			o.Clubs, o.AlertGroups = 1000./6, 0
		},
		"all communities need 600 raters, and copycats somebody to copy, but raters is 600": func(o *Organic) {
			o.Clubs, o.AlertGroups, o.Copycats = 0, 0, 1000
		},
		"all communities need 640 raters, and": func(o *Organic) {
			o.Clubs, o.AlertGroups, o.Households, o.Events = 0, 0, 500, 2
		},
		"organic world: 100 clubs and 0 alert groups need 4000 items": func(o *Organic) {
			o.Clubs, o.ClubSize, o.AlertGroups = 1000./6, 1, 0
		},
	} {
		o := small()
		change(o)
		if _, err := o.Generate(context.Background(), 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// agreement is how much more often than not a rater meets an item of its own
// viewpoint's side.
func agreement(w *World) float64 {
	sum := 0.0
	for k, u := range w.Ratings.Rater {
		sum += math.Copysign(1, float64(w.Viewpoint[u]*w.Side[w.Ratings.Item[k]]))
	}
	return sum / float64(w.Honest)
}

func share(w *World, kind Kind) float64 {
	return mean(w.Kind, func(k Kind) float64 {
		if k == kind {
			return 1
		}
		return 0
	})
}

// crowding is the largest number of ratings of an item within 10 minutes, over
// items.
func crowding(w *World) float64 {
	sum := 0.0
	x := w.Ratings.ByItem()
	for i := range int32(len(w.Goal)) {
		most, from := 0, 0
		rows := x.Rows(i)
		for to, row := range rows {
			for w.Ratings.Time[row]-w.Ratings.Time[rows[from]] > 10*minute {
				from++
			}
			most = max(most, to-from+1)
		}
		sum += float64(most)
	}
	return sum
}

// overlap is how often two raters share a pair of items, per pair of pairs: it
// grows as raters are kept to fewer items.
func overlap(w *World) float64 {
	together := map[[2]int32]int{}
	x := w.Ratings.ByRater()
	for u := range int32(w.Raters) {
		rows := x.Rows(u)
		if len(rows) > 40 {
			continue
		}
		for a, row := range rows {
			for _, other := range rows[:a] {
				p := [2]int32{w.Ratings.Item[row], w.Ratings.Item[other]}
				together[[2]int32{min(p[0], p[1]), max(p[0], p[1])}]++
			}
		}
	}
	pairs, repeats := 0.0, 0.0
	for _, n := range together {
		pairs += float64(n)
		repeats += float64(n * (n - 1))
	}
	return repeats / (pairs * pairs)
}

// discord is how far the members of clubs stray, as a group, from what an
// item's quality is worth.
func discord(w *World) float64 {
	sum, n := map[int32]float64{}, map[int32]float64{}
	for k, u := range w.Ratings.Rater {
		if i := w.Ratings.Item[k]; w.Kind[u] == Club {
			sum[i] += float64(w.Ratings.Value[k])
			n[i]++
		}
	}
	var off []float64
	for i, m := range n {
		if m >= 8 {
			q := 1 / (1 + math.Exp(-1.2*float64(w.Quality[i])))
			off = append(off, math.Abs(sum[i]/m-q))
		}
	}
	slices.Sort(off)
	return mean(off, func(x float64) float64 { return x })
}

// TestSwitches: more of an option is more of what its doc says.
func TestSwitches(t *testing.T) {
	enough := uint64(0)
	if os.Getenv("RINGWATCH_LONG") != "" {
		enough = 1
	}
	tested := map[string]bool{"Notes": true, "Groups": true} // TestPublish
	for _, test := range []struct {
		name    string
		change  func(o *Organic, much bool)
		measure func(*World) float64
	}{
		{"Raters", func(o *Organic, much bool) { o.Raters = pickInt(much, 400, 900) },
			func(w *World) float64 { return float64(w.Raters) }},
		{"Items", func(o *Organic, much bool) { o.Items = pickInt(much, 300, 500) },
			func(w *World) float64 { return float64(len(w.Goal)) }},
		{"Ratings", func(o *Organic, much bool) { o.Ratings = pickInt(much, 5000, 9000) },
			func(w *World) float64 { return float64(w.Honest) }},
		{"Days", func(o *Organic, much bool) { o.Days = pickInt(much, 20, 90) },
			func(w *World) float64 { f, l, _ := w.Ratings.Span(); return float64(l - f) }},
		{"Levels", func(o *Organic, much bool) { o.Levels = pickInt(much, 2, 5) }, func(w *World) float64 {
			levels := map[float32]bool{}
			for _, v := range w.Ratings.Value {
				levels[v] = true
			}
			return float64(len(levels))
		}},
		{"Mood", func(o *Organic, much bool) { o.Mood = pickFloat(much, -.8, .5) }, func(w *World) float64 {
			return mean(w.Ratings.Value, func(x float32) float64 { return float64(x) })
		}},
		{"Homophily", func(o *Organic, much bool) { o.Homophily, o.HateRaters = pickFloat(much, 0, 2.5), 0 },
			agreement},
		{"HateRaters", func(o *Organic, much bool) { o.HateRaters = pickFloat(much, 0, .9) },
			func(w *World) float64 { return -agreement(w) }},
		{"Fans", func(o *Organic, much bool) { o.Fans = pickFloat(much, 0, .5) },
			func(w *World) float64 { return share(w, Fan) }},
		{"Languages", func(o *Organic, much bool) { o.Languages = pickInt(much, 1, 8) }, overlap},
		{"Clubs", func(o *Organic, much bool) { o.Clubs = pickFloat(much, 0, 5) },
			func(w *World) float64 { return share(w, Club) }},
		{"ClubSize", func(o *Organic, much bool) { o.ClubSize = pickInt(much, 10, 60) },
			func(w *World) float64 { return share(w, Club) }},
		{"ClubItems", func(o *Organic, much bool) { o.Clubs, o.Ratings, o.ClubItems = 5, 1, pickInt(much, 10, 60) },
			func(w *World) float64 { return float64(w.Honest) }},
		{"Echo", func(o *Organic, much bool) { o.Clubs, o.Echo = 5, pickFloat(much, 0, 3) }, discord},
		{"AlertGroups", func(o *Organic, much bool) { o.AlertGroups = pickFloat(much, 0, 4) }, crowding},
		{"AlertSize", func(o *Organic, much bool) { o.AlertGroups, o.AlertSize = 2, pickInt(much, 10, 80) }, crowding},
		{"AlertItems", func(o *Organic, much bool) { o.AlertGroups, o.AlertItems = 2, pickInt(much, 10, 80) },
			crowding},
		{"News", func(o *Organic, much bool) { o.News = pickFloat(much, 0, 10) }, func(w *World) float64 {
			return slices.Max(counts(w.Ratings.ByItem(), len(w.Goal)))
		}},
		{"Sessions", func(o *Organic, much bool) { o.Sessions = pickFloat(much, .3, .9) }, func(w *World) float64 {
			soon := 0.
			for u := range int32(w.Raters) {
				times := byTime(w.Ratings, u)
				for k := range max(0, len(times)-1) {
					soon += float64(label(times[k+1]-times[k] < 10*minute))
				}
			}
			return soon
		}},
		{"Zones", func(o *Organic, much bool) { o.Zones = pickInt(much, 1, 4) }, func(w *World) float64 {
			var x, y float64
			for _, at := range w.Ratings.Time {
				hour := 2 * math.Pi * float64(at%day) / day
				x, y = x+math.Cos(hour), y+math.Sin(hour)
			}
			return 1 - math.Hypot(x, y)/float64(w.Honest) // how even the hours of the day are
		}},
		{"PlatformBursts", func(o *Organic, much bool) { o.PlatformBursts = pickFloat(much, 0, .2) }, crowding},
		{"Copycats", func(o *Organic, much bool) { o.Copycats = pickFloat(much, 0, 200) },
			func(w *World) float64 { return share(w, Copycat) }},
		{"Households", func(o *Organic, much bool) { o.Households = pickFloat(much, 0, 200) },
			func(w *World) float64 { return share(w, Household) }},
		{"Events", func(o *Organic, much bool) { o.Events = pickFloat(much, 0, 4) },
			func(w *World) float64 { return share(w, Newcomer) }},
		{"EventSize", func(o *Organic, much bool) { o.Events, o.EventSize = 2, pickInt(much, 10, 80) },
			func(w *World) float64 { return share(w, Newcomer) }},
		{"EventItems", func(o *Organic, much bool) { o.Events, o.Ratings, o.EventItems = 2, 1, pickInt(much, 5, 20) },
			func(w *World) float64 { return float64(w.Honest) }},
		{"Life", func(o *Organic, much bool) { o.Life = pickFloat(much, 1, 50) }, func(w *World) float64 {
			ages := 0.
			for k, i := range w.Ratings.Item {
				ages += float64(w.Ratings.Time[k] - w.Born[i])
			}
			return ages / float64(w.Honest)
		}},
		{"OneShots", func(o *Organic, much bool) { o.OneShots = pickFloat(much, .1, .7) }, func(w *World) float64 {
			few := 0.
			for _, n := range counts(w.Ratings.ByRater(), w.Raters) {
				few += float64(label(n > 0 && n <= 3))
			}
			return few
		}},
		{"Waves", func(o *Organic, much bool) { o.OneShots, o.Waves = 1, pickInt(much, 0, 3) }, func(w *World) float64 {
			days := make([]float64, 60)
			for _, at := range w.Ratings.Time {
				days[min((at-start)/day, 59)]++
			}
			return deviation(days, func(x float64) float64 { return x })
		}},
		{"Honest", func(o *Organic, much bool) {
			if o.HonestGroups = 1; much {
				o.Honest = "classroom"
			}
		}, func(w *World) float64 { return share(w, Gathered) }},
		{"HonestGroups", func(o *Organic, much bool) { o.Honest, o.HonestGroups = "book-club", pickInt(much, 1, 4) },
			func(w *World) float64 { return share(w, Gathered) }},
		{"Launches", func(o *Organic, much bool) { o.Launches = pickFloat(much, 0, 4) },
			func(w *World) float64 { return share(w, Newcomer) }},
		{"Viral", func(o *Organic, much bool) { o.Viral = pickFloat(much, 0, 4) },
			func(w *World) float64 { return share(w, Newcomer) }},
		{"Promotions", func(o *Organic, much bool) { o.Promotions = pickFloat(much, 0, 4) },
			func(w *World) float64 { return share(w, Newcomer) }},
		{"Parties", func(o *Organic, much bool) { o.Parties = pickFloat(much, 0, 10) },
			func(w *World) float64 { return share(w, Newcomer) }},
		{"FanCrowds", func(o *Organic, much bool) { o.FanCrowds = pickFloat(much, 0, 8) }, func(w *World) float64 {
			loved := 0.
			for k, u := range w.Ratings.Rater {
				if w.Kind[u] == Newcomer {
					loved += float64(w.Ratings.Value[k]) - .5
				}
			}
			return loved
		}},
		{"Changes", func(o *Organic, much bool) { o.Changes = pickFloat(much, 0, 8) },
			func(w *World) float64 { return float64(len(w.Crowds)) }},
	} {
		tested[test.name] = true
		t.Run(test.name, func(t *testing.T) {
			var got [2]float64
			for seed := range uint64(2) { // both, or one where it tells
				for k := range got {
					o := small()
					o.AlertGroups = 0
					test.change(o, k == 1)
					got[k] += test.measure(generate(t, o, seed))
				}
				if seed >= enough && got[1] > got[0]*1.02+1e-9 {
					return
				}
			}
			t.Errorf("%g is no more than %g", got[1], got[0])
		})
	}
	for _, o := range catalog.Options(NewOrganic()) {
		if !tested[o.Name] {
			t.Errorf("nothing tests what %s does", o.Name)
		}
	}
}

// TestCompany: a copycat repeats what one other rated before, two of a household
// meet in minutes on some of their items and disagree at times, and newcomers
// are there for some days only.
func TestCompany(t *testing.T) {
	o := small()
	o.Copycats, o.Households, o.Events = 50, 50, 2
	w := generate(t, o, 1)
	rows := w.Ratings.ByRater()
	meet := func(u, v int32, apart int32) (n, agreed int) {
		of := map[int32]int32{}
		for _, k := range rows.Rows(v) {
			of[w.Ratings.Item[k]] = k
		}
		for _, k := range rows.Rows(u) {
			l, both := of[w.Ratings.Item[k]]
			if after := w.Ratings.Time[k] - w.Ratings.Time[max(0, l)]; !both || after < 0 || after > apart {
				continue
			}
			n++
			if w.Ratings.Value[k] == w.Ratings.Value[l] {
				agreed++
			}
		}
		return n, agreed
	}
	var kinds [8]int
	met, agreed := 0, 0
	for u := range int32(w.Raters) {
		kinds[w.Kind[u]]++
		all := rows.Rows(u)
		switch w.Kind[u] {
		case Copycat:
			copied := len(all) == 0
			for v := int32(0); v < int32(w.Raters) && !copied; v++ {
				_, same := meet(u, v, math.MaxInt32)
				copied = v != u && same == len(all)
			}
			if !copied {
				t.Errorf("copycat %d repeats nobody", u)
			}
		case Household:
			for v := range int32(w.Raters) {
				if w.Kind[v] == Household && v != u {
					n, same := meet(u, v, 30*minute)
					met, agreed = met+n, agreed+same
				}
			}
		case Newcomer:
			if len(all) > 0 && w.Ratings.Time[all[len(all)-1]]-w.Ratings.Time[all[0]] > 7*day {
				t.Errorf("newcomer %d stays for more than a week", u)
			}
		}
	}
	if kinds[Copycat] != 30 || kinds[Household] != 60 || kinds[Newcomer] != 40 {
		t.Errorf("kinds of raters: %v", kinds)
	}
	if met < 30 || agreed == met || Copycat.String()+Household.String()+
		Newcomer.String() != "copycathouseholdnewcomer" {
		t.Errorf("households meet %d times and agree %d times", met, agreed)
	}
}

func pickInt(much bool, less, more int) int {
	if much {
		return more
	}
	return less
}

func pickFloat(much bool, less, more float64) float64 {
	if much {
		return more
	}
	return less
}

// TestTruth writes a truth with a name that needs quotes.
func TestTruth(t *testing.T) {
	table := &rating.Table{Raters: rating.NewNames(), Items: rating.Numbered("i", 2), Time: []int32{},
		Scale: rating.Scale{Min: 0, Max: 1}}
	table.Raters.Add([]byte(`a,"b"`))
	table.Append(0, 0, 1, 0)
	table.Append(0, 1, 0, 0)
	w := FromRatings(table)
	a := NewBurst()
	a.Accounts, a.Targets, a.Goal = 1, 1, Bury
	inject(t, w, 1, a)
	var raters, items bytes.Buffer
	if err := WriteTruthRaters(&raters, w); err != nil {
		t.Fatal(err)
	}
	if want := "rater,brigade,kind\n\"a,\"\"b\"\"\",0,plain\nx000001,1,plain\n"; raters.String() != want {
		t.Errorf("raters: %q, want %q", raters.String(), want)
	}
	if err := WriteTruthItems(&items, w); err != nil {
		t.Fatal(err)
	}
	if want := "item,goal,quality\ni1,-1,\ni2,0,\n"; items.String() != want &&
		items.String() != "item,goal,quality\ni1,0,\ni2,-1,\n" {
		t.Errorf("items: %q", items.String())
	}
	var brigades bytes.Buffer
	if err := WriteTruthBrigades(&brigades, w); err != nil {
		t.Fatal(err)
	}
	if want := "brigade,attack,accounts,targets,actions,account_days,first,last\n" +
		"1,burst,1,1,1,1,2000-01-01T"; !strings.HasPrefix(brigades.String(), want) {
		t.Errorf("brigades: %q, want %q and so on", brigades.String(), want)
	}
	items.Reset()
	if err := WriteTruthItems(&items, world("organic")); err != nil {
		t.Fatal(err)
	}
	if rows, err := csv.NewReader(&items).ReadAll(); err != nil || len(rows) != 501 || rows[1][2] == "" {
		t.Errorf("%d lines, %v", len(rows), err)
	}
}

// TestSharedData runs every attack on real ratings.
func TestSharedData(t *testing.T) {
	for _, set := range []string{"bitcoin_otc", "filmtrust", "coortweet_german", "starscout_suspects"} {
		file := filepath.Join("..", "..", "shared", "data", set, "ratings.csv.gz")
		if _, err := os.Stat(file); err != nil {
			t.Skip("the shared data sets are not here: ", err)
		}
		table, _, err := rating.Read(context.Background(), []string{file}, rating.ReadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		first, last, timed := table.Span()
		for _, fresh := range All {
			w := inject(t, FromRatings(table), 1, fresh())
			v := look(w)
			if len(v.on)+len(v.off) < 50 || len(v.members) < 8 || table.Len() != w.Honest {
				t.Errorf("%s on %s: %d rows on targets, %d members", fresh().Name(), set, len(v.on), len(v.members))
			}
			for k := w.Honest; timed && k < w.Ratings.Len(); k++ {
				if x := w.Ratings.Time[k]; x < first || x > last {
					t.Fatalf("%s on %s: row %d is of %v", fresh().Name(), set, k, rating.ToTime(x))
				}
			}
		}
	}
}

func medium() *Organic {
	o := NewOrganic()
	o.Raters, o.Items, o.Ratings = 50000, 25000, 1000000
	return o
}

func BenchmarkGenerate(b *testing.B) {
	for _, size := range []struct {
		name string
		o    *Organic
	}{{"S", NewOrganic()}, {"M", medium()}} {
		b.Run(size.name, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				b.ReportMetric(float64(generate(b, size.o, 1).Honest), "ratings")
			}
		})
	}
}

func BenchmarkInject(b *testing.B) {
	for _, fresh := range All {
		b.Run(fresh().Name(), func(b *testing.B) {
			w := generate(b, medium(), 1)
			for b.Loop() {
				attacked := *w
				attacked.Ratings = w.Ratings.Prefix(w.Honest)
				attacked.Ratings.Raters = w.Ratings.Raters.Clone()
				attacked.Goal = slices.Clone(w.Goal)
				attacked.Brigade = slices.Clone(w.Brigade)
				attacked.Kind = slices.Clone(w.Kind)
				attacked.Viewpoint = slices.Clone(w.Viewpoint)
				inject(b, &attacked, 1, fresh())
			}
		})
	}
}
