package reports

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/gate"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scenarios"
	"github.com/ringwatch/ringwatch/scoring"
)

func verdict() *gate.Report {
	p := func(v float64) *float64 { return &v }
	return &gate.Report{
		Verdict: gate.Fail, Alpha: .05, Seeds: []uint64{1, 2, 3, 4, 5, 6}, Looks: 1, Runs: 12, Version: "1",
		Candidate: []string{"bridging (min-rater-ratings 20)"}, Baseline: []string{"bridging"},
		Warnings: []string{"bridge: not settled"},
		Checks: []gate.Check{
			{Scenario: "bridge", Limit: scenarios.Limit{Measure: "recall", Op: ">=", Value: .9}, Seeds: 6,
				Candidate: 1, Worst: 1,
				Low: p(1), High: p(1), P: 1, Verdict: gate.Pass, File: "scenarios/bridge.yaml", Line: 12},
			{Scenario: "bridge", Limit: scenarios.Limit{Measure: "shift", Op: "<=", Value: .02},
				Compared: true, Seeds: 6,
				Candidate: .234, Baseline: .171, Worst: 5, Low: p(.058), High: p(.067), P: .0156, Verdict: gate.Fail,
				File: "scenarios/bridge.yaml", Line: 1},
			{Scenario: "burst", Point: map[string]any{"attacks.burst.accounts": 20, "scorer": "mean|<b>@me"},
				Limit: scenarios.Limit{Measure: "flips", Op: "<=", Value: 1}, Compared: true, Seeds: 6, Candidate: 8.5,
				Baseline: 7, Worst: 2,
				Low: p(-.5), High: p(3.25), P: .4, Verdict: gate.Inconclusive, Need: 40,
				File: "scenarios/burst.yaml", Line: 1},
			{Scenario: "burst", Limit: scenarios.Limit{Measure: "precision", Op: ">=", Value: -.05},
				Compared: true, P: 1,
				Verdict: gate.Inconclusive, Note: "not defined for candidate and baseline at any seed",
				File: "scenarios/burst.yaml", Line: 1},
		},
	}
}

func gatePictures(t *testing.T, r *gate.Report) map[string]string {
	t.Helper()
	all := map[string]string{}
	for name, write := range map[string]func(io.Writer) error{
		"gate.txt":    func(w io.Writer) error { return GateText(w, r, TextOptions{}) },
		"gate.md":     func(w io.Writer) error { return GateMarkdown(w, r) },
		"gate.xml":    func(w io.Writer) error { return GateJUnit(w, r) },
		"gate.sarif":  func(w io.Writer) error { return GateSARIF(w, r) },
		"gate.json":   func(w io.Writer) error { return GateJSON(w, r) },
		"annotations": func(w io.Writer) error { return GateAnnotations(w, r) },
	} {
		var b strings.Builder
		if err := write(&b); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all[name] = b.String()
	}
	return all
}

func TestGate(t *testing.T) {
	golden(t, "gate", gatePictures(t, verdict()))
}

// A path of a scenario becomes an address that GitHub takes.
func TestAddress(t *testing.T) {
	for path, want := range map[string]string{
		"my scenarios/burst #1.yaml": "my%20scenarios/burst%20%231.yaml", "a/b.yaml": "a/b.yaml",
		"50%?.yaml":  "50%25%3F.yaml",
		"größe.yaml": "gr%C3%B6%C3%9Fe.yaml", "a:b.yaml": "./a:b.yaml", "[x].yaml": "%5Bx%5D.yaml",
	} {
		got := address(path)
		back, err := url.Parse(got)
		if got != want || err != nil || strings.TrimPrefix(back.Path, "./") != path {
			t.Errorf("%s: %s (%v); want %s", path, got, err, want)
		}
	}
}

// Thousands of limits, of hostile names, keep within what GitHub takes, and say
// what was left out; every format can be read.
func TestGateLimits(t *testing.T) {
	r := verdict()
	four := r.Checks
	r.Checks = nil
	for k := range 8000 {
		c := four[k%4]
		c.Scenario = fmt.Sprintf("s%d\n::error::\x00<&]]>|`%s", k/100, strings.Repeat("x", 20))
		c.File = "a,b:c\n.yaml"
		r.Checks = append(r.Checks, c)
	}
	got := gatePictures(t, r)
	if md := got["gate.md"]; len(md) > 64_000 || len(md) < 30_000 ||
		!strings.Contains(md, "that are not shown here: ") || !strings.Contains(md, "with the verdict pass") {
		t.Errorf("Markdown of %d bytes ends with %s", len(md), md[max(0, len(md)-300):])
	}
	lines := strings.Split(strings.TrimSpace(got["annotations"]), "\n")
	if len(lines) != 20 || !strings.Contains(lines[9], "::error title=ringwatch gate::and 1991 more") ||
		!strings.Contains(lines[19], "::warning title=ringwatch gate::and 3991 more") {
		t.Errorf("%d annotations: %s", len(lines), lines[len(lines)-1])
	}
	if !strings.HasPrefix(lines[0], "::error file=a%2Cb%3Ac%0A.yaml,line=1,title=ringwatch gate%3A shift at most "+
		"0.02 worse::s0") {
		t.Error(lines[0])
	}
	var sarif sarifLog
	if err := json.Unmarshal([]byte(got["gate.sarif"]), &sarif); err != nil ||
		len(sarif.Runs[0].Results) != mostResults || sarif.Runs[0].Results[0].Level != "error" {
		t.Errorf("SARIF: %v, %d results", err, len(sarif.Runs[0].Results))
	}
	var junit junitSuites
	if err := xml.Unmarshal([]byte(got["gate.xml"]), &junit); err != nil || junit.Tests != 8000 ||
		junit.Failures != 2000 || junit.Errors != 4000 || len(junit.Suites) != 80 {
		t.Errorf("JUnit: %v, %d tests in %d suites", err, junit.Tests, len(junit.Suites))
	}
	if text := got["gate.txt"]; strings.Count(text, "\n") > 200 {
		t.Errorf("%d lines of text", strings.Count(text, "\n"))
	}
}

// A verdict that passes says so, and nothing of failing.
func TestGatePass(t *testing.T) {
	r := verdict()
	r.Verdict, r.Checks = gate.Pass, r.Checks[:1]
	got := gatePictures(t, r)
	if !strings.Contains(got["gate.txt"], "Gate: pass") || got["annotations"] != "" ||
		strings.Contains(got["gate.xml"], "<failure") {
		t.Error(got)
	}
	var sarif sarifLog
	err := json.Unmarshal([]byte(got["gate.sarif"]), &sarif)
	if err != nil || sarif.Runs[0].Results == nil || len(sarif.Runs[0].Results) != 0 {
		t.Errorf("%v: %s", err, got["gate.sarif"])
	}
}

func TestGateSummary(t *testing.T) {
	r := verdict()
	r.Checks = r.Checks[:1]
	r.Checks[0].Verdict = gate.Inconclusive
	const want = "Of 1 limit at 6 seeds, 0 pass, 0 fail and 1 is inconclusive."
	if got := gateSummary(r); !strings.HasPrefix(got, want) {
		t.Errorf("%s; want %s", got, want)
	}
}

func TestSearchReports(t *testing.T) {
	s := &gate.Search{Scenario: &scenarios.Scenario{Name: "burst"}, Path: "attacks.burst.accounts", Chance: .5,
		Alpha: .05, Most: 80}
	found := []gate.BreakPoint{
		{Scorer: "mean", Size: 22, Low: 15, High: 28, Actions: 519.6,
			Curve: []gate.Step{{Size: 4, Seeds: 10, Chance: .14}, {Size: 22, Seeds: 12, Chance: .51}}},
		{Scorer: "mean", Defended: true, Low: 81,
			Curve: []gate.Step{{Size: 4, Seeds: 10, Chance: .1}, {Size: 80, Seeds: 10, Chance: 0}}},
		{Scorer: "bridging", Low: 40, Curve: []gate.Step{{Size: 80, Seeds: 10, Chance: .4}}},
	}
	names := rating.Numbered("i", 3)
	certified := []*Certified{{Scorer: "bridging", Most: 60, Names: names, Size: 80, Changed: 2, Fewer: 1, Ratio: 2.5,
		Items: []gate.Certificate{
			{Item: 0, Status: scoring.Helpful, Ratings: 9, Below: 3, Found: 3},
			{Item: 2, Status: scoring.NeedsMore, Ratings: 4, Below: 61}}}}
	all := map[string]string{}
	for name, write := range map[string]func(io.Writer) error{
		"breakpoint.txt":  func(w io.Writer) error { return BreakPointText(w, s, found, certified, TextOptions{}) },
		"certificate.csv": func(w io.Writer) error { return CertificateCSV(w, certified) },
		"redteam.txt": func(w io.Writer) error {
			return RedTeamText(w, &gate.Found{Scenario: &scenarios.Scenario{Name: "burst-redteam"},
				Measure: "shift.defended", Tried: 60,
				Changed: []gate.Change{{Path: "attacks.burst.spread", Before: "4m0s", After: "31m0s"}}, Before: 0,
				After: .08, TrainAfter: .11, ActionsBefore: 137, ActionsAfter: 80}, "found.yaml", TextOptions{})
		},
		"selftest.txt": func(w io.Writer) error {
			return SelfTestText(w, &gate.SelfTest{Unchanged: &gate.Report{Seeds: []uint64{1}}, Worse: verdict()},
				[]*scenarios.Scenario{{Name: "burst"}})
		},
	} {
		var b strings.Builder
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		all[name] = b.String()
	}
	golden(t, "searches", all)
}
