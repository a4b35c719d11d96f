package simulate

import (
	"slices"

	"github.com/ringwatch/ringwatch/rating"
)

// Publish adds what Community Notes publishes beside ratings where the world
// lacks it: authors, times and posts of items, modeling groups of raters by
// their language, and, in an organic world, the raters' reasons as tags. Who
// wrote an item is drawn among the active raters of its side who did not rate
// it. None of it changes a rating.
func (w *World) Publish() {
	t := w.Ratings
	if t.Tags == nil && w.Quality != nil && !t.Scale.Unary() {
		t.Tags = make([]uint32, t.Len())
		for k := range t.Tags {
			u := t.Rater[k]
			t.Tags[k] = w.reasons(u, t.Item[k], t.Value[k], w.Brigade[u] == 0)
		}
	}
	if t.Notes != nil {
		return
	}
	items := t.Items.Len()
	n := &rating.Notes{Created: w.created(), Author: make([]int32, items), Authors: rating.NewNames(),
		Post:   make([]int64, items),
		Class:  make([]rating.NoteClass, items),
		Status: slices.Repeat([]rating.NoteStatus{rating.NeedsMoreRatings}, items),
		Locked: make([]rating.NoteStatus, items), Decided: slices.Repeat([]int32{rating.NoTime}, items),
		Held: slices.Repeat([]int32{rating.NoTime}, items), Group: make([]int8, t.Raters.Len())}
	post := int64(0)
	for i := range n.Author {
		writer, known := w.wrote[int32(i)]
		if !known {
			writer = w.writer(int32(i))
		}
		n.Author[i] = n.Authors.Add([]byte(t.Raters.Name(writer)))
		if mix(uint64(i))%4 > 0 || i == 0 { // one in four is a second note on a post
			post++
		}
		n.Post[i] = post
	}
	for u := range n.Group {
		n.Group[u] = w.group(int32(u))
	}
	t.Notes, w.ownNotes = n, true
}

// created returns when each item appeared, or had its first rating.
func (w *World) created() []int32 {
	if w.Born != nil {
		return slices.Clone(w.Born)
	}
	t := w.Ratings
	at := slices.Repeat([]int32{rating.NoTime}, t.Items.Len())
	if t.HasTimes() {
		for k, i := range t.Item {
			if at[i] == rating.NoTime || t.Time[k] < at[i] {
				at[i] = t.Time[k]
			}
		}
	}
	return at
}

// writer draws a rater with a rating of another item, one of the item's side if
// that is known.
func (w *World) writer(item int32) (u int32) {
	t := w.Ratings
	if w.Honest == 0 {
		return 0
	}
	draw := mix(uint64(item) ^ w.salt())
	for range 50 {
		draw = mix(draw)
		u = t.Rater[draw%uint64(w.Honest)]
		strange := w.Viewpoint != nil && w.Viewpoint[u]*w.Side[item] < 0
		if !strange && !slices.ContainsFunc(t.ByRater().Rows(u), func(row int32) bool { return t.Item[row] == item }) {
			return u
		}
	}
	return u
}

// groupOf is the modeling group of a language: the largest group has the most
// common one, the others are of the core, too.
var groupOf = [...]int8{13, 1, 2, 3, 6, 8, 9, 10}

// lastGroup is the highest number of a modeling group.
const lastGroup = 33

// group returns the modeling group of a rater: that of the language of most items
// it rated.
func (w *World) group(u int32) int8 {
	m, organic := w.stage.(*market)
	if !organic {
		return groupOf[0]
	}
	var spoken [len(groupOf)]int
	most := 0
	for _, row := range w.Ratings.ByRater().Rows(u) {
		l := int(m.language[w.Ratings.Item[row]])
		if spoken[l]++; spoken[l] > spoken[most] {
			most = l
		}
	}
	if most < len(m.o.Groups) {
		return int8(m.o.Groups[most])
	}
	return groupOf[most]
}

// salt makes draws of two worlds differ.
func (w *World) salt() uint64 {
	t := w.Ratings
	h := uint64(w.Honest)
	for k := range min(64, w.Honest) {
		h = mix(h ^ uint64(t.Rater[k])<<32 ^ uint64(t.Item[k]))
	}
	return h
}

// write records who wrote an item.
func (b *brigade) write(item, rater int32) {
	if b.wrote == nil {
		b.World.wrote = make(map[int32]int32)
	}
	b.wrote[item] = rater
	if n := b.notes(); n != nil {
		n.Author[item] = n.Authors.Add([]byte(b.Ratings.Raters.Name(rater)))
	}
}

// notes returns the world's own copy of what is published beside its ratings,
// or nil.
func (w *World) notes() *rating.Notes {
	n := w.Ratings.Notes
	if n == nil || w.ownNotes {
		return n
	}
	own := *n
	own.Author, own.Authors, own.Group = slices.Clone(n.Author), n.Authors.Clone(), slices.Clone(n.Group)
	w.Ratings.Notes, w.ownNotes = &own, true
	return &own
}

// append adds a rating of an account, with reasons such as others give. What an
// account that acts again rated before it leaves alone.
func (b *brigade) append(rater, item int32, value float32, t int32) {
	if b.done != nil {
		if pair := [2]int32{rater, item}; b.done[pair] {
			return
		} else {
			b.done[pair] = true
		}
	}
	b.Ratings.Append(rater, item, value, t)
	if tags := b.Ratings.Tags; tags != nil {
		tags[len(tags)-1] = b.reasons(b.ordinal(rater), item, value, false)
	}
}

// ordinal is a number of a member that does not depend on other brigades.
func (b *brigade) ordinal(rater int32) int32 {
	if int(rater) < b.Raters || b.done != nil {
		return rater
	}
	return rater - b.base
}

// Shares of the reasons in the order of rating.TagNames, in hundredths: why an
// item is helpful, why one of low quality is not, and why any other is not. They
// are made up.
var (
	whyHelpful = cumulate([]float64{3, 15, 22, 4, 22, 8, 12, 10, 4})
	whyPoor    = cumulate([]float64{5, 30, 25, 6, 12, 2, 3, 4, 2, 1, 6, 2, 2})
	whyNot     = cumulate([]float64{5, 5, 6, 22, 6, 1, 2, 20, 5, 1, 3, 14, 10})
)

const (
	poor       = -.7 // quality below which items are found wrong and not just disagreeable
	askedShare = .05 // of raters who were asked as one of a random sample
)

// reasons returns the tags that a rater gives an item, the same at each call. Some of
// those who can be asked as a part of a random sample are. Where nobody knows what
// items are worth they are those of another rating of the item with the same value.
func (w *World) reasons(rater, item int32, value float32, asked bool) (tags uint32) {
	draw := mix(uint64(rater)<<32 | uint64(item))
	next := func() float64 {
		draw = mix(draw)
		return float64(draw>>11) / (1 << 53)
	}
	if w.Quality == nil {
		return w.borrowed(item, value, next)
	}
	give := func(share []float64, first int) {
		for chance := .95; next() < chance; chance /= 2 {
			x, k := next()*share[len(share)-1], 0
			for share[k+1] <= x {
				k++
			}
			tags |= 1 << (first + k)
		}
	}
	if value > .25 {
		give(whyHelpful, 0)
	}
	switch {
	case value > .75:
	case w.Quality[item] < poor:
		give(whyPoor, rating.TagNotHelpful)
	default:
		give(whyNot, rating.TagNotHelpful)
	}
	if next() < askedShare && asked {
		tags |= 1 << rating.TagSampled
	}
	return tags
}

func (w *World) borrowed(item int32, value float32, next func() float64) uint32 {
	t := w.honest()
	rows := t.ByItem().Rows(item)
	for range min(20, len(rows)) {
		if row := rows[int(next()*float64(len(rows)))]; t.Value[row] == value {
			return t.Tags[row] &^ (1 << rating.TagSampled)
		}
	}
	return 0
}
