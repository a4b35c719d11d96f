package search

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/detect/internal/null"
	"github.com/ringwatch/ringwatch/internal/workers"
)

const (
	blockLevel = .05 // tail below which an item shares raters with another beyond the null
	blockShare = .3  // of a block's cells that are rated: what peeling looks for
)

// A block is what peeling left.
type block struct {
	raters []int32
	score  float64
}

// A BlockSearch looks for blocks among raters in use.
type BlockSearch struct {
	Use       []bool
	MaxBlocks int // blocks that are returned
	MaxItems  int // items beside an item that its block is looked for on
	// What these two left out: blocks, and items that more others stood out beside.
	Left, Narrowed int
}

// Blocks returns the raters of the densest block around each item, what
// surprises most first, without those of which most were in several before.
func (s *BlockSearch) Blocks(ctx context.Context, a *null.Acts, n *null.Model) (seeds [][]int32, err error) {
	blocks, err := s.blocksAround(ctx, a, n)
	if err != nil {
		return nil, err
	}
	times := make([]uint8, a.Raters)
	for _, b := range blocks {
		used := 0
		for _, u := range b.raters {
			if times[u] >= seenBefore {
				used++
			}
		}
		if 2*used > len(b.raters) {
			continue
		}
		if len(seeds) >= s.MaxBlocks {
			s.Left++
			continue
		}
		for _, u := range b.raters {
			times[u] = min(times[u]+1, seenBefore)
		}
		seeds = append(seeds, b.raters)
	}
	return seeds, nil
}

// blocksAround returns the densest block around each item, what surprises most
// first.
func (s *BlockSearch) blocksAround(ctx context.Context, a *null.Acts, n *null.Model) ([]block, error) {
	weight, err := n.Surprise(ctx, a)
	if err != nil {
		return nil, err
	}
	const step = 64
	found := make([][]block, (a.Items+step-1)/step)
	narrowed := make([]int, len(found))
	err = workers.Ranges(ctx, a.Items, step, func() func(lo, hi int) {
		p := &peeler{weight: weight, slot: make([]int32, a.Items), most: max(0, s.MaxItems),
			itemPairSearch: newItemPairSearch(a, n, s.Use)}
		return func(lo, hi int) {
			for i := int32(lo); int(i) < hi; i++ {
				if b := p.around(i); b.score > 0 {
					found[lo/step] = append(found[lo/step], b)
				}
			}
			narrowed[lo/step], p.narrowed = p.narrowed, 0
		}
	})
	for _, n := range narrowed {
		s.Narrowed += n
	}
	all := slices.Concat(found...)
	slices.SortStableFunc(all, func(a, b block) int {
		return cmp.Or(cmp.Compare(b.score, a.score), slices.Compare(a.raters, b.raters))
	})
	return all, err
}

// A peeler finds the densest block around one item at a time.
type peeler struct {
	*itemPairSearch
	weight []float32 // by act
	slot   []int32   // by item: 1 + its column

	most, narrowed int // see BlockSearch
}

// around returns the block that surprises most among the raters in use of an item
// and the other items that share more of them than the null has it.
func (p *peeler) around(i int32) block {
	if size := p.SizeOf(i); size < leastShared || size > null.HotItem {
		return block{}
	}
	items := p.sharing(i)
	if len(items) < 2 {
		return block{}
	}
	for at, f := range items {
		p.slot[f] = int32(at) + 1
	}
	m := &matrix{column: make([][]cell, len(items))}
	for _, u := range p.Rater[p.ItemStart[i]:p.ItemStart[i+1]] {
		if !p.use[u] {
			continue
		}
		var row []cell
		items := p.ItemsOf(u)
		for j, k := range p.ActsOf(u) {
			if at := p.slot[items[j]]; at > 0 {
				row = append(row, cell{int(at) - 1, float64(p.weight[k])})
			}
		}
		if len(row) < 2 {
			continue
		}
		for _, c := range row {
			m.column[c.at] = append(m.column[c.at], cell{len(m.row), c.w})
		}
		m.rater, m.row = append(m.rater, u), append(m.row, row)
	}
	for _, f := range items {
		p.slot[f] = 0
	}
	return m.peel(math.Log(float64(p.SizeOf(i))), math.Log(max(2, blockLevel*float64(p.Items))))
}

// sharing returns the items that share more of i's raters than the null has it,
// the strongest of them.
func (p *peeler) sharing(i int32) []int32 {
	of := p.Rater[p.ItemStart[i]:p.ItemStart[i+1]]
	for _, u := range of {
		if !p.use[u] {
			continue
		}
		for _, f := range p.ItemsOf(u) {
			if f != i {
				if p.common[f] == 0 {
					p.touched = append(p.touched, f)
				}
				p.common[f]++
			}
		}
	}
	slices.Sort(p.touched)
	var all []itemPair
	ready := false
	for _, f := range p.touched {
		x := int(p.common[f])
		p.common[f] = 0
		if x < 2 || p.SizeOf(f) > null.HotItem {
			continue
		}
		if !ready {
			p.prepare(of)
			ready = true
		}
		if ln := null.CountTail(x, p.expected(f)); ln < math.Log(blockLevel) {
			all = append(all, itemPair{i, f, ln})
		}
	}
	p.touched = p.touched[:0]
	if ready {
		for _, u := range of {
			p.in[u] = false
		}
	}
	if len(all) > p.most {
		p.narrowed++
		slices.SortFunc(all, func(x, y itemPair) int { return cmp.Or(cmp.Compare(x.ln, y.ln), cmp.Compare(x.f, y.f)) })
		all = all[:p.most]
	}
	items := make([]int32, len(all))
	for at, x := range all {
		items[at] = x.f
	}
	return items
}

// A cell is a rating, by its place in the other dimension.
type cell struct {
	at int
	w  float64
}

// A matrix is raters by items, what each rating surprises in its cell.
type matrix struct {
	rater       []int32
	row, column [][]cell
}

// peel removes the rater or item that adds least until none is left, and returns
// the best of what there was on the way. A block is worth the sum of its
// ratings' surprise, less what as many cells of a block cost and what it costs to
// say which raters and items it is of, in nats: of the item's raters, and of as
// many items as would share so many by chance.
func (m *matrix) peel(perRater, perItem float64) (best block) {
	perCell := -math.Log(1 - blockShare)
	rows, columns := len(m.row), len(m.column)
	rowSum, columnSum := make([]float64, rows), make([]float64, columns)
	score := 0.0
	for r, row := range m.row {
		for _, c := range row {
			rowSum[r] += c.w
			columnSum[c.at] += c.w
			score += c.w
		}
	}
	score -= perCell*float64(rows*columns) + perRater*float64(rows) + perItem*float64(columns)
	gone := make([]bool, rows+columns) // raters, then items
	left := rows
	step, bestStep := 0, -1
	at := make([]int, rows+columns) // the step at which each was removed
	for rows >= 3 && columns >= 2 {
		if bestStep < 0 || score > best.score {
			best.score, bestStep = score, step
		}
		least, who := math.Inf(1), -1
		for r, sum := range rowSum {
			if x := sum - perCell*float64(columns) - perRater; !gone[r] && x < least {
				least, who = x, r
			}
		}
		for c, sum := range columnSum {
			if x := sum - perCell*float64(rows) - perItem; !gone[left+c] && x < least {
				least, who = x, left+c
			}
		}
		gone[who], at[who] = true, step
		step++
		score -= least
		if who < left {
			rows--
			for _, c := range m.row[who] {
				columnSum[c.at] -= c.w
			}
		} else {
			columns--
			for _, c := range m.column[who-left] {
				rowSum[c.at] -= c.w
			}
		}
	}
	if bestStep < 0 {
		return block{}
	}
	for r, u := range m.rater {
		if !gone[r] || at[r] >= bestStep {
			best.raters = append(best.raters, u)
		}
	}
	slices.Sort(best.raters)
	return best
}
