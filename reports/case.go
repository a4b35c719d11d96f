package reports

import (
	"cmp"
	"encoding/json"
	"io"

	"github.com/ringwatch/ringwatch/accounts"
	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/reports/internal/page"
	"github.com/ringwatch/ringwatch/scenarios"
	"github.com/ringwatch/ringwatch/scoring"
)

// A Case is one run of the detectors, or a demo: all that a report shows.
type Case struct {
	Title    string
	Ratings  *rating.Table
	Findings *detect.Findings
	Scorer   string             // name of the scorer behind Score and Impacts
	Score    *scoring.Result    // nil if nothing was scored, such as co-actions
	Impacts  []scenarios.Impact // per ring, or after them per coordinated group; may be nil
	// what accounts tell of rings and then of coordinated groups; nil without a file of them
	Beside     *accounts.Beside
	Calibrated *detect.Calibrated    // how the detectors do on this data; nil where it was not tried
	Experiment *scenarios.Experiment // simulated data: the truth, and clean, attacked, defended; else nil
	Run        Provenance
	ItemScores bool // items.csv is written too, where Score is not nil

	// Of the page alone; the files that hold data have the identifiers as given.
	RevealIDs  bool   // show the identifiers of raters, not pseudonyms
	ExactTimes bool   // show times to the second with pseudonyms, too, and not days
	ItemURL    string // where an item can be seen, as CheckURL takes it; or empty
	RaterURL   string // the same of a rater; for revealed identifiers only

	Earlier *Earlier // the case that this one goes on from; nil if none

	Decisions map[string]Decision // by ring: what people decided, where the page is made of a case that has it

	doc   *Document     // see Document
	names campaignNames // of what doc was made of
}

// A Decision is what people decided about a ring.
type Decision struct {
	Status   string   `json:"status"`
	Reason   string   `json:"reason,omitempty"`
	Assignee string   `json:"assignee,omitempty"`
	By       string   `json:"by,omitempty"` // of the last decision
	At       string   `json:"at,omitempty"` // RFC 3339
	Comments []string `json:"comments,omitempty"`
}

// Provenance says how a result came about, well enough to make it again. It
// holds no clock times and no folders: same input and seed, same bytes.
type Provenance struct {
	Version string      `json:"version"`
	Command string      `json:"command,omitempty"`
	By      string      `json:"made_by,omitempty"` // as the one who ran it said
	On      string      `json:"made_on,omitempty"` // the same of the day
	Seed    uint64      `json:"seed"`
	Inputs  []InputFile `json:"inputs,omitempty"`
	// of the ratings as rating.WriteCSV has them: the same for any order of rows, format and packing
	Ratings string `json:"ratings_sha256,omitempty"`
	// which column was read as what; nil where nothing was read
	Reading *rating.Reading `json:"reading,omitempty"`
	// files and folders that were not read, without the folders above
	Passed   []string `json:"passed_over,omitempty"`
	RowsRead int      `json:"rows_read"`
	RowsKept int      `json:"rows_kept"`
	// repeats of the same item by the same rater, of which one is kept
	Replaced int               `json:"replaced"`
	SetAside int               `json:"set_aside,omitempty"` // rows without a rater, an item or an opinion
	Bad      int               `json:"bad"`                 // rows that could not be read
	Warnings []string          `json:"warnings,omitempty"`
	Options  map[string]string `json:"options,omitempty"`
}

// An InputFile is one file that was read.
type InputFile struct {
	Path   string `json:"path"` // base name
	SHA256 string `json:"sha256,omitempty"`
	Rows   int    `json:"rows"`
	Bytes  int64  `json:"bytes"`
}

// Document returns the case as rings.json holds it, from which every picture of it is
// drawn. It is made at the first call, and is to be read only.
func (c *Case) Document() *Document {
	if c.doc == nil {
		c.doc = newDocument(c)
	}
	return c.doc
}

// MadeBy says who made the report and when, where that is given.
func (c *Case) MadeBy(who, when string) {
	runs := []*Provenance{&c.Run}
	if c.doc != nil {
		runs = append(runs, &c.doc.Run)
	}
	for _, p := range runs {
		p.By, p.On = cmp.Or(page.Shown(who), p.By), cmp.Or(page.Shown(when), p.On)
	}
}

// JSON writes the whole case as rings.json holds it.
func JSON(w io.Writer, c *Case) error { return writeJSON(w, c.Document()) }

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	return e.Encode(v)
}
