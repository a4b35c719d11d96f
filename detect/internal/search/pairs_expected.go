package search

import (
	"github.com/ringwatch/ringwatch/detect/internal/null"
)

// prepareAll computes all for u.
func (t *pairTester) prepareAll(u int32) {
	if t.readyAll {
		return
	}
	t.readyAll = true
	clear(t.all)
	for _, c := range t.BinsOf(u) {
		f := t.null.Tilt[u] * c.Count()
		for b, q := range t.chance.all[c.Bin()*t.Bins : (c.Bin()+1)*t.Bins] {
			t.all[b] += f * q
		}
	}
}

// prepare computes expect for u, which half of the raters are not asked for.
func (t *pairTester) prepare(u int32) {
	if t.ready {
		return
	}
	t.ready = true
	clear(t.expect)
	for _, c := range t.BinsOf(u) {
		f := t.null.Tilt[u] * c.Count()
		meet := t.chance.by[c.Bin()*t.Bins : (c.Bin()+1)*t.Bins]
		for b := range meet {
			e, q := &t.expect[b], &meet[b]
			for s := range e {
				e[s] += f * q[s]
			}
		}
	}
}

// expected returns how often u and v are expected to meet, hot items left out.
func (t *pairTester) expected(v int32) (sum float64) {
	for _, c := range t.BinsOf(v) {
		sum += c.Count() * t.all[c.Bin()]
	}
	return sum * t.null.Tilt[v]
}

// meetings is expected by stratum.
func (t *pairTester) meetings(v int32) (by [len(null.Strata)]float64) {
	for _, c := range t.BinsOf(v) {
		n := c.Count()
		for s, x := range &t.expect[c.Bin()] {
			by[s] += n * x
		}
	}
	for s := range len(null.Strata) - 1 {
		by[s] *= t.null.Tilt[v]
	}
	return by
}

// meetingsAtOnce returns how often u and v are expected to meet at the same
// time, given when each acted.
func (t *pairTester) meetingsAtOnce(u, v int32) (by [len(null.Strata)]float64) {
	mine, mineBin := t.when.of(t.Acts, u)
	theirs, theirsBin := t.when.of(t.Acts, v)
	if len(mine) > len(theirs) {
		mine, mineBin, theirs, theirsBin = theirs, theirsBin, mine, mineBin
	}
	each := 1. // how many acts one stands for
	if n := countAtOnce(mine, theirs); n > mostAtOnce {
		step := min(1+n/fewAtOnce, max(1, len(mine)/8))
		mine, mineBin = everyNth(mine, step, &each), everyNth(mineBin, step, nil)
		if n /= step; n > fewAtOnce {
			step = 1 + n/fewAtOnce
			theirs, theirsBin = everyNth(theirs, step, &each), everyNth(theirsBin, step, nil)
		}
	}
	from := 0
	for j := 0; j < len(mine); {
		now, bin, acts := mine[j], int(mineBin[j]), 0.0
		for ; j < len(mine) && mine[j] == now; j++ {
			acts++
		}
		from += null.Gallop(theirs[from:], int64(now)-null.SyncSeconds)
		if from == len(theirs) {
			break
		}
		for k := from; k < len(theirs) && int64(theirs[k]) <= int64(now)+null.SyncSeconds; k++ {
			for s, q := range &t.chance.by[bin*t.Bins+int(theirsBin[k])] {
				by[s] += acts * q
			}
		}
	}
	for s := range by {
		by[s] *= each * t.null.Tilt[u] * t.null.Tilt[v]
	}
	return by
}

// mostAtOnce bounds what a pair of raters costs: pairs of their acts at the same time.
// Where each did more than 64 in the same ten minutes, some acts stand for all, in
// fewAtOnce pairs: chances hardly differ within so short a time.
const mostAtOnce, fewAtOnce = 64 * 64, 256

// countAtOnce counts the pairs of ascending times that are at the same time, if there
// may be more than mostAtOnce.
func countAtOnce(mine, theirs []int32) (n int) {
	if len(mine)*len(theirs) <= mostAtOnce {
		return 0
	}
	from := 0
	for _, now := range mine {
		from += null.Gallop(theirs[from:], int64(now)-null.SyncSeconds)
		n += null.Gallop(theirs[from:], int64(now)+null.SyncSeconds+1)
	}
	return n
}

// everyNth returns each n-th of x, from the middle of the first n on, and multiplies
// each by how many one stands for.
func everyNth[T any](x []T, n int, each *float64) (some []T) {
	for j := (n - 1) / 2; j < len(x); j += n {
		some = append(some, x[j])
	}
	if each != nil {
		*each *= float64(len(x)) / float64(len(some))
	}
	return some
}
