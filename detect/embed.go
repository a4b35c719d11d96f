package detect

import (
	"context"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/cluster"
	"github.com/ringwatch/ringwatch/detect/internal/judge"
	"github.com/ringwatch/ringwatch/detect/internal/null"
	"github.com/ringwatch/ringwatch/detect/internal/search"
	"github.com/ringwatch/ringwatch/internal/plural"
)

// Embed looks for raters who are near neighbours in a low-dimensional embedding
// of the ratings' residuals.
type Embed struct {
	Rank      int     `doc:"dimensions of the embedding"`
	Neighbors int     `doc:"nearest neighbours that a rater is compared with"`
	MinCosine float64 `doc:"cosine from which raters are neighbours"`
	MinActs   int     `doc:"ratings that a rater must have given"`
	MaxRaters int     `doc:"raters that are embedded, the most active ones; others are left to the other detectors"`
}

// NewEmbed returns an Embed with its defaults.
func NewEmbed() *Embed {
	return &Embed{Rank: 32, Neighbors: 10, MinCosine: .9, MinActs: 5, MaxRaters: 20000}
}

func (d *Embed) Name() string { return "embed" }

func (d *Embed) Doc() Doc {
	return Doc{
		Summary: "near neighbours in a truncated SVD of the ratings' residuals",
		Source: "randomised SVD (Halko, Martinsson and Tropp, SIAM Review 2011); " +
			"the spectral idea of fBox (Shah et al., ICDM 2014)",
		Cost:      "ratings times rank, a few passes; neighbours by hashing above a few thousand raters",
		BlindSpot: "rings smaller than what the leading dimensions can show; camouflage of several times the targets",
	}
}

func (d *Embed) Detect(ctx context.Context, p *Pass) error {
	who, m, err := p.residuals(d.MinActs, d.MaxRaters)
	if err != nil {
		return err
	}
	rank := min(d.Rank, len(who)-1, m.Cols-1)
	if rank < 2 {
		return nil
	}
	p.Report("embedding raters", 0, 1)
	seeds, err := search.NearRows(ctx, m, rank, d.Neighbors, d.MinCosine, p.Seed)
	if err != nil {
		return err
	}
	for _, s := range seeds {
		for i, r := range s {
			s[i] = who[r]
		}
		slices.Sort(s)
	}
	p.Report("embedding raters", 1, 1)
	return p.ProposeByVotes(ctx, seeds)
}

// residuals returns the raters with at least minActs acts, of more than most
// those with most, and a matrix of them by items: what a vote says beyond the
// item's crowd, rare items counting more.
// Where acts carry no value, the act itself is what it says.
func (p *Pass) residuals(minActs, most int) (who []int32, m *cluster.Sparse, err error) {
	e := p.engine.votes
	minActs = p.leastActs(minActs, most)
	mean := meanLevels(e)
	m = &cluster.Sparse{Off: []int64{0}, Room: e.Room}
	// An item of one of them alone says nothing of who is near whom.
	column := make([]int32, e.Items) // raters looked at, then 1 + the column
	acts := 0
	for u := range int32(e.Raters) {
		if e.CountOf(u) >= minActs {
			acts += e.CountOf(u)
			for _, i := range e.ItemsOf(u) {
				column[i]++
			}
		}
	}
	for i, n := range column {
		if column[i] = 0; n > 1 {
			m.Cols++
			column[i] = int32(m.Cols)
		}
	}
	if m.Col, err = null.ScratchOf[int32](e.Acts, acts); err != nil {
		return nil, nil, err
	}
	if m.Val, err = null.ScratchOf[float32](e.Acts, acts); err != nil {
		return nil, nil, err
	}
	m.Col, m.Val = m.Col[:0], m.Val[:0]
	for u := range int32(e.Raters) {
		if e.CountOf(u) < minActs {
			continue
		}
		who = append(who, u)
		from := len(m.Col)
		mine, items := slices.Clone(e.ActsOf(u)), slices.Clone(e.ItemsOf(u))
		slices.Sort(mine) // acts are numbered by item
		slices.Sort(items)
		norm := 0.0
		for n, k := range mine {
			i := items[n]
			says := 1.0
			if e.HasValues() {
				says = (float64(e.Level[k]) - mean[i]) / float64(e.Levels-1)
			}
			x := says * math.Log1p(float64(e.Raters)/float64(e.SizeOf(i)))
			if norm += x * x; column[i] > 0 {
				m.Col = append(m.Col, column[i]-1)
				m.Val = append(m.Val, float32(x))
			}
		}
		for j := range m.Val[from:] {
			m.Val[from+j] /= float32(math.Sqrt(max(norm, 1e-12)))
		}
		m.Off = append(m.Off, int64(len(m.Col)))
	}
	m.Rows = len(who)
	return who, m, nil
}

// leastActs is how many acts a rater is looked at with, at least, so that no more than
// most are; of a cap that is reached the user is told.
func (p *Pass) leastActs(minActs, most int) int {
	e := p.engine
	counts := make([]int, e.Raters)
	for u := range counts {
		counts[u] = e.CountOf(int32(u))
	}
	slices.Sort(counts)
	if e.Raters <= most || counts[e.Raters-most-1] < minActs {
		return minActs
	}
	minActs = counts[e.Raters-most] + 1 // of equals none, so that numbers do not matter
	left, _ := slices.BinarySearch(counts, minActs)
	p.Warn("embed looked only at the most active raters: %s with %d ratings or more (option max-raters)",
		plural.Of(e.Raters-left, "rater"), minActs)
	return minActs
}

func meanLevels(v *judge.Votes) []float64 {
	mean := make([]float64, v.Items)
	for i := range mean {
		sum, n := 0.0, 0.0
		for k := v.ItemStart[i]; k < v.ItemStart[i+1]; k++ {
			sum += float64(v.Level[k])
			n++
		}
		mean[i] = sum / max(1, n)
	}
	return mean
}
