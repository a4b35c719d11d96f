package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	browserlog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/reports"
	"github.com/ringwatch/ringwatch/scenarios"
)

// missingPage is asked for on purpose.
const missingPage = "/rings/R99999"

// A visitor is a browser that notes what goes wrong in it.
type visitor struct {
	t     *testing.T
	ctx   context.Context
	large bool   // too large a page for axe-core, which takes minutes; a small one has the same parts
	allow string // the beginning of every address that may be asked for

	mu     sync.Mutex
	faults []string
	asked  int
}

// visit starts a browser, or skips the test where there is none.
func visit(t *testing.T, allow string) *visitor {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a browser")
	}
	browser := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			browser = path
			break
		}
	}
	if browser == "" {
		t.Skip("no Chromium is installed: nothing was looked at in a browser")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(browser), chromedp.NoSandbox,
		chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true))
	allocator, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	v := &visitor{t: t, ctx: ctx, allow: allow}
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Skipf("Chromium does not start here: %v", err)
	}
	if err := chromedp.Listen(ctx, v.listen); err != nil {
		t.Fatal(err)
	}
	return v
}

func (v *visitor) listen(event any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		v.asked++
		if !strings.HasPrefix(e.Request.URL, v.allow) {
			v.faults = append(v.faults, "asked for "+e.Request.URL)
		}
	case *browserlog.EventEntryAdded: // what the content security policy refuses
		if e.Entry.Level == browserlog.EntryLevelError && !strings.HasSuffix(e.Entry.URL, missingPage) {
			v.faults = append(v.faults, "log: "+e.Entry.Text+" "+e.Entry.URL)
		}
	case *runtime.EventExceptionThrown:
		v.faults = append(v.faults, fmt.Sprintf("%s: %+v", e.ExceptionDetails.Text, e.ExceptionDetails.Exception))
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			v.faults = append(v.faults, fmt.Sprintf("console: %v", e.Args))
		}
	}
}

// leave marks the page that an answer is to replace, and arrive waits until it has,
// however long that takes.
func leave(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
	_, err := chromedp.Evaluate[bool]("window.left = true")(ctx, t)
	return chromedp.Void{}, err
}

func arrive(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
	for ctx.Err() == nil {
		there, err := chromedp.Evaluate[bool](`!window.left && document.readyState === "complete"`)(ctx, t)
		if there && err == nil { // an error says that the page is just going
			break
		}
		if _, err := chromedp.Sleep(50*time.Millisecond)(ctx, t); err != nil {
			return chromedp.Void{}, err
		}
	}
	return chromedp.Void{}, ctx.Err()
}

func (v *visitor) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, 30*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		v.t.Fatalf("%s: %v", what, err)
	}
}

func look[T any](v *visitor, expression string) T {
	v.t.Helper()
	got, err := chromedp.Run(v.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		v.t.Fatalf("%s: %v", expression, err)
	}
	return got
}

// until waits for what an expression says of the page to become true, however long
// that takes on a busy machine, and returns whether it has within half a minute.
func (v *visitor) until(expression string) bool {
	v.t.Helper()
	for begun := time.Now(); time.Since(begun) < 30*time.Second; time.Sleep(20 * time.Millisecond) {
		// An error says that another page is just coming.
		if is, err := chromedp.Run(v.ctx, chromedp.Evaluate[bool](expression)); err == nil && is {
			return true
		}
	}
	return false
}

// check looks at a page: nothing went wrong, it is as wide as the screen, and
// axe-core, where it is installed, finds no serious fault of accessibility.
func (v *visitor) check(name string) {
	v.t.Helper()
	for _, width := range []int64{1440, 390} {
		v.do(name, chromedp.EmulateViewport(width, 900))
		if wide := look[float64](v, "document.documentElement.scrollWidth"); wide > float64(width)+1 {
			v.t.Errorf("%s: is %g wide on a screen of %d", name, wide, width)
		}
		if !v.large { // of what can be opened too
			look[any](v,
				`(() => { for (const d of document.querySelectorAll("details")) d.open = true; return null })()`)
			if cut := look[string](v, `[...document.querySelectorAll("table")].filter(t => t.parentElement.scrollWidth > t.parentElement.clientWidth + 1).map(t => t.textContent.slice(0, 60)).join("; ")`); cut != "" {
				v.t.Errorf("%s: on a screen of %d, tables are cut: %s", name, width, cut)
			}
		}
		if dir := os.Getenv("RINGWATCH_SCREENSHOTS"); dir != "" {
			picture, err := chromedp.Run(v.ctx, chromedp.FullScreenshot(100))
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%d.png", name, width)), picture, 0o644)
			}
			if err != nil {
				v.t.Error(err)
			}
		}
	}
	v.do(name, chromedp.EmulateViewport(1440, 900))
	if axe := os.Getenv("RINGWATCH_AXE"); axe != "" && !v.large {
		v.axe(name, axe)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, f := range v.faults {
		v.t.Errorf("%s: %s", name, f)
	}
	v.faults = nil
}

func (v *visitor) axe(name, file string) {
	v.t.Helper()
	source, err := os.ReadFile(file)
	if err != nil {
		v.t.Fatal(err)
	}
	look[any](v, string(source)+"; null")
	type fault struct {
		ID, Impact, Help string
		Nodes            []struct{ HTML string }
	}
	found, err := chromedp.Run(v.ctx,
		chromedp.Evaluate[string](
			`axe.run(document, {resultTypes: ["violations"]}).then(r => JSON.stringify(r.violations))`,
			chromedp.EvalAwaitPromise))
	if err != nil {
		v.t.Fatalf("axe on %s: %v", name, err)
	}
	var faults []fault
	if err := json.Unmarshal([]byte(found), &faults); err != nil {
		v.t.Fatal(err)
	}
	for _, f := range faults {
		if f.Impact == "serious" || f.Impact == "critical" {
			v.t.Errorf("%s: axe: %s (%s): %s, as in %.300s", name, f.ID, f.Impact, f.Help, f.Nodes[0].HTML)
		}
	}
}

// many is how many rings, and raters of each, the largest cases have.
func many() (rings, size int) {
	if os.Getenv("RINGWATCH_LONG") == "" {
		return 110, 10 // beyond a hundred a page has its last rings later
	}
	return 500, 40
}

// realCase is a run on real data with a brigade in it.
func realCase(t *testing.T) string {
	t.Helper()
	found, err := realFindings()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		t.Skipf("the data set is not there: %v", err)
	case err != nil:
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "case")
	write(t, dir, &reports.Case{Title: "Rings in real data", Ratings: found.ratings, Findings: found.findings,
		ExactTimes: true, Run: reports.Provenance{Version: "test", Seed: 1}})
	return dir
}

type foundIn struct {
	ratings  *rating.Table
	findings *detect.Findings
}

// realFindings are made once, for the report and for the application.
var realFindings = sync.OnceValues(func() (found foundIn, err error) {
	file := filepath.Join("..", "..", "..", "shared", "data", "inj_bitcoin_otc", "push", "ratings.csv.gz")
	if found.ratings, _, err = rating.Read(context.Background(), []string{file}, rating.ReadOptions{}); err != nil {
		return found, err
	}
	detectors := append(detect.Usual(), detect.NewPostSelection(), detect.NewQuasiClique())
	found.findings, err = detect.Run(context.Background(), detect.Input{Ratings: found.ratings, Seed: 1}, detectors)
	return found, err
})

// The report asks for nothing, and every control does what it says.
func TestReportInBrowser(t *testing.T) {
	t.Parallel()
	rings, size := many()
	for _, tc := range []struct {
		name string
		dir  func(t *testing.T) string
	}{
		{"report-real", realCase},
		{"report-days", func(t *testing.T) string {
			if os.Getenv("RINGWATCH_LONG") == "" {
				t.Skip("one of the longer checks, which RINGWATCH_LONG=1 runs")
			}
			dir := filepath.Join(t.TempDir(), "case")
			write(t, dir, ringsOf(12, 6))
			return dir
		}},
		{"report-many", func(t *testing.T) string { return caseOf(t, rings, size) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			page := (&url.URL{Scheme: "file", Path: filepath.Join(tc.dir(t), "report.html")}).String()
			v := visit(t, page)
			begun := time.Now()
			v.do("open", chromedp.Navigate(page))
			t.Logf("%s: loaded in %v (interactive after %.0f ms by the browser's clock)",
				tc.name, time.Since(begun).Round(time.Millisecond),
				look[float64](v, "performance.timing.domInteractive - performance.timing.navigationStart"))
			if v.asked > 1 {
				t.Errorf("%d requests; want the page alone", v.asked)
			}
			first := look[string](v, `document.querySelector("#rings ~ .scroll tbody a").textContent`)
			for k := range look[int](v, `document.querySelectorAll("#rings ~ .scroll th button").length`) {
				took := look[float64](v, fmt.Sprintf(`(() => { const t = performance.now(); document.querySelectorAll("#rings ~ .scroll th button")[%d].click(); document.body.offsetHeight; return performance.now() - t })()`, k))
				if k == 0 {
					t.Logf("sorting takes %.0f ms", took)
				}
			}
			if look[int](v, `document.querySelectorAll("[aria-sort]").length`) == 0 {
				t.Error("no column says that it is sorted")
			}
			took := look[float64](v, fmt.Sprintf(`(() => { const t = performance.now(), i = document.querySelector(".tools input"); i.value = %q; i.dispatchEvent(new Event("input")); document.body.offsetHeight; return performance.now() - t })()`, first))
			t.Logf("filtering takes %.0f ms the first time", took)
			n := look[int](v, `document.querySelectorAll("#rings ~ .scroll tbody tr:not([hidden])").length`)
			if n == 0 || n == look[int](v, `document.querySelectorAll("#rings ~ .scroll tbody tr").length`) {
				t.Errorf("%d rings are left by the filter", n)
			}
			look[any](v, `(() => { const i = document.querySelector(".tools input"); i.value = ""; i.dispatchEvent(new Event("input")); location.hash = "#R1"; return null })()`)
			if !v.until(`document.getElementById("R1").open`) {
				t.Error("a link to a ring does not open it")
			}
			if tc.name == "report-days" { // no cell has a time to tell
				if !look[bool](v, `(() => { const m = document.querySelector("#R1 svg.matrix"); return !m.hasAttribute("tabindex") && !m.closest("figure").querySelector(".cell") })()`) {
					t.Error("the matrix of a page of days can be pointed at")
				}
				v.check(tc.name)
				return
			}
			said := look[string](v, `(() => { const m = document.querySelector("#R1 svg.matrix"); m.focus(); m.dispatchEvent(new KeyboardEvent("keydown", {key: "ArrowDown"})); return m.closest("figure").querySelector(".cell").textContent })()`)
			if !strings.HasPrefix(said, "P2 on ") {
				t.Errorf("the second cell says %q", said)
			}
			if tc.name == "report-many" { // the last is put in when it is opened, and found before
				looked := look[string](v, fmt.Sprintf(`(() => {
					const r = document.getElementById("R%d"), before = r.querySelectorAll("h4").length, i = document.querySelector(".tools input");
					i.value = r.querySelector("h3").textContent; i.dispatchEvent(new Event("input"));
					const found = !r.hidden; i.value = ""; i.dispatchEvent(new Event("input"));
					r.open = true; r.dispatchEvent(new Event("toggle")); r.dispatchEvent(new Event("toggle"));
					return [before, found, r.querySelectorAll("svg.matrix[tabindex]").length].join(" ") })()`, rings-1))
				if looked != "0 true 1" {
					t.Errorf("of the last ring but one there are %s headings, found, matrices; want 0 true 1", looked)
				}
			}
			v.large = tc.name == "report-many"
			v.check(tc.name)
		})
	}
}

// The report of outcomes reads well too.
func TestOutcomesInBrowser(t *testing.T) {
	t.Parallel()
	var all []scenarios.Outcome
	for seed := range uint64(4) {
		for accounts := 5; accounts <= 40; accounts += 5 {
			for k, scorer := range []string{"mean", "bridging"} {
				hit := float64(accounts)/float64(5+5*k) + float64(seed)/4
				all = append(all, scenarios.Outcome{Scenario: "burst",
					Point: map[string]any{"attacks.burst.accounts": accounts, "scorer": scorer}, Scorer: scorer,
					Detector: "group+synchrony", Seed: seed,
					Measures: map[string]float64{"shift": hit / 20, "shift.defended": hit / 80, "flips": hit,
						"flips.defended": hit / 4, "recall": float64(accounts) / 50, "silenced": .001 * float64(seed)}})
			}
		}
	}
	var b bytes.Buffer
	if err := reports.OutcomesHTML(&b, all); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "outcomes.html")
	if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	page := (&url.URL{Scheme: "file", Path: file}).String()
	v := visit(t, page)
	v.do("open", chromedp.Navigate(page))
	if n := look[int](v, `document.querySelectorAll("svg.plot").length`); n < 6 {
		t.Errorf("%d figures", n)
	}
	v.check("outcomes")
}

// A person decides about rings in the application, in every way there is.
func TestAppInBrowser(t *testing.T) {
	t.Parallel()
	rings, size := many()
	if os.Getenv("RINGWATCH_LONG") == "" {
		rings = 20 // the report has the pages of a hundred
	}
	for _, tc := range []struct {
		name string
		dir  func(t *testing.T) string
	}{
		{"app-real", realCase},
		{"app-many", func(t *testing.T) string { return caseOf(t, rings, size) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := open(t, tc.dir(t), Options{})
			s := httptest.NewServer(a.Handler())
			defer s.Close()
			v := visit(t, s.URL)
			at := func(path string) chromedp.Action[chromedp.Void] { return chromedp.Navigate(s.URL + path) }
			begun := time.Now()
			v.do("open", at("/"))
			t.Logf("%s: the list loaded in %v", tc.name, time.Since(begun).Round(time.Millisecond))
			v.check(tc.name + "-rings")

			// The q threshold, by hand and by the slider.
			all := look[int](v, `document.querySelectorAll("#rings tbody tr").length`)
			look[any](v, `(() => { const s = document.querySelector("#filter [type=range]"); s.value = -6; s.dispatchEvent(new Event("input")); return null })()`)
			if !v.until(`/up to q (0\.0000010\.|1\.0e-6)/.test(document.querySelector("#shown").textContent)`) {
				t.Errorf("while the slider moves, it says %q",
					look[string](v, `document.querySelector("#shown").textContent`))
			}
			look[any](v, `(() => { document.querySelector("#filter [type=range]").dispatchEvent(new Event("change")); return null })()`)
			if rows := `document.querySelectorAll("#rings tbody tr").length`; !v.until(
				fmt.Sprintf("%s > 0 && %s < %d", rows, rows, all)) {
				t.Errorf("%d of %d rings are left at a q of a millionth", look[int](v, rows), all)
			}

			v.do("drag", at("/"))
			look[any](v, `(() => {
				const p = document.querySelector("svg.activity"), b = p.getBoundingClientRect();
				p.setPointerCapture = () => {};
				for (const [kind, x] of [["pointerdown", .2], ["pointermove", .6], ["pointerup", .6]])
					p.dispatchEvent(new PointerEvent(kind, {clientX: b.left + x * b.width, clientY: b.top + 20, pointerId: 1, bubbles: true}));
				return null })()`)
			if !v.until(`/since=20/.test(location.search) && /until=20/.test(location.search)`) {
				t.Errorf("dragging over the plot leads to %q", look[string](v, "location.search"))
			}

			v.do("look at R2", at("/rings/R2"))
			v.check(tc.name + "-ring")
			v.do("confirm", chromedp.SendKeys(`.triage input[name=who]`, "Ann"), leave,
				chromedp.Click("#confirm"), arrive)
			v.do("dismiss", chromedp.SendKeys("#reason", "fans of one author"), leave,
				chromedp.Click("#dismiss"), arrive)
			v.do("comment", chromedp.SendKeys("textarea", "<b>see</b> the log"), leave,
				chromedp.Click(`form:has(textarea) button`), arrive)
			if text := look[string](v, "document.body.innerText"); !strings.Contains(text,
				"dismissed: fans of one author") || !strings.Contains(text, "<b>see</b> the log") {
				t.Error("what was decided does not show")
			}
			v.do("split", chromedp.Click("details.card summary"), chromedp.Click("fieldset label:nth-of-type(1)"),
				chromedp.Click("fieldset label:nth-of-type(2)"), leave, chromedp.Click("details.card button"), arrive)
			if text := look[string](v, "document.body.innerText"); !strings.Contains(text, "went into") {
				t.Errorf("the split does not show: %.300s", text)
			}
			v.do("merge", at("/"))
			look[any](v, `(() => { for (const id of ["R1", "R3"]) document.querySelector('[value=' + id + ']').checked = true; document.querySelector("form[action='/decide'] details").open = true; return null })()`)
			v.do("merge", leave, chromedp.Click("form[action='/decide'] button"), arrive)
			if where := look[string](v, "location.pathname"); where != "/rings/M5" {
				t.Errorf("after merging one is at %s", where)
			}
			v.check(tc.name + "-merged")
			v.do("undo", at("/log"))
			v.check(tc.name + "-log")
			v.do("undo", leave, chromedp.Click(`[aria-label="Undo decision 5"]`), arrive)
			if got := status1(t, a, "R1"); !strings.HasPrefix(got, "open") {
				t.Errorf("undone, R1 is %s", got)
			}
			for name, path := range map[string]string{"raters": "/raters", "rater": "/raters/P1", "items": "/items",
				"pair": "/pair?a=P1&b=P2", "compare": "/pair", "graph": "/graph", "graph-ring": "/graph?ring=R1",
				"error": missingPage, "window": "/?since=2013-01-01&until=2014-01-01"} {
				begun := time.Now()
				v.do(name, at(path))
				if d := time.Since(begun); d > 500*time.Millisecond {
					t.Logf("%s took %v", name, d.Round(time.Millisecond))
				}
				if strings.HasPrefix(name, "graph") {
					drawn := `document.querySelectorAll("#graph canvas").length > 0`
					if !v.until(drawn) {
						t.Error("there is no graph")
					}
					look[any](v, `(() => { for (const id of ["nearer", "farther", "whole"]) document.getElementById(id).click(); return null })()`)
					if !v.until(`/ratings/.test(document.querySelector("#said").textContent) && ` + drawn) {
						t.Errorf("the graph says %q", look[string](v, `document.querySelector("#said").textContent`))
					}
				}
				v.check(tc.name + "-" + name)
			}
		})
	}
}
