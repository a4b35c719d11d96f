package live

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// lookAgain is how often files are looked at for what was appended.
const lookAgain = 200 * time.Millisecond

// FollowFiles records a file, or the files of text in a folder, under its base
// name. Where untilEnd, it returns at their ends; else it waits for what is appended,
// and for new files, until ctx ends.
func (r *Recorder) FollowFiles(ctx context.Context, root string, untilEnd bool) error {
	info, err := os.Stat(root)
	if err != nil {
		return short(root, err)
	}
	whole, err := filepath.Abs(root)
	if err != nil {
		return err
	}
	base := filepath.Base(whole)
	if !info.IsDir() {
		return r.followFile(ctx, base, root, untilEnd)
	}
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	var all sync.WaitGroup
	defer all.Wait()
	known := map[string]bool{}
	for {
		names, err := textFiles(root)
		if err != nil {
			return short(root, err)
		}
		for _, name := range names {
			if known[name] {
				continue
			}
			known[name] = true
			follow := func() {
				if err := r.followFile(ctx, path.Join(base, name), filepath.Join(root, name), untilEnd); err != nil {
					end(err)
				}
			}
			if untilEnd {
				follow() // one after the other, so that the journal has them in one order
			} else {
				all.Go(follow)
			}
		}
		if untilEnd && len(names) == 0 {
			return fmt.Errorf("%s: has no file of text that ends in %s", root, strings.Join(textEndings, ", "))
		}
		if untilEnd {
			return context.Cause(ctx)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(5 * lookAgain):
		}
	}
}

var textEndings = []string{".jsonl", ".ndjson", ".csv", ".tsv", ".txt"}

// textFiles are the files of a folder that can grow by lines, ascending.
func textFiles(dir string) (names []string, err error) {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if e.Type().IsRegular() && slices.Contains(textEndings, filepath.Ext(e.Name())) &&
			!strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	return names, err
}

func (r *Recorder) followFile(ctx context.Context, name, file string, untilEnd bool) error {
	f, err := os.Open(file)
	if err != nil {
		return short(file, err)
	}
	defer f.Close()
	// One that is waited for would never come to its end.
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() && info.Size() < r.journal.Length(name) {
		return fmt.Errorf("%s %w", name, errShorter)
	}
	if untilEnd {
		return r.Follow(ctx, name, f, false)
	}
	return r.Follow(ctx, name, &growing{ctx: ctx, file: f}, false)
}

// growing reads a file that others append to: at its end it waits.
type growing struct {
	ctx  context.Context
	file *os.File
	at   int64
}

func (g *growing) Read(p []byte) (int, error) {
	for {
		n, err := g.file.Read(p)
		g.at += int64(n)
		if n > 0 || err != nil && err != io.EOF {
			return n, err
		}
		if info, err := g.file.Stat(); err != nil {
			return 0, err
		} else if info.Size() < g.at {
			return 0, errors.New("became shorter; what is appended to is followed, and not what is written anew")
		}
		select {
		case <-g.ctx.Done():
			return 0, g.ctx.Err()
		case <-time.After(lookAgain):
		}
	}
}

// short leaves the name of the call out of an error.
func short(path string, err error) error {
	var inner *os.PathError
	if errors.As(err, &inner) {
		err = inner.Err
	}
	return fmt.Errorf("%s: %w", path, err)
}

// Export writes what is not from standard input, "-", into a folder that is empty,
// and returns the paths of what the sources were: files, and folders of files.
func (j *Journal) Export(ctx context.Context, dir string) (paths []string, err error) {
	for _, name := range j.Sources() {
		if name == "-" {
			paths = append(paths, name)
			continue
		}
		if !filepath.IsLocal(name) {
			return nil, fmt.Errorf("%s: the journal names a source %q, which is no file's name", j.file.Name(), name)
		}
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			return nil, err
		}
		if err := j.copy(ctx, name, file); err != nil {
			return nil, err
		}
		root, _, _ := strings.Cut(name, "/")
		if root = filepath.Join(dir, root); !slices.Contains(paths, root) {
			paths = append(paths, root)
		}
	}
	return paths, nil
}

func (j *Journal) copy(ctx context.Context, name, file string) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, endsWith{ctx, j.Read(name, 0)})
	return errors.Join(err, f.Close())
}

// endsWith reads until a context ends.
type endsWith struct {
	ctx context.Context
	io.Reader
}

func (r endsWith) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}
