package detect

import (
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/mat"
)

// null is the fitted background: the chance that an independent rater who was
// active in a bin chose a given item. It is the item's share of the acts around
// that bin, mixed over nested windows:
//
//	share(item, b) = sum_l weight_l acts of item in window l of b / acts in window l of b + uniform/items
//
// Weights are fitted by EM so that each of a sample of acts is predicted best
// from all others. Without times there is one bin and so one window.
type null struct {
	bins    int
	half    []int       // half-widths in bins, ascending, of the windows
	weight  []float64   // of the windows
	uniform float64     // weight of a uniform choice / items
	total   []float64   // acts by bin
	window  [][]float64 // window[l][b]: acts in window l of bin b
	kernel  []float64   // kernel[b*bins+x] = sum_l weight_l [x in window l of b] / window[l][b]
	typical float64     // acts in a typical window: geometric mean
	tilt    []float64   // per rater, >= 1: nobody rates an item twice, so the very active reach further
	tables  []pairTable // by stratum: chance that two choices meet
}

var halfWidths = []int{0, 1, 4, 16, 64, maxBins}

const (
	emSample  = 20000
	emRounds  = 60
	maxShare  = .9
	minWindow = 10 // acts, below which a share would be an accident
)

func newNull(a *acts) *null {
	n := &null{bins: a.bins, total: make([]float64, a.bins)}
	for _, b := range a.bin {
		n.total[b]++
	}
	for _, h := range halfWidths {
		n.half = append(n.half, min(h, n.bins-1))
		if h >= n.bins-1 {
			break
		}
	}
	for _, h := range n.half {
		sums := make([]float64, n.bins)
		windowSums(sums, n.total, h)
		n.window = append(n.window, sums)
	}
	n.fit(a)
	n.fillKernel()
	n.fillTables(a)
	return n
}

// windowSums sets sums to the sums of x over the bins within h of each bin.
func windowSums(sums, x []float64, h int) {
	run := 0.0
	for b := range min(h, len(x)) {
		run += x[b]
	}
	for b := range x {
		if b+h < len(x) {
			run += x[b+h]
		}
		if b-h-1 >= 0 {
			run -= x[b-h-1]
		}
		sums[b] = run
	}
}

// fit runs EM on a systematic sample of acts, each predicted with its rater's
// own acts left out.
func (n *null) fit(a *acts) {
	levels := len(n.half) + 1 // the last: any item, as likely
	step := max(1, a.len()/emSample)
	var p []float64 // levels a sampled act
	for k := step / 2; k < a.len(); k += step {
		for l, h := range n.half {
			lo, hi := int(a.bin[k])-h, int(a.bin[k])+h
			of := a.bin[a.itemStart[a.item[k]]:a.itemStart[a.item[k]+1]] // ascending
			from := sort.Search(len(of), func(i int) bool { return int(of[i]) >= lo })
			to := sort.Search(len(of), func(i int) bool { return int(of[i]) > hi })
			own := 0.0
			for _, c := range a.binsOf(a.rater[k]) {
				if c.bin() >= lo && c.bin() <= hi {
					own += c.count()
				}
			}
			p = append(p, float64(to-from-1)/max(1, n.window[l][a.bin[k]]-own))
		}
		p = append(p, 1/float64(a.items))
	}
	w := slices.Repeat([]float64{1 / float64(levels)}, levels)
	sum := make([]float64, levels)
	for range emRounds {
		clear(sum)
		for at := 0; at < len(p); at += levels {
			mix := 0.0
			for l, q := range p[at : at+levels] {
				mix += w[l] * q
			}
			for l, q := range p[at : at+levels] {
				sum[l] += w[l] * q / max(mix, 1e-300)
			}
		}
		for l := range w {
			w[l] = sum[l] * float64(levels) / float64(max(levels, len(p)))
		}
	}
	n.weight, n.uniform = w[:levels-1], w[levels-1]/float64(max(1, a.items))
	ln, all := 0.0, 0.0
	for l, x := range n.weight {
		mean := 0.0
		for _, s := range n.window[l] {
			mean += s / float64(n.bins)
		}
		ln += x * math.Log(max(1, mean))
		all += x
	}
	n.typical = math.Exp(ln / max(all, 1e-9))
}

func (n *null) fillKernel() {
	n.kernel = make([]float64, n.bins*n.bins)
	for l, h := range n.half {
		for b := range n.bins {
			for x := max(0, b-h); x <= min(n.bins-1, b+h); x++ {
				n.kernel[b*n.bins+x] += n.weight[l] / max(1, n.window[l][b])
			}
		}
	}
}

// reach returns, by bin x, how much one act in x adds to what a rater is
// expected to choose: sum over the rater's bins b of count(b) kernel[b][x].
func (n *null) reach(own []binCount, out []float64) []float64 {
	out = slices.Grow(out[:0], n.bins)[:n.bins]
	clear(out)
	for _, c := range own {
		for x, k := range n.kernel[c.bin()*n.bins : (c.bin()+1)*n.bins] {
			out[x] += c.count() * k
		}
	}
	return out
}

// Strata of items by their number of acts; items of the last are hot.
var strata = [...]int{8, 25, 80, hotItem, math.MaxInt}

const hotItem = 250

func stratum(size int) int {
	for s, top := range strata {
		if size <= top {
			return s
		}
	}
	return len(strata) - 1
}

// pairTable holds for one stratum of items, by two bins, the chance that a
// choice in the one and a choice in the other fall on the same item.
type pairTable struct {
	meet     []float64 // bins x bins, symmetric
	meanSize float64   // acts of an item
	weight   float64   // what one meeting on such an item counts
}

// fillTables computes kernel C kernel^T for each stratum, C counting the pairs
// of acts on one item by their bins: so no pair of raters needs a look at its
// items to know what to expect.
func (n *null) fillTables(a *acts) {
	pairs := make([]*mat.SymDense, len(strata))
	var sizes, counts [len(strata)]float64
	for s := range pairs {
		pairs[s] = mat.NewSymDense(n.bins, nil)
	}
	var runs []struct{ bin, count int }
	for i := range int32(a.items) {
		size := a.sizeOf(i)
		if size < 2 {
			continue
		}
		s := stratum(size)
		sizes[s] += float64(size)
		counts[s]++
		runs = runs[:0]
		for _, b := range a.bin[a.itemStart[i]:a.itemStart[i+1]] {
			if r := len(runs); r > 0 && runs[r-1].bin == int(b) {
				runs[r-1].count++
			} else {
				runs = append(runs, struct{ bin, count int }{int(b), 1})
			}
		}
		raw := pairs[s].RawSymmetric()
		for j, x := range runs {
			raw.Data[x.bin*raw.Stride+x.bin] += float64(x.count) * float64(x.count-1)
			for _, y := range runs[j+1:] {
				raw.Data[x.bin*raw.Stride+y.bin] += float64(x.count) * float64(y.count)
			}
		}
	}
	k := mat.NewDense(n.bins, n.bins, n.kernel)
	n.tables = make([]pairTable, len(strata))
	for s := range n.tables {
		var kc, q mat.Dense
		kc.Mul(k, pairs[s])
		q.Mul(&kc, k.T())
		mean := sizes[s] / max(1, counts[s])
		n.tables[s] = pairTable{meet: q.RawMatrix().Data, meanSize: mean, weight: math.Log1p(.3 * n.typical / max(mean, 2))}
	}
}
