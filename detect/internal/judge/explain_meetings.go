package judge

import (
	"cmp"
	"math"
	"sort"

	"github.com/ringwatch/ringwatch/detect/internal/null"
)

// A MeetingChance tells how often two raters are expected to meet.
type MeetingChance struct{ refiner *Refiner }

// NewMeetingChance returns one, which is for one goroutine.
func NewMeetingChance(a *null.Acts, n *null.Model, b *Votes) *MeetingChance {
	f := NewRefiner(a, n, b)
	f.scratch.crowd.gather(nil, f.scratch.slot) // nobody's taste is left out
	return &MeetingChance{f}
}

// Expected returns how often u and v are expected to meet, in all and within
// null.SyncSeconds: by the items of the less active of them, the chance that the
// other chose each, or did so at that time.
func (m *MeetingChance) Expected(u, v int32) (all, near float64) {
	lister, chooser := u, v
	acts := m.refiner.scratch.Acts
	if cmp.Or(cmp.Compare(acts.CountOf(lister), acts.CountOf(chooser)), cmp.Compare(lister, chooser)) > 0 {
		lister, chooser = chooser, lister
	}
	r := m.refiner.lend([]int32{chooser}, nil)
	defer m.refiner.close(r)
	r.leaveOut([]int32{chooser})
	theirs := r.ActsOf(chooser)
	items := r.ItemsOf(lister)
	for at, k := range r.ActsOf(lister) {
		shares := itemShares{item: items[at]}
		share := func(b int) float64 { // of the item, without the lister
			return max(r.null.Uniform, min(null.MaxShare, r.shareAt(&shares, b)-r.ownShare(lister, int(r.Bin[k]), b)))
		}
		rate := 0.0
		for _, c := range r.BinsOf(chooser) {
			rate += c.Count() * share(c.Bin())
		}
		all -= math.Expm1(-r.null.Tilt[chooser] * rate)
		if r.Time == nil {
			continue
		}
		rate = 0
		at := int64(r.Time[k])
		from := sort.Search(len(theirs), func(i int) bool { return int64(r.Time[theirs[i]]) >= at-null.SyncSeconds })
		for _, o := range theirs[from:] {
			if int64(r.Time[o]) > at+null.SyncSeconds {
				break
			}
			rate += share(int(r.Bin[o]))
		}
		near -= math.Expm1(-r.null.Tilt[chooser] * rate)
	}
	return all, near
}

// HabitsOff returns a jury that knows raters' habits by what they voted on other
// items than these.
func (b *Votes) HabitsOff(items []int32) *Jury {
	j := &Jury{Votes: b, items: items, onItems: map[int32]int{}, habits: map[int32][]float64{}}
	j.number()
	return j
}

// SameVote returns the chance that the raters of two acts on one item give the
// same vote, each voting as the others on the item do, bent by its own habits.
func (j *Jury) SameVote(k, o int32) float64 {
	crowd := make([]float64, j.Levels)
	for l, base := range j.LevelBase {
		crowd[l] = j.ItemPrior * base
	}
	i := j.ItemOf(k)
	for x := j.ItemStart[i]; x < j.ItemStart[i+1]; x++ {
		if x != k && x != o {
			crowd[j.Level[x]]++
		}
	}
	a, b := j.habit(j.Rater[k]), j.habit(j.Rater[o])
	same, sumA, sumB := 0.0, 0.0, 0.0
	for l, n := range crowd {
		same += n * a[l] * n * b[l]
		sumA += n * a[l]
		sumB += n * b[l]
	}
	return same / (sumA * sumB)
}
