package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/ringwatch/ringwatch/live"
	"github.com/ringwatch/ringwatch/output"
)

func (t *terminal) watch() *cli.Command {
	return t.command(&cli.Command{
		Name:      "watch",
		Usage:     "keep ratings as they arrive",
		ArgsUsage: "SOURCE --state DIR [--until-end --out DIR]",
		Description: `SOURCE is -, standard input, a file that grows, or a folder of such files, with
ratings a line: JSON lines, CSV or TSV. What arrives is kept in a journal, DIR/journal:
it is on the disk within 20 milliseconds or 5,000 lines, and a kill or a power cut
takes nothing of that away. Started again on the same source, it goes on where it
was; a standard input that begins as before is known again, and one that does not
goes on where the last ended. It ends with the source, or with Ctrl-C.

With --until-end it ends at the end of what is there now, and then finds rings as
ringwatch detect --out DIR --item-scores does on the same source: the same files,
byte for byte, in whatever order the ratings arrived and however often it was killed.

Examples
  tail -F votes.jsonl | ringwatch watch - --state state
  ringwatch watch votes.jsonl --state state
  ringwatch watch votes.jsonl --state state --until-end --out case`,
		Flags: append(reading(findingFlags()...),
			&cli.StringFlag{Name: "state", Usage: "keep the journal in the folder `DIR`"},
			&cli.BoolFlag{Name: "until-end", Usage: "end where the source does, find rings, and write them to --out", DisableDefaultText: true},
		),
		Action: t.runWatch,
	})
}

func (t *terminal) runWatch(c *cli.Context) (err error) {
	if c.NArg() != 1 {
		return errors.New("name one source: -, a file or a folder")
	}
	if c.String("state") == "" {
		return errors.New("--state: name the folder where the journal is kept")
	}
	untilEnd := c.Bool("until-end")
	if untilEnd != (c.String("out") != "") {
		return errors.New("--until-end and --out go together: where it does not end, nothing is written there")
	}
	journal, err := live.Open(c.String("state"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, journal.Close()) }()
	if n := journal.Torn(); n > 0 {
		t.note(fmt.Sprintf("%d bytes of the journal, which were being written when it was killed, were cut off; they had not been acknowledged", n))
	}
	if err := t.follow(c, journal, untilEnd); err != nil {
		return err
	}
	if untilEnd {
		return t.findIn(c, journal)
	}
	return nil
}

// follow records the source to its end, or until ctx ends.
func (t *terminal) follow(c *cli.Context, journal *live.Journal, untilEnd bool) error {
	ctx, end := context.WithCancel(c.Context)
	recorder := live.NewRecorder(ctx, journal, func(err error) {
		if err != nil {
			t.note(fmt.Sprintf("the journal cannot be written to, so nothing is acknowledged: %v", err))
		} else {
			t.note("the journal can be written to again")
		}
	}, func([]live.Said) {})
	defer recorder.Wait()
	defer end()
	source, err := c.Args().First(), error(nil)
	if source == "-" {
		err = recorder.Follow(ctx, source, t.in, true)
	} else {
		err = recorder.FollowFiles(ctx, source, untilEnd)
	}
	if c.Context.Err() != nil && !untilEnd { // that is how it ends
		return nil
	}
	return err
}

// findIn runs detect on what the journal has.
func (t *terminal) findIn(c *cli.Context, journal *live.Journal) error {
	place, err := output.Temporary("ringwatch-watch-")
	if err != nil {
		return err
	}
	defer place.Close()
	paths, err := journal.Export(c.Context, place.Path)
	if err != nil {
		return err
	}
	args := []string{"ringwatch", "detect"}
	for _, f := range t.detect().Flags {
		name := f.Names()[0]
		switch value := c.Value(name).(type) {
		case bool:
			args = append(args, fmt.Sprintf("--%s=%t", name, value || name == "item-scores"))
		default:
			if c.IsSet(name) {
				args = append(args, fmt.Sprintf("--%s=%v", name, value))
			}
		}
	}
	if slices.Contains(paths, "-") {
		t.in = journal.Read("-", 0)
	}
	return t.app().RunContext(c.Context, slices.Concat(args, []string{"--"}, paths))
}
