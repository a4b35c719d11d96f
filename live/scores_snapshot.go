package live

import (
	"errors"
	"fmt"

	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring"
)

// ScoresFile has the last fit, and the ratings that it is of, so that after a restart scores are
// there at once, and what the journal has from then on moves them. It can be thrown away: a fit
// follows from the journal.
const ScoresFile = "scores.snapshot"

const scoresMark = "ringwatch scores 1\n"

// scoresHead is what a fit has one of.
type scoresHead struct {
	place
	Options    string       `json:"options"`
	Columns    columns      `json:"columns"`
	Scale      rating.Scale `json:"scale"`
	Iterations int          `json:"iterations"`
}

// settings are what a fit depends on beside the journal.
func (s *State) settings() string {
	o := s.options
	return fmt.Sprintf("%s %+v", s.scorer.Name(), s.scorer) +
		fmt.Sprint(s.seed, o.Columns, o.Scale, o.Missing, o.Times, o.Repeats, o.Notes, o.Texts)
}

// unsaved keeps why there is no snapshot for who asks.
func (s *State) unsaved(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.count.Unsaved = ""; err != nil {
		s.count.Unsaved = fmt.Sprintf("%s: %v", ScoresFile, err)
	}
}

// save keeps a fit, whole or not at all.
func (s *State) save(b *base) error {
	t, r := b.ratings, b.result
	h := scoresHead{b.place, s.settings(), b.columns, t.Scale, r.Iterations}
	return saveWhole(s.journal.dir, ScoresFile, scoresMark, h, func(w *snapshotWriter) {
		for _, names := range []*rating.Names{t.Raters, t.Items} {
			saveNames(w, names.Len(), func(k int) string { return names.Name(int32(k)) })
		}
		save(w, t.Rater)
		save(w, t.Item)
		save(w, t.Value)
		for _, column := range fitted(r) {
			save(w, *column)
		}
		save(w, r.Status)
		save(w, r.ItemRatings)
		save(w, r.RaterRatings)
		save(w, []float64{r.Mu, r.Loss, r.Move, r.ItemRidge[0], r.ItemRidge[1], r.Reweighed[0], r.Reweighed[1]})
	})
}

// fitted are the columns of a result, nothing where a scorer has no notion of one.
func fitted(r *scoring.Result) []*[]float32 {
	return []*[]float32{&r.Item, &r.ItemIntercept, &r.ItemFactor, &r.Rater, &r.RaterIntercept, &r.RaterFactor}
}

// load goes on from the last fit, and hears what the journal has from then on; where there is none
// that fits, why is told.
func (s *State) load() {
	t, r := &rating.Table{Raters: rating.NewNames(), Items: rating.NewNames()}, &scoring.Result{}
	var h scoresHead
	there, err := restoreWhole(s.journal.dir, ScoresFile, scoresMark, &h, func() error {
		if h.Options != s.settings() {
			return errors.New("it was made with other options")
		}
		return s.journal.knows(h.place)
	}, func(in *snapshotReader) { restoreScores(in, t, r) })
	var b *base
	if there {
		b, err = s.goOn(h, t, r)
	}
	if s.unsaved(err); b == nil {
		return
	}
	s.base, s.count.FitSweeps = b, h.Iterations
	if err := s.catchUp(b); err != nil {
		s.unsaved(err)
	}
	b.lines = s.journal.Ratings()
}

func (s *State) goOn(h scoresHead, t *rating.Table, r *scoring.Result) (*base, error) {
	t.Scale, r.Iterations = h.Scale, h.Iterations
	b := s.newBase(h.place, t, h.Columns)
	b.result = r
	var err error
	b.moving, err = scoring.Follow(s.scorer, scoring.Input{Ratings: t, Seed: s.seed}, r)
	if err != nil {
		return nil, err
	}
	return b, nil
}

func restoreScores(in *snapshotReader, t *rating.Table, r *scoring.Result) {
	for _, names := range []*rating.Names{t.Raters, t.Items} {
		restoreNames(in, func(name []byte) { names.Add(name) })
	}
	restore(in, &t.Rater)
	restore(in, &t.Item)
	restore(in, &t.Value)
	for _, column := range fitted(r) {
		if restore(in, column); len(*column) == 0 { // as of a scorer that has no notion of it
			*column = nil
		}
	}
	restore(in, &r.Status)
	restore(in, &r.ItemRatings)
	restore(in, &r.RaterRatings)
	var of []float64
	if restore(in, &of); len(of) != 7 {
		in.failed = errors.New("a fit has other numbers")
		return
	}
	r.Mu, r.Loss, r.Move, r.ItemRidge, r.Reweighed = of[0], of[1], of[2], [2]float64(of[3:5]), [2]float64(of[5:7])
}
