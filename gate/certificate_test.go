package gate

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/ringwatch/ringwatch/scenarios"
	"github.com/ringwatch/ringwatch/scoring"
)

// Against brute force, over all multisets of ratings from given positions, of
// the values 0, 1/2 and 1: none smaller than Below changes the status, one of
// Found does, and they are mostly equal. Few positions far apart are the worst
// case for a bound that shares ratings among them.
func TestCertificateBruteForce(t *testing.T) {
	for _, c := range []struct {
		positions, most int
		exact           float64 // share of the cases
	}{{3, 6, .7}, {7, 4, .8}} {
		rng := rand.New(rand.NewPCG(1, 2))
		exact, near, cases := 0, 0, 0
		for n := range 200 {
			s := scoring.NewBridging()
			s.MaxFactor = []float64{0, .5}[n%2]
			s.MinRatings = 3 + n%4
			f, ratings := fit{m11: .15 * 40, m22: .03 * 40}, 2+rng.IntN(8)
			for range ratings {
				p := Position{.2 * rng.NormFloat64(), .5 * rng.NormFloat64()}
				a := newAdded(p, float64(rng.IntN(3))/2-.4-p.Intercept)
				f = f.plus(2, &a.fit) // some weight, so that statuses differ
			}
			var extreme, every []added
			for k := range c.positions {
				p := Position{.2 * rng.NormFloat64(), .7 * rng.NormFloat64()}
				if c.positions > 3 {
					p = Position{.1, 2*float64(k)/float64(c.positions-1) - 1}
				}
				for _, v := range []float64{0, .5, 1} {
					a := newAdded(p, v-.4-p.Intercept)
					every = append(every, a)
					if v != .5 {
						extreme = append(extreme, a)
					}
				}
			}
			status := statusOf(ratings, &f, s)
			below, found := certify(&f, int32(ratings), status, s, extreme, every, c.most)
			truth := brute(&f, ratings, status, s, every, c.most)
			if truth > 0 && truth < below {
				t.Fatalf("case %d: %d ratings change %v, but %d were said to be needed", n, truth, status, below)
			}
			if found > 0 && (truth == 0 || truth > found) {
				t.Fatalf("case %d: %d ratings were said to change %v; brute force has %d", n, found, status, truth)
			}
			if truth > 0 {
				cases++
				if below == truth {
					exact++
				}
				if below+1 >= truth {
					near++
				}
			}
		}
		t.Logf("%d positions: of %d cases that %d ratings decide, exact in %d, one too low at most in %d",
			c.positions, cases, c.most, exact, near)
		if cases < 40 || float64(exact) < c.exact*float64(cases) || near*10 < cases*9 {
			t.Errorf("%d positions: exact in %d and near in %d of %d", c.positions, exact, near, cases)
		}
	}
}

// brute returns the size of the smallest multiset that changes the status.
func brute(f *fit, ratings int, status scoring.Status, s *scoring.Bridging, all []added, most int) int {
	var try func(f fit, from, left, k int) bool
	try = func(f fit, from, left, k int) bool {
		if left == 0 {
			return statusOf(ratings+k, &f, s) != status
		}
		for i := from; i < len(all); i++ {
			if try(f.plus(1, &all[i].fit), i, left-1, k) {
				return true
			}
		}
		return false
	}
	for k := 1; k <= most; k++ {
		if try(*f, 0, k, k) {
			return k
		}
	}
	return 0
}

// A linear function of the unknowns is reached where its value says so.
func TestTurn(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		f := fit{m11: 2, m22: 1}
		for range 5 {
			a := newAdded(Position{0, rng.NormFloat64()}, rng.NormFloat64())
			f = f.plus(1, &a.fit)
		}
		u := [2]float64{float64(rng.IntN(3) - 1), rng.NormFloat64()}
		b, v := f.solve()
		want := u[0]*b + u[1]*v
		turned := f.turn(u)
		got, _ := turned.solve()
		if math.Abs(got-want) > 1e-9 {
			t.Fatalf("%v: %g, want %g", u, got, want)
		}
		if turned.reaches(want-1e-6) < 0 || turned.reaches(want+1e-6) > 0 {
			t.Fatalf("%v: %g is not where it is reached", u, want)
		}
	}
}

// On a world: the frozen fit has the scorer's statuses, and the targets of a
// brigade whose status changed had as many of its ratings as their certificate
// says, or nearly all: positions are held in a certificate and not in a world.
func TestCertificateOnWorld(t *testing.T) {
	s, err := scenarios.Parse("bridge.yaml", []byte("world:\n  organic: {raters: 400, items: 200, ratings: 6000}\n"+
		"attacks:\n  - bridge: {accounts: 20, targets: 12}\ndetectors: [synchrony]\n"))
	if err != nil {
		t.Fatal(err)
	}
	broken, flipped := 0, 0
	for seed := range uint64(3) {
		x, err := s.Run(t.Context(), seed+1, nil)
		if err != nil {
			t.Fatal(err)
		}
		w := x.World
		in := scoring.Input{Ratings: w.Ratings.Prefix(w.Honest), Seed: seed + 1}
		scorer := s.Scorer.(*scoring.Bridging)
		base := baseFits(in, x.Clean)
		for i := range base {
			if x.Clean.ItemRatings[i] > 0 {
				if got := statusOf(int(x.Clean.ItemRatings[i]), &base[i], scorer); got != x.Clean.Status[i] {
					t.Fatalf("item %d: %v, scored %v", i, got, x.Clean.Status[i])
				}
			}
		}
		positions, err := Admissible(x.Clean, 17)
		if err != nil {
			t.Fatal(err)
		}
		all, err := Certify(t.Context(), in, x.Clean, scorer, positions, 40)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range all {
			if c.Below < 1 || c.Found > 0 && c.Found < c.Below {
				t.Fatalf("%+v", c)
			}
		}
		changed, fewer, ratio := Beside(all, x)
		flipped, broken = flipped+changed, broken+fewer
		t.Logf("%g ratings for each that was certified", ratio)
	}
	t.Logf("%d targets changed their status, %d of them by fewer ratings than certified", flipped, broken)
	if flipped == 0 || broken*10 > flipped {
		t.Errorf("%d of %d", broken, flipped)
	}
}

func BenchmarkCertify(b *testing.B) {
	s, err := scenarios.Load("bridge")
	if err != nil {
		b.Fatal(err)
	}
	w, err := s.Simulate(b.Context(), 1)
	if err != nil {
		b.Fatal(err)
	}
	in := scoring.Input{Ratings: w.Ratings.Prefix(w.Honest), Seed: 1}
	r, err := s.Scorer.Score(b.Context(), in)
	if err != nil {
		b.Fatal(err)
	}
	positions, err := Admissible(r, 21)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Certify(b.Context(), in, r, s.Scorer.(*scoring.Bridging), positions, 60); err != nil {
			b.Fatal(err)
		}
	}
}
