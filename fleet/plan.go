package fleet

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/internal/mapped"
	"github.com/ringwatch/ringwatch/output"
	"github.com/ringwatch/ringwatch/rating"
)

// A Job is what a plan is made of.
type Job struct {
	Build    string        // version of the program; a task of another is refused
	Ratings  *rating.Table // without notes
	Digest   string        // names the ratings: equal for equal ones
	Blocks   int           // of raters, at most; 0 is DefaultBlocks
	Caller   any           // what the caller needs at Join, as JSON; see Folder.Caller
	Budget   *Budget       // of memory; may be nil
	Progress func(stage string, done, total int)
}

// DefaultBlocks is as many as 64 processes need; a block of 1M ratings is then some
// .1 CPU seconds, which is little beside starting a process, and one of 100M some
// ten seconds, which is little to lose.
const DefaultBlocks = 64

// plan is plan.json.
type plan struct {
	Format  int             `json:"format"`
	Build   string          `json:"build"`
	ID      string          `json:"id"`
	Digest  string          `json:"ratings_sha256"`
	Shape   detect.Shape    `json:"shape"`
	Columns []mapped.Column `json:"columns"`
	Ratings mapped.Column   `json:"ratings"`
	Null    mapped.Column   `json:"null"`
	Ends    []int           `json:"blocks_end_before_rater"`
	Caller  json.RawMessage `json:"caller"`
}

const format = 4

const (
	planFile    = "plan.json"
	ratingsFile = "ratings.columns"
	nullFile    = "null"
	columnsDir  = "columns"
	pairsDir    = "pairs"
	markFile    = ".ringwatch-plan"

	originColumn = "origin" // rating.Table.Origin, which a column file has not
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Plan makes a work folder, or opens the one that is there, if it is of the same
// job. It takes some 60 bytes a rating on disk.
func Plan(ctx context.Context, dir string, job Job) (f *Folder, err error) {
	if job.Blocks == 0 {
		job.Blocks = DefaultBlocks
	}
	caller, err := json.Marshal(job.Caller)
	if err != nil {
		return nil, err
	}
	id := identify(job)
	if err := makeFolder(dir); err != nil {
		return nil, err
	}
	// Held until the end, so that nobody else plans here.
	claim, err := output.ClaimFile(filepath.Join(dir, planFile))
	if err != nil {
		return nil, err
	}
	defer claim.Close()
	if _, err := os.Lstat(filepath.Join(dir, planFile)); !errors.Is(err, fs.ErrNotExist) {
		return same(ctx, dir, job, id)
	}
	if err := begin(dir); err != nil {
		return nil, err
	}
	p := plan{Format: format, Build: job.Build, ID: id, Digest: job.Digest, Caller: caller}
	if err := p.make(ctx, dir, job); err != nil {
		return nil, err
	}
	err = claim.Write(ctx, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "\t")
		return e.Encode(p)
	})
	if err != nil {
		return nil, err
	}
	return Open(ctx, dir, job.Build, job.Budget)
}

func makeFolder(dir string) error {
	err := os.MkdirAll(dir, 0o777)
	if err == nil {
		return nil
	}
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return fmt.Errorf("%s: cannot make this folder: %w; name another", dir, err)
}

// same opens the plan that is there, if it is that of the job.
func same(ctx context.Context, dir string, job Job, id string) (*Folder, error) {
	p, err := readPlan(dir, job.Build)
	if err != nil {
		return nil, err
	}
	if p.ID != id {
		return nil, fmt.Errorf("%s: is the work folder of other ratings or of another number of blocks; name another, "+
			"or remove it", dir)
	}
	return Open(ctx, dir, job.Build, job.Budget)
}

// identify names a plan by all that blocks depend on.
func identify(job Job) string {
	h := sha256.New()
	fmt.Fprintf(h, "%d\n%q\n%s\n%d\n", format, job.Build, job.Digest, job.Blocks)
	return hex.EncodeToString(h.Sum(nil))
}

// ours reports whether a file of a folder where a plan was begun is what it left.
func ours(name string) bool {
	return name == ratingsFile || name == nullFile || name == columnsDir || name == pairsDir || passed(name)
}

// passed reports whether a file is left as it is, in any folder.
func passed(name string) bool { return strings.HasPrefix(name, ".") }

// begin takes away what a plan that was not finished left. Only the mark tells that
// from files of somebody else's by the same names, so it is there before all others.
func begin(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	left := passed
	mark := filepath.Join(dir, markFile)
	info, err := os.Lstat(mark)
	begun := err == nil && info.Mode().IsRegular()
	if begun {
		left = ours
	}
	for _, e := range entries {
		if !left(e.Name()) {
			return fmt.Errorf("%s: is no work folder, it has %s in it; name an empty folder or a new one",
				dir, e.Name())
		}
	}
	if !begun {
		f, err := os.OpenFile(mark, os.O_CREATE|os.O_EXCL, 0o666) // a link might lead anywhere
		if err == nil {
			err = errors.Join(f.Close(), output.Persist(dir))
		}
		if err != nil {
			return err
		}
	}
	for _, name := range []string{ratingsFile, nullFile, columnsDir, pairsDir} {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	for _, name := range []string{columnsDir, pairsDir} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o777); err != nil {
			return err
		}
	}
	return nil
}

// make writes all files of a plan but its own.
func (p *plan) make(ctx context.Context, dir string, job Job) error {
	var err error
	p.Ratings, err = write(ctx, dir, ratingsFile,
		func(w io.Writer) error { return rating.WriteColumns(w, job.Ratings) })
	if err != nil {
		return err
	}
	origin := job.Ratings.Origin
	job.Ratings = nil // what is in memory can go
	ratings, err := rating.OpenColumns(filepath.Join(dir, ratingsFile))
	if err != nil {
		return err
	}
	defer ratings.Close()
	job.Budget.Hold(ratings)
	defer job.Budget.Drop(ratings)
	store, err := mapped.Create(filepath.Join(dir, columnsDir))
	if err != nil {
		return err
	}
	defer store.Close()
	job.Budget.Hold(store)
	defer job.Budget.Drop(store)
	if origin != nil {
		column, err := store.Make(originColumn, 4*len(origin))
		if err != nil {
			return err
		}
		copy(mapped.Of[uint32](column), origin)
	}
	prepared, err := detect.Prepare(ctx, detect.Input{Ratings: ratings.Table, Progress: job.Progress}, store.Make)
	if err != nil {
		return err
	}
	p.Shape, p.Ends = prepared.Shape(), prepared.Blocks(job.Blocks)
	if p.Columns, err = store.Seal(ctx); err != nil {
		return err
	}
	p.Null, err = write(ctx, dir, nullFile, prepared.WriteModel)
	return err
}

// write writes a file of the folder, whole or not at all.
func write(ctx context.Context, dir, name string, content func(io.Writer) error) (mapped.Column, error) {
	c := mapped.Column{Name: name}
	to, err := output.ClaimFile(filepath.Join(dir, name))
	if err != nil {
		return c, err
	}
	defer to.Close()
	err = to.Write(ctx, func(w io.Writer) error {
		return content(writerFunc(func(b []byte) (int, error) {
			if err := ctx.Err(); err != nil {
				return 0, err
			}
			c.Bytes += len(b)
			c.Sum = crc32.Update(c.Sum, castagnoli, b)
			return w.Write(b)
		}))
	})
	return c, err
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// readPlan reads plan.json, and refuses what this program cannot go on with.
func readPlan(dir, build string) (*plan, error) {
	data, err := output.ReadFile(filepath.Join(dir, planFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: is no work folder, as it has no %s; ringwatch plan makes one", dir, planFile)
	}
	if err != nil {
		return nil, err
	}
	var p plan
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	path := filepath.Join(dir, planFile)
	switch err := d.Decode(&p); {
	case p.Format != format && p.Format != 0:
		return nil, fmt.Errorf("%s: is of format %d; this program reads format %d", path, p.Format, format)
	case err != nil:
		return nil, again(dir, fmt.Errorf("%s: is damaged: %w", path, err))
	case p.Build != build:
		return nil, fmt.Errorf("%s: was planned by ringwatch %s, and this is %s; "+
			"all of a plan must be done by one version", path, p.Build, build)
	}
	if err := p.check(path); err != nil {
		return nil, again(dir, err)
	}
	return &p, nil
}

// check refuses a plan whose parts do not fit each other.
func (p *plan) check(path string) error {
	last := 0
	for _, end := range p.Ends {
		if end <= last && p.Shape.Raters > 0 {
			return fmt.Errorf("%s: is damaged: its blocks overlap", path)
		}
		last = end
	}
	if len(p.Ends) == 0 || last != p.Shape.Raters || len(p.ID) != 2*sha256.Size {
		return fmt.Errorf("%s: is damaged: its blocks do not cover the raters", path)
	}
	for _, c := range p.Columns {
		if c.Bytes < 0 || c.Name != filepath.Base(c.Name) || strings.HasPrefix(c.Name, ".") {
			return fmt.Errorf("%s: is damaged: it has a column %q", path, c.Name)
		}
	}
	return nil
}

// blockID is what blocks say that they belong to.
func (p *plan) blockID() (id detect.BlockID) {
	b, _ := hex.DecodeString(p.ID) // of the right length: see check; what is no hexadecimal fits no block
	copy(id[:], b)
	return id
}
