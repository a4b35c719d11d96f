package main

import (
	"fmt"
	"runtime"

	"github.com/urfave/cli/v2"

	"github.com/ringwatch/ringwatch/scoring/communitynotes"
	"github.com/ringwatch/ringwatch/scoring/scorers"
)

func (t *terminal) version() *cli.Command {
	return t.command(&cli.Command{
		Name:  "version",
		Usage: "say which version this is",
		Description: `Examples
  ringwatch version
  ringwatch version --scorers      and whose method each scorer follows, as of when`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "scorers", Usage: "say which state of which source each scorer follows", DisableDefaultText: true},
		},
		Action: func(c *cli.Context) error {
			_, err := fmt.Fprintf(t.out, "ringwatch %s %s/%s %s\n", version, runtime.GOOS, runtime.GOARCH, runtime.Version())
			if !c.Bool("scorers") || err != nil {
				return err
			}
			for _, build := range scorers.All {
				s := build()
				if err := t.tell("%s: %s\n", s.Name(), s.Doc().Source); err != nil {
					return err
				}
				if notes, ok := s.(*communitynotes.Scorer); ok {
					for _, day := range []string{communitynotes.August, communitynotes.July} {
						usual := ""
						if day == notes.AsOf {
							usual = ", unless told otherwise"
						}
						if err := t.tell("  as-of %s: commit %s%s\n", day, (&communitynotes.Scorer{AsOf: day}).Commit(), usual); err != nil {
							return err
						}
					}
				}
			}
			return nil
		},
	})
}
