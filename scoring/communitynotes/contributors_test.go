package communitynotes

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/scoring/internal/scoretest"
)

// TestContributorCounts compares the counts of ratings with the official ones,
// which are by the statuses of the first fit.
func TestContributorCounts(t *testing.T) {
	table := scoretest.GoldenNotes(t)
	r := &scoring.Result{Status: make([]scoring.Status, table.Items.Len())}
	for k := range r.Status {
		r.Status[k] = scoring.NeedsMore
	}
	goldenColumn(t, "core/r1_scored_notes.tsv.gz", "internalRatingStatus", table.Items, func(k int32, text string) {
		switch text { // as if no note were decided only now
		case "CURRENTLY_RATED_HELPFUL":
			r.Status[k], table.Notes.Verdict[k] = scoring.Helpful, rating.RatedHelpful
		case "CURRENTLY_RATED_NOT_HELPFUL":
			r.Status[k], table.Notes.Verdict[k] = scoring.NotHelpful, rating.RatedNotHelpful
		}
	})
	c := NewContributors(table, r)
	for column, counts := range map[string][]int32{
		"successfulRatingHelpfulCount": c.Right[0], "successfulRatingNotHelpfulCount": c.Right[1],
		"unsuccessfulRatingHelpfulCount": c.Wrong[0], "unsuccessfulRatingNotHelpfulCount": c.Wrong[1],
	} {
		seen := 0
		goldenColumn(t, "core/helpfulness.tsv.gz", column, table.Raters, func(u int32, text string) {
			if text == "" {
				return
			}
			seen++
			if want := scoretest.Number(t, text); float64(counts[u]) != want {
				t.Errorf("%s of %s is %d, officially %v", column, table.Raters.Name(u), counts[u], want)
			}
		})
		if seen < 1000 {
			t.Errorf("%s: only %d raters compared", column, seen)
		}
	}
}

// TestContributorStates goes through what contributors may do.
func TestContributorStates(t *testing.T) {
	state := func(s rating.EnrollState, needed, out int32) rating.Enrollment {
		return rating.Enrollment{State: s, Needed: needed, TimesOut: out}
	}
	for _, c := range []struct {
		name              string
		was               rating.Enrollment
		right, wrong      int32 // ratings; wrong are helpful ones of notes that are not
		helpful, not, all int32 // notes
		last              int32 // of the last notes, not helpful
		want              rating.Enrollment
	}{
		{"too new", state(rating.NewUser, 5, 0), 4, 0, 0, 0, 0, 0, state(rating.NewUser, 5, 0)},
		{"earns in", state(rating.NewUser, 5, 0), 5, 0, 0, 0, 0, 0, state(rating.EarnedIn, 5, 0)},
		{"praise of bad notes costs twice", state(rating.NewUser, 5, 0), 8, 2, 0, 0, 0, 0, state(rating.NewUser, 5, 0)},
		{"earns in again", state(rating.EarnedOut, 9, 1), 9, 0, 0, 0, 0, 0, state(rating.EarnedIn, 9, 1)},
		{"removed is for good", state(rating.Removed, 5, 0), 50, 0, 9, 0, 9, 0, state(rating.Removed, 5, 0)},
		{"programs rate for nothing", state(rating.APITestUser, 5, 0), 50, 0, 0, 0, 0,
			0, state(rating.APITestUser, 5, 0)},
		{"two of five are not helpful", state(rating.EarnedIn, 5, 0), 0, 0, 3, 2, 5, 2, state(rating.AtRisk, 5, 0)},
		{"stays at risk", state(rating.AtRisk, 5, 0), 0, 0, 3, 2, 5, 2, state(rating.AtRisk, 5, 0)},
		{"recovers", state(rating.AtRisk, 5, 0), 0, 0, 4, 1, 5, 1, state(rating.EarnedIn, 5, 0)},
		{"three of five", state(rating.EarnedIn, 5, 0), 3, 0, 4, 3, 7, 3, state(rating.EarnedOut, 8, 1)},
		{"three of five, once more", state(rating.AtRisk, 5, 2), 3, 1, 4, 3, 7, 3, state(rating.EarnedOut, 5+1+10, 3)},
		{"a top writer pays once", state(rating.AtRisk, 5, 2), 3, 0, 20, 3, 100, 3, state(rating.EarnedOut, 8, 3)},
		{"not so with few hits", state(rating.AtRisk, 5, 2), 3, 0, 20, 3, 1000, 3, state(rating.EarnedOut, 18, 3)},
		{"more bad notes than good, and a new one", state(rating.EarnedIn, 5, 0), 0, 0, 1, 2, 9, 1,
			state(rating.EarnedOut, 5, 1)},
		{"and no new one", state(rating.EarnedIn, 5, 0), 0, 0, 1, 2, 9, 0, state(rating.EarnedIn, 5, 0)},
		{"a program too", state(rating.APIEarnedIn, 5, 0), 0, 0, 0, 1, 9, 1, state(rating.EarnedOut, 5, 1)},
		{"who is out stays out", state(rating.EarnedOut, 9, 1), 8, 0, 0, 3, 9, 0, state(rating.EarnedOut, 9, 1)},
		{"who was out and not told is told", state(rating.EarnedOutUnaware, 9, 1), 8, 0, 0, 0, 9,
			0, state(rating.EarnedOut, 5+8, 1)},
	} {
		one := func(n int32) []int32 { return []int32{n} }
		x := &Contributors{Right: [2][]int32{one(c.right), one(0)}, Wrong: [2][]int32{one(0), one(c.wrong)},
			Notes:    [3][]int32{one(c.helpful), one(c.not), one(c.all - c.helpful - c.not)},
			Enrolled: []rating.Enrollment{c.was}}
		x.enroll(0, c.last)
		if x.Enrolled[0] != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, x.Enrolled[0], c.want)
		}
	}
}

// TestContributors counts what one writer and one rater do.
func TestContributors(t *testing.T) {
	authors := rating.NewNames()
	authors.Add([]byte("r1"))
	const day = 86400
	base := int32(800000000)
	table := &rating.Table{Raters: rating.Numbered("r", 3), Items: rating.Numbered("", 4), Scale: rating.Scale{Max: 1},
		Tags: []uint32{}}
	table.Notes = &rating.Notes{Author: []int32{0, 0, 0, 0}, Authors: authors, Written: []int32{6}, Known: []int32{7},
		Created: []int32{base, base + day, base + 2*day, base + 3*day}, Class: make([]rating.NoteClass, 4),
		Decided: []int32{base + 10, base + day + 10, rating.NoTime, rating.NoTime},
		Verdict: []rating.NoteStatus{rating.RatedNotHelpful, rating.RatedNotHelpful, 0, 0}}
	wrong := uint32(1<<tagIncorrect | 1<<tagHard)
	for _, x := range []struct {
		rater, item, after int32
		value              float32
		tags               uint32
	}{
		{1, 0, 5, 0, wrong}, {2, 0, 20, 0, wrong}, // the second is late
		{1, 1, 5, 1, 0}, {2, 1, 20, 0, wrong}, // helpful from now on, so that nobody was late
		{1, 2, 5, 1, 0}, {2, 2, 3 * day, 0, wrong}, // the second is after two days
		{1, 3, 5, 0.5, 0},
	} {
		table.Append(x.rater, x.item, x.value, table.Notes.Created[x.item]+x.after)
		table.Tags[table.Len()-1] = x.tags
	}
	high := []float32{0.5, 0.5, 0.2, 0.2}
	c := NewContributors(table, &scoring.Result{Status: []scoring.Status{scoring.NotHelpful, scoring.Helpful,
		scoring.NotHelpful, scoring.NeedsMore},
		Detail: &Detail{Models: []Model{{Name: core.name, ItemIntercept: high, Rated: []int32{2, 2, 2, 1}}}}})
	got := [][]int32{c.Right[0], c.Right[1], c.Wrong[0], c.Wrong[1], c.Waiting, c.InTime, c.Late, c.Notes[0],
		c.Notes[1], c.Notes[2], c.Received}
	want := [][]int32{{0, 1, 0}, {0, 1, 0}, {0, 0, 1}, {0, 1, 0}, {0, 1, 0}, {0, 4, 1}, {0, 0, 1}, {1, 0, 0}, {2, 0, 0},
		{4, 0, 0}, {7, 0, 0}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if c.Faults[0] != [2]int8{tagHard, tagIncorrect} || c.Faults[1] != [2]int8{-1, -1} {
		t.Errorf("faults %v", c.Faults)
	}
	if c.Emerging[0] { // mean 0.35, but 7 ratings
		t.Error("emerges on seven ratings")
	}
	if c.Enrolled[0].State != rating.NewUser {
		t.Errorf("%+v", c.Enrolled[0])
	}
	// A defence may leave a note without the ratings that the table has.
	c = NewContributors(table, &scoring.Result{Status: []scoring.Status{scoring.Unrated, scoring.Helpful,
		scoring.NotHelpful, scoring.Unrated}})
	if d := cmp.Diff([][]int32{{0, 2, 0}, {1, 0, 0}, {1, 0, 0}, {5, 0, 0}},
		[][]int32{c.Waiting, c.Notes[0], c.Notes[1], c.Notes[2]}); d != "" {
		t.Error(d)
	}
	if NewContributors(&rating.Table{Raters: table.Raters, Items: table.Items}, &scoring.Result{}) != nil {
		t.Error("contributors without notes")
	}
}
