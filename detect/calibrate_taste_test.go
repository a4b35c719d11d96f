package detect

import (
	"math/rand/v2"
	"testing"

	"github.com/ringwatch/ringwatch/rating"
)

// shelves returns ratings of people who each choose mostly from one of ten shelves of 20
// items, and how often two choices of a rater are of one shelf.
func shelves(t *testing.T, share float64) *rating.Table {
	t.Helper()
	const raters, shelf, many, each = 500, 20, 10, 12
	rng := rand.New(rand.NewPCG(4, 4))
	tab := &rating.Table{Raters: rating.Numbered("r", raters), Items: rating.Numbered("i", many*shelf),
		Scale: rating.Scale{Max: 1}}
	for u := range raters {
		had := map[int]bool{}
		for len(had) < each {
			i := rng.IntN(many * shelf)
			if rng.Float64() < share {
				i = u%many*shelf + rng.IntN(shelf)
			}
			if !had[i] {
				had[i] = true
				tab.Append(int32(u), int32(i), float32(rng.IntN(2)), int32(rng.IntN(60*86400)))
			}
		}
	}
	return tab
}

// sameShelf is the share of pairs of a rater's choices that are of one shelf, among raters
// who are asked about.
func sameShelf(tab *rating.Table, ask func(u int32) bool) float64 {
	same, n := 0., 0.
	for u := range int32(tab.Raters.Len()) {
		rows := tab.ByRater().Rows(u)
		for a, k := range rows {
			for _, l := range rows[:a] {
				if ask(u) {
					n++
					if tab.Item[k]/20 == tab.Item[l]/20 {
						same++
					}
				}
			}
		}
	}
	return same / n
}

// TestRedrawHasTastes: as many choices as in the data are what others chose who had chosen
// the same, where there are tastes, and none where there are not.
func TestRedrawHasTastes(t *testing.T) {
	all := func(int32) bool { return true }
	for _, c := range []struct{ share, least, most, close float64 }{{.7, .6, 1, .5}, {0, 0, .1, 0}} {
		tab := shelves(t, c.share)
		d := newRedrawer(tab)
		d.learnTaste(rand.New(rand.NewPCG(1, 1)), make([]bool, d.Raters))
		was, is := sameShelf(tab, all), sameShelf(d.redraw(rand.New(rand.NewPCG(2, 2)), d.taste), all)
		t.Logf("tastes of %v: %.2f of choices are by taste, and %.2f of pairs of one shelf, where %.2f are", c.share,
			d.taste, is, was)
		if d.taste < c.least || d.taste > c.most || is < c.close*was || is > was+.05 {
			t.Errorf("of tastes of %v: %.2f of choices are by taste, and %.2f of pairs of one shelf, where %.2f are",
				c.share, d.taste, is, was)
		}
	}
}

// TestRedrawLeavesRingsOut: what the members of a ring choose is no taste.
func TestRedrawLeavesRingsOut(t *testing.T) {
	tab := shelves(t, .7)
	left := make([]bool, tab.Raters.Len())
	first := func(u int32) bool { return u%10 == 0 }
	for u := range left {
		left[u] = first(int32(u))
	}
	d := newRedrawer(tab)
	d.learnTaste(rand.New(rand.NewPCG(1, 1)), left)
	shared := func(tab *rating.Table) (n float64) { // of choices, those from the shelf that only they share
		for k, u := range tab.Rater {
			if tab.Item[k] < 20 && !first(u) {
				n++
			}
		}
		return n / float64(tab.Len())
	}
	of := sameShelf(d.redraw(rand.New(rand.NewPCG(2, 2)), d.taste), func(u int32) bool { return !first(u) })
	if was := sameShelf(tab, func(u int32) bool { return !first(u) }); of < was/2 || shared(tab) > .1 {
		t.Errorf("%.2f of the others' pairs are of one shelf, where %.2f are", of, was)
	}
}
