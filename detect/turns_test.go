package detect

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/ringwatch/ringwatch/detect/internal/ringtest"
	"github.com/ringwatch/ringwatch/rating"
)

// TestTurnsAreForReview: accounts that take turns, so that no two do many of the same
// targets and none stands out by how many came, are coordinated where they are no ring.
func TestTurnsAreForReview(t *testing.T) {
	crowd := ringtest.World{Raters: 600, Items: 200, PerRater: 15, Times: true, Values: true, Seed: 6}.Table(t)
	const accounts, targets, day, turn, step, filler = 20, 20, 86400, 7, 4, 30
	n := crowd.Raters.Len()
	rng := rand.New(rand.NewPCG(6, 6))
	tab := grown(crowd, accounts, 0, func(g *rating.Table) {
		for a := range accounts {
			for _, k := range rng.Perm(crowd.Len())[:filler] { // as the crowd does, then and there
				g.Append(int32(n+a), crowd.Item[k], crowd.Value[k], crowd.Time[k]+int32(rng.IntN(3600)))
			}
		}
		for target := range targets {
			at := rng.IntN(50 * day)
			for a := range turn {
				g.Append(int32(n+(target*step+a)%accounts), int32(9*target+5), 1, int32(at+rng.IntN(1200)))
			}
		}
	})
	areFound(t, tab, n, accounts, .5)
}

// TestSlowTurnsAreFound: accounts of which each target has another third, within a day, are
// found, though no two of them do many of the same and they have as many ratings elsewhere.
func TestSlowTurnsAreFound(t *testing.T) {
	crowd := ringtest.World{Raters: 900, Items: 250, PerRater: 12, Times: true, Values: true, Seed: 8}.Table(t)
	const accounts, targets, day, filler = 20, 12, 86400, 5
	n := crowd.Raters.Len()
	rng := rand.New(rand.NewPCG(8, 8))
	tab := grown(crowd, accounts, 0, func(g *rating.Table) {
		for a := range accounts {
			for _, k := range rng.Perm(crowd.Len())[:filler] {
				g.Append(int32(n+a), crowd.Item[k], crowd.Value[k], crowd.Time[k]+int32(rng.IntN(3600)))
			}
		}
		for target := range targets {
			at := rng.IntN(50 * day)
			for _, a := range rng.Perm(accounts)[:accounts/3] {
				g.Append(int32(n+a), int32(9*target+5), 1, int32(at+rng.IntN(day)))
			}
		}
	})
	areFound(t, tab, n, accounts, .75)
}

// areFound reports where less than a share of the accounts that follow a crowd are in rings
// and coordinated groups, or one of the crowd is.
func areFound(t *testing.T, tab *rating.Table, crowd, accounts int, least float64) {
	t.Helper()
	f, err := Run(context.Background(), Input{Ratings: tab, Seed: 1}, Usual())
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, r := range append(f.Rings, f.Coordinated...) {
		for _, u := range r.Raters {
			if int(u) < crowd {
				t.Errorf("rater %d of the crowd is among them", u)
			}
			found++
		}
	}
	if float64(found) < least*float64(accounts) {
		t.Errorf("in rings and coordinated are %d of %d", found, accounts)
	}
}
