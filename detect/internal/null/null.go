package null

import (
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/mat"
)

// Model is the fitted background: the chance that an independent rater who was
// active in a bin chose a given item. It is the item's share of the acts around
// that bin, mixed over nested windows:
//
//	share(item, b) = sum_l weight_l acts of item in window l of b / acts in window l of b + uniform/items
//
// Weights are fitted by EM so that each of a sample of acts is predicted best
// from all others. Without times there is one bin and so one window.
type Model struct {
	Bins    int
	Half    []int       // half-widths in bins, ascending, of the windows
	Weight  []float64   // of the windows
	Uniform float64     // weight of a uniform choice / items
	Total   []float64   // acts by bin
	Window  [][]float64 // window[l][b]: acts in window l of bin b
	Kernel  []float64   // kernel[b*bins+x] = sum_l weight_l [x in window l of b] / window[l][b]
	typical float64     // acts in a typical window: geometric mean
	Tilt    []float64   // per rater, >= 1: nobody rates an item twice, so the very active reach further
	Tables  []pairTable // by stratum: chance that two choices meet
}

var halfWidths = [MostWindows]int{0, 1, 4, 16, 64, maxBins}

// MostWindows is the number of windows, less where there are few bins.
const MostWindows = 6

const (
	emSample  = 20000 // acts, by which a weight is told to .5/sqrt(20000), less than a hundredth
	emRounds  = 60    // a bound on the cost
	MaxShare  = .9    // of a choice that an item may be, so that a miss of it is never impossible
	MinWindow = 10    // acts, below which a share would be an accident
)

func NewModel(a *Acts) *Model {
	n := &Model{Bins: a.Bins, Total: make([]float64, a.Bins)}
	for _, b := range a.Bin {
		n.Total[b]++
	}
	for _, h := range halfWidths {
		n.Half = append(n.Half, min(h, n.Bins-1))
		if h >= n.Bins-1 {
			break
		}
	}
	for _, h := range n.Half {
		sums := make([]float64, n.Bins)
		WindowSums(sums, n.Total, h)
		n.Window = append(n.Window, sums)
	}
	n.fit(a)
	n.fillKernel()
	n.fillTables(a)
	return n
}

// WindowSums sets sums to the sums of x over the bins within h of each bin.
func WindowSums(sums, x []float64, h int) {
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
func (n *Model) fit(a *Acts) {
	levels := len(n.Half) + 1 // the last: any item, as likely
	step := max(1, a.Len()/emSample)
	var p []float64 // levels a sampled act
	for k := step / 2; k < a.Len(); k += step {
		i := a.ItemOf(int32(k))
		for l, h := range n.Half {
			lo, hi := int(a.Bin[k])-h, int(a.Bin[k])+h
			of := a.Bin[a.ItemStart[i]:a.ItemStart[i+1]] // ascending
			from := sort.Search(len(of), func(i int) bool { return int(of[i]) >= lo })
			to := sort.Search(len(of), func(i int) bool { return int(of[i]) > hi })
			own := 0.0
			for _, c := range a.BinsOf(a.Rater[k]) {
				if c.Bin() >= lo && c.Bin() <= hi {
					own += c.Count()
				}
			}
			p = append(p, float64(to-from-1)/max(1, n.Window[l][a.Bin[k]]-own))
		}
		p = append(p, 1/float64(a.Items))
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
	n.Weight, n.Uniform = w[:levels-1], w[levels-1]/float64(max(1, a.Items))
	ln, all := 0.0, 0.0
	for l, x := range n.Weight {
		mean := 0.0
		for _, s := range n.Window[l] {
			mean += s / float64(n.Bins)
		}
		ln += x * math.Log(max(1, mean))
		all += x
	}
	n.typical = math.Exp(ln / max(all, 1e-9))
}

func (n *Model) fillKernel() {
	n.Kernel = make([]float64, n.Bins*n.Bins)
	for l, h := range n.Half {
		for b := range n.Bins {
			for x := max(0, b-h); x <= min(n.Bins-1, b+h); x++ {
				n.Kernel[b*n.Bins+x] += n.Weight[l] / max(1, n.Window[l][b])
			}
		}
	}
}

// Reach returns, by bin x, how much one act in x adds to what a rater is
// expected to choose: sum over the rater's bins b of count(b) kernel[b][x].
func (n *Model) Reach(own []binCount, out []float64) []float64 {
	out = slices.Grow(out[:0], n.Bins)[:n.Bins]
	clear(out)
	for _, c := range own {
		for x, k := range n.Kernel[c.Bin()*n.Bins : (c.Bin()+1)*n.Bins] {
			out[x] += c.Count() * k
		}
	}
	return out
}

// ReachOfMany is Reach of acts counted by bin, in out, as quick for many bins as for
// few. upTo is scratch space of one more.
func (n *Model) ReachOfMany(own, upTo, out []float64) {
	clear(out)
	for l, h := range n.Half {
		sum := 0.
		for b, c := range own {
			upTo[b] = sum // before b
			sum += c * n.Weight[l] / max(1, n.Window[l][b])
		}
		upTo[len(own)] = sum
		for x := range out {
			out[x] += upTo[min(x+h+1, len(own))] - upTo[max(x-h, 0)]
		}
	}
}

// Strata of items by their number of acts; items of the last are hot.
var Strata = [...]int{8, 25, 80, HotItem, math.MaxInt}

// HotItem bounds the pairs of raters on one item, 31,000, and with them all of the
// search, whose cost is the sum of squares.
const HotItem = 250

// SyncSeconds is how close acts on one item are at the same time: ten minutes, in
// which one person goes through some accounts by hand.
const SyncSeconds = 600

func Stratum(size int) int {
	for s, top := range Strata {
		if size <= top {
			return s
		}
	}
	return len(Strata) - 1
}

// pairTable holds for one stratum of items, by two bins, the chance that a
// choice in the one and a choice in the other fall on the same item.
type pairTable struct {
	Meet   []float64 // bins x bins, symmetric
	Weight float64   // what one meeting on such an item counts
}

// fillTables computes kernel C kernel^T for each stratum, C counting the pairs
// of acts on one item by their bins: so no pair of raters needs a look at its
// items to know what to expect.
func (n *Model) fillTables(a *Acts) {
	pairs := make([]*mat.SymDense, len(Strata))
	var sizes, counts [len(Strata)]float64
	for s := range pairs {
		pairs[s] = mat.NewSymDense(n.Bins, nil)
	}
	var runs []struct{ bin, count int }
	for i := range int32(a.Items) {
		size := a.SizeOf(i)
		if size < 2 {
			continue
		}
		s := Stratum(size)
		sizes[s] += float64(size)
		counts[s]++
		runs = runs[:0]
		for _, b := range a.Bin[a.ItemStart[i]:a.ItemStart[i+1]] {
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
	k := mat.NewDense(n.Bins, n.Bins, n.Kernel)
	n.Tables = make([]pairTable, len(Strata))
	for s := range n.Tables {
		var kc, q mat.Dense
		kc.Mul(k, pairs[s])
		q.Mul(&kc, k.T())
		mean := sizes[s] / max(1, counts[s])
		n.Tables[s] = pairTable{Meet: q.RawMatrix().Data, Weight: math.Log1p(.3 * n.typical / max(mean, 2))}
	}
}
