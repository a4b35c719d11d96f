package detect

import (
	"math/rand/v2"
	"testing"

	"github.com/ringwatch/ringwatch/rating"
)

// company runs a law for each judged detector and shape of data with rings, on the table with
// some more raters and items that have nothing to do with the rings.
func company(t *testing.T, raters, items int, add func(tab *rating.Table, w world, rng *rand.Rand)) {
	for _, name := range []string{"votes and times", "no times", "co-actions", "authors"} {
		w := shapes[name]
		tab := w.table(t)
		larger := shuffled(tab, 1)
		larger.Raters, larger.Items = rating.Numbered("r", w.raters+raters), rating.Numbered("i", w.items+items)
		if larger.Notes != nil {
			n := *larger.Notes
			for range items {
				n.Author = append(n.Author[:len(n.Author):len(n.Author)], -1)
			}
			larger.Notes = &n
		}
		add(larger, w, rand.New(rand.NewPCG(1, 5)))
		for _, d := range Judged() {
			before, _ := w.flagged(find(t, d, tab))
			after, others := w.flagged(find(t, d, larger))
			if others > 0 || after < before-1 {
				t.Errorf("%s/%s: %d members and %d others in rings, of %d members before", d.Name(), name, after, others, before)
			}
		}
	}
}

// flagged is how many members are in rings, and how many others.
func (w world) flagged(f *Findings) (members, others int) {
	for _, r := range f.Rings {
		for _, u := range r.Raters {
			if int(u) >= w.raters-w.rings*ringSize && int(u) < w.raters {
				members++
			} else {
				others++
			}
		}
	}
	return members, others
}

func TestAnUnrelatedCommunityDoesNotMatter(t *testing.T) {
	company(t, 60, 40, func(tab *rating.Table, w world, rng *rand.Rand) {
		for u := w.raters; u < tab.Raters.Len(); u++ {
			for i := w.items; i < tab.Items.Len(); i++ {
				if rng.Float64() > .25 {
					continue
				}
				at, v := int32(rating.NoTime), float32(rng.IntN(2))
				if w.times {
					at = rng.Int32N(50 * 86400)
				}
				if !w.values {
					v = 1
				}
				tab.Append(int32(u), int32(i), v, at)
			}
		}
	})
}

func TestCopiesOfHonestRatersDoNotMatter(t *testing.T) {
	company(t, 10, 0, func(tab *rating.Table, w world, _ *rand.Rand) {
		for k := range tab.Len() {
			if u := tab.Rater[k]; u < 10 {
				at := int32(rating.NoTime)
				if w.times {
					at = tab.Time[k] + 3600
				}
				tab.Append(int32(w.raters)+u, tab.Item[k], tab.Value[k], at)
			}
		}
	})
}
