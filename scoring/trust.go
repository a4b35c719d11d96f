package scoring

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/ringwatch/ringwatch/scoring/internal/fit"
)

// Trust scores items as Bridging does, with raters weighed by how far others,
// who are trusted themselves, share their opinions.
//
// An opinion is what a rating says of an item once the rater's lenience and
// viewpoint are taken off, as a first fit of Bridging has them: so camps do not
// vouch for themselves. Trust then walks at random, as in PageRank (Page, Brin,
// Motwani and Winograd 1999) and EigenTrust (Kamvar, Schlosser and
// Garcia-Molina, WWW 2003): from a rater to an item of theirs, by the strength
// of the opinion, and on to another rater of it, by the strength of theirs. If
// that is of the other mind, for where the first was against, or at a rate of
// Restart anyhow, trust starts anew: at one of Seeds, or at any rater. It goes
// by way of opinions and needs no pairs of raters: a step costs two passes over
// the ratings.
//
// A rater's reputation is the share that is of the same mind of all the trust
// that others bring to the items they rated: 1 where all who are trusted agree
// with them, about 0.5 where they agree as chance has it. Raters who share no
// item with others have none, with Seeds one of 0.
type Trust struct {
	Restart   float64 `doc:"chance that a step starts anew, in 0..1 (PageRank has 0.15)"`
	Seeds     string  `doc:"raters from whom all trust comes, separated by commas; empty for all alike"`
	Tolerance float64 `doc:"stop when a step moves no more than this share of all trust, > 0"`
	MaxSteps  int     `doc:"steps after which to stop with a warning, > 0"`

	HelpfulAt    float64 `doc:"item intercept from which on an item is helpful"`
	NotHelpfulAt float64 `doc:"item intercept up to which an item without a side is not helpful"`
	MinRatings   int     `doc:"ratings of a positive weight below which an item needs more"`
}

// NewTrust returns a Trust without seeds, with Bridging's thresholds.
func NewTrust() *Trust {
	b := NewBridging()
	return &Trust{Restart: 0.15, Tolerance: 1e-9, MaxSteps: 500, HelpfulAt: b.HelpfulAt, NotHelpfulAt: b.NotHelpfulAt,
		MinRatings: b.MinRatings}
}

// unknownTrust is the reputation of who shares no item with others: as chance has it.
const unknownTrust = 0.5

func (s *Trust) Name() string { return "trust" }

func (s *Trust) Doc() Doc {
	return Doc{
		Summary: "bridging with raters weighed by trust that walks between those who agree beyond viewpoint",
		Source:  "Kamvar, Schlosser, Garcia-Molina, WWW 2003 (EigenTrust); Page et al. 1999 (PageRank)",
		Cost:    "two fits of bridging; two passes over the ratings per step, tens of steps",
		BlindSpot: "without seeds a ring that rates items of its own vouches for itself: " +
			"each new account brings trust of its own",
	}
}

// Score fits, walks and fits again. Rater is the reputation.
func (s *Trust) Score(ctx context.Context, in Input) (*Result, error) {
	if err := cmp.Or(positive(s.Name(), "Restart", s.Restart), positive(s.Name(), "Tolerance", s.Tolerance),
		positive(s.Name(), "MaxSteps", float64(s.MaxSteps)), in.Check(s.Name()), ctx.Err()); err != nil {
		return nil, err
	}
	if s.Restart > 1 {
		return nil, fmt.Errorf("scorer trust: Restart is %g; it must be at most 1", s.Restart)
	}
	b := NewBridging()
	b.HelpfulAt, b.NotHelpfulAt, b.MinRatings = s.HelpfulAt, s.NotHelpfulAt, s.MinRatings
	first, err := b.Score(ctx, in)
	if err != nil {
		return nil, err
	}
	restart, err := s.restart(&in)
	if err != nil {
		return nil, err
	}
	o, err := newOpinions(ctx, &in, first)
	if err != nil {
		return nil, err
	}
	trust, steps, err := s.walk(o, restart, first)
	if err != nil {
		return nil, err
	}
	reputation, err := o.reputation(trust)
	if err != nil {
		return nil, err
	}
	if s.Seeds != "" {
		for u, x := range reputation {
			if math.IsNaN(float64(x)) {
				reputation[u] = 0
			}
		}
	}
	r, err := reweigh(ctx, b, in, first, reputation, unknownTrust)
	if err == nil {
		r.Iterations += steps
	}
	return r, err
}

// restart returns each rater's share of what starts anew.
func (s *Trust) restart(in *Input) ([]float64, error) {
	share := make([]float64, in.Ratings.Raters.Len())
	if strings.TrimSpace(s.Seeds) != "" {
		for name := range strings.SplitSeq(s.Seeds, ",") {
			u, ok := in.Ratings.Raters.Find(strings.TrimSpace(name))
			if !ok {
				return nil, fmt.Errorf("scorer trust: the seed %q rated nothing", strings.TrimSpace(name))
			}
			share[u] = float64(in.WeightOf(u))
		}
	} else {
		rated := make([]bool, len(share))
		for _, u := range in.Ratings.Rater {
			rated[u] = true
		}
		for u := range share {
			if rated[u] {
				share[u] = float64(in.WeightOf(int32(u)))
			}
		}
	}
	total := 0.0
	for _, x := range share {
		total += x
	}
	if total > 0 {
		for u := range share {
			share[u] /= total
		}
	}
	return share, nil
}

// Opinions are ratings net of lenience and viewpoint: the values of the
// matrix, above 0 for and not above against an item.
type opinions struct {
	ctx      context.Context
	m        *fit.Matrix
	strength []float64    // of raters: sum over their opinions
	held     []float64    // of items: likewise, weighted
	brought  [2][]float64 // of items: trust that raters against and for bring
}

func newOpinions(ctx context.Context, in *Input, r *Result) (*opinions, error) {
	t := in.Ratings
	m, err := fit.NewMatrix(ctx, in.Scratch, t, in.Weight, func(k int) (float32, bool) {
		u, n := t.Rater[k], t.Item[k]
		return float32(float64(t.Value[k]) - r.expected(u, n) + float64(r.ItemIntercept[n])), true
	})
	if err != nil {
		return nil, err
	}
	items := m.Items.Len()
	o := &opinions{ctx: ctx, m: m, strength: make([]float64, m.Raters.Len()), held: make([]float64, items),
		brought: [2][]float64{make([]float64, items), make([]float64, items)}}
	for u := range int32(m.Raters.Len()) {
		for _, c := range m.Raters.Of(u) {
			o.strength[u] += math.Abs(float64(c.Value))
		}
	}
	for n := range int32(items) {
		for _, c := range m.Items.Of(n) {
			o.held[n] += m.Raters.WeightOf(c.Other) * math.Abs(float64(c.Value))
		}
	}
	return o, nil
}

// mind is 1 for opinions for an item, else 0.
func mind(opinion float32) int {
	if opinion > 0 {
		return 1
	}
	return 0
}

// walk returns how much trust each rater ends up with, and after how many steps.
func (s *Trust) walk(o *opinions, restart []float64, r *Result) (trust []float64, steps int, err error) {
	at, next := append([]float64(nil), restart...), make([]float64, len(restart))
	for step := 1; ; step++ {
		if err := o.step(at, next); err != nil {
			return nil, step, err
		}
		kept, moved := 0.0, 0.0
		for _, x := range next {
			kept += (1 - s.Restart) * x
		}
		for u := range next {
			next[u] = (1-s.Restart)*next[u] + (1-kept)*restart[u]
			moved += math.Abs(next[u] - at[u])
		}
		at, next = next, at
		if moved <= s.Tolerance || step >= s.MaxSteps {
			if moved > s.Tolerance {
				r.Warnings = append(r.Warnings,
					fmt.Sprintf("trust did not settle in %d steps: the last still moved %.2g of it", step, moved))
			}
			return at, step, nil
		}
	}
}

// bring moves trust from raters to items.
func (o *opinions) bring(trust []float64) error {
	return fit.Each(o.ctx, o.m.Items.Blocks, func(_ int, lo, hi int32) {
		for n := lo; n < hi; n++ {
			var sum [2]float64
			for _, c := range o.m.Items.Of(n) {
				sum[mind(c.Value)] += o.part(trust, c.Other, c.Value)
			}
			o.brought[0][n], o.brought[1][n] = sum[0], sum[1]
		}
	})
}

// part is how much trust a rater brings to an item.
func (o *opinions) part(trust []float64, rater int32, opinion float32) float64 {
	if o.strength[rater] == 0 {
		return 0
	}
	return trust[rater] * math.Abs(float64(opinion)) / o.strength[rater]
}

// step moves trust from raters to items and on to others of the same mind.
func (o *opinions) step(at, next []float64) error {
	if err := o.bring(at); err != nil {
		return err
	}
	return fit.Each(o.ctx, o.m.Raters.Blocks, func(_ int, lo, hi int32) {
		for u := lo; u < hi; u++ {
			sum := 0.0
			for _, c := range o.m.Raters.Of(u) {
				if o.held[c.Other] > 0 {
					others := o.brought[mind(c.Value)][c.Other] - o.part(at, u, c.Value)
					sum += others * math.Abs(float64(c.Value)) / o.held[c.Other]
				}
			}
			next[u] = max(0, sum) * o.m.Raters.WeightOf(u)
		}
	})
}

// reputation returns of each rater the share that is of the same mind of the
// trust that others bring to the rater's items.
func (o *opinions) reputation(trust []float64) ([]float32, error) {
	if err := o.bring(trust); err != nil {
		return nil, err
	}
	share := make([]float32, len(trust))
	err := fit.Each(o.ctx, o.m.Raters.Blocks, func(_ int, lo, hi int32) {
		for u := lo; u < hi; u++ {
			same, all := 0.0, 0.0
			for _, c := range o.m.Raters.Of(u) {
				x, k := math.Abs(float64(c.Value)), mind(c.Value)
				others := max(0, o.brought[k][c.Other]-o.part(trust, u, c.Value))
				same += x * others
				all += x * (others + o.brought[1-k][c.Other])
			}
			share[u] = float32(same / all)
			if !(all > 1e-15) { // what subtraction leaves of nothing
				share[u] = float32(math.NaN())
			}
		}
	})
	return share, err
}
