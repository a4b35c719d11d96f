package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

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
			&cli.BoolFlag{Name: "scorers", Usage: "say which state of which source each scorer follows",
				DisableDefaultText: true},
		},
		Action: func(c *cli.Context) error {
			_, err := fmt.Fprintf(t.out, "ringwatch %s %s/%s %s%s\n", version, runtime.GOOS, runtime.GOARCH,
				runtime.Version(), commit())
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
						if err := t.tell("  as-of %s: commit %s%s\n", day, (&communitynotes.Scorer{AsOf: day}).Commit(),
							usual); err != nil {
							return err
						}
					}
				}
			}
			return nil
		},
	})
}

// commit is the commit that the command was built from, where Go put it down.
// Results do not tell it: the same version gives the same bytes.
func commit() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	told, changed := "", ""
	for _, x := range info.Settings {
		switch {
		case x.Key == "vcs.revision":
			told = " commit " + x.Value[:min(len(x.Value), 12)]
		case x.Key == "vcs.modified" && x.Value == "true":
			changed = " and changes"
		}
	}
	if told == "" {
		return ""
	}
	return told + changed
}
