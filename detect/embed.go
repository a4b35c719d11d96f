package detect

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/cluster"
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
		Summary:   "near neighbours in a truncated SVD of the ratings' residuals",
		Source:    "randomised SVD (Halko, Martinsson and Tropp, SIAM Review 2011); the spectral idea of fBox (Shah et al., ICDM 2014)",
		Cost:      "ratings times rank, a few passes; neighbours by hashing above a few thousand raters",
		BlindSpot: "rings smaller than what the leading dimensions can show; camouflage of several times the targets",
	}
}

func (d *Embed) Detect(ctx context.Context, in Input) (*Findings, error) {
	return in.propose(ctx, d, func(e *engine) ([][]int32, error) {
		who, m := e.residuals(d.MinActs, d.MaxRaters)
		rank := min(d.Rank, len(who)-1, m.Cols-1)
		if rank < 2 {
			return nil, nil
		}
		e.report("embedding raters", 0, 1)
		_, u, err := cluster.TruncatedSVD(ctx, m, rank, 2, in.Seed)
		if err != nil {
			return nil, err
		}
		rank = len(u) / max(1, len(who))
		rows := make([]float32, len(u))
		for r := range who {
			norm := 0.0
			for _, x := range u[r*rank : (r+1)*rank] {
				norm += x * x
			}
			for c, x := range u[r*rank : (r+1)*rank] {
				rows[r*rank+c] = float32(x / math.Sqrt(max(norm, 1e-30)))
			}
		}
		near, err := cluster.NearPairs(ctx, rows, rank, d.Neighbors, float32(d.MinCosine), in.Seed)
		if err != nil {
			return nil, err
		}
		edges := make([]cluster.Edge, len(near))
		for i, p := range near {
			edges[i] = cluster.Edge{A: p.A, B: p.B, W: p.Cos}
		}
		seeds := graphSeeds(cluster.NewCSR(len(who), edges))
		for _, s := range seeds {
			for i, r := range s {
				s[i] = who[r]
			}
			slices.Sort(s)
		}
		e.report("embedding raters", 1, 1)
		return seeds, nil
	})
}

// residuals returns the raters with at least minActs acts, of more than most
// those with most, and a matrix of them by items: what a vote says beyond the item's crowd, rare items counting more.
// Where acts carry no value, the act itself is what it says.
func (e *engine) residuals(minActs, most int) (who []int32, m *cluster.Sparse) {
	counts := make([]int, e.raters)
	for u := range counts {
		counts[u] = e.countOf(int32(u))
	}
	slices.Sort(counts)
	if e.raters > most && counts[e.raters-most] > minActs {
		minActs = counts[e.raters-most] + 1 // of equals none, so that numbers do not matter
		left, _ := slices.BinarySearch(counts, minActs)
		e.warnings = append(e.warnings, fmt.Sprintf("embed looked at the %d raters with %d ratings or more", e.raters-left, minActs))
	}
	mean := make([]float64, e.items)
	for i := range mean {
		sum, n := 0.0, 0.0
		for k := e.itemStart[i]; k < e.itemStart[i+1]; k++ {
			sum += float64(e.level[k])
			n++
		}
		mean[i] = sum / max(1, n)
	}
	m = &cluster.Sparse{Off: []int64{0}}
	// An item of one of them alone says nothing of who is near whom.
	column := make([]int32, e.items) // raters looked at, then 1 + the column
	acts := 0
	for u := range int32(e.raters) {
		if e.countOf(u) >= minActs {
			acts += e.countOf(u)
			for _, k := range e.actsOf(u) {
				column[e.item[k]]++
			}
		}
	}
	for i, n := range column {
		if column[i] = 0; n > 1 {
			m.Cols++
			column[i] = int32(m.Cols)
		}
	}
	m.Col, m.Val = make([]int32, 0, acts), make([]float32, 0, acts)
	for u := range int32(e.raters) {
		if e.countOf(u) < minActs {
			continue
		}
		who = append(who, u)
		from := len(m.Col)
		mine := slices.Clone(e.actsOf(u))
		slices.Sort(mine) // by item
		norm := 0.0
		for _, k := range mine {
			i := e.item[k]
			says := 1.0
			if e.hasValues() {
				says = (float64(e.level[k]) - mean[i]) / float64(e.levels-1)
			}
			x := says * math.Log1p(float64(e.raters)/float64(e.sizeOf(i)))
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
	return who, m
}
