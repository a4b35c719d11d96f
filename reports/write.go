package reports

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"

	"github.com/ringwatch/ringwatch/output"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/scoring/communitynotes"
)

// WriteCase writes a case's folder: report.html, rings.json, rings.csv,
// ring_members.csv, groups.csv, raters.csv, graph.graphml, graph.gexf, rings.parquet,
// raters.parquet, ratings.columns, run.json, where campaigns were looked for
// campaigns.csv and campaign_rows.csv, both as Parquet too, unless it reveals identifiers
// pseudonyms.csv and, of an experiment, truth.csv and outcomes.jsonl. It appears
// whole or not at all.
func WriteCase(to *output.Folder, c *Case) error {
	if c.Ratings == nil || c.Findings == nil {
		return errors.New("a case that was read from rings.json holds no ratings; " +
			"its folder cannot be written, only shown")
	}
	d := c.Document()
	g := ringGraph(c.Ratings, c.Findings.Rings, d.Rings, nil)
	files := output.Parts{
		"report.html":      func(w io.Writer) error { return d.html(w, c) },
		"rings.json":       func(w io.Writer) error { return writeJSON(w, d) },
		"rings.csv":        func(w io.Writer) error { return ringsCSV(w, d.Rings) },
		"ring_members.csv": func(w io.Writer) error { return membersCSV(w, d) },
		"groups.csv":       func(w io.Writer) error { return groupsCSV(w, d) },
		"raters.csv":       func(w io.Writer) error { return ratersCSV(w, c.Ratings, c.Findings, d) },
		"graph.graphml":    g.graphML,
		"graph.gexf":       g.gexf,
		"rings.parquet":    func(w io.Writer) error { return RingsParquet(w, d.Rings) },
		"raters.parquet":   func(w io.Writer) error { return writeParquet(w, raterRows(c.Ratings, c.Findings, d)) },
		RatingsFile:        func(w io.Writer) error { return rating.WriteColumns(w, c.Ratings) },
	}
	maps.Copy(files, campaignFiles(c))
	if c.ItemScores && c.Score != nil {
		files["items.csv"] = func(w io.Writer) error { return itemScores(w, c.Ratings, c.Score) }
	}
	if !c.RevealIDs {
		_, key := d.Pseudonymised()
		files["pseudonyms.csv"] = key.CSV
	}
	if x := c.Experiment; x != nil {
		files["truth.csv"] = func(w io.Writer) error { return truthCSV(w, c.Ratings, x.World.Brigade) }
		files["outcomes.jsonl"] = func(w io.Writer) error {
			o := x.Outcome
			o.Measures = defined(o.Measures)
			return json.NewEncoder(w).Encode(o)
		}
	}
	return WriteFolder(to, files, d.Run)
}

// WriteScores writes a scorer's folder: items.csv, raters.csv and run.json, as
// WriteCase does.
func WriteScores(to *output.Folder, t *rating.Table, s *scoring.Result, run Provenance) error {
	return WriteFolder(to, output.Parts{
		"items.csv":  func(w io.Writer) error { return itemScores(w, t, s) },
		"raters.csv": func(w io.Writer) error { return raterScores(w, t, s) },
	}, run)
}

// WriteNotesScores writes what WriteScores does, and what a scorer of Community
// Notes says as X writes it: scored_notes.tsv and helpfulness_scores.tsv with
// the official columns that we compute. A result of another scorer is an error.
func WriteNotesScores(to *output.Folder, t *rating.Table, s *scoring.Result, run Provenance) error {
	if communitynotes.DetailOf(s).Models == nil {
		return errors.New("only communitynotes and communitynotes-core can be written as X writes them; " +
			"leave --format out")
	}
	return WriteFolder(to, output.Parts{
		"items.csv":              func(w io.Writer) error { return itemScores(w, t, s) },
		"raters.csv":             func(w io.Writer) error { return raterScores(w, t, s) },
		"scored_notes.tsv":       func(w io.Writer) error { return scoredNotes(w, t, s) },
		"helpfulness_scores.tsv": func(w io.Writer) error { return helpfulnessScores(w, t, s) },
	}, run)
}

// WriteFolder writes files by their names, and run.json, the manifest, which
// lists them, as WriteCase does.
func WriteFolder(to *output.Folder, files output.Parts, run Provenance) error {
	manifest := runDoc{output.NewListing(to.By(), slices.Collect(maps.Keys(files))), clean(run)}
	files = maps.Clone(files)
	files[runFile] = func(w io.Writer) error { return writeJSON(w, manifest) }
	return to.Write(files)
}

// Files of a case's folder that the application reads and keeps.
const (
	RatingsFile = "ratings.columns" // what was read, as rating.OpenColumns takes it
	TriageFile  = "triage.sqlite"   // what people decided
)

// runFile is the manifest: what made a folder, and its files.
const runFile = output.Manifest

type runDoc struct {
	output.Listing
	Provenance
}

// Claim makes sure that a command, such as detect, can write a folder, before
// long work, and keeps other runs from doing so until it is closed. With force
// what the same command wrote there before may be replaced: the files that its
// manifest lists, run.json, and nothing else that is there. A folder in which
// people decided is not replaced.
func Claim(dir, by string, force bool) (*output.Folder, error) {
	return output.Claim(dir, output.Request{By: by, Replace: force, Names: ourNames,
		Never: []string{TriageFile, TriageFile + "-wal"}})
}

// ourNames are those of all files that commands write to folders, but for figures.
var ourNames = []string{runFile, "report.html", "rings.json", "rings.csv", "ring_members.csv", "groups.csv",
	"raters.csv", "graph.graphml", "graph.gexf",
	"rings.parquet", "raters.parquet", RatingsFile, "pseudonyms.csv", "truth.csv", "outcomes.jsonl", "items.csv",
	"scored_notes.tsv",
	"helpfulness_scores.tsv", "ratings.csv", "ratings.tsv", "ratings.jsonl", "ratings-00000.tsv", "ratings.parquet",
	"notes-00000.tsv",
	"noteStatusHistory-00000.tsv", "userEnrollment-00000.tsv", "truth_raters.csv", "truth_items.csv",
	"truth_brigades.csv",
	"labels.jsonl", "labels.yaml", "labels.csv", "reports.jsonl", "ids-001.txt", "events.jsonl", "bundle.json",
	"votes.jsonl", "votes.csv"}
