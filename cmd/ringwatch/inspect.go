package main

import (
	"encoding/json"

	"github.com/urfave/cli/v2"

	"github.com/ringwatch/ringwatch/reports"
)

func (t *terminal) inspect() *cli.Command {
	return t.command(&cli.Command{
		Name:      "inspect",
		Usage:     "look at ratings: which column is read as what, and what can be told of them",
		ArgsUsage: "INPUT...",
		Description: `Reads ratings as the other commands do and says what was understood: columns,
scale, times, what was set aside, identifiers to look at, and what detectors will
be able to tell. It searches nothing and takes seconds.

Examples
  ringwatch inspect ratings.csv
  ringwatch inspect reviews.jsonl --columns value=overall
  ringwatch inspect ratings.csv --json | jq .reading

` + inputHelp,
		Flags:  reading(&cli.BoolFlag{Name: "json", Usage: "print JSON", DisableDefaultText: true}),
		Action: t.runInspect,
	})
}

func (t *terminal) runInspect(c *cli.Context) error {
	ratings, run, err := t.read(c)
	if err != nil {
		return err
	}
	look := reports.Inspect(ratings, run)
	t.meter.stop()
	if c.Bool("json") {
		e := json.NewEncoder(t.out)
		e.SetIndent("", "  ")
		return e.Encode(look)
	}
	return look.Text(t.out, title(c), run, t.text())
}
