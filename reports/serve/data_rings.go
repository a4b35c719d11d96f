package serve

import (
	"cmp"
	"slices"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/reports"
)

// index returns a ring by numbers of the table.
func (d *data) index(members []reports.Member, items []string) detect.Ring {
	var r detect.Ring
	for _, m := range members {
		if u, ok := d.raters.find(m.Rater); ok {
			r.Raters = append(r.Raters, u)
			r.Members = append(r.Members, detect.Member{Rater: u, Role: m.Role, Strength: m.Strength,
				Shared: int32(m.Shared)})
		}
	}
	for _, name := range items {
		if i, ok := d.itemNames.find(name); ok {
			r.Items = append(r.Items, i)
		}
	}
	slices.Sort(r.Raters)
	slices.Sort(r.Items)
	return r
}

// times returns when a ring acted on its targets.
func (d *data) times(r detect.Ring) []int32 {
	var all []int32
	t := d.table
	if !t.HasTimes() {
		return nil
	}
	for _, u := range r.Raters {
		for _, k := range t.ByRater().Rows(u) {
			if _, target := slices.BinarySearch(r.Items, t.Item[k]); target {
				all = append(all, t.Time[k])
			}
		}
	}
	slices.Sort(all)
	return all
}

// ring returns a ring that was found or made by hand; nil if there is none.
func (a *App) ring(id string) *reports.Ring {
	d := a.data
	if r := d.rings[id]; r != nil {
		return r
	}
	s := a.now.state(id)
	if s == nil || len(s.Parts) == 0 {
		return nil
	}
	if r, ok := a.now.byHand.Load(id); ok {
		return r.(*reports.Ring)
	}
	var parts []reports.Ring
	for _, p := range s.Parts {
		part := a.ring(p)
		if part == nil {
			return nil
		}
		parts = append(parts, *part)
	}
	r, _ := d.byHand(id, s.members, parts)
	a.now.byHand.Store(id, &r)
	return &r
}

// byHand makes a ring of the given members and of the items that they acted on.
func (d *data) byHand(id string, members []string, parts []reports.Ring) (reports.Ring, detect.Ring) {
	var who []reports.Member
	items, wanted := map[string]bool{}, map[string]bool{}
	for _, id := range members {
		wanted[id] = true
	}
	for _, p := range parts {
		for _, m := range p.Members {
			if wanted[m.Rater] {
				who = append(who, m)
				delete(wanted, m.Rater)
			}
		}
		for _, it := range p.Items {
			items[it] = true
		}
	}
	if d.table == nil {
		r := detect.Ring{Raters: make([]int32, len(who)), Items: make([]int32, len(items))}
		g := reports.ByHand(nil, id, &r, parts)
		for it := range items {
			g.Items = append(g.Items, it)
		}
		slices.Sort(g.Items)
		g.Members = who
		return g, r
	}
	names := make([]string, 0, len(items))
	for it := range items {
		names = append(names, it)
	}
	r := d.index(who, names)
	acted, shared := map[int32]bool{}, map[int32]int32{}
	for _, u := range r.Raters {
		n := int32(0)
		for _, k := range d.table.ByRater().Rows(u) {
			if _, target := slices.BinarySearch(r.Items, d.table.Item[k]); target {
				acted[d.table.Item[k]] = true
				n++
			}
		}
		shared[u] = n
	}
	for j := range r.Members {
		r.Members[j].Shared = shared[r.Members[j].Rater]
	}
	r.Items = slices.DeleteFunc(r.Items, func(it int32) bool { return !acted[it] })
	if at := d.times(r); len(at) > 0 {
		r.First, r.Last = at[0], at[len(at)-1]
	}
	return reports.ByHand(d.table, id, &r, parts), r
}

// numbers returns a ring by numbers of the table, for graphs.
func (a *App) numbers(r *reports.Ring) detect.Ring {
	if x, ok := a.data.indexed[r.ID]; ok {
		return x
	}
	return a.data.index(r.Members, r.Items)
}

// actsWithin counts a ring's acts within a window of time.
func (a *App) actsWithin(r *reports.Ring, since, until int64) int {
	at, ok := a.data.acts[r.ID]
	if !ok && a.data.table != nil {
		at = a.data.times(a.numbers(r))
	}
	from, _ := slices.BinarySearchFunc(at, since, func(t int32, s int64) int { return cmp.Compare(int64(t), s) })
	to, _ := slices.BinarySearchFunc(at, until, func(t int32, s int64) int { return cmp.Compare(int64(t), s) })
	return max(to-from, 0)
}

// formed tells how many of a ring's members had acted on how many of its targets before a time.
func (a *App) formed(r *reports.Ring, until int64) (members, targets int) {
	t := a.data.table
	if t == nil || !t.HasTimes() {
		return 0, 0
	}
	ring, acted := a.numbers(r), map[int32]bool{}
	for _, u := range ring.Raters {
		here := false
		for _, k := range t.ByRater().Rows(u) {
			if _, target := slices.BinarySearch(ring.Items, t.Item[k]); target && int64(t.Time[k]) < until {
				here, acted[t.Item[k]] = true, true
			}
		}
		if here {
			members++
		}
	}
	return members, len(acted)
}

// inDoubt counts the rings that something speaks against.
func (d *data) inDoubt() int {
	n := 0
	for i := range d.doc.Rings {
		if d.doc.Rings[i].Rank() > 0 {
			n++
		}
	}
	return n
}
