package output

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// Manifest is the file of a folder that says who wrote which of its files.
const Manifest = "run.json"

// A Listing is what a manifest says of its folder; a manifest may say more.
type Listing struct {
	Tool       string   `json:"tool"`                 // ringwatch
	By         string   `json:"by"`                   // the command
	Files      []string `json:"files"`                // in the folder, the manifest left out
	Unfinished bool     `json:"unfinished,omitempty"` // a run was stopped while it put its files in place
}

const tool = "ringwatch"

// NewListing is what the manifest of a command's files says.
func NewListing(by string, files []string) Listing {
	return Listing{Tool: tool, By: by, Files: slices.Compact(slices.Sorted(slices.Values(files)))}
}

// ReadListing reads the manifest of a folder; an error is a folder without one.
func ReadListing(dir string) (Listing, error) {
	var l Listing
	b, err := ReadFile(filepath.Join(dir, Manifest))
	if err == nil {
		err = json.Unmarshal(b, &l)
	}
	if err == nil && l.Tool != tool {
		err = errors.New("it is none of " + tool)
	}
	if err != nil {
		return Listing{}, err
	}
	// A manifest may come from a stranger; it has a say in its folder alone.
	l.Files = slices.DeleteFunc(l.Files,
		func(name string) bool { return name != filepath.Base(name) || !filepath.IsLocal(name) || name == "." })
	return l, nil
}

// A Request says what a folder is claimed for.
type Request struct {
	By      string   // the command; it replaces results of its own alone
	Replace bool     // those of a previous run
	Names   []string // that the command may write, so that a file of another's is seen before the work
	Never   []string // names of what people made: where one is, nothing is replaced
}

// A Folder is a folder that one run may write to, until it is closed.
type Folder struct {
	dir   string
	req   Request
	stage string // hidden; holds new until it is whole

	mu      sync.Mutex
	locks   []*os.File
	own     map[string]bool // files of the previous run
	others  []string
	written bool
	was     os.FileInfo // nil where there was no folder
	inside  bool        // the stage is within dir
}

// Parts are the files of a folder by their names, and what writes each, beside others.
type Parts map[string]func(io.Writer) error

// Claim finds all that would keep results from being written to dir, so that
// this is known before long work, and keeps other runs from writing there. It
// does not make the folder. Where the file system has no locks, only what runs
// would do to one another is not seen.
func Claim(dir string, req Request) (*Folder, error) {
	dir, err := resolve(dir)
	if err != nil {
		return nil, err
	}
	f := &Folder{dir: dir, req: req, own: map[string]bool{}}
	f.was, err = os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		top := missing(dir)
		if _, e := os.Lstat(top); e == nil {
			return nil, dangling(top)
		}
		err = f.stageBeside(filepath.Dir(top))
	case err != nil:
		err = cannot(dir, err)
	case !f.was.IsDir():
		err = fmt.Errorf("%s: is a file; name a folder that does not exist yet", dir)
	default:
		err = f.claimExisting()
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// Path is where the folder really is; Written reports whether all is in it.
func (f *Folder) Path() string  { return f.dir }
func (f *Folder) Written() bool { return f.written }

// By is the command that the folder was claimed for.
func (f *Folder) By() string { return f.req.By }

func (f *Folder) claimExisting() error {
	lock, err := hold(f.dir, true)
	if err != nil {
		return busy(f.dir, err)
	}
	f.locks = append(f.locks, lock)
	if _, err := f.look(); err != nil {
		return err
	}
	if err := f.stageBeside(filepath.Dir(f.dir)); err == nil && f.reaches() {
		return nil
	}
	// A volume, or a folder whose parent is another's.
	f.dropStage()
	if err := f.stageAt(filepath.Join(f.dir, insideStage)); err != nil {
		return err
	}
	f.inside = true
	return nil
}

// insideStage is in folders beside which nothing can be written; lost is what
// a volume has from the beginning.
const (
	insideStage = ".ringwatch.partial"
	lost        = "lost+found"
)

// look reads what is in the folder, and returns what is not of a previous run.
func (f *Folder) look() (others []string, err error) {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return nil, cannot(f.dir, err)
	}
	entries = slices.DeleteFunc(entries,
		func(e fs.DirEntry) bool { return e.Name() == insideStage || e.Name() == lost })
	if len(entries) == 0 {
		return nil, nil
	}
	if !f.req.Replace {
		return nil, fmt.Errorf("%s: folder is not empty; name another, or replace a previous run with --force", f.dir)
	}
	for _, name := range f.req.Never {
		if _, err := os.Lstat(filepath.Join(f.dir, name)); err == nil {
			return nil, fmt.Errorf("%s: folder holds what people decided (%s); not replaced, name another", f.dir, name)
		}
	}
	l, err := ReadListing(f.dir)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: folder holds something else than a previous run (no %s of ringwatch); "+
			"not replaced, name another", f.dir, Manifest)
	case l.By != f.req.By:
		return nil, fmt.Errorf("%s: folder holds what %s wrote, and this is %s; not replaced, name another",
			f.dir, orAnother(l.By), f.req.By)
	}
	clear(f.own)
	for _, name := range append(l.Files, Manifest) {
		f.own[name] = true
	}
	for _, e := range entries {
		name := e.Name()
		switch {
		case f.own[name] && !e.IsDir():
		case slices.Contains(f.req.Names, name) || f.own[name]:
			return nil, fmt.Errorf("%s: %s is there and not of a previous run; not replaced, "+
				"move it away or name another folder", f.dir, name)
		default:
			others = append(others, name)
		}
	}
	return others, nil
}

func orAnother(by string) string {
	if by == "" {
		return "another version"
	}
	return by
}

// stageBeside puts the stage in a folder that is there, dir's parent or the
// nearest above it.
func (f *Folder) stageBeside(parent string) error {
	rest, err := filepath.Rel(parent, f.dir)
	if err != nil {
		return err
	}
	return f.stageAt(filepath.Join(parent, hidden(strings.ReplaceAll(rest, string(filepath.Separator), "-"))))
}

func (f *Folder) stageAt(path string) error {
	lock, err := holdFolder(path)
	if err != nil {
		return busy(f.dir, err)
	}
	f.stage, f.locks = path, append(f.locks, lock)
	return nil
}

// reaches reports whether a file can be moved from the stage to the folder:
// not into a volume, nor where one may not write.
func (f *Folder) reaches() bool {
	from, to := filepath.Join(f.stage, "probe"), filepath.Join(f.dir, insideStage)
	if os.Mkdir(from, 0o700) != nil {
		return false
	}
	defer os.Remove(from)
	if os.Rename(from, to) != nil {
		return false
	}
	return os.Rename(to, from) == nil
}

func (f *Folder) dropStage() {
	if f.stage == "" {
		return
	}
	discard(f.stage)
	last := len(f.locks) - 1
	f.locks[last].Close()
	f.stage, f.locks = "", f.locks[:last]
}

// Close lets others write to the folder, and takes away what was not whole.
func (f *Folder) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dropStage()
	for _, l := range f.locks {
		l.Close()
	}
	f.locks = nil
	return nil
}

// Others are the names of what else was in the folder when Write wrote to it,
// and stays there.
func (f *Folder) Others() []string { return f.others }

// resolve returns where a folder really is.
func resolve(dir string) (string, error) {
	if dir == "" {
		return "", errors.New("no output folder given")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if _, err := os.Lstat(dir); err != nil {
		return dir, nil
	}
	p, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return "", dangling(dir)
	}
	return p, nil
}

func dangling(path string) error {
	return fmt.Errorf("%s: is a link to what is not there; make that first, or name another", path)
}

// missing returns the topmost folder of a path that does not exist, or "".
func missing(dir string) string {
	top := ""
	for {
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir) {
			return top
		}
		top, dir = dir, filepath.Dir(dir)
	}
}

// around reports whether we stand in a folder, which then had better stay.
func around(dir string) bool {
	here, err := os.Getwd()
	if err == nil {
		here, err = filepath.EvalSymlinks(here)
	}
	if err != nil {
		return true
	}
	rest, err := filepath.Rel(dir, here)
	return err == nil && filepath.IsLocal(rest)
}

func cannot(path string, err error) error {
	var p *fs.PathError
	var l *os.LinkError
	switch {
	case errors.As(err, &p):
		err = p.Err
	case errors.As(err, &l):
		err = l.Err
	}
	return fmt.Errorf("%s: cannot write here: %w; name another", path, err)
}

func busy(path string, err error) error {
	if errors.Is(err, errBusy) {
		return fmt.Errorf("%s: %w; wait until it ends, or name another", path, err)
	}
	return cannot(path, err)
}
