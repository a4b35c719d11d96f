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

// sameShelf is the share of pairs of a rater's choices that are of one shelf, of those from
// one on.
func sameShelf(tab *rating.Table, from int32) float64 {
	same, n := 0., 0.
	for u := range int32(tab.Raters.Len()) {
		rows := tab.ByRater().Rows(u)
		for a, k := range rows {
			for _, l := range rows[:a] {
				n++
				if shelf := tab.Item[k] / 20; shelf >= from && shelf == tab.Item[l]/20 {
					same++
				}
			}
		}
	}
	return same / n
}

// TestRedrawHasTastes: as many choices as in the data are what others chose who had chosen
// the same, where there are tastes, and none where there are not.
func TestRedrawHasTastes(t *testing.T) {
	for _, c := range []struct{ share, least, most, close float64 }{{.7, .6, 1, .5}, {0, 0, .1, 0}} {
		tab := shelves(t, c.share)
		d := newRedrawer(tab)
		d.learnTaste(rand.New(rand.NewPCG(1, 1)), make([]bool, d.Raters))
		was, is := sameShelf(tab, 0), sameShelf(d.redraw(rand.New(rand.NewPCG(2, 2)), d.taste), 0)
		t.Logf("tastes of %v: %.2f of choices are by taste, and %.2f of pairs of one shelf, where %.2f are", c.share,
			d.taste, is, was)
		if d.taste < c.least || d.taste > c.most || is < c.close*was || is > was+.05 {
			t.Errorf("of tastes of %v: %.2f of choices are by taste, and %.2f of pairs of one shelf, where %.2f are",
				c.share, d.taste, is, was)
		}
	}
}

// TestRedrawLeavesRingsOut: what the members of a ring choose is no taste, and those of others
// are as they were.
func TestRedrawLeavesRingsOut(t *testing.T) {
	tab := shelves(t, .7)
	left := make([]bool, tab.Raters.Len())
	for u := range left {
		left[u] = u%10 == 0 // the only ones who choose mostly from the first shelf
	}
	d := newRedrawer(tab)
	d.learnTaste(rand.New(rand.NewPCG(1, 1)), left)
	is := d.redraw(rand.New(rand.NewPCG(2, 2)), d.taste)
	others := sameShelf(is, 1)
	if was := sameShelf(tab, 1); others < was/2 {
		t.Errorf("%.3f of pairs are of one of the others' shelves, where %.3f are", others, was)
	}
	if theirs := sameShelf(is, 0) - others; theirs > others/9/2 {
		t.Errorf("%.3f of pairs are of the ring's shelf, and %.3f of the nine others", theirs, others)
	}
}
