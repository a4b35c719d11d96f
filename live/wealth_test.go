package live

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Wealth is what it is when every bet is made by itself, of groups of any kind, on items that nobody
// else comes to and on those that many do.
func TestWealthIsOfItsBets(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 7))
	for world := range 12 {
		a, crowd := newActs(), world%3 == 0
		time := int32(-3 * day) // before the first day that there is, too
		for range 6000 {
			item := int32(rng.IntN(1 + rng.IntN(120)))
			if crowd && rng.IntN(3) > 0 {
				item = 0
			}
			if rng.IntN(3) == 0 {
				time += int32(rng.IntN(1 + rng.IntN(2*day/(1+world))))
			}
			a.add(int32(rng.IntN(600)), item, time)
		}
		var s scratch
		for range 40 {
			var group []int32
			for _, u := range rng.Perm(60 + rng.IntN(540))[:2+rng.IntN(30)] {
				group = append(group, int32(u))
			}
			got, want := a.wealth(group, &s), a.plainWealth(group)
			if math.Abs(got.nats-want.nats) > 1e-9*math.Max(1, math.Abs(want.nats)) || got.from != want.from {
				t.Fatalf("world %d: %+v, bet by bet %+v", world, got, want)
			}
		}
	}
}

type plainLedger [betKinds]float64

func (l *plainLedger) bet(kind, window int, wins float64) {
	for x, lambda := range shares {
		l[(kind*len(within)+window)*len(shares)+x] += math.Log1p(lambda * (wins - 1))
	}
}

func (l *plainLedger) lose(kind, window int) { l.bet(kind, window, 0) }

func (a *acts) plainWealth(group []int32) stake {
	all := a.of(group)
	if len(all) == 0 {
		return stake{nats: math.Inf(-1)}
	}
	first := dayOf(a.time[all[0]])
	days := make([]plainLedger, dayOf(a.time[len(a.time)-1])-first+1)
	a.betOnItemsOneByOne(all, days, first)
	a.betOnRatersOneByOne(group, all, days, first)

	best := stake{nats: math.Inf(-1)}
	var sum plainLedger
	at := len(all)
	for d := len(days) - 1; d >= 0; d-- {
		before := at
		for at > 0 && dayOf(a.time[all[at-1]])-first >= int32(d) {
			at--
		}
		most := math.Inf(-1)
		for x := range sum {
			sum[x] += days[d][x]
			most = max(most, sum[x])
		}
		if at == before || most <= best.nats { // the mean is below the largest
			continue
		}
		mean := 0.
		for _, x := range sum {
			mean += math.Exp(x - most)
		}
		if nats := most + math.Log(mean/betKinds); nats > best.nats {
			best = stake{nats, all[at]}
		}
	}
	return best
}

func (a *acts) betOnItemsOneByOne(all []int32, days []plainLedger, first int32) {
	for at, k := range all {
		for w, width := range within {
			taken, open, mine := 0, 0, map[int32]bool{}
			for _, j := range all[:at] {
				if a.rater[j] == a.rater[k] && a.time[j] >= a.time[k]-width {
					mine[a.item[j]] = true
				}
			}
			for _, j := range all[:at] {
				if a.time[j] < a.time[k]-width {
					continue
				}
				if a.item[j] == a.item[k] {
					taken++
				}
				if !mine[a.item[j]] {
					open++
				}
			}
			if l := &days[dayOf(a.time[k])-first]; taken > 0 {
				l.bet(0, w, float64(taken)/float64(open)*math.Exp(float64(a.rare[k])))
			} else if open > 0 {
				l.lose(0, w)
			}
		}
	}
}

func (a *acts) betOnRatersOneByOne(group, all []int32, days []plainLedger, first int32) {
	member, seen := map[int32]bool{}, map[int32]bool{}
	for _, u := range group {
		member[u] = true
	}
	for _, k := range all {
		item := a.item[k]
		if seen[item] {
			continue
		}
		seen[item] = true
		last, since, members := k, 0, 1
		var before []int32 // times since the first member's
		for _, j := range a.ofItem[item] {
			if j < k {
				continue
			}
			if j > k {
				since++
				if since >= openLong || a.time[j] > a.time[last]+day {
					break
				}
				for w, width := range within {
					crowd := 0
					for _, t := range before {
						if t >= a.time[j]-width {
							crowd++
						}
					}
					l := &days[dayOf(a.time[j])-first]
					switch {
					case a.time[j]-a.time[last] > width || crowd >= openMost || members == len(group):
					case member[a.rater[j]]:
						l.bet(1, w, math.Exp(float64(a.quiet[j]))/float64(len(group)-members))
					default:
						l.lose(1, w)
					}
				}
				if member[a.rater[j]] {
					members, last, since = members+1, j, 0
				}
			}
			before = append(before, a.time[j])
		}
	}
}
