package scenarios

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/simulate"
)

const small = `
world:
  organic: {raters: 400, items: 200, ratings: 6000}
attacks:
  - burst: {accounts: 12, targets: 10}
scorer: mean
`

// A worked example: raters 0 to 5, of whom 4 and 5 are brigade 1 and 2 is a
// fan; items 0 (promoted), 1 (buried) and 2 (left alone). One ring is found,
// of 4, 5 and 2; rater 4 alone was in a ring after a day.
func worked() *Experiment {
	const more, yes, no = scoring.NeedsMore, scoring.Helpful, scoring.NotHelpful
	const hour = 3600
	x := &Experiment{
		World: &simulate.World{
			Ratings: &rating.Table{Raters: rating.Numbered("u", 6), Items: rating.Numbered("i", 3)},
			Honest:  3,
			Quality: []float32{-1, 1, .5},
			Kind:    []simulate.Kind{0, 0, simulate.Fan, 0, 0, 0},
			Brigade: []int32{0, 0, 0, 0, 1, 1},
			Goal:    []int8{1, -1, 0},
		},
		Findings: &detect.Findings{
			Rings:       []detect.Ring{{Raters: []int32{2, 4, 5}}},
			Coordinated: []detect.Ring{{Raters: []int32{0, 1, 4}}},
			Suspicion:   []float64{0, .5, .9, 0, .9, .7},
		},
		Clean: &scoring.Result{Item: []float32{.25, .5, .75}, Status: []scoring.Status{no, more, yes}},
		Attacked: &scoring.Result{Item: []float32{.75, .25, .75}, Status: []scoring.Status{yes, more, yes},
			Rater: []float32{.9, .2, .5, .9, .1, .5}},
		Defended: &scoring.Result{Item: []float32{.5, .5, .5}, Status: []scoring.Status{no, more, more}},
		looks:    []look{{24 * hour, []bool{false, false, false, false, true, false}}},
	}
	for _, r := range [][3]int32{{0, 0, 0}, {0, 1, 0}, {0, 2, 0}, {4, 0, 10}, {4, 1, 40}, {5, 0, 11}} {
		x.World.Ratings.Append(r[0], r[1], 1, r[2]*hour)
	}
	x.defence = scoring.Input{Ratings: x.World.Ratings, Weight: []float32{1, 1, 0, 1, 0, 0},
		RowWeight: []float32{1, 1, .25, 1, .5, 1}}
	return x
}

func TestMeasures(t *testing.T) {
	want := map[string]float64{
		"shift":               .375, // (.75 - .25 + .5 - .25) / 2
		"shift.defended":      .125,
		"damage.left":         1. / 3,
		"opinion.lost":        .25, // .75 of one of three ratings
		"opinion.lost.plain":  .25,
		"flips":               1,
		"flips.defended":      0,
		"collateral":          1, // item 2 lost its status
		"collateral.attacked": 0,
		"precision":           2. / 3,
		"recall":              1,
		"recall.coordinated":  1,
		"ap":                  .5*.5 + .5*2/3, // 2 and 4 tie at .9, then 5
		"rings.f1":            .8,             // 2*2/(3+2), seen from the ring and from the brigade
		"purity":              2. / 3,
		"silenced":            .25,
		"silenced.plain":      0,
		"silenced.fan":        1,

		"rank.clean":     .5,                // scores in the order 0 1 2, quality in the order 0 2 1: 1 - 6*2/(3*8)
		"rank":           -math.Sqrt(3) / 2, // 0 and 2 share the upper places, where quality has 0 last and 1 first
		"scored":         1,
		"time.to.detect": 14, // from hour 10 to hour 24
		"damage.before":  2. / 3,

		"precision@helpful":       .5, // 0 is below the average, 2 above
		"precision@helpful.clean": 1,

		"flip.rate":             .5,
		"flip.rate.defended":    0,
		"cost.accounts":         2,
		"cost.actions":          3,
		"cost.account-days":     3,
		"shift.sd":              .375 / math.Sqrt(1./24),
		"lifted":                1, // item 0; item 1 was not helpful before
		"lifted.defended":       0,
		"reputation.auc":        6.5 / 8,
		"accuracy":              .375 / math.Sqrt(.125*13/6),
		"accuracy.attacked":     -5. / 12 / math.Sqrt(1./6*13/6),
		"accounts.per.flip":     2,
		"actions.per.flip":      3,
		"account.days.per.flip": 3, // rater 4 is there for 30 hours, which is into a second day

		"false.rings.per.1000":       0, // one in three of the ring is honest
		"false.rings.per.1000.plain": 0,
		"false.rings.per.1000.fan":   0,

		"false.groups.per.1000":       250, // two in three of the group are honest
		"false.groups.per.1000.plain": 1000. / 3,
		"false.groups.per.1000.fan":   0,
	}
	got := worked().measure()
	for name, v := range want {
		if g, ok := got[name]; !ok || math.Abs(g-v) > 1e-6 {
			t.Errorf("%s is %g; want %g", name, g, v)
		}
	}
	for name, v := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s is %g; want none", name, v)
		}
	}
	x := worked() // the ring has one more honest fan: half of it is still the brigade's; then it has two more
	x.World.Kind[1], x.Findings.Rings[0].Raters = simulate.Fan, []int32{1, 2, 4, 5}
	if v := x.measure()["false.rings.per.1000"]; v != 0 {
		t.Errorf("a ring of two halves: %g false rings", v)
	}
	x.World.Kind[0], x.Findings.Rings[0].Raters = simulate.Fan, []int32{0, 1, 2, 4, 5}
	if m := x.measure(); m["false.rings.per.1000"] != 250 || m["false.rings.per.1000.plain"] != 0 ||
		math.Abs(m["false.rings.per.1000.fan"]-1000./3) > 1e-9 {
		t.Errorf("a ring of three honest fans in five: %v", m)
	}
	for _, m := range append(slices.Clone(Measures), BreakPoint) {
		if m.Name == "" || m.Doc == "" || m.Unit == "" || m.Better != "lower" && m.Better != "higher" || m.Margin < 0 {
			t.Errorf("%+v lacks something", m)
		}
	}
}

// What is not defined is absent: without targets, brigades, rings, statuses.
func TestUndefinedMeasures(t *testing.T) {
	nan := float32(math.NaN())
	for _, c := range []struct {
		without string
		change  func(*Experiment)
		absent  string
	}{
		{"targets", func(x *Experiment) { clear(x.World.Goal) },
			"shift shift.sd shift.defended damage.left flips flips.defended flip.rate flip.rate.defended lifted " +
				"lifted.defended accounts.per.flip actions.per.flip account.days.per.flip time.to.detect " +
				"damage.before"},
		{"brigades", func(x *Experiment) { clear(x.World.Brigade); x.World.Honest = x.World.Ratings.Len() },
			"recall recall.coordinated ap rings.f1 time.to.detect damage.before " +
				"cost.accounts cost.actions cost.account-days accounts.per.flip actions.per.flip " +
				"account.days.per.flip reputation.auc"},
		{"rings", func(x *Experiment) { x.Findings.Rings = nil }, "precision purity"},
		{"statuses", func(x *Experiment) { x.Clean.Status, x.Attacked.Status, x.Defended.Status = nil, nil, nil },
			"flips flips.defended flip.rate flip.rate.defended lifted lifted.defended collateral collateral.attacked " +
				"precision@helpful precision@helpful.clean accounts.per.flip actions.per.flip account.days.per.flip"},
		{"suspicion", func(x *Experiment) { x.Findings.Suspicion = nil }, "ap"},
		{"kinds", func(x *Experiment) { x.World.Kind = nil },
			"silenced.plain silenced.fan false.rings.per.1000.plain false.rings.per.1000.fan " +
				"false.groups.per.1000.plain false.groups.per.1000.fan opinion.lost.plain"},
		{"quality", func(x *Experiment) { x.World.Quality = nil },
			"rank rank.clean accuracy accuracy.attacked precision@helpful precision@helpful.clean"},
		{"looks", func(x *Experiment) { x.looks = nil }, "time.to.detect damage.before"},
		{"flips", func(x *Experiment) { x.Attacked.Status = x.Clean.Status },
			"accounts.per.flip actions.per.flip account.days.per.flip"},
		{"clean scores", func(x *Experiment) { x.Clean.Item[0], x.Clean.Item[1] = nan, nan },
			"shift shift.sd shift.defended damage.left rank.clean accuracy lifted lifted.defended"},
	} {
		x := worked()
		all := x.measure()
		c.change(x)
		got := x.measure()
		for name := range all {
			if _, ok := got[name]; ok == slices.Contains(strings.Fields(c.absent), name) {
				t.Errorf("without %s: %s is there: %t", c.without, name, ok)
			}
		}
	}
	x := worked()
	x.Findings.Rings = nil
	if f1 := x.ringsF1(); f1 != 0 {
		t.Errorf("nothing found of a brigade: rings.f1 is %g", f1)
	}
}

// With looks, a brigade is found while its campaign runs, and all that is
// measured otherwise stays the same.
func TestLooks(t *testing.T) {
	without := mustRun(t, mustParse(t, small), 1).Outcome.Measures
	with := mustRun(t, mustParse(t, small+"looks: 2d\n"), 1).Outcome.Measures
	hours, share := with["time.to.detect"], with["damage.before"]
	if !(hours >= 24 && hours < 24*60) || !(share > 0 && share < 1) {
		t.Errorf("found after %g hours and %g of the damage", hours, share)
	}
	delete(with, "time.to.detect")
	delete(with, "damage.before")
	if diff := cmp.Diff(without, with); diff != "" {
		t.Error(diff)
	}
	blind := mustRun(t, mustParse(t, strings.Replace(small, "accounts: 12", "accounts: 2", 1)+"looks: 20d\n"),
		1).Outcome.Measures
	if blind["damage.before"] != 1 {
		t.Errorf("two accounts are no ring, yet they are found: %v", blind)
	}
}

// Equal suspicion says nothing: the average precision is then the share of
// brigade members, in whatever order raters stand.
func TestAveragePrecisionOfTies(t *testing.T) {
	x := worked()
	x.Findings.Suspicion = make([]float64, 6)
	if ap := x.averagePrecision(); math.Abs(ap-2./6) > 1e-12 {
		t.Errorf("ap is %g; want %g", ap, 2./6)
	}
}

// Same scenario and seed, same outcome, for any number of cores; another seed
// is another world; and the brigade is found and undone.
func TestRun(t *testing.T) {
	s := mustParse(t, small)
	first := mustRun(t, s, 1)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if again := mustRun(t, s, 1); !bytesEqual(t, first.Outcome, again.Outcome) {
		t.Errorf("one core makes a difference:\n%s", cmp.Diff(first.Outcome, again.Outcome))
	}
	if other := mustRun(t, s, 2); bytesEqual(t, first.Outcome, other.Outcome) {
		t.Error("seed 2 is seed 1")
	}
	m := first.Outcome.Measures
	if m["recall"] != 1 || m["shift"] < .1 || math.Abs(m["shift.defended"]) > .01 || m["flips"] < 1 {
		t.Errorf("measures %v", m)
	}
	o := first.Outcome
	if o.Scenario != "x" || o.Scorer != "mean" || o.Detector != s.detectorName() || o.Seed != 1 || o.Point != nil {
		t.Errorf("outcome %+v", o)
	}
	if first.Clean.ItemRatings[0] > first.Attacked.ItemRatings[0] {
		t.Error("the clean world has more ratings than the attacked one")
	}
}

// An attack more changes neither the honest ratings nor the first attack.
func TestAttacksHaveTheirOwnStreams(t *testing.T) {
	one := mustSimulate(t, small).Ratings
	two := mustSimulate(t, small).Ratings
	if !reflect.DeepEqual(one.Rater, two.Rater) {
		t.Fatal("the same text makes another world")
	}
	more := mustSimulate(t, strings.Replace(small, "scorer:", "  - burst: {accounts: 5, targets: 5}\nscorer:",
		1)).Ratings.Prefix(one.Len())
	if !reflect.DeepEqual(one.Rater, more.Rater) || !reflect.DeepEqual(one.Item, more.Item) ||
		!reflect.DeepEqual(one.Value, more.Value) || !reflect.DeepEqual(one.Time, more.Time) {
		t.Error("the second attack changed the rows before it")
	}
}

// A defence of weight 1 is no defence; one of 0 is as if the raters of the
// rings had never been.
func TestDefence(t *testing.T) {
	none := mustRun(t, mustParse(t, small+"defence: {weight: 1}\n"), 1).Outcome.Measures
	if none["shift.defended"] != none["shift"] || none["flips.defended"] != none["flips"] {
		t.Errorf("weight 1: %v", none)
	}
	half := mustRun(t, mustParse(t, small+"defence: {weight: .5}\n"), 1).Outcome.Measures
	if s := half["shift.defended"]; !(0 < s && s < half["shift"]) {
		t.Errorf("weight .5: %v", half)
	}
	earliest := mustRun(t, mustParse(t, small+"defence: {effect: earliest}\n"), 1).Outcome.Measures
	if s := earliest["shift.defended"]; !(s < half["shift.defended"]) {
		t.Errorf("the earliest rating of each ring: %v", earliest)
	}
	_, err := Parse("x.yaml", []byte(small+"defence: {effect: nothing}\n"))
	if err == nil || !strings.Contains(err.Error(), "earliest") {
		t.Errorf("an unknown effect: %v", err)
	}
}

// Votes that are copies count for one, and every scorer sees it; nobody honest loses.
func TestCorrelatedVotes(t *testing.T) {
	s := mustParse(t, small+"defence: correlated-votes\n")
	var all []scoring.Scorer
	for _, text := range []string{"mean", "median", "bridging", "trust", "communitynotes-core"} {
		scorer, err := ParseScorer(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, scorer)
	}
	experiments, err := s.RunEach(context.Background(), 1, all, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range experiments {
		m := x.Outcome.Measures
		if m["opinion.lost"] > .001 || reflect.DeepEqual(x.Attacked.Item, x.Defended.Item) {
			t.Errorf("%s: %v", x.Outcome.Scorer, m)
		}
		if left := m["damage.left"]; x.Outcome.Scorer == "mean" && !(left < .25) {
			t.Errorf("%s: %g of the damage is left", x.Outcome.Scorer, left)
		}
		if x.defence.Weight != nil || x.defence.Correlated != nil {
			t.Errorf("%s: raters are weighed", x.Outcome.Scorer)
		}
	}
	f := experiments[0].Findings
	weight, votes, worth := correlatedVotes(f, experiments[0].World.Ratings)
	lighter := 0
	for row, w := range weight {
		if w < 1 {
			lighter++
			if experiments[0].World.Goal[experiments[0].World.Ratings.Item[row]] == 0 && w < .5 {
				t.Errorf("row %d is on no target, and weighs %g", row, w)
			}
		}
	}
	if lighter == 0 || worth > votes/4 {
		t.Errorf("%d rows weigh less, %g votes are worth %g", lighter, votes, worth)
	}
	f.Rings, f.Shared = nil, f.Rings // not accused, they count for as little
	if _, _, less := correlatedVotes(f, experiments[0].World.Ratings); less > 1.1*worth {
		t.Errorf("%g votes are worth %g where they are a ring's, else %g", votes, worth, less)
	}
}

// Of a brigade of which another third comes each time, those who did too little to be named
// are told by when they came, and so are targets to which few came.
func TestWhoDidTooLittle(t *testing.T) {
	s := mustParse(t, "world:\n  organic: {raters: 700, items: 300, ratings: 12000}\nscorer: mean\n"+
		"defence: correlated-votes\nattacks:\n  - partial: {brigades: 2, participation: .35}\n")
	x, err := s.Run(context.Background(), 4, nil)
	if err != nil {
		t.Fatal(err)
	}
	m := x.Outcome.Measures
	if left, lost := m["damage.left"], m["opinion.lost"]; !(left < .395) || lost > .001 {
		t.Errorf("%.3f of the damage is left (.41 to .52 without one of these), %.4f of the honest votes are lost",
			left, lost)
	}
}

// Accounts that do nothing but come, weeks apart, to three items together are found: that each
// was active at no other time is no reason why they came together.
func TestAccountsWithoutALifeElsewhere(t *testing.T) {
	s := mustParse(t, "world:\n  organic: {raters: 1500, items: 600, ratings: 27000}\nscorer: mean\n"+
		"attacks:\n  - burst: {brigades: 4, accounts: 5, targets: 3}\n")
	x, err := s.Run(context.Background(), 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	if m := x.Outcome.Measures; m["recall"] < .25 || m["silenced"] > 0 {
		t.Errorf("in rings are %.2f of the accounts (0 without the crowd's times), and %.4f of the honest raters",
			m["recall"], m["silenced"])
	}
}

// What is left of a ring's ratings is the first on each item, and none on a
// note that a member wrote.
func TestEarliest(t *testing.T) {
	tab := &rating.Table{Raters: rating.Numbered("r", 4), Items: rating.Numbered("i", 2), Scale: rating.Scale{Max: 1}}
	for i := range int32(2) {
		for u := range int32(4) {
			tab.Append(u, i, 1, 10-u)
		}
	}
	authors := rating.NewNames()
	authors.Add([]byte("r2"))
	tab.Notes = &rating.Notes{Author: []int32{-1, 0}, Authors: authors}
	left := earliest([][]int32{{0, 1, 2}}, tab)
	want := [][]int32{{0, 2}, {0, 3}, {1, 3}}
	var got [][]int32
	for k := range left.Rater {
		got = append(got, []int32{left.Item[k], left.Rater[k]})
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("left are (item, rater) %v, want %v", got, want)
	}
}

func TestRunOnRealRatings(t *testing.T) {
	w := mustSimulate(t, small)
	dir := t.TempDir()
	if err := rating.WriteFile(filepath.Join(dir, "honest.csv"), w.Ratings.Prefix(w.Honest)); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "real.yaml")
	text := "world: {ratings: honest.csv}\nscorer: mean\nattacks:\n  - burst: {accounts: 12, targets: 10}\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	if m := mustRun(t, s, 1).Outcome.Measures; m["recall"] != 1 || m["shift"] < .05 {
		t.Errorf("measures %v", m)
	}
	// What only the data can tell still has its place, and profiles lie beside
	// the scenario.
	if err := os.WriteFile(filepath.Join(dir, "profiles.csv"), []byte("rater,item,value\na,nowhere,1\n"),
		0o644); err != nil {
		t.Fatal(err)
	}
	for attack, want := range map[string]string{
		"burst: {targets: 5000}":                    "real.yaml:4:5: burst: targets is 5000, but only ",
		"import: {file: profiles.csv, scale: 0..1}": `real.yaml:4:5: import: the world has no item "nowhere"`,
	} {
		if err := os.WriteFile(file, []byte("world: {ratings: honest.csv}\nscorer: mean\nattacks:\n  - "+attack+"\n"),
			0o644); err != nil {
			t.Fatal(err)
		}
		bad, err := Load(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := bad.Simulate(t.Context(), 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v\nwant %s", attack, err, want)
		}
	}
	s.World.Ratings = "absent.csv"
	if _, err := s.Run(t.Context(), 1, nil); err == nil || !strings.Contains(err.Error(), "absent.csv: no such file") {
		t.Errorf("without the file: %v", err)
	}
}

func TestRunStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	stages := 0
	_, err := mustParse(t, small).Run(ctx, 1, func(string, int, int) {
		if stages++; stages == 2 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// What a ring does to the scores is the difference that leaving its members
// out makes, worked out by hand for a mean.
func TestImpacts(t *testing.T) {
	table := &rating.Table{Raters: rating.NewNames(), Items: rating.NewNames(), Scale: rating.Scale{Min: 0, Max: 1}}
	rate := func(rater, item string, value float32) {
		table.Append(table.Raters.Add([]byte(rater)), table.Items.Add([]byte(item)), value, rating.NoTime)
	}
	for _, u := range []string{"a", "b", "c"} {
		rate(u, "target", 0)
		rate(u, "other", 1)
	}
	for _, u := range []string{"x", "y", "z"} {
		rate(u, "target", 1)
		rate(u, "only", 1)
	}
	ring := detect.Ring{Raters: []int32{3, 4, 5}, Items: []int32{0}}
	scorer := &scoring.Mean{HelpfulAt: .7, NotHelpfulAt: .3, MinRatings: 2}
	in := scoring.Input{Ratings: table}
	with, err := scorer.Score(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := Impacts(t.Context(), scorer, in, with, []detect.Ring{ring}, ImpactOptions{Fits: 1})
	if err != nil {
		t.Fatal(err)
	}
	nan := float32(math.NaN())
	want := []Impact{{0, []Change{
		{0, true, .5, 0, scoring.NeedsMore, scoring.NotHelpful, 0},
		{2, false, 1, nan, scoring.Helpful, scoring.Unrated, 0},
	}, nil}}
	same := cmp.Comparer(func(a, b float32) bool { return a == b || a != a && b != b })
	if diff := cmp.Diff(want, got, same); diff != "" {
		t.Error(diff)
	}
}

// Every scenario of the library does at its first point and seed what it says.
func TestLibraryMeetsExpectations(t *testing.T) {
	all := Library()
	limits := make(map[string][]Limit)
	for _, s := range all {
		if len(s.Expect) == 0 {
			t.Errorf("%s expects nothing", s.Name)
		}
		limits[s.Name] = s.Expect
	}
	every := 24
	if os.Getenv("RINGWATCH_LONG") != "" {
		every = 1
	}
	var jobs []Job
	for k, s := range all {
		if k%every != 0 {
			continue
		}
		of, err := Jobs([]*Scenario{s}, FirstSeeds(1))
		if err != nil {
			t.Fatal(err)
		}
		jobs = append(jobs, of[0])
	}
	for o, err := range Sweep(t.Context(), jobs, nil) {
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range limits[o.Scenario] {
			if v, ok := o.Measures[l.Measure]; !ok || !l.Holds(v) {
				t.Errorf("%s at %v: expected %s, but it is %g (defined: %t)", o.Scenario, o.Point, l, v, ok)
			}
		}
	}
}

func TestReadOutcomes(t *testing.T) {
	const good = `{"scenario":"a","point":{"n":5},"scorer":"mean","detector":"x","seed":3,"measures":{"shift":0.5},"warnings":["w"]}`
	got, err := ReadOutcomes("o.jsonl", strings.NewReader(good+"\n\n"+good+"\n"))
	if err != nil || len(got) != 2 {
		t.Fatalf("%d outcomes, %v", len(got), err)
	}
	if data, err := json.Marshal(got[1]); err != nil || string(data) != good {
		t.Errorf("written again: %s %v", data, err)
	}
	// A null is not defined, and never 0.
	null, err := ReadOutcomes("o.jsonl",
		strings.NewReader(strings.Replace(good, `{"shift":0.5}`, `{"shift":null,"rank":0.5}`, 1)))
	if v, ok := null[0].Measures["shift"]; err != nil || ok || len(null[0].Measures) != 1 {
		t.Errorf("a null is read as %v (%v)", v, err)
	}
	for text, want := range map[string]string{
		"":                      "o.jsonl: holds no outcomes",
		good + "\n" + good[:50]: "o.jsonl:2: the line is cut short; run the sweep to its end",
		good + good:             "o.jsonl:1: more than one outcome in the line",
		"rater,item":            "o.jsonl:1: not an outcome: invalid character 'r' looking for beginning of value",
		`{"scenario":"a"}`:      "o.jsonl:1: not an outcome: it lacks scenario, scorer, seed or measures",
		`{"scenario":"a","scorer":"b","seed":null,"measures":{}}`: "o.jsonl:1: not an outcome: it lacks scenario, " +
			"scorer, seed or measures",
		`{"scenario":"a","size":3}`: `o.jsonl:1: not an outcome: unknown field "size"`,
	} {
		if _, err := ReadOutcomes("o.jsonl", strings.NewReader(text)); err == nil || err.Error() != want {
			t.Errorf("%q: %v\nwant %s", text, err, want)
		}
	}
}

func mustRun(t *testing.T, s *Scenario, seed uint64) *Experiment {
	t.Helper()
	x, err := s.Run(t.Context(), seed, nil)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func mustSimulate(t *testing.T, text string) *simulate.World {
	t.Helper()
	w, err := mustParse(t, text).Simulate(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func bytesEqual(t *testing.T, a, b Outcome) bool {
	t.Helper()
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	return string(x) == string(y)
}

// Outcomes come in the order of scenarios, points and seeds, the same for any
// number of cores, and the same as when run alone.
func TestSweep(t *testing.T) {
	smaller := strings.Replace(small, "400, items: 200, ratings: 6000", "150, items: 80, ratings: 1500", 1)
	s := mustParse(t, smaller+"axes:\n  attacks.burst.accounts: [5, 12]\n  scorer: [mean, median]\nseeds: [2, 1]\n")
	jobs, err := Jobs([]*Scenario{s, mustParse(t, smaller)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	sweep := func() (lines []string) {
		for o, err := range Sweep(t.Context(), jobs, nil) {
			if err != nil {
				t.Fatal(err)
			}
			line, err := json.Marshal(o)
			if err != nil {
				t.Fatal(err)
			}
			lines = append(lines, string(line))
		}
		return lines
	}
	lines := sweep()
	var order []string
	for _, line := range lines {
		var o Outcome
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatal(err)
		}
		order = append(order, fmt.Sprintf("%v %s %d", o.Point["attacks.burst.accounts"], o.Scorer, o.Seed))
	}
	want := []string{"5 mean 2", "5 mean 1", "5 median 2", "5 median 1", "12 mean 2", "12 mean 1", "12 median 2",
		"12 median 1", "<nil> mean 1"}
	if diff := cmp.Diff(want, order); diff != "" {
		t.Error(diff)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if diff := cmp.Diff(lines, sweep()); diff != "" {
		t.Error(diff)
	}
	if alone, _ := json.Marshal(mustRun(t, jobs[8].Scenario, 1).Outcome); string(alone) != lines[8] {
		t.Errorf("alone it is\n%s\nin the sweep\n%s", alone, lines[8])
	}
	if jobs, err := Jobs([]*Scenario{s}, FirstSeeds(3)); err != nil || len(jobs) != 12 {
		t.Errorf("4 points at 3 seeds are %d jobs, %v", len(jobs), err)
	}
}

// A sweep ends with the first error, in its place, and with its context.
func TestSweepEnds(t *testing.T) {
	bad := mustParse(t, "world: {ratings: absent.csv}")
	jobs, err := Jobs([]*Scenario{mustParse(t, small), bad, mustParse(t, small)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for o, err := range Sweep(t.Context(), jobs, nil) {
		if n++; (err != nil) != (n == 2) || n == 1 && o.Scorer != "mean" {
			t.Errorf("line %d: %+v, %v", n, o, err)
		}
	}
	if n != 2 {
		t.Errorf("%d lines", n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	n = 0
	for _, err := range Sweep(ctx, jobs, nil) {
		if n++; !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
	}
	if n != 1 {
		t.Errorf("cancelled: %d lines", n)
	}
}
