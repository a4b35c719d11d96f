package export

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/reports"
)

// A case of four rings with every kind of decision, whose raters are DIDs but for
// two with names that try what they can.
func testSet(t *testing.T, raters int) *Set {
	t.Helper()
	table := &rating.Table{Raters: rating.NewNames(), Items: rating.NewNames(), Scale: rating.Scale{Min: 1, Max: 5}}
	s := &Set{Ratings: table,
		Case: &reports.Document{Run: reports.Provenance{Ratings: "0123456789abcdef", Version: "1"}},
		Options: Options{At: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC),
			Expires: time.Date(2027, 2, 18, 12, 0, 0, 0, time.UTC),
			Label:   "coordinated-ratings", EntityType: "User", Reporter: "system/ringwatch", DID: "did:plc:moderator"}}
	names := []string{"=1+1", "a,b\u202e"}
	for k := len(names); k < raters; k++ {
		names = append(names, fmt.Sprintf("did:plc:rater%04d", k))
	}
	for i := range 6 {
		table.Items.Add(fmt.Appendf(nil, "item%d", i))
	}
	for k, name := range names {
		table.Raters.Add([]byte(name))
		for i := range 6 {
			table.Append(int32(k), int32(i), 1, int32(86400*i+k))
		}
	}
	items := []string{"item0", "item1", "item2"}
	ring := func(id, certainty, q string, who []string) Ring {
		r := Ring{Ring: reports.Ring{ID: id, Certainty: certainty, Q: json.Number(q), First: "2026-11-01T00:00:00Z",
			Last: "2026-11-02T00:00:00Z"}, Raters: who, Targets: items}
		for _, name := range who {
			r.Members = append(r.Members, reports.Member{Rater: reports.Shown(name)})
		}
		s.Case.Rings = append(s.Case.Rings, r.Ring)
		return r
	}
	yes := reports.Decision{Status: confirmed, By: "Ann", At: "2026-11-19T10:00:00Z", Reason: "same minute"}
	s.Rings = []Ring{ring("R1", "strong", "1e-9", names), ring("R2", "moderate", "1e-4", names[:3])}
	s.Rings[0].Decision = yes
	return s
}

func TestChoose(t *testing.T) {
	damaged := []Ring{{Ring: reports.Ring{ID: "R1", Certainty: "zzz"}}}
	if _, _, err := Choose(damaged, Choice{All: true}); err == nil {
		t.Error("a certainty that nobody knows is handed on")
	}
	var all []Ring
	for _, certainty := range []string{"strong", "weak", "in doubt", "unstable", "coordinated"} {
		for _, status := range []string{"", "open", "confirmed", "dismissed"} {
			all = append(all, Ring{Ring: reports.Ring{ID: certainty + " " + status, Certainty: certainty},
				Decision: reports.Decision{Status: status}})
		}
	}
	for _, x := range []struct {
		c    Choice
		want []string
	}{
		{Choice{}, []string{"strong confirmed", "weak confirmed"}},
		{Choice{All: true}, []string{"strong ", "strong open", "strong confirmed", "weak ", "weak open",
			"weak confirmed"}},
		{Choice{Include: []string{"in-doubt"}}, []string{"strong confirmed", "weak confirmed", "in doubt confirmed"}},
		{Choice{Include: []string{"coordinated", "unstable"}},
			[]string{"strong confirmed", "weak confirmed", "unstable confirmed", "coordinated confirmed"}},
	} {
		chosen, left, err := Choose(all, x.c)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range chosen {
			got = append(got, r.ID)
		}
		n := len(got)
		for _, l := range left {
			n += l.Rings
		}
		if !slices.Equal(got, x.want) || n != len(all) {
			t.Errorf("%+v chose %q, and told of %d of %d; want %q", x.c, got, n, len(all), x.want)
		}
	}
	if _, _, err := Choose(all, Choice{Include: []string{"dismissed"}}); err == nil {
		t.Error("what was dismissed could be asked for")
	}
}

// written returns the content of a file of a format.
func written(t *testing.T, s *Set, format, file string) []byte {
	t.Helper()
	for _, f := range Formats() {
		if f.Name != format {
			continue
		}
		files, err := f.Write(s)
		if err != nil {
			t.Fatal(err)
		}
		if files.Parts[file] == nil {
			return nil
		}
		var b, again bytes.Buffer
		if err := files.Parts[file](&b); err != nil {
			t.Fatal(err)
		}
		if files.Parts[file](&again); !bytes.Equal(b.Bytes(), again.Bytes()) {
			t.Errorf("%s of %s is not the same twice", file, format)
		}
		return b.Bytes()
	}
	t.Fatalf("no format %s", format)
	return nil
}

// each decodes JSON lines.
func each[T any](t *testing.T, data []byte) (all []T) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	for d.More() {
		var v T
		if err := d.Decode(&v); err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	return all
}

// Every format needs what it says, and no more.
func TestNeeds(t *testing.T) {
	for _, f := range Formats() {
		if _, err := f.Write(testSet(t, 6)); err != nil || f.Doc == "" {
			t.Errorf("%s: %v", f.Name, err)
		}
		s := testSet(t, 6)
		s.Options = Options{At: s.At}
		if _, err := f.Write(s); (err != nil) != (len(f.needs) > 0) {
			t.Errorf("%s without options: %v", f.Name, err)
		}
	}
}

func TestSchemas(t *testing.T) {
	s := testSet(t, 8)
	for _, x := range []struct{ format, file string }{{"osprey", "labels.jsonl"}, {"coop", "reports.jsonl"}} {
		schema, err := jsonschema.NewCompiler().Compile(filepath.Join("testdata", x.format+".schema.json"))
		if err != nil {
			t.Fatal(err)
		}
		all := each[any](t, written(t, s, x.format, x.file))
		if len(all) != 8 { // a rater in two rings is one entity
			t.Errorf("%s has %d entries of 8 raters", x.format, len(all))
		}
		for _, v := range all {
			if err := schema.Validate(v); err != nil {
				t.Errorf("%s: %v", x.format, err)
			}
		}
	}
}

func TestOsprey(t *testing.T) {
	s := testSet(t, 4)
	all := each[ospreyRequest](t, written(t, s, "osprey", "labels.jsonl"))
	for k, r := range all {
		u, err := url.Parse(r.Path)
		if err != nil || u.Query().Get("entity_id") != s.Rings[0].Raters[k] || u.Query().Get("entity_type") != "User" {
			t.Errorf("%s is of %q: %v", r.Path, s.Rings[0].Raters[k], err)
		}
	}
	m := all[0].Body.Mutations
	if len(m) != 1 || m[0].Status != 1 || *m[0].Expires != "2027-02-18T12:00:00.000Z" ||
		!strings.Contains(m[0].Reason, "R1") ||
		!strings.Contains(m[0].Reason, "confirmed by Ann on 2026-11-19 (same minute)") || !strings.Contains(m[0].Reason,
		"ring R2 of 3 raters with 3 targets (moderate, q 1e-4), not reviewed by a person") {
		t.Errorf("%+v", m)
	}
	var declared struct {
		Labels map[string]struct {
			ValidFor []string `yaml:"valid_for"`
		}
	}
	if err := yaml.Unmarshal(written(t, s, "osprey", "labels.yaml"), &declared); err != nil ||
		!slices.Equal(declared.Labels["coordinated-ratings"].ValidFor, []string{"User"}) {
		t.Errorf("%+v %v", declared, err)
	}
	s.Expires = time.Time{}
	if all := each[ospreyRequest](t, written(t, s, "osprey", "labels.jsonl")); all[0].Body.Mutations[0].Expires != nil {
		t.Error("what never expires does")
	}
}

// Lists to paste have at most 1,000 identifiers, none of which falls apart.
func TestCoopLists(t *testing.T) {
	s := testSet(t, 2002)
	n := 0
	for k, want := range []int{1000, 1000, 1} {
		ids := strings.Split(strings.TrimSuffix(string(written(t, s, "coop", fmt.Sprintf("ids-%03d.txt", k+1))), "\n"),
			"\n")
		if len(ids) != want || strings.Contains(strings.Join(ids, ""), ",") {
			t.Errorf("list %d has %d identifiers, want %d", k+1, len(ids), want)
		}
		n += len(ids)
	}
	if n != 2001 || written(t, s, "coop", "ids-004.txt") != nil {
		t.Errorf("%d identifiers", n)
	}
}

func TestOzone(t *testing.T) {
	s := testSet(t, 6)
	events := each[ozoneEvent](t, written(t, s, "ozone", "events.jsonl"))
	labels := each[atLabel](t, written(t, s, "ozone", "labels.jsonl"))
	if len(events) != 4 || len(labels) != 4 || events[0].Event.Hours != 90*24 || labels[0].Expires == "" ||
		labels[0].URI != "did:plc:rater0002" {
		t.Errorf("%+v %+v", events, labels)
	}
	s.Rings[0].Raters, s.Rings = s.Rings[0].Raters[:2], s.Rings[:1]
	if _, err := ozone(s); err == nil {
		t.Error("labels of raters without a DID were written")
	}
	s = testSet(t, 6)
	s.Label = "Not Kebab"
	if _, err := ozone(s); err == nil {
		t.Error("a label that is none was written")
	}
}

// With @atproto/api, whose folder RINGWATCH_ATPROTO names, the lexicons say the same.
func TestLexicons(t *testing.T) {
	dir := os.Getenv("RINGWATCH_ATPROTO")
	if dir == "" {
		t.Skip("RINGWATCH_ATPROTO does not name a folder with @atproto/api")
	}
	s := testSet(t, 6)
	input := append(written(t, s, "ozone", "events.jsonl"), written(t, s, "ozone", "labels.jsonl")...)
	c := exec.Command("node", "-e", `
const {lexicons} = require("@atproto/api");
const text = require("fs").readFileSync(0, "utf8").trim().split("\n");
for (const line of text) {
  const v = JSON.parse(line);
  if (v.event) lexicons.assertValidXrpcInput("tools.ozone.moderation.emitEvent", v);
  else { const r = lexicons.validate("com.atproto.label.defs#label", v); if (!r.success) throw r.error; }
}
let caught = 0;
try { lexicons.assertValidXrpcInput("tools.ozone.moderation.emitEvent", {event: {$type: "tools.ozone.moderation.defs#modEventLabel"}, createdBy: "x"}); } catch { caught++ }
if (!caught) throw new Error("nothing is checked");
console.log(text.length);`)
	c.Dir, c.Stdin = dir, bytes.NewReader(input)
	if out, err := c.CombinedOutput(); err != nil || string(out) != "8\n" {
		t.Errorf("%v: %s", err, out)
	}
}

// With stix2-validator in the Python that RINGWATCH_PYTHON names, so does the standard.
func TestSTIXValidator(t *testing.T) {
	python := os.Getenv("RINGWATCH_PYTHON")
	if python == "" || exec.Command(python, "-c", "import stix2validator").Run() != nil {
		t.Skip("RINGWATCH_PYTHON names no Python with stix2-validator")
	}
	hidden, shown := testSet(t, 6), testSet(t, 6)
	shown.RevealIDs = true
	good := written(t, hidden, "stix", "bundle.json")
	all := [][]byte{good, written(t, shown, "stix", "bundle.json"),
		bytes.Replace(good, []byte(`"context": "suspicious-activity"`), []byte(`"contex": "x"`), 1)}
	c := exec.Command(python, "-c", `
import sys
from stix2validator import validate_string, ValidationOptions
# 103: identifiers are of version 5, by content, as the standard allows; 302: a page that may be mended has no hash
for text in sys.stdin.read().split("\0"):
    r = validate_string(text, ValidationOptions(version="2.1", strict=True, disabled="103,302", enforce_refs=True))
    print(r.is_valid, [str(e) for e in r.errors or []])`)
	c.Stdin = bytes.NewReader(bytes.Join(all, []byte{0}))
	out, err := c.CombinedOutput()
	lines := strings.Split(string(out), "\n")
	if err != nil || len(lines) != 4 || lines[0] != "True []" || lines[1] != "True []" ||
		!strings.HasPrefix(lines[2], "False") {
		t.Errorf("%v: %s", err, out)
	}
}

// A bundle refers to what is in it, each once, and tells no identifier.
func TestSTIX(t *testing.T) {
	s := testSet(t, 6)
	text := written(t, s, "stix", "bundle.json")
	for _, secret := range []string{"did:plc:rater", "=1+1", "Ann", "same minute"} {
		if bytes.Contains(text, []byte(secret)) {
			t.Errorf("it tells %q", secret)
		}
	}
	var bundle struct{ Objects []map[string]any }
	if err := json.Unmarshal(text, &bundle); err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	count := map[string]int{}
	for _, o := range bundle.Objects {
		id := o["id"].(string)
		if ids[id] {
			t.Errorf("%s is there twice", id)
		}
		ids[id] = true
		count[o["type"].(string)]++
	}
	for _, o := range bundle.Objects {
		for _, name := range []string{"source_ref", "target_ref", "created_by_ref"} {
			if to, ok := o[name].(string); ok && !ids[to] {
				t.Errorf("%s of %s is nowhere", name, o["id"])
			}
		}
	}
	if count["user-account"] != 6 || count["grouping"] != 2 || count["relationship"] != 2 || count["report"] != 1 ||
		count["attack-pattern"] != 1 {
		t.Error(count)
	}
	// What uuid.uuid5 of Python says of a content that the standard has as an example.
	if got := uuidText(uuid5(observables, `{"value":"198.51.100.3"}`)); got != "28bb3599-77cd-5a82-a950-b5bc3caf07c4" {
		t.Errorf("an identifier by content is %s", got)
	}
}

// The technique is one of DISARM, by name, number, page and object.
func TestDISARM(t *testing.T) {
	type pattern struct {
		ID, Name   string
		References []map[string]string `json:"external_references"`
	}
	published, err := os.ReadFile(filepath.Join("testdata", "disarm.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want pattern
	if err := json.Unmarshal(published, &want); err != nil {
		t.Fatal(err)
	}
	var bundle struct{ Objects []json.RawMessage }
	if err := json.Unmarshal(written(t, testSet(t, 6), "stix", "bundle.json"), &bundle); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, o := range bundle.Objects {
		if !bytes.Contains(o, []byte(`"attack-pattern"`)) {
			continue
		}
		n++
		var got pattern
		if err := json.Unmarshal(o, &got); err != nil {
			t.Fatal(err)
		}
		if got.Name != want.Name || got.References[0]["external_id"] != want.References[0]["external_id"] ||
			got.References[0]["url"] != want.References[0]["url"] || got.References[1]["external_id"] != want.ID {
			t.Errorf("got %+v, DISARM has %+v", got, want)
		}
	}
	if n != 1 {
		t.Errorf("%d patterns", n)
	}
}

func TestUndo(t *testing.T) {
	s := testSet(t, 5)
	votes := each[vote](t, written(t, s, "undo", "votes.jsonl"))
	if len(votes) != 5*3 || votes[0].Value != 5 || votes[0].Rater != "=1+1" ||
		votes[0].Time != "2000-01-01T00:00:00Z" || votes[0].Ring != "R1" {
		t.Errorf("%d votes, first %+v", len(votes), votes[0])
	}
	rows, err := csv.NewReader(bytes.NewReader(written(t, s, "undo", "votes.csv"))).ReadAll()
	if err != nil || len(rows) != 16 || rows[1][0] != "'=1+1" || rows[2][0] != `a,b\u{202e}` {
		t.Errorf("%q %v", rows[:3], err)
	}
	s.AllVotes = true
	if votes := each[vote](t, written(t, s, "undo", "votes.jsonl")); len(votes) != 5*6 {
		t.Errorf("%d votes of all", len(votes))
	}
	s.Ratings.Scale = rating.Scale{Min: .5, Max: 4}
	for k := range s.Ratings.Value {
		s.Ratings.Value[k] = float32(2.5) / 3.5
	}
	if votes := each[vote](t, written(t, s, "undo", "votes.jsonl")); votes[0].Value != 3 {
		t.Errorf("a 3 is given back as %v", votes[0].Value)
	}
	s.Ratings = nil
	if _, err := undo(s); err == nil {
		t.Error("votes were listed without ratings")
	}
}

func TestTable(t *testing.T) {
	rows, err := csv.NewReader(bytes.NewReader(written(t, testSet(t, 5), "csv", "labels.csv"))).ReadAll()
	if err != nil || len(rows) != 1+5+3 || rows[1][0] != "'=1+1" || rows[1][4] != "confirmed" || rows[2][4] != "open" {
		t.Errorf("%q %v", rows, err)
	}
}
