//go:build unix

package output

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// part is a file with a text.
func part(text string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, text); return err }
}

// wrote writes files to a folder as detect would, each with a text.
func wrote(dir, text string, names ...string) (others []string, err error) {
	f, err := Claim(dir, Request{By: "detect", Replace: true, Names: []string{"a", "b", "c"},
		Never: []string{"people"}})
	if err != nil {
		return nil, err
	}
	defer f.Close()
	parts := Parts{Manifest: part(`{"tool":"ringwatch","by":"detect","files":["` + strings.Join(names, `","`) + `"]}`)}
	for _, n := range names {
		parts[n] = part(text)
	}
	err = f.Write(parts)
	return f.Others(), err
}

// tree is what a folder holds, by name.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var all []string
	filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if rest, _ := filepath.Rel(dir, path); err == nil && rest != "." && !d.IsDir() && d.Name() != Manifest {
			b, _ := os.ReadFile(path)
			all = append(all, rest+"="+string(b))
		} else if err == nil && d.IsDir() && strings.HasPrefix(d.Name(), ".") {
			all = append(all, rest)
		}
		return nil
	})
	slices.Sort(all)
	return strings.Join(all, " ")
}

// What a previous run listed is replaced, and nothing else is touched.
func TestReplace(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "p", "case")
	must := func(_ []string, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(wrote(dir, "1", "a", "b"))
	modes := map[string]os.FileMode{"": 0o700, "a": 0o600, Manifest: 0o640}
	for name, mode := range modes {
		if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	kept := func(names ...string) {
		t.Helper()
		for _, name := range names {
			if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != modes[name] {
				t.Errorf("%q of mode %v is now of %v, %v", name, modes[name], info.Mode(), err)
			}
		}
	}
	must(wrote(dir, "2", "a", "c"))
	if got := tree(t, root); got != "p/case/a=2 p/case/c=2" {
		t.Errorf("there is %s", got)
	}
	kept("", "a", Manifest)
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "notes.md"), []byte("mine"), 0o644),
		os.Mkdir(filepath.Join(dir, "sub"), 0o755),
		os.WriteFile(filepath.Join(dir, "sub", "a"), []byte("mine"), 0o644)); err != nil {
		t.Fatal(err)
	}
	others, err := wrote(dir, "3", "b")
	if err != nil || !slices.Equal(others, []string{"notes.md", "sub"}) {
		t.Errorf("others are %q, %v", others, err)
	}
	if got := tree(t, root); got != "p/case/b=3 p/case/notes.md=mine p/case/sub/a=mine" {
		t.Errorf("there is %s", got)
	}
	kept("", Manifest)
	// What has a name of ours and is not, a folder of that name, what people
	// made, and what another command wrote are in the way.
	for name, put := range map[string]func() error{
		"file":   func() error { return os.WriteFile(filepath.Join(dir, "c"), []byte("mine"), 0o644) },
		"folder": func() error { return os.Mkdir(filepath.Join(dir, "c"), 0o755) },
		"people": func() error { return os.WriteFile(filepath.Join(dir, "people"), nil, 0o644) },
		"another": func() error {
			return os.WriteFile(filepath.Join(dir, Manifest),
				[]byte(`{"tool":"ringwatch","by":"score","files":["a"]}`), 0o644)
		},
	} {
		if err := put(); err != nil {
			t.Fatal(err)
		}
		before := tree(t, root)
		if _, err := wrote(dir, "4", "a"); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
		if got := tree(t, root); got != before {
			t.Errorf("%s: there is %s", name, got)
		}
		os.RemoveAll(filepath.Join(dir, "c"))
		os.Remove(filepath.Join(dir, "people"))
	}
}

// A manifest of a stranger has no say beyond its folder.
func TestForeignManifest(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "case")
	outside := filepath.Join(root, "outside")
	if err := errors.Join(os.Mkdir(dir, 0o755), os.WriteFile(outside, []byte("mine"), 0o644),
		os.WriteFile(filepath.Join(dir, Manifest),
			[]byte(`{"tool":"ringwatch","by":"detect","files":["../outside","..",".","/etc/passwd","sub/x"]}`),
			0o644)); err != nil {
		t.Fatal(err)
	}
	if _, err := wrote(dir, "1", "a"); err != nil {
		t.Fatal(err)
	}
	if got := tree(t, root); got != "case/a=1 outside=mine" {
		t.Errorf("there is %s", got)
	}
}

// One run at a time; who looks on keeps all of them out.
func TestOneAtATime(t *testing.T) {
	if !locks {
		t.Skip("no locks here")
	}
	root := t.TempDir()
	for name, dir := range map[string]string{"new": filepath.Join(root, "x", "case"),
		"there": filepath.Join(root, "there")} {
		if name == "there" {
			if _, err := wrote(dir, "1", "a"); err != nil {
				t.Fatal(err)
			}
			a, err1 := Share(dir)
			b, err2 := Share(dir)
			if err1 != nil || err2 != nil {
				t.Fatal(err1, err2)
			}
			if _, err := wrote(dir, "2", "a"); !errors.Is(err, errBusy) {
				t.Errorf("while two look on: %v", err)
			}
			a.Close()
			b.Close()
		}
		f, err := Claim(dir, Request{By: "detect", Replace: true})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := wrote(dir, "2", "a"); !errors.Is(err, errBusy) {
			t.Errorf("%s: a second run: %v", name, err)
		}
		if s, err := Share(dir); name == "there" && !errors.Is(err, errBusy) {
			t.Errorf("%s: to look on: %v, %v", name, s, err)
		}
		f.Close()
		if _, err := wrote(dir, "3", "a"); err != nil {
			t.Errorf("%s: once it ended: %v", name, err)
		}
	}
	path := filepath.Join(root, "file")
	f, err := ClaimFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ClaimFile(path); !errors.Is(err, errBusy) {
		t.Errorf("a second run: %v", err)
	}
	if err := errors.Join(f.Write(context.Background(), part("whole")), f.Close()); err != nil {
		t.Fatal(err)
	}
	if got := tree(t, root); got != "file=whole there/a=3 x/case/a=3" {
		t.Errorf("there is %s", got)
	}
}

// What killed runs left is taken over, but for what is not of ringwatch.
func TestLeftovers(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "case")
	stage := filepath.Join(root, ".case.partial")
	if err := errors.Join(os.MkdirAll(filepath.Join(stage, "new"), 0o755),
		os.WriteFile(filepath.Join(stage, "new", "a"), []byte("half"), 0o644),
		os.WriteFile(filepath.Join(root, ".file.partial"), []byte("half of a file"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := wrote(dir, "1", "a"); err != nil {
		t.Fatal(err)
	}
	f, err := ClaimFile(filepath.Join(root, "file"))
	if err == nil {
		err = errors.Join(f.Write(context.Background(), part("all")), f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := tree(t, root); got != "case/a=1 file=all" {
		t.Errorf("there is %s", got)
	}
	// A run was killed between two of the files of a folder that stays.
	if err := errors.Join(os.WriteFile(filepath.Join(dir, Manifest),
		[]byte(`{"tool":"ringwatch","by":"detect","unfinished":true,"files":["a","b","c"]}`), 0o644),
		os.WriteFile(filepath.Join(dir, "b"), []byte("2"), 0o644)); err != nil {
		t.Fatal(err)
	}
	if _, err := wrote(dir, "3", "c"); err != nil {
		t.Fatal(err)
	}
	if got := tree(t, root); got != "case/c=3 file=all" {
		t.Errorf("there is %s", got)
	}
	// Links that a stranger put where the stage would be lead nowhere.
	elsewhere := t.TempDir()
	if err := errors.Join(os.MkdirAll(filepath.Join(elsewhere, "new"), 0o755),
		os.Symlink(elsewhere, stage)); err != nil {
		t.Skip("no links here")
	}
	if _, err := wrote(dir, "4", "c"); err != nil {
		t.Errorf("it could not write within the folder: %v", err)
	}
	if _, err := os.Stat(filepath.Join(elsewhere, "new")); err != nil {
		t.Error("it followed a link")
	}
}

// Where nothing can be written beside it, a folder is written within.
func TestWithin(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "volume")
	if err := errors.Join(os.MkdirAll(filepath.Join(dir, lost), 0o755),
		os.WriteFile(filepath.Join(root, ".volume.partial"), nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"1", "2"} {
		if _, err := wrote(dir, text, "a"); err != nil {
			t.Fatal(err)
		}
		if got := tree(t, dir); got != "a="+text {
			t.Errorf("there is %s", got)
		}
	}
	t.Chdir(dir)
	if _, err := wrote(".", "3", "b"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat("b"); err != nil {
		t.Errorf("we stand elsewhere now: %v", err)
	}
}

// What cannot be written to is known before the work.
func TestCheckedFirst(t *testing.T) {
	root := t.TempDir()
	link, file := filepath.Join(root, "link"), filepath.Join(root, "file")
	if err := errors.Join(os.Symlink(filepath.Join(root, "nowhere"), link),
		os.WriteFile(file, nil, 0o644)); err != nil {
		t.Skip("no links here")
	}
	before := tree(t, root)
	for _, dir := range []string{"", link, file, filepath.Join(file, "x"), filepath.Join(link, "x")} {
		if f, err := Claim(dir, Request{}); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("folder %q: %v, %v", dir, f, err)
		}
	}
	for _, path := range []string{link, root, filepath.Join(root, "no", "x"), filepath.Join(file, "x")} {
		if f, err := ClaimFile(path); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("file %q: %v, %v", path, f, err)
		}
	}
	if got := tree(t, root); got != before {
		t.Errorf("there is %s", got)
	}
}

// New files have the mode that the umask gives, replaced ones keep theirs, a
// link keeps leading to its file, and a pipe that nobody reads is left soon.
func TestFile(t *testing.T) {
	root := t.TempDir()
	old := syscall.Umask(0o027)
	defer syscall.Umask(old)
	mode := func(path string) os.FileMode {
		info, err := os.Lstat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode()
	}
	write := func(ctx context.Context, path string) error {
		f, err := ClaimFile(path)
		if err != nil {
			return err
		}
		defer f.Close()
		return f.Write(ctx, part("x"))
	}
	file := filepath.Join(root, strings.Repeat("n", 255))
	link, pipe := filepath.Join(root, "link"), filepath.Join(root, "pipe")
	if err := errors.Join(write(t.Context(), file), os.Symlink(file, link)); err != nil || mode(file) != 0o640 {
		t.Errorf("a new file is of %v, %v", mode(file), err)
	}
	if err := errors.Join(os.Chmod(file, 0o604), write(t.Context(), link)); err != nil || mode(file) != 0o604 ||
		mode(link)&os.ModeSymlink == 0 {
		t.Errorf("a file replaced is of %v, %v", mode(file), err)
	}
	if _, err := wrote(filepath.Join(root, "case"), "1", "a"); err != nil ||
		mode(filepath.Join(root, "case")).Perm() != 0o750 || mode(filepath.Join(root, "case", "a")) != 0o640 {
		t.Errorf("a folder is of %v, %v", mode(filepath.Join(root, "case")), err)
	}
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip("no pipes here")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := write(ctx, pipe); err == nil {
		t.Error("it wrote to nobody")
	}
}

func TestTemporary(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	at := func(name string) string { return filepath.Join(os.TempDir(), temporary+name) }
	left, named, link := at("x-123"), at("x-notes"), at("x-456")
	if err := errors.Join(os.MkdirAll(filepath.Join(left, "x"), 0o700), os.Mkdir(named, 0o700),
		os.Symlink(named, link)); err != nil {
		t.Fatal(err)
	}
	a, err1 := Temporary("x")
	b, err2 := Temporary("y")
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	Tidy()
	found, _ := filepath.Glob(filepath.Join(os.TempDir(), "*"))
	if locks && !slices.Equal(found, slices.Sorted(slices.Values([]string{a.Path, b.Path, named, link}))) {
		t.Errorf("there is %q", found)
	}
	if err := errors.Join(a.Close(), b.Close()); err != nil {
		t.Fatal(err)
	}
}

// What somebody else put in the place of a file keeps nobody waiting, has an end, and
// is no way to write elsewhere.
func TestNoFile(t *testing.T) {
	t.Chdir(t.TempDir())
	err := errors.Join(os.WriteFile("file", []byte("text"), 0o644), os.Symlink("file", "link"),
		os.Symlink("nowhere", "dangling"), os.Symlink("/dev/zero", "endless"), syscall.Mkfifo("pipe", 0o600),
		os.Mkdir("folder", 0o755))
	if err != nil {
		t.Skip(err)
	}
	for name, may := range map[string]struct{ read, write bool }{"file": {true, true}, "link": {true, false},
		"dangling": {false, false}, "endless": {false, false}, "pipe": {false, false}, "folder": {false, false},
		"none": {false, true}} {
		text, err := ReadFile(name)
		if (err == nil && string(text) == "text") != may.read {
			t.Errorf("%s is read: %q, %v", name, text, err)
		}
		if err := Own(name); (err == nil) != may.write {
			t.Errorf("%s is to be written: %v", name, err)
		}
	}
}
