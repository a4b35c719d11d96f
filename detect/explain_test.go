package detect

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/detect/internal/ringtest"
	"github.com/ringwatch/ringwatch/rating"
)

func explained(t *testing.T, tab *rating.Table, raters ...int32) *Explained {
	t.Helper()
	x, err := Explain(context.Background(), Input{Ratings: tab, Seed: 1}, []Detector{NewGroup()}, raters...)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// TestExplainOrderAndProcessorsDoNotMatter, and what holds of any explanation.
func TestExplainOrderAndProcessorsDoNotMatter(t *testing.T) {
	for _, name := range slices.Sorted(mapKeys(shapes)) {
		t.Run(name, func(t *testing.T) {
			tab := shape(t, name)
			last := int32(tab.Raters.Len() - 1) // of a ring, where there are any
			told := func(tab *rating.Table) []byte {
				x := explained(t, tab, last, last-1)
				x.Findings = nil // has a law of its own
				for i, m := range x.Pair.Meetings {
					if tab.Rater[m.RowA] != last || tab.Rater[m.RowB] != last-1 || tab.Item[m.RowA] != m.Item ||
						tab.Item[m.RowB] != m.Item {
						t.Errorf("meeting on item %d shows rows of others", m.Item)
					}
					x.Pair.Meetings[i].RowA, x.Pair.Meetings[i].RowB = 0, 0
				}
				b, err := json.Marshal(x)
				if err != nil {
					t.Fatal(err)
				}
				return b
			}
			want := told(tab)
			old := runtime.GOMAXPROCS(1)
			got := told(ringtest.Shuffled(tab, 9))
			runtime.GOMAXPROCS(old)
			if !bytes.Equal(got, want) {
				t.Errorf("another explanation with the rows shuffled and one processor:\n%s\n%s", got, want)
			}
		})
	}
}

// TestPairsAreExpectedToMeetAsOftenAsTheyDo: without rings, all pairs together
// meet, meet at once and vote alike about as often as expected.
func TestPairsAreExpectedToMeetAsOftenAsTheyDo(t *testing.T) {
	tab := shape(t, "no rings")
	e, err := newEngine(t.Context(), Input{Ratings: tab})
	if err != nil {
		t.Fatal(err)
	}
	var sum Pair
	for u := int32(0); int(u) < e.Raters; u += 15 {
		m := e.meetingsOf(u)
		for v := range int32(e.Raters) {
			if v == u {
				continue
			}
			p := m.pair(v, false)
			sum.Both, sum.Expected = sum.Both+p.Both, sum.Expected+p.Expected
			sum.Near, sum.NearExpected = sum.Near+p.Near, sum.NearExpected+p.NearExpected
			sum.Same, sum.SameExpected = sum.Same+p.Same, sum.SameExpected+p.SameExpected
		}
	}
	for _, c := range []struct {
		what               string
		observed, expected float64
	}{{"meet", sum.Both, sum.Expected}, {"meet at once", sum.Near, sum.NearExpected},
		{"vote alike", sum.Same, sum.SameExpected}} {
		t.Logf("pairs %s %.0f times, expected %.0f", c.what, c.observed, c.expected)
		if r := c.observed / c.expected; r < .8 || r > 1.25 {
			t.Errorf("pairs %s %.0f times, expected %.0f", c.what, c.observed, c.expected)
		}
	}
}

// TestExplainTellsAMemberFromOthers: a ring's member is told with its ring and
// its partners, of whom most are of the ring; others are told what is missing.
func TestExplainTellsAMemberFromOthers(t *testing.T) {
	for _, name := range []string{"votes and times", "no times", "co-actions"} {
		w, tab := shapes[name], shape(t, name)
		honest := int32(w.Raters - w.Rings*ringtest.RingSize)
		p := explained(t, tab, honest).Raters[0]
		if len(p.Rings) != 1 || p.Missing != "" || p.Rank > w.Rings*ringtest.RingSize {
			t.Errorf("%s: a member is in %d rings, rank %d: %s", name, len(p.Rings), p.Rank, p.Missing)
		}
		own := 0
		for _, x := range p.Partners {
			if x.B >= honest && x.B < honest+ringtest.RingSize {
				own++
			}
			if x.Both < 2 || x.Expected <= 0 || x.A != honest {
				t.Errorf("%s: partner %+v", name, x)
			}
		}
		if own < 9 {
			t.Errorf("%s: %d of %d partners of a member are of its ring", name, own, len(p.Partners))
		}
		if p = explained(t, tab, 0).Raters[0]; len(p.Rings) > 0 || p.Missing == "" || p.Ratings == 0 {
			t.Errorf("%s: an honest rater is told as %+v", name, p)
		}
	}
}

func TestExplainRefuses(t *testing.T) {
	tab := shape(t, "no times")
	for want, ask := range map[string]func() ([]Detector, []int32){
		"two different":  func() ([]Detector, []int32) { return []Detector{NewGroup()}, []int32{1, 1} },
		"one rater can":  func() ([]Detector, []int32) { return []Detector{NewGroup()}, nil },
		"no rater 500":   func() ([]Detector, []int32) { return []Detector{NewGroup()}, []int32{500} },
		"of its own and": func() ([]Detector, []int32) { return []Detector{NewPostSelection()}, []int32{1} },
	} {
		d, raters := ask()
		_, err := Explain(t.Context(), Input{Ratings: tab}, d, raters...)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("it says %v, not %q", err, want)
		}
	}
}

// TestExplainLighter: of a rater with a rating in a campaign it is told which counts for less; for
// whom that cannot be, nobody looks for campaigns.
func TestExplainLighter(t *testing.T) {
	const day = 86400
	tab := &rating.Table{Raters: rating.NewNames(), Items: rating.Numbered("item ", 300),
		Scale: rating.Scale{Min: 1, Max: 5}}
	rng := rand.New(rand.NewPCG(1, 1))
	for u := range 4000 {
		n := 1
		if u%20 == 0 {
			n = 40
		}
		r := tab.Raters.Add(fmt.Appendf(nil, "rater %d", u))
		for _, i := range rng.Perm(300)[:n] {
			tab.Append(r, int32(i), float32(rng.IntN(5))/4, int32(rng.IntN(500*day)))
		}
	}
	from := tab.Len()
	for u := range 30 {
		tab.Append(tab.Raters.Add(fmt.Appendf(nil, "new %d", u)), 7, 1, int32(250*day+rng.IntN(day)))
	}
	x := explained(t, tab, tab.Rater[from], 0)
	lighter := x.Raters[0].Lighter
	if len(lighter) != 1 || lighter[0].Row != int32(from) ||
		!x.Findings.Campaigns.Campaigns[lighter[0].Campaign].Deducted() || len(x.Raters[1].Lighter) != 0 {
		t.Errorf("counting for less: %v, and %v of another", lighter, x.Raters[1].Lighter)
	}
	if x := explained(t, tab, 0); x.Findings.Campaigns != nil || len(x.Raters[0].Lighter) != 0 {
		t.Error("campaigns are looked for that a rater of forty ratings cannot be of")
	}
}
