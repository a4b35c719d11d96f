package simulate

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// The option names every kind, in order, and all.
func TestGatheringsAreNamed(t *testing.T) {
	f, _ := reflect.TypeFor[Organic]().FieldByName("Honest")
	var names []string
	for _, g := range Gatherings {
		names = append(names, g.Name)
		if g.Doc == "" || g.members[0] < 3 || g.members[0] > g.members[1] || g.items[0] < 1 ||
			g.items[0] > g.items[1] || !(g.part > 0 && g.part <= 1) {
			t.Errorf("%+v", g)
		}
	}
	if !slices.IsSorted(names) || !slices.Equal(strings.Fields(f.Tag.Get("among")), append(names, "all")) {
		t.Errorf("the option has %s", f.Tag.Get("among"))
	}
}

// Groups are as large as is said, rate what is there already, and of those who share
// items pairs of members have more in common than others; the world besides is
// the same size.
func TestGatherings(t *testing.T) {
	for k := range Gatherings {
		g := &Gatherings[k]
		t.Run(g.Name, func(t *testing.T) {
			o := NewOrganic()
			o.Raters, o.Items, o.Ratings, o.Honest, o.HonestGroups = 900, 500, 9000, g.Name, 2
			w, err := o.Generate(context.Background(), 3)
			if err != nil {
				t.Fatal(err)
			}
			members := 0
			of := make(map[int32]map[int32]bool)
			for u, kind := range w.Kind {
				if kind == Gathered {
					members++
					of[int32(u)] = make(map[int32]bool)
				}
			}
			if members < 2*g.members[0] || members > 2*g.members[1] {
				t.Errorf("%d members of two groups", members)
			}
			rows := w.Ratings
			for row, u := range rows.Rater {
				if rows.Time[row] < w.Born[rows.Item[row]] {
					t.Fatalf("rater %d rates an item before it is there", u)
				}
				if of[u] != nil {
					of[u][rows.Item[row]] = true
				}
			}
			if n := rows.Len(); n < 6500 || n > 10000 {
				t.Errorf("%d ratings", n)
			}
			most := 0
			for u, mine := range of {
				for v, theirs := range of {
					common := 0
					for i := range mine {
						if theirs[i] {
							common++
						}
					}
					if u < v {
						most = max(most, common)
					}
				}
			}
			if !g.scattered && float64(most) < .8*g.part*g.part*float64(g.items[0]) {
				t.Errorf("no two members have more than %d items in common", most)
			}
		})
	}
	o := NewOrganic()
	o.Raters, o.Items, o.Clubs, o.AlertGroups, o.Honest = 200, 600, 0, 0, "fandom"
	if _, err := o.Generate(context.Background(), 1); err == nil ||
		!strings.Contains(err.Error(), "lower honest-groups") {
		t.Errorf("no room, and %v", err)
	}
}
