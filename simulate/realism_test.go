package simulate

import (
	"cmp"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/rating"
)

var update = flag.Bool("update", false, "write docs/worlds.md; check the difference")

// trivial are the features by which anybody would try to tell accounts first.
var trivial = []string{"ratings", "mean value", "share of extremes", "days between first and last", "ratings a day",
	"median gap", "ratings of the items", "age of the items", "first of the item"}

// features returns the trivial features of raters with a rating.
func features(t *rating.Table) (raters []int32, x [][]float64) {
	count := make([]float64, t.Items.Len())
	born := slices.Repeat([]int32{math.MaxInt32}, t.Items.Len())
	for k, i := range t.Item {
		count[i]++
		born[i] = min(born[i], t.Time[k])
	}
	for u := range int32(t.Raters.Len()) {
		rows := t.ByRater().Rows(u)
		if len(rows) == 0 {
			continue
		}
		var values, extremes, popular, age, early float64
		var times, gaps []float64
		for _, k := range rows {
			v := float64(t.Value[k])
			values += v
			if v == 0 || v == 1 {
				extremes++
			}
			popular += math.Log(count[t.Item[k]])
			old := float64(t.Time[k] - born[t.Item[k]])
			age += math.Log1p(old)
			if old < hour {
				early++
			}
			times = append(times, float64(t.Time[k]))
		}
		slices.Sort(times)
		for k := range len(times) - 1 {
			gaps = append(gaps, times[k+1]-times[k])
		}
		n, span := float64(len(rows)), (times[len(times)-1]-times[0])/day
		raters = append(raters, u)
		x = append(x, []float64{math.Log(n), values / n, extremes / n, span, math.Log(n / (span + 1)),
			math.Log1p(quantile(gaps, .5)), popular / n, age / n, early / n})
	}
	return raters, x
}

// quantile sorts x; it is 0 where there is nothing.
func quantile(x []float64, q float64) float64 {
	if len(x) == 0 {
		return 0
	}
	slices.Sort(x)
	return x[int(q*float64(len(x)-1)+.5)]
}

// auc is the share of pairs in which the positive scores higher, ties half.
func auc(score []float64, positive []bool) float64 {
	order := make([]int, len(score))
	for k := range order {
		order[k] = k
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(score[a], score[b]) })
	below, good, wins := 0., 0., 0.
	for from := 0; from < len(order); {
		to, p, n := from, 0., 0.
		for ; to < len(order) && score[order[to]] == score[order[from]]; to++ {
			if positive[order[to]] {
				p++
			} else {
				n++
			}
		}
		wins += p * (below + n/2)
		below, good, from = below+n, good+p, to
	}
	return wins / (below * good)
}

// classify returns the out-of-fold scores of a ridge logistic regression on
// standardised features and their squares, in five folds.
func classify(x [][]float64, positive []bool) []float64 {
	d := 2*len(x[0]) + 1
	z := make([][]float64, len(x))
	for k := range z {
		z[k] = append(make([]float64, 0, d), 1)
	}
	for j := range x[0] {
		m := mean(x, func(r []float64) float64 { return r[j] })
		s := deviation(x, func(r []float64) float64 { return r[j] })
		for k := range x {
			v := (x[k][j] - m) / max(s, 1e-9)
			z[k] = append(z[k], v, v*v-1)
		}
	}
	score := make([]float64, len(x))
	fold := rand.New(rand.NewPCG(1, 1)).Perm(len(x))
	for f := range 5 {
		w := make([]float64, d)
		for range 300 { // gradient descent, classes weighing alike
			grad := make([]float64, d)
			var totals [2]float64
			for k := range z {
				if fold[k]%5 != f {
					totals[label(positive[k])]++
				}
			}
			for k := range z {
				if fold[k]%5 == f {
					continue
				}
				y := float64(label(positive[k]))
				p := 1 / (1 + math.Exp(-dot(w, z[k])))
				for j := range w {
					grad[j] += (p - y) * z[k][j] / totals[label(positive[k])]
				}
			}
			for j := range w {
				w[j] -= .3 * (grad[j] + .01*w[j])
			}
		}
		for k := range z {
			if fold[k]%5 == f {
				score[k] = dot(w, z[k])
			}
		}
	}
	return score
}

func label(positive bool) int {
	if positive {
		return 1
	}
	return 0
}

func dot(a, b []float64) (s float64) {
	for k := range a {
		s += a[k] * b[k]
	}
	return s
}

// A giveaway is how well trivial features tell a brigade.
type giveaway struct {
	// AUC against all honest raters, against equally active ones, of the best single feature there
	all, matched, single float64
	feature              string
}

// giveaways measures an attack by many accounts in a world of some size.
func giveaways(t *testing.T, a Attack) giveaway {
	o := NewOrganic()
	o.Raters, o.Items, o.Ratings = 3000, 1500, 56000
	w, err := o.Generate(t.Context(), 3)
	if err != nil {
		t.Fatal(err)
	}
	set(a, "Accounts", 30)
	if has(a, "Brigades") {
		set(a, "Brigades", 4)
	}
	inject(t, w, 3, a)
	raters, x := features(w.Ratings)
	positive := make([]bool, len(raters))
	var counts []float64
	for k, u := range raters {
		if positive[k] = w.Brigade[u] != 0; positive[k] {
			counts = append(counts, x[k][0])
		}
	}
	g := giveaway{all: auc(classify(x, positive), positive)}
	low, high := quantile(counts, .05)-math.Log(1.5), quantile(counts, .95)+math.Log(1.5)
	var peers [][]float64
	var among []bool
	for k := range x {
		if positive[k] || low <= x[k][0] && x[k][0] <= high {
			peers, among = append(peers, x[k]), append(among, positive[k])
		}
	}
	g.matched = auc(classify(peers, among), among)
	for j := range trivial {
		column := make([]float64, len(peers))
		for k := range peers {
			column[k] = peers[k][j]
		}
		v := auc(column, among)
		if v = max(v, 1-v); v > g.single {
			g.single, g.feature = v, trivial[j]
		}
	}
	return g
}

// stated is the AUC by which trivial features may tell accounts that are meant
// to pass for honest from honest raters who are as active.
var stated = map[string]float64{"mimic": .75}

// TestGiveaways: trivial features tell no better than is stated who is meant to
// pass them, and tell well who does not try.
func TestGiveaways(t *testing.T) {
	if os.Getenv("RINGWATCH_LONG") == "" {
		t.Skip("trains classifiers: one of the longer checks, which RINGWATCH_LONG=1 runs")
	}
	for name, limit := range stated {
		a, err := New(name)
		if err != nil {
			t.Fatal(err)
		}
		if g := giveaways(t, a); g.matched > limit || g.all > limit+.1 {
			t.Errorf("%s: AUC %.2f, %.2f among the as active, %.2f by %s alone; %.2f is stated",
				name, g.all, g.matched, g.single, g.feature, limit)
		}
	}
	if g := giveaways(t, NewBurst()); g.all < .95 {
		t.Errorf("burst: AUC %.2f; the classifier tells nothing", g.all)
	}
}

// A marginal is one figure of a set of ratings.
type marginal struct {
	name string
	of   func(*rating.Table) string
}

var marginals = []marginal{
	{"raters", func(t *rating.Table) string { return fmt.Sprint(t.Raters.Len()) }},
	{"items", func(t *rating.Table) string { return fmt.Sprint(t.Items.Len()) }},
	{"ratings", func(t *rating.Table) string { return fmt.Sprint(t.Len()) }},
	{"a rater: median, 9 in 10, most", func(t *rating.Table) string {
		return spread(counts(t.ByRater(), t.Raters.Len()))
	}},
	{"a rater: Gini", func(t *rating.Table) string {
		return fmt.Sprintf("%.2f", gini(counts(t.ByRater(), t.Raters.Len())))
	}},
	{"an item: median, 9 in 10, most", func(t *rating.Table) string {
		return spread(counts(t.ByItem(), t.Items.Len()))
	}},
	{"an item: Gini", func(t *rating.Table) string {
		return fmt.Sprintf("%.2f", gini(counts(t.ByItem(), t.Items.Len())))
	}},
	{"values: mean, share of the lowest and the highest", valueShares},
	{"hours between a rater's ratings: a quarter, median, 9 in 10", gapSpread},
	{"days of a rater: median, 9 in 10", lives},
	{"pairs of active raters with an item in common", meeting},
}

func counts(x *rating.Index, n int) (c []float64) {
	for k := range int32(n) {
		if r := x.Count(k); r > 0 {
			c = append(c, float64(r))
		}
	}
	return c
}

func spread(x []float64) string {
	return fmt.Sprintf("%.0f, %.0f, %.0f", quantile(x, .5), quantile(x, .9), quantile(x, 1))
}

// gini is 0 where all are alike and near 1 where one has all.
func gini(x []float64) float64 {
	slices.Sort(x)
	sum, weighted := 0., 0.
	for k, v := range x {
		sum += v
		weighted += float64(k+1) * v
	}
	n := float64(len(x))
	return 2*weighted/(n*sum) - (n+1)/n
}

func valueShares(t *rating.Table) string {
	if t.Scale.Unary() {
		return "–"
	}
	low, high, sum := 0., 0., 0.
	least, most := slices.Min(t.Value), slices.Max(t.Value)
	for _, v := range t.Value {
		sum += float64(v)
		low += float64(label(v == least))
		high += float64(label(v == most))
	}
	n := float64(t.Len())
	return fmt.Sprintf("%.2f, %.2f, %.2f", sum/n, low/n, high/n)
}

func byTime(t *rating.Table, u int32) (times []float64) {
	for _, k := range t.ByRater().Rows(u) {
		times = append(times, float64(t.Time[k]))
	}
	slices.Sort(times)
	return times
}

func gapSpread(t *rating.Table) string {
	if !t.HasTimes() {
		return "–"
	}
	var gaps []float64
	for u := range int32(t.Raters.Len()) {
		times := byTime(t, u)
		for k := range max(0, len(times)-1) {
			gaps = append(gaps, (times[k+1]-times[k])/hour)
		}
	}
	return fmt.Sprintf("%.2g, %.2g, %.3g", quantile(gaps, .25), quantile(gaps, .5), quantile(gaps, .9))
}

func lives(t *rating.Table) string {
	if !t.HasTimes() {
		return "–"
	}
	var days []float64
	for u := range int32(t.Raters.Len()) {
		if times := byTime(t, u); len(times) > 1 {
			days = append(days, (times[len(times)-1]-times[0])/day)
		}
	}
	return fmt.Sprintf("%.1f, %.0f", quantile(days, .5), quantile(days, .9))
}

// meeting samples pairs of raters with ten ratings or more.
func meeting(t *rating.Table) string {
	var active []int32
	for u := range int32(t.Raters.Len()) {
		if t.ByRater().Count(u) >= 10 {
			active = append(active, u)
		}
	}
	if len(active) < 2 {
		return "–"
	}
	rng := rand.New(rand.NewPCG(1, 2))
	meet, common := 0., 0.
	const pairs = 20000
	for range pairs {
		a, b := active[rng.IntN(len(active))], active[rng.IntN(len(active))]
		if a == b {
			continue
		}
		items := map[int32]bool{}
		for _, k := range t.ByRater().Rows(a) {
			items[t.Item[k]] = true
		}
		n := 0.
		for _, k := range t.ByRater().Rows(b) {
			n += float64(label(items[t.Item[k]]))
		}
		meet += float64(label(n > 0))
		common += n
	}
	if meet == 0 {
		return "0"
	}
	return fmt.Sprintf("%.1f %%, %.1f items", 100*meet/pairs, common/meet)
}

const worldsDoc = "../docs/worlds.md"

// TestWorldsDoc writes docs/worlds.md with -update: marginals of worlds beside
// those of real data, and what gives accounts away. Without, it looks whether
// every attack is in it.
func TestWorldsDoc(t *testing.T) {
	if !*update {
		doc, err := os.ReadFile(worldsDoc)
		if err != nil {
			t.Fatal(err)
		}
		for _, fresh := range All {
			if name := fresh().Name(); name != "import" && !strings.Contains(string(doc), "\n| "+name+" |") {
				t.Errorf("%s has no line for %s; run this test with -update", worldsDoc, name)
			}
		}
		return
	}
	files, _ := filepath.Glob("../../shared/data/*/ratings.csv.gz")
	if len(files) == 0 {
		t.Skip("the real data does not lie beside this checkout")
	}
	tables, names := []*rating.Table{}, []string{}
	for _, kind := range []struct {
		name   string
		change func(*Organic)
	}{{"organic", func(*Organic) {}}, {"organic, stars", func(o *Organic) { o.Levels = 5 }},
		{"organic, sparse, 2 years", func(o *Organic) { o.Days, o.Items, o.Ratings = 730, 6000, 40000 }}} {
		o := NewOrganic()
		kind.change(o)
		w, err := o.Generate(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		tables, names = append(tables, w.Ratings), append(names, kind.name)
	}
	for _, path := range files {
		name := filepath.Base(filepath.Dir(path))
		// attacked on purpose, or all of it suspect
		if name == "averageattack" || strings.HasPrefix(name, "starscout") {
			continue
		}
		table, _, err := rating.Read(t.Context(), []string{path}, rating.ReadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		tables, names = append(tables, table), append(names, name)
	}
	var b strings.Builder
	b.WriteString("# Worlds beside real data\n\n" +
		"`go test ./simulate -run WorldsDoc -update` writes this page, " +
		"where the real sets lie beside the checkout.\n\n" +
		"## Marginals\n\nOne column is one set of ratings; seed 1 for the organic ones. " +
		"The last line is about raters with ten\nratings or more: how many pairs of them share an item, " +
		"and how many these share.\n" +
		"The organic world is a crowd in sessions on items that live for days, as notes do: " +
		"gaps within a session are\n" +
		"minutes, where members of trust networks (bitcoin_*) come back after days. " +
		"Its items are rated more evenly than\n" +
		"those of most sets; its raters are as unequal as theirs.\n\n")
	b.WriteString("| | " + strings.Join(names, " | ") + " |\n|---|" + strings.Repeat("---|", len(names)) + "\n")
	for _, m := range marginals {
		b.WriteString("| " + m.name + " |")
		for _, table := range tables {
			b.WriteString(" " + m.of(table) + " |")
		}
		b.WriteByte('\n')
	}
	b.WriteString("\n## What gives accounts away\n\n" +
		"AUC of a logistic regression, out of fold, " +
		"on features that anybody would try first: " + strings.Join(trivial, ", ") + ".\n" +
		"0.5 tells nothing, 1 tells all. Four brigades of 30 accounts in a world of 3,000 raters and 56,000 " +
		"ratings, seed 3,\n" +
		"options as they are by default. *All* is against all honest raters, " +
		"*as active* against those with as many ratings;\n" +
		"*alone* is the best single feature there. *Stated* is what a test holds an attack to that is meant " +
		"to pass such\n" +
		"classifiers. The others hide in what detectors of groups look at (ratios, windows, agreement), " +
		"by the recipes of their\n" +
		"sources, and not in this: their accounts are all alike active, for the whole campaign, " +
		"and come for a target alone.\n\n" +
		"| attack | all | as active | alone | feature | stated |\n|---|---|---|---|---|---|\n")
	for _, fresh := range All {
		a := fresh()
		if a.Name() == "import" {
			continue
		}
		g := giveaways(t, a)
		limit := ""
		if x, ok := stated[a.Name()]; ok {
			limit = fmt.Sprintf("%.2f", x)
		}
		if math.IsNaN(g.matched) { // nobody honest is as active
			fmt.Fprintf(&b, "| %s | %.2f | – | – | – | %s |\n", a.Name(), g.all, limit)
			continue
		}
		fmt.Fprintf(&b, "| %s | %.2f | %.2f | %.2f | %s | %s |\n", a.Name(), g.all, g.matched, g.single,
			g.feature, limit)
	}
	if err := os.WriteFile(worldsDoc, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
