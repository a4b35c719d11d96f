package fleet

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/internal/mapped"
	"github.com/ringwatch/ringwatch/output"
	"github.com/ringwatch/ringwatch/rating"
)

// A Folder is a work folder whose plan is made.
type Folder struct {
	dir      string
	plan     *plan
	ratings  *rating.ColumnFile
	columns  *mapped.Store
	prepared *detect.Prepared
	budget   *Budget
	held     []Releaser
}

// Open opens a work folder, and compares every file of its plan with its checksum.
// The budget may be nil; it is to be closed after the folder.
func Open(ctx context.Context, dir, build string, budget *Budget) (f *Folder, err error) {
	f = &Folder{dir: dir, budget: budget}
	if f.plan, err = readPlan(dir, build); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			f.Close()
			f = nil
			err = again(dir, err)
		}
	}()
	for _, name := range []string{columnsDir, pairsDir} {
		if info, err := os.Lstat(filepath.Join(dir, name)); err == nil && !info.IsDir() {
			return f, fmt.Errorf("%s: is a link, or no folder, and nothing is written through it",
				filepath.Join(dir, name))
		}
	}
	path := filepath.Join(dir, ratingsFile)
	if err = sameFile(path, f.plan.Ratings); err != nil {
		return f, err
	}
	if f.ratings, err = rating.OpenColumns(path); err != nil {
		return f, err
	}
	if f.columns, err = mapped.Open(filepath.Join(dir, columnsDir), f.plan.Columns); err != nil {
		return f, err
	}
	f.held = []Releaser{f.ratings, f.columns}
	budget.Hold(f.held...)
	if err = f.columns.Verify(ctx, f.plan.Columns); err != nil {
		return f, err
	}
	model, err := output.ReadFile(filepath.Join(dir, nullFile))
	if err != nil {
		return f, err
	}
	if len(model) != f.plan.Null.Bytes || crc32.Checksum(model, castagnoli) != f.plan.Null.Sum {
		return f, fmt.Errorf("%s: is damaged: its checksum is wrong", filepath.Join(dir, nullFile))
	}
	if f.prepared, err = detect.OpenPrepared(f.plan.Shape, f.columns.Bytes, bytes.NewReader(model)); err == nil {
		f.prepared.Scratch(f.columns.Make)
	}
	return f, err
}

// again tells what to do where a file of the plan is not as it was written.
func again(dir string, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fmt.Errorf("%w; remove %s and plan anew", err, dir)
}

// sameFile compares a file with its checksum.
func sameFile(path string, c mapped.Column) error {
	f, err := output.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	h := crc32.New(castagnoli)
	n, err := io.Copy(h, f)
	if err == nil && (n != int64(c.Bytes) || h.Sum32() != c.Sum) {
		err = fmt.Errorf("%s: is damaged: its checksum is wrong", path)
	}
	return err
}

// Close ends the mappings: nothing of the folder may be used any more.
func (f *Folder) Close() error {
	var err error
	f.budget.Drop(f.held...)
	if f.columns != nil {
		err = f.columns.Close()
	}
	if f.ratings != nil {
		err = errors.Join(err, f.ratings.Close())
	}
	return err
}

// Blocks returns the number of blocks.
func (f *Folder) Blocks() int { return len(f.plan.Ends) }

// Caller reads what the caller of Plan kept.
func (f *Folder) Caller(into any) error { return json.Unmarshal(f.plan.Caller, into) }

// Task does share index, from 0, of so many shares: the blocks that leave index as
// the remainder. Those that are done are passed over, those that are damaged are done
// again; it returns how many it did. It returns ctx's error when stopped.
func (f *Folder) Task(ctx context.Context, index, of int,
	progress func(stage string, done, total int)) (did int, err error) {
	var mine []int
	for at := index; at < f.Blocks(); at += of {
		mine = append(mine, at)
	}
	for n, at := range mine {
		if err := ctx.Err(); err != nil {
			return did, err
		}
		if _, err := f.block(at); err == nil {
			continue
		}
		lo, hi := f.raters(at)
		data, err := f.prepared.Block(ctx, f.plan.blockID(), lo, hi, func(done, total int) {
			if progress != nil {
				progress("comparing raters", n*1000+1000*done/max(1, total), 1000*len(mine))
			}
		})
		if err != nil {
			return did, err
		}
		if err := f.keep(at, data); err != nil {
			return did, err
		}
		did++
	}
	return did, nil
}

// raters returns which raters a block is of.
func (f *Folder) raters(at int) (lo, hi int) {
	if at > 0 {
		lo = f.plan.Ends[at-1]
	}
	return lo, f.plan.Ends[at]
}

func (f *Folder) path(at int) string {
	return filepath.Join(f.dir, pairsDir, fmt.Sprintf("%05d", at))
}

// block reads a block that is done.
func (f *Folder) block(at int) ([]byte, error) {
	data, err := output.ReadFile(f.path(at))
	if err != nil {
		return nil, err
	}
	lo, hi := f.raters(at)
	if err := f.prepared.CheckBlock(data, f.plan.blockID(), lo, hi); err != nil {
		return nil, fmt.Errorf("%s: %w", f.path(at), err)
	}
	return data, nil
}

// keep writes a block. Two who do the same one at once write the same bytes, and
// each its own file until it is renamed.
func (f *Folder) keep(at int, data []byte) error {
	to, err := mapped.Partial(filepath.Join(f.dir, pairsDir), ".partial-")
	if err != nil {
		return err
	}
	_, err = to.Write(data)
	if err == nil {
		err = to.Sync()
	}
	if err = errors.Join(err, to.Close()); err == nil {
		err = os.Rename(to.Name(), f.path(at))
	}
	if err != nil {
		os.Remove(to.Name())
	}
	return err
}

// Missing returns the blocks that are not done, and why the first of those that are
// damaged is.
func (f *Folder) Missing() (blocks []int, damaged error) {
	for at := range f.Blocks() {
		if _, err := f.block(at); err != nil {
			if blocks = append(blocks, at); damaged == nil && !errors.Is(err, os.ErrNotExist) {
				damaged = err
			}
		}
	}
	return blocks, damaged
}

// Left returns which of these blocks are still not done, or damaged. It reads those alone.
func (f *Folder) Left(blocks []int) []int {
	var left []int
	for _, at := range blocks {
		if _, err := f.block(at); err != nil {
			left = append(left, at)
		}
	}
	return left
}

// Join puts all blocks together, and returns what detect.Run takes: the ratings,
// mapped, and what was done. It names the tasks that are still to be done.
func (f *Folder) Join(ctx context.Context) (detect.Input, error) {
	if missing, damaged := f.Missing(); len(missing) > 0 {
		return detect.Input{}, f.incomplete(missing, damaged)
	}
	if err := ctx.Err(); err != nil {
		return detect.Input{}, err
	}
	if err := f.prepared.Join(f.plan.blockID(), f.plan.Ends, f.block); err != nil {
		return detect.Input{}, err
	}
	f.sweepPartial()
	ratings := f.ratings.Table.Prefix(f.ratings.Table.Len())
	if slices.ContainsFunc(f.plan.Columns, func(c mapped.Column) bool { return c.Name == originColumn }) {
		origin, err := f.columns.Bytes(originColumn)
		if err != nil {
			return detect.Input{}, err
		}
		ratings.Origin = mapped.Of[uint32](origin)
	}
	f.prepared.Index(ratings)
	return detect.Input{Ratings: ratings, Prepared: f.prepared}, nil
}

func (f *Folder) incomplete(missing []int, damaged error) error {
	const most = 5
	var names []string
	for _, at := range missing[:min(most, len(missing))] {
		names = append(names, fmt.Sprint(at))
	}
	list := strings.Join(names, ", ")
	if n := len(missing) - most; n > 0 {
		list += fmt.Sprintf(" and %d more", n)
	}
	why := "is not done"
	if len(missing) > 1 {
		why = "are not done"
	}
	if damaged != nil {
		why = fmt.Sprintf("%s (%v)", why, damaged)
	}
	these := fmt.Sprintf("--index %d --of %d", missing[0], f.Blocks())
	if len(missing) > 1 {
		these = "--index 0 --of 1" // passes over what is done
	}
	return fmt.Errorf("%s: of its %d blocks %s %s; do them with: ringwatch task %s %s",
		f.dir, f.Blocks(), list, why, f.dir, these)
}

// sweepPartial takes away what killed tasks left, and what killed drivers left for theirs
// to look at. All blocks are there, so that whoever still writes one does so in vain.
func (f *Folder) sweepPartial() {
	for _, pattern := range []string{filepath.Join(pairsDir, ".partial-*"), ".while-*", ".now-*"} {
		left, _ := fs.Glob(os.DirFS(f.dir), filepath.ToSlash(pattern))
		for _, name := range left {
			os.Remove(filepath.Join(f.dir, filepath.FromSlash(name)))
		}
	}
}
