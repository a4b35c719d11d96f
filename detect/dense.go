package detect

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
)

// Dense looks for blocks: raters by items with more ratings in them than the
// null has it. Peeling a whole table ends at its honest core, the most active
// raters on the most popular items; so every rating weighs what it surprises,
// and each item's own raters are peeled apart, on the items that they share
// beyond the null.
type Dense struct {
	MostActs  int `doc:"ratings that a rater may have given to be looked at"`
	MaxBlocks int `doc:"blocks that are proposed at most, those that surprise most first"`
}

// NewDense returns a Dense with its defaults.
func NewDense() *Dense { return &Dense{MostActs: tokenMostActs, MaxBlocks: 300} }

func (d *Dense) Name() string { return "dense" }

func (d *Dense) Doc() Doc {
	return Doc{
		Summary:   "dense blocks of raters by items, each rating weighing what it surprises; among raters in no ring yet",
		Source:    "greedy peeling as in FRAUDAR (Hooi et al., KDD 2016), by a measure of surprise as in CrossSpot (Jiang et al., ICDM 2015), against the fitted null",
		Cost:      "ratings times ratings of a rater, 200 at most; memory linear in ratings",
		BlindSpot: "blocks on items with more than 250 ratings; raters with more than 200; rings of which hardly any three share an item",
		OnRequest: true,
	}
}

const (
	blockLevel = .05 // tail below which an item shares raters with another beyond the null
	blockItems = 100 // items of a block that are looked at
	blockShare = .3  // of a block's cells that are rated: what peeling looks for
)

// A block is what peeling left.
type block struct {
	raters []int32
	score  float64
}

func (d *Dense) Detect(ctx context.Context, in Input) (*Findings, error) {
	return in.propose(ctx, d, func(e *engine) ([][]int32, error) {
		blocks, err := d.blocks(ctx, e)
		if err != nil {
			return nil, err
		}
		var seeds [][]int32
		times := make([]uint8, e.raters)
		left := 0
		for _, b := range blocks {
			used := 0
			for _, u := range b.raters {
				if times[u] >= tokenSeenBefore {
					used++
				}
			}
			if 2*used > len(b.raters) {
				continue
			}
			if len(seeds) >= d.MaxBlocks {
				left++
				continue
			}
			for _, u := range b.raters {
				times[u] = min(times[u]+1, tokenSeenBefore)
			}
			seeds = append(seeds, b.raters)
		}
		if left > 0 {
			e.warnings = append(e.warnings, fmt.Sprintf("dense proposed the first %d blocks and left out %d (option max-blocks)", len(seeds), left))
		}
		return seeds, nil
	})
}

// blocks returns the densest block around each item, what surprises most first.
func (d *Dense) blocks(ctx context.Context, e *engine) ([]block, error) {
	e.report("dense: peeling", 0, 1)
	weight, err := e.surprise(ctx)
	if err != nil {
		return nil, err
	}
	use := make([]bool, e.raters)
	for u := range use {
		use[u] = e.countOf(int32(u)) <= d.MostActs && e.free(int32(u))
	}
	const size = 64
	found := make([][]block, (e.items+size-1)/size)
	err = parallel(ctx, e.items, size, func() func(lo, hi int) {
		p := &peeler{weight: weight, slot: make([]int32, e.items), tokenSearch: &tokenSearch{acts: e.acts, null: e.null, use: use,
			common: make([]uint16, e.items), own: make([]float64, e.bins), in: make([]bool, e.raters), reach: make([]float64, e.bins)}}
		return func(lo, hi int) {
			for i := int32(lo); int(i) < hi; i++ {
				if b := p.around(i); b.score > 0 {
					found[lo/size] = append(found[lo/size], b)
				}
			}
		}
	})
	all := slices.Concat(found...)
	slices.SortStableFunc(all, func(a, b block) int {
		return cmp.Or(cmp.Compare(b.score, a.score), slices.Compare(a.raters, b.raters))
	})
	e.report("dense: peeling", 1, 1)
	return all, err
}

// A peeler finds the densest block around one item at a time.
type peeler struct {
	*tokenSearch
	weight []float32 // by act
	slot   []int32   // by item: 1 + its column
}

// around returns the block that surprises most among the raters in use of an item
// and the other items that share more of them than the null has it.
func (p *peeler) around(i int32) block {
	if size := p.sizeOf(i); size < tokenLeast || size > hotItem {
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
	for _, u := range p.rater[p.itemStart[i]:p.itemStart[i+1]] {
		if !p.use[u] {
			continue
		}
		var row []cell
		for _, k := range p.actsOf(u) {
			if at := p.slot[p.item[k]]; at > 0 {
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
	return m.peel(math.Log(float64(p.sizeOf(i))), math.Log(max(2, blockLevel*float64(p.items))))
}

// sharing returns the items that share more of i's raters than the null has it,
// the strongest blockItems.
func (p *peeler) sharing(i int32) []int32 {
	of := p.rater[p.itemStart[i]:p.itemStart[i+1]]
	for _, u := range of {
		if !p.use[u] {
			continue
		}
		for _, k := range p.actsOf(u) {
			if f := p.item[k]; f != i {
				if p.common[f] == 0 {
					p.touched = append(p.touched, f)
				}
				p.common[f]++
			}
		}
	}
	slices.Sort(p.touched)
	var all []tokenPair
	ready := false
	for _, f := range p.touched {
		x := int(p.common[f])
		p.common[f] = 0
		if x < 2 || p.sizeOf(f) > hotItem {
			continue
		}
		if !ready {
			p.prepare(of)
			ready = true
		}
		if ln := countTail(x, p.expected(f)); ln < math.Log(blockLevel) {
			all = append(all, tokenPair{i, f, ln})
		}
	}
	p.touched = p.touched[:0]
	if ready {
		for _, u := range of {
			p.in[u] = false
		}
	}
	if len(all) > blockItems {
		slices.SortFunc(all, func(x, y tokenPair) int { return cmp.Or(cmp.Compare(x.ln, y.ln), cmp.Compare(x.f, y.f)) })
		all = all[:blockItems]
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
