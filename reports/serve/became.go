package serve

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/ringwatch/ringwatch/reports"
)

// became tells what becomes of what was decided and said, in a case that was found; next
// says that it goes on from the one that all is about.
func (t *decisions) became(doc *reports.Document, next bool) []change {
	b := &becoming{t: t, next: next && doc.Since != nil, undone: undoneBy(t.events),
		now: map[string][]string{}, of: map[string]*change{}, names: slices.Collect(maps.Keys(membersOf(doc)))}
	for _, groups := range [][]reports.Ring{doc.Rings, doc.Coordinated} {
		for i := range groups {
			r := &groups[i]
			b.rings = append(b.rings, r)
			for _, m := range r.Members {
				b.now[r.ID] = append(b.now[r.ID], m.Rater)
			}
			slices.Sort(b.now[r.ID])
		}
	}
	ids := slices.Sorted(maps.Keys(t.states))
	for _, id := range ids {
		if s := t.states[id]; len(s.Parts) == 0 {
			if c := b.found(doc, id, s); c != nil {
				b.of[id] = c
			}
		}
	}
	b.byHand(ids)
	var all []change
	for _, id := range ids {
		if c := b.of[id]; c != nil {
			all = append(all, *c)
		}
	}
	return all
}

// becoming works out changes.
type becoming struct {
	t      *decisions
	next   bool
	undone map[int64]bool
	rings  []*reports.Ring
	now    map[string][]string // members, by ring as it is called now
	names  []string            // of all that something can be decided about now
	of     map[string]*change  // by ring as it was called
}

// decided says what was decided about a ring that it does not stand for any more; empty where
// nothing was.
func (b *becoming) decided(id string, s *state, why string) string {
	if s.Status == "open" || len(s.Into) > 0 { // what it went into tells that
		return ""
	}
	x := b.t.decision(id, s, b.undone)
	said := " It was " + x.Status
	if x.By != "" {
		said += " by " + x.By
	}
	return said + "; " + why
}

const lookAgain = "that was about other members or other evidence, so look again."

// found is what became of a ring or a campaign that was found; nil if it was not there before, either.
func (b *becoming) found(doc *reports.Document, id string, s *state) *change {
	for _, r := range b.rings {
		if b.next && r.Since != nil && r.Since.Was == id {
			c := &change{Ring: id, Now: r.ID, Stands: r.Since.Stands && r.ID == id}
			if r.Since.Change != "unchanged" || !c.Stands {
				c.Text = withoutDecision(r)
			}
			if !c.Stands {
				c.Text += b.decided(id, s, lookAgain)
			}
			return c
		}
		if b.next && r.Since != nil && slices.Contains(r.Since.Also, id) {
			return &change{Ring: id, Now: r.ID, Text: id + " became a part of it." + b.decided(id, s, lookAgain)}
		}
	}
	for i := range doc.Campaigns {
		x := &doc.Campaigns[i]
		if x.ID != id || x.Since == nil || !b.next {
			continue
		}
		c := &change{Ring: id, Now: id, Stands: x.Since.Stands}
		if x.Since.Change != "unchanged" || !c.Stands {
			c.Text = x.Became()
		}
		if !c.Stands {
			c.Text += b.decided(id, s, "that was about other ratings or another verdict, so look again.")
		}
		return c
	}
	then := s.gone
	if then == nil {
		then = b.t.found(id)
	}
	if c := b.alike(id, then); c != nil {
		c.Text += b.decided(id, s, lookAgain)
		return c
	}
	if then == nil && slices.Contains(b.names, id) {
		return &change{Ring: id, Now: id, Text: "The case before was taken away, with what " + id + " was in it." +
			b.decided(id, s, "that may have been about others, so look again.")}
	}
	if then == nil || s.gone != nil {
		return nil
	}
	c := &change{Ring: id, Text: id + " is not there any more.", Members: then}
	if doc.Since != nil {
		for _, g := range doc.Since.Gone {
			if g.ID == id {
				g.Decision = nil
				c.Text = g.Line()
			}
		}
	}
	c.Text += b.decided(id, s, "that stays in the log.")
	return c
}

// withoutDecision is what became of a ring; what was decided about it is told otherwise.
func withoutDecision(r *reports.Ring) string {
	x, since := *r, *r.Since
	since.Decision = nil
	x.Since = &since
	return x.Became()
}

// alike finds a ring, where the case goes on a new one, that shares more than half of its
// members, and of those of then, with one that is not there under its name.
func (b *becoming) alike(id string, then []string) *change {
	for _, r := range b.rings {
		if b.next && r.Since != nil && r.Since.Change != "new" {
			continue
		}
		shared := len(then) - beyond(then, b.now[r.ID])
		if shared >= 2 && 2*shared > max(len(then), len(b.now[r.ID])) {
			return &change{Ring: id, Now: r.ID, Text: fmt.Sprintf("It was there before, as %s, with %d of its members.",
				id, shared)}
		}
	}
	return nil
}

// byHand takes rings that were made by hand over, with the members that their parts have now,
// or takes them apart where a part is not there any more.
func (b *becoming) byHand(ids []string) {
	var made []string
	for _, id := range ids {
		if len(b.t.states[id].Parts) > 0 {
			made = append(made, id)
		}
	}
	slices.SortFunc(made, func(x, y string) int { return cmp.Or(cmp.Compare(order(x), order(y)), cmp.Compare(x, y)) })
	now, apart := map[string][]string{}, map[string]bool{}
	sound := map[string]bool{} // what was decided about the parts stands
	for id, c := range b.of {
		if c.Now == id {
			now[id], sound[id] = b.now[id], c.Stands
		}
	}
	for _, id := range made {
		s := b.t.states[id]
		if now[id], sound[id] = b.members(id, s, now, sound); now[id] == nil {
			apart[id] = true
		}
	}
	for _, id := range made { // of two that were split, none stays alone
		for _, p := range b.t.states[id].Parts {
			if apart[id] {
				for _, other := range b.t.into(p) {
					apart[other] = true
				}
			}
		}
	}
	for _, id := range made {
		s := b.t.states[id]
		if apart[id] || slices.ContainsFunc(s.Parts, func(p string) bool { return apart[p] }) {
			apart[id] = true
			b.of[id] = &change{Ring: id}
			b.apart(id, s)
			continue
		}
		then := slices.Clone(s.members)
		slices.Sort(then)
		joined, left := beyond(now[id], then), beyond(then, now[id])
		c := &change{Ring: id, Now: id, Stands: sound[id] && joined == 0 || len(s.Into) > 0, Members: now[id]}
		if joined+left > 0 {
			c.Text = fmt.Sprintf("Since the case before: %d joined, %d left.", joined, left)
		}
		if !c.Stands {
			c.Text = strings.TrimSpace(c.Text + b.decided(id, s, lookAgain))
		}
		b.of[id] = c
		for _, p := range s.Parts { // it stands for them on
			if part := b.of[p]; part != nil && part.Now == p {
				part.Stands = true
			}
		}
	}
}

// members are those that a ring made by hand has of its parts of now; nil if it has none.
func (b *becoming) members(id string, s *state, now map[string][]string,
	sound map[string]bool) (all []string, ok bool) {
	ok = true
	for _, p := range s.Parts {
		if now[p] == nil {
			return nil, false
		}
		all = append(all, now[p]...)
		ok = ok && sound[p]
	}
	slices.Sort(all)
	all = slices.Compact(all)
	if !strings.HasPrefix(id, "S") {
		return all, ok
	}
	rest, chosen := strings.TrimSuffix(id, "b"), strings.HasSuffix(id, "b")
	if !chosen {
		rest = strings.TrimSuffix(id, "a")
	}
	split := b.t.states[rest+"b"]
	if split == nil {
		return nil, false
	}
	among := slices.Sorted(slices.Values(split.members))
	all = slices.DeleteFunc(all, func(m string) bool {
		_, in := slices.BinarySearch(among, m)
		return in != chosen
	})
	if len(all) < 2 {
		return nil, false
	}
	return all, ok
}

// apart says of the parts of a ring that it is taken apart.
func (b *becoming) apart(id string, s *state) {
	for _, p := range s.Parts {
		c := b.of[p]
		if c == nil || c.Now != p {
			continue
		}
		c.Stands = false
		c.Text = strings.TrimSpace(c.Text + fmt.Sprintf(" %s, which was made of it by hand, is taken apart, "+
			"as not all that it was made of is there any more.", id) + b.decided(id, s, lookAgain))
	}
}

// into are the rings that a ring went into by hand.
func (t *decisions) into(id string) []string {
	if s := t.states[id]; s != nil {
		return s.Into
	}
	return nil
}

// order is the number of the decision that made a ring, M12 or S12a.
func order(id string) int {
	n, _ := strconv.Atoi(strings.TrimRight(id[1:], "ab"))
	return n
}

// beyond counts what is in one sorted list and not in another.
func beyond(a, b []string) (n int) {
	for _, x := range a {
		if _, in := slices.BinarySearch(b, x); !in {
			n++
		}
	}
	return n
}
