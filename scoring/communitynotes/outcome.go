package communitynotes

import (
	"cmp"
	"slices"

	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring/internal/fit"
)

// The rules on the outcome of all models.

// sampled takes back what raters who were asked at random do not find helpful.
func (j *joined) sampled() error {
	n := j.core
	if n.t.Tags == nil {
		return nil
	}
	m, err := n.sampledRatings()
	if err != nil {
		return err
	}
	items := n.fitItems(m, n.mu, sampledRidge)
	for k, status := range j.official {
		if status != ratedHelpful || n.foreign[k] || m.Items.Count(int32(k)) < sampledLeast {
			continue
		}
		c := camps(m.Items.Of(int32(k)), n.raters)
		x := items[k].B
		if min(c[0].ratings, c[1].ratings) >= sampledSide && x < sampledBelow &&
			float64(j.r.ItemIntercept[k])-x >= sampledGap {
			j.decide(k, needsMore, "PopulationSampledIntercept")
		}
	}
	return m.GiveBack()
}

// sampledRatings returns the ratings of the last fit by raters asked at random.
func (n *notesRun) sampledRatings() (*fit.Matrix, error) {
	return n.finalRatings(func(k int) bool { return n.t.Tags[k]>>rating.TagSampled&1 == 1 })
}

const stableAfter = 3600 // seconds

// stable holds back what is newly helpful. What nearly is stays helpful where
// it was, and is not helpful where it was not.
func (j *joined) stable() {
	notes := j.in.Ratings.Notes
	_, now, ok := j.in.Ratings.Span()
	if notes == nil || !ok || !slices.ContainsFunc(notes.Status,
		func(s rating.NoteStatus) bool { return s != rating.NoStatus }) {
		return // without a history everything would be new
	}
	const by = "NmrDueToMinStableCrhTime"
	for k, status := range j.official {
		if k >= len(notes.Status) || !raises(status) {
			continue
		}
		was, held := notes.Status[k] == rating.RatedHelpful, int32(rating.NoTime)
		if k < len(notes.Held) {
			held = notes.Held[k]
		}
		switch lasted := held != rating.NoTime && int64(now)-int64(held) > stableAfter; {
		case was && status == needsYourHelp:
			j.decide(k, ratedHelpful, by)
		case !was && !(lasted && status == ratedHelpful):
			j.decide(k, needsMore, by)
		}
	}
}

// lock keeps statuses that may not change any more.
func (j *joined) lock() {
	if j.in.Ratings.Notes == nil {
		return
	}
	for k, status := range j.in.Ratings.Notes.Locked {
		if k >= len(j.official) || status == rating.NoStatus {
			continue
		}
		locked := [...]string{rating.NeedsMoreRatings: needsMore, rating.RatedHelpful: ratedHelpful,
			rating.RatedNotHelpful: ratedNotHelpful}[status]
		if locked != j.official[k] {
			j.decide(k, locked, "ScoringDriftGuard")
		}
	}
}

// A status needs two reasons that two ratings each name.
const explainedBy = 2

// reasonOrder says which of equally frequent reasons comes first: the larger.
var reasonOrder = [rating.TagSampled]int8{0, 8, 7, 3, 4, 2, 5, 6, 1, 0, 8, 2, 4, 5, 12, 10, 7, 9, 11, 1, 3, 6}

// explain finds the reasons that raters give for a status, and takes it back
// where there are no two.
func (j *joined) explain() {
	t := j.in.Ratings
	if t.Tags == nil {
		return
	}
	byItem := t.ByItem()
	j.r.Reasons = slices.Repeat([][2]int8{{-1, -1}}, len(j.official))
	for k, status := range j.official {
		first, last := 0, rating.TagNotHelpful
		if status == ratedNotHelpful {
			first, last = rating.TagNotHelpful, rating.TagSampled
		} else if status != ratedHelpful {
			continue
		}
		var named [rating.TagSampled]int
		for _, row := range byItem.Rows(int32(k)) {
			for tag := first; tag < last && j.in.WeightOf(t.Rater[row]) > 0; tag++ {
				named[tag] += int(t.Tags[row] >> tag & 1)
			}
		}
		var reasons []int8
		for tag := first; tag < last; tag++ {
			if named[tag] >= explainedBy {
				reasons = append(reasons, int8(tag))
			}
		}
		if len(reasons) < explainedBy {
			j.decide(k, needsMore, "InsufficientExplanation")
			continue
		}
		slices.SortFunc(reasons, func(a, b int8) int {
			return cmp.Or(cmp.Compare(named[b], named[a]), cmp.Compare(reasonOrder[b], reasonOrder[a]))
		})
		j.r.Reasons[k] = [2]int8(reasons)
	}
}
