package official

import (
	"bufio"
	"compress/gzip"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/rating"
)

// Results of the official scorer of Community Notes, outside of this project.
const golden = "../../../../shared/golden"

// goldenTable reads the rows of a gzipped TSV, the header first.
func goldenTable(t *testing.T, file string) [][]string {
	t.Helper()
	f, err := os.Open(filepath.Join(golden, file))
	if err != nil {
		t.Skipf("no golden vectors here: %v", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for s := bufio.NewScanner(z); s.Scan(); {
		rows = append(rows, strings.Split(s.Text(), "\t"))
	}
	return rows
}

func goldenRatings(t *testing.T, size string) *rating.Table {
	t.Helper()
	goldenTable(t, size+"/clusters/pss_cliques.tsv.gz")
	tab, _, err := rating.Read(context.Background(), []string{filepath.Join(golden, size, "input")},
		rating.ReadOptions{Notes: true})
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

// pairKey names two raters in the order of their names.
func pairKey(a, b string) string { return min(a, b) + " " + max(a, b) }

// partition writes down groups by a label in the last column.
func partition(rows [][]string) string {
	by := map[string][]string{}
	for _, r := range rows[1:] {
		by[r[1]] = append(by[r[1]], r[0])
	}
	return sorted(slices.Collect(mapValues(by)))
}

func mapValues[K comparable, V any](m map[K]V) func(yield func(V) bool) {
	return func(yield func(V) bool) {
		for _, v := range m {
			if !yield(v) {
				return
			}
		}
	}
}

func sorted(groups [][]string) string {
	var all []string
	for _, g := range groups {
		slices.Sort(g)
		all = append(all, strings.Join(g, " "))
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

func named(tab *rating.Table, groups [][]int32) string {
	var all [][]string
	for _, g := range groups {
		var names []string
		for _, u := range g {
			if int(u) < tab.Raters.Len() {
				names = append(names, tab.Raters.Name(u))
			} else {
				names = append(names, tab.Notes.Authors.Name(u-int32(tab.Raters.Len())))
			}
		}
		all = append(all, names)
	}
	return sorted(all)
}

// TestPostSelectionIsOfficial holds every number of the official detector to
// ours: counts exactly, ratios to what nine digits tell.
func TestPostSelectionIsOfficial(t *testing.T) {
	for _, size := range []string{"S", "S-rings"} {
		tab := goldenRatings(t, size)
		n := newNoted(tab)
		d := &PostSelection{Window: 20 * 60, MinPosts: 10, MinNPMI: 0.55, MinSimilar: 0.4}
		name := tab.Raters.Name
		s, err := d.suspects(context.Background(), n, nil)
		if err != nil {
			t.Fatal(err)
		}
		if size == "S-rings" {
			for _, r := range goldenTable(t, size+"/clusters/pss_rater_unique_posts.tsv.gz")[1:] {
				u, _ := tab.Raters.Find(r[0])
				if fmt.Sprint(s.posts[u]) != r[1] {
					t.Errorf("%s: rater %s rated %d posts, officially %s", size, r[0], s.posts[u], r[1])
				}
			}
		}
		met, _ := d.pairs(context.Background(), n, func(_, _, posts int32) bool { return posts >= 5 }, nil)
		counts := map[string]string{}
		for _, p := range met {
			counts[pairKey(name(p.a), name(p.b))] = fmt.Sprint(p.posts)
		}
		compareColumns(t, size+" pairs that met on 5 posts", counts,
			goldenTable(t, size+"/clusters/pss_pair_counts_ge5.tsv.gz"), 2)
		npmi, similar := map[string]string{}, map[string]string{}
		for i, p := range s.raters {
			npmi[pairKey(name(p.a), name(p.b))] = fmt.Sprint(s.npmi[i])
			similar[pairKey(name(p.a), name(p.b))] = fmt.Sprint(s.similar[i])
		}
		above := goldenTable(t, size+"/clusters/pss_pairs_above_threshold.tsv.gz")
		compareColumns(t, size+" NPMI of suspect pairs", npmi, above, 2)
		compareColumns(t, size+" similarity of suspect pairs", similar, above, 3)
		compareAdmirers(t, size, s, n)
		want, got := partition(goldenTable(t, size+"/clusters/pss_cliques.tsv.gz")), named(tab, s.groups(n))
		t.Logf("%s: %d groups, the same partition: %v", size, len(s.groups(n)), got == want)
		if got != want {
			t.Errorf("%s: groups\n%s\nofficially\n%s", size, got, want)
		}
	}
}

func compareColumns(t *testing.T, what string, got map[string]string, rows [][]string, column int) {
	t.Helper()
	same, worst := 0, 0.0
	for _, r := range rows[1:] {
		g, want := got[pairKey(r[0], r[1])], r[column]
		x, errX := strconv.ParseFloat(g, 64)
		y, errY := strconv.ParseFloat(want, 64)
		if (errX != nil) != (errY != nil) || math.Abs(x-y) > 1e-9 {
			t.Errorf("%s: %s %s is %q, officially %q", what, r[0], r[1], g, want)
			continue
		}
		same++
		worst = max(worst, math.Abs(x-y))
	}
	t.Logf("%s: %d of %d official ones, %d ours, farthest %.2g", what, same, len(rows)-1, len(got), worst)
	if len(got) != len(rows)-1 {
		t.Errorf("%s: %d, officially %d", what, len(got), len(rows)-1)
	}
}

func compareAdmirers(t *testing.T, size string, s *suspects, n *noted) {
	rows := goldenTable(t, size+"/clusters/pss_affinity_and_coverage.tsv.gz")
	got := map[string]admirer{}
	for _, a := range s.writers {
		writer := ""
		if int(a.writer) < n.Raters.Len() {
			writer = n.Raters.Name(a.writer)
		} else {
			writer = n.Notes.Authors.Name(a.writer - int32(n.Raters.Len()))
		}
		got[writer+" "+n.Raters.Name(a.rater)] = a
	}
	text := func(x float64) string {
		if math.IsNaN(x) {
			return ""
		}
		return strconv.FormatFloat(x, 'g', 10, 64)
	}
	count := func(x, present int32) string {
		if present == 0 {
			return ""
		}
		return fmt.Sprint(x)
	}
	same := 0
	for _, r := range rows[1:] {
		a, ok := got[r[0]+" "+r[1]]
		own := []string{fmt.Sprint(a.notes)}
		for l := range quickSeconds {
			affinity, coverage := text(a.affinity[l]), text(a.coverage[l])
			if a.pair[l] == 0 {
				affinity, coverage = "", ""
			}
			own = append(own, count(a.quick[l], a.pair[l]), count(a.pair[l], a.pair[l]), affinity, coverage)
		}
		if !ok || !slices.Equal(own, r[2:]) {
			t.Logf("%s: %v, officially %v", size, own, r)
			continue
		}
		same++
	}
	// Our times are whole seconds, the official ones milliseconds: what falls
	// within a second of a limit can fall on its other side.
	t.Logf("%s: %d of %d writers with admirers as officially, %d ours", size, same, len(rows)-1, len(got))
	if same < len(rows)-2 || len(got) > len(rows) {
		t.Errorf("%s: %d writers with admirers, %d as officially, officially %d", size, len(got), same, len(rows)-1)
	}
}

// TestQuasiCliqueIsOfficial: exactly where one rater after the other stands out.
// In S, where nobody acts together, growth goes by ties, which the official code
// leaves to an unstable sort: there the groups must be nearly the same.
func TestQuasiCliqueIsOfficial(t *testing.T) {
	for _, size := range []string{"S", "S-rings"} {
		tab := goldenRatings(t, size)
		groups, err := (&QuasiClique{SeedPosts: 50, MinPosts: 25, MinShare: 0.25, MinRaters: 5, MaxRaters: 2000,
			Weeks: 13}).Groups(context.Background(), tab)
		if err != nil {
			t.Fatal(err)
		}
		rows := goldenTable(t, size+"/clusters/quasi_cliques.tsv.gz")
		want, got := partition(rows), named(tab, groups)
		var sizes []int
		found := map[string]bool{}
		for _, g := range groups {
			sizes = append(sizes, len(g))
			for _, u := range g {
				found[tab.Raters.Name(u)] = true
			}
		}
		both := 0
		for _, r := range rows[1:] {
			if found[r[0]] {
				both++
			}
		}
		t.Logf("%s: groups of %v raters; %d of the %d official ones; the same partition: %v",
			size, sizes, both, len(rows)-1, got == want)
		if size == "S-rings" && got != want || float64(both) < .98*float64(len(rows)-1) ||
			float64(len(found)) > 1.02*float64(len(rows)-1) {
			t.Errorf("%s: groups\n%s\nofficially\n%s", size, got, want)
		}
	}
}
