package gate

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/ringwatch/ringwatch/scenarios"
	"github.com/ringwatch/ringwatch/scoring"
)

// pool runs scenarios with a candidate beside a baseline at seeds 1 to n.
func pool(b *testing.B, names []string, n int, candidate, base scoring.Scorer) (c, o []scenarios.Outcome) {
	b.Helper()
	p := &Plan{Candidate: candidate, Against: base, Seeds: scenarios.FirstSeeds(n), Options: DefaultOptions()}
	for _, name := range names {
		s, err := scenarios.Load(name)
		if err != nil {
			b.Fatal(err)
		}
		s.Expect = nil
		p.Scenarios = append(p.Scenarios, s)
	}
	done, err := p.Run(b.Context(), nil)
	if err != nil {
		b.Fatal(err)
	}
	return done.Candidate, done.Base
}

// sampled are outcomes at n of the seeds, each at random and none twice.
func sampled(all []scenarios.Outcome, seeds map[uint64]bool) (some []scenarios.Outcome) {
	for _, o := range all {
		if seeds[o.Seed] {
			some = append(some, o)
		}
	}
	return some
}

func draw(rng *rand.Rand, of, n int) map[uint64]bool {
	seeds := make(map[uint64]bool)
	for _, k := range rng.Perm(of)[:n] {
		seeds[uint64(k+1)] = true
	}
	return seeds
}

// BenchmarkReach measures how often the gate finds the worked example of the
// README, at 20 of 60 real seeds drawn at random, and how often it fails where
// nothing is worse: the same pairs with the mean over all seeds taken off each
// difference and no margin at all, so that each limit is exactly reached, the
// skew and the dependence of real measures left as they are. It reports shares,
// the seeds that a comparison without pairs would need for the same power, and
// takes some minutes.
//
//	go test ./gate -run '^$' -bench Reach -benchtime 1x
func BenchmarkReach(b *testing.B) {
	const of, n, runs = 60, 20, 400
	worse := scoring.NewBridging()
	worse.MinRaterRatings = 20
	candidate, base := pool(b, []string{"bridge"}, of, worse, scoring.NewBridging())
	for b.Loop() {
		rng := rand.New(rand.NewPCG(5, 6))
		found := 0.0
		for range runs {
			seeds := draw(rng, of, n)
			r, err := Judge(nil, sampled(candidate, seeds), sampled(base, seeds), DefaultOptions())
			if err != nil {
				b.Fatal(err)
			}
			if r.Verdict == Fail {
				found++
			}
		}
		b.ReportMetric(found/runs, "power")
		b.ReportMetric(unpaired(candidate, base, "shift", .02), "unpaired-seeds")

		centred := centre(candidate, base)
		o := DefaultOptions()
		for name := range o.Margins {
			o.Margins[name] = 0
		}
		wrong := 0.0
		for range runs {
			seeds := draw(rng, of, n)
			r, err := Judge(nil, sampled(centred, seeds), sampled(base, seeds), o)
			if err != nil {
				b.Fatal(err)
			}
			if r.Verdict == Fail {
				wrong += 1. / runs
			}
		}
		half := 1.96 * math.Sqrt(max(wrong*(1-wrong), 1./runs)/runs)
		b.ReportMetric(wrong, "false-alarms")
		b.ReportMetric(half, "false-alarms-half-width")
	}
}

// centre takes the mean difference of each measure off the candidate.
func centre(candidate, base []scenarios.Outcome) []scenarios.Outcome {
	sum, n := make(map[string]float64), make(map[string]float64)
	for k := range candidate {
		for name, v := range candidate[k].Measures {
			if w, ok := base[k].Measures[name]; ok {
				sum[name] += v - w
				n[name]++
			}
		}
	}
	var all []scenarios.Outcome
	for _, o := range candidate {
		measures := make(map[string]float64)
		for name, v := range o.Measures {
			measures[name] = v
			if n[name] > 0 {
				measures[name] -= sum[name] / n[name]
			}
		}
		o.Measures = measures
		all = append(all, o)
	}
	return all
}

// unpaired is how many seeds of each side a comparison of two means would need
// to tell, in 9 of 10 runs at a level of 5 %, that a measure is worse by more
// than a margin.
func unpaired(candidate, base []scenarios.Outcome, measure string, margin float64) float64 {
	var x, y []float64
	for k := range candidate {
		x, y = append(x, candidate[k].Measures[measure]), append(y, base[k].Measures[measure])
	}
	mx, sx := stat.MeanStdDev(x, nil)
	my, sy := stat.MeanStdDev(y, nil)
	z := distuv.UnitNormal.Quantile(.95) + distuv.UnitNormal.Quantile(.9)
	return math.Ceil(z * z * (sx*sx + sy*sy) / math.Pow(mx-my-margin, 2))
}
