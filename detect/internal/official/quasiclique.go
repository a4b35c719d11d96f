package official

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/rating"
)

// QuasiClique has the options of detect.QuasiClique, whose comment says how groups
// grow.
type QuasiClique struct {
	SeedPosts, MinPosts         int
	MinShare                    float64
	MinRaters, MaxRaters, Weeks int
}

const cliqueLeast = 4 // members, or all, that make an action the group's, as X has it

// Find returns the groups, a rater in several being in the largest; how many groups
// there are, and how many of these MaxRaters kept from growing.
func (d *QuasiClique) Find(ctx context.Context, t *rating.Table,
	progress Progress) (all []Group, grown, full int, err error) {
	n := newNoted(t)
	c := d.newClique(n)
	groups, full, err := d.grow(ctx, c, progress)
	if err != nil {
		return nil, 0, 0, err
	}
	rows := func(g []int32) []int32 {
		return n.together(g, func(row int32) bool { return c.action[row] >= 0 },
			func(a, b int32) bool { return n.Value[a] == n.Value[b] })
	}
	all = n.apart(groups, rows, func(g, shown []int32) Evidence {
		return Evidence{Measure: "same ratings", Unit: "ratings that another member gave the same note",
			Observed: float64(len(shown)), Rows: shown,
			Expected: c.expected(g), Note: "expected as if each chose at random among all ratings of these weeks; " +
				"like-minded raters share more"}
	})
	return all, len(groups), full, nil
}

// Groups returns the groups, each ascending, in the order in which they are
// found. They may overlap.
func (d *QuasiClique) Groups(ctx context.Context, t *rating.Table) ([][]int32, error) {
	groups, _, err := d.grow(ctx, d.newClique(newNoted(t)), nil)
	return groups, err
}

// recent returns which rows count: of notes that say a post is misleading, and
// are new enough.
func (d *QuasiClique) recent(n *noted) func(row int32) bool {
	since := int64(math.MinInt64)
	if len(n.written) > 0 && d.Weeks > 0 {
		since = int64(slices.Max(n.written)) - int64(d.Weeks)*7*86400
	}
	return func(row int32) bool {
		i := n.Item[row]
		return (n.written == nil || n.written[i] == rating.NoTime || int64(n.written[i]) > since) &&
			(n.Notes == nil || int(i) >= len(n.Notes.Class) || n.Notes.Class[i] != rating.NotMisleading)
	}
}

// A clique is what is known while groups grow: actions are of a note and a
// value, numbered so that those of one note follow each other.
type clique struct {
	*noted
	action []int32   // of rows; -1 if it does not count
	by     [][]int32 // of actions: raters, ascending
	of     [][]int32 // of raters: actions, those of one post side by side
	about  []int32   // of actions: post
	rank   []int32   // of raters: by when they first acted, which decides between equals

	count   []int32 // of actions: members
	inside  []bool  // of raters
	touched []int32 // actions that a member did
	tally   *tallied
}

func (d *QuasiClique) newClique(n *noted) *clique {
	c := &clique{noted: n, action: make([]int32, n.Len()), of: make([][]int32, n.Raters.Len()),
		inside: make([]bool, n.Raters.Len()), tally: newTallied(n.Raters.Len())}
	recent := d.recent(n)
	for i := range int32(n.Items.Len()) {
		values := map[float32]int32{}
		for _, row := range n.byItem.Rows(i) {
			c.action[row] = -1
			if !n.kept[i] || n.post[i] < 0 || !recent(row) {
				continue
			}
			a, seen := values[n.Value[row]]
			if !seen {
				a = int32(len(c.by))
				values[n.Value[row]] = a
				c.by, c.about = append(c.by, nil), append(c.about, n.post[i])
			}
			c.action[row] = a
			c.by[a] = append(c.by[a], n.Rater[row])
		}
	}
	for _, raters := range c.by {
		slices.Sort(raters)
	}
	var rows []int32
	for u := range c.of {
		rows = n.byPost(int32(u), rows, func(row int32) bool { return c.action[row] >= 0 })
		for _, row := range rows {
			c.of[u] = append(c.of[u], c.action[row])
		}
	}
	c.count = make([]int32, len(c.by))
	c.rank = c.byFirstAct()
	return c
}

// byFirstAct ranks raters by the time of their first act that counts. X's code
// leaves ties to an unstable sort of rows in the order of its files; this is
// near to what comes of it, and the same in any order of rows.
func (c *clique) byFirstAct() []int32 {
	first, order := make([]int32, len(c.of)), make([]int32, len(c.of))
	for u := range first {
		order[u] = int32(u)
		first[u] = math.MaxInt32
		for _, row := range c.ByRater().Rows(int32(u)) {
			if c.action[row] >= 0 && c.HasTimes() {
				first[u] = min(first[u], c.Time[row])
			}
		}
	}
	slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(first[a], first[b]) })
	rank := make([]int32, len(order))
	for k, u := range order {
		rank[u] = int32(k)
	}
	return rank
}

// expected returns how many acts of members another member would share, did
// each choose at random among all acts.
func (c *clique) expected(group []int32) (sum float64) {
	all, members := 0.0, 0.0
	for _, raters := range c.by {
		all += float64(len(raters))
	}
	for _, u := range group {
		members += float64(len(c.of[u]))
	}
	for _, u := range group {
		for _, a := range c.of[u] {
			sum += -math.Expm1(-(members - float64(len(c.of[u]))) * float64(len(c.by[a])) / all)
		}
	}
	return sum
}

// grow returns the groups, and how many of them MaxRaters kept from growing.
func (d *QuasiClique) grow(ctx context.Context, c *clique, progress Progress) (groups [][]int32, full int, err error) {
	// A pair cannot agree on more posts than either rated.
	busy := func(u int32) bool { return len(c.of[u]) > d.SeedPosts }
	seeds, err := c.pairs(ctx, func(row int32) bool {
		return c.action[row] >= 0 && busy(c.Rater[row])
	}, func(row int32) []int32 {
		by := c.by[c.action[row]]
		from, _ := slices.BinarySearch(by, c.Rater[row]+1)
		return by[from:]
	}, func(a, b, posts int32) bool { return int(posts) > d.SeedPosts }, progress)
	if err != nil {
		return nil, 0, err
	}
	for i, s := range seeds {
		if c.rank[s.a] > c.rank[s.b] {
			seeds[i].a, seeds[i].b = s.b, s.a
		}
	}
	slices.SortFunc(seeds, func(x, y metPair) int {
		return cmp.Or(cmp.Compare(y.posts, x.posts), cmp.Compare(c.rank[x.a], c.rank[y.a]),
			cmp.Compare(c.rank[x.b], c.rank[y.b]))
	})
	used := make([]bool, c.Raters.Len())
	for i, s := range seeds {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		if used[s.a] || used[s.b] {
			continue
		}
		if progress != nil {
			progress("growing groups", i, len(seeds))
		}
		g := d.growOne(c, s)
		for _, u := range g {
			used[u] = true
		}
		if len(g) >= d.MinRaters {
			if len(g) >= 2+d.MaxRaters {
				full++
			}
			slices.Sort(g)
			groups = append(groups, g)
		}
	}
	return groups, full, nil
}

// growOne grows a seed.
func (d *QuasiClique) growOne(c *clique, seed metPair) []int32 {
	g := []int32{seed.a, seed.b}
	c.add(seed.a)
	c.add(seed.b)
	for len(g) < 2+d.MaxRaters {
		u := c.nearest(d.need(len(g)))
		if u < 0 {
			break
		}
		c.add(u)
		if !d.dense(c, append(g, u)) {
			c.remove(u)
			break
		}
		g = append(g, u)
	}
	for _, u := range g {
		c.inside[u] = false
	}
	for _, a := range c.touched {
		c.count[a] = 0
	}
	c.touched = c.touched[:0]
	return g
}

// need is how many members make an action the group's.
func (d *QuasiClique) need(members int) int32 {
	return int32(math.Ceil(max(d.MinShare*float64(members), float64(min(members, cliqueLeast)))))
}

func (c *clique) add(u int32) {
	c.inside[u] = true
	for _, a := range c.of[u] {
		if c.count[a] == 0 {
			c.touched = append(c.touched, a)
		}
		c.count[a]++
	}
}

func (c *clique) remove(u int32) {
	c.inside[u] = false
	for _, a := range c.of[u] {
		c.count[a]--
	}
}

// nearest returns the outsider on most posts of the group's actions, of equal
// ones who acted last; -1 if there is none.
func (c *clique) nearest(need int32) int32 {
	slices.Sort(c.touched)
	c.touched = slices.Compact(c.touched)
	var actions []int32
	for _, a := range c.touched {
		if c.count[a] >= need {
			actions = append(actions, a)
		}
	}
	slices.SortStableFunc(actions, func(a, b int32) int { return cmp.Compare(c.about[a], c.about[b]) })
	for _, a := range actions {
		for _, u := range c.by[a] {
			if !c.inside[u] {
				c.tally.meet(u, c.about[a])
			}
		}
	}
	best, most := int32(-1), int32(0)
	c.tally.each(func(u, posts int32) {
		if posts > most || posts == most && c.rank[u] > c.rank[best] {
			best, most = u, posts
		}
	})
	return best
}

// dense reports whether the group shares enough posts and no member who takes
// part in any takes part in too few.
func (d *QuasiClique) dense(c *clique, g []int32) bool {
	need, posts := d.need(len(g)), map[int32]bool{}
	for _, u := range g {
		for _, a := range c.of[u] {
			if c.count[a] >= need {
				posts[c.about[a]] = true
			}
		}
	}
	if len(posts) < d.MinPosts {
		return false
	}
	for _, u := range g {
		own, last := 0, int32(-1)
		for _, a := range c.of[u] {
			if c.count[a] >= need && c.about[a] != last {
				own++
				last = c.about[a]
			}
		}
		if own > 0 && float64(own) < d.MinShare*float64(len(posts)) {
			return false
		}
	}
	return true
}
