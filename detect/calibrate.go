package detect

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mathext"
)

// Calibration says how the detectors are tried on data of one's own.
type Calibration struct {
	Redraws int       // times that the data is drawn anew, and times at most that rings are planted in it
	Sizes   []int     // of planted rings, in raters; default 5, 10, 20
	Targets []int     // of planted rings, in items; default 5, 8, 20
	Rings   int       // planted of each size and number of targets at most; default 40
	Found   *Findings // in the data as it is; nil: look
}

// Calibrated is how the detectors do on data of one's own.
type Calibrated struct {
	Redraws   int // in which each rater acts alone
	WithRings int // of them, those in which a ring was found all the same
	Rings     int // in all redraws
	Raters    int // in these rings
	// WithCoordinated are those of the redraws with a coordinated group, of which
	// there are Coordinated in all.
	WithCoordinated, Coordinated int
	Viewpoints                   bool    // voters in redraws stand where they do in the data
	Taste                        float64 // share of choices in redraws that others made who had made the same
	PValues                      PValues

	Cells     []Cell // rings planted into the data
	Plantings int    // times that the data was searched with some planted
	// Raters of the data in a ring there who are in none in the data as it is,
	// summed over plantings: in a ring with planted raters, and elsewhere.
	NewlyWith, NewlyElsewhere int
	Warnings                  []string
}

const (
	redrawStream = 0x5ca1ab1e << 32 // of random numbers; a redraw or a planting adds its number
	plantStream  = 0x5eed1ab5 << 32
	tasteStream  = 0x7a57e << 32
)

// Calibrate tries detectors on data of the user's own. The data is drawn anew
// from the fitted null, Redraws times, and searched: what is found there is false
// alarm. Then rings of several sizes are planted into the data as it is, few at a
// time: what is found of them tells what would be found. Official detectors are
// left out, since they have no null.
//
// In a redraw raters vote by their habits and viewpoints, where the data has any, so
// camps are in it; and as many of their choices as in the data are what others chose who
// had chosen the same, so series, shelves and tastes are. What is not are votes that
// friends share beyond a viewpoint, and that they come together. The rings planted
// vote as one at one end of the scale and take part in all of their targets; weaker
// ones are found less often.
//
// It costs up to 2 Redraws times what Run does, and 40 bytes a rating more
// memory. The same ratings and seed give the same result for any GOMAXPROCS and
// any order of rows. It returns ctx's error when stopped.
func Calibrate(ctx context.Context, in Input, detectors []Detector, c Calibration) (*Calibrated, error) {
	_, detectors = apart(detectors)
	if len(detectors) == 0 {
		return nil, errors.New("nothing to calibrate: official detectors have no null")
	}
	c = c.withDefaults()
	report := in.reporter()
	in.Progress = nil
	out := &Calibrated{Redraws: c.Redraws, PValues: newPValues()}
	if in.Ratings.Len() == 0 {
		return out, ctx.Err()
	}
	if c.Found == nil {
		f, err := Run(ctx, in, detectors)
		if err != nil {
			return nil, err
		}
		c.Found = f
	}
	d := newRedrawer(in.Ratings)
	d.learnTaste(rand.New(rand.NewPCG(in.Seed, tasteStream)), flagged(c.Found, d.Raters))
	d.Together = cmp.Or(in.Moment, d.Together)
	out.Viewpoints, out.Taste = d.HasViewpoint(), d.taste
	for i := range c.Redraws {
		report("redrawing", i, c.Redraws)
		rng := rand.New(rand.NewPCG(in.Seed, redrawStream+uint64(i)))
		e, f, err := run(ctx, Input{Ratings: d.redraw(rng, d.taste), Seed: in.Seed, Moment: in.Moment}, detectors)
		if err != nil {
			return nil, err
		}
		out.addRedraw(e, f)
		if d.taste > 0 {
			e, err = newEngine(ctx, Input{Ratings: d.redraw(rng, 0), Seed: in.Seed, Moment: in.Moment})
			if err != nil {
				return nil, err
			}
		}
		out.PValues.addRandom(e, rng)
	}
	if err := out.plantAll(ctx, in.Seed, d, detectors, c, report); err != nil {
		return nil, err
	}
	return out, ctx.Err()
}

func (c Calibration) withDefaults() Calibration {
	if c.Sizes == nil {
		c.Sizes = []int{5, 10, 20}
	}
	if c.Targets == nil {
		c.Targets = []int{5, 8, 20}
	}
	if c.Rings == 0 {
		c.Rings = 40
	}
	return c
}

func (out *Calibrated) addRedraw(e *engine, f *Findings) {
	if len(f.Rings) > 0 {
		out.WithRings++
	}
	out.Rings += len(f.Rings)
	for _, r := range f.Rings {
		out.Raters += len(r.Raters)
	}
	if len(f.Coordinated) > 0 {
		out.WithCoordinated++
	}
	out.Coordinated += len(f.Coordinated)
	out.PValues.addJudged(e)
}

// plantAll plants rings until each cell has as many as asked for, or the data was
// searched as often as it may be.
func (out *Calibrated) plantAll(ctx context.Context, seed uint64, d *redrawer, detectors []Detector, c Calibration,
	report func(string, int, int)) error {
	out.Cells = d.cells(c)
	if left := len(c.Sizes)*len(c.Targets) - len(out.Cells); left > 0 {
		out.Warnings = append(out.Warnings, "rings of more than a tenth of the raters, "+
			"or of more targets than half of the items, were not planted: there would be little else")
	}
	known := flagged(c.Found, d.Raters)
	for i := range c.Redraws {
		report("planting rings", i, c.Redraws)
		planned := d.plan(out.Cells, c.Rings)
		if len(planned) == 0 {
			break
		}
		t, rings := d.plant(rand.New(rand.NewPCG(seed, plantStream+uint64(i))), out.Cells, planned)
		f, err := Run(ctx, Input{Ratings: t, Seed: seed, Moment: d.Together}, detectors)
		if err != nil {
			return err
		}
		out.Plantings++
		for r, c := range planned {
			out.Cells[c].Planted++
			if foundIn(f, rings[r]) {
				out.Cells[c].Found++
			}
		}
		out.countNewly(f, known)
	}
	report("planting rings", c.Redraws, c.Redraws)
	return ctx.Err()
}

// countNewly counts raters of the data who are in a ring and were in none.
func (out *Calibrated) countNewly(f *Findings, known []bool) {
	for _, r := range f.Rings {
		newly := 0
		for _, u := range r.Raters {
			if int(u) < len(known) && !known[u] {
				newly++
			}
		}
		if planted := int(r.Raters[len(r.Raters)-1]) >= len(known); planted { // they are numbered last
			out.NewlyWith += newly
		} else {
			out.NewlyElsewhere += newly
		}
	}
}

// cells returns those that the data has room for.
func (d *redrawer) cells(c Calibration) (cells []Cell) {
	rated := 0
	for i := range int32(d.Items) {
		if d.SizeOf(i) > 0 {
			rated++
		}
	}
	for _, size := range c.Sizes {
		for _, targets := range c.Targets {
			if float64(size) <= plantedRing*float64(d.Raters) && 2*targets <= rated {
				cells = append(cells, Cell{Size: size, Targets: targets})
			}
		}
	}
	return cells
}

// flagged tells of raters whether they are in a ring.
func flagged(f *Findings, raters int) []bool {
	is := make([]bool, raters)
	for _, r := range f.Rings {
		for _, u := range r.Raters {
			is[u] = is[u] || !r.Official
		}
	}
	return is
}

// foundIn reports whether at least half of the members are in one ring of which
// they are at least half.
func foundIn(f *Findings, members []int32) bool {
	return slices.ContainsFunc(f.Rings, func(r Ring) bool {
		in := 0
		for _, u := range members {
			if _, ok := slices.BinarySearch(r.Raters, u); ok {
				in++
			}
		}
		return 2*in >= len(members) && 2*in >= len(r.Raters)
	})
}

// Interval returns the bounds of a share, k of n seen, that hold in 95 of 100
// cases (Clopper and Pearson 1934).
func Interval(k, n int) (low, high float64) {
	high = 1
	if k > 0 {
		low = mathext.InvRegIncBeta(float64(k), float64(n-k+1), .025)
	}
	if k < n {
		high = mathext.InvRegIncBeta(float64(k+1), float64(n-k), .975)
	}
	return low, high
}
