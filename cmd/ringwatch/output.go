package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ringwatch/ringwatch/output"
	"github.com/ringwatch/ringwatch/reports"
)

// Everything that a command writes is claimed before its work, so that what is
// in the way is told at once and no two runs write to one place.

// claimFolder claims the folder that a command writes to.
func (t *terminal) claimFolder(c *cli.Context, dir string, force bool) (*output.Folder, error) {
	f, err := reports.Claim(dir, wholeOf(c), force)
	if err == nil {
		t.outputs.Lock()
		t.folders = append(t.folders, f)
		t.outputs.Unlock()
	}
	return f, err
}

// claimOut claims the folder of --out, if there is one.
func (t *terminal) claimOut(c *cli.Context) (*output.Folder, error) {
	if out := c.String("out"); out != "" {
		return t.claimFolder(c, out, c.Bool("force"))
	}
	return nil, nil
}

// claim claims the files that flags name. One that holds something is replaced only
// with --force: it may be anybody's, as nothing in it says whose it is.
func (t *terminal) claim(c *cli.Context, flags ...string) error {
	t.outputs.Lock()
	defer t.outputs.Unlock()
	for _, flag := range flags {
		path := c.String(flag)
		if path == "" || path == "-" {
			continue
		}
		for other, f := range t.files {
			if path == other || samePlace(path, f.Path) {
				return fmt.Errorf("--%s: %s is to be written twice; name another file", flag, path)
			}
		}
		if err := spare(flag, path, c.Args().Slice()); err != nil {
			return err
		}
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Size() > 0 && !c.Bool("force") {
			return fmt.Errorf("--%s: %s holds something already; name another file, or replace it with --force",
				flag, path)
		}
		f, err := output.ClaimFile(path)
		if err != nil {
			return err
		}
		t.files[path] = f
	}
	return nil
}

// spare refuses to write over what the command reads, what a manifest lists,
// and what people decided.
func spare(flag, path string, read []string) error {
	if err := apartFrom(flag, path, read...); err != nil {
		return err
	}
	at := followed(path)
	if _, err := os.Stat(at); err != nil {
		return nil
	}
	dir, name := filepath.Split(at)
	if strings.HasPrefix(name, reports.TriageFile) {
		return fmt.Errorf("--%s: %s is what people decided; name another file", flag, path)
	}
	if l, err := output.ReadListing(dir); err == nil && (name == output.Manifest || slices.Contains(l.Files, name)) {
		return fmt.Errorf("--%s: %s is a result of %s, with others in its folder; name another file", flag, path, l.By)
	}
	return nil
}

func samePlace(a, b string) bool {
	x, err1 := filepath.Abs(a)
	y, err2 := filepath.Abs(b)
	return err1 == nil && err2 == nil && x == y
}

// write writes a file that was claimed, or to standard output if path is empty
// or "-".
func (t *terminal) write(ctx context.Context, path string, write func(io.Writer) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if path == "" || path == "-" {
		return write(t.out)
	}
	t.outputs.Lock()
	f := t.files[path]
	t.outputs.Unlock()
	return f.Write(ctx, func(w io.Writer) error {
		if _, ok := screen(w); !ok {
			return write(w)
		}
		on := &visible{w: w} // /dev/stdout is a terminal, too
		defer t.sayShown(on)
		return write(on)
	})
}

// release takes away what was not whole, lets others write, and returns what
// was written.
func (t *terminal) release() (written []string) {
	t.outputs.Lock()
	defer t.outputs.Unlock()
	for path, f := range t.files {
		f.Close()
		if f.Written() {
			written = append(written, path)
		}
	}
	for _, f := range t.folders {
		f.Close()
		if f.Written() {
			written = append(written, f.Path())
		}
	}
	for _, p := range t.places { // of a command that is stopped before its end
		p.Close()
	}
	t.files, t.folders, t.places = map[string]*output.File{}, nil, nil
	return written
}

// letFoldersGo lets go of folders that a command claimed and ended without writing, for it to be run anew.
func (t *terminal) letFoldersGo() {
	t.outputs.Lock()
	defer t.outputs.Unlock()
	for _, f := range t.folders {
		f.Close()
	}
	t.folders = nil
}

// temporary makes a place for temporary files, which is the caller's to close.
func (t *terminal) temporary(purpose string) (*output.Place, error) {
	place, err := output.Temporary(purpose)
	if err == nil {
		t.outputs.Lock()
		defer t.outputs.Unlock()
		t.places = append(t.places, place)
	}
	return place, err
}

// goesOn keeps how to tell what stays of a command, wherever it is stopped, which
// goes on from there when it is run again.
func (t *terminal) goesOn(partial func() string) {
	t.outputs.Lock()
	defer t.outputs.Unlock()
	t.partial = partial
}

// unfinished tells what stays of a command that was stopped, if anything does.
func (t *terminal) unfinished() string {
	t.outputs.Lock()
	defer t.outputs.Unlock()
	if t.partial == nil {
		return ""
	}
	return t.partial()
}

// sayOthers names what was in a folder before and is none of a run's files.
func (t *terminal) sayOthers(f *output.Folder) {
	if others := f.Others(); len(others) > 0 {
		const most = 10
		more := ""
		if n := len(others) - most; n > 0 {
			others, more = others[:most], fmt.Sprintf(" and %d more", n)
		}
		for i := range others {
			others[i] = reports.Shown(others[i])
		}
		t.note(fmt.Sprintf("%s: left as it was: %s%s", f.Path(), strings.Join(others, ", "), more))
	}
}
