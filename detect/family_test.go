package detect

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/rating"
)

// A plot is a ring, of the last raters, in a crowd whose items draw ratings for
// as long as they are there: such rings as one detector is for.
type plot struct {
	raters, items, perRater int
	members, targets        int
	takes                   float64 // share of the targets that a member rates
	spread                  int     // seconds from a target's first rating by the ring to its last
	batch                   bool    // members' first ratings are within two hours; others come over a month
	authors                 int     // who write items, in turn; 0: nobody is known to
	of                      string  // whose items the targets are: anybody's, "one" author's, or "each other"'s
}

const plotDays = 60

// table makes the crowd and its ring.
func (p plot) table(seed uint64) *rating.Table {
	const hour, day = 3600, 86400
	rng := rand.New(rand.NewPCG(seed, 7))
	tab := &rating.Table{Raters: rating.Numbered("r", p.raters), Items: rating.Numbered("i", p.items),
		Scale: rating.Scale{Max: 1}}
	seen := map[[2]int]bool{}
	add := func(u, i int, v float32, at int) {
		if !seen[[2]int{u, i}] {
			seen[[2]int{u, i}] = true
			tab.Append(int32(u), int32(i), v, int32(at))
		}
	}
	quality := make([]float64, p.items)
	for i := range quality {
		quality[i] = rng.Float64()
	}
	honest := p.raters - p.members
	for u := range p.raters {
		joined := rng.IntN(plotDays * day / 2)
		if p.batch && u >= honest {
			joined = 5*day + rng.IntN(2*hour)
			add(u, rng.IntN(p.items), 1, joined)
		}
		for range 1 + int(rng.ExpFloat64()*float64(p.perRater)) {
			i, v := rng.IntN(p.items), float32(0)
			if rng.Float64() < .1+.8*quality[i] {
				v = 1
			}
			add(u, i, v, joined+rng.IntN(plotDays*day-joined))
		}
	}
	if p.authors > 0 {
		p.write(tab, honest)
	}
	left := p.targets
	for _, i := range rng.Perm(p.items) {
		if left == 0 || !p.targeted(i) {
			continue
		}
		left--
		push := float32(1)
		if p.of == "" && quality[i] >= .5 {
			push = 0
		}
		at := 7*day + rng.IntN((plotDays-8)*day-p.spread)
		for j := range p.members {
			own := p.of == "each other" && i%p.authors == j
			if rng.Float64() < p.takes && !own {
				add(honest+j, i, push, at+rng.IntN(p.spread))
			}
		}
	}
	return tab
}

func (p plot) targeted(i int) bool {
	switch p.of {
	case "one":
		return i%p.authors == 3
	case "each other":
		return i%p.authors < p.members
	}
	return true
}

// write says who wrote what; the first authors are the ring's members where they
// push each other.
func (p plot) write(tab *rating.Table, honest int) {
	tab.Notes = &rating.Notes{Authors: rating.NewNames()}
	for a := range p.authors {
		name := tab.Raters.Name(int32(a))
		if p.of == "each other" && a < p.members {
			name = tab.Raters.Name(int32(honest + a))
		}
		tab.Notes.Authors.Add([]byte(name))
	}
	for i := range p.items {
		tab.Notes.Author = append(tab.Notes.Author, int32(i%p.authors))
	}
}

// TestFamily: what runs on request must find the rings that it is for, and
// accuse nobody else; all but dense find what the usual detectors do not, which
// is one of the longer checks.
func TestFamily(t *testing.T) {
	const day = 86400
	for _, c := range []struct {
		d     Detector
		name  string
		ring  plot
		seed  uint64
		least int // members that it finds
		usual int // members that the usual detectors find at most
	}{
		{NewDense(), "a quarter of twenty targets each", plot{raters: 2000, items: 1000, perRater: 10, members: 20,
			targets: 20, takes: .25, spread: 23 * day}, 3, 10, 8},
		{NewLockstep(), "items with 900 ratings each, over half a day", plot{raters: 6000, items: 100, perRater: 15,
			members: 8, targets: 8, takes: .8, spread: day / 2}, 1, 7, 0},
		{NewNewcomers(), "made in a batch", plot{raters: 4000, items: 600, perRater: 15, members: 12, targets: 10,
			takes: .5, spread: 23 * day, batch: true}, 2, 8, 0},
		{NewAuthors(), "one author's items", plot{raters: 1000, items: 600, perRater: 20, members: 16, targets: 30,
			takes: .3, spread: 23 * day, authors: 20, of: "one"}, 1, 14, 0},
		{NewAuthors(), "authors for each other", plot{raters: 2000, items: 600, perRater: 15, members: 16, targets: 96,
			takes: .2, spread: 23 * day, authors: 100, of: "each other"}, 2, 12, 0},
	} {
		t.Run(c.d.Name()+", "+c.name, func(t *testing.T) {
			if c.ring.raters > 2000 && !long() {
				t.Skip("one of the longer checks")
			}
			tab := c.ring.table(c.seed)
			var others []Detector
			for _, d := range Usual() {
				if d.Name() != c.d.Name() {
					others = append(others, d)
				}
			}
			alone := c.ring.found(t, tab, []Detector{c.d})
			if alone < c.least {
				t.Errorf("of %d members it finds %d; wanted %d at least", c.ring.members, alone, c.least)
			}
			if !long() {
				return
			}
			usual := c.ring.found(t, tab, others)
			both := c.ring.found(t, tab, append(others, c.d))
			t.Logf("of %d members it finds %d, the usual detectors %d, and with it beside them %d",
				c.ring.members, alone, usual, both)
			if usual > c.usual || both < max(usual, c.least) {
				t.Errorf("wanted %d at most by the usual detectors, and no fewer together", c.usual)
			}
		})
	}
}

// found is the number of members in rings.
func (p plot) found(t *testing.T, tab *rating.Table, detectors []Detector) (members int) {
	t.Helper()
	f, err := Run(context.Background(), Input{Ratings: tab, Seed: 1}, detectors)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range f.Rings {
		for _, u := range r.Raters {
			if int(u) < p.raters-p.members {
				t.Errorf("honest rater %d is in a ring", u)
			} else {
				members++
			}
		}
	}
	return members
}

// TestFamilyFindsNobody where there is no ring, however a crowd came together.
func TestFamilyFindsNobody(t *testing.T) {
	crowds := []plot{
		{raters: 1000, items: 600, perRater: 20, authors: 20},
		{raters: 1000, items: 600, perRater: 20, authors: 20, members: 100, batch: true},
		{raters: 2000, items: 30, perRater: 5},
	}
	if !long() {
		crowds = []plot{{raters: 500, items: 300, perRater: 15, authors: 20, members: 60, batch: true},
			{raters: 1000, items: 30, perRater: 5}}
	}
	for _, p := range crowds {
		tab := p.table(1)
		p.members = 0
		p.found(t, tab, Judged())
	}
}

func TestFamilyTellsItsCaps(t *testing.T) {
	d := NewDense()
	d.MaxBlocks = 1
	l := NewLockstep()
	l.MaxSeeds = 1
	tab := shape(t, "votes and times")
	for _, d := range []Detector{d, l} {
		if told := strings.Join(find(t, d, tab).Warnings, "\n"); !strings.Contains(told, "(option max-") {
			t.Errorf("%s: warnings %q", d.Name(), told)
		}
	}
}
