package detect

import (
	"slices"
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/detect/internal/ringtest"
	"github.com/ringwatch/ringwatch/rating"
)

// grown returns the table with more raters and items, and ratings that add makes.
func grown(t *rating.Table, raters, items int, add func(g *rating.Table)) *rating.Table {
	g := ringtest.Shuffled(t, 1)
	g.Raters, g.Items = rating.Numbered("r", t.Raters.Len()+raters), rating.Numbered("i", t.Items.Len()+items)
	add(g)
	return g
}

// TestAnUnrelatedCommunityDoesNotMatter: people elsewhere, on other items, do not
// change who is in a ring, nor are in one. Whether two rings that share members'
// company are listed as one may change.
func TestAnUnrelatedCommunityDoesNotMatter(t *testing.T) {
	everyDetector(t, func(t *testing.T, d Detector, tab *rating.Table) {
		if d.Doc().Official {
			t.Skip("X's own thresholds")
		}
		w := ringtest.World{Raters: 300, Items: 150, PerRater: 10, Times: tab.HasTimes(),
			Values: !tab.Scale.Unary(), Seed: 99}
		other := w.Table(t)
		both := grown(tab, w.Raters, w.Items, func(g *rating.Table) {
			for k := range other.Len() {
				at := int32(rating.NoTime)
				if other.HasTimes() {
					at = other.Time[k]
				}
				g.Append(other.Rater[k]+int32(tab.Raters.Len()), other.Item[k]+int32(tab.Items.Len()),
					other.Value[k], at)
			}
		})
		got, want := inRings(find(t, d, both)), inRings(find(t, d, tab))
		if d.Doc().OnRequest { // their limits go by how many raters there are
			elsewhere := slices.ContainsFunc(got, func(u int32) bool { return int(u) >= tab.Raters.Len() })
			if elsewhere || len(got) < len(want)-2 {
				t.Errorf("in rings are %v with a community beside, %v without", got, want)
			}
		} else if !slices.Equal(got, want) {
			t.Errorf("in rings are %v with a community beside, %v without", got, want)
		}
	})
}

// inRings returns all who are in rings, ascending.
func inRings(f *Findings) (all []int32) {
	for _, r := range f.Rings {
		all = append(all, r.Raters...)
	}
	slices.Sort(all)
	return all
}

// TestDuplicatedHonestRatersDoNotMatter: two accounts that do the same are no
// ring, and a hundred such pairs hide none.
func TestDuplicatedHonestRatersDoNotMatter(t *testing.T) {
	everyDetector(t, func(t *testing.T, d Detector, tab *rating.Table) {
		if d.Doc().Official {
			t.Skip("X's own thresholds")
		}
		const twins = 100
		both := grown(tab, twins, 0, func(g *rating.Table) {
			for k := range tab.Len() {
				if u := tab.Rater[k]; u < twins {
					at := int32(rating.NoTime)
					if tab.HasTimes() {
						at = tab.Time[k]
					}
					g.Append(u+int32(tab.Raters.Len()), tab.Item[k], tab.Value[k], at)
				}
			}
		})
		want := find(t, d, tab)
		got := find(t, d, both)
		for _, r := range got.Rings {
			if slices.ContainsFunc(r.Raters, func(u int32) bool { return u < twins || int(u) >= tab.Raters.Len() }) {
				t.Errorf("twins are in a ring of %v", r.Raters)
			}
		}
		_, key, _ := strings.Cut(t.Name(), "/")
		if blindTo[strings.ReplaceAll(key, "_", " ")] != "" {
			return // which of the rings it meets is chance
		}
		if got, want := members(got), members(want); got != want {
			t.Errorf("rings %s with twins, %s without", got, want)
		}
	})
}
