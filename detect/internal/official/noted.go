package official

import (
	"slices"

	"github.com/ringwatch/ringwatch/rating"
)

// noted is a table as X's detectors see it.
type noted struct {
	*rating.Table
	byItem  *rating.Index
	place   []int32 // of rows: where they stand in byItem.Row
	raters  []int32 // by place
	times   []int32 // by place; nil without times
	post    []int32 // of items: what it is about, dense from 0 on; -1 for a deleted post
	posts   int
	kept    []bool  // of items: whether X rates it
	written []int32 // of items: when it was written; nil where nothing is known
	author  []int32 // of items: a rater, or raters + a number of Authors; -1 where unknown
	people  int     // raters and authors
}

// notesSince is when X began to rate notes that say no note is needed.
const notesSince = 1664755200 - 946684800

func newNoted(t *rating.Table) *noted {
	n := &noted{Table: t, byItem: t.ByItem(), place: make([]int32, t.Len()), people: t.Raters.Len()}
	n.raters = make([]int32, t.Len())
	if t.HasTimes() {
		n.times = make([]int32, t.Len())
	}
	for at, row := range n.byItem.Row {
		n.place[row], n.raters[at] = int32(at), t.Rater[row]
		if n.times != nil {
			n.times[at] = t.Time[row]
		}
	}
	items := t.Items.Len()
	n.post = make([]int32, items)
	n.kept = slices.Repeat([]bool{true}, items)
	n.author = slices.Repeat([]int32{-1}, items)
	notes := t.Notes
	known := 0 // items that the notes know
	if notes != nil {
		known = min(items, len(notes.Created))
		n.written = slices.Repeat([]int32{rating.NoTime}, items)
		copy(n.written, notes.Created)
		n.authors(known)
	}
	hasPosts := notes != nil && slices.ContainsFunc(notes.Post, func(p int64) bool { return p >= 0 })
	number := map[int64]int32{}
	for i := range items {
		switch {
		case i < known && notes.Post[i] >= 0:
			p, seen := number[notes.Post[i]]
			if !seen {
				p = int32(n.posts)
				number[notes.Post[i]] = p
				n.posts++
			}
			n.post[i] = p
		case i < known && notes.Created[i] != rating.NoTime && hasPosts:
			n.post[i] = -1
		default: // no note of X: an item is its own post
			n.post[i] = int32(n.posts)
			n.posts++
		}
		n.kept[i] = i >= known || notes.Created[i] != rating.NoTime &&
			(notes.Class[i] != rating.NotMisleading || notes.Created[i] > notesSince)
	}
	return n
}

// authors joins the people who write with those who rate.
func (n *noted) authors(known int) {
	names := n.Notes.Authors
	as := make([]int32, names.Len())
	for a := range as {
		if u, ok := n.Raters.Find(names.Name(int32(a))); ok {
			as[a] = u
		} else {
			as[a] = int32(n.Raters.Len() + a)
		}
	}
	n.people += names.Len()
	for i, a := range n.Notes.Author[:known] {
		if a >= 0 {
			n.author[i] = as[a]
		}
	}
}

// byPost returns the rows of a rater that keep takes, those of one post side by
// side.
func (n *noted) byPost(u int32, rows []int32, keep func(row int32) bool) []int32 {
	rows = rows[:0]
	for _, row := range n.ByRater().Rows(u) {
		if i := n.Item[row]; n.kept[i] && n.post[i] >= 0 && keep(row) {
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, func(a, b int32) int { return int(n.post[n.Item[a]] - n.post[n.Item[b]]) })
	return rows
}

// A tallied counts of one rater with each other the posts on which they met.
type tallied struct {
	count, last []int32 // by rater: posts, and 1 + the last of them
	touched     []int32
}

func newTallied(raters int) *tallied {
	return &tallied{count: make([]int32, raters), last: make([]int32, raters)}
}

func (t *tallied) meet(v, post int32) {
	if t.last[v] == post+1 {
		return
	}
	if t.last[v] == 0 {
		t.touched = append(t.touched, v)
	}
	t.last[v] = post + 1
	t.count[v]++
}

// each calls do for every rater met, and forgets them.
func (t *tallied) each(do func(v, posts int32)) {
	for _, v := range t.touched {
		do(v, t.count[v])
		t.count[v], t.last[v] = 0, 0
	}
	t.touched = t.touched[:0]
}

// A metPair is two raters, a < b, and on how many posts they met.
type metPair struct{ a, b, posts int32 }

// apart returns groups that share nobody, the largest first, with what shows
// each: rows are acts of members on the same items.
func (n *noted) apart(groups [][]int32, rows func(group []int32) []int32,
	evidence func(group, rows []int32) Evidence) (all []Group) {
	slices.SortStableFunc(groups, func(a, b []int32) int { return len(b) - len(a) })
	taken := make([]bool, n.Raters.Len())
	for _, g := range groups {
		g = slices.DeleteFunc(slices.Clone(g), func(u int32) bool { return taken[u] })
		if len(g) < 2 {
			continue
		}
		for _, u := range g {
			taken[u] = true
		}
		shown := rows(g)
		all = append(all, Group{Raters: g, Rows: shown, Evidence: evidence(g, shown)})
	}
	return all
}

// together returns the rows of members that another member's is beside: on
// the same item, as near says.
func (n *noted) together(group []int32, keep func(row int32) bool, near func(a, b int32) bool) []int32 {
	on := map[int32][]int32{}
	for _, u := range group {
		for _, row := range n.ByRater().Rows(u) {
			if i := n.Item[row]; n.kept[i] && n.post[i] >= 0 && keep(row) {
				on[i] = append(on[i], row)
			}
		}
	}
	var shown []int32
	for _, rows := range on {
		for _, a := range rows {
			if slices.ContainsFunc(rows, func(b int32) bool { return a != b && near(a, b) }) {
				shown = append(shown, a)
			}
		}
	}
	slices.Sort(shown)
	return shown
}
