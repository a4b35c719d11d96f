package serve

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/reports"
	"github.com/ringwatch/ringwatch/reports/internal/page"
)

// TestMain serves a case instead of testing, in the process that TestKill ends.
func TestMain(m *testing.M) {
	if dir := os.Getenv("RINGWATCH_TEST_SERVE"); dir != "" {
		app, err := Open(dir, Options{})
		if err != nil {
			panic(err)
		}
		l, err := Listen("127.0.0.1:0", "")
		if err != nil {
			panic(err)
		}
		fmt.Println(l.Addr())
		panic(http.Serve(l, app.Handler()))
	}
	os.Exit(m.Run())
}

// caseDir writes a case of n rings of six raters on four items each, among a
// crowd. Names given replace those of the first raters, items too if they come
// in pairs.
func caseDir(t testing.TB, n int, names ...string) string { return caseOf(t, n, 6, names...) }

// caseOf is caseDir with rings of another size.
func caseOf(t testing.TB, n, size int, names ...string) string {
	t.Helper()
	c := ringsOf(n, size, names...)
	c.ExactTimes = true
	dir := filepath.Join(t.TempDir(), "case")
	write(t, dir, c)
	return dir
}

func ringsOf(n, size int, names ...string) *reports.Case {
	const targets, crowd = 4, 40
	table := &rating.Table{Raters: rating.NewNames(), Items: rating.NewNames(), Scale: rating.Scale{Min: 1, Max: 5}}
	name := func(k int, plain string) []byte {
		if k < len(names) {
			plain = names[k]
		}
		return []byte(plain)
	}
	for k := range n*size + crowd {
		table.Raters.Add(name(k, fmt.Sprintf("rater%04d", k)))
	}
	for k := range n*targets + 20 {
		table.Items.Add(name(k, fmt.Sprintf("item %04d", k)))
	}
	f := &detect.Findings{Detectors: []string{"agreement", "synchrony"}, Suspicion: make([]float64, table.Raters.Len()),
		Background: detect.Background{Tested: 2 * n}}
	const start = 8000 * 86400
	for u := range crowd {
		for j := range 12 {
			table.Append(int32(n*size+u), int32((u*7+j*5)%table.Items.Len()), float32(u*j%5)/4,
				int32(start+(u*31+j*17)%40*86400))
		}
	}
	for g := range n {
		r := detect.Ring{Detectors: f.Detectors[g%2:], LogP: -30 / float64(g+1), LogQ: -25 / float64(g+1),
			First: start + int32(g%30)*86400, Last: start + int32(g%30)*86400 + 600}
		r.P, r.Q = math.Exp(r.LogP), math.Exp(r.LogQ)
		var rows []int32
		for u := g * size; u < (g+1)*size; u++ {
			r.Raters = append(r.Raters, int32(u))
			r.Members = append(r.Members, detect.Member{Rater: int32(u), Role: "core", Strength: float64(u%size + 1),
				Shared: targets})
			f.Suspicion[u] = .9
			for i := g * targets; i < (g+1)*targets; i++ {
				rows = append(rows, int32(table.Len()))
				table.Append(int32(u), int32(i), 1, r.First+int32(60*(u%size)))
			}
		}
		for i := g * targets; i < (g+1)*targets; i++ {
			r.Items = append(r.Items, int32(i))
		}
		r.Evidence = []detect.Evidence{{Measure: "co-selection", Unit: "ratings", Observed: float64(len(rows)),
			Expected: .5, Rows: rows}}
		r.Innocent = []detect.Explanation{{Name: "common interest", Because: "they share nothing else"}}
		f.Rings = append(f.Rings, r)
	}
	return &reports.Case{Title: "A case", Ratings: table, Findings: f,
		Run: reports.Provenance{Version: "1", Seed: 1, Ratings: "00ff"}}
}

// write writes a case's folder.
func write(t testing.TB, dir string, c *reports.Case) {
	t.Helper()
	f, err := reports.Claim(dir, "detect", false)
	if err == nil {
		err = errors.Join(reports.WriteCase(f, c), f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Lists, exports and the API say how sure they are, and rings in doubt, made by
// hand or not, and coordinated groups come last, however strong.
func TestTiers(t *testing.T) {
	dir := caseOf(t, 4, 6)
	path := filepath.Join(dir, "rings.json")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	rings := doc["rings"].([]any)
	first := rings[0].(map[string]any)
	first["certainty"] = "in doubt"
	first["innocent_explanations"] = []any{map[string]any{"name": "household", "holds": true,
		"because": "they share a home"}}
	group := rings[3].(map[string]any)
	group["ring"], group["certainty"] = "C1", "coordinated"
	doc["rings"], doc["coordinated"] = rings[:3], []any{group}
	if raw, err = json.Marshal(doc); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, raw, 0o644); err != nil {
		t.Fatal(err)
	}
	a := open(t, dir, Options{RevealIDs: true})
	var list struct{ Rings []ringRow }
	if err := json.Unmarshal(ask(a, "GET", "/api/v1/rings", "").Body.Bytes(), &list); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range list.Rings {
		got = append(got, strings.TrimSpace(r.Ring+" "+r.Certainty+" "+r.Fits))
	}
	want := []string{"R2 moderate", "R3 moderate", "R1 in doubt household", "C1 coordinated"}
	if !slices.Equal(got, want) {
		t.Errorf("%q; want %q", got, want)
	}
	for _, at := range []string{"/", "/rings/R1", "/raters", "/raters/rater0000", "/api/v1/raters",
		"/api/v1/raters/rater0000", "/api/v1/rings/R1", "/api/v1/pair?a=rater0000&b=rater0001",
		"/api/v1/export/rings.csv", "/api/v1/export/rings.json", "/api/v1/export/members.csv",
		"/api/v1/export/members.json", "/api/v1/export/raters.csv", "/api/v1/export/raters.json"} {
		w := ask(a, "GET", at, "")
		if w.Code != 200 || !strings.Contains(w.Body.String(), "in doubt") ||
			!strings.Contains(w.Body.String(), "household") {
			t.Errorf("%s: %d, and not what is in doubt and why", at, w.Code)
		}
	}
	for _, at := range []string{"/rings/C1", "/raters/rater0018", "/api/v1/export/rings.gexf",
		"/api/v1/export/rings.graphml"} {
		if w := ask(a, "GET", at, ""); w.Code != 200 || !strings.Contains(w.Body.String(), "coordinated") {
			t.Errorf("%s: %d, and not that it is coordinated", at, w.Code)
		}
	}
	decide(t, a, 201, `{"who":"ann","action":"merge","rings":["R1","R2"],"versions":{"R1":0,"R2":0}}`)
	s := ask(a, "GET", "/api/v1/rings/M1", "").Body.String()
	if !strings.Contains(s, "in doubt") || !strings.Contains(s, "household") {
		t.Errorf("a ring made of one in doubt is in doubt no longer: %s", s)
	}
}

// A page that is made of a case shows what people decided about its rings.
func TestDecisionsOnPage(t *testing.T) {
	dir := caseOf(t, 3, 6)
	page := func() string {
		f, err := os.Open(filepath.Join(dir, "rings.json"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		c, err := reports.ReadCase(f)
		if err != nil {
			t.Fatal(err)
		}
		if c.Decisions, err = Decisions(dir, c.Document()); err != nil {
			t.Fatal(err)
		}
		c.MadeBy("Ann <b>", "2026-11-26")
		var b bytes.Buffer
		if err := reports.HTML(&b, c); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	if s := page(); strings.Contains(s, "Decided:") ||
		!strings.Contains(s, "Made by Ann &lt;b&gt; on 2026-11-26. All times are UTC.") {
		t.Error("a page of a case that nobody decided about")
	}
	a := open(t, dir, Options{})
	decide(t, a, 201, `{"who":"bo","action":"dismiss","rings":["R1"],"versions":{"R1":0},"reason":"a <family>"}`)
	decide(t, a, 201, `{"who":"cy","action":"comment","rings":["R2"],"text":"ask them"}`)
	s := page()
	for _, want := range []string{"<b>Decided: dismissed</b> by bo, ", ": a &lt;family&gt;", ": ask them",
		"<b>Decided: open</b>"} {
		if !strings.Contains(s, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if n := strings.Count(s, "Decided:"); n != 2 {
		t.Errorf("%d decisions on the page; want 2", n)
	}
}

func open(t testing.TB, dir string, o Options) *App {
	t.Helper()
	a, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

// ask sends a request to this machine; change may alter it before.
func ask(a *App, method, path, body string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host = "127.0.0.1:8377"
	if strings.HasPrefix(path, "/api/") && method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
	} else if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, f := range change {
		f(r)
	}
	w := httptest.NewRecorder()
	a.Handler().ServeHTTP(w, r)
	return w
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func decide(t *testing.T, a *App, code int, body string) map[string]any {
	t.Helper()
	w := ask(a, "POST", "/api/v1/decisions", body)
	if w.Code != code {
		t.Fatalf("%s: %d %s; want %d", body, w.Code, w.Body, code)
	}
	var v map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func status1(t *testing.T, a *App, id string) string {
	t.Helper()
	var v struct{ Triage state }
	w := ask(a, "GET", "/api/v1/rings/"+id, "")
	if w.Code == http.StatusNotFound {
		return "none"
	}
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(v.Triage.Status, " ", v.Triage.Version)
}

var paths = []string{"/",
	"/?q=1e-3&since=2000-01-01&until=2029-01-01&search=a&status=open&detector=synchrony&least=2&sort=-size",
	"/rings/R1", "/raters", "/raters?search=P1&ring=R1&from=2",
	"/raters/P1", "/items", "/items?search=0001", "/items/item%200001", "/pair", "/pair?a=P1&b=P2", "/log", "/login",
	"/api/v1/case", "/api/v1/rings", "/api/v1/rings?limit=1&from=1", "/api/v1/rings/R2", "/api/v1/raters",
	"/api/v1/raters/P3", "/api/v1/items", "/api/v1/items/item%200001",
	"/api/v1/pair?a=P1&b=P2", "/api/v1/log", "/graph", "/graph?q=1e-3", "/api/v1/graph", "/api/v1/graph?ring=R2",
	"/static/graph.js", "/static/cytoscape.js", "/api/v1/openapi.json", "/static/app.js", "/static/app.css",
	"/static/report.js", "/static/report.css"}

func exports() (all []string) {
	for _, what := range []string{"rings", "members", "raters", "items", "log"} {
		for _, format := range []string{"csv", "json", "parquet"} {
			all = append(all, what+"."+format)
		}
	}
	return append(all, "rings.graphml", "rings.gexf")
}

func TestPages(t *testing.T) {
	a := open(t, caseDir(t, 3), Options{})
	for _, path := range paths {
		w := ask(a, "GET", path, "")
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
		h := w.Header()
		if h.Get("Content-Security-Policy") != policy || h.Get("X-Content-Type-Options") != "nosniff" ||
			h.Get("Content-Type") == "" {
			t.Errorf("%s: headers %v", path, h)
		}
		if s := w.Body.String(); !strings.HasPrefix(path, "/api/") && !strings.HasPrefix(path, "/static/") {
			forbidden := regexp.MustCompile(
				`(?i)<script[^>]*>[^<]|<style|\sstyle=| on\w+=|(src|href|action)="(https?:|//|javascript:)`)
			if at := forbidden.FindString(s); at != "" {
				t.Errorf("%s: the policy forbids %q", path, at)
			}
			if strings.Contains(s, "rater00") {
				t.Errorf("%s names a rater", path)
			}
		}
	}
	for path, code := range map[string]int{"/nope": 404, "/rings/R9": 404, "/raters/P999999": 404,
		"/raters/rater0001": 404, "/items/x": 404, "/?q=2": 422, "/?since=x": 422, "/?sort=x": 422, "/?least=-1": 422,
		"/raters?from=-1": 422, "/pair?a=P1&b=P1": 422, "/pair?a=P1&b=zzz": 422, "/api/v1/nope": 404,
		"/api/v1/rings?limit=0": 422, "/api/v1/rings?status=x": 422, "/static/nope.js": 404} {
		if w := ask(a, "GET", path, ""); w.Code != code {
			t.Errorf("%s: %d; want %d", path, w.Code, code)
		}
	}
	for _, what := range exports() {
		w := ask(a, "GET", "/api/v1/export/"+what, "")
		if w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Content-Disposition"), what) {
			t.Errorf("%s: %d %s", what, w.Code, w.Body)
		}
	}
}

// The application's pseudonyms are those of the report, whose key lies beside it.
func TestPseudonyms(t *testing.T) {
	dir := caseDir(t, 3)
	a := open(t, dir, Options{})
	b, err := os.ReadFile(filepath.Join(dir, "pseudonyms.csv"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil || len(rows) != 19 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, row := range rows[1:] {
		if id, ok := a.data.key.ID(row[0]); !ok || id != row[1] {
			t.Errorf("%s stands for %s here, for %s in the report", row[0], id, row[1])
		}
	}

	// nor does what is told of the reading name a rater
	path := filepath.Join(dir, "rings.json")
	if b, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	b = bytes.Replace(b, []byte(`"run": {`),
		[]byte(`"run": {"warnings": ["as \"qqana\""], "reading": {"top_rater": "qqana",`+
			`"top_rater_share": 0.1}, `), 1)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, reveal := range []bool{false, true} {
		a := open(t, dir, Options{RevealIDs: reveal})
		if s := ask(a, "GET", "/api/v1/case", "").Body.String(); strings.Contains(s, "qqana") != reveal {
			t.Errorf("identifiers revealed: %v: %s", reveal, s)
		}
	}
}

// A graph holds every rating of a ring's members on its targets, between nodes
// that are there.
func TestGraph(t *testing.T) {
	a := open(t, caseDir(t, 3), Options{})
	var g graph
	if err := json.Unmarshal(ask(a, "GET", "/api/v1/graph?ring=R2", "").Body.Bytes(), &g); err != nil ||
		len(g.Nodes) != 10 || len(g.Edges) != 24 || g.Rings != 1 {
		t.Errorf("%d nodes, %d edges of %d rings, %v", len(g.Nodes), len(g.Edges), g.Rings, err)
	}
	there := map[string]bool{}
	for _, n := range g.Nodes {
		there[n.ID] = true
	}
	for _, e := range g.Edges {
		if !there[e.From] || !there[e.To] || e.Time == "" {
			t.Errorf("%+v", e)
		}
	}
	big := open(t, caseOf(t, 60, 40), Options{})
	if err := json.Unmarshal(ask(big, "GET", "/api/v1/graph", "").Body.Bytes(), &g); err != nil ||
		len(g.Nodes) > maxNodes || g.Left == 0 || g.Rings+g.Left != 60 {
		t.Errorf("%d nodes of %d rings, %d left out, %v", len(g.Nodes), g.Rings, g.Left, err)
	}
}

// What is exported is what is on screen: the same rings, in the same order,
// with the same names, and readable by what reads such files.
func TestExports(t *testing.T) {
	a := open(t, caseDir(t, 5), Options{})
	const query = "?sort=-strength&detector=synchrony&q=0.01"
	page := ask(a, "GET", "/"+query, "").Body.String()
	var want []string
	for _, m := range regexp.MustCompile(`<th scope="row"><a href="/rings/(R\d)"`).FindAllStringSubmatch(page, -1) {
		want = append(want, m[1])
	}
	if len(want) < 2 || want[0] < want[1] {
		t.Fatalf("the page lists %v", want)
	}
	rows, err := csv.NewReader(ask(a, "GET", "/api/v1/export/rings.csv"+query, "").Body).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range rows[1:] {
		got = append(got, row[0])
	}
	if !slices.Equal(got, want) {
		t.Errorf("rings.csv has %v; the page %v", got, want)
	}
	var rings []struct{ Ring string }
	if err := json.Unmarshal(ask(a, "GET", "/api/v1/export/rings.json"+query, "").Body.Bytes(), &rings); err != nil ||
		len(rings) != len(want) || rings[0].Ring != want[0] {
		t.Errorf("rings.json has %v, %v", rings, err)
	}
	data := ask(a, "GET", "/api/v1/export/rings.parquet"+query, "").Body.Bytes()
	type row struct {
		Ring    string   `parquet:"ring"`
		Members []string `parquet:"members,list"`
	}
	packed, err := parquet.Read[row](bytes.NewReader(data), int64(len(data)))
	if err != nil || len(packed) != len(want) || packed[0].Ring != want[0] ||
		!strings.HasPrefix(packed[0].Members[0], "P") {
		t.Errorf("rings.parquet has %v, %v", packed, err)
	}
	for _, format := range []string{"graphml", "gexf"} {
		s := ask(a, "GET", "/api/v1/export/rings."+format+query, "").Body.String()
		err := xml.Unmarshal([]byte(s), new(struct{}))
		if err != nil || strings.Contains(s, "rater00") || !strings.Contains(s, "P1") {
			t.Errorf("%s: %v", format, err)
		}
	}
}

func TestDecisions(t *testing.T) {
	dir := caseDir(t, 4)
	a := open(t, dir, Options{})
	decide(t, a, 201, `{"who":"ann","action":"confirm","rings":["R1"],"versions":{"R1":0}}`)
	// bob had not seen it
	decide(t, a, 409, `{"who":"bob","action":"dismiss","reason":"fans","rings":["R1"],"versions":{"R1":0}}`)
	decide(t, a, 201, `{"who":"bob","action":"comment","text":"why?","rings":["R1"]}`)
	decide(t, a, 201, `{"who":"bob","action":"assign","assignee":"cy","rings":["R1"],"versions":{"R1":1}}`)
	decide(t, a, 201, `{"who":"bob","action":"dismiss","reason":"fans","rings":["R2"]}`)
	for _, bad := range []string{`{"who":"","action":"confirm","rings":["R3"]}`,
		`{"who":"a","action":"burn","rings":["R3"]}`, `{"who":"a","action":"dismiss","rings":["R3"]}`,
		`{"who":"a","action":"confirm","rings":["R9"]}`, `{"who":"a","action":"confirm","rings":[]}`,
		`{"who":"a","action":"merge","rings":["R3"]}`,
		`{"who":"a","action":"merge","rings":["R3","R3"]}`,
		`{"who":"a","action":"split","rings":["R3"],"members":["P13"]}`,
		`{"who":"a","action":"split","rings":["R3"],"members":["P1","P2"]}`,
		`{"who":"a","action":"undo","undoes":99}`, `{"who":"a","action":"comment","text":" ","rings":["R3"]}`,
		`{"who":"a","nope":1}`, `{} {}`, `[]`, ``,
		`{"who":"a","action":"comment","rings":["R3"],"text":"` + strings.Repeat("x", 5000) + `"}`} {
		decide(t, a, 422, bad)
	}
	m := decide(t, a, 201, `{"who":"ann","action":"merge","rings":["R3","R4"],"versions":{}}`)
	id := fmt.Sprintf("M%v", m["seq"])
	if got := status1(t, a, "R3") + ", " + status1(t, a, id); got != "merged 5, open 5" {
		t.Error(got)
	}
	decide(t, a, 409, `{"who":"bob","action":"confirm","rings":["R3"],"versions":{"R3":5}}`)
	var members struct {
		Ring struct {
			Members []struct{ Rater string }
			Items   []string
		}
	}
	if err := json.Unmarshal(ask(a, "GET", "/api/v1/rings/"+id, "").Body.Bytes(), &members); err != nil ||
		len(members.Ring.Members) != 12 || len(members.Ring.Items) != 8 {
		t.Fatalf("%s has %v, %v", id, members, err)
	}
	s := decide(t, a, 201,
		fmt.Sprintf(`{"who":"bob","action":"split","rings":[%q],"versions":{%q:5},"members":[%q,%q]}`,
			id, id, members.Ring.Members[0].Rater, members.Ring.Members[1].Rater))
	first, second := fmt.Sprintf("S%va", s["seq"]), fmt.Sprintf("S%vb", s["seq"])
	if got := status1(t, a, first) + ", " + status1(t, a, second); got != "open 6, open 6" {
		t.Error(got)
	}
	decide(t, a, 409, `{"who":"ann","action":"undo","undoes":5}`) // the split builds on the merge
	decide(t, a, 201, `{"who":"ann","action":"undo","undoes":6}`)
	decide(t, a, 201, `{"who":"ann","action":"undo","undoes":5}`)
	decide(t, a, 409, `{"who":"ann","action":"undo","undoes":5}`)
	want := "open 8, open 8, none, none"
	got := func(a *App) string {
		return status1(t, a, "R3") + ", " + status1(t, a, "R4") + ", " + status1(t, a, id) + ", " + status1(t, a, first)
	}
	if got(a) != want {
		t.Errorf("%s; want %s", got(a), want)
	}
	decide(t, a, 201, `{"who":"ann","action":"undo","undoes":8}`) // merged once more
	if s := status1(t, a, id); s != "open 7" {
		t.Error(s)
	}

	// Another process sees the same, and so does one that comes later.
	b := open(t, dir, Options{})
	if got(b) != got(a) {
		t.Errorf("%s; want %s", got(b), got(a))
	}
	decide(t, b, 201, `{"who":"cy","action":"reopen","rings":["R2"],"versions":{"R2":4}}`)
	if s := status1(t, a, "R2"); s != "open 10" {
		t.Error(s)
	}
	for _, path := range []string{"/", "/rings/R1", "/rings/R3", "/rings/" + id, "/log", "/api/v1/log",
		"/api/v1/export/rings.graphml", "/api/v1/export/log.csv"} {
		if w := ask(a, "GET", path, ""); w.Code != 200 {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	if _, err := a.triage.db.Exec(`DELETE FROM events`); err == nil {
		t.Error("events can be deleted")
	}
}

// Whoever decides at once, every decision that was acknowledged is there, and
// only one of those that were made on the same ground.
func TestTogether(t *testing.T) {
	dir := caseDir(t, 2)
	apps := []*App{open(t, dir, Options{}), open(t, dir, Options{})}
	var wait sync.WaitGroup
	var mu sync.Mutex
	won, comments := 0, 0
	for k := range 16 {
		wait.Go(func() {
			a := apps[k%2]
			body := fmt.Sprintf(`{"who":"w%d","action":"confirm","rings":["R1"],"versions":{"R1":0}}`, k)
			if ask(a, "POST", "/api/v1/decisions", body).Code == 201 {
				mu.Lock()
				won++
				mu.Unlock()
			}
			if ask(a, "POST", "/api/v1/decisions",
				fmt.Sprintf(`{"who":"w%d","action":"comment","text":"c%d","rings":["R1"]}`, k, k)).Code == 201 {
				mu.Lock()
				comments++
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	if won != 1 || comments != 16 {
		t.Errorf("%d decisions on the same version were taken, and %d comments of 16", won, comments)
	}
	third := open(t, dir, Options{})
	if n := len(third.triage.now().events); n != 17 {
		t.Errorf("%d events; want 17", n)
	}
}

// A process that is killed loses nothing that it acknowledged.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	dir := caseDir(t, 2)
	acknowledged := 0
	for round := range 3 {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), "RINGWATCH_TEST_SERVE="+dir)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		address := make([]byte, 64)
		n, err := out.Read(address)
		if err != nil {
			t.Fatal(err)
		}
		to := "http://" + strings.TrimSpace(string(address[:n])) + "/api/v1/decisions"
		time.AfterFunc(time.Duration(100+70*round)*time.Millisecond, func() { c.Process.Kill() })
		for k := 0; ; k++ {
			r, err := http.Post(to, "application/json",
				strings.NewReader(fmt.Sprintf(`{"who":"w","action":"comment","text":"%d.%d","rings":["R1"]}`,
					round, k)))
			if err != nil {
				break
			}
			if r.StatusCode == 201 {
				acknowledged++
			}
			r.Body.Close()
		}
		c.Wait()
		a, err := Open(dir, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if n := len(a.triage.now().events); n < acknowledged || n > acknowledged+round+1 {
			t.Errorf("round %d: %d events; %d were acknowledged", round, n, acknowledged)
		}
		a.Close()
	}
	if acknowledged == 0 {
		t.Error("nothing was decided before the end")
	}
}

// A decision that nobody would find, as the folder was taken away or made anew, is not acknowledged.
func TestDecidesInTheFileThatIsThere(t *testing.T) {
	for _, anew := range []bool{false, true} {
		dir := caseDir(t, 2)
		a := open(t, dir, Options{})
		say := func() (int, string) {
			w := ask(a, "POST", "/api/v1/decisions", `{"who":"a","action":"comment","text":"x","rings":["R1"]}`)
			return w.Code, w.Body.String()
		}
		if code, body := say(); code != 201 {
			t.Fatal(code, body)
		}
		if err := os.Rename(dir, dir+".away"); err != nil {
			t.Fatal(err)
		}
		if anew {
			if err := os.CopyFS(dir, os.DirFS(dir+".away")); err != nil {
				t.Fatal(err)
			}
		}
		if code, body := say(); code != 409 || !strings.Contains(body, "was taken away or replaced") {
			t.Errorf("made anew %t: %d %s", anew, code, body)
		}
		if err := errors.Join(os.RemoveAll(dir), os.Rename(dir+".away", dir)); err != nil {
			t.Fatal(err)
		}
		if code, body := say(); code != 201 {
			t.Errorf("put back: %d %s", code, body)
		}
	}
}

func TestRefusals(t *testing.T) {
	dir := caseDir(t, 2)
	a := open(t, dir, Options{})
	const good = `{"who":"a","action":"comment","text":"x","rings":["R1"]}`
	for _, tc := range []struct {
		what, method, path, body string
		change                   func(*http.Request)
		code                     int
	}{
		{"wrong method", "DELETE", "/api/v1/rings", "", nil, 405}, {"wrong method", "PUT", "/api/v1/decisions", good,
			nil, 405}, {"wrong method", "GET", "/decide", "", nil, 404},
		{"another site", "POST", "/api/v1/decisions", good, header("Sec-Fetch-Site", "cross-site"), 403},
		{"another origin", "POST", "/decide", "who=a", header("Origin", "https://evil.example"), 403},
		{"another name of this machine", "GET", "/", "", func(r *http.Request) { r.Host = "evil.example" }, 421},
		{"a form", "POST", "/api/v1/decisions", good, header("Content-Type", "text/plain"), 415},
		{"too long", "POST", "/api/v1/decisions", `{"who":"` + strings.Repeat("a", maxBody) + `"}`, nil, 413},
		{"too long, unannounced", "POST", "/api/v1/decisions", `{"who":"` + strings.Repeat("a", maxBody) + `"}`,
			func(r *http.Request) { r.ContentLength = -1 }, 413},
		{"too long, a form", "POST", "/decide", "who=" + strings.Repeat("a", maxBody),
			func(r *http.Request) { r.ContentLength = -1 }, 413},
		{"path traversal", "GET", "/static/..%2fserve.go", "", nil, 404},
		{"path traversal", "GET", "/static/%2e%2e/serve.go", "", nil, 404},
		{"path traversal", "GET", "/api/v1/export/..%2f..%2ftriage.sqlite", "", nil, 404},
	} {
		w := ask(a, tc.method, tc.path, tc.body, func(r *http.Request) {
			if tc.change != nil {
				tc.change(r)
			}
		})
		if w.Code != tc.code && !(tc.what == "path traversal" && w.Code/100 == 3) {
			t.Errorf("%s, %s %s: %d; want %d", tc.what, tc.method, tc.path, w.Code, tc.code)
		}
	}
	if n := len(a.triage.now().events); n != 0 {
		t.Errorf("%d decisions were taken", n)
	}

	const token = "0123456789abcdef"
	b := open(t, dir, Options{Token: token})
	far := func(r *http.Request) { r.Host = "ringwatch.example" }
	for _, path := range append(paths, "/api/v1/export/raters.csv") {
		w := ask(b, "GET", path, "", far)
		open := strings.HasPrefix(path, "/static/") || path == "/login"
		if ok := w.Code == 200; ok != open || strings.Contains(w.Body.String(), "A case") {
			t.Errorf("%s without the token: %d", path, w.Code)
		}
		if w := ask(b, "GET", path, "", far, header("Authorization", "Bearer "+token)); w.Code != 200 {
			t.Errorf("%s with the token: %d", path, w.Code)
		}
	}
	if w := ask(b, "POST", "/api/v1/decisions", good, far, header("Authorization", "Bearer nonsense")); w.Code != 401 {
		t.Errorf("a decision with a wrong token: %d", w.Code)
	}
	if w := ask(b, "POST", "/login", "token=wrong", far); w.Code != 401 {
		t.Errorf("a wrong token at the door: %d", w.Code)
	}
	w := ask(b, "POST", "/login", "token="+token, far)
	cookies := w.Result().Cookies()
	if w.Code != 303 || len(cookies) != 1 || !cookies[0].HttpOnly || cookies[0].SameSite != http.SameSiteStrictMode {
		t.Fatalf("the token at the door: %d %v", w.Code, cookies)
	}
	if w := ask(b, "GET", "/", "", far, func(r *http.Request) { r.AddCookie(cookies[0]) }); w.Code != 200 {
		t.Errorf("once in: %d", w.Code)
	}
	for address, ok := range map[string]bool{"127.0.0.1:0": true, "[::1]:0": true, "0.0.0.0:0": false, ":0": false,
		"nonsense": false} {
		l, err := Listen(address, "")
		if err == nil {
			l.Close()
		}
		if (err == nil) != ok && address != "[::1]:0" {
			t.Errorf("Listen(%q) without a token: %v", address, err)
		}
	}
}

func TestOpen(t *testing.T) {
	if _, err := Open(t.TempDir(), Options{}); err == nil || !strings.Contains(err.Error(), "rings.json") {
		t.Error(err)
	}
	dir := caseDir(t, 2)
	a := open(t, dir, Options{})
	decide(t, a, 201, `{"who":"a","action":"comment","text":"x","rings":["R1"]}`)
	a.Close()
	if _, err := reports.Claim(dir, "detect", true); err == nil || !strings.Contains(err.Error(), reports.TriageFile) {
		t.Errorf("a folder with decisions would be replaced: %v", err)
	}
	other := caseDir(t, 3)
	if err := os.Rename(filepath.Join(dir, reports.TriageFile), filepath.Join(other, reports.TriageFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(other, Options{}); err == nil || !strings.Contains(err.Error(), "another run") {
		t.Error(err)
	}

	// Damaged ratings are found before anything is shown.
	damaged := caseDir(t, 2)
	file := filepath.Join(damaged, reports.RatingsFile)
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 0xff
	if err := os.WriteFile(file, b, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(damaged, Options{}); err == nil {
		t.Error("damaged ratings were opened")
	}

	// Without the ratings there are rings, but nothing to look up.
	bare := caseDir(t, 2)
	if err := os.Remove(filepath.Join(bare, reports.RatingsFile)); err != nil {
		t.Fatal(err)
	}
	c := open(t, bare, Options{})
	decide(t, c, 201, `{"who":"a","action":"merge","rings":["R1","R2"]}`)
	for path, code := range map[string]int{"/": 200, "/rings/R1": 200, "/rings/M1": 200, "/raters": 422,
		"/items/x": 422, "/pair?a=P1&b=P2": 422, "/api/v1/export/rings.gexf": 422, "/api/v1/export/rings.csv": 200} {
		if w := ask(c, "GET", path, ""); w.Code != code {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

// Whatever identifiers and words hold, it acts on nothing.
func TestHostile(t *testing.T) {
	names := []string{"<script>alert(1)</script>", "=cmd|' /C calc'!A0", "\"' onload=alert(1)", "x\u202egnp.exe",
		strings.Repeat("long", 2500), "😀🏳️‍🌈", "two\nlines", "../../etc/passwd", "a?b#c&d=e%00"}
	for _, reveal := range []bool{false, true} {
		a := open(t, caseDir(t, 3, names...), Options{RevealIDs: reveal, ItemURL: "https://example.org/{id}"})
		for _, name := range names {
			q, _ := json.Marshal(name)
			ask(a, "POST", "/api/v1/decisions", fmt.Sprintf(`{"who":%s,"action":"comment","text":%s,"rings":["R1"]}`,
				q, q))
			ask(a, "POST", "/api/v1/decisions",
				fmt.Sprintf(`{"who":"a","action":"assign","assignee":%s,"rings":["R2"],"versions":{"R2":%d}}`,
					q, a.triage.now().states["R2"].version()))
		}
		all := []string{"/", "/?search=" + url.QueryEscape(names[0]), "/rings/R1", "/rings/R2", "/raters", "/items",
			"/log", "/pair?a=" + url.QueryEscape(names[0]) + "&b=x"}
		for _, name := range names {
			all = append(all, "/items/"+url.PathEscape(page.Shown(name)), "/raters/"+url.PathEscape(page.Shown(name)))
		}
		for _, what := range exports() {
			all = append(all, "/api/v1/export/"+what)
		}
		for _, path := range all {
			w := ask(a, "GET", path, "")
			s := w.Body.String()
			known := w.Code == 200 || w.Code == 422 || w.Code == 404 && !reveal
			if !known {
				t.Errorf("%s: %d", path, w.Code)
			}
			switch {
			case strings.HasSuffix(path, ".parquet"):
			case strings.ContainsAny(s, "\u202e"):
				t.Errorf("%s: a mark that turns the direction came through", path)
			case strings.HasSuffix(path, ".csv"):
				rows, err := csv.NewReader(strings.NewReader(s)).ReadAll()
				if err != nil {
					t.Errorf("%s: %v", path, err)
				}
				for _, cell := range slices.Concat(rows...) {
					if strings.IndexAny(cell, "=+-@\t\n") == 0 &&
						!regexp.MustCompile(`^-?[\d.]+(e[-+]?\d+)?$`).MatchString(cell) {
						t.Errorf("%s: cell %q is a formula", path, cell)
					}
				}
			case strings.Contains(w.Header().Get("Content-Type"), "html"):
				if at := regexp.MustCompile(`<script>alert|"' onload|=cmd\|' /C`).FindString(s); at != "" {
					t.Errorf("%s: %q came through", path, at)
				}
			}
		}
	}
}

func (s *state) version() int64 {
	if s == nil {
		return 0
	}
	return s.Version
}

// openapi.json names what is there, and what is there is named in it.
func TestOpenAPI(t *testing.T) {
	var doc struct {
		Paths map[string]map[string]struct {
			Parameters []struct{ Name, In string }
		}
	}
	if err := json.Unmarshal(openAPI, &doc); err != nil {
		t.Fatal(err)
	}
	a := open(t, caseDir(t, 2), Options{})
	for path, methods := range doc.Paths {
		for method, m := range methods {
			if method == "post" {
				continue
			}
			at := strings.NewReplacer("/rings/{id}", "/rings/R1", "/raters/{id}", "/raters/P1", "/items/{id}",
				"/items/item%200001", "{what}", "rings.csv").Replace("/api/v1" + path)
			if path == "/pair" {
				at += "?a=P1&b=P2"
			}
			if w := ask(a, "GET", at, ""); w.Code != 200 {
				t.Errorf("%s: %d %s", at, w.Code, w.Body)
			}
			for _, p := range m.Parameters {
				if p.In == "path" && !strings.Contains(path, "{"+p.Name+"}") {
					t.Errorf("%s has no %s", path, p.Name)
				}
			}
		}
	}
	source, err := os.ReadFile("api.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`\b(?:get|post)\("([^"]+)"`).FindAllStringSubmatch(string(source), -1) {
		if doc.Paths[m[1]] == nil {
			t.Errorf("openapi.json does not name %s", m[1])
		}
	}
}

// A pair has one count that is expected of it, whoever is asked, and no p-value.
func TestPairIsTheOneOfExplain(t *testing.T) {
	a := open(t, caseDir(t, 2), Options{RevealIDs: true})
	w := ask(a, "GET", "/api/v1/pair?a=rater0000&b=rater0001", "")
	var got map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	x, err := detect.Explain(t.Context(), detect.Input{Ratings: a.data.table}, nil, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	p := x.Pair
	for name, want := range map[string]float64{"shared": p.Both, "shared_by_chance": p.Expected, "alike": p.Same,
		"alike_by_chance":    p.SameExpected,
		"within_ten_minutes": p.Near, "within_ten_minutes_by_chance": p.NearExpected} {
		if got[name] != want {
			t.Errorf("%s is %v; explain says %v", name, got[name], want)
		}
	}
	if p.Both != 4 || p.Expected <= 0 || got["p_value"] != nil {
		t.Errorf("the pair is %v", got)
	}
}

// Any request is answered, and none with a panic or a fault of ours.
func FuzzHandler(f *testing.F) {
	dir := caseDir(f, 2)
	a, err := Open(dir, Options{})
	if err != nil {
		f.Fatal(err)
	}
	defer a.Close()
	for _, p := range paths {
		f.Add("GET", p, "")
	}
	f.Add("POST", "/api/v1/decisions", `{"who":"a","action":"merge","rings":["R1","R2"],"versions":{"R1":0}}`)
	f.Add("POST", "/api/v1/decisions", `{"who":"a","action":"split","rings":["R1"],"members":["P1","P2"]}`)
	f.Add("POST", "/api/v1/decisions", `{"who":"a","action":"undo","undoes":1}`)
	f.Add("POST", "/decide", "who=a&action=confirm&ring=R1&version=R1=0")
	f.Add("GET", "/api/v1/export/rings.gexf?q=1e-5", "")
	f.Fuzz(func(t *testing.T, method, path, body string) {
		u, err := url.ParseRequestURI(path)
		if err != nil || u.Host != "" || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "/login") ||
			!regexp.MustCompile(`^[A-Z]+$`).MatchString(method) {
			return
		}
		r, err := http.NewRequest(method, "http://127.0.0.1", strings.NewReader(body))
		if err != nil {
			return
		}
		r.URL = u
		r.Header.Set("Content-Type", "application/json")
		if path == "/decide" {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		w := httptest.NewRecorder()
		a.Handler().ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Errorf("%s %q: %d %s", method, path, w.Code, w.Body)
		}
	})
}
