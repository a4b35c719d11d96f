package null

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"
)

// near fails unless ln p is within tol nats of the truth, or within 2 % of it.
func near(t interface{ Fatalf(string, ...any) }, what string, got, want, tol float64) {
	if math.Abs(got-want) > max(tol, .02*math.Abs(want)) {
		t.Fatalf("%s: ln p = %.4f, want %.4f", what, got, want)
	}
}

func TestPoissonTailOfOneCountIsTheSum(t *testing.T) {
	for _, mean := range []float64{.01, .05, .5, 3, 20} {
		for _, n := range []int{1, 2, 4, 10, 50} {
			if float64(n) < 2*mean+1 {
				continue // near the mean the bound says little, and nothing asks
			}
			exact := math.Log(mathext.GammaIncReg(float64(n), mean))
			near(t, "one count", CountTail(n, mean), exact, .35)
			near(t, "weighted", PoissonTail(1.7*float64(n), []float64{mean}, []float64{1.7}), exact, .35)
		}
	}
	if got := CountTail(4, .05); math.Abs(math.Exp(got)-2.5e-7) > 1e-8 {
		t.Errorf("4 of Poisson(.05): p = %.3g, want 2.5e-7", math.Exp(got))
	}
}

func TestPoissonTailOfWeightedSum(t *testing.T) {
	rate, w := []float64{.8, .3, 2}, []float64{2.3, 4.1, 1}
	rng := rand.New(rand.NewPCG(1, 1))
	const draws = 400000
	for _, s := range []float64{12, 15, 18} {
		over := 0
		for range draws {
			x := 0.0
			for i := range rate {
				x += w[i] * distuv.Poisson{Lambda: rate[i], Src: rng}.Rand()
			}
			if x >= s {
				over++
			}
		}
		near(t, "weighted sum", PoissonTail(s, rate, w), math.Log(float64(over)/draws), 1)
	}
}

func TestChoiceTailAgainstAllOutcomes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 7).Draw(t, "n")
		c := make([]Choice, n)
		for i := range c {
			p := rapid.Float64Range(.001, .6).Draw(t, "p")
			near := rapid.SampledFrom([]float64{0, .1, .5, .9}).Draw(t, "near") * p
			c[i] = Choice{P: p - near, Near: near, W: rapid.Float64Range(.3, 5).Draw(t, "w")}
			if near > 0 {
				c[i].WNear = rapid.Float64Range(.3, 5).Draw(t, "w near")
			}
		}
		// Outcomes in base 3: missed, chose, chose near.
		outcomes := 1
		for range n {
			outcomes *= 3
		}
		outcome := func(x int) (sum, chance float64) {
			chance = 1
			for i := range n {
				switch x % 3 {
				case 0:
					chance *= 1 - c[i].P - c[i].Near
				case 1:
					sum, chance = sum+c[i].W, chance*c[i].P
				case 2:
					sum, chance = sum+c[i].WNear, chance*c[i].Near
				}
				x /= 3
			}
			return sum, chance
		}
		s, chance := outcome(rapid.IntRange(1, outcomes-1).Draw(t, "outcome"))
		if s == 0 || chance == 0 {
			return
		}
		exact := 0.0
		for x := range outcomes {
			if sum, chance := outcome(x); sum >= s*(1-1e-12) {
				exact += chance
			}
		}
		got := ChoiceTail(s, c)
		// A Chernoff bound with a factor: never much below the truth.
		if got > 0 || got < math.Log(exact)-1.2 {
			t.Fatalf("ln p = %.3f, exactly %.3f (%v, s %.3f)", got, math.Log(exact), c, s)
		}
	})
}

func TestErlangTail(t *testing.T) {
	for _, n := range []int{1, 2, 10, 200} {
		for _, x := range []float64{.1, 5, 50, 300} {
			if exact := mathext.GammaIncRegComp(float64(n), x); exact > 1e-290 {
				near(t, "Erlang", ErlangTail(n, x), math.Log(exact), 1e-6)
			}
		}
	}
	if got := ErlangTail(39, 5000); math.IsInf(got, 0) || got > -4000 {
		t.Errorf("far out: ln p = %v", got)
	}
}

func TestWindowSums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(0, 9), 1, 40).Draw(t, "x")
		h := rapid.IntRange(0, 50).Draw(t, "h")
		got := make([]float64, len(x))
		WindowSums(got, x, h)
		for b := range x {
			want := 0.0
			for y := max(0, b-h); y <= min(len(x)-1, b+h); y++ {
				want += x[y]
			}
			if math.Abs(got[b]-want) > 1e-9 {
				t.Fatalf("bin %d: %v, want %v", b, got[b], want)
			}
		}
	})
}

// TestLambdaSteps: the table and the logarithm agree on every step, at its ends
// and within.
func TestLambdaSteps(t *testing.T) {
	steps := newLambdaSteps()
	check := func(x float64) {
		if got, want := steps.of(x), lambdaStep(x); got != want {
			t.Errorf("%g is of step %d, want %d", x, got, want)
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for at := range lambdaSteps + 20 {
		edge := math.Exp(float64(at)/16 - 30)
		for range 50 {
			check(edge * math.Exp(rng.Float64()/16))
		}
		for range 5 {
			check(edge)
			edge = math.Nextafter(edge, 0)
		}
	}
	check(1e-300)
	check(1e300)
}
