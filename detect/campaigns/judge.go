package campaigns

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/ringwatch/ringwatch/rating"
)

// rank gives the bursts of a family their q and their verdicts.
func (u *usual) rank(trials []*trial) {
	campaign := func(x *trial) float64 { return x.campaign.P }
	u.doubt(trials)
	q, qApart := queue(trials, campaign), queue(trials, func(x *trial) float64 { return x.pApart })
	var open []*trial // what has a name does not vouch for changes of other items (Finner and Roters 2001)
	for k, x := range trials {
		x.campaign.Q = q[k]
		if x.campaign.Verdict = x.verdict(qApart[k]); x.campaign.Verdict == "" {
			open = append(open, x)
		}
		x.qApart, x.qChange = qApart[k], 1
	}
	for k, q := range queue(open, func(x *trial) float64 { return x.pChange }) {
		x := open[k]
		x.qChange = q
		switch {
		case q <= named:
			x.campaign.Verdict = Change
		case 2*(len(x.rows)-x.ratings) >= x.ratings:
			x.campaign.Verdict = Attention
		default:
			x.campaign.Verdict = Newcomers
		}
	}
	for _, x := range trials {
		u.decide(x)
	}
}

// queue returns the q of trials by a p of each, the more unusual bursts first.
func queue(trials []*trial, of func(x *trial) float64) []float64 {
	n := len(trials)
	p, weight := make([]float64, n), make([]float64, n)
	mean := 0.
	for k, x := range trials {
		p[k] = of(x)
		// the more unusual the burst, up to e^-12, and the more it is like those that are surely of
		// farms, the more is to be expected of it; neither hears its votes
		weight[k] = min(max(-math.Log(x.p), 3), 12) * min(max(x.kin, 1/mostKin), mostKin)
		mean += weight[k] / float64(n)
	}
	for k := range weight {
		weight[k] /= mean
	}
	return multiple(p, weight)
}

// apart leaves of campaigns of one item that overlap the one that is named, of
// several such the one whose votes nothing explains that are most, and of others
// the burst that is most unusual.
func (s *search) apart(all []Campaign) (kept []Campaign) {
	rank := func(v Verdict) int { return slices.Index(Verdicts, v) }
	order := make([]int, len(all))
	for k := range order {
		order[k] = k
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := &all[a], &all[b]
		return cmp.Or(cmp.Compare(x.Item, y.Item), cmp.Compare(rank(x.Verdict), rank(y.Verdict)),
			cmp.Compare(y.Excess*y.Effect, x.Excess*x.Effect), s.faster(x, y), cmp.Compare(x.PVolume, y.PVolume))
	})
	first := 0
	for _, k := range order {
		c := &all[k]
		if first < len(kept) && kept[first].Item != c.Item {
			first = len(kept)
		}
		if !slices.ContainsFunc(kept[first:], func(o Campaign) bool { return o.From <= c.To && c.From <= o.To }) {
			kept = append(kept, *c)
		}
	}
	return kept
}

// faster puts more attention in a month first, where attention is all that can be
// told: what comes within days stands out of a year's.
func (s *search) faster(x, y *Campaign) int {
	if s.columns.levels > 1 {
		return 0
	}
	return cmp.Compare(y.pace(), x.pace())
}

// test finds the side of the votes and what speaks against that they are innocent.
func (u *usual) test(x *trial) {
	n := int(x.votes.sum())
	cuts := u.cuts()
	c := &x.campaign
	c.P, x.pApart = 2, 2
	for _, cut := range cuts {
		votes, usual := int(x.votes.at(cut)), x.usual.at(cut)
		share := float64(votes) / float64(n)
		pUsual := above(votes, n, x.concentration*usual, x.concentration*(1-usual))
		worst := func(of []witness) (p, mean float64) {
			for _, w := range of {
				s := w.mean.at(cut)
				p = max(p, (1-w.moved)*pUsual+w.moved*above(votes, n, w.concentration*s, w.concentration*(1-s)))
				mean = max(mean, (1-w.moved)*usual+w.moved*s)
			}
			return p, mean
		}
		pAsked, asked := worst(x.asked)
		pApart, apart := pAsked, asked
		if len(x.apart) > 0 {
			pApart, apart = worst(x.apart)
		}
		tries := float64(len(cuts))
		if p := min(1, tries*max(pUsual, pAsked)); p < c.P {
			c.P, x.pUsual, x.cut = p, min(1, tries*pUsual), cut
			c.Votes, c.Share, c.Usual, c.Predicted = votes, share, usual, asked
			c.Effect = min(gain(share, usual), gain(share, asked))
			c.Excess = float64(votes) - x.expected*usual
			// an item changes from what it was: all of its newcomers before tell that, and where there are
			// none nobody can
			s := x.earlier.mean.at(cut)
			pEarlier := above(votes, n, x.earlier.concentration*s, x.earlier.concentration*(1-s))
			x.pChange = max(x.pUsual, min(1, tries*pEarlier))
		}
		if p := min(1, tries*max(pUsual, pApart)); p < x.pApart {
			x.pApart, x.cutApart, x.effectApart = p, cut, gain(share, max(usual, apart))
		}
	}
}

// gain is the part of what a share could have gained that it did.
func gain(share, expected float64) float64 {
	return (share - expected) / max(1-expected, 1e-9)
}

// verdict says what was seen of votes that are as neither usual nor the witnesses are, or as nobody's
// before and after; "" of others.
func (x *trial) verdict(qApart float64) Verdict {
	c := &x.campaign
	switch much := c.Effect >= leastEffect && c.Excess >= leastVotes; {
	case much && c.Q <= named && x.joined():
		return Outcry
	case much && c.Q <= beyond && c.Doubt <= mostDoubt:
		if c.Witnesses < leastWitnesses {
			return Unwitnessed
		}
		return Campaigned
	case much && c.Q <= named:
		return Crowd
	case qApart <= named && x.effectApart >= leastEffect && c.Inside >= leastWitnesses:
		return Outcry
	}
	return ""
}

const joinedOdds = 10 // that established raters joined, from which on they are thought to have

// joined reports whether established raters joined a burst: the votes of those of its days are so
// much likelier half as unlike usual as the burst's are than as usual.
func (x *trial) joined() bool {
	n, k := x.inside.sum(), x.inside.at(x.cut)
	if n < leastWitnesses {
		return false
	}
	usual := min(max(x.settled.at(x.cut), .01), .99)
	half := min((usual+x.campaign.Share)/2, .99)
	return k*math.Log(half/usual)+(n-k)*math.Log((1-half)/(1-usual)) >= math.Log(joinedOdds)
}

// decide tells a burst whose verdict is known, and the rows that it is about.
func (u *usual) decide(x *trial) {
	c := &x.campaign
	few := u.columns.few[x.class]
	c.Item, c.From, c.To, c.Few = x.item, x.span.from, x.span.to, few
	c.Ratings, c.Others, c.Heard = x.ratings, len(x.rows)-x.ratings, u.kinds[x.class].heard
	c.Expected, c.ByTime, c.ByCompany, c.PVolume = x.expected, x.byTime, x.byCompany, min(1, x.p)
	at := x.cut
	if c.Verdict == Outcry {
		at = x.cutApart
	}
	c.High, c.Cut = at.high, u.value[at.to]
	if at.high {
		c.Cut = u.value[at.from]
	}
	c.WitnessShare = math.NaN()
	if n := x.around.sum(); n > 0 {
		c.WitnessShare = x.around.at(at) / n
	}
	counts := func(k int32) bool {
		level := int(u.columns.level[k])
		return at.from <= level && level <= at.to && (c.Verdict == Outcry || int(u.life[k]) <= few)
	}
	for _, k := range x.rows {
		if counts(k) {
			c.Rows = append(c.Rows, u.row[k])
		}
	}
	slices.Sort(c.Rows)
	c.Keep = 1
	if n := float64(len(c.Rows)); n > 0 {
		come := x.expected
		if c.Verdict == Outcry {
			come += u.othersExpected(x)
			c.P, c.Q = x.pApart, x.qApart
			c.Usual, c.Votes = x.usual.at(at), int(x.votes.at(at))
			c.Share, c.Effect = float64(c.Votes)/float64(c.Ratings), x.effectApart
			c.Excess = float64(c.Votes) - x.expected*c.Usual
		}
		c.Keep = min(1, come*x.usual.at(at)/n)
	}
	if c.Verdict == Change {
		c.P, c.Q = x.pChange, x.qChange
	}
}

// othersExpected is how many others than the few would have come to the item in
// the time of a burst, at its rate at all other times.
func (u *usual) othersExpected(x *trial) float64 {
	few, n := u.columns.few[x.class], 0.
	from, to := u.start[x.item], u.start[x.item+1]
	for k := from; k < to; k++ {
		if int(u.life[k]) > few && !x.span.holds(u.time[k]) {
			n++
		}
	}
	length := float64(x.span.to) - float64(x.span.from)
	rest := max(float64(u.last)-float64(u.time[from])-length, day)
	return (n + 1) * min(1, (length+u.tick)/rest)
}

// attention is what can be said of bursts without values: that accounts came
// that did nothing else.
func (s *search) attention() []Campaign {
	all := make([]Campaign, len(s.bursts))
	p, weight := make([]float64, len(all)), make([]float64, len(all))
	for k := range s.bursts {
		b := &s.bursts[k]
		c := &all[k]
		*c = Campaign{Item: b.item, Verdict: Attention, From: b.span.from, To: b.span.to, Few: s.columns.few[b.class],
			Ratings: b.ratings, Heard: s.kinds[b.class].heard,
			Expected: b.expected, ByTime: b.byTime, ByCompany: b.byCompany, High: true, Cut: s.value[0],
			Votes: b.ratings, Share: 1, Usual: 1,
			WitnessShare: math.NaN(), PVolume: b.p, P: b.p, Excess: float64(b.ratings) - b.expected, Keep: 1,
			ScoreWith: math.NaN(), ScoreWithout: math.NaN()}
		for j := s.start[b.item]; j < s.start[b.item+1]; j++ {
			if b.span.holds(s.time[j]) {
				if int(s.life[j]) <= c.Few {
					c.Rows = append(c.Rows, s.row[j])
				} else {
					c.Others++
				}
			}
		}
		slices.Sort(c.Rows)
		p[k], weight[k] = b.p, 1
	}
	for k, q := range multiple(p, weight) {
		all[k].Q = q
	}
	return s.apart(all)
}

// score works out what campaigns did to the means of their items.
func (s *search) score(all []Campaign, t *rating.Table) {
	for k := range all {
		c := &all[k]
		sum, n := 0., 0.
		for _, row := range s.row[s.start[c.Item]:s.start[c.Item+1]] {
			sum += t.Scale.Of(t.Value[row])
			n++
		}
		c.ScoreWith, c.ScoreWithout = sum/n, sum/n
		switch c.Verdict {
		case Campaigned, Unwitnessed, Outcry, Crowd:
			for _, row := range c.Rows {
				sum -= (1 - c.Keep) * t.Scale.Of(t.Value[row])
				n -= 1 - c.Keep
			}
			if c.ScoreWithout = math.NaN(); n > 1e-9 {
				c.ScoreWithout = sum / n
			}
		}
	}
}

// sort puts what did most to scores first, within the verdicts in their order, and of what did
// nothing to any the item with the busiest month.
func (f *Findings) sort(t *rating.Table) {
	rank := func(v Verdict) int { return slices.Index(Verdicts, v) }
	effect := func(c *Campaign) float64 {
		if s := math.Abs(c.Shift()); s > 0 {
			return s
		}
		return 0 // NaN too
	}
	pace := f.paces()
	order := make([]int, len(f.Campaigns))
	for k := range order {
		order[k] = k
	}
	slices.SortFunc(order, func(j, k int) int {
		a, b := &f.Campaigns[j], &f.Campaigns[k]
		return cmp.Or(cmp.Compare(rank(a.Verdict), rank(b.Verdict)), cmp.Compare(effect(b), effect(a)),
			cmp.Compare(pace[k], pace[j]), strings.Compare(t.Items.Name(a.Item), t.Items.Name(b.Item)),
			cmp.Compare(a.From, b.From))
	})
	sorted := make([]Campaign, len(order))
	for k, j := range order {
		sorted[k] = f.Campaigns[j]
	}
	f.Campaigns = sorted
}

// paces returns the excess of each burst in a month, and for the largest of an item that of the
// item's busiest month: what comes in two waves is as much as what comes in one.
func (f *Findings) paces() []float64 {
	pace := make([]float64, len(f.Campaigns))
	of := make(map[int32][]int)
	for k := range f.Campaigns {
		c := &f.Campaigns[k]
		pace[k] = c.pace()
		of[c.Item] = append(of[c.Item], k)
	}
	for _, bursts := range of {
		first, month := bursts[0], 0.
		for _, j := range bursts {
			a, sum := &f.Campaigns[j], 0.
			for _, k := range bursts {
				if c := &f.Campaigns[k]; k != j && c.From >= a.From && float64(c.To)-float64(a.From) <= 30*day {
					sum += c.Excess
				}
			}
			month = max(month, pace[j]+sum)
			if b := &f.Campaigns[first]; pace[j] > pace[first] || pace[j] == pace[first] && a.From < b.From {
				first = j
			}
		}
		pace[first] = month
	}
	return pace
}
