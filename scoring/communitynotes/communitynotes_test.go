package communitynotes

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/scoring/internal/scoretest"
)

// TestCommunityNotesIsCore where there is nothing but ratings.
func TestCommunityNotesIsCore(t *testing.T) {
	in := scoring.Input{Ratings: scoretest.Synthetic(1, 300, 120, 9000)}
	s := New()
	s.Gaussian = false
	got, want := tell(t, s, in), tell(t, NewCore(), in)
	got.DecidedBy, got.Official = nil, nil
	if d := cmp.Diff(want, got, equalNaNs); d != "" {
		t.Error(d)
	}
}

// TestCommunityNotesModels gives half of the raters to an expansion group: what
// only they rate is decided by expansion, the remainder by the core.
func TestCommunityNotesModels(t *testing.T) {
	in := scoring.Input{Ratings: scoretest.Tagged(1, 300, 120, 9000)}
	notes := in.Ratings.Notes
	for u := range notes.Group {
		notes.Group[u] = []int8{13, 4}[u%2]
	}
	in.Ratings = in.Ratings.Select(func(k int) bool { return in.Ratings.Item[k]%3 > 0 || in.Ratings.Rater[k]%2 == 1 })
	r := tell(t, New(), in)
	by := map[string]int{}
	for n, name := range r.DecidedBy {
		by[name]++
		if n%3 == 0 && (name == "CoreModel" || r.ItemRatings[n] >= 20 && math.IsNaN(float64(r.Item[n]))) {
			t.Errorf("item %d, which no core rater rated, has score %v by %s", n, r.Item[n], name)
		}
	}
	if by["CoreModel"] < 30 || by["ExpansionModel"]+by["MultiGroupModel01"] < 20 {
		t.Errorf("items by what decided them: %v", by)
	}
	t.Log(by)
}

// TestCommunityNotesRules: locked statuses stay, and those that raters give no
// reasons for do not.
func TestCommunityNotesRules(t *testing.T) {
	in := scoring.Input{Ratings: scoretest.Tagged(1, 300, 120, 9000)}
	core := tell(t, NewCore(), in)
	helpful := int32(slices.Index(core.Status, scoring.Helpful))
	bare := tell(t, New(), in)
	if bare.Status[helpful] != scoring.NeedsMore || bare.DecidedBy[helpful] != "InsufficientExplanation" {
		t.Errorf("without any helpful tags item %d is %v by %s", helpful, bare.Status[helpful], bare.DecidedBy[helpful])
	}
	rows := in.Ratings.ByItem().Rows(helpful)
	for _, k := range rows {
		in.Ratings.Tags[k] |= 1<<2 | 1<<4
	}
	if r := tell(t, New(), in); r.Status[helpful] != scoring.Helpful || r.DecidedBy[helpful] != "CoreModel" {
		t.Errorf("with tags it is %v by %s", r.Status[helpful], r.DecidedBy[helpful])
	}
	in.Ratings.Notes.Locked = make([]rating.NoteStatus, 120)
	in.Ratings.Notes.Locked[helpful] = rating.NeedsMoreRatings
	if r := tell(t, New(), in); r.Status[helpful] != scoring.NeedsMore || r.DecidedBy[helpful] != "ScoringDriftGuard" {
		t.Errorf("locked it is %v by %s", r.Status[helpful], r.DecidedBy[helpful])
	}
	s := New()
	s.Locks = false
	if r := tell(t, s, in); r.Status[helpful] != scoring.Helpful {
		t.Errorf("with locks ignored it is %v by %s", r.Status[helpful], r.DecidedBy[helpful])
	}
}

// TestCommunityNotesGolden: on the golden input the core decides what the core
// has in scope, unless one of the rules on the outcome says otherwise.
func TestCommunityNotesGolden(t *testing.T) {
	in := scoring.Input{Ratings: scoretest.GoldenNotes(t)}
	r := tell(t, New(), in)
	core := tell(t, NewCore(), in)
	by := map[string]int{}
	for n, name := range r.DecidedBy {
		by[name]++
		if name == "CoreModel" && r.Status[n] != core.Status[n] {
			t.Errorf("item %d is %v by the core, %v together", n, core.Status[n], r.Status[n])
		}
	}
	t.Log(by)
	if by["CoreModel"] < 700 {
		t.Errorf("items by what decided them: %v", by)
	}
}

// TestGroup15: what only raters of group 15 rate, and their model does not find
// helpful, is not, whatever expansion says. Their last step is Gaussian, whose
// scores have bounds that intercepts do not have.
func TestGroup15(t *testing.T) {
	in := scoring.Input{Ratings: scoretest.Tagged(1, 300, 120, 9000)}
	notes := in.Ratings.Notes
	for u := range notes.Group {
		notes.Group[u] = []int8{13, 15}[u%2]
	}
	in.Ratings = in.Ratings.Select(func(k int) bool { return in.Ratings.Item[k]%3 > 0 || in.Ratings.Rater[k]%2 == 1 })
	r := tell(t, New(), in)
	at := slices.IndexFunc(r.Models, func(m Model) bool { return m.Name == "GroupModel15" })
	if at < 0 {
		t.Fatalf("group 15 has no model among %d", len(r.Models))
	}
	m := &r.Models[at]
	for item, rated := range m.Rated {
		if (rated > 0) != (item%3 == 0) {
			t.Errorf("%d ratings of item %d are in scope", rated, item)
		}
		if x := m.ItemIntercept[item]; rated > 0 && x != 0 && !(x >= 0.05 && x <= 0.8 || x <= -0.25 && x >= -0.65) {
			t.Errorf("item %d has the score %v", item, x)
		}
		if says := m.Official(item); (says == needsMore || says == ratedNotHelpful) && raises(r.Official[item]) {
			t.Errorf("item %d is %s though group 15 says %s", item, r.Official[item], says)
		}
	}
	// Only the core and expansion can reject for all others; here is no group 21.
	for i := range r.Models {
		m := &r.Models[i]
		rejected := false
		for item := range m.Rules {
			rejected = rejected || m.Official(item) == firmReject
		}
		if rejected != (m.Name == core.name || m.Name == expansion.name) {
			t.Errorf("%s rejects firmly: %v", m.Name, rejected)
		}
	}
}

// TestAsOf: raters of group 21 have a model of their own from August on, which takes
// back what others find helpful, and the Gaussian model hears them.
func TestAsOf(t *testing.T) {
	in := scoring.Input{Ratings: scoretest.Tagged(1, 300, 120, 9000)}
	notes := in.Ratings.Notes
	for u := range notes.Group {
		notes.Group[u] = []int8{13, 21}[u%2]
	}
	in.Ratings = in.Ratings.Select(func(k int) bool { return in.Ratings.Item[k]%3 > 0 || in.Ratings.Rater[k]%2 == 1 })
	find := func(r *told, name string) *Model {
		for i := range r.Models {
			if r.Models[i].Name == name {
				return &r.Models[i]
			}
		}
		return nil
	}
	s := New()
	august := tell(t, s, in)
	s.AsOf = July
	july := tell(t, s, in)
	m, was := find(august, group21.name), find(july, group21.name)
	if m == nil || was != nil {
		t.Fatalf("group 21 has a model: %v in August, %v in July", m != nil, was != nil)
	}
	lowered, firm := 0, 0
	for item, rated := range m.Rated {
		if (rated > 0) != (item%3 == 0) {
			t.Errorf("%d ratings of item %d are in scope of group 21", rated, item)
		}
		says := m.Official(item)
		if rated > 0 && !raises(says) && raises(august.Official[item]) {
			t.Errorf("item %d is %s though group 21 says %s", item, august.Official[item], says)
		}
		if august.DecidedBy[item] == "GroupModel21NMR" {
			lowered++
		}
		if says == firmReject {
			firm++
			if f := math.Abs(float64(m.ItemFactor[item])); f <= 0.5 || m.Rules[item].Last() != FilterLargeFactor {
				t.Errorf("item %d is rejected firmly with the factor %v by %v", item, f, m.Rules[item])
			}
		} else if f := math.Abs(float64(m.ItemFactor[item])); rated > 0 && f > 0.5 && says != ratedNotHelpful {
			t.Errorf("item %d is %s with the factor %v", item, says, f)
		}
		if x := find(july, gaussianCore.name).Rated[item]; item%3 == 0 && x != 0 {
			t.Errorf("in July %d ratings of item %d, which only group 21 rates, are in scope of the Gaussian model",
				x, item)
		}
		if find(august, gaussianCore.name).Rated[item] != rated && item%3 == 0 {
			t.Errorf("in August the Gaussian model does not hear group 21 on item %d", item)
		}
	}
	t.Logf("%d items lowered, %d rejected firmly", lowered, firm)
	if lowered == 0 || firm == 0 {
		t.Error("the world shows nothing")
	}
	s.AsOf = "2025-01-01"
	if _, err := s.Score(t.Context(), in); err == nil || !strings.Contains(err.Error(), "2026-07-17 or 2026-08-05") {
		t.Errorf("as of a day that is not known: %v", err)
	}
}

// TestGaussianExpansion: it decides what the core does not keep, and only there.
func TestGaussianExpansion(t *testing.T) {
	in := scoring.Input{Ratings: scoretest.Tagged(1, 300, 120, 9000)}
	notes := in.Ratings.Notes
	for u := range notes.Group {
		notes.Group[u] = []int8{13, 0}[u%2]
	}
	in.Ratings = in.Ratings.Select(func(k int) bool { return in.Ratings.Item[k]%3 > 0 || in.Ratings.Rater[k]%2 == 1 })
	r := tell(t, New(), in)
	kept, decides := []int32(nil), 0
	for i := range r.Models {
		if r.Models[i].Name == core.name {
			kept = r.Models[i].Rated
		}
	}
	for item, by := range r.DecidedBy {
		if by == gaussianWider.name {
			decides++
			if kept[item] > 0 {
				t.Errorf("item %d, which the core keeps, is decided by expansion's Gaussian model", item)
			}
		}
	}
	if decides == 0 {
		t.Error("it decides nothing")
	}
}
