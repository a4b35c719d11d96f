package reports

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring"
)

// A file is one file of a folder and what writes it.
type file struct {
	name  string
	write func(io.Writer) error
}

// WriteCase writes a case's folder: report.html, rings.json, rings.csv,
// ring_members.csv, groups.csv, raters.csv, graph.graphml, graph.gexf, rings.parquet,
// raters.parquet, ratings.columns, run.json, unless it reveals identifiers
// pseudonyms.csv and, of an experiment, truth.csv and outcomes.jsonl. The folder appears whole or not at
// all; see Check for when it is refused.
func WriteCase(dir string, c *Case, force bool) error {
	if c.Ratings == nil || c.Findings == nil {
		return errors.New("a case that was read from rings.json holds no ratings; its folder cannot be written, only shown")
	}
	d := c.document()
	g := ringGraph(c.Ratings, c.Findings.Rings, d.Rings, nil)
	files := []file{
		{"report.html", func(w io.Writer) error { return HTML(w, c) }},
		{"rings.json", func(w io.Writer) error { return JSON(w, c) }},
		{"rings.csv", func(w io.Writer) error { return CSV(w, c) }},
		{"ring_members.csv", func(w io.Writer) error { return membersCSV(w, d) }},
		{"groups.csv", func(w io.Writer) error { return groupsCSV(w, d) }},
		{"raters.csv", func(w io.Writer) error { return ratersCSV(w, c.Ratings, c.Findings, d) }},
		{"graph.graphml", g.graphML},
		{"graph.gexf", g.gexf},
		{"rings.parquet", func(w io.Writer) error { return RingsParquet(w, d.Rings) }},
		{"raters.parquet", func(w io.Writer) error { return writeParquet(w, raterRows(c.Ratings, c.Findings, d)) }},
		{RatingsFile, func(w io.Writer) error { return rating.WriteColumns(w, c.Ratings) }},
		{runFile, func(w io.Writer) error { return writeRun(w, d.Run) }},
	}
	if !c.RevealIDs {
		_, key := d.Pseudonymised()
		files = append(files, file{"pseudonyms.csv", key.CSV})
	}
	if x := c.Experiment; x != nil {
		files = append(files,
			file{"truth.csv", func(w io.Writer) error { return truthCSV(w, c.Ratings, x.World.Brigade) }},
			file{"outcomes.jsonl", func(w io.Writer) error {
				o := x.Outcome
				o.Measures = defined(o.Measures)
				return json.NewEncoder(w).Encode(o)
			}})
	}
	return writeFolder(dir, force, files)
}

// WriteScores writes a scorer's folder: items.csv, raters.csv and run.json, as
// WriteCase does.
func WriteScores(dir string, t *rating.Table, s *scoring.Result, run Provenance, force bool) error {
	run = clean(run)
	return writeFolder(dir, force, []file{
		{"items.csv", func(w io.Writer) error { return itemScores(w, t, s) }},
		{"raters.csv", func(w io.Writer) error { return raterScores(w, t, s) }},
		{runFile, func(w io.Writer) error { return writeRun(w, run) }},
	})
}

// WriteNotesScores writes what WriteScores does, and what a scorer of Community
// Notes says as X writes it: scored_notes.tsv and helpfulness_scores.tsv with
// the official columns that we compute. A result of another scorer is an error.
func WriteNotesScores(dir string, t *rating.Table, s *scoring.Result, run Provenance, force bool) error {
	if s.Models == nil {
		return errors.New("only communitynotes and communitynotes-core can be written as X writes them; leave --format out")
	}
	run = clean(run)
	return writeFolder(dir, force, []file{
		{"items.csv", func(w io.Writer) error { return itemScores(w, t, s) }},
		{"raters.csv", func(w io.Writer) error { return raterScores(w, t, s) }},
		{"scored_notes.tsv", func(w io.Writer) error { return scoredNotes(w, t, s) }},
		{"helpfulness_scores.tsv", func(w io.Writer) error { return helpfulnessScores(w, t, s) }},
		{runFile, func(w io.Writer) error { return writeRun(w, run) }},
	})
}

// WriteFolder writes files by their names, and run.json, as WriteCase does.
func WriteFolder(dir string, content map[string]func(io.Writer) error, run Provenance, force bool) error {
	run = clean(run)
	files := []file{{runFile, func(w io.Writer) error { return writeRun(w, run) }}}
	for _, name := range slices.Sorted(maps.Keys(content)) {
		files = append(files, file{name, content[name]})
	}
	return writeFolder(dir, force, files)
}

// Files of a case's folder that the application reads and keeps.
const (
	RatingsFile = "ratings.columns" // what was read, as rating.OpenColumns takes it
	TriageFile  = "triage.sqlite"   // what people decided
)

// runFile marks a folder as ours.
const runFile = "run.json"

type runDoc struct {
	Tool string `json:"tool"`
	Provenance
}

func writeRun(w io.Writer, p Provenance) error { return writeJSON(w, runDoc{"ringwatch", p}) }

// Check returns the error that writing to dir would end in, so that it can be
// had before long work: dir exists and is not empty (with force: and holds no
// previous run), or its parent cannot be written to.
func Check(dir string, force bool) error {
	dir, err := resolve(dir)
	if err != nil {
		return err
	}
	if err := replaceable(dir, force); err != nil {
		return err
	}
	parent := filepath.Dir(dir)
	for {
		if _, err := os.Stat(parent); !errors.Is(err, fs.ErrNotExist) || parent == filepath.Dir(parent) {
			break
		}
		parent = filepath.Dir(parent)
	}
	probe, err := os.MkdirTemp(parent, ".ringwatch-")
	if err != nil {
		return unwritable(dir, err)
	}
	return os.Remove(probe)
}

// resolve returns where dir really is.
func resolve(dir string) (string, error) {
	if dir == "" {
		return "", errors.New("no output folder given")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if p, err := filepath.EvalSymlinks(dir); err == nil {
		dir = p
	}
	return dir, nil
}

func replaceable(dir string, force bool) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		if info, statErr := os.Stat(dir); statErr == nil && !info.IsDir() {
			return fmt.Errorf("%s: is a file; name a folder that does not exist yet", dir)
		}
		return unwritable(dir, err)
	case len(entries) == 0:
		return nil
	case !force:
		return fmt.Errorf("%s: folder is not empty; name another, or replace a previous run with --force", dir)
	case !ours(dir):
		return fmt.Errorf("%s: folder holds something else than a previous run (no %s of ringwatch); not replaced, name another", dir, runFile)
	}
	if _, err := os.Stat(filepath.Join(dir, TriageFile)); err == nil {
		return fmt.Errorf("%s: folder holds what people decided (%s); not replaced, name another", dir, TriageFile)
	}
	return nil
}

func ours(dir string) bool {
	b, err := os.ReadFile(filepath.Join(dir, runFile))
	var r runDoc
	return err == nil && json.Unmarshal(b, &r) == nil && r.Tool == "ringwatch"
}

func unwritable(dir string, err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return fmt.Errorf("%s: cannot write here: %w; name another folder", dir, err)
}

// writeFolder writes files to a folder beside dir and renames it once all are
// there. A failure leaves everything as it was.
func writeFolder(dir string, force bool, files []file) (err error) {
	if dir, err = resolve(dir); err != nil {
		return err
	}
	if err := replaceable(dir, force); err != nil {
		return err
	}
	parent := filepath.Dir(dir)
	made := firstMissing(parent)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return unwritable(dir, err)
	}
	tmp, err := os.MkdirTemp(parent, "."+filepath.Base(dir)+".partial-")
	if err != nil {
		return unwritable(dir, err)
	}
	kept := false // the previous run, if it could not be put back
	defer func() {
		if !kept {
			os.RemoveAll(tmp)
		}
		if err != nil && made != "" {
			os.RemoveAll(made)
		}
	}()
	next := filepath.Join(tmp, "new")
	if err := os.Mkdir(next, 0o755); err != nil {
		return unwritable(dir, err)
	}
	for _, f := range files {
		if err := writeFile(filepath.Join(next, f.name), f.write); err != nil {
			return fmt.Errorf("%s: %w; nothing was written", filepath.Join(dir, f.name), err)
		}
	}
	old := filepath.Join(tmp, "old")
	if err := os.Rename(dir, old); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return unwritable(dir, err)
	}
	if err := os.Rename(next, dir); err != nil {
		if back := os.Rename(old, dir); back != nil && !errors.Is(back, fs.ErrNotExist) {
			kept = true
			return fmt.Errorf("%w; the previous run is at %s", unwritable(dir, err), old)
		}
		return unwritable(dir, err)
	}
	return nil
}

// firstMissing returns the topmost folder of a path that does not exist, or "".
func firstMissing(dir string) string {
	missing := ""
	for {
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir) {
			return missing
		}
		missing, dir = dir, filepath.Dir(dir)
	}
}

func writeFile(name string, write func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<16)
	err = write(w)
	if err == nil {
		err = w.Flush()
	}
	return errors.Join(err, f.Close())
}
