package simulate

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringwatch/ringwatch/catalog"
	"github.com/ringwatch/ringwatch/rating"
)

// small is a world that an attack takes milliseconds in.
func small() *Organic {
	o := NewOrganic()
	o.Raters, o.Items, o.Ratings = 600, 500, 7000
	return o
}

// templates are an organic world and real data of each kind.
var templates = sync.OnceValue(func() map[string]*World {
	generate := func() *World {
		w, err := small().Generate(context.Background(), 7)
		if err != nil {
			panic(err)
		}
		return w
	}
	data := func(change func(*rating.Table)) *World {
		table := generate().Ratings
		change(table)
		return FromRatings(table)
	}
	notes := generate()
	notes.Publish()
	return map[string]*World{
		"organic":  generate(),
		"notes":    notes,
		"data":     data(func(*rating.Table) {}),
		"no-times": data(func(table *rating.Table) { table.Time = nil }),
		"co-actions": data(func(table *rating.Table) {
			table.Scale = rating.Scale{Min: 1, Max: 1}
			for k := range table.Value {
				table.Value[k] = 1
			}
		}),
		"dates-and-an-odd-scale": data(func(table *rating.Table) {
			table.Scale = rating.Scale{Min: -3, Max: 10}
			for k := range table.Value {
				table.Value[k] = float32(k%7) / 6
				table.Time[k] -= table.Time[k] % day
			}
		}),
	}
})

// world returns a template's copy, to be attacked.
func world(kind string) *World {
	w := *templates()[kind]
	w.Ratings = w.Ratings.Prefix(w.Honest)
	w.Ratings.Raters = w.Ratings.Raters.Clone()
	w.Brigade, w.Goal = slices.Clone(w.Brigade), slices.Clone(w.Goal)
	w.Kind, w.Viewpoint = slices.Clone(w.Kind), slices.Clone(w.Viewpoint)
	w.ownNotes = false // but a copy is made before anything is written
	return &w
}

// frail makes an attack small enough for the small world.
func frail(a Attack) Attack {
	set(a, "Accounts", 12)
	if has(a, "Targets") {
		set(a, "Targets", 10)
	}
	return a
}

func has(a Attack, option string) bool {
	return reflect.ValueOf(a).Elem().FieldByName(option).IsValid()
}

func set(a Attack, option string, value any) {
	f := reflect.ValueOf(a).Elem().FieldByName(option)
	f.Set(reflect.ValueOf(value).Convert(f.Type()))
}

func inject(t testing.TB, w *World, seed uint64, attacks ...Attack) *World {
	t.Helper()
	for _, a := range attacks {
		if a, ok := a.(*Import); ok && a.File+a.Profiles == "" {
			a.Profiles = profilesFor(w)
		}
		if err := a.Inject(Stream(seed, a.Name()), w); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// profilesFor writes 60 profiles of 30 of the world's items and values.
func profilesFor(w *World) string {
	var b strings.Builder
	b.WriteString("rater,item,value\n")
	t := w.Ratings
	for u := range 60 {
		for k := range 30 {
			item := int32((7*u + 13*k) % t.Items.Len())
			fmt.Fprintf(&b, "p%02d,%s,%v\n", u, t.Items.Name(item), t.Scale.Of(t.Value[(u+k)%w.Honest]))
		}
	}
	return b.String()
}

// dump is all that a world shows, from a row on.
func dump(w *World, from int) string {
	var b bytes.Buffer
	t := w.Ratings
	for k := from; k < t.Len(); k++ {
		fmt.Fprintf(&b, "%s %s %v", t.Raters.Name(t.Rater[k]), t.Items.Name(t.Item[k]), t.Value[k])
		if t.HasTimes() {
			fmt.Fprintf(&b, " %s", rating.ToTime(t.Time[k]).Format(time.RFC3339))
		}
		if t.Tags != nil {
			fmt.Fprintf(&b, " %x", t.Tags[k])
		}
		b.WriteByte('\n')
	}
	if n := t.Notes; n != nil {
		fmt.Fprintln(&b, n.Author, n.Group)
	}
	WriteTruthRaters(&b, w)
	WriteTruthItems(&b, w)
	fmt.Fprintln(&b, w.Kind, w.Viewpoint)
	return b.String()
}

// each runs a law for every attack in every kind of world.
func each(t *testing.T, law func(t *testing.T, kind string, fresh func() Attack)) {
	for _, fresh := range All {
		for kind := range templates() {
			t.Run(fresh().Name()+"/"+kind, func(t *testing.T) {
				law(t, kind, func() Attack { return frail(fresh()) })
			})
		}
	}
}

func TestAllInOrder(t *testing.T) {
	var names []string
	for _, fresh := range All {
		a := fresh()
		names = append(names, a.Name())
		if d := a.Doc(); d.Summary == "" || d.Goal == "" || d.Source == "" || d.Detection == "" {
			t.Errorf("%s: Doc lacks something: %+v", a.Name(), d)
		}
		for _, o := range catalog.Options(a) {
			if o.Doc == "" || o.Within == "" && isNumber(o.Value) {
				t.Errorf("%s: option %s has no doc or no range", a.Name(), o.Name)
			}
		}
	}
	if !slices.IsSorted(names) {
		t.Errorf("All is not in the order of names: %v", names)
	}
}

func isNumber(x any) bool {
	switch x.(type) {
	case Goal, Arrival, string, []string, bool:
		return false
	}
	return true
}

func TestNew(t *testing.T) {
	for _, fresh := range All {
		a, err := New(fresh().Name())
		if err != nil || !reflect.DeepEqual(a, fresh()) {
			t.Errorf("New(%q) = %v, %v", fresh().Name(), a, err)
		}
	}
	if _, err := New("Brust"); err == nil || !strings.Contains(err.Error(), `did you mean "burst"?`) {
		t.Errorf("New(Brust): %v", err)
	}
}

func TestInjectAppends(t *testing.T) {
	each(t, func(t *testing.T, kind string, fresh func() Attack) {
		w := world(kind)
		before := w.Ratings.Prefix(w.Ratings.Len())
		rater, item := slices.Clone(before.Rater), slices.Clone(before.Item)
		value, times := slices.Clone(before.Value), slices.Clone(before.Time)
		tags := slices.Clone(before.Tags)
		raters, items := w.Ratings.Raters.Len(), w.Ratings.Items.Len()
		inject(t, w, 1, fresh(), fresh())
		if w.Honest != before.Len() || w.Raters != raters || w.Ratings.Len() <= w.Honest ||
			w.Ratings.Items.Len() != items {
			t.Fatalf("honest %d of %d rows, %d raters, %d items", w.Honest, w.Ratings.Len(), w.Raters,
				w.Ratings.Items.Len())
		}
		now := w.Ratings.Prefix(w.Honest)
		if !slices.Equal(rater, now.Rater) || !slices.Equal(item, now.Item) || !slices.Equal(value, now.Value) ||
			!slices.Equal(times, now.Time) || !slices.Equal(tags, now.Tags) {
			t.Fatal("honest rows changed")
		}
		if n := w.Ratings.Notes; n != nil && len(n.Group) != w.Ratings.Raters.Len() {
			t.Fatal("some raters have no modeling group")
		}
		if n := w.Ratings.Raters.Len(); len(w.Brigade) != n || len(w.Kind) != n ||
			w.Viewpoint != nil && len(w.Viewpoint) != n {
			t.Fatal("columns per rater are not all as long as the raters")
		}
		for u := raters; u < len(w.Brigade); u++ {
			if w.Brigade[u] == 0 {
				t.Fatalf("new rater %d has no brigade", u)
			}
		}
		for k := w.Honest; k < w.Ratings.Len(); k++ {
			if w.Brigade[w.Ratings.Rater[k]] == 0 {
				t.Fatalf("row %d comes from a rater without a brigade", k)
			}
		}
	})
}

func TestInjectBlendsIn(t *testing.T) {
	each(t, func(t *testing.T, kind string, fresh func() Attack) {
		w := world(kind)
		seen := map[float32]bool{}
		for _, v := range w.Ratings.Value {
			seen[v] = true
		}
		first, last, timed := w.Ratings.Span()
		inject(t, w, 1, fresh(), fresh())
		if w.Ratings.HasTimes() != timed {
			t.Fatal("times appeared or went")
		}
		if k := slices.IndexFunc(w.Ratings.Time, func(x int32) bool { return x%day != 0 }); strings.HasPrefix(kind,
			"dates") && k >= 0 {
			t.Fatalf("row %d has a time of day, which no honest row has", k)
		}
		pairs := map[[2]int32]bool{}
		for k, u := range w.Ratings.Rater {
			if p := [2]int32{u, w.Ratings.Item[k]}; pairs[p] {
				t.Fatalf("rater %d rates item %d again in row %d", u, p[1], k)
			} else {
				pairs[p] = true
			}
			if !seen[w.Ratings.Value[k]] {
				t.Fatalf("row %d has the value %v, which no honest row has", k, w.Ratings.Value[k])
			}
			if timed && (w.Ratings.Time[k] < first-day || w.Ratings.Time[k] > last+day) {
				t.Fatalf("row %d is of %v, out of the data's time", k, rating.ToTime(w.Ratings.Time[k]))
			}
		}
	})
}

func TestInjectKeepsItsBudget(t *testing.T) {
	each(t, func(t *testing.T, kind string, fresh func() Attack) {
		w := world(kind)
		inject(t, w, 1, fresh(), fresh())
		members := map[int32]int{}
		for _, k := range w.Brigade {
			members[k]++
		}
		targets := 0
		for _, g := range w.Goal {
			if g != 0 {
				targets++
			}
		}
		budget := 20
		if !has(fresh(), "Targets") {
			budget = 0
		}
		if members[1] != 12 || members[2] != 12 || len(members) != 3 || targets != budget {
			t.Fatalf("members %v, %d targets; want 12 and 12, %d", members, targets, budget)
		}
		rows := 0
		for k, c := range Costs(w) {
			if c.Brigade != int32(k+1) || c.Attack != fresh().Name() || c.Accounts != 12 || c.Targets != budget/2 ||
				w.Ratings.HasTimes() && (c.AccountDays < c.Accounts-2 || c.First > c.Last) {
				t.Errorf("brigade %d costs %+v", k+1, c)
			}
			rows += c.Actions
		}
		if rows != w.Ratings.Len()-w.Honest {
			t.Errorf("%d actions are told of %d", rows, w.Ratings.Len()-w.Honest)
		}
		if has(fresh(), "Contrary") || has(fresh(), "Position") { // against the goal by design
			return
		}
		against := 0
		for k := w.Honest; k < w.Ratings.Len(); k++ {
			want := float32(1)
			if w.Goal[w.Ratings.Item[k]] < 0 {
				want = 0
			}
			if w.Goal[w.Ratings.Item[k]] != 0 && w.Ratings.Value[k] == 1-want {
				against++
			}
		}
		if rows := w.Ratings.Len() - w.Honest; against > rows/20 {
			t.Errorf("%d of %d rows go against the goal", against, rows)
		}
	})
}

func TestInjectSameSeed(t *testing.T) {
	each(t, func(t *testing.T, kind string, fresh func() Attack) {
		a, b := inject(t, world(kind), 5, fresh()), inject(t, world(kind), 5, fresh())
		if diff := cmp.Diff(dump(a, a.Honest), dump(b, b.Honest)); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestInjectAlone: another attack before changes nothing but numbers, as long
// as it is not after the same items.
func TestInjectAlone(t *testing.T) {
	rows := func(w *World, brigade int32) (rows []string) {
		for k := w.Honest; k < w.Ratings.Len(); k++ {
			if u := w.Ratings.Rater[k]; w.Brigade[u] == brigade {
				if int(u) >= w.Raters {
					u = int32(slices.Index(w.Brigade[w.Raters:], brigade)) + int32(w.Raters) - u
				}
				line := fmt.Sprint(u, w.Ratings.Item[k], w.Ratings.Value[k])
				if w.Ratings.HasTimes() {
					line += fmt.Sprint(" ", w.Ratings.Time[k])
				}
				if w.Ratings.Tags != nil {
					line += fmt.Sprint(" ", w.Ratings.Tags[k])
				}
				rows = append(rows, line)
			}
		}
		return rows
	}
	each(t, func(t *testing.T, kind string, fresh func() Attack) {
		w := world(kind)
		alone := rows(inject(t, w, 5, fresh()), 1)
		crowded := world(kind)
		first := NewBurst()
		first.Accounts, first.Targets = 3, 1
		for seed := uint64(1); ; seed++ { // until it is after another item
			target := slices.Index(inject(t, world(kind), seed, first).Goal, 1)
			if target < 0 || w.Goal[target] != 0 {
				continue
			}
			inject(t, crowded, seed, first)
			break
		}
		if diff := cmp.Diff(alone, rows(inject(t, crowded, 5, fresh()), 2)); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestInjectNothing(t *testing.T) {
	each(t, func(t *testing.T, kind string, fresh func() Attack) {
		w := world(kind)
		before := dump(w, w.Honest)
		for _, option := range []string{"Accounts", "Targets", "Brigades"} {
			a := fresh()
			if !has(a, option) {
				continue
			}
			set(a, option, 0)
			inject(t, w, 1, a)
			if after := dump(w, w.Honest); after != before {
				t.Fatalf("%s 0 changes the world", option)
			}
		}
	})
}

func TestInjectImpossible(t *testing.T) {
	for _, test := range []struct {
		attack, option string
		value          any
		want           string
	}{
		{"burst", "Targets", 501, "burst: targets is 501, but only 500 items are there"},
		{"hijack", "Accounts", 599, "hijack: accounts times brigades is 599, but only "},
		{"camouflage", "Participation", 1.5, "camouflage: participation is 1.5, but it must be from 0 to 1"},
		{"burst", "Participation", math.NaN(), "burst: participation is NaN, but it must be from 0 to 1"},
		{"drip", "Accounts", -1, "drip: accounts is -1, but it must be from 0 to 10000000"},
		{"drip", "Spread", -time.Hour, "drip: spread is -1h0m0s, but it must be 0 or more"},
		{"hijack", "MinHistory", -1, "hijack: min-history is -1, but it must be 0 or more"},
		{"tag-suppression", "Reasons", "boring",
			`tag-suppression: reasons is "boring", but it must be incorrect, sources, both or none`},
		{"rotate", "Goal", "raise", `rotate: goal is "raise", but it must be push, bury or mixed`},
	} {
		a, err := New(test.attack)
		if err != nil {
			t.Fatal(err)
		}
		set(a, test.option, test.value)
		w := world("organic")
		before := dump(w, 0)
		err = a.Inject(Stream(1, ""), w)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s with %s %v: error %v, want %q", test.attack, test.option, test.value, err, test.want)
		}
		if dump(w, 0) != before {
			t.Errorf("%s with %s %v: fails and changes the world", test.attack, test.option, test.value)
		}
	}
}

// TestAgain: accounts of the attack before strike once more, under their first
// label, at new targets, and rate nothing twice; without such there is an error.
func TestAgain(t *testing.T) {
	for _, fresh := range All {
		a := frail(fresh())
		if !has(a, "Again") {
			continue
		}
		set(a, "Again", true)
		w := world("notes")
		if err := a.Inject(Stream(1, ""), w); err == nil || !strings.Contains(err.Error(), "no attack is before it") {
			t.Errorf("%s again, alone: %v", a.Name(), err)
		}
		first := NewBurst()
		first.Brigades, first.Accounts, first.Targets = 2, 8, 8
		inject(t, w, 1, first)
		rows, raters, targets := w.Ratings.Len(), w.Ratings.Raters.Len(), len(w.Plans[0].Targets)
		err := a.Inject(Stream(1, ""), w)
		if a.Name() == "bomb" || a.Name() == "hijack" || a.Name() == "mimic" {
			if err == nil {
				t.Errorf("%s takes accounts of another attack", a.Name())
			}
			continue
		}
		if err != nil || w.Ratings.Raters.Len() != raters || w.Ratings.Len() == rows ||
			len(w.Plans[0].Targets) == targets {
			t.Errorf("%s again: %v, %d raters after %d, %d rows after %d", a.Name(), err, w.Ratings.Raters.Len(),
				raters, w.Ratings.Len(), rows)
			continue
		}
		pairs := map[[2]int32]bool{}
		for k := w.Honest; k < w.Ratings.Len(); k++ {
			p := [2]int32{w.Ratings.Rater[k], w.Ratings.Item[k]}
			if pairs[p] || w.Brigade[p[0]] == 0 || k >= rows && w.Brigade[p[0]] != 1 {
				t.Fatalf("%s again: row %d of rater %d in brigade %d", a.Name(), k, p[0], w.Brigade[p[0]])
			}
			pairs[p] = true
		}
	}
}

// TestImport: what is in the file comes in as it is, and what is not in the
// world does not.
func TestImport(t *testing.T) {
	file := filepath.Join(t.TempDir(), "profiles.csv")
	text := "user,item,stars,time\nb,i002,5,2024-01-09T10:00:00Z\na,i001,1,2024-01-08\na,i002,3,2024-01-07\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	a := NewImport()
	a.File, a.Scale, a.Promote, a.Demote = file, "1..5", []string{"i002"}, []string{"i001"}
	w := inject(t, world("organic"), 1, a)
	var got []string
	for k := w.Honest; k < w.Ratings.Len(); k++ {
		r := w.Ratings
		got = append(got, fmt.Sprintln(r.Raters.Name(r.Rater[k]), r.Items.Name(r.Item[k]), r.Value[k],
			rating.ToTime(r.Time[k]).Format(time.RFC3339)))
	}
	want := []string{"x000001 i002 0.5 2024-01-07T00:00:00Z\n", "x000001 i001 0 2024-01-08T00:00:00Z\n",
		"x000002 i002 1 2024-01-09T10:00:00Z\n"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if w.Goal[0] != -1 || w.Goal[1] != 1 {
		t.Errorf("goals %v", w.Goal[:2])
	}
	for want, change := range map[string]func(*Import){
		"import: give either file or profiles":                    func(a *Import) { a.Profiles = text },
		`import: the world has no item "i2"; its first is "i001"`: func(a *Import) { a.Promote = []string{"i2"} },
		"import: i001 is both promoted and demoted":               func(a *Import) { a.Promote = []string{"i001"} },
		`import: the world has no item "x"; its first is "i001"`: func(a *Import) {
			a.File, a.Profiles = "", "rater,item,value\na,x,1\n"
		},
		"profiles.csv:2: ": func(a *Import) { a.Scale = "" },
	} {
		b, w := *a, world("organic")
		change(&b)
		before := dump(w, 0)
		if err := b.Inject(Stream(1, ""), w); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
		if dump(w, 0) != before {
			t.Errorf("%s, and the world is another", want)
		}
	}
}

// TestWriter: the targets are the first account's, and the others are there
// within minutes.
func TestWriter(t *testing.T) {
	w := world("notes")
	before := slices.Clone(w.Ratings.Notes.Author)
	v := look(inject(t, w, 1, frail(NewWriter())))
	n := w.Ratings.Notes
	for i, g := range w.Goal {
		if name := n.Authors.Name(n.Author[i]); (name == "x000001") != (g != 0) || g == 0 && n.Author[i] != before[i] {
			t.Errorf("item %d with goal %d is by %s", i, g, name)
		}
	}
	if soon := mean(v.on, v.age); soon > 10*minute || len(v.on) < 60 {
		t.Errorf("%d ratings, %.0f s after their items' birth", len(v.on), soon)
	}
	if of := templates()["notes"].Ratings.Notes; !slices.Equal(of.Author, before) {
		t.Error("the attack reached the notes of another world")
	}
}

// TestTagSuppression: votes against targets carry the reasons, each in its camp.
func TestTagSuppression(t *testing.T) {
	a := frail(NewTagSuppression()).(*TagSuppression)
	a.Reasons, a.Slips = "incorrect", 0
	v := look(inject(t, world("notes"), 1, a))
	for _, k := range v.on {
		r := v.Ratings
		if r.Tags[k] != tagIncorrect || r.Value[k] != 0 ||
			v.Viewpoint[r.Rater[k]]*v.Side[r.Item[k]] < 0 && v.Viewpoint[r.Rater[k]]*v.Viewpoint[r.Rater[k]] > .1 {
			t.Errorf("row %d: tags %x, value %v", k, r.Tags[k], r.Value[k])
		}
	}
	if len(v.on) < 40 {
		t.Errorf("%d ratings of targets", len(v.on))
	}
}

// TestPublish: everybody's reasons fit the value, authors do not rate their own
// items, and nothing else about the world changes.
func TestPublish(t *testing.T) {
	w, plain := world("notes"), world("organic")
	if !slices.Equal(w.Ratings.Value, plain.Ratings.Value) || !slices.Equal(w.Ratings.Time, plain.Ratings.Time) {
		t.Fatal("ratings changed")
	}
	n, own := w.Ratings.Notes, 0
	for k, u := range w.Ratings.Rater {
		tags, v := w.Ratings.Tags[k]&^(1<<rating.TagSampled), w.Ratings.Value[k]
		if v == 1 && tags>>rating.TagNotHelpful != 0 || v == 0 && tags<<(32-rating.TagNotHelpful) != 0 {
			t.Fatalf("row %d: value %v for reasons %x", k, v, tags)
		}
		if n.Authors.Name(n.Author[w.Ratings.Item[k]]) == w.Ratings.Raters.Name(u) {
			own++
		}
	}
	if own > w.Honest/1000 {
		t.Errorf("%d ratings of %d are of the rater's own item", own, w.Honest)
	}
}

// TestQuorum: each camp of each target shows the net votes that were asked for,
// unless honest raters alone showed more.
func TestQuorum(t *testing.T) {
	w := world("organic")
	a := NewQuorum()
	a.Accounts, a.Targets, a.Slips = 40, 10, 0
	inject(t, w, 1, a)
	f := w.census().factors()
	missing := map[[2]float64]int{}
	for i, g := range w.Goal {
		if g == 0 {
			continue
		}
		for _, camp := range []float64{1, -1} {
			b := &brigade{World: w}
			missing[[2]float64{float64(i), camp}] = max(0, 4-b.net(target{item: int32(i), value: 1}, camp, f))
		}
	}
	for k := w.Honest; k < w.Ratings.Len(); k++ {
		if u, i := w.Ratings.Rater[k], w.Ratings.Item[k]; w.Goal[i] != 0 {
			missing[[2]float64{float64(i), math.Copysign(1, float64(w.Viewpoint[u]))}]--
		}
	}
	for at, n := range missing {
		if n != 0 {
			t.Errorf("item %v, camp %v: %d votes missing", at[0], at[1], n)
		}
	}
}

// TestFlock: accounts rate next to all of a home and nothing else but targets.
func TestFlock(t *testing.T) {
	a := NewFlock()
	a.Home = 60
	v := look(inject(t, world("organic"), 1, a))
	home := map[int32]bool{}
	for _, k := range v.off {
		home[v.Ratings.Item[k]] = true
	}
	if len(home) > a.Home || len(v.off) < a.Accounts*a.Home*9/10 {
		t.Errorf("%d ratings of %d items at home", len(v.off), len(home))
	}
}

// TestFrame: accounts repeat the last ratings of one community and strike.
func TestFrame(t *testing.T) {
	w := world("organic")
	v := look(inject(t, w, 1, NewFrame()))
	community := (&brigade{World: w, rng: Stream(1, "")}).community(10)
	if len(community) != 10 || community[0] == community[1] {
		t.Fatalf("community %v", community)
	}
	copied := map[int32]bool{}
	for _, k := range v.off {
		copied[v.Ratings.Item[k]] = true
	}
	if len(copied) > 10*20 || len(v.on) < 80 {
		t.Errorf("%d items repeated, %d ratings of targets", len(copied), len(v.on))
	}
}

// TestConsensusVotes: with raters' factors fixed, what the accounts vote lifts
// the targets' intercepts more than the best rating from all of them would, and
// some of it is the worst rating.
func TestConsensusVotes(t *testing.T) {
	w := world("organic")
	a := NewConsensus()
	a.Accounts, a.Opposite, a.Slips, a.Participation = 2, 0, 0, 1
	inject(t, w, 1, a)
	f := w.census().factors()
	fit := func(item int32, vote func(row int) float64) (intercept float64) {
		var n, s1, s2, r, rx float64
		for k, i := range w.Ratings.Item {
			if i != item {
				continue
			}
			u := w.Ratings.Rater[k]
			x, v := 0., float64(w.Ratings.Value[k])
			if int(u) < w.Raters {
				x = f.rater[u]
			} else {
				x, v = math.Copysign(f.far, float64(w.Viewpoint[u])), vote(k)
			}
			n, s1, s2, r, rx = n+1, s1+x, s2+x*x, r+v, rx+v*x
		}
		s2 += f.ridge
		return (r*s2 - rx*s1) / (n*s2 - s1*s1)
	}
	straight := world("organic")
	a.Straight = true
	for _, k := range look(inject(t, straight, 1, a)).on {
		if straight.Ratings.Value[k] != 1 {
			t.Error("a straight vote is not the best")
		}
	}
	contrary := 0
	for i, g := range w.Goal {
		if g == 0 {
			continue
		}
		worst := false
		voted := fit(int32(i), func(k int) float64 {
			worst = worst || w.Ratings.Value[k] == 0
			return float64(w.Ratings.Value[k])
		})
		if best := fit(int32(i), func(int) float64 { return 1 }); worst {
			contrary++
			if voted <= best {
				t.Errorf("item %d: intercept %.3f by the votes, %.3f by the best ratings", i, voted, best)
			}
		}
	}
	if contrary == 0 {
		t.Error("no target gets the worst rating from anybody")
	}
}

// TestFromRatings: an attack on real data leaves the caller's table alone.
func TestFromRatings(t *testing.T) {
	table := world("organic").Ratings
	table.Rater = slices.Grow(table.Rater, 1000)
	table.Item = slices.Grow(table.Item, 1000)
	spare := table.Rater[:cap(table.Rater)]
	n, raters := table.Len(), table.Raters.Len()
	inject(t, FromRatings(table), 1, frail(NewBurst()))
	if table.Len() != n || table.Raters.Len() != raters || slices.Max(spare[n:]) > 0 {
		t.Error("the attack reached the caller's table")
	}
}

func TestGoal(t *testing.T) {
	for _, fresh := range All {
		for goal, want := range map[Goal][2]bool{Push: {true, false}, Bury: {false, true}, Mixed: {true, true}} {
			a := frail(fresh())
			if !has(a, "Goal") {
				continue
			}
			set(a, "Targets", 30)
			set(a, "Goal", goal)
			w := inject(t, world("organic"), 1, a)
			if got := [2]bool{slices.Contains(w.Goal, 1), slices.Contains(w.Goal, -1)}; got != want {
				t.Errorf("%s: goal %s pushes and buries: %v, want %v", a.Name(), goal, got, want)
			}
		}
	}
}
