package cluster

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/ringwatch/ringwatch/internal/workers"
)

// A Pair is two rows and the cosine of the angle between them.
type Pair struct {
	A, B int32 // A < B
	Cos  float32
}

const (
	// exactBelow is the number of rows up to which NearPairs compares all.
	exactBelow = 8192

	tables    = 24 // random orders of the rows
	codeBits  = 32 // hyperplanes of an order
	reachEach = 32 // rows looked at on each side of a row in an order
)

// NearPairs returns the pairs of rows of which one is among the k nearest of
// the other, with a cosine of at least minCos, by A and then B. The rows of x,
// of d numbers each, must have length 1, or 0, whose cosine to any is 0. Of
// equally near rows the smaller are nearer.
//
// Up to 8192 rows it compares every row with every other, in blocks that
// fit the cache. Beyond, candidates come from locality-sensitive hashing: the
// signs at 32 random hyperplanes (Charikar, STOC 2002) as one number sort the
// rows, 24 times over, and a row is compared with the 32 before and behind it
// in each order (in the manner of Bawa, Condie and Ganesan, LSH Forest, WWW
// 2005). So a row never meets more than 1536 others however crowded the place,
// and cost is of the order of n (1536 d + 24 log n). Where codes spread evenly a
// pair at angle a is found with probability 1 - (1 - (1-a/pi)^log2(n/32))^24: at
// a million rows 99% at cosine 0.95, 92% at 0.9 and 55% at 0.8, more where rows
// are fewer. Of a crowd of equal rows each is compared with some only.
//
// The seed and x fix the result, for any GOMAXPROCS. Memory is 260 bytes a row
// and 12 a pair.
func NearPairs(ctx context.Context, x []float32, d, k int, minCos float32, seed uint64) ([]Pair, error) {
	if d < 1 || k < 0 || len(x)%d != 0 {
		return nil, fmt.Errorf("cluster: near pairs of %d numbers in rows of %d, %d nearest", len(x), d, k)
	}
	if k == 0 {
		return nil, ctx.Err()
	}
	s := &search{x: x, d: d, k: k, n: len(x) / d, least: minCos}
	if s.n > exactBelow {
		if err := s.sort(ctx, seed); err != nil {
			return nil, err
		}
	}
	found := make([][]Pair, (s.n+nearBlock-1)/nearBlock)
	err := workers.Ranges(ctx, s.n, nearBlock, func() func(lo, hi int) {
		if s.order == nil {
			return func(lo, hi int) { found[lo/nearBlock] = s.exact(lo, hi) }
		}
		seen := make([]int32, s.n)
		return func(lo, hi int) { found[lo/nearBlock] = s.hashed(lo, hi, seen) }
	})
	if err != nil {
		return nil, err
	}
	pairs := slices.Concat(found...)
	slices.SortFunc(pairs, func(a, b Pair) int { return cmp.Or(cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B)) })
	return slices.Compact(pairs), nil
}

const nearBlock = 64 // rows that one worker searches for at once

type search struct {
	x       []float32
	d, k, n int
	least   float32
	order   [][]int32 // by table: the rows in the order of their codes
	place   [][]int32 // by table: where a row is in the order
	heads   []head
}

// A head is the first numbers of a row, and the length of the rest: most rows are told
// from each other by it, in one line of the cache.
type head struct {
	x    [headWidth]float32
	rest float32
}

const (
	headWidth = 15   // numbers, and the rest: 64 bytes
	headSlack = 1e-4 // a hundred times what rounding makes of a cosine
)

// mayReach reports whether the cosine of two rows may be least.
func (h *head) mayReach(o *head, least float32) bool {
	sum := h.rest * o.rest
	for i, x := range h.x {
		sum += x * o.x[i]
	}
	return sum >= least-headSlack
}

func (s *search) makeHeads() {
	s.heads = make([]head, s.n)
	for r := range s.heads {
		row := s.row(int32(r))
		rest := row[copy(s.heads[r].x[:], row):]
		s.heads[r].rest = float32(math.Sqrt(float64(dot32(rest, rest))))
	}
}

func (s *search) row(r int32) []float32 { return s.x[int(r)*s.d : (int(r)+1)*s.d] }

// sort fills order, place and heads.
func (s *search) sort(ctx context.Context, seed uint64) error {
	s.makeHeads()
	s.order, s.place = make([][]int32, tables), make([][]int32, tables)
	return parallel(ctx, tables*rowBlock, func(t, _, _ int) {
		rng := rand.New(rand.NewPCG(seed, uint64(t)))
		plane := make([]float32, codeBits*s.d)
		for i := range plane {
			plane[i] = float32(rng.NormFloat64())
		}
		rows := make([]uint64, s.n) // code and row
		for r := range rows {
			if r%rowBlock == 0 && ctx.Err() != nil {
				return
			}
			code := uint64(0)
			for b := range codeBits {
				code <<= 1
				if dot32(plane[b*s.d:(b+1)*s.d], s.row(int32(r))) >= 0 {
					code |= 1
				}
			}
			rows[r] = code<<32 | uint64(r)
		}
		slices.Sort(rows)
		s.order[t], s.place[t] = make([]int32, s.n), make([]int32, s.n)
		for i, c := range rows {
			s.order[t][i], s.place[t][uint32(c)] = int32(uint32(c)), int32(i)
		}
	})
}

// exact searches all rows for those nearest to each of rows lo to hi.
func (s *search) exact(lo, hi int) []Pair {
	best := make([]nearest, hi-lo)
	for other := range int32(s.n) {
		y := s.row(other)
		for r := lo; r < hi; r++ {
			if int(other) != r {
				best[r-lo].offer(s, other, dot32(s.row(int32(r)), y))
			}
		}
	}
	var pairs []Pair
	for i := range best {
		pairs = best[i].pairs(pairs, int32(lo+i))
	}
	return pairs
}

// hashed searches the surroundings of each of rows lo to hi in every order. seen is
// by row 1 + the row that it was last compared with.
func (s *search) hashed(lo, hi int, seen []int32) (pairs []Pair) {
	var near []neighbour
	var best nearest
	for r := int32(lo); r < int32(hi); r++ {
		near = near[:0]
		seen[r] = r + 1
		row, mine := s.row(r), &s.heads[r]
		for t := range tables {
			at := int(s.place[t][r])
			for _, other := range s.order[t][max(0, at-reachEach):min(s.n, at+reachEach+1)] {
				if seen[other] == r+1 {
					continue
				}
				if seen[other] = r + 1; !mine.mayReach(&s.heads[other], s.least) {
					continue
				}
				if cos := dot32(row, s.row(other)); cos >= s.least {
					near = append(near, neighbour{other, cos})
				}
			}
		}
		slices.SortFunc(near, func(a, b neighbour) int { return cmp.Compare(a.row, b.row) })
		best = best[:0]
		for _, x := range near {
			best.offer(s, x.row, x.cos)
		}
		pairs = best.pairs(pairs, r)
	}
	return pairs
}

// nearest is up to k rows, the nearest first.
type nearest []neighbour

type neighbour struct {
	row int32
	cos float32
}

func dot32(x, y []float32) float32 {
	y = y[:len(x)]
	var a, b, c, d float32
	i := 0
	for ; i+4 <= len(x); i += 4 {
		a += x[i] * y[i]
		b += x[i+1] * y[i+1]
		c += x[i+2] * y[i+2]
		d += x[i+3] * y[i+3]
	}
	for ; i < len(x); i++ {
		a += x[i] * y[i]
	}
	return (a + b) + (c + d)
}

// offer takes a row, offered in ascending order, if it is near enough.
func (n *nearest) offer(s *search, row int32, cos float32) {
	if !(cos >= s.least) || len(*n) == s.k && cos <= (*n)[s.k-1].cos {
		return
	}
	at, _ := slices.BinarySearchFunc(*n, cos, func(x neighbour, cos float32) int {
		if x.cos >= cos {
			return -1
		}
		return 1
	})
	if len(*n) == s.k {
		*n = (*n)[:s.k-1]
	}
	*n = slices.Insert(*n, at, neighbour{row, cos})
}

func (n nearest) pairs(to []Pair, r int32) []Pair {
	for _, x := range n {
		to = append(to, Pair{min(r, x.row), max(r, x.row), x.cos})
	}
	return to
}
