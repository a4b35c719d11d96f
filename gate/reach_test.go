package gate

import (
	"fmt"
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

// BenchmarkReach measures, at 20 of 60 real seeds drawn at random, how often the
// gate finds the worked example of the README and two milder ones (fitting raters
// with 20, with 15 and with 10 ratings), and how often it fails where nothing is worse:
// the same pairs with the mean over all seeds taken off each difference and no
// margin at all, so that each limit is exactly reached, the skew and the
// dependence of real measures left as they are. It reports shares of 400 draws,
// and the seeds that comparisons with and without pairs need for a power of 90 %
// by a normal approximation. It takes minutes.
//
//	go test ./gate -run '^$' -bench Reach -benchtime 1x
func BenchmarkReach(b *testing.B) {
	const of, n, runs = 60, 20, 400
	for _, least := range []int{10, 15, 20} {
		b.Run(fmt.Sprint("ratings", least), func(b *testing.B) {
			worse := scoring.NewBridging()
			worse.MinRaterRatings = least
			candidate, base := pool(b, []string{"bridge", "burst", "consensus"}, of, worse, scoring.NewBridging())
			for b.Loop() {
				rng := rand.New(rand.NewPCG(5, uint64(least)))
				exact := DefaultOptions()
				for name := range exact.Margins {
					exact.Margins[name] = 0
				}
				centred := centre(candidate, base)
				found, wrong := 0.0, 0.0
				for range runs {
					seeds := draw(rng, of, n)
					if fails(b, sampled(candidate, seeds), sampled(base, seeds), DefaultOptions()) {
						found += 1. / runs
					}
					if fails(b, sampled(centred, seeds), sampled(base, seeds), exact) {
						wrong += 1. / runs
					}
				}
				b.ReportMetric(found, "power")
				b.ReportMetric(wrong, "false-alarms")
				b.ReportMetric(1.96*math.Sqrt(max(wrong*(1-wrong), 1./runs)/runs), "false-alarms-±")
				paired, unpaired := needed(candidate, base, "bridge", "shift", .02)
				b.ReportMetric(paired, "paired-seeds")
				b.ReportMetric(unpaired, "unpaired-seeds")
			}
		})
	}
}

func fails(b *testing.B, candidate, base []scenarios.Outcome, o Options) bool {
	r, err := Judge(nil, candidate, base, o)
	if err != nil {
		b.Fatal(err)
	}
	return r.Verdict == Fail
}

// centre takes the mean difference of each scenario's measures off the candidate.
func centre(candidate, base []scenarios.Outcome) []scenarios.Outcome {
	sum, n := make(map[string]float64), make(map[string]float64)
	for k, o := range candidate {
		for name, v := range o.Measures {
			if w, ok := base[k].Measures[name]; ok {
				sum[o.Scenario+name] += v - w
				n[o.Scenario+name]++
			}
		}
	}
	var all []scenarios.Outcome
	for _, o := range candidate {
		measures := make(map[string]float64)
		for name, v := range o.Measures {
			measures[name] = v
			if at := o.Scenario + name; n[at] > 0 {
				measures[name] -= sum[at] / n[at]
			}
		}
		o.Measures = measures
		all = append(all, o)
	}
	return all
}

// needed is how many seeds a comparison takes, with pairs and (of each side)
// without, to tell in 9 of 10 runs at a level of 5 % that a measure is worse by
// more than a margin.
func needed(candidate, base []scenarios.Outcome, scenario, measure string, margin float64) (paired, unpaired float64) {
	var x, y, d []float64
	for k, o := range candidate {
		if o.Scenario == scenario {
			u, v := o.Measures[measure], base[k].Measures[measure]
			x, y, d = append(x, u), append(y, v), append(d, u-v)
		}
	}
	z := math.Pow(distuv.UnitNormal.Quantile(.95)+distuv.UnitNormal.Quantile(.9), 2)
	beyond := math.Pow(stat.Mean(d, nil)-margin, 2)
	return math.Ceil(z * stat.Variance(d, nil) / beyond),
		math.Ceil(z * (stat.Variance(x, nil) + stat.Variance(y, nil)) / beyond)
}
