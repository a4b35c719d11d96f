package judge

import (
	"math"
	"slices"
)

// What a viewpoint says of a group under judgement. How its items divide is told
// by outsiders alone, and where a rater stands by its votes off those items, then
// by its votes on them one after the other: a camp is explained, and an account
// that comes without a past pays for the camp it claims.

// fewOf is the part of an item's, or a rater's, acts up to which what they say is
// taken out of the whole, which is quicker than to ask all others; the crowd that
// the whole was told by moves by no more than that.
const fewOf = 10

// divide returns how items[at] divides, from outsiders alone.
func (j *Jury) divide(at int) place {
	v, i := j.view, j.items[at]
	if fewOf*len(j.acts[at]) <= v.SizeOf(i) {
		return v.without(v.items[i], &v.ofItem, &tellers{acts: j.acts[at], item: i})
	}
	outside := tellers{item: i, crowd: make([]float32, v.Levels)}
	for k := v.ItemStart[i]; k < v.ItemStart[i+1]; k++ {
		if !j.member(v.Rater[k]) {
			outside.acts = append(outside.acts, k)
			outside.crowd[v.Level[k]]++
		}
	}
	return v.from(v.items[i], &v.ofItem, &outside)
}

// stand returns where u stands, by its votes off the items judged.
func (j *Jury) stand(u int32) place {
	v := j.view
	var on tellers
	off := tellers{habit: make([]float32, v.Levels)}
	items := v.ItemsOf(u)
	for n, k := range v.ActsOf(u) {
		if _, is := j.on(items[n]); is {
			on.acts, on.items = append(on.acts, k), append(on.items, items[n])
		} else {
			off.acts, off.items = append(off.acts, k), append(off.items, items[n])
			off.habit[v.Level[k]]++
		}
	}
	if fewOf*len(on.acts) <= len(on.acts)+len(off.acts) {
		return v.without(v.raters[u], &v.ofRater, &on)
	}
	return v.from(v.raters[u], &v.ofRater, &off)
}

// from is the place that some acts alone give: of two steps, each to where the votes put it,
// given where the others stand.
func (v *viewpoint) from(s place, prior *vec, of *tellers) place {
	for range 2 {
		t := v.weigh(&s, prior, of, 1+len(of.acts)/viewMost)
		s = settle(&t.precision, &t.pull, v.dims)
	}
	return s
}

// without is a place that was fitted, with what some acts say taken out.
func (v *viewpoint) without(s place, prior *vec, of *tellers) place {
	if len(of.acts) == 0 {
		return s
	}
	var nothing vec
	part := v.weigh(&s, &nothing, of, 1)
	whole := v.told(&s)
	for d := range v.dims {
		whole.pull[d] -= part.pull[d]
		for c := 0; c <= d; c++ {
			whole.precision[at(d, c)] -= part.precision[at(d, c)]
		}
		whole.precision[at(d, d)] = max(whole.precision[at(d, d)], prior[d])
	}
	// A fit that has not come to rest may leave more correlation than there can be.
	for d := 1; d < v.dims; d++ {
		for c := range d {
			most := .95 / float64(v.dims-1) * math.Sqrt(whole.precision[at(d, d)]*whole.precision[at(c, c)])
			whole.precision[at(d, c)] = min(max(whole.precision[at(d, c)], -most), most)
		}
	}
	return settle(&whole.precision, &whole.pull, v.dims)
}

// told is the precision and the pull that a place is of.
func (v *viewpoint) told(s *place) (t telling) {
	var zero vec
	t.precision = settle(&s.cov, &zero, v.dims).cov
	for d := range v.dims {
		for c := range v.dims {
			t.pull[d] += t.precision.get(d, c) * s.mean[c]
		}
	}
	return t
}

// leans returns how u leans on each of the items judged, as its votes off them and
// on those before it tell.
func (j *Jury) leans(u int32) []leaning {
	if l, ok := j.leaning[u]; ok {
		return l
	}
	v := j.view
	s, habit := j.stand(u), j.habit(u)
	votes := make(map[int]int32)
	items := v.ItemsOf(u)
	for n, k := range v.ActsOf(u) {
		if at, on := j.on(items[n]); on {
			votes[at] = k
		}
	}
	var one [maxLevels]float64
	p := one[:v.Levels]
	all := make([]leaning, len(j.items))
	for i := range j.items {
		all[i] = v.lean(&s, &j.divides[i])
		k, voted := votes[i]
		if !voted {
			continue
		}
		for l := range p {
			p[l] = max(j.crowd[i][l]*habit[l], 1e-12)
		}
		v.predict(p, all[i], p)
		mean, weight := 0., 0.
		for l, p := range p {
			mean += p * v.score[l]
			weight += p * v.score[l] * v.score[l]
		}
		s.learn(&j.divides[i].mean, max(weight-mean*mean, .02), v.score[v.Level[k]]-mean, v.dims)
	}
	j.leaning[u] = all
	return all
}

// learn moves a rater by one vote on an item that divides by g: r more than
// expected, where the expected moves by weight.
func (s *place) learn(g *vec, weight, r float64, dims int) {
	var along vec
	sum := 0.
	for d := 1; d < dims; d++ {
		for c := 1; c < dims; c++ {
			along[d] += s.cov.get(d, c) * g[c]
		}
		sum += g[d] * along[d]
	}
	f := 1 / (1 + weight*sum)
	for d := 1; d < dims; d++ {
		s.mean[d] += along[d] * r * f
		for c := 1; c <= d; c++ {
			s.cov[at(d, c)] -= weight * f * along[d] * along[c]
		}
	}
}

// above returns, by level, how likely an innocent rater is to vote it or higher on
// items[at], given the crowd's votes by level. It is valid until called again.
func (j *Jury) above(at int, crowd []float64, u int32) []float64 {
	habit, sum := j.habit(u), 0.0
	var buf [maxLevels]float64
	p := buf[:j.Levels]
	for l := range p {
		p[l] = crowd[l] * habit[l]
	}
	if j.view != nil {
		for l, x := range p {
			p[l] = max(x, 1e-12)
		}
		j.view.predict(p, j.leans(u)[at], p)
	}
	for l := j.Levels - 1; l >= 0; l-- {
		sum += p[l]
		j.tails[l] = sum
	}
	for l := range j.tails {
		j.tails[l] /= sum
	}
	return j.tails
}

// aboveOf is above of the rater of an act on items[at], as outsiders have it: kept for the
// acts judged, of which it is asked several times.
func (j *Jury) aboveOf(at int, k int32) []float64 {
	n, judged := slices.BinarySearch(j.acts[at], k)
	if !judged {
		return j.above(at, j.crowd[at], j.Rater[k])
	}
	if j.told == nil {
		j.told = make([][]float64, len(j.items))
	}
	if j.told[at] == nil {
		j.told[at] = make([]float64, len(j.acts[at])*j.Levels)
	}
	tails := j.told[at][n*j.Levels : (n+1)*j.Levels]
	if tails[0] == 0 { // it is 1 of all that were told
		copy(tails, j.above(at, j.crowd[at], j.Rater[k]))
	}
	return tails
}

// forget gives back what is kept for the moment.
func (j *Jury) forget() { j.told, j.heard = nil, nil }
