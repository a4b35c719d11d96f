package judge

import (
	"math/bits"

	"github.com/ringwatch/ringwatch/detect/internal/null"
)

const (
	outside = iota
	inside
	similar
	absent
)

// A crowd is whom a group is held against: outsiders, each weighing by how much
// more than others it is on what the members are on. So a language or a taste
// that the members share is in the background, and only what goes beyond it
// counts. The items under test are left out of the taste, or a ring's other
// members would excuse it.
type crowd struct {
	*null.Acts
	class   []uint8 // per rater: of its activity
	taste   []int32 // per rater: acts on the members' items
	few     bool    // have any, who are listed in tasted
	tasted  []int32
	counted []int32   // the items that taste is of
	share   float64   // of all acts, that are on the members' items
	all     []float64 // by bin: the weights of everybody's acts

	activity [classes][]float64 // by class of activity and bin: acts
	peers    [classes]int       // by class of activity
	unit     [classes]float64   // by class: the weight of a rater without taste
}

// classes of activity are half powers of two.
const classes = 64

func classOf(acts int) int {
	n := bits.Len(uint(acts))
	if n < 2 {
		return 2
	}
	return 2*n + acts>>(n-2)&1
}

func newCrowd(a *null.Acts) *crowd {
	c := &crowd{Acts: a, class: make([]uint8, a.Raters), taste: make([]int32, a.Raters), all: make([]float64, a.Bins)}
	for u := range int32(a.Raters) {
		class := classOf(a.CountOf(u))
		if c.class[u] = uint8(class); a.CountOf(u) == 0 {
			continue
		}
		c.peers[class]++
		if c.activity[class] == nil {
			c.activity[class] = make([]float64, a.Bins)
		}
		for _, x := range a.BinsOf(u) {
			c.activity[class][x.Bin()] += x.Count()
		}
	}
	c.weigh()
	return c
}

// gather counts the acts of everybody but those left out on the items given, those with
// a slot and hot ones left out.
func (c *crowd) gather(items, slot []int32, left ...[]int32) {
	c.forget()
	c.counted = c.counted[:0]
	acts := 0
	for _, i := range items {
		if n := c.SizeOf(i); slot[i] == 0 && n <= null.HotItem {
			c.counted = append(c.counted, i)
			acts += n
		}
	}
	distinct := 0
	if c.few = acts < c.Raters/8; c.few {
		c.list()
	} else {
		distinct = c.count()
	}
	for _, raters := range left {
		for _, u := range raters {
			if c.taste[u] > 0 {
				acts, distinct = acts-int(c.taste[u]), distinct-1
				c.taste[u] = 0
			}
		}
	}
	if !c.few && distinct < c.Raters/8 {
		clear(c.taste)
		c.few = true
		c.list()
		for _, raters := range left {
			for _, u := range raters {
				c.taste[u] = 0
			}
		}
	}
	c.share = float64(acts) / float64(max(1, c.Len()))
	c.weigh()
	c.total()
}

// forget has nobody have any taste.
func (c *crowd) forget() {
	if !c.few {
		clear(c.taste)
	}
	for _, u := range c.tasted {
		c.taste[u] = 0
	}
	c.tasted = c.tasted[:0]
}

// count counts the tastes, and who has any.
func (c *crowd) count() (distinct int) {
	for _, i := range c.counted {
		for _, u := range c.Rater[c.ItemStart[i]:c.ItemStart[i+1]] {
			n := c.taste[u]
			distinct += int(uint32(n-1) >> 31) // 1 where it is 0: no branch, as that cannot be foretold
			c.taste[u] = n + 1
		}
	}
	return distinct
}

// list counts the tastes, and lists who has any in the order of the items.
func (c *crowd) list() {
	for _, i := range c.counted {
		for _, u := range c.Rater[c.ItemStart[i]:c.ItemStart[i+1]] {
			if c.taste[u] == 0 {
				c.tasted = append(c.tasted, u)
			}
			c.taste[u]++
		}
	}
}

// weight returns what an act of u counts: its taste over what is expected of its
// activity, drawn to 1 as if one more act had been seen and expected.
func (c *crowd) weight(u int32) float64 {
	return float64(c.taste[u]+1) * c.unit[c.class[u]]
}

// weigh computes the units.
func (c *crowd) weigh() {
	for class := range c.unit {
		acts := float64(uint(2+class&1)<<(class/2)) / 4 * 1.2
		c.unit[class] = 1 / (c.share*acts + 1)
	}
}

// total sums the weights of all acts by bin.
func (c *crowd) total() {
	clear(c.all)
	for class, acts := range c.activity {
		if acts == nil {
			continue
		}
		w := c.unit[class]
		for b, n := range acts {
			c.all[b] += n * w
		}
	}
	if c.few {
		for _, u := range c.tasted {
			c.addTaste(u)
		}
		return
	}
	for u := range int32(c.Raters) { // in the order of memory, which is faster for so many
		if c.taste[u] > 0 {
			c.addTaste(u)
		}
	}
}

func (c *crowd) addTaste(u int32) {
	w := float64(c.taste[u]) * c.unit[c.class[u]]
	for _, x := range c.BinsOf(u) {
		c.all[x.Bin()] += x.Count() * w
	}
}
