package judge

import "slices"

// deeds are what one rater did, until those of another are asked for.
type deeds struct {
	rater int32
	own   []int32 // per target: its act, or -1
	times []int32 // of its acts
}

func (r *reading) deedsOf(u int32) deeds {
	r.own = slices.Grow(r.own[:0], len(r.targets))[:len(r.targets)]
	if l := r.LongOf(u); l != nil {
		for at := range r.own {
			k := r.On(l, r.targets[at].item)
			if k >= 0 && r.gone != nil && r.gone(k) {
				k = -1
			}
			r.own[at] = k
		}
		return deeds{u, r.own, l.Times}
	}
	for at := range r.own {
		r.own[at] = -1
	}
	acts := r.ActsOf(u)
	for j, i := range r.ItemsOf(u) {
		if at := r.slot[i]; at > 0 && (r.gone == nil || !r.gone(acts[j])) {
			r.own[at-1] = acts[j]
		}
	}
	d := deeds{u, r.own, nil}
	if r.Time != nil {
		d.times = r.TimesOf(u, &r.times)
	}
	return d
}
