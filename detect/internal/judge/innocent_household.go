package judge

import (
	"cmp"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/detect/internal/null"
	"github.com/ringwatch/ringwatch/internal/plural"
)

// sessionShare is the least share of its ratings that a household gives while
// another member does.
const sessionShare = .5

// household: members share sessions whatever they rate, and judge each for
// itself. On other items than the targets, they would be active at once as often
// as on these.
func (r *reading) household(g *Group) Explanation {
	on := map[int32]bool{}
	for _, i := range g.Core {
		on[i] = true
	}
	targets := r.sessions(g.Raters, func(i int32) bool { return on[i] })
	other := r.sessions(g.Raters, func(i int32) bool { return !on[i] })
	if len(other) < 10 {
		return Explanation{Because: "cannot be told: apart from the targets the members were active " +
			plural.Of(len(other), "time")}
	}
	together := 0.0
	for _, s := range targets {
		if s.company {
			together++
		}
	}
	share := min(max(together/float64(len(targets)), sessionShare), .95)
	byBin, byMember := make([]float64, r.Bins), map[[2]int32]float64{}
	for _, s := range other {
		byBin[s.bin]++
		byMember[[2]int32{s.rater, int32(s.bin)}]++
	}
	observed, expected, sum := 0.0, 0.0, 0.0
	for _, s := range other {
		density := r.around(s.start) / r.null.Total[s.bin] // of a bin's acts, so close to this one
		p := -math.Expm1(-(byBin[s.bin] - byMember[[2]int32{s.rater, int32(s.bin)}]) * density)
		p = min(max(p, 1e-4), .95)
		expected += p
		if s.company {
			observed++
			sum += math.Log(p / share)
		} else {
			sum += math.Log((1 - p) / (1 - share))
		}
	}
	return weighed(g.Jury.evidenceOfVotes()+g.Timing.Cadence+max(0, sum),
		"apart from the targets the members were active %d times, %.0f of these within %s of another member, "+
			"where %.1f are expected of raters as active as these then; a household would share its sessions there "+
			"too, and judge each for itself",
		len(other), observed, span(null.SyncSeconds), expected)
}

// A session is a run of a rater's acts, each within syncSeconds of the last.
type session struct {
	rater, start int32
	bin          uint8
	company      bool // another rater of the group acted within syncSeconds of one of the acts
}

// sessions returns those of raters, by their acts on the items asked for.
func (r *reading) sessions(raters []int32, of func(i int32) bool) []session {
	type act struct{ time, rater, session int32 }
	var all []session
	var acts []act
	for _, u := range raters {
		last := int64(math.MinInt64 / 2)
		items := r.ItemsOf(u)
		for n, k := range r.ActsOf(u) {
			if !of(items[n]) {
				continue
			}
			if int64(r.Time[k])-last > null.SyncSeconds {
				all = append(all, session{rater: u, start: r.Time[k], bin: r.Bin[k]})
			}
			last = int64(r.Time[k])
			acts = append(acts, act{r.Time[k], u, int32(len(all) - 1)})
		}
	}
	slices.SortFunc(acts, func(a, b act) int {
		return cmp.Or(cmp.Compare(a.time, b.time), cmp.Compare(a.rater, b.rater))
	})
	// The last act, and the last by another rater than that, tell whether one is in company.
	pass := func(at func(j int) act) {
		var last, other act
		had, hadOther := false, false
		for j := range acts {
			a := at(j)
			if had && last.rater != a.rater {
				other, hadOther = last, true
			}
			if hadOther {
				if d := int64(a.time) - int64(other.time); d <= null.SyncSeconds && d >= -null.SyncSeconds {
					all[a.session].company = true
				}
			}
			last, had = a, true
		}
	}
	pass(func(j int) act { return acts[j] })
	pass(func(j int) act { return acts[len(acts)-1-j] })
	return all
}

// around returns how many acts of all raters are within syncSeconds of a time.
func (r *reading) around(at int32) float64 {
	const sample = 1 << 20
	if r.usual.every == 0 {
		r.usual.every = max(1, r.Len()/sample)
		for k := 0; k < r.Len(); k += r.usual.every {
			r.usual.times = append(r.usual.times, r.Time[k])
		}
		slices.Sort(r.usual.times)
	}
	lo, _ := slices.BinarySearch(r.usual.times, int32(max(int64(at)-null.SyncSeconds, math.MinInt32)))
	hi, _ := slices.BinarySearch(r.usual.times, int32(min(int64(at)+null.SyncSeconds+1, math.MaxInt32)))
	return float64((hi - lo) * r.usual.every)
}
