package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/ringwatch/ringwatch/export"
	"github.com/ringwatch/ringwatch/output"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/reports"
	"github.com/ringwatch/ringwatch/reports/serve"
)

func (t *terminal) export() *cli.Command {
	var names []string
	formats := ""
	for _, f := range export.Formats() {
		names = append(names, f.Name)
		formats += fmt.Sprintf("  %-8s%s\n", f.Name, f.Doc)
	}
	return t.command(&cli.Command{
		Name:      "export",
		Usage:     "hand rings on to where decisions are carried out",
		ArgsUsage: "CASE --to FORMAT --out DIR",
		Description: `Makes files for other tools of the rings that people confirmed in ringwatch serve.
CASE is a folder that detect --out wrote. It sends nothing: look at what would be
sent with --dry-run, then write the files and post them with a tool of yours.

` + formats + `
What is in doubt, unstable or merely coordinated is left out, even where it was
confirmed, unless --include names it; what was dismissed always is. Labels run out
after 90 days, so that somebody looks again.

Examples
  ringwatch export case --to undo --dry-run
  ringwatch export case --to osprey --entity-type User --out labels
  ringwatch export case --to coop --entity-type TYPE --reporter TYPE/ringwatch --out reports
  ringwatch export case --to ozone --did did:plc:abc --expires 30d --out events
  ringwatch export case --to csv --all --out labels`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "to", Usage: "`FORMAT`: " + strings.Join(names, ", ")},
			&cli.BoolFlag{Name: "dry-run", Aliases: []string{"n"},
				Usage: "say what would be written, and write nothing", DisableDefaultText: true},
			outFlag("write to the folder `DIR`"), forceFlag,
			&cli.BoolFlag{Name: "all", Usage: "hand on rings that nobody has decided about, too",
				DisableDefaultText: true},
			&cli.StringFlag{Name: "include", Usage: "`KINDS` that are left out unless named, with commas: " +
				strings.Join(export.Doubts, ", ")},
			&cli.StringFlag{Name: "label", Usage: "`NAME` of the label", Value: "coordinated-ratings"},
			&cli.StringFlag{Name: "expires", Usage: "when labels run out: `WHEN` is a number of days as 90d, a date, " +
				"or never", Value: "90d"},
			&cli.StringFlag{Name: "at", Usage: "`TIME` of the export, for the same bytes each time (default: now)"},
			&cli.StringFlag{Name: "entity-type",
				Usage: "`TYPE` of an account: Osprey's entity type (default there: User), Coop's item type"},
			&cli.StringFlag{Name: "reporter", Usage: "Coop: `TYPE/ID` of the account that reports"},
			&cli.StringFlag{Name: "policy", Usage: "Coop: `ID` of the policy that reports name"},
			&cli.StringFlag{Name: "did", Usage: "Ozone: `DID` of the moderator or labeller"},
			&cli.StringFlag{Name: "votes", Usage: "undo: `WHICH` votes of members, " +
				"targets (those on the ring's targets) or all", Value: "targets"},
			&cli.BoolFlag{Name: "reveal-ids", Usage: "STIX: identifiers, not pseudonyms", DisableDefaultText: true},
		},
		Action: t.runExport,
	})
}

func (t *terminal) runExport(c *cli.Context) error {
	if c.NArg() != 1 {
		return errors.New("name one folder that ringwatch detect --out wrote")
	}
	formats := export.Formats()
	k := slices.IndexFunc(formats, func(f export.Format) bool { return f.Name == c.String("to") })
	if k < 0 {
		return fmt.Errorf("--to: %q is none of the formats; see ringwatch export --help", c.String("to"))
	}
	out, dry := c.String("out"), c.Bool("dry-run")
	if out == "" && !dry {
		return errors.New("name a folder with --out, or look first with --dry-run")
	}
	o, err := exportOptions(c)
	if err != nil {
		return err
	}
	var folder *output.Folder
	if !dry {
		if folder, err = t.claimFolder(c, out, c.Bool("force")); err != nil {
			return err
		}
	}
	look, err := serve.LookAt(c.Args().First())
	if err != nil {
		return err
	}
	defer look.Close()
	chosen, left, err := chooseRings(c, look)
	if err != nil {
		return err
	}
	files, err := formats[k].Write(&export.Set{Case: look.Document, Ratings: look.Ratings, Rings: chosen, Options: o})
	if err != nil {
		return err
	}
	if len(chosen) == 0 {
		why := "the case has no ring"
		if len(left) > 0 {
			why = fmt.Sprintf("%s, %s", reports.Many(left[0].Rings, "ring"), left[0].Why)
		}
		return fmt.Errorf("there is nothing to hand on: %s; nothing was written", why)
	}
	if err := c.Context.Err(); err != nil {
		return err
	}
	if err := t.tellExport(chosen, left); err != nil {
		return err
	}
	if dry {
		return t.tellDry(files)
	}
	if err := reports.WriteFolder(folder, files.Parts,
		reports.Provenance{Version: version, Command: commandLine(c), Ratings: look.Document.Run.Ratings}); err != nil {
		return err
	}
	t.sayOthers(folder)
	return t.tellFiles(files, "Written to "+out+":", files.HowToUse)
}

// chooseRings returns the rings that are handed on, and why others are not.
func chooseRings(c *cli.Context, look *serve.Look) (chosen []export.Ring, left []export.LeftOut, err error) {
	var rings []export.Ring
	for _, r := range look.Rings {
		rings = append(rings, export.Ring{Ring: r.Ring, Decision: r.Decision, Raters: r.Raters, Targets: r.Targets})
	}
	choice := export.Choice{All: c.Bool("all")}
	for name := range strings.SplitSeq(c.String("include"), ",") {
		if name = strings.TrimSpace(name); name != "" {
			choice.Include = append(choice.Include, name)
		}
	}
	if chosen, left, err = export.Choose(rings, choice); err != nil {
		return nil, nil, fmt.Errorf("--include: %w", err)
	}
	return chosen, left, nil
}

// exportOptions reads what formats ask for.
func exportOptions(c *cli.Context) (o export.Options, err error) {
	o = export.Options{Label: c.String("label"), EntityType: c.String("entity-type"), Reporter: c.String("reporter"),
		Policy: c.String("policy"),
		DID:    c.String("did"), RevealIDs: c.Bool("reveal-ids"), At: time.Now().UTC().Truncate(time.Second)}
	for _, flag := range []string{"label", "entity-type", "reporter", "policy", "did"} {
		if text := c.String(flag); reports.Shown(text) != text || strings.TrimSpace(text) != text {
			return o, fmt.Errorf("--%s: %s has characters that do not show, or white space around it; write it without",
				flag, reports.Shown(text))
		}
	}
	if c.String("to") == "osprey" {
		o.EntityType = cmp.Or(o.EntityType, "User")
	}
	if at := c.String("at"); at != "" {
		s, err := rating.ParseTime(at)
		if err != nil {
			return o, fmt.Errorf("--at: %w", err)
		}
		o.At = rating.ToTime(s)
	}
	switch votes := c.String("votes"); votes {
	case "targets", "all":
		o.AllVotes = votes == "all"
	default:
		return o, fmt.Errorf("--votes: %q is neither targets nor all", votes)
	}
	when := c.String("expires")
	if when == "never" {
		return o, nil
	}
	if days, err := strconv.ParseUint(strings.TrimSuffix(when, "d"), 10, 15); err == nil &&
		strings.HasSuffix(when, "d") {
		o.Expires = o.At.AddDate(0, 0, int(days))
	} else if s, err := rating.ParseTime(when); err == nil {
		o.Expires = rating.ToTime(s)
	} else {
		return o, fmt.Errorf("--expires: %q is no number of days as 90d, no date as 2027-01-31, and not never", when)
	}
	if !o.Expires.After(o.At) {
		return o, fmt.Errorf("--expires: %s is not after the export, which is at %s", when, o.At.Format(time.RFC3339))
	}
	return o, nil
}

// tellExport says which rings are handed on, and which are not.
func (t *terminal) tellExport(chosen []export.Ring, left []export.LeftOut) error {
	const most = 10
	raters := map[string]bool{}
	for _, r := range chosen {
		for _, id := range r.Raters {
			raters[id] = true
		}
	}
	text := fmt.Sprintf("Handed on: %s with %s.\n", reports.Many(len(chosen), "ring"),
		reports.Many(len(raters), "account"))
	for k, r := range chosen {
		if k == most {
			text += fmt.Sprintf("- and %d more\n", len(chosen)-most)
			break
		}
		text += fmt.Sprintf("- %s: %s, %s, %s\n", r.ID, reports.Many(len(r.Raters), "rater"), r.Certainty,
			cmp.Or(r.Decision.Status, "open"))
	}
	for _, l := range left {
		text += fmt.Sprintf("Left out: %s, %s.\n", reports.Many(l.Rings, "ring"), l.Why)
	}
	return t.tell("%s", text)
}

// tellDry says what would be written, with the beginning of each file.
func (t *terminal) tellDry(files *export.Files) error {
	if err := t.tellFiles(files, "Would be written:", ""); err != nil {
		return err
	}
	const most = 400
	for _, c := range files.Counts {
		if !strings.HasSuffix(c.File, ".jsonl") || c.N == 0 {
			continue
		}
		var b bytes.Buffer
		if err := files.Parts[c.File](&b); err != nil {
			return err
		}
		line, _ := b.ReadString('\n')
		line = strings.ToValidUTF8(strings.TrimSuffix(line, "\n")[:min(len(line)-1, most)], "")
		if err := t.tell("\nThe first line of %s:\n%s\n", c.File, reports.Shown(line)); err != nil {
			return err
		}
	}
	_, err := io.WriteString(t.out, "\nNothing was written, and nothing is ever sent.\n")
	return err
}

func (t *terminal) tellFiles(files *export.Files, head, foot string) error {
	text := head + "\n"
	for k, c := range files.Counts {
		if k > 0 && files.Counts[k-1].File == c.File {
			text = strings.TrimSuffix(text, "\n") + ", " + reports.Many(c.N, c.Of) + "\n"
			continue
		}
		text += fmt.Sprintf("- %s: %s\n", c.File, reports.Many(c.N, c.Of))
	}
	text += "- run.json: what it was made of, and how\n"
	for _, l := range files.LeftOut {
		text += "Not in it: " + l + ".\n"
	}
	if foot != "" {
		text += foot + "\n"
	}
	return t.tell("%s", text)
}
