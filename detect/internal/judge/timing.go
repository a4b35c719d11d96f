package judge

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/detect/internal/null"
)

// What the times of a group say by themselves, whatever it voted.

// cadenceWithin are the seconds that a distance may vary by and be called constant:
// from a script's to a hand's.
var cadenceWithin = [...]int32{1, 2, 5, 10, 30}

const (
	// atOnce is the widest window, in seconds, that is a sign of one plan: people who
	// like the same series come within a week of each other by the dozen.
	atOnce       = 86400
	leastCadence = 5 // targets of a pair: fewer never pay for the choice of the distance
	// mostCadence members and targets are looked at: scripts are few or plain.
	mostCadence = 40
)

// timing weighs the times of a group on its core items.
func (r *reading) timing(g *Group) (t Timing) {
	if r.Time == nil {
		return t
	}
	t.Synchrony = r.synchrony(g, g.Raters)
	r.cadence(g, &t)
	return t
}

// cadence looks for one member whom others follow at a constant distance. If each
// went at its own pace, the distance would vary by as much as the pace, or as the
// distance itself; so that they act at the same moment, as a live audience does,
// says nothing here.
func (r *reading) cadence(g *Group, t *Timing) {
	times := make([]map[int]int32, min(len(g.Raters), mostCadence)) // by member and target
	core := 0
	for at := range r.targets {
		if !r.targets[at].core {
			continue
		}
		if core++; core > 4*mostCadence {
			break
		}
		for _, k := range r.targets[at].acts {
			if j, _ := slices.BinarySearch(g.Raters, r.Rater[k]); j < len(times) {
				if times[j] == nil {
					times[j] = map[int]int32{}
				}
				times[j][at] = r.Time[k]
			}
		}
	}
	grain := r.usual.grainOf(r.Acts)
	for lead := range times {
		sum, best := 0., 0.
		var lag int32
		with := -1
		for other := range times {
			if other == lead {
				continue
			}
			if nats, apart := constantLag(times[lead], times[other], grain); nats > 0 {
				if sum += nats; nats > best {
					best, lag, with = nats, apart, other
				}
			}
		}
		if sum -= math.Log(float64(len(times))); sum > t.Cadence {
			t.Cadence, t.lag, t.pair = sum, lag, [2]int{lead, with}
		}
	}
	if t.Cadence == 0 {
		return
	}
	for at := range r.targets {
		for _, k := range r.targets[at].acts {
			if j, _ := slices.BinarySearch(g.Raters, r.Rater[k]); r.targets[at].core && slices.Contains(t.pair[:], j) {
				t.rows = append(t.rows, r.Row[k])
			}
		}
	}
}

// constantLag returns what the distances between two raters' acts on the same items
// say for one following the other by a clock, and the distance.
func constantLag(a, b map[int]int32, grain int32) (nats float64, lag int32) {
	var first, second, lags []int32
	for i, x := range a {
		if y, both := b[i]; both {
			first, second, lags = append(first, x), append(second, y), append(lags, y-x)
		}
	}
	n := len(lags)
	if n < leastCadence {
		return 0, 0
	}
	slices.Sort(lags)
	pace := min(paceOf(first), paceOf(second))
	for _, within := range cadenceWithin {
		for from, to := 0, 0; from < n; from++ {
			for to = max(to, from); to < n && lags[to] <= lags[from]+2*within; {
				to++
			}
			middle := lags[(from+to-1)/2]
			scale := float64(min(pace, max(middle, -middle)))
			p := float64(2*within+2*grain-1) / max(scale, 1)
			if hit := to - from; hit > n/2 && p < .5 {
				// Chernoff's bound, for the choice of the distance and of how constant.
				share := float64(hit-1) / float64(n-1)
				say := float64(n-1) * (share*math.Log(share/p) + rest(share)*math.Log(rest(share)/(1-p)))
				if say -= math.Log(float64(n * len(cadenceWithin))); say > nats && share > p {
					nats, lag = say, middle
				}
			}
		}
	}
	return nats, lag
}

// rest is 1-share, never 0.
func rest(share float64) float64 { return max(1-share, 1e-12) }

// paceOf is the median of the seconds from one act to the next.
func paceOf(times []int32) int32 {
	slices.Sort(times)
	gaps := make([]int32, len(times)-1)
	for i := range gaps {
		gaps[i] = times[i+1] - times[i]
	}
	slices.Sort(gaps)
	return gaps[len(gaps)/2]
}

// grainOf is the seconds that times are told to: a day or an hour where one second
// of it has a tenth of all acts, a minute where one has a fifth.
func (x *usual) grainOf(a *null.Acts) int32 {
	if x.grain > 0 {
		return x.grain
	}
	x.grain = 1
	step := max(1, len(a.Time)/10_000)
	for _, unit := range [...]struct {
		seconds int32
		share   float64
	}{{86400, .1}, {3600, .1}, {60, .2}} {
		count, n, most := map[int32]int{}, 0, 0
		for k := 0; k < len(a.Time); k += step {
			s := a.Time[k] % unit.seconds
			count[s]++
			n, most = n+1, max(most, count[s])
		}
		if n >= 50 && float64(most) > unit.share*float64(n) {
			x.grain = unit.seconds
			break
		}
	}
	return x.grain
}

// usualTimes is how many acts elsewhere tell as much of when a rater is active as all who
// rate the item do: that an account which did nothing else came when the others did is no
// habit of its own.
const usualTimes = 2

// crowdNear is, of each core item, the share of others that came near a member, as on all
// core items where it has few others.
func (r *reading) crowdNear(window int32) []float64 {
	near, of := make([]float64, len(r.targets)), make([]float64, len(r.targets))
	allNear, all := .5, 1.
	for at := range r.targets {
		t := &r.targets[at]
		if !t.core {
			continue
		}
		for _, o := range r.othersOn(t.item) {
			if of[at]++; t.nearAt(r.Time[o], -1, window) {
				near[at]++
			}
		}
		allNear, all = allNear+near[at], all+of[at]
	}
	for at := range near {
		near[at] = (near[at] + usualTimes*allNear/all) / (of[at] + usualTimes)
	}
	return near
}

// synchrony weighs, for each act of some members on a core item, whether it is near that
// of a member before it.
func (r *reading) synchrony(g *Group, members []int32) float64 {
	if g.window == 0 || g.window > atOnce || g.together <= 0 {
		return 0
	}
	sum, crowd := 0., r.crowdNear(g.window)
	for _, u := range members {
		d := r.deedsOf(u)
		elsewhere := float64(r.CountOf(u))
		for at := range r.targets {
			if r.targets[at].core && d.own[at] >= 0 {
				elsewhere--
			}
		}
		for at := range r.targets {
			t, own := &r.targets[at], d.own[at]
			if !t.core || own < 0 || own == t.acts[0] {
				continue
			}
			chance := r.chance(u, t, own)
			near := elsewhere*r.chanceNear(d, t, own, g.window)/chance + usualTimes*crowd[at]
			near = min(near/(elsewhere+usualTimes), .999)
			early := false
			for _, k := range t.acts {
				early = early || k < own && r.Time[own]-r.Time[k] <= g.window
			}
			if early {
				sum += math.Log(g.together / near)
			} else {
				sum += math.Log((1 - g.together) / (1 - near))
			}
		}
	}
	return sum - math.Log(float64(len(syncGrid)*togetherSteps))
}

// cadenceEvidence shows the pair that keeps its distance best.
func (r *reading) cadenceEvidence(ring *Description, g *Group) {
	if t := g.Timing; t.Cadence > g.Bar {
		slices.SortFunc(t.rows, cmp.Compare)
		ring.Evidence = append(ring.Evidence,
			Evidence{Measure: "cadence", Unit: "nats", Observed: t.Cadence, Rows: t.rows,
				Note: fmt.Sprintf("members follow one another through the targets at a distance that hardly varies, "+
					"%s between the two that keep it best: as a script would, and nobody who goes at a pace of its own",
					length(math.Abs(float64(t.lag))))})
	}
}
