package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"github.com/ringwatch/ringwatch/catalog"
	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/scenarios"
	"github.com/ringwatch/ringwatch/scoring/scorers"
	"github.com/ringwatch/ringwatch/simulate"
)

// An entry is one detector, scorer, attack, defence, honest kind, scenario or measure as list shows
// it. The fields that its kind lacks are empty.
type entry struct {
	Name      string   `json:"name"`
	Summary   string   `json:"summary"`
	Sizes     string   `json:"sizes,omitempty"`
	Goal      string   `json:"goal,omitempty"`
	Detection string   `json:"detection,omitempty"`
	Runs      string   `json:"runs,omitempty"`
	Cost      string   `json:"cost,omitempty"`
	BlindSpot string   `json:"blind_spot,omitempty"`
	Unit      string   `json:"unit,omitempty"`
	Better    string   `json:"better,omitempty"`
	Points    int      `json:"points,omitempty"`
	Expect    []string `json:"expect,omitempty"`
	Source    string   `json:"source,omitempty"`
	Options   []option `json:"options,omitempty"`
}

// An option as a scenario writes it.
type option struct {
	Name    string `json:"name"`
	Default any    `json:"default"`
	Doc     string `json:"doc"`
	Within  string `json:"within,omitempty"`
}

var kinds = []string{"detectors", "scorers", "attacks", "defences", "honest", "scenarios", "measures"}

var entriesOf = map[string]func() []entry{
	"detectors": detectors, "scorers": scorerEntries, "attacks": attacks, "defences": defences, "honest": honestKinds,
	"scenarios": library, "measures": measures,
}

func (t *terminal) list() *cli.Command {
	return t.command(&cli.Command{
		Name:      "list",
		Usage:     "say which detectors, scorers, attacks, defences, honest kinds, scenarios and measures there are",
		ArgsUsage: strings.Join(kinds, "|"),
		Description: `With their options, the defaults of these, and what is known of their cost and
blind spots.

Examples
  ringwatch list detectors
  ringwatch list scenarios --format json`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "format", Usage: "`FORMAT`: text or json", Value: "text"},
		},
		Action: t.runList,
	})
}

func (t *terminal) runList(c *cli.Context) error {
	if c.NArg() != 1 {
		return fmt.Errorf("list takes one of %s", strings.Join(kinds, ", "))
	}
	entries := entriesOf[c.Args().First()]
	if entries == nil {
		if near := catalog.Nearest(c.Args().First(), kinds); near != "" {
			return fmt.Errorf("list knows no %q; did you mean %q?", c.Args().First(), near)
		}
		return fmt.Errorf("list knows no %q; it takes one of %s", c.Args().First(), strings.Join(kinds, ", "))
	}
	switch format := c.String("format"); format {
	case "json":
		e := json.NewEncoder(t.out)
		e.SetIndent("", " ")
		return e.Encode(entries())
	case "text":
		for _, e := range entries() {
			if err := e.text(t.out, min(max(t.width, 80), 120)); err != nil {
				return err
			}
		}
		return nil
	default:
		return fmt.Errorf("--format: %q is neither text nor json", format)
	}
}

func detectors() []entry {
	var all []entry
	for _, newDetector := range detect.All {
		d := newDetector()
		doc := d.Doc()
		e := entry{Name: d.Name(), Summary: doc.Summary, Runs: runs(doc), Cost: doc.Cost, BlindSpot: doc.BlindSpot,
			Source: doc.Source}
		e.Options = optionsOf(d)
		all = append(all, e)
	}
	return all
}

func runs(d detect.Doc) string {
	switch {
	case d.Official:
		return "when named in --detectors; as its platform does, not judged"
	case d.OnRequest:
		return "when named in --detectors, or all is; judged like the usual ones"
	}
	return "by default"
}

func scorerEntries() []entry {
	var all []entry
	for _, newScorer := range scorers.All {
		s := newScorer()
		doc := s.Doc()
		e := entry{Name: s.Name(), Summary: doc.Summary, Cost: doc.Cost, BlindSpot: doc.BlindSpot, Source: doc.Source}
		e.Options = optionsOf(s)
		all = append(all, e)
	}
	return all
}

func attacks() []entry {
	var all []entry
	for _, newAttack := range simulate.All {
		a := newAttack()
		doc := a.Doc()
		e := entry{Name: a.Name(), Summary: doc.Summary, Goal: doc.Goal, Detection: doc.Detection, Source: doc.Source}
		e.Options = optionsOf(a)
		all = append(all, e)
	}
	return all
}

func defences() []entry {
	var all []entry
	for _, m := range scenarios.Defences {
		all = append(all, entry{Name: m.Name, Summary: m.Summary, BlindSpot: m.BlindSpot, Source: m.Source})
	}
	return all
}

// honestKinds are what a world's honest groups may be.
func honestKinds() []entry {
	var all []entry
	for k := range simulate.Gatherings {
		g := &simulate.Gatherings[k]
		all = append(all, entry{Name: g.Name, Summary: g.Doc, Sizes: g.Sizes()})
	}
	return all
}

func optionsOf(x any) []option {
	var all []option
	for _, o := range catalog.Options(x) {
		all = append(all, option{catalog.OptionName(o.Name), written(o.Value), o.Doc, o.Within})
	}
	return all
}

// written is a default as a scenario would write it.
func written(value any) any {
	d, ok := value.(time.Duration)
	if !ok {
		return value
	}
	if day := 24 * time.Hour; d >= day && d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

func library() []entry {
	var all []entry
	for _, s := range scenarios.Library() {
		e := entry{Name: s.Name, Summary: s.Doc, Source: s.Source, Points: s.Size()}
		for _, l := range s.Expect {
			e.Expect = append(e.Expect, l.String())
		}
		all = append(all, e)
	}
	return all
}

func measures() []entry {
	var all []entry
	for _, m := range append(slices.Clone(scenarios.Measures), scenarios.BreakPoint) {
		all = append(all, entry{Name: m.Name, Summary: m.Doc, Unit: m.Unit, Better: m.Better})
	}
	return all
}

func (e entry) text(w io.Writer, width int) error {
	lines := []string{e.Name, wrap(e.Summary, "  ", width)}
	add := func(label, text string) {
		if text != "" {
			lines = append(lines, wrap(label+": "+text, "  ", width))
		}
	}
	add("Sizes", e.Sizes)
	add("Goal", e.Goal)
	add("Look for", e.Detection)
	add("Runs", e.Runs)
	add("Cost", e.Cost)
	add("Blind spot", e.BlindSpot)
	if e.Unit != "" {
		add("Unit", e.Unit+"; "+e.Better+" is better")
	}
	if e.Points > 1 {
		add("Points of a sweep", fmt.Sprint(e.Points))
	}
	add("Expected", strings.Join(e.Expect, ", "))
	add("Source", e.Source)
	if len(e.Options) > 0 {
		lines = append(lines, "  Options:")
	}
	for _, o := range e.Options {
		text := fmt.Sprintf("%s (%v): %s", o.Name, o.Default, o.Doc)
		if o.Within != "" {
			text += " [" + o.Within + "]"
		}
		lines = append(lines, wrap(text, "    ", width))
	}
	_, err := fmt.Fprintf(w, "%s\n\n", strings.Join(lines, "\n"))
	return err
}

// wrap breaks text into lines that begin with an indent.
func wrap(text, indent string, width int) string {
	var b strings.Builder
	column := 0
	for i, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
			b.WriteString(indent)
			column = len(indent)
		case column+1+n > width:
			b.WriteString("\n" + indent + "  ")
			column = len(indent) + 2
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String()
}
