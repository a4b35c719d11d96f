package reports

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ringwatch/ringwatch/gate"
	"github.com/ringwatch/ringwatch/reports/internal/page"
	"github.com/ringwatch/ringwatch/scenarios"
)

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	File    string        `xml:"file,attr,omitempty"`
	Failure *junitMessage `xml:"failure"`
	Error   *junitMessage `xml:"error"`
	Output  string        `xml:"system-out,omitempty"`
}

type junitMessage struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

// GateJUnit writes a test suite per scenario and a test case per limit. The
// numbers are in the text of elements, since some readers show no attributes;
// what is inconclusive is an error, since it is no pass.
func GateJUnit(w io.Writer, r *gate.Report) error {
	all := junitSuites{Name: "ringwatch gate", Tests: len(r.Checks), Failures: r.Count(gate.Fail),
		Errors: r.Count(gate.Inconclusive)}
	for i := range r.Checks {
		c := &r.Checks[i]
		name := page.Shown(c.Scenario)
		if n := len(all.Suites); n == 0 || all.Suites[n-1].Name != name {
			all.Suites = append(all.Suites, junitSuite{Name: name})
		}
		suite := &all.Suites[len(all.Suites)-1]
		suite.Tests++
		test := junitCase{Name: gateLimit(c), Class: name, File: c.File}
		if at := onAxes(c.Point); at != "" {
			test.Name += " at " + at
		}
		message := &junitMessage{Message: gateLimit(c), Type: c.Verdict.String(), Text: gateSentence(c)}
		switch c.Verdict {
		case gate.Fail:
			suite.Failures++
			test.Failure = message
		case gate.Inconclusive:
			suite.Errors++
			test.Error = message
		default:
			test.Output = gateSentence(c)
		}
		suite.Cases = append(suite.Cases, test)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// mostResults is how many results of a run GitHub shows.
const mostResults = 5000

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool struct {
		Driver sarifDriver `json:"driver"`
	} `json:"tool"`
	Results []sarifResult `json:"results"`
}

type sarifDriver struct {
	Name    string      `json:"name"`
	Version string      `json:"version,omitempty"`
	Rules   []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID               string    `json:"id"`
	ShortDescription sarifText `json:"shortDescription"`
}

type sarifText struct {
	Text string `json:"text"`
}

type sarifResult struct {
	RuleID       string            `json:"ruleId"`
	Level        string            `json:"level"`
	Message      sarifText         `json:"message"`
	Locations    []sarifLocation   `json:"locations"`
	Fingerprints map[string]string `json:"partialFingerprints"`
}

type sarifLocation struct {
	Physical struct {
		Artifact struct {
			URI string `json:"uri"`
		} `json:"artifactLocation"`
		Region struct {
			StartLine int `json:"startLine"`
		} `json:"region"`
	} `json:"physicalLocation"`
}

// GateSARIF writes what fails as errors and what is inconclusive as warnings,
// each at its line of the scenario's file; the first 5,000 of them, which is
// what GitHub takes.
func GateSARIF(w io.Writer, r *gate.Report) error {
	run := sarifRun{Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: "ringwatch gate", Version: r.Version, Rules: []sarifRule{}}
	ruled := make(map[string]bool)
	for _, c := range r.Sorted() {
		if c.Verdict == gate.Pass || len(run.Results) == mostResults {
			break
		}
		name := c.Limit.Measure
		if !ruled[name] {
			ruled[name] = true
			_, doc := about(name)
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{name, sarifText{cmp.Or(doc, name)}})
		}
		level := "warning"
		if c.Verdict == gate.Fail {
			level = "error"
		}
		var at sarifLocation
		at.Physical.Artifact.URI = address(cmp.Or(c.File, page.Shown(c.Scenario)))
		at.Physical.Region.StartLine = max(c.Line, 1)
		run.Results = append(run.Results, sarifResult{name, level, sarifText{gateSentence(&c)}, []sarifLocation{at},
			map[string]string{"limit/v1": gatePlace(&c) + ": " + gateLimit(&c)}})
	}
	slices.SortFunc(run.Tool.Driver.Rules, func(a, b sarifRule) int { return cmp.Compare(a.ID, b.ID) })
	return writeJSON(w, sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}})
}

// address is a path as SARIF has it: a reference that RFC 3986 allows, in which a
// colon does not stand before the first slash.
func address(path string) string { return (&url.URL{Path: filepath.ToSlash(path)}).String() }

// mostAnnotations is how many errors, and how many warnings, GitHub shows of
// one step.
const mostAnnotations = 10

// GateAnnotations writes workflow commands that put what fails, and what is
// inconclusive, beside the lines of the scenarios on GitHub: ten of each at
// most, the last of which says how many more there are.
func GateAnnotations(w io.Writer, r *gate.Report) error {
	var b strings.Builder
	for _, kind := range []struct {
		of      gate.Verdict
		command string
	}{{gate.Fail, "error"}, {gate.Inconclusive, "warning"}} {
		n, count := 0, r.Count(kind.of)
		for i := range r.Checks {
			c := &r.Checks[i]
			if c.Verdict != kind.of {
				continue
			}
			if n++; n == mostAnnotations && count > n {
				fmt.Fprintf(&b, "::%s title=ringwatch gate::and %d more; see the report\n", kind.command, count-n+1)
				break
			}
			fmt.Fprintf(&b, "::%s file=%s,line=%d,title=%s::%s\n", kind.command, property(c.File), max(c.Line, 1),
				property("ringwatch gate: "+gateLimit(c)), command(gateSentence(c)))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// command escapes what a workflow command says.
func command(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(uncommanded(s))
}

func property(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(command(s))
}

// SelfTestText says what a gate made of a change that changes nothing and of
// one that is worse.
func SelfTestText(w io.Writer, t *gate.SelfTest, scored []*scenarios.Scenario) error {
	verdict := "The gate works: it lets the copy through and stops the regression."
	if !t.Passed() {
		verdict = "The gate does not work: it must not fail the copy, and must fail the regression."
	}
	var names []string
	for _, s := range scored {
		names = append(names, page.Shown(s.Name))
	}
	_, err := io.WriteString(w, Plain(fmt.Sprintf("Scenarios: %s, at %s.\nAn unchanged copy: %s (%d of %d limits "+
		"fail).\nA planted regression: %s (%d of %d limits fail).\n%s\n",
		page.Brief(200, strings.Join(names, ", ")), page.Many(len(t.Worse.Seeds), "seed"),
		t.Unchanged.Verdict, t.Unchanged.Count(gate.Fail), len(t.Unchanged.Checks),
		t.Worse.Verdict, t.Worse.Count(gate.Fail), len(t.Worse.Checks), verdict)))
	return err
}
