package judge

import "math"

// Members who repeat what a community rates, to pass for it, come to each such item right
// after one of its raters, in as many bursts as it has; to their targets they come in one,
// after nobody. Votes say nothing of that.

// A following is how the members came to an item: how many of them, but for the first, came
// soon after another member; of those who did not, how many came soon after somebody else;
// and the share of others who came soon after somebody else.
type following struct{ near, members, led, first, by float64 }

func (r *reading) followingOn(item, delta int32) (f following) {
	const never = math.MinInt64 / 2
	other, member := int64(never), int64(never)
	others, beside := 0., 0.
	for k := r.ItemStart[item]; k < r.ItemStart[item+1]; k++ {
		at := int64(r.Time[k])
		after := 0.
		if at-other <= int64(delta) {
			after = 1
		}
		switch {
		case r.state[r.Rater[k]] != inside:
			others, beside = others+1, beside+after
			other = at
			continue
		case at-member <= int64(delta):
			f.near++
		default:
			f.first, f.led = f.first+1, f.led+after
		}
		member = at
	}
	f.members = f.near + f.first - 1
	f.by = (beside + .5) / (others + 1)
	return f
}

// followNobody leaves those core items to which the members came together and after
// nobody rather than after somebody and less together, if it is plain that to some they
// came after somebody: how near is soon and how many do so is paid for. That an item is a
// target is as likely as not.
func (r *reading) followNobody() bool {
	core := r.coreTargets()
	best, how := math.Inf(-1), []following(nil)
	for _, delta := range syncGrid {
		if delta > atOnce {
			break
		}
		all := make([]following, len(core))
		for n, t := range core {
			all[n] = r.followingOn(t.item, delta)
		}
		for step := range togetherSteps {
			sum := 0.
			for _, f := range all {
				sum += logAdd(f.ledBy(shareOfStep(step))-f.ledBy(f.by), 0) - math.Ln2
			}
			if sum > best {
				best, how = sum, all
			}
		}
	}
	nats := best - math.Log(float64(len(syncGrid)*togetherSteps))
	return nats > -math.Log(RingLevel) && leaveTargets(core, areTargets(how))
}

func shareOfStep(step int) float64 { return (float64(step) + .5) / togetherSteps }

// ledBy and nearBy are ln of the chance of how many came so, where each does by p.
func (f following) ledBy(p float64) float64 {
	return f.led*math.Log(p) + (f.first-f.led)*math.Log1p(-p)
}

func (f following) nearBy(p float64) float64 {
	return f.near*math.Log(p) + (f.members-f.near)*math.Log1p(-p)
}

// areTargets returns of each item how much likelier it is a target than not, by the shares
// that explain all best. Where members come together, most of them do.
func areTargets(all []following) (says []float64) {
	var near, led [togetherSteps][]float64
	for step := range togetherSteps {
		for _, f := range all {
			p := shareOfStep(step)
			near[step], led[step] = append(near[step], f.nearBy(p)), append(led[step], f.ledBy(p)-f.ledBy(f.by))
		}
	}
	best, says, ln := math.Inf(-1), make([]float64, len(all)), make([]float64, len(all))
	for together := togetherSteps / 2; together < togetherSteps; together++ {
		for less := range together {
			for share := range togetherSteps {
				sum := 0.
				for n := range all {
					home := near[less][n] + led[share][n]
					ln[n] = near[together][n] - home
					sum += home + logAdd(ln[n], 0)
				}
				if sum > best {
					best = sum
					copy(says, ln)
				}
			}
		}
	}
	return says
}
