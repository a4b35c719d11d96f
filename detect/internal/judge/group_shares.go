package judge

import (
	"cmp"
	"math"
	"slices"
	"sort"

	"github.com/ringwatch/ringwatch/detect/internal/null"
)

// What a rater is expected to choose, with the group and its likes left out.

// tabulate finds the targets: the MostTargets items that say most about who is in
// the group.
func (r *reading) tabulate() {
	least := int32(2)
	if len(r.raters) < 6 {
		least = 1
	}
	var seen []int32
	for _, u := range r.raters {
		acts := r.ActsOf(u)
		for j, i := range r.ItemsOf(u) {
			if r.gone != nil && r.gone(acts[j]) {
				continue
			}
			if r.count[i] == 0 {
				seen = append(seen, i)
			}
			r.count[i]++
		}
	}
	type scored struct {
		item int32
		says float64
	}
	order := func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.says, a.says), cmp.Compare(a.item, b.item))
	}
	items := make([]scored, 0, MostTargets+1)
	r.beyond = 0
	for _, i := range seen {
		if h := r.count[i]; h >= least {
			x := float64(h)
			s := scored{i, x * math.Log1p(1e4*x/(float64(r.SizeOf(i))*float64(len(r.raters))))}
			at, _ := slices.BinarySearchFunc(items, s, order)
			if items = slices.Insert(items, at, s); len(items) > MostTargets {
				items = items[:MostTargets]
				r.beyond++
			}
		}
		r.count[i] = 0
	}
	for len(r.store) < len(items) {
		r.store = append(r.store, target{})
	}
	r.targets = r.store[:len(items)]
	for at, s := range items {
		t := &r.targets[at]
		t.item, t.acts, t.times, t.core = s.item, t.acts[:0], t.times[:0], false
		r.slot[s.item] = int32(at) + 1
	}
	for _, u := range r.raters {
		acts := r.ActsOf(u)
		for j, i := range r.ItemsOf(u) {
			if at := r.slot[i]; at > 0 && (r.gone == nil || !r.gone(acts[j])) {
				t := &r.targets[at-1]
				t.acts = append(t.acts, acts[j])
			}
		}
	}
	r.crowd.gather(seen, r.slot, r.raters, r.absentees)
	for at := range r.targets {
		t := &r.targets[at]
		slices.Sort(t.acts) // acts are numbered in time order
		if r.Time != nil {
			for _, k := range t.acts {
				t.times = append(t.times, r.Time[k])
			}
		}
	}
}

// leaveOut has the shares of the targets be those among outsiders, leaving out the
// raters given, which are those whose state is not outside until shares are left out anew.
func (r *reading) leaveOut(raters []int32) {
	r.known, r.nearBy = false, nil
	copy(r.total, r.crowd.all)
	for _, u := range raters {
		w := r.crowd.weight(u)
		for _, c := range r.BinsOf(u) {
			r.total[c.Bin()] -= c.Count() * w
		}
	}
	for l, h := range r.null.Half {
		null.WindowSums(r.per[l], r.total, h)
		for b, sum := range r.per[l] {
			r.per[l][b] = r.null.Weight[l] / max(null.MinWindow, sum)
		}
	}
	for at := range r.targets {
		r.targets[at].told = false
	}
}

// shareOf returns, by bin, the share of a target among outsiders. Many of the targets of
// small groups are never asked for theirs.
func (r *reading) shareOf(t *target) []float64 {
	if !t.told {
		r.tellShare(t)
	}
	return t.share
}

func (r *reading) tellShare(t *target) {
	clear(r.x)
	for k := r.ItemStart[t.item]; k < r.ItemStart[t.item+1]; k++ {
		if u := r.Rater[k]; r.state[u] == outside {
			r.x[r.Bin[k]] += r.crowd.weight(u)
		}
	}
	t.told, t.share = true, slices.Grow(t.share[:0], r.Bins)[:r.Bins]
	for b := range t.share {
		t.share[b] = r.null.Uniform
	}
	r.addWindows(t.share)
	for b, s := range t.share {
		t.share[b] = min(s, null.MaxShare)
	}
}

// addWindows adds to a share what r.x, the weights of an item's acts by bin, make in
// each window: null.WindowSums of all widths at once, as each addition waits for the
// one before it.
func (r *reading) addWindows(share []float64) {
	var run [null.MostWindows]float64
	n := len(share)
	x := r.padded[n : 2*n]
	copy(x, r.x)
	for l, h := range r.null.Half {
		for _, y := range x[:h] {
			run[l] += y
		}
	}
	var comes, goes, per [null.MostWindows][]float64
	windows := len(r.null.Half)
	for l, h := range r.null.Half {
		comes[l], goes[l], per[l] = r.padded[n+h:][:n], r.padded[n-h-1:][:n], r.per[l][:n]
	}
	for b, s := range share {
		for l := range windows {
			run[l] += comes[l][b]
			run[l] -= goes[l][b]
			s += run[l] * per[l][b]
		}
		share[b] = s
	}
}

// ownShare is what the act of outsider u in bin own adds to a share at bin b.
func (r *reading) ownShare(u int32, own, b int) (sum float64) {
	for l, h := range r.null.Half {
		if own >= b-h && own <= b+h {
			sum += r.per[l][b]
		}
	}
	return sum * r.crowd.weight(u)
}

// chance returns the probability that u chose the target, by all its acts. own
// is u's act on it, or -1; that of an outsider is in the share and taken out.
func (r *reading) chance(u int32, t *target, own int32) float64 {
	rate, share := 0.0, r.shareOf(t)
	for _, c := range r.BinsOf(u) {
		rate += c.Count() * share[c.Bin()]
	}
	if own >= 0 && r.state[u] == outside {
		b := int(r.Bin[own])
		for _, c := range r.BinsOf(u) {
			rate -= c.Count() * r.ownShare(u, b, c.Bin())
		}
	}
	return -math.Expm1(-max(1e-7, r.null.Tilt[u]*rate))
}

// chanceNear is chance by the acts within delta of another member's act on the
// target. Both go through their times once, so that many who act at once cost no more.
func (r *reading) chanceNear(d deeds, t *target, own, delta int32) float64 {
	u := d.rater
	if len(d.times) > longSums {
		return -math.Expm1(-max(1e-7, r.null.Tilt[u]*r.rateNear(d, t, own, delta)))
	}
	rate, pos := 0.0, 0
	mine, share := r.ActsOf(u), r.shareOf(t)
	for j, at := range t.times {
		if pos == len(d.times) {
			break
		}
		if int64(d.times[pos]) > int64(at)+int64(delta) || t.acts[j] == own {
			continue
		}
		pos += null.Gallop(d.times[pos:], int64(at)-int64(delta))
		for pos < len(d.times) && int64(d.times[pos]) <= int64(at)+int64(delta) {
			b := int(r.Bin[mine[pos]])
			rate += share[b]
			if own >= 0 && r.state[u] == outside {
				rate -= r.ownShare(u, int(r.Bin[own]), b)
			}
			pos++
		}
	}
	return -math.Expm1(-max(1e-7, r.null.Tilt[u]*rate))
}

// longSums is how many acts a rater has whose acts near others are summed by bin.
const longSums = 1 << 15

// rateNear is what chanceNear sums, by the acts of each bin together: of very many acts very
// many are near.
func (r *reading) rateNear(d deeds, t *target, own, delta int32) (rate float64) {
	share, runs := r.shareOf(t), r.BinsOf(d.rater)
	pos, run, end := 0, -1, 0 // end: of the acts of the run
	for j, at := range t.times {
		if t.acts[j] == own {
			continue
		}
		pos += null.Gallop(d.times[pos:], int64(at)-int64(delta))
		for to := pos + null.Gallop(d.times[pos:], int64(at)+int64(delta)+1); pos < to; {
			for end <= pos {
				run++
				end += int(runs[run].Count())
			}
			b, n := runs[run].Bin(), min(end, to)-pos
			rate += float64(n) * share[b]
			if own >= 0 && r.state[d.rater] == outside {
				rate -= float64(n) * r.ownShare(d.rater, int(r.Bin[own]), b)
			}
			pos += n
		}
	}
	return rate
}

// chancesNear is chanceNear for each width of syncGrid at once.
func (r *reading) chancesNear(d deeds, t *target, own int32) (by [len(syncGrid)]float64) {
	if len(d.times) > longSums {
		for w, delta := range syncGrid {
			by[w] = r.chanceNear(d, t, own, delta)
		}
		return by
	}
	u, mine, share := d.rater, r.ActsOf(d.rater), r.shareOf(t)
	var rate [len(syncGrid)]float64
	widest := int64(syncGrid[len(syncGrid)-1])
	next, last := 0, int64(math.MinInt32)-2*widest // of the others' acts: the first not before, and the one before
	for pos := 0; pos < len(d.times); pos++ {
		now := int64(d.times[pos])
		for next < len(t.times) && (int64(t.times[next]) < now || t.acts[next] == own) {
			if t.acts[next] != own {
				last = int64(t.times[next])
			}
			next++
		}
		apart := now - last
		if next < len(t.times) {
			apart = min(apart, int64(t.times[next])-now)
		}
		if apart > widest {
			if next == len(t.times) {
				break
			}
			pos += null.Gallop(d.times[pos:], int64(t.times[next])-widest) - 1
			continue
		}
		b := int(r.Bin[mine[pos]])
		for w := len(syncGrid) - 1; w >= 0 && apart <= int64(syncGrid[w]); w-- {
			rate[w] += share[b]
			if own >= 0 && r.state[u] == outside {
				rate[w] -= r.ownShare(u, int(r.Bin[own]), b)
			}
		}
	}
	for w, x := range rate {
		by[w] = -math.Expm1(-max(1e-7, r.null.Tilt[u]*x))
	}
	return by
}

// near reports whether act k is within delta of another member's act on t.
func (r *reading) near(t *target, k, delta int32) bool {
	at, found := slices.BinarySearch(t.acts, k) // in time order, as times are
	if at > 0 && int64(r.Time[k])-int64(t.times[at-1]) <= int64(delta) {
		return true
	}
	if found {
		at++
	}
	return at < len(t.acts) && int64(t.times[at])-int64(r.Time[k]) <= int64(delta)
}

// nearAt reports whether a time is within delta of a member's act on t but k.
func (t *target) nearAt(time, k, delta int32) bool {
	at := int64(time)
	from := sort.Search(len(t.times), func(i int) bool { return int64(t.times[i]) >= at-int64(delta) })
	for j := from; j < len(t.times) && int64(t.times[j]) <= at+int64(delta); j++ {
		if t.acts[j] != k {
			return true
		}
	}
	return false
}

// reachWithout is null.reach with the acts of raters whose state is not outside
// left out of the windows.
func (r *reading) reachWithout(u int32) []float64 {
	reach := make([]float64, r.Bins)
	for l, h := range r.null.Half {
		for _, c := range r.BinsOf(u) {
			b := c.Bin()
			add := c.Count() * r.per[l][b]
			for x := max(0, b-h); x <= min(r.Bins-1, b+h); x++ {
				reach[x] += add
			}
		}
	}
	return reach
}

// sharesNear sets t.share for the bins of a rater's acts that are within delta of
// t's.
func (r *reading) sharesNear(d deeds, t *target, delta int32) {
	pos, done := 0, -1
	mine := r.ActsOf(d.rater)
	shares := itemShares{item: t.item}
	for _, at := range t.times {
		pos += null.Gallop(d.times[pos:], int64(at)-int64(delta))
		for ; pos < len(d.times) && int64(d.times[pos]) <= int64(at)+int64(delta); pos++ {
			if b := int(r.Bin[mine[pos]]); b != done {
				t.share[b] = min(r.shareAt(&shares, b), null.MaxShare)
				done = b
			}
		}
	}
}

// itemShares are the shares of an item, until those of another are asked for.
type itemShares struct {
	item int32
	upTo []float64 // the weights of the outsiders among its first acts, summed; nil until asked for
}

// shareAt returns the share of an item at bin b.
func (r *reading) shareAt(s *itemShares, b int) float64 {
	from, to := r.ItemStart[s.item], r.ItemStart[s.item+1]
	if s.upTo == nil {
		sum := 0.0
		r.upTo = append(r.upTo[:0], 0)
		for _, v := range r.Rater[from:to] {
			if r.state[v] == outside {
				sum += r.crowd.weight(v)
			}
			r.upTo = append(r.upTo, sum)
		}
		s.upTo = r.upTo
	}
	share := r.null.Uniform
	bins := r.Bin[from:to] // ascending
	for l, h := range r.null.Half {
		lo := sort.Search(len(bins), func(i int) bool { return int(bins[i]) >= b-h })
		hi := sort.Search(len(bins), func(i int) bool { return int(bins[i]) > b+h })
		share += r.per[l][b] * (s.upTo[hi] - s.upTo[lo])
	}
	return share
}
