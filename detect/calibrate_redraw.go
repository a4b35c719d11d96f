package detect

import (
	"math/rand/v2"
	"slices"

	"github.com/ringwatch/ringwatch/detect/internal/judge"
	"github.com/ringwatch/ringwatch/detect/internal/null"
	"github.com/ringwatch/ringwatch/rating"
)

// A redrawer draws ratings from the fitted null and from tastes: raters keep how many
// ratings they gave and when, what they rated and how they voted is drawn anew.
type redrawer struct {
	*judge.Votes
	null *null.Model

	byBin     []int32 // acts, by bin
	from      []int32 // acts of bin b are byBin[from[b]:from[b+1]]
	takenBy   []int32 // per item: the last of the raters drawn for who has it
	drawing   int32   // numbers the raters drawn for
	habit     []float64
	mostHabit float64
	likes     int32     // whom the rater drawn for is like
	taste     float64   // share of choices that others made who chose the same before
	left      []bool    // per rater: whether its choices are no taste
	chosen    []int32   // what was drawn for the rater drawn for
	bend      []float64 // scratch: how much likelier viewpoint makes each level, at most 1
}

// drawTries bounds how often a draw is made again: an item that the rater has
// already, a vote that its habits reject.
const drawTries = 1000

func newRedrawer(t *rating.Table) *redrawer {
	a := null.NewActs(t)
	d := &redrawer{null: null.NewModel(a), Votes: judge.NewVotes(a, t),
		byBin: make([]int32, a.Len()), from: make([]int32, a.Bins+1), takenBy: make([]int32, a.Items)}
	d.habit, d.bend = make([]float64, d.Levels), make([]float64, d.Levels)
	for _, b := range a.Bin {
		d.from[int(b)+1]++
	}
	for b := range a.Bins {
		d.from[b+1] += d.from[b]
	}
	next := slices.Clone(d.from)
	for k, b := range a.Bin {
		d.byBin[next[b]] = int32(k)
		next[b]++
	}
	return d
}

// empty returns a table without rows for n of them, of the names given.
func (d *redrawer) empty(raters *rating.Names, n int) *rating.Table {
	t := &rating.Table{Raters: raters, Items: d.Table.Items, Scale: d.Table.Scale, Notes: d.Table.Notes,
		Rater: make([]int32, 0, n), Item: make([]int32, 0, n), Value: make([]float32, 0, n)}
	if d.Time != nil {
		t.Time = make([]int32, 0, n)
	}
	return t
}

// redraw returns the data drawn anew, with that share of choices by taste. Its rows do not
// depend on those of the table, but on what is in it.
func (d *redrawer) redraw(rng *rand.Rand, taste float64) *rating.Table {
	defer func(was float64) { d.taste = was }(d.taste)
	d.taste = taste
	t := d.empty(d.Table.Raters, d.Len())
	for u := range int32(d.Raters) {
		d.next(u)
		d.actLike(rng, t, u, u)
	}
	return t
}

// next begins to draw for a rater with the habits of u.
func (d *redrawer) next(u int32) {
	d.drawing++
	d.likes = u
	d.chosen = d.chosen[:0]
	if !d.HasValues() {
		return
	}
	clear(d.habit)
	for _, k := range d.ActsOf(u) {
		d.habit[d.Level[k]]++
	}
	d.mostHabit = 0
	for l, base := range d.LevelBase {
		d.habit[l] = (d.RaterPrior*base + d.habit[l]) / (d.RaterPrior + float64(d.CountOf(u))) / base
		d.mostHabit = max(d.mostHabit, d.habit[l])
	}
}

// actLike appends to t acts of rater as, at the times of those of u.
func (d *redrawer) actLike(rng *rand.Rand, t *rating.Table, u, as int32) {
	items := d.ItemsOf(u)
	for n, k := range d.ActsOf(u) {
		i, ok := d.choose(rng, u, int(d.Bin[k]))
		if !ok {
			if i, ok = d.free(items[n]); !ok {
				return // it has rated everything
			}
		}
		at := int32(rating.NoTime)
		if d.Time != nil {
			at = d.Time[k]
		}
		d.act(t, as, i, d.vote(rng, i), at)
		d.chosen = append(d.chosen, i)
	}
}

func (d *redrawer) act(t *rating.Table, u, i int32, value float32, at int32) {
	d.takenBy[i] = d.drawing
	t.Append(u, i, value, at)
}

// choose draws an item as somebody active in a bin chooses it, by taste or by the null,
// u's own acts left out as the fit leaves them out. It is not ok if all tries were items that the
// rater drawn for has already.
func (d *redrawer) choose(rng *rand.Rand, u int32, bin int) (i int32, ok bool) {
	if len(d.chosen) > 0 && rng.Float64() < d.taste {
		if i, ok = d.likeOthers(rng, u, bin); ok {
			return i, true
		}
	}
	for range drawTries {
		i := d.anyItem(rng, u, bin)
		if i >= 0 && d.takenBy[i] != d.drawing {
			return i, true
		}
	}
	return 0, false
}

func (d *redrawer) anyItem(rng *rand.Rand, u int32, bin int) int32 {
	x := rng.Float64()
	for l, h := range d.null.Half {
		if x -= d.null.Weight[l]; x >= 0 {
			continue
		}
		from, to := d.from[max(0, bin-h)], d.from[min(d.Bins, bin+h+1)]
		k := d.byBin[from+rng.Int32N(to-from)]
		if d.Rater[k] == u {
			return -1
		}
		return d.ItemOf(k)
	}
	return rng.Int32N(int32(d.Items))
}

// free returns item i, or the next that the rater drawn for does not have.
func (d *redrawer) free(i int32) (int32, bool) {
	for range d.Items {
		if d.takenBy[i] != d.drawing {
			return i, true
		}
		i = (i + 1) % int32(d.Items)
	}
	return 0, false
}

// vote draws the value of a rating of item i: as its crowd votes, bent by the
// habits of the rater drawn for, and by where it stands.
func (d *redrawer) vote(rng *rand.Rand, i int32) float32 {
	if !d.HasValues() {
		return d.Table.Value[0]
	}
	size := d.SizeOf(i)
	d.Bend(d.likes, i, rng.NormFloat64, d.bend)
	for tries := 1; ; tries++ {
		k := rng.Int32N(int32(d.Len()))
		if rng.Float64()*(d.ItemPrior+float64(size)) >= d.ItemPrior {
			k = d.ItemStart[i] + rng.Int32N(int32(size))
		}
		if l := d.Level[k]; rng.Float64()*d.mostHabit < d.habit[l]*d.bend[l] || tries == drawTries {
			return d.Table.Value[d.Row[k]]
		}
	}
}
