package communitynotes

import (
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring"
)

// A record is how raters' ratings agreed with the first status of items, and
// who stands above the threshold for it.
type record struct {
	agreed, valid []int32
	penalty       []float64 // agreed ratings that praise of harassment costs
	badAuthor     []bool    // writes notes that are rated not helpful
	above         []bool
}

// share returns the share of valid ratings that agreed, NaN where there are none.
func (r *record) share() []float32 {
	s := make([]float32, len(r.valid))
	for u := range s {
		s[u] = float32(r.agreed[u]) / float32(r.valid[u])
	}
	return s
}

func (r *record) judge(atLeast float64) {
	for u, n := range r.valid {
		valid, agreed := float64(n), float64(r.agreed[u])
		r.above[u] = n > 0 && !r.badAuthor[u] && agreed/valid >= atLeast && (agreed-r.penalty[u])/valid >= atLeast
	}
}

// record holds each rater's ratings against the first statuses. Ratings count
// of items that have a status, that take a side, and that were made before
// what others say could be seen.
func (n *notesRun) record() *record {
	raters := n.t.Raters.Len()
	r := &record{agreed: make([]int32, raters), valid: make([]int32, raters), penalty: make([]float64, raters),
		badAuthor: n.badAuthors(), above: make([]bool, raters)}
	for item, status := range n.firstStatus {
		if status != scoring.Helpful && status != scoring.NotHelpful {
			continue
		}
		decided := int32(rating.NoTime)
		if n.t.Notes != nil && item < len(n.t.Notes.Decided) {
			decided = n.t.Notes.Decided[item]
		}
		n.eachInTime(int32(item), decided, func(row int32) {
			l, u := level(n.t.Value[row]), n.t.Rater[row]
			if l == 1 {
				return
			}
			r.valid[u]++
			if (l == 2) == (status == scoring.Helpful) {
				r.agreed[u]++
			}
		})
	}
	r.judge(n.MinAgreement)
	return r
}

// eachInTime calls do for the ratings in scope of an item that were made before
// others' were public and before it was decided. Of old notes, whose status
// history is not complete, it is the first five.
func (n *notesRun) eachInTime(item, decided int32, do func(row int32)) {
	old := n.t.Notes != nil && n.created != nil && n.created[item] < historySince
	early := 0
	for _, row := range n.t.ByItem().Rows(item) { // in the order of time
		if !n.scope.has(int(row)) {
			continue
		}
		if n.created != nil {
			at := n.t.Time[row]
			if int64(at)-int64(n.created[item]) >= publicAfter || !old && decided != rating.NoTime && at >= decided {
				continue
			}
		}
		if early++; old && early > 5 {
			return
		}
		do(row)
	}
}

// writtenPenalty is how many helpful notes make good for a not helpful one.
const writtenPenalty = 5

// badAuthors reports of each rater whether the fitted notes that they wrote
// speak against them.
func (n *notesRun) badAuthors() []bool {
	bad := make([]bool, n.t.Raters.Len())
	notes := n.t.Notes
	if notes == nil {
		return bad
	}
	for k := range n.written {
		n.written[k] = slices.Repeat([]float32{float32(math.NaN())}, len(bad))
	}
	type written struct{ notes, balance, intercepts float64 }
	by := make([]written, notes.Authors.Len())
	for item, author := range notes.Author {
		if author < 0 || n.first.Items.Count(int32(item)) == 0 {
			continue
		}
		w := &by[author]
		w.notes++
		w.intercepts += n.firstItems[item].B
		switch n.firstStatus[item] {
		case scoring.Helpful:
			w.balance++
		case scoring.NotHelpful:
			w.balance -= writtenPenalty
		}
	}
	for author, w := range by {
		if u, ok := n.t.Raters.Find(notes.Authors.Name(int32(author))); ok && w.notes > 0 {
			n.written[0][u], n.written[1][u] = float32(w.balance/w.notes), float32(w.intercepts/w.notes)
			bad[u] = w.balance < 0 || w.intercepts/w.notes < n.MinWritten
		}
	}
	return bad
}

// From what intercept on a note is harassment, and how many agreed ratings its
// praise costs there; more in proportion to the intercept.
const (
	harassmentAt   = 2.0
	harassmentCost = 10.0
)

// penalise takes from raters' records the praise of notes that a consensus of
// those above the threshold calls harassment, and judges them anew.
func (n *notesRun) penalise(r *record) error {
	intercepts, err := n.harassment(r)
	if err != nil || intercepts == nil {
		return err
	}
	byItem := n.t.ByItem()
	for item, x := range intercepts {
		if x < harassmentAt {
			continue
		}
		for _, k := range byItem.Rows(int32(item)) {
			if u := n.t.Rater[k]; n.scope.has(int(k)) && level(n.t.Value[k]) == 2 && n.first.Has(u, int32(item)) {
				r.penalty[u] += harassmentCost * x / harassmentAt
			}
		}
	}
	r.judge(n.MinAgreement)
	return nil
}
