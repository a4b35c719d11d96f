package scoring_test

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/scoring/internal/scoretest"
	"github.com/ringwatch/ringwatch/scoring/scorers"
)

// TestReputationTellsRatersApart: raters who take no notice of quality have a
// lower reputation than the others, by each scorer that gives one.
func TestReputationTellsRatersApart(t *testing.T) {
	table, blind := sensitiveCrowd(1)
	for _, c := range []struct {
		s     scoring.Scorer
		least float64
	}{{scoring.NewTrust(), 0.9}, {scoring.NewQuality(), 0.94}, {chain(t), 0.9}} {
		r := score(t, c.s, scoring.Input{Ratings: table})
		got := auc(r.Rater, blind)
		t.Logf("%s: AUC %.4f, reputations %.3f to %.3f, warnings %q", c.s.Name(), got, slices.Min(r.Rater),
			slices.Max(r.Rater), r.Warnings)
		if got < c.least {
			t.Errorf("%s: AUC %.3f", c.s.Name(), got)
		}
	}
}

// TestStabilitySparesDissent: a steady minority that dislikes everything keeps
// its weight; raters who scatter lose theirs.
func TestStabilitySparesDissent(t *testing.T) {
	table := scoretest.Synthetic(1, 300, 120, 12000)
	for k, u := range table.Rater {
		switch {
		case u%10 == 0: // dissents steadily
			table.Value[k] = max(0, table.Value[k]-0.5)
		case u%10 == 1: // scatters
			table.Value[k] = float32((int(u)*7+int(table.Item[k])*13)%3) / 2
		}
	}
	r := score(t, scoring.NewStability(), scoring.Input{Ratings: table})
	mean := func(digit int) float64 {
		sum, n := 0.0, 0.0
		for u, x := range r.Rater {
			if u%10 == digit {
				sum, n = sum+float64(x), n+1
			}
		}
		return sum / n
	}
	dissent, scatter, others := mean(0), mean(1), mean(5)
	t.Logf("weights: dissenters %.3f, scattered %.3f, others %.3f", dissent, scatter, others)
	if dissent < others || scatter > 0.8*others {
		t.Errorf("weights: dissenters %.3f, scattered %.3f, others %.3f", dissent, scatter, others)
	}
}

// TestTrustCamps: the smaller camp is trusted as the larger is.
func TestTrustCamps(t *testing.T) {
	table, _ := sensitiveCrowd(3)
	r := score(t, scoring.NewTrust(), scoring.Input{Ratings: table})
	var sum, n [2]float64
	for u, f := range r.RaterFactor {
		side := 0
		if f > 0 {
			side = 1
		}
		sum[side] += float64(r.Rater[u])
		n[side]++
	}
	if a, b := sum[0]/n[0], sum[1]/n[1]; math.Abs(a-b) > 0.02 {
		t.Errorf("mean reputation %.3f of the larger camp, %.3f of the smaller", a, b)
	}
}

// TestTrustSeeds: accounts that only rate items of their own vouch for each
// other, but not against seeds.
func TestTrustSeeds(t *testing.T) {
	table := scoretest.Synthetic(1, 100, 60, 2500)
	for u := range int32(8) {
		name := table.Raters.Add([]byte{'s', 'y', 'b', 'i', 'l', byte('0' + u)})
		for n := range int32(10) {
			item := table.Items.Add([]byte{'o', 'w', 'n', byte('0' + n)})
			table.Append(name, item, 1, rating.NoTime)
		}
	}
	s := scoring.NewTrust()
	s.Seeds = "r001, r002, r003"
	r := score(t, s, scoring.Input{Ratings: table})
	for u := int32(100); u < 108; u++ {
		if x := r.Rater[u]; x > 0 {
			t.Errorf("%s has reputation %v though no seed leads there", table.Raters.Name(u), x)
		}
	}
	s.Seeds = "r001,nobody"
	_, err := s.Score(context.Background(), scoring.Input{Ratings: table})
	if err == nil || !strings.Contains(err.Error(), `"nobody" rated nothing`) {
		t.Errorf("an unknown seed: %v", err)
	}
}

func TestChainErrors(t *testing.T) {
	in := scoring.Input{Ratings: scoretest.Synthetic(1, 20, 20, 100)}
	for _, c := range []struct{ first, then, want string }{
		{"mean", "mean", "mean gives raters no reputation"}, {"chain", "mean", "part of itself"},
		{"trsut", "mean", `did you mean "trust"?`}, {"trust", "nothing", `no scorer is called "nothing"`},
	} {
		s := chain(t)
		s.First, s.Then = c.first, c.then
		if _, err := s.Score(context.Background(), in); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s then %s: %v; want %s", c.first, c.then, err, c.want)
		}
	}
	if _, err := new(scoring.Chain).Score(context.Background(), in); err == nil {
		t.Error("a chain that knows no scorers makes one")
	}
}

func chain(t *testing.T) *scoring.Chain {
	t.Helper()
	s, err := scorers.New("chain")
	if err != nil {
		t.Fatal(err)
	}
	return s.(*scoring.Chain)
}
