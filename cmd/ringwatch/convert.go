package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ringwatch/ringwatch/internal/plural"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/reports"
)

func (t *terminal) convert() *cli.Command {
	return t.command(&cli.Command{
		Name:      "convert",
		Usage:     "write ratings in another format",
		ArgsUsage: "INPUT... --out FILE",
		Description: `Rows come out by rater, then item, whatever their order was; of two ratings of
one item by one rater the later is kept.

Examples
  ringwatch convert ratings-*.tsv.gz --out ratings.csv.zst
  ringwatch convert ratings-*.tsv.gz --out ratings.columns
  ringwatch convert votes.parquet --since 2024-01-01 --out votes.jsonl
  ringwatch convert ratings.csv --format communitynotes --out ratings-00000.tsv

` + inputHelp,
		Flags: reading(
			&cli.StringFlag{Name: "out", Aliases: []string{"o"}, Usage: "`FILE` that ends in .csv, .tsv or .jsonl, " +
				"with .gz or .zst to pack it, .parquet or .columns; - is standard output"},
			&cli.StringFlag{Name: "format", Usage: "`FORMAT` where the ending does not tell: " + formats},
			forceFlag,
		),
		Action: t.runConvert,
	})
}

func (t *terminal) runConvert(c *cli.Context) error {
	out, format := c.String("out"), c.String("format")
	if out == "" {
		return errors.New("convert needs a file to write to: --out FILE")
	}
	if _, known := ratingFiles[format]; format != "" && !known {
		return fmt.Errorf("--format: %q is none of %s", format, formats)
	}
	if out != "-" {
		if err := rating.CheckName(out, format); err != nil {
			return err
		}
	}
	for _, dir := range c.Args().Slice() {
		if info, err := os.Stat(dir); err == nil && info.IsDir() && inside(dir, out) {
			if _, err := os.Stat(out); err == nil {
				return fmt.Errorf("--out: %s is in %s, which is read, and would be lost; name another file", out, dir)
			}
		}
	}
	if err := t.claim(c, "out"); err != nil {
		return err
	}
	ratings, run, err := t.read(c)
	if err != nil {
		return err
	}
	if out == "-" {
		if format == "" {
			format = "csv"
		}
		t.meter.stop()
		if err := t.besideData(reports.Columns(run, false), run.Warnings); err != nil {
			return err
		}
		return rating.WriteFormat(t.out, ratings, format)
	}
	err = t.write(c.Context, out, func(w io.Writer) error { return rating.WriteNamed(w, out, ratings, format) })
	if err != nil {
		return err
	}
	t.meter.stop()
	if err := t.tell("%s", whatWasRead(reports.Columns(run, false), run.Warnings)); err != nil {
		return err
	}
	return t.tell("%s of %s by %s are in %s.\n", plural.Of(ratings.Len(), "rating"),
		plural.Of(ratings.Items.Len(), "item"), plural.Of(ratings.Raters.Len(), "rater"), out)
}

// whatWasRead says which columns were read as what, and the warnings of reading.
func whatWasRead(columns string, warnings []string) string {
	var b strings.Builder
	if columns != "" {
		b.WriteString(columns + "\n")
	}
	for _, warning := range warnings {
		fmt.Fprintf(&b, "Warning: %s\n", sentence(warning))
	}
	return b.String()
}

// besideData says so on standard error, where standard output is data.
func (t *terminal) besideData(columns string, warnings []string) error {
	_, err := io.WriteString(t.err, reports.Plain(whatWasRead(columns, warnings)))
	return err
}

// sentence ends a warning, if no question does.
func sentence(warning string) string {
	if strings.HasSuffix(warning, "?") {
		return warning
	}
	return warning + "."
}
