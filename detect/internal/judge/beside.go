package judge

import "slices"

// A coordinated group may hold a ring, and then what the ring did together speaks for the
// ring, and for nobody who was only near it.

// Beside returns what a coordinated group is without those of its raters who are taken, as
// a ring's members are: the others by themselves, those taken counting as absent, so that
// they are no background either; or, where these are not coordinated, the group as it is if
// the others, too, act near its members. It may not be significant, and is nil where it is no
// group. It costs two readings of the group.
func (f *Refiner) Beside(g *Group, taken func(u int32) bool) *Group {
	h := f.Without(g, taken)
	switch {
	case h == g:
		return g
	case h != nil && h.Coordinated():
		return h
	case f.actNear(g, taken):
		return g
	}
	return h
}

// Without returns what a group is without those of its raters who are taken, these counting
// as absent: the group itself if none is, nil if that is no group.
func (f *Refiner) Without(g *Group, taken func(u int32) bool) *Group {
	h := &Group{home: g.home, turns: g.turns, Loose: g.Loose}
	for _, u := range g.Raters {
		if taken(u) {
			h.besides = append(h.besides, u)
		} else {
			h.Raters = append(h.Raters, u)
		}
	}
	if len(h.besides) == 0 {
		return g
	}
	h.Pool = slices.DeleteFunc(slices.Clone(g.Pool), taken)
	return f.alone(h, g.Bar)
}

// alone weighs and judges a group as it is; bar is what its evidence is to pass. It is nil
// if these chose no two items.
func (f *Refiner) alone(g *Group, bar float64) *Group {
	if len(g.Raters) < 3 {
		return nil
	}
	r := f.readBeside(g.Raters, g.besides)
	defer f.close(r)
	ok := false
	if g.Loose {
		ok = r.weighedAsItStands(g)
	} else {
		_, ok = r.weighed(g, false)
	}
	if !ok {
		return nil
	}
	g.TellByTargets()
	g.Heard, g.Bar = g.Jury.Verdict.Evidence > bar, bar
	return g
}

// actNear reports whether the times of those of a group who are not taken say, by
// themselves, that they act with its members.
func (f *Refiner) actNear(g *Group, taken func(u int32) bool) bool {
	r := f.readAgain(g)
	defer f.close(r)
	return r.synchrony(g, slices.DeleteFunc(slices.Clone(g.Raters), taken)) > g.Bar
}
