package detect

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/ringwatch/ringwatch/rating"
)

// Rings to measure with, planted into data as it is.

// A Cell is rings of one size and number of targets, planted into the data.
type Cell struct {
	Size    int // raters
	Targets int // items, rated by all of them
	Planted int
	Found   int // at least half of it in one ring that is at least half of it
}

const (
	plantedShare  = .02 // of raters, that are planted at once at most, or
	plantedRaters = 40  // raters, if they are no more than
	plantedMost   = .05 // of them
	plantedRing   = .1  // of raters, that one ring has at most
	coActionSpan  = 1.5 // moments in which a planted ring acts together without values
	fewActs       = 4   // of an item, from which it tells how long items are rated
)

// plan returns the cells whose rings are planted at once: those with fewest so
// far, in their order, none beyond most.
func (d *redrawer) plan(cells []Cell, most int) (planned []int) {
	room := d.room()
	count := make([]int, len(cells))
	for c := range cells {
		count[c] = cells[c].Planted
	}
	for {
		at, least := -1, most
		for _, n := range count {
			least = min(least, n)
		}
		for c, n := range count {
			if n == least && n < most && (cells[c].Size <= room || len(planned) == 0) {
				at = c
				break
			}
		}
		if at < 0 {
			return planned
		}
		planned = append(planned, at)
		count[at]++
		room -= cells[at].Size
	}
}

// room returns how many raters may be planted at once, so that they leave the data
// what it is; one ring may always.
func (d *redrawer) room() int {
	return int(min(max(plantedShare*float64(d.Raters), plantedRaters), plantedMost*float64(d.Raters)))
}

// plant returns the data with a ring of each of the cells planned, and the
// members of each. A ring is of new raters, each of whom also acts as a random
// rater of the data might have.
func (d *redrawer) plant(rng *rand.Rand, cells []Cell, planned []int) (*rating.Table, [][]int32) {
	raters := d.Table.Raters.Clone()
	t := d.empty(raters, d.Len())
	t.Rater, t.Item, t.Value = append(t.Rater, d.Table.Rater...), append(t.Item, d.Table.Item...),
		append(t.Value, d.Table.Value...)
	if t.Time != nil {
		t.Time = append(t.Time, d.Table.Time...)
	}
	span := d.actingSpan()
	ends := [2]float32{slices.Min(d.Table.Value), slices.Max(d.Table.Value)}
	rings := make([][]int32, len(planned))
	for r, c := range planned {
		targets := d.targets(rng, cells[c].Targets)
		value := ends[rng.IntN(2)]
		for range cells[c].Size {
			u := newRater(raters)
			rings[r] = append(rings[r], u)
			like := d.anybody(rng)
			d.next(like)
			for _, k := range targets {
				at := int32(rating.NoTime)
				if d.Time != nil {
					at = int32(d.begin(k, span) + rng.Int64N(span+1))
				}
				d.act(t, u, d.ItemOf(k), value, at)
			}
			d.actLike(rng, t, like, u)
		}
	}
	return t, rings
}

// anybody returns a random rater who has acted, each as likely.
func (d *redrawer) anybody(rng *rand.Rand) int32 {
	for {
		if u := rng.Int32N(int32(d.Raters)); d.CountOf(u) > 0 {
			return u
		}
	}
}

// newRater adds a name that nobody has.
func newRater(raters *rating.Names) int32 {
	for n := raters.Len(); ; n++ {
		if u := raters.Add(fmt.Appendf(nil, "planted %d", n)); int(u) == raters.Len()-1 {
			return u
		}
	}
}

// targets draws acts on so many different items, popular ones more often: a ring
// is after what people look at, at a time when they do.
func (d *redrawer) targets(rng *rand.Rand, n int) (acts []int32) {
	seen := map[int32]bool{}
	for tries := 0; len(acts) < n; tries++ {
		k := rng.Int32N(int32(d.Len()))
		if tries > drawTries { // a few items have nearly all acts
			i := rng.Int32N(int32(d.Items))
			if d.SizeOf(i) == 0 {
				continue
			}
			k = d.ItemStart[i]
		}
		if i := d.ItemOf(k); !seen[i] {
			seen[i] = true
			acts = append(acts, k)
		}
	}
	return acts
}

// actingSpan returns the seconds over which a ring acts on a target: as long as
// the middle half of an item's ratings takes, at the median over items; of
// co-actions, seconds.
func (d *redrawer) actingSpan() int64 {
	if d.Time == nil {
		return 0
	}
	if !d.HasValues() {
		return int64(coActionSpan * d.Together)
	}
	var spans []int64
	for i := range int32(d.Items) {
		if at := d.Time[d.ItemStart[i]:d.ItemStart[i+1]]; len(at) >= fewActs {
			spans = append(spans, int64(at[len(at)*3/4])-int64(at[len(at)/4]))
		}
	}
	first, last, _ := d.Table.Span()
	if len(spans) == 0 {
		return min(86400, int64(last)-int64(first))
	}
	slices.Sort(spans)
	return spans[len(spans)/2]
}

// begin returns when a ring begins to act around act k, within the data's time.
func (d *redrawer) begin(k int32, span int64) int64 {
	first, last, _ := d.Table.Span()
	return max(int64(first), min(int64(d.Time[k])-span/2, int64(last)-span))
}
