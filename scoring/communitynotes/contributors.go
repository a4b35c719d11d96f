package communitynotes

import (
	"cmp"
	"slices"

	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring"
)

// Contributors is what X counts of those who rate and write, and what they may
// do from now on, by the statuses that notes have by a Result. Slices are per
// rater; who wrote a note but never rated one is not in them. The time of the
// last rating is taken for the present.
type Contributors struct {
	// Ratings in time, see Core, of notes that are helpful (0) and not
	// helpful (1): those that agree, and those that do not.
	Right, Wrong [2][]int32
	Waiting      []int32    // ratings in time of notes that need more, or that a defence left without ratings
	InTime       []int32    // ratings in time
	Late         []int32    // ratings of notes that were decided before
	Notes        [3][]int32 // notes written that are helpful, not helpful, need more
	Received     []int32    // ratings of these
	Faults       [][2]int8  // what raters most often find wrong with these, as bits of rating.TagNames; -1 for none
	Emerging     []bool     // writes notes that the core model likes, and that are rated these days
	Enrolled     []rating.Enrollment
}

// Numbers of X's rules for contributors.
const (
	lastNotes    = 5 // that decide whether one may write
	riskyNotes   = 2 // of these not helpful: one more is too many
	topImpact    = 10
	topShare     = 0.04
	emergingMean = 0.3
	emergingRate = 10 // ratings in the last emergingDays
	emergingDays = 28
)

// NewContributors counts. Of a table without Notes nil is returned.
func NewContributors(t *rating.Table, r *scoring.Result) *Contributors {
	if t.Notes == nil {
		return nil
	}
	n := &notesRun{notesModel: notesModel{groups: everybody, unassigned: true, topic: anyTopic},
		in: &scoring.Input{Ratings: t}, t: t}
	n.findCreated()
	n.findScope()
	raters := t.Raters.Len()
	column := func() []int32 { return make([]int32, raters) }
	c := &Contributors{Right: [2][]int32{column(), column()}, Wrong: [2][]int32{column(), column()}, Waiting: column(),
		InTime: column(),
		Late:   column(), Notes: [3][]int32{column(), column(), column()}, Received: column(),
		Emerging: make([]bool, raters),
		Faults:   slices.Repeat([][2]int8{{-1, -1}}, raters), Enrolled: make([]rating.Enrollment, raters)}
	for u := range c.Enrolled {
		c.Enrolled[u] = rating.Enrollment{Needed: rating.NeededImpact, LastOut: rating.NoTime}
	}
	copy(c.Enrolled, t.Notes.Enrolled)
	c.rated(n, r)
	c.wrote(n, r)
	return c
}

// rated counts what contributors rated.
func (c *Contributors) rated(n *notesRun, r *scoring.Result) {
	byItem := n.t.ByItem()
	for item, status := range r.Status {
		decided := n.decidedNow(item, status)
		n.eachInTime(int32(item), decided, func(row int32) {
			u, l := n.t.Rater[row], level(n.t.Value[row])
			c.InTime[u]++
			switch {
			case sideOf(status) == 2:
				c.Waiting[u]++
			case l == 1:
			case (status == scoring.Helpful) == (l == 2):
				c.Right[sideOf(status)][u]++
			default:
				c.Wrong[sideOf(status)][u]++
			}
		})
		for _, row := range byItem.Rows(int32(item)) {
			if decided != rating.NoTime && n.scope.has(int(row)) && n.t.Time[row] > decided {
				c.Late[n.t.Rater[row]]++
			}
		}
	}
}

// sideOf returns the index of a status in Contributors.Notes. A note that a
// defence left without ratings needs more.
func sideOf(s scoring.Status) int {
	switch s {
	case scoring.Helpful:
		return 0
	case scoring.NotHelpful:
		return 1
	}
	return 2
}

// decidedNow returns when a note became helpful or not helpful, NoTime also
// where it becomes so only now: before then everything is in time.
func (n *notesRun) decidedNow(item int, status scoring.Status) int32 {
	notes := n.t.Notes
	if item >= len(notes.Decided) || !n.t.HasTimes() {
		return rating.NoTime
	}
	now := [...]rating.NoteStatus{scoring.Helpful: rating.RatedHelpful, scoring.NotHelpful: rating.RatedNotHelpful}
	if sideOf(status) < 2 && item < len(notes.Verdict) && notes.Verdict[item] != now[status] {
		return rating.NoTime
	}
	return notes.Decided[item]
}

// wrote counts what contributors wrote, and says what they may do.
func (c *Contributors) wrote(n *notesRun, r *scoring.Result) {
	notes := n.t.Notes
	by := make([]author, notes.Authors.Len())
	for a := range by {
		by[a].rater = -1
		if u, ok := n.t.Raters.Find(notes.Authors.Name(int32(a))); ok {
			by[a].rater = u
		}
	}
	_, now, _ := n.t.Span()
	last := make([]int32, len(c.Enrolled)) // of the last notes, those that are not helpful
	seen := make([]int32, len(c.Enrolled))
	for item := int32(len(notes.Author)) - 1; item >= 0; item-- { // from the newest on
		if notes.Author[item] < 0 || by[notes.Author[item]].rater < 0 || n.ratings[item] == 0 {
			continue
		}
		w := &by[notes.Author[item]]
		u, side := w.rater, sideOf(r.Status[item])
		c.Notes[side][u]++
		c.Received[u] += n.ratings[item]
		w.add(n, r, item, now)
		since := c.Enrolled[u].LastOut
		if side < 2 && c.Enrolled[u].State != rating.EarnedOut &&
			(since == rating.NoTime || notes.Created[item] > since) {
			if seen[u]++; seen[u] <= lastNotes && side == 1 {
				last[u]++
			}
		}
	}
	for a := range by {
		if u := by[a].rater; u >= 0 {
			// Notes that nobody rated, or that are deleted, need more.
			for _, known := range [...][]int32{notes.Written, notes.Known} {
				if a < len(known) {
					c.Notes[2][u] = max(c.Notes[2][u], known[a]-c.Notes[0][u]-c.Notes[1][u])
				}
			}
			c.Emerging[u] = by[a].intercepts > emergingMean*float64(by[a].fitted) && by[a].recent >= emergingRate
			c.Faults[u] = by[a].worst()
		}
	}
	for u := range c.Enrolled {
		c.enroll(int32(u), last[u])
	}
}

// An author is what is said of one's notes.
type author struct {
	rater      int32 // -1 for who never rates
	fitted     int32 // notes that the core model has an intercept of
	intercepts float64
	recent     int32 // ratings of the last emergingDays
	faults     [tagKinds]int32
}

func (w *author) add(n *notesRun, r *scoring.Result, item, now int32) {
	models := DetailOf(r).Models
	for i := range models {
		if m := &models[i]; m.Name == core.name && m.Rated[item] > 0 && m.ItemIntercept[item] == m.ItemIntercept[item] {
			w.fitted++
			w.intercepts += float64(m.ItemIntercept[item])
		}
	}
	var named [tagKinds]int32
	for _, row := range n.t.ByItem().Rows(item) {
		if !n.scope.has(int(row)) {
			continue
		}
		if n.t.HasTimes() && int64(n.t.Time[row]) > int64(now)-emergingDays*86400 {
			w.recent++
		}
		for tag := range named {
			if n.t.Tags != nil {
				named[tag] += int32(n.t.Tags[row] >> (rating.TagNotHelpful + tag) & 1)
			}
		}
	}
	first, second := twoMost(&named, explainedBy)
	if second >= 0 {
		w.faults[first]++
		w.faults[second]++
	}
}

// worst returns the two faults of most notes.
func (w *author) worst() (bits [2]int8) {
	first, second := twoMost(&w.faults, 1)
	bits = [2]int8{-1, -1}
	for i, tag := range [...]int{first, second} {
		if tag >= 0 {
			bits[i] = int8(rating.TagNotHelpful + tag)
		}
	}
	return bits
}

// twoMost returns which two of the reasons why a note is not helpful count most
// and at least so much; -1 where there are not so many.
func twoMost(count *[tagKinds]int32, least int32) (first, second int) {
	order := make([]int, 0, tagKinds)
	for tag, n := range count {
		if n >= least {
			order = append(order, tag)
		}
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(count[b], count[a]),
			cmp.Compare(reasonOrder[rating.TagNotHelpful+b], reasonOrder[rating.TagNotHelpful+a]))
	})
	order = append(order, -1, -1)
	return order[0], order[1]
}

// enroll says what a contributor may do, of whose last notes some are not
// helpful.
func (c *Contributors) enroll(u, last int32) {
	e := &c.Enrolled[u]
	helpful, not, more := c.Notes[0][u], c.Notes[1][u], c.Notes[2][u]
	impact := c.Right[0][u] + c.Right[1][u] - c.Wrong[0][u] - 2*c.Wrong[1][u]
	program := e.State >= rating.APITestUser
	if !program && (e.State == rating.NewUser || e.State == rating.EarnedOutUnaware || e.State == rating.EarnedOut) &&
		impact >= e.Needed {
		e.State = rating.EarnedIn
	}
	switch writes := e.State == rating.EarnedIn || e.State == rating.AtRisk; {
	case (writes || e.State == rating.EarnedOutUnaware) && last > riskyNotes:
		e.State = rating.EarnedOutUnaware
		e.TimesOut++
	case writes && last == riskyNotes:
		e.State = rating.AtRisk
	case writes:
		e.State = rating.EarnedIn
	}
	if last > 0 && not > helpful && (e.State == rating.EarnedIn || e.State == rating.AtRisk || program) {
		e.State = rating.EarnedOutUnaware
		e.TimesOut++
	}
	if e.State != rating.EarnedOutUnaware {
		return
	}
	e.State = rating.EarnedOut
	e.Needed = rating.NeededImpact + max(0, impact)
	if net := helpful - not; net < topImpact || float64(net) < topShare*float64(max(1, helpful+not+more)) {
		e.Needed += rating.NeededImpact * max(0, e.TimesOut-1)
	}
}
