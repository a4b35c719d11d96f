package main

import (
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/ringwatch/ringwatch/accounts"
	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/reports"
)

var (
	accountsFlag = &cli.StringFlag{Name: "accounts", Usage: "what is known of raters: `FILE` with a column rater, " +
		"one for when accounts were created, and any others; held against rings, not used to find them"}
	knownFlag = &cli.StringFlag{Name: "known",
		Usage: "`FILE` of raters that were sanctioned before, as export --to csv writes it; held against rings"}
)

// besides are the files of --accounts and --known; nil where they were not given.
type besides struct{ known, sanctioned *accounts.Table }

func readBesides(c *cli.Context, ratings *rating.Table) (b besides, err error) {
	if path := c.String("accounts"); path != "" {
		if b.known, err = accounts.ReadFile(c.Context, path, ratings.Raters); err != nil {
			return b, err
		}
	}
	if path := c.String("known"); path != "" {
		b.sanctioned, err = accounts.ReadSanctioned(c.Context, path, ratings.Raters)
	}
	return b, err
}

// beside holds them against what was found.
func (t *terminal) beside(c *cli.Context, ratings *rating.Table, f *detect.Findings,
	with besides) (*accounts.Beside, error) {
	known, sanctioned := with.known, with.sanctioned
	for _, x := range []*accounts.Table{known, sanctioned} {
		if x != nil {
			f.Warnings = append(f.Warnings, x.Warnings...)
		}
	}
	if known == nil && sanctioned == nil {
		return nil, nil
	}
	var rings [][]int32
	for _, r := range slices.Concat(f.Rings, f.Coordinated) {
		rings = append(rings, r.Raters)
	}
	t.meter.report("holding accounts against rings", 0, 1)
	b, err := accounts.Hold(c.Context, ratings, rings, len(f.Rings), known, sanctioned, c.Uint64("seed"))
	if err == nil && known != nil && f.Campaigns != nil {
		err = holdBursts(c, ratings, f, known, b)
	}
	if sanctioned != nil && !slices.Contains(sanctioned.Listed, true) {
		f.Warnings = append(f.Warnings, reports.Shown(sanctioned.File)+" names none of the raters; "+
			"are its identifiers those of the ratings?")
	}
	if err == nil && known != nil && 2*b.Listed < b.Raters {
		f.Warnings = append(f.Warnings, reports.Shown(known.File)+" names fewer than half of the raters; "+
			"of the others nothing is known")
	}
	return b, err
}

// holdBursts holds accounts against the raters of the votes that campaigns are about.
func holdBursts(c *cli.Context, ratings *rating.Table, f *detect.Findings, known *accounts.Table,
	b *accounts.Beside) error {
	var bursts [][]int32
	for _, x := range f.Campaigns.Campaigns {
		if !ratings.Scale.Unary() && x.Verdict.AsUsual() {
			break
		}
		var raters []int32
		for _, row := range x.Rows {
			raters = append(raters, ratings.Rater[row])
		}
		bursts = append(bursts, raters)
	}
	held, passed, err := accounts.HoldBursts(c.Context, ratings, bursts, known, c.Uint64("seed"))
	if passed != "" {
		f.Warnings = append(f.Warnings, passed)
	}
	b.Bursts = held
	return err
}
