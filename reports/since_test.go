package reports

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/rating"
)

// group is a ring with members named by letters and a target each.
func group(id, members string) Ring {
	r := Ring{ID: id, Size: len(members), Certainty: strong, Items: strings.Split(members, ""),
		Innocent: []Explanation{}}
	if id[0] == 'C' {
		r.Certainty = Coordinated
	}
	for m := range strings.SplitSeq(members, "") {
		r.Members = append(r.Members, Member{Rater: m})
	}
	return r
}

func groups(all ...string) (rings, coordinated []Ring) {
	for _, s := range all {
		id, members, _ := strings.Cut(s, " ")
		if id[0] == 'C' {
			coordinated = append(coordinated, group(id, members))
		} else {
			rings = append(rings, group(id, members))
		}
	}
	return rings, coordinated
}

// ratedBy is a table with raters named by letters.
func ratedBy(raters string) *rating.Table {
	t := &rating.Table{Raters: rating.NewNames(), Items: rating.NewNames()}
	for u := range strings.SplitSeq(raters, "") {
		t.Raters.Add([]byte(u))
	}
	return t
}

func TestGoOn(t *testing.T) {
	ratings := ratedBy("abcdefghijklmnop")
	for name, x := range map[string]struct {
		then, now, want []string
		gone            string
	}{
		"the same, listed in another order": {[]string{"R1 abcd", "R2 efgh"}, []string{"R1 efgh", "R2 abcd"},
			[]string{"R2 unchanged", "R1 unchanged"}, ""},
		"grown and smaller": {[]string{"R1 abcd", "R2 efgh"}, []string{"R1 abcdx", "R2 efg"},
			[]string{"R1 grown", "R2 smaller"}, ""},
		"changed": {[]string{"R1 abcd"}, []string{"R1 abcx"}, []string{"R1 changed"}, ""},
		"a name is not given twice": {[]string{"R1 abcd", "R2 efgh"}, []string{"R1 ijkl", "R2 efgh"},
			[]string{"R3 new", "R2 unchanged"}, "R1 "},
		"half is not the same":       {[]string{"R1 abcd"}, []string{"R1 abxy"}, []string{"R2 new"}, "R1 "},
		"one shared is not the same": {[]string{"R1 ab"}, []string{"R1 bx"}, []string{"R2 new"}, "R1 "},
		"split": {[]string{"R1 abcdefg"}, []string{"R1 efg", "R2 abcd"},
			[]string{"R2 new", "R1 smaller"}, ""},
		"two become one": {[]string{"R1 abcd", "R2 efg"}, []string{"R1 abcdefg"},
			[]string{"R1 grown and R2"}, ""},
		"coordinated becomes a ring": {[]string{"R1 abcd", "C1 efgh"}, []string{"R1 efgh", "R2 abcd"},
			[]string{"R2 other evidence, as C1", "R1 unchanged"}, ""},
		"a ring becomes coordinated": {[]string{"R1 abcd"}, []string{"C1 abcd"},
			[]string{"C1 other evidence, as R1"}, ""},
	} {
		then, now := &Document{Title: "then"}, &Document{}
		then.Rings, then.Coordinated = groups(x.then...)
		now.Rings, now.Coordinated = groups(x.now...)
		now.goOn(&Earlier{Document: then}, ratings)
		var got []string
		for _, g := range now.named() {
			s := g.ID + " " + g.Since.Change
			if w := g.Since.Was; w != "" && w != g.ID {
				s += ", as " + w
			}
			if len(g.Since.Also) > 0 {
				s += " and " + strings.Join(g.Since.Also, " ")
			}
			got = append(got, s)
		}
		gone := ""
		for _, g := range now.Since.Gone {
			gone += g.ID + " "
		}
		if !slices.Equal(got, x.want) || gone != x.gone {
			t.Errorf("%s: got %q, gone %q, want %q, gone %q", name, got, gone, x.want, x.gone)
		}
	}
}

// A name is not given again when its ring is gone for a delivery.
func TestNamesStay(t *testing.T) {
	ratings := ratedBy("")
	doc := &Document{}
	doc.Rings, _ = groups("R1 abcd", "R2 efgh")
	for k, x := range []struct{ found, want string }{{"", ""}, {"R1 ijkl", "R3"}, {"R1 abcd", "R4"}} {
		next := &Document{Title: fmt.Sprint(k)}
		if x.found != "" {
			next.Rings, _ = groups(x.found)
		}
		next.goOn(&Earlier{Document: doc}, ratings)
		if got := next.Since.Delivery; got != k+2 {
			t.Errorf("delivery %d, want %d", got, k+2)
		}
		if x.want != "" && next.Rings[0].ID != x.want {
			t.Errorf("%s is named %s, want %s", x.found, next.Rings[0].ID, x.want)
		}
		doc = next
	}
}

// What was decided stands where nobody joined and the certainty is no less.
func TestDecisionsStand(t *testing.T) {
	ratings := ratedBy("")
	doubted := group("R1", "abcd")
	doubted.Certainty = inDoubt
	for name, x := range map[string]struct {
		now   Ring
		stand bool
	}{
		"unchanged": {group("R1", "abcd"), true}, "smaller": {group("R1", "abc"), true},
		"grown": {group("R1", "abcde"), false}, "changed": {group("R1", "abcx"), false}, "in doubt": {doubted, false},
		"not a ring any more": {group("C1", "abcd"), false},
	} {
		then, now := &Document{}, &Document{}
		then.Rings, _ = groups("R1 abcd")
		if x.now.ID == "C1" {
			now.Coordinated = []Ring{x.now}
		} else {
			now.Rings = []Ring{x.now}
		}
		now.goOn(&Earlier{then, map[string]Decision{"R1": {Status: "confirmed", By: "Ann"}}}, ratings)
		g := now.named()[0]
		if g.Since.Stands != x.stand {
			t.Errorf("%s: the decision stands: %v, want %v", name, g.Since.Stands, x.stand)
		}
		if again := strings.Contains(g.Became(), "look again"); again == x.stand {
			t.Errorf("%s: %q", name, g.Became())
		}
	}
}

// A ring whose q-value was too weak for its delivery pays again in the next.
func TestKnownRingsPaid(t *testing.T) {
	ratings := ratedBy("abcd")
	r := detect.Ring{Raters: []int32{0, 1, 2, 3}}
	doc := &Document{}
	doc.Rings, _ = groups("R1 abcd")
	e := &Earlier{Document: doc}
	if !e.Known(ratings)(&r) {
		t.Error("a ring of before is not known")
	}
	if grown := (detect.Ring{Raters: []int32{0, 1, 2, 3, 4, 5, 6, 7}}); e.Known(ratedBy("abcdefgh"))(&grown) {
		t.Error("a ring is known of whose members half are new")
	}
	doc.Rings[0].Since = &Since{Change: "new"}
	if e.Known(ratings)(&r) {
		t.Error("a ring that was in doubt as to chance is known")
	}
}

// What no run has written is an error, and not a panic.
func TestStrangeEarlier(t *testing.T) {
	for name, d := range map[string]*Document{
		"no name": {Rings: []Ring{{}}}, "another kind": {Rings: []Ring{{ID: "S1"}}},
		"no number":        {Coordinated: []Ring{{ID: "Cx"}}},
		"a huge number":    {Rings: []Ring{{ID: "R9223372036854775807"}}},
		"a strange kind":   {Since: &Continuation{Delivery: 2, Named: map[string]int{"": 1}}},
		"a huge last name": {Since: &Continuation{Delivery: 2, Named: map[string]int{"R": 1 << 62}}},
		"a huge delivery":  {Since: &Continuation{Delivery: 1 << 62}}, "no delivery": {Since: &Continuation{}},
	} {
		if _, err := NewEarlier(d, nil); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	d := &Document{}
	d.Rings, d.Coordinated = groups("R1 abcd", "C2 efgh")
	if _, err := NewEarlier(d, nil); err != nil {
		t.Error(err)
	}
}
