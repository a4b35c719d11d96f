package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/output"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/reports"
	"github.com/ringwatch/ringwatch/reports/serve"
)

// sinceCase reports whether --since names the folder of a case, and not a date.
func sinceCase(c *cli.Context) bool {
	if c.Command.Name != "detect" && c.Command.Name != "join" {
		return false
	}
	info, err := os.Stat(c.String("since"))
	return err == nil && info.IsDir()
}

// earlier reads the case that --since names; nil if it names none.
func earlier(c *cli.Context) (*reports.Earlier, error) {
	if !sinceCase(c) {
		return nil, nil
	}
	dir := c.String("since")
	if out := c.String("out"); out != "" && samePlace(dir, out) {
		return nil, fmt.Errorf("--since and --out are both %s; write to another folder, so that both cases stay", dir)
	}
	f, err := output.Open(filepath.Join(dir, "rings.json"))
	if err != nil {
		return nil, fmt.Errorf("--since: %s is a folder without rings.json, so no case; "+
			"name one that detect --out wrote, or a date such as 2024-01-31", dir)
	}
	defer f.Close()
	was, err := reports.ReadCase(f)
	if err != nil {
		return nil, fmt.Errorf("--since: %s: %w", f.Name(), err)
	}
	e, err := reports.NewEarlier(was.Document(), nil)
	if err != nil {
		return nil, fmt.Errorf("--since: %s: not a rings.json of ours: %w", f.Name(), err)
	}
	e.Decisions, err = serve.Carried(dir, e.Document)
	return e, err
}

// goOn holds what is new to the level of the delivery, and warns where the
// ratings are not those of the earlier case.
func goOn(e *reports.Earlier, t *rating.Table, f *detect.Findings) {
	if e == nil {
		return
	}
	f.HoldNew(e.Known(t), e.Delivery())
	groups := slices.Concat(e.Document.Rings, e.Document.Coordinated)
	members, there := e.Members(t)
	if len(groups) > 0 && there == 0 {
		f.Warnings = append(f.Warnings,
			fmt.Sprintf("none of the %d members of rings of the case that this one goes on from has a rating here; "+
				"is it of the same platform, and do these ratings include the earlier ones?", members))
	} else if 2*there < members {
		f.Warnings = append(f.Warnings,
			fmt.Sprintf("of the %d members of rings of the case that this one goes on from only %d have ratings here: "+
				"give all ratings, earlier ones included, or their rings look gone for that reason alone",
				members, there))
	}
}
