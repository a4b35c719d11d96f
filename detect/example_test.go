package detect_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/rating"
)

// firstHour looks for raters who were on items in the hour that these appeared: a
// detector written outside of package detect, with the tools that those inside have.
type firstHour struct {
	Least int `doc:"raters that an item must have had by then"`
}

func (d firstHour) Name() string { return "first-hour" }

func (d firstHour) Doc() detect.Doc {
	return detect.Doc{Summary: "first on an item", Source: "this example", Cost: "one pass",
		BlindSpot: "whoever comes later"}
}

func (d firstHour) Detect(ctx context.Context, p *detect.Pass) error {
	if !p.Ratings.HasTimes() {
		return detect.Unable("the ratings have no times")
	}
	var groups detect.ByActs
	items := p.Ratings.ByItem()
	for i := range int32(p.Ratings.Items.Len()) {
		var group []int32
		expected := 0.0
		rows := items.Rows(i) // in the order of time
		for _, k := range rows {
			u := p.Ratings.Rater[k]
			if p.Ratings.Time[k]-p.Ratings.Time[rows[0]] < 3600 && p.Free(u) {
				group = append(group, u)
				expected += p.Chance(u, i)
			}
		}
		if len(group) >= d.Least && p.LnTail(len(group), expected) < 0 { // how much more is for the judge to tell
			slices.Sort(group)
			groups = append(groups, group)
		}
	}
	return p.Propose(ctx, groups)
}

// crowd is 192 raters who choose alone, and eight who rate ten items together, each
// within an hour.
func crowd() *rating.Table {
	t := &rating.Table{Raters: rating.Numbered("rater ", 200), Items: rating.Numbered("item ", 110),
		Scale: rating.Scale{Max: 1}}
	rng := rand.New(rand.NewPCG(1, 1))
	for u := range int32(200) { // each alone, on eight items
		for _, i := range rng.Perm(100)[:8] {
			t.Append(u, int32(i), float32(rng.IntN(2)), 86400*int32(i)+rng.Int32N(500_000))
		}
	}
	for u := int32(192); u < 200; u++ { // and eight together, on ten more
		for i := int32(100); i < 110; i++ {
			t.Append(u, i, 1, 86400*(i-50)+rng.Int32N(3600))
		}
	}
	for u := range int32(192) { // where others come too
		i := 100 + u%10
		t.Append(u, i, float32(rng.IntN(2)), 86400*(i-50)+rng.Int32N(500_000))
	}
	return t
}

// Rings in ratings, and what shows them.
func Example() {
	f, err := detect.Run(context.Background(), detect.Input{Ratings: crowd(), Seed: 1}, detect.Usual())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range f.Rings {
		e := r.Evidence[0]
		fmt.Printf("%v: more %s than expected: %t\n", r.Raters, e.Unit, e.Observed > e.Expected)
	}
	// Output:
	// [192 193 194 195 196 197 198 199]: more ratings on the targets than expected: true
}

// A detector of one's own: what it proposes is grown, judged and paid for as what
// ours propose.
func ExamplePass() {
	f, err := detect.Run(context.Background(), detect.Input{Ratings: crowd()}, []detect.Detector{firstHour{Least: 4}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range f.Rings {
		fmt.Printf("%v found %v\n", r.Detectors, r.Raters)
	}
	// Output:
	// [first-hour] found [192 193 194 195 196 197 198 199]
}
