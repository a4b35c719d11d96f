package reports

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/reports/internal/page"
)

const ringsFormat = "ringwatch rings 1"

// A Document is a case in words, identifiers and numbers: rings.json, and what
// every picture is drawn from. docs/rings.schema.json describes it.
type Document struct {
	Format string `json:"format"`
	Title  string `json:"title"`
	Scale  string `json:"scale"`
	Scorer string `json:"scorer,omitempty"`
	Raters int    `json:"raters"`
	// most items bear a rater's identifier, as where people rate people
	ItemsAreRaters bool `json:"items_are_raters,omitempty"`
	// items that bear a rater's identifier, where most items do not
	RaterItems []string `json:"rater_items,omitempty"`
	// raters whose identifier is in the name of an item, such as ana in ana/tool
	RatersInItems []string `json:"raters_in_items,omitempty"`
	// short numbers of raters and items have nothing to do with each other
	NumberedAlike bool `json:"numbered_alike,omitempty"`

	Items      int         `json:"items"`
	Ratings    int         `json:"ratings"`
	First      string      `json:"first,omitempty"` // RFC 3339
	Last       string      `json:"last,omitempty"`
	Detectors  []string    `json:"detectors"`
	NotRun     []notRun    `json:"not_run"`
	Tested     int         `json:"groups_judged"`
	Background *background `json:"background,omitempty"`
	Warnings   []string    `json:"warnings"`
	Rings      []Ring      `json:"rings"` // in doubt after those without
	// one plan by evidence beside the votes: for review, never for automatic action
	Coordinated []Ring `json:"coordinated"`
	Shared      []Ring `json:"shared"` // common interest or exposure: no accusation
	// on items; campaigns.csv has bursts without a verdict on their votes, too
	Campaigns   []Campaign      `json:"campaigns,omitempty"`
	Bursts      int             `json:"bursts,omitempty"` // stretches of time of an item that were tested for campaigns
	Since       *Continuation   `json:"since,omitempty"`  // how it goes on from an earlier case
	Beside      *Beside         `json:"beside,omitempty"` // what accounts tell, where a file of them was given
	Calibration *calibrationDoc `json:"calibration,omitempty"`
	Experiment  *experimentDoc  `json:"experiment,omitempty"`
	Run         Provenance      `json:"run"`
}

type background struct {
	WindowRows []float64 `json:"window_rows"`
	Weight     []float64 `json:"weight"`
}

type notRun struct {
	Detector string `json:"detector"`
	Why      string `json:"why"`
}

// A Ring of a document, or a group that is none. Lists of identifiers are whole;
// rows are capped.
type Ring struct {
	ID        string        `json:"ring"`                // R1 of rings, C1 of coordinated groups, S1 of shared interest
	Certainty string        `json:"certainty,omitempty"` // see Certainties; empty for shared interest
	Size      int           `json:"size"`
	Targets   int           `json:"targets"`
	P         json.Number   `json:"p_value"` // may be below what a float64 holds: 1e-1415
	LogP      float64       `json:"ln_p"`
	Q         json.Number   `json:"q_value"`
	LogQ      float64       `json:"ln_q"`
	Detectors []string      `json:"detectors"`
	First     string        `json:"first,omitempty"`
	Last      string        `json:"last,omitempty"`
	Why       string        `json:"why"`
	Effect    *Effect       `json:"effect,omitempty"` // nil if nothing was scored
	Evidence  []Evidence    `json:"evidence"`
	Innocent  []Explanation `json:"innocent_explanations"`
	Members   []Member      `json:"members"`
	Ahead     []Ahead       `json:"ahead,omitempty"` // whom the members follow; none of them, and not accused
	Items     []string      `json:"items"`
	Impact    []Change      `json:"impact,omitempty"`
	Since     *Since        `json:"since,omitempty"` // of rings and coordinated groups of a case that goes on
	Beside    []Shared      `json:"beside,omitempty"`
	Truth     *ringTruth    `json:"truth,omitempty"`
	Matrix    *Matrix       `json:"matrix,omitempty"`
	Timeline  *Timeline     `json:"timeline,omitempty"`
}

// A Member is one rater of a ring.
type Member struct {
	Rater    string  `json:"rater"`
	Role     string  `json:"role"`
	Strength float64 `json:"strength"` // nats
	Shared   int     `json:"shared_items"`
}

// Ahead is a rater whom a ring's members follow. Anybody can be followed.
type Ahead struct {
	Rater    string  `json:"rater"`
	First    int     `json:"came_first"` // items shared where it came before all others near it
	Of       int     `json:"of"`         // items shared where others came near it
	Expected float64 `json:"expected"`   // of came_first, of one of a group that acts in no order
}

// Evidence is one measurement behind a ring, beside what is expected of raters who choose alone.
type Evidence struct {
	Measure  string  `json:"measure"`
	Unit     string  `json:"unit"`
	Observed float64 `json:"observed"`
	Expected float64 `json:"expected"` // of independent raters of the same habits
	Note     string  `json:"note,omitempty"`
	Rows     []Row   `json:"rows"`
	LeftOut  int     `json:"rows_left_out"`
}

// Row is one rating; Value is on the scale of the data.
type Row struct {
	Rater string  `json:"rater"`
	Item  string  `json:"item"`
	Value float64 `json:"value"`
	Time  string  `json:"time,omitempty"`
}

// An Explanation is an innocent reason for what a ring did, and what speaks for or against it.
type Explanation struct {
	Name    string   `json:"name"`
	Holds   bool     `json:"holds"`
	Nats    *float64 `json:"nats,omitempty"` // by which a ring explains it better; nil where that was not weighed
	Because string   `json:"because"`
}

func newDocument(c *Case) *Document {
	t, f := c.Ratings, c.Findings
	d := &Document{Format: ringsFormat, Title: page.Shown(c.Title), Scale: t.Scale.String(), Scorer: c.Scorer,
		Raters: t.Raters.Len(), Items: t.Items.Len(), Ratings: t.Len(),
		Detectors: append([]string{}, f.Detectors...), NotRun: []notRun{}, Tested: f.Background.Tested,
		Warnings: []string{}, Rings: []Ring{}, Coordinated: []Ring{}, Shared: []Ring{}, Run: clean(c.Run)}
	d.NumberedAlike = numberedAlike(t)
	d.ItemsAreRaters = itemsAreRaters(t, d.NumberedAlike)
	if first, last, ok := t.Span(); ok {
		d.First, d.Last = stamp(first), stamp(last)
	}
	if b := f.Background; len(b.Weight) > 0 {
		d.Background = &background{WindowRows: b.WindowRows, Weight: b.Weight}
	}
	for _, n := range f.NotRun {
		d.NotRun = append(d.NotRun, notRun{n.Detector, page.Shown(n.Why)})
	}
	d.addWarnings(d.Run.Warnings)
	d.addWarnings(f.Warnings)
	if c.Score != nil {
		d.addWarnings(c.Score.Warnings)
	}
	for i := range f.Rings {
		d.Rings = append(d.Rings, newRing(c, fmt.Sprint("R", i+1), i < fullPictures, &f.Rings[i]))
	}
	for i := range f.Coordinated {
		d.Coordinated = append(d.Coordinated, newRing(c, fmt.Sprint("C", i+1), i < fullPictures, &f.Coordinated[i]))
	}
	for i := range c.Impacts {
		of, k := d.Rings, c.Impacts[i].Ring
		if k >= len(of) {
			of, k = d.Coordinated, k-len(of)
		}
		of[k].addImpact(c, &c.Impacts[i])
	}
	for i := range f.Shared {
		d.Shared = append(d.Shared, newGroup(t, fmt.Sprint("S", i+1), &f.Shared[i]))
	}
	if c.Earlier != nil {
		d.goOn(c.Earlier, t)
	}
	d.addCampaigns(c)
	if c.Beside != nil {
		d.addBeside(c.Beside)
	}
	if c.Calibrated != nil {
		d.Calibration = newCalibration(c.Calibrated)
	}
	d.addRaterItems(t)
	if c.Experiment != nil {
		d.addExperiment(c)
	}
	return d
}

// addRaterItems tells which items bear the name of a rater, or one within theirs: a page
// without names leaves these out.
func (d *Document) addRaterItems(t *rating.Table) {
	if d.ItemsAreRaters {
		return
	}
	for i := range int32(t.Items.Len()) {
		name := t.Items.Name(i)
		if _, ok := t.Raters.Find(name); ok && !(d.NumberedAlike && shortNumber(name)) {
			d.RaterItems = append(d.RaterItems, item(t, i))
		}
	}
	d.RatersInItems = ratersInItems(t)
}

// addWarnings adds what is not there yet.
func (d *Document) addWarnings(warnings []string) {
	for _, w := range warnings {
		if w = page.Shown(w); !slices.Contains(d.Warnings, w) {
			d.Warnings = append(d.Warnings, w)
		}
	}
}

// clean returns provenance without folders and unprintable characters.
func clean(p Provenance) Provenance {
	p.Command = page.Shown(p.Command)
	p.Inputs = slices.Clone(p.Inputs)
	for i := range p.Inputs {
		p.Inputs[i].Path = page.Shown(filepath.Base(p.Inputs[i].Path))
	}
	p.Options = maps.Clone(p.Options)
	for k, v := range p.Options {
		p.Options[k] = page.Shown(v)
	}
	p.Passed = slices.Clone(p.Passed)
	for i, name := range p.Passed {
		p.Passed[i] = page.Shown(filepath.Base(name))
	}
	p.Reading = cleanReading(p.Reading)
	p.Warnings = slices.Clone(p.Warnings)
	for i, w := range p.Warnings {
		p.Warnings[i] = page.Shown(w)
	}
	return p
}

func cleanReading(r *rating.Reading) *rating.Reading {
	if r == nil {
		return nil
	}
	c := *r
	for _, s := range []*string{&c.Rater, &c.Item, &c.Value, &c.ValueAs, &c.Time, &c.TimeAs, &c.TopRater, &c.TopItem} {
		*s = page.Shown(*s)
	}
	c.NotRead = slices.Clone(c.NotRead)
	for i, name := range c.NotRead {
		c.NotRead[i] = page.Shown(name)
	}
	return &c
}

// rater and item are where every identifier passes on its way out.
func rater(t *rating.Table, u int32) string { return page.Shown(t.Raters.Name(u)) }
func item(t *rating.Table, i int32) string  { return page.Shown(t.Items.Name(i)) }

// chanceRings bounds how many of the rings are to be expected by chance: the
// q-value of the weakest, times their number.
func chanceRings(rings []Ring) float64 {
	worst := 0.0
	for _, r := range rings {
		q, _ := r.Q.Float64()
		worst = max(worst, q)
	}
	return worst * float64(len(rings))
}

// doubtless are the rings that nothing speaks against; the others follow them.
func (d *Document) doubtless() []Ring {
	n := 0
	for n < len(d.Rings) && !d.Rings[n].doubtful() {
		n++
	}
	return d.Rings[:n]
}

// found counts the raters and items of rings, each once.
func found(rings []Ring) (raters, targets int) {
	members, items := map[string]bool{}, map[string]bool{}
	for _, r := range rings {
		for _, m := range r.Members {
			members[m.Rater] = true
		}
		for _, i := range r.Items {
			items[i] = true
		}
	}
	return len(members), len(items)
}
