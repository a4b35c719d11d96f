package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/ringwatch/ringwatch/catalog"
	"github.com/ringwatch/ringwatch/internal/plural"
	"github.com/ringwatch/ringwatch/scenarios"
)

func (t *terminal) scenario() *cli.Command {
	return t.command(&cli.Command{
		Name:      "scenario",
		Usage:     "check scenario files, show those of the library, print their schema",
		ArgsUsage: "check FILE... | show NAME | schema",
		Description: `check reads scenarios and says of each fault where it stands, without running
them; it exits with 2 if there is one. show prints a scenario of the library, to
begin your own with. schema prints the JSON Schema that editors complete and
check scenario files by.

Examples
  ringwatch scenario show burst > mine.yaml
  ringwatch scenario check mine.yaml
  ringwatch scenario schema > scenario.schema.json
and, as the first line of mine.yaml,
  # yaml-language-server: $schema=scenario.schema.json`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "out", Aliases: []string{"o"}, Usage: "`FILE` to write (default: standard output)"},
			forceFlag,
		},
		Action: t.runScenario,
	})
}

var scenarioVerbs = []string{"check", "show", "schema"}

func (t *terminal) runScenario(c *cli.Context) error {
	args := c.Args().Slice()
	if len(args) == 0 {
		return errors.New("scenario takes check FILE..., show NAME or schema")
	}
	verb, args := args[0], args[1:]
	if err := t.claim(c, "out"); err != nil {
		return err
	}
	switch {
	case verb == "check" && len(args) > 0:
		return t.checkScenarios(c.Context, args)
	case verb == "check":
		return errors.New("scenario check takes files; name one")
	case verb == "show" && len(args) == 1:
		text, err := scenarios.Text(args[0])
		if err != nil {
			return err
		}
		return t.write(c.Context, c.String("out"), func(w io.Writer) error {
			_, err := io.WriteString(w, text)
			return err
		})
	case verb == "show":
		return errors.New("scenario show takes one name of the library; run ringwatch list scenarios")
	case verb == "schema" && len(args) == 0:
		return t.write(c.Context, c.String("out"), func(w io.Writer) error {
			e := json.NewEncoder(w)
			e.SetEscapeHTML(false)
			e.SetIndent("", " ")
			return e.Encode(scenarios.Schema())
		})
	case verb == "schema":
		return errors.New("scenario schema takes no arguments")
	}
	if near := catalog.Nearest(verb, scenarioVerbs); near != "" {
		return fmt.Errorf("scenario knows no %q; did you mean %q?", verb, near)
	}
	return fmt.Errorf("scenario knows no %q; it takes check FILE..., show NAME or schema", verb)
}

// checkScenarios says of each scenario what it would run, or what is wrong.
func (t *terminal) checkScenarios(ctx context.Context, names []string) error {
	bad := false
	for _, name := range names {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s, err := t.wholeScenario(name)
		jobs := 0
		if err == nil {
			err = s.Missing()
		}
		if err == nil {
			var all []scenarios.Job
			all, err = scenarios.Jobs([]*scenarios.Scenario{s}, nil)
			jobs = len(all)
		}
		if err != nil {
			t.fail(err)
			bad = true
			continue
		}
		if err := t.tell("%s: ok; %s, %s, %s\n", name, plural.Of(len(s.Attacks), "attack"),
			plural.Of(s.Size(), "point"), plural.Of(jobs, "run")); err != nil {
			return err
		}
	}
	if bad {
		return cli.Exit("", exitBad)
	}
	return nil
}
