package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ringwatch/ringwatch/internal/plural"
	"github.com/ringwatch/ringwatch/output"
	"github.com/ringwatch/ringwatch/reports"
	"github.com/ringwatch/ringwatch/reports/serve"
	"github.com/ringwatch/ringwatch/scenarios"
)

var reportFormats = []string{"text", "markdown", "json", "csv", "html", "parquet"}

func (t *terminal) report() *cli.Command {
	return t.command(&cli.Command{
		Name:      "report",
		Usage:     "show rings or outcomes in another form",
		ArgsUsage: "FILE... [--format FORMAT]",
		Description: `FILE is a rings.json that detect or demo wrote, or its folder, or outcomes (.jsonl) that sweep
or demo wrote; of those, several make one table. A page of a case that ringwatch serve was used
on shows what people decided.

Examples
  ringwatch report case/rings.json                       the table once more
  ringwatch report case/rings.json --format markdown     for an issue
  ringwatch report out.jsonl --format html --out out.html
  ringwatch report out.jsonl --figures figures           SVG, PNG and their numbers
  ringwatch report out.jsonl --format parquet --out outcomes.parquet`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "format", Usage: "`FORMAT`: text, markdown, json, csv, html or parquet",
				Value: "text"},
			&cli.StringFlag{Name: "figures", Usage: "write every figure of outcomes to the folder `DIR`, " +
				"as SVG, PNG and CSV"},
			forceFlag,
			&cli.StringFlag{Name: "out", Aliases: []string{"o"}, Usage: "`FILE` to write (default: standard output)"},
			revealFlag, exactTimesFlag, itemURLFlag, raterURLFlag, byFlag, onFlag,
		},
		Action: t.runReport,
	})
}

func (t *terminal) runReport(c *cli.Context) error {
	format := c.String("format")
	if !slices.Contains(reportFormats, format) {
		return fmt.Errorf("--format: %q is none of %s", format, strings.Join(reportFormats, ", "))
	}
	if err := checkURLs(c); err != nil {
		return err
	}
	if err := t.claim(c, "out"); err != nil {
		return err
	}
	if c.NArg() == 0 {
		return errors.New("no file to report on; name a rings.json, or outcomes in .jsonl files")
	}
	var outcomes []scenarios.Outcome
	var rings *reports.Case
	for _, file := range c.Args().Slice() {
		ofCase := filepath.Base(file) == "rings.json"
		if info, err := os.Stat(file); err == nil && info.IsDir() {
			file, ofCase = filepath.Join(file, "rings.json"), true
		}
		data, err := t.load(file)
		if err != nil {
			return err
		}
		if ofCase || isRings(data) {
			if rings, err = readRings(c, file, data); err != nil {
				return err
			}
		} else {
			more, err := scenarios.ReadOutcomes(file, bytes.NewReader(data))
			if err != nil {
				return err
			}
			outcomes = append(outcomes, more...)
		}
		if rings != nil && c.NArg() > 1 {
			return fmt.Errorf("%s: a rings.json cannot be reported on with other files", file)
		}
	}
	if dir := c.String("figures"); dir != "" {
		if rings != nil {
			return errors.New("--figures draws outcomes (.jsonl), not a rings.json")
		}
		return t.drawFigures(c, dir, outcomes)
	}
	if rings != nil && (format == "csv" || format == "parquet") {
		if err := t.besideData(rings.Document().Columns(), rings.Document().Warnings); err != nil {
			return err
		}
	}
	return t.write(c.Context, c.String("out"), func(w io.Writer) error {
		if rings != nil {
			return t.writeRings(w, rings, format)
		}
		return t.writeOutcomes(w, outcomes, format)
	})
}

// readRings reads a rings.json, and what was decided of its rings beside it.
func readRings(c *cli.Context, file string, data []byte) (*reports.Case, error) {
	rings, err := reports.ReadCase(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	rings.ExactTimes = c.Bool("exact-times")
	rings.MadeBy(c.String("by"), c.String("on"))
	if file != "-" {
		if rings.Decisions, err = serve.Decisions(filepath.Dir(file), rings.Document()); err != nil {
			return nil, err
		}
	}
	rings.RevealIDs = c.Bool("reveal-ids")
	rings.ItemURL = c.String("item-url")
	rings.RaterURL = c.String("rater-url")
	return rings, nil
}

// drawFigures draws outcomes in a folder.
func (t *terminal) drawFigures(c *cli.Context, dir string, outcomes []scenarios.Outcome) error {
	run := reports.Provenance{Version: version, Command: commandLine(c)}
	folder, err := t.claimFolder(c, dir, c.Bool("force"))
	if err != nil {
		return err
	}
	n, err := reports.WriteFigures(folder, outcomes, run)
	if err != nil {
		return err
	}
	t.sayOthers(folder)
	return t.tell("%s, as .svg, .png and .csv: see %s.\n", plural.Of(n, "figure"), dir)
}

// load reads a file, or standard input for "-".
func (t *terminal) load(file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(t.in)
	}
	read := os.ReadFile
	if filepath.Base(file) == "rings.json" { // of a folder; elsewhere a pipe is what was asked for
		read = output.ReadFile
	}
	data, err := read(file)
	var inner *os.PathError
	if errors.As(err, &inner) {
		return nil, fmt.Errorf("%s: %w", file, inner.Err)
	}
	return data, err
}

// isRings tells a rings.json, one object with a format, from outcomes; it may be cut
// short after that.
func isRings(data []byte) bool {
	d := json.NewDecoder(bytes.NewReader(data))
	if begin, err := d.Token(); err != nil || begin != json.Delim('{') {
		return false
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return false
		}
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return false
		}
		var format string
		if name == "format" && json.Unmarshal(value, &format) == nil {
			return format != ""
		}
	}
	return false
}

func (t *terminal) writeRings(w io.Writer, c *reports.Case, format string) error {
	switch format {
	case "markdown":
		return reports.Markdown(w, c)
	case "json":
		return reports.JSON(w, c)
	case "csv":
		return reports.CSV(w, c)
	case "html":
		return reports.HTML(w, c)
	case "parquet":
		return reports.RingsParquet(w, c.Document().Rings)
	}
	return reports.Text(w, c, t.text())
}

func (t *terminal) writeOutcomes(w io.Writer, outcomes []scenarios.Outcome, format string) error {
	switch format {
	case "markdown":
		return reports.OutcomesMarkdown(w, outcomes)
	case "json":
		return reports.OutcomesJSON(w, outcomes)
	case "csv":
		return reports.OutcomesCSV(w, outcomes)
	case "html":
		return reports.OutcomesHTML(w, outcomes)
	case "parquet":
		return reports.OutcomesParquet(w, outcomes)
	}
	return reports.OutcomesText(w, outcomes, t.text())
}
