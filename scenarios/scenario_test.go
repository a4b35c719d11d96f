package scenarios

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/ringwatch/ringwatch/catalog"
	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/scoring/scorers"
	"github.com/ringwatch/ringwatch/simulate"
)

var update = flag.Bool("update", false, "write what Parse says into testdata/faults.txtar; check the difference")

// Every fault is told with its place and a way out.
func TestParseFaults(t *testing.T) {
	const file = "testdata/faults.txtar"
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(archive.Files); i += 2 {
		in, want := archive.Files[i], &archive.Files[i+1]
		t.Run(in.Name, func(t *testing.T) {
			if want.Name != in.Name+".error" {
				t.Fatalf("%s follows", want.Name)
			}
			_, err := Parse("x.yaml", in.Data)
			if err == nil {
				t.Fatal("no error")
			}
			got, ok := strings.CutPrefix(err.Error(), "x.yaml:")
			if !ok {
				t.Errorf("the error does not begin with the name of the file: %v", err)
			}
			if *update {
				want.Data = []byte(got + "\n")
			}
			text, open := strings.CutSuffix(strings.TrimSpace(string(want.Data)), "...")
			if open && strings.HasPrefix(got, text) {
				return
			}
			if diff := cmp.Diff(text, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	if *update {
		if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

const everything = `
name: everything
doc: |
  Two lines
  of text.
source: nobody
world:
  organic: {raters: 300, echo: .5}
attacks:
  - burst:
  - burst: {accounts: 7, spread: 90s, delay: 2d, goal: bury}
scorer: {mean: {helpful-at: .6}}
detectors: [synchrony]
defence: {weight: .25}
seeds: [3, 1]
axes:
  scorer: [median, {mean: {min-ratings: 2}}]
  attacks.burst.accounts: [5, 10, 20]
expect:
  recall: ">= 0.9"
  shift: ["> 0", "<=1e-1"]
`

func TestParse(t *testing.T) {
	s := mustParse(t, everything)
	if s.Name != "everything" || s.Doc != "Two lines\nof text." || s.Source != "nobody" {
		t.Errorf("read %q, %q, %q", s.Name, s.Doc, s.Source)
	}
	if w := s.World.Organic; w.Raters != 300 || w.Echo != .5 || w.Items != simulate.NewOrganic().Items {
		t.Errorf("world %+v", w)
	}
	burst := s.Attacks[1].(*simulate.Burst)
	if burst.Accounts != 7 || burst.Spread != 90*time.Second || burst.Delay != 48*time.Hour ||
		burst.Goal != simulate.Bury {
		t.Errorf("second burst %+v", burst)
	}
	if !reflect.DeepEqual(s.Attacks[0], simulate.NewBurst()) {
		t.Errorf("first burst %+v is not the default", s.Attacks[0])
	}
	if s.Scorer.(*scoring.Mean).HelpfulAt != .6 || s.detectorName() != "synchrony" || s.Defence.Weight != .25 {
		t.Errorf("scorer %+v, detectors %s, defence %+v", s.Scorer, s.detectorName(), s.Defence)
	}
	if diff := cmp.Diff([]Limit{{"recall", ">=", .9}, {"shift", ">", 0}, {"shift", "<=", .1}}, s.Expect); diff != "" {
		t.Error(diff)
	}
	var points []string
	for p, err := range s.Points() {
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range p.Attacks {
			points = append(points, fmt.Sprintf("%v: %s %d", p.Point, p.Scorer.Name(), a.(*simulate.Burst).Accounts))
		}
	}
	want := []string{
		"map[attacks.burst.accounts:5 scorer:median]: median 5",
		"map[attacks.burst.accounts:5 scorer:median]: median 5",
		"map[attacks.burst.accounts:10 scorer:median]: median 10",
		"map[attacks.burst.accounts:10 scorer:median]: median 10",
		"map[attacks.burst.accounts:20 scorer:median]: median 20",
		"map[attacks.burst.accounts:20 scorer:median]: median 20",
		"map[attacks.burst.accounts:5 scorer:map[mean:map[min-ratings:2]]]: mean 5",
		"map[attacks.burst.accounts:5 scorer:map[mean:map[min-ratings:2]]]: mean 5",
		"map[attacks.burst.accounts:10 scorer:map[mean:map[min-ratings:2]]]: mean 10",
		"map[attacks.burst.accounts:10 scorer:map[mean:map[min-ratings:2]]]: mean 10",
		"map[attacks.burst.accounts:20 scorer:map[mean:map[min-ratings:2]]]: mean 20",
		"map[attacks.burst.accounts:20 scorer:map[mean:map[min-ratings:2]]]: mean 20",
	}
	if diff := cmp.Diff(want, points); diff != "" {
		t.Error(diff)
	}
	if s.Size() != 6 {
		t.Errorf("size %d", s.Size())
	}
}

// With sets options as axes do, and an axis along the same path goes.
func TestWith(t *testing.T) {
	s := mustParse(t, "world: organic\nattacks: [burst, shadow, burst]\naxes: {world.raters: [300, 400], scorer: "+
		"[mean, median]}")
	w, err := s.With("world.raters=500", "attacks.*.targets=3", "attacks.3.spread=90s", "attacks.shadow.victims = 2")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for p, err := range w.Points() {
		n++
		if err != nil {
			t.Fatal(err)
		}
		one := p.Attacks[0].(*simulate.Burst)
		two := p.Attacks[1].(*simulate.Shadow)
		three := p.Attacks[2].(*simulate.Burst)
		if p.World.Organic.Raters != 500 || one.Targets != 3 || three.Targets != 3 || two.Victims != 2 ||
			three.Spread != 90*time.Second || one.Spread != simulate.NewBurst().Spread {
			t.Errorf("point %v: world %+v, attacks %+v, %+v, %+v", p.Point, p.World.Organic, one, two, three)
		}
	}
	if n != 2 || s.Size() != 4 || s.World.Organic.Raters != 5000 {
		t.Errorf("%d points; the scenario itself has %d now", n, s.Size())
	}
	for set, want := range map[string]string{
		"world.raters":          "world.raters: write a path and a value, as in world.raters=500",
		"world.raters=many":     `world.raters=many:1:1: the organic world's raters is a whole number, not "many"`,
		"attacks.*.victim=1":    `attacks.*.victim=1:1:1: no part of the scenario has "victim"; it has burst, shadow, burst`,
		"attacks.4.targets=1":   `attacks.4.targets=1:1:1: the scenario has no "4"; there are: burst, shadow, burst`,
		"attack.burst.raters=1": `attack.burst.raters=1:1:1: no axis can go along "attack.burst.raters"`,
	} {
		if _, err := s.With(set); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v\nwant %s", set, err, want)
		}
	}
}

// The worlds of the detectors' study fit; the small ones can be made.
func TestWorlds(t *testing.T) {
	files, err := filepath.Glob("worlds/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no worlds", err)
	}
	for _, file := range files {
		s, err := Load(file)
		if err != nil {
			t.Error(err)
		} else if strings.Contains(file, "-s-") {
			if s, err = s.With("world.ratings=20000"); err == nil {
				_, err = s.Simulate(t.Context(), 1)
			}
			if err != nil {
				t.Error(err)
			}
		}
	}
}

// The scenario in the documentation is one.
func TestDocumentation(t *testing.T) {
	data, err := os.ReadFile("../docs/scenarios.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(data), "```yaml\n")
	text, _, _ = strings.Cut(text, "```")
	if s := mustParse(t, text); s.Name != "weekend" || s.Size() != 6 || len(s.Seeds) != 5 {
		t.Errorf("%+v", s)
	}
}

// What the text leaves out is the default.
func TestParseDefaults(t *testing.T) {
	s := mustParse(t, "world: organic")
	if s.Name != "x" || !reflect.DeepEqual(s.Seeds, []uint64{1}) || s.Scorer.Name() != "bridging" ||
		len(s.Detectors) == 0 {
		t.Errorf("%+v", s)
	}
	for _, d := range s.Detectors {
		if d.Doc().Official {
			t.Errorf("%s runs though nobody named it", d.Name())
		}
	}
	if got := mustParse(t, "world: organic\nseeds: 3").Seeds; !reflect.DeepEqual(got, []uint64{1, 2, 3}) {
		t.Errorf("seeds: 3 is %v", got)
	}
	for p, err := range s.Points() {
		if err != nil || p.Point != nil {
			t.Errorf("off all axes: point %v, error %v", p.Point, err)
		}
	}
}

// Every option of everything that can be named in a scenario can be set there,
// under the name that list shows for it.
func TestEveryOptionCanBeSet(t *testing.T) {
	try := func(t *testing.T, format, name string, of any) {
		for _, o := range catalog.Options(of) {
			value := fmt.Sprint(o.Value)
			if reflect.ValueOf(o.Value).Kind() == reflect.String {
				value = fmt.Sprintf("%q", value)
			}
			text := fmt.Sprintf(format, fmt.Sprintf("%s: {%s: %s}", name, catalog.OptionName(o.Name), value))
			if _, err := Parse("x.yaml", []byte(text)); err != nil {
				t.Errorf("%s\n%v", text, err)
			}
			if o.Doc == "" {
				t.Errorf("%s's %s has no doc", name, o.Name)
			}
		}
	}
	try(t, "world: {%s}", "organic", simulate.NewOrganic())
	for _, newAttack := range simulate.All {
		try(t, "world: organic\nattacks: [{%s}]", newAttack().Name(), newAttack())
	}
	for _, newScorer := range scorers.All {
		try(t, "world: organic\nscorer: {%s}", newScorer().Name(), newScorer())
	}
	for _, newDetector := range detect.All {
		try(t, "world: organic\ndetectors: [{%s}]", newDetector().Name(), newDetector())
	}
	try(t, "world: organic\n%s", "defence", &Defence{})
}

func TestOptionName(t *testing.T) {
	for field, want := range map[string]string{"PerItem": "per-item", "MinFDR": "min-fdr",
		"KCore": "k-core", "Q": "q"} {
		if got := catalog.OptionName(field); got != want {
			t.Errorf("%s is %s; want %s", field, got, want)
		}
	}
}

// Every scenario of the library says what it is for, goes by the name of its
// file, and runs at every point.
func TestLibrary(t *testing.T) {
	names := make(map[string]bool)
	for _, s := range Library() {
		names[s.Name] = true
		if same, err := Load(s.Name); err != nil || same.Name != s.Name {
			t.Errorf("Load(%q): %v", s.Name, err)
		}
		if len(s.Doc) < 30 {
			t.Errorf("%s says too little of itself: %q", s.Name, s.Doc)
		}
		for _, err := range s.Points() {
			if err != nil {
				t.Errorf("%s: %v", s.Name, err)
			}
		}
	}
	doc, err := os.ReadFile("../docs/published.md")
	if err != nil {
		t.Fatal(err)
	}
	published, _ := library.ReadDir("published")
	for _, e := range published {
		if name := strings.TrimSuffix(e.Name(), ".yaml"); !strings.Contains(string(doc), "`"+name+"`") {
			t.Errorf("docs/published.md does not tell of %s", name)
		}
	}
	for _, newAttack := range simulate.All {
		if !names[newAttack().Name()] {
			t.Errorf("the library has no scenario for the attack %s", newAttack().Name())
		}
	}
}

// Every honest confounder of the organic world has a world without brigades in
// which there is more of it than usual.
func TestNullWorlds(t *testing.T) {
	usual := catalog.Options(simulate.NewOrganic())
	more := make(map[string]bool)
	for _, s := range Library() {
		if len(s.Attacks) > 0 || s.World.Organic == nil || !strings.HasPrefix(s.Name, "null-") {
			continue
		}
		for k, o := range catalog.Options(s.World.Organic) {
			if !reflect.DeepEqual(o.Value, usual[k].Value) {
				more[o.Name] = true
			}
		}
	}
	for _, name := range []string{"Levels", "Homophily", "Languages", "Zones", "Sessions", "Fans", "HateRaters",
		"Clubs", "Echo", "AlertGroups",
		"News", "PlatformBursts", "Copycats", "Households", "Events", "Life", "OneShots", "Waves", "Launches", "Viral",
		"Promotions", "Parties", "FanCrowds", "Changes"} {
		if !more[name] {
			t.Errorf("no null world is about %s", name)
		}
	}
}

func TestLoad(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mine.yaml")
	if err := os.WriteFile(file, []byte("world: {ratings: data/r.csv, scale: 1..5, columns: rater=2}"),
		0o644); err != nil {
		t.Fatal(err)
	}
	s, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(filepath.Dir(file), "data", "r.csv"); s.Name != "mine" || s.path() != want ||
		s.World.Read.Scale != "1..5" {
		t.Errorf("name %q, ratings %q, scale %q", s.Name, s.path(), s.World.Read.Scale)
	}
	for name, want := range map[string]string{
		"camouflge":    `no scenario of the library is called "camouflge"; did you mean "camouflage"?; a file needs its ending, as in camouflge.yaml`,
		"mine.yaml":    "mine.yaml: no such file or directory",
		"../scenarios": "../scenarios: is a directory",
	} {
		if _, err := Load(name); err == nil || err.Error() != want {
			t.Errorf("Load(%q): %v\nwant %s", name, err, want)
		}
	}
}

// Whatever the bytes, Parse returns a scenario that can be walked, or an error
// that names the file.
func FuzzParse(f *testing.F) {
	archive, err := txtar.ParseFile("testdata/faults.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range archive.Files {
		f.Add(file.Data)
	}
	for _, name := range libraryNames() {
		data, err := fromLibrary(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Parse("x.yaml", data)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "x.yaml:") || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %q", err)
			}
			return
		}
		points := 0
		for range s.Points() {
			if points++; points > 1000 {
				break
			}
		}
		if points == 0 || len(s.Seeds) == 0 {
			t.Error("nothing to run")
		}
		for _, set := range []string{"world.raters=50", "attacks.*.targets=9", "attacks.1.accounts=0",
			"scorer={mean: {min-ratings: 2}}"} {
			if p, err := s.With(set); (p == nil) == (err == nil) {
				t.Errorf("with %s: %v and %v", set, p, err)
			}
		}
		s.Missing()
	})
}

func mustParse(t *testing.T, text string) *Scenario {
	t.Helper()
	s, err := Parse("x.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A scenario can be made by hand as well.
func TestScenarioByHand(t *testing.T) {
	world := simulate.NewOrganic()
	world.Raters, world.Items, world.Ratings = 300, 100, 3000
	s := &Scenario{Name: "hand", World: World{Organic: world}, Scorer: scoring.NewMean(),
		Detectors: []detect.Detector{detect.All[0]()}, Seeds: FirstSeeds(1)}
	jobs, err := Jobs([]*Scenario{s}, nil)
	if err != nil || len(jobs) != 1 {
		t.Fatalf("%d jobs, %v", len(jobs), err)
	}
	mustRun(t, jobs[0].Scenario, 1)
	world.Raters = -1
	if _, err := s.Run(t.Context(), 1, nil); err == nil || !strings.HasPrefix(err.Error(), "hand: ") {
		t.Errorf("with less than no raters: %v", err)
	}
	s.Axes = []Axis{{Path: "scorer", Values: []any{"mean"}}}
	if _, err := Jobs([]*Scenario{s}, nil); err == nil {
		t.Error("axes without text were taken")
	}
}

// What would take a memory or a lifetime is refused by its look.
func TestParseBounds(t *testing.T) {
	values := strings.Repeat("1, ", mostValues) + "1"
	hundreds := strings.Repeat("1, ", 399) + "1"
	for text, want := range map[string]string{
		"world: " + strings.Repeat("[", 100_000):    "x.yaml:1:1: is nested more than 50 deep",
		"world: " + strings.Repeat("{a: ", 100_000): "x.yaml:1:1: is nested more than 50 deep",
		"world:\n" + strings.Repeat("- ", 100_000):  "x.yaml:2:1: is nested more than 50 deep",
		steps(1000): "x.yaml:51:1: is nested more than 50 deep",
		"a: &a [1]\nb: [" + strings.Repeat("*a, ", 1000) +
			"1]\n": "x.yaml:2:1: has more than 50 aliases",
		strings.Repeat("# nothing\n", mostBytes/8): "x.yaml: is longer than 4 MiB",
		"world: organic\naxes: {world.organic.raters: [" + values +
			"]}\n": "x.yaml: the axis world.organic.raters has 1001 values; no more than 1000",
		"world: organic\naxes: {world.organic.raters: [" + hundreds + "], world.organic.items: [" + hundreds +
			"]}\n": "x.yaml: the axes have more than 100000 points together",
	} {
		if _, err := Parse("x.yaml", []byte(text)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.60q: the error is %v, want %s", text, err, want)
		}
	}
}

// steps is a mapping in a mapping, and so on.
func steps(n int) string {
	var b strings.Builder
	for k := range n {
		b.WriteString(strings.Repeat(" ", k) + "a:\n")
	}
	return b.String()
}
