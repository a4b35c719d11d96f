package scoring

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ringwatch/ringwatch/internal/textfile"
	"github.com/ringwatch/ringwatch/internal/workers"
	"github.com/ringwatch/ringwatch/output"
	"github.com/ringwatch/ringwatch/rating"
)

// Command has a program score items, in any language. The program is run as
//
//	COMMAND RATINGS ITEMS
//
// It reads the file RATINGS and writes the file ITEMS, both in a folder of
// their own that is removed afterwards, and ends with exit code 0. It runs in a
// process group, which ends with it, with its timeout, when the context is
// cancelled, and on Unix even when we are killed. What it says
// on standard error is shown if it fails. It is ended, too, once ITEMS is longer than
// rows of all items can be, or all else that it writes in that folder takes more
// than 64 MB and 16 times the ratings.
//
// RATINGS is CSV with the columns rater, item, value in 0..1, time (RFC 3339,
// missing where the data has none) and weight in 0..1, or, if Format is
// "communitynotes", a shard of Community Notes ratings. Raters of weight 0 are
// not in it. Community Notes ratings have no weight: raters of a weight below
// 0.5 are left out and the others count in full.
//
// ITEMS is CSV with the columns item and score, a number, and if the program
// decides about items, status: helpful, not-helpful, needs-more. It has one row
// for each item in RATINGS, in any order. A score may be empty for an item that
// needs more. Anything else is an error that names the row. Scoring's
// testdata/score.py is an example of twenty lines.
//
// To compare with the official scorer of Community Notes, set Format to
// communitynotes and let Command be a script that runs, with the other tables of
// the same dump,
//
//	python3 main.py --ratings RATINGS --notes notes-00000.tsv --status noteStatusHistory-00000.tsv
//	    --enrollment userEnrollment-00000.tsv --outdir OUT
//
// and turns noteId, coreNoteIntercept and finalRatingStatus of
// OUT/scored_notes.tsv into ITEMS.
type Command struct {
	Command string        `doc:"program with its arguments, separated by spaces; two file names are added to them"`
	Format  string        `doc:"of the ratings: csv or communitynotes"`
	Timeout time.Duration `doc:"after which the program is stopped, such as 10m; 0 for never"`
}

// NewCommand returns a Command that lacks the program.
func NewCommand() *Command { return &Command{Format: "csv", Timeout: time.Hour} }

func (s *Command) Name() string { return "command" }

func (s *Command) Doc() Doc {
	return Doc{
		Summary:   "any program that reads a file of ratings and writes a file of scores",
		Source:    "yours",
		Cost:      "that of the program, and writing the ratings, about 2 s for a million",
		BlindSpot: "that of the program; whether it gives the same result twice is not checked",
	}
}

// Score runs the program. Only Item and Status of the result, and the counts,
// are known.
func (s *Command) Score(ctx context.Context, in Input) (*Result, error) {
	if err := cmp.Or(in.Check(s.Name()), ctx.Err()); err != nil {
		return nil, err
	}
	program := strings.Fields(s.Command)
	if len(program) == 0 {
		return nil, errors.New("scorer command: no program given; set its option command, for instance to: " +
			"python3 score.py")
	}
	folder, err := output.Temporary("scorer")
	if err != nil {
		return nil, fmt.Errorf("scorer command: %w", err)
	}
	defer folder.Close()
	ratings, items := filepath.Join(folder.Path, "ratings"), filepath.Join(folder.Path, "items.csv")
	switch s.Format {
	case "csv":
		ratings += ".csv"
		err = s.writeCSV(ctx, ratings, &in)
	case "communitynotes":
		ratings += ".tsv"
		err = s.writeNotes(ratings, &in)
	default:
		err = fmt.Errorf("its format is %q; it must be csv or communitynotes", s.Format)
	}
	if err != nil {
		return nil, fmt.Errorf("scorer command: %w", err)
	}
	space := newRoom(folder.Path, items, in.Ratings)
	if err := s.run(ctx, append(program, ratings, items), space); err != nil {
		return nil, err
	}
	r, err := readItems(ctx, space, &in)
	if err != nil {
		return nil, fmt.Errorf("scorer command: %s: %w", program[0], err)
	}
	return r, nil
}

// run runs the program to its end.
func (s *Command) run(ctx context.Context, program []string, space *room) error {
	inner, end := context.WithCancelCause(ctx)
	defer end(nil)
	within := inner
	if s.Timeout > 0 {
		var cancel context.CancelFunc
		within, cancel = context.WithTimeoutCause(inner, s.Timeout, fmt.Errorf("it did not end within %v", s.Timeout))
		defer cancel()
	}
	said := &tail{}
	c := exec.CommandContext(within, program[0], program[1:]...)
	c.Stdout, c.Stderr = said, said
	c.WaitDelay = 500 * time.Millisecond // for what left the program's group
	inGroup(c)
	err := c.Start()
	if err == nil {
		release := outlive(c)
		var crew workers.Crew
		crew.Go(func() { space.watch(within, end) })
		err = c.Wait()
		endGroup(c) // what the program left running
		release()
		why := context.Cause(within)
		end(nil)
		crew.Wait()
		if why != nil && ctx.Err() == nil {
			return fmt.Errorf("scorer command: %s was stopped: %w%s", program[0], why, said)
		}
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return fmt.Errorf("scorer command: %s: %v%s", program[0], err, said) // not wrapped: its exit code is not ours
	}
	return nil
}

// A tail keeps the last of what a program says.
type tail struct{ text []byte }

const tailLength = 2000

func (t *tail) Write(p []byte) (int, error) {
	t.text = append(t.text, p...)
	if over := len(t.text) - tailLength; over > 0 {
		t.text = append(t.text[:0], t.text[over:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	text := strings.TrimSpace(strings.ToValidUTF8(string(t.text), "?"))
	if text == "" {
		return "; it said nothing"
	}
	return "; it said:\n" + text
}

func (s *Command) writeCSV(ctx context.Context, path string, in *Input) error {
	return writeFile(path, func(w io.Writer) error {
		t := in.Ratings
		c := csv.NewWriter(w)
		c.Write([]string{"rater", "item", "value", "time", "weight"})
		byRater := t.ByRater()
		for u := range int32(t.Raters.Len()) {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			weight := in.WeightOf(u)
			if weight == 0 {
				continue
			}
			for _, k := range byRater.Rows(u) {
				when := ""
				if t.HasTimes() {
					when = rating.ToTime(t.Time[k]).Format(time.RFC3339)
				}
				c.Write([]string{t.Raters.Name(u), t.Items.Name(t.Item[k]), short(t.Value[k]), when, short(weight)})
			}
		}
		c.Flush()
		return c.Error()
	})
}

func short(x float32) string { return strconv.FormatFloat(float64(x), 'g', -1, 32) }

func (s *Command) writeNotes(path string, in *Input) error {
	t := in.Ratings
	if in.Weight != nil {
		t = t.Select(func(k int) bool { return in.Weight[t.Rater[k]] >= 0.5 })
	}
	return writeFile(path, func(w io.Writer) error { return rating.WriteCommunityNotes(w, t) })
}

func writeFile(path string, write func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

// read reads the items, of which there are no more than rows can be. A program may
// have left anything: a pipe that never ends, or a text without an end.
func (r *room) read() ([]byte, error) {
	info, err := os.Lstat(r.items)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("items.csv is no file; the program must write CSV to its last argument")
	case info.Size() > r.most.items:
		return nil, r.tooLong(info.Size())
	}
	return os.ReadFile(r.items)
}

// readItems reads and checks what the program wrote.
func readItems(ctx context.Context, space *room, in *Input) (*Result, error) {
	text, err := space.read()
	if errors.Is(err, os.ErrNotExist) {
		return nil, errors.New("it wrote no file of items; it must write CSV to its last argument")
	}
	if err != nil {
		return nil, err
	}
	m, err := in.matrix(ctx)
	if err != nil {
		return nil, err
	}
	n := m.Items.Len()
	r := &Result{Item: slices.Repeat([]float32{float32(math.NaN())}, n), ItemRatings: m.Items.Counts(),
		RaterRatings: m.Raters.Counts()}
	if len(text) > 0 && text[len(text)-1] != '\n' {
		r.Warnings = append(r.Warnings, textfile.CutShort("items.csv of the program"))
	}
	c := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	header, err := c.Read()
	if err != nil {
		return nil, fmt.Errorf("items.csv:1: there is no header with item and score (%w)", err)
	}
	item, score, status := slices.Index(header, "item"), slices.Index(header, "score"), slices.Index(header, "status")
	if item < 0 || score < 0 {
		return nil, fmt.Errorf("items.csv:1: the columns are %q; item and score are needed", header)
	}
	if status >= 0 {
		r.Status = make([]Status, n)
	}
	seen := make([]bool, n)
	for {
		row, err := c.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("items.csv: %w", err)
		}
		word := ""
		if status >= 0 {
			word = row[status]
		}
		if err := r.take(row[item], row[score], word, in, seen); err != nil {
			line, _ := c.FieldPos(0)
			return nil, fmt.Errorf("items.csv:%d: %w", line, err)
		}
	}
	for k, ok := range seen {
		if !ok && r.ItemRatings[k] > 0 {
			return nil, fmt.Errorf("items.csv: item %q is missing; each item of the ratings must have a row",
				in.Ratings.Items.Name(int32(k)))
		}
	}
	return r, nil
}

// take takes one row.
func (r *Result) take(item, score, status string, in *Input, seen []bool) error {
	k, ok := in.Ratings.Items.Find(item)
	switch {
	case !ok || r.ItemRatings[k] == 0:
		return fmt.Errorf("item %q is not in the ratings", item)
	case seen[k]:
		return fmt.Errorf("item %q stands here for the second time", item)
	}
	seen[k] = true
	if r.Status != nil {
		at := slices.IndexFunc([]Status{NeedsMore, Helpful, NotHelpful},
			func(s Status) bool { return s.String() == status })
		if at < 0 {
			return fmt.Errorf("the status of item %q is %q; it must be needs-more, helpful or not-helpful",
				item, status)
		}
		r.Status[k] = NeedsMore + Status(at)
	}
	if score == "" && r.Status != nil && r.Status[k] == NeedsMore {
		return nil
	}
	x, err := strconv.ParseFloat(score, 32)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		return fmt.Errorf("the score of item %q is %q; it must be a finite number", item, score)
	}
	r.Item[k] = float32(x)
	return nil
}
