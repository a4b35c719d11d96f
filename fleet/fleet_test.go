package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/rating"
)

// table is ratings of people who choose alone, and of six who do not. Identifiers
// are what a tab-separated world would break at.
func table(t testing.TB) *rating.Table {
	t.Helper()
	tab := &rating.Table{Raters: rating.NewNames(), Items: rating.NewNames(), Scale: rating.Scale{Min: 1, Max: 5}}
	random := rand.New(rand.NewPCG(1, 2))
	for i := range int32(150) {
		tab.Items.Add([]byte(fmt.Sprintf("item\t%d\n", i)))
	}
	for u := range int32(400) {
		tab.Raters.Add([]byte(fmt.Sprintf("rater\x00%d", u)))
		for _, i := range random.Perm(150)[:10] {
			tab.Append(u, int32(i), float32(random.IntN(5))/4, int32(random.IntN(30*24*3600)))
		}
	}
	for u := range int32(6) {
		tab.Raters.Add([]byte(fmt.Sprintf("ring %d", u)))
		for i := range int32(8) {
			tab.Append(400+u, 15*i, 1, i*100_000+u*20)
		}
	}
	return tab
}

func findings(t *testing.T, in detect.Input) string {
	t.Helper()
	in.Seed = 1
	f, err := detect.Run(context.Background(), in, detect.Usual())
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func job(t testing.TB) Job {
	return Job{Build: "test", Ratings: table(t), Digest: "these", Blocks: 7, Caller: map[string]string{"kept": "word"}}
}

func planIn(t testing.TB, dir string) *Folder {
	t.Helper()
	f, err := Plan(context.Background(), dir, job(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// Shares in any order, twice at once, after damage, in folders opened anew: what is
// joined is what one run in memory finds.
func TestShares(t *testing.T) {
	ctx := context.Background()
	want := findings(t, detect.Input{Ratings: table(t)})
	if !strings.Contains(want, `"Rings":[{`) {
		t.Fatal("there is no ring in the test")
	}
	dir := t.TempDir()
	planIn(t, dir)
	t.Setenv("GOMEMLIMIT", "off") // of the heap; a megabyte would not do
	budget := KeepWithin(1 << 20) // so that pages are let go of all the time
	defer budget.Close()
	for _, index := range []int{2, 0, 1} {
		f, err := Open(ctx, dir, "test", budget)
		if err != nil {
			t.Fatal(err)
		}
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() {
				if _, err := f.Task(ctx, index, 3, nil); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
		if did, err := f.Task(ctx, index, 3, nil); did != 0 || err != nil {
			t.Errorf("share %d was done again: %d blocks, %v", index, did, err)
		}
		f.Close()
	}
	for damage, do := range map[string]func(data []byte) []byte{
		"cut":     func(data []byte) []byte { return data[:len(data)/2] },
		"flipped": func(data []byte) []byte { data[len(data)/3] ^= 4; return data },
		"empty":   func([]byte) []byte { return nil },
	} {
		block := filepath.Join(dir, pairsDir, "00004")
		data, err := os.ReadFile(block)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(block, do(data), 0o644); err != nil {
			t.Fatal(err)
		}
		f := planIn(t, dir)
		if _, err := f.Join(ctx); err == nil || !strings.Contains(err.Error(), "00004") ||
			!strings.Contains(err.Error(), "--index 4 --of 7") {
			t.Errorf("a block that is %s: %v", damage, err)
		}
		if left := f.Left([]int{3, 4, 5}); !slices.Equal(left, []int{4}) {
			t.Errorf("a block that is %s: %v are not done", damage, left)
		}
		if did, err := f.Task(ctx, 4, 7, nil); did != 1 || err != nil {
			t.Errorf("a block that is %s: %d done again, %v", damage, did, err)
		}
	}
	for _, file := range []string{pairsDir + "/.partial-1", ".while-1", ".now-1"} {
		path := filepath.Join(dir, filepath.FromSlash(file))
		if err := os.WriteFile(path, []byte("of a killed task"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	f := planIn(t, dir)
	in, err := f.Join(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if got := findings(t, in); got != want {
		t.Errorf("joined:\n%.1500s\nin memory:\n%.1500s", got, want)
	}
	for _, pattern := range []string{pairsDir + "/.partial-*", ".while-*", ".now-*"} {
		if left, _ := filepath.Glob(filepath.Join(dir, filepath.FromSlash(pattern))); len(left) > 0 {
			t.Errorf("left: %v", left)
		}
	}
	var kept map[string]string
	if err := f.Caller(&kept); err != nil || kept["kept"] != "word" {
		t.Errorf("the caller's: %v, %v", kept, err)
	}
	if budget.Most() == 0 {
		t.Log("this system does not tell how much memory a process takes")
	} else if !budget.Exceeded() {
		t.Error("a process is within a megabyte")
	}
}

func TestRefused(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	f := planIn(t, dir)
	if _, err := f.Join(ctx); err == nil ||
		!strings.Contains(err.Error(), "of its 7 blocks 0, 1, 2, 3, 4 and 2 more are not done") {
		t.Errorf("a join without tasks: %v", err)
	}
	refuse := func(what, want string, change func(j *Job)) {
		t.Helper()
		j := job(t)
		change(&j)
		if f, err := Plan(ctx, dir, j); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", what, err)
			f.Close()
		}
	}
	refuse("other ratings", "other ratings", func(j *Job) { j.Digest = "those" })
	refuse("other blocks", "another number of blocks", func(j *Job) { j.Blocks = 8 })
	refuse("another build", "was planned by ringwatch test, and this is other", func(j *Job) { j.Build = "other" })
	if _, err := Open(ctx, dir, "other", nil); err == nil || !strings.Contains(err.Error(), "one version") {
		t.Errorf("a task of another build: %v", err)
	}
	for _, file := range []string{"plan.json", "null", "ratings.columns", "columns/bin", "columns/meetings"} {
		path := filepath.Join(dir, filepath.FromSlash(file))
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		bad := append([]byte(nil), whole...)
		bad[len(bad)/2] ^= 1
		if file == "plan.json" {
			bad = whole[:len(whole)/2]
		}
		for _, data := range [][]byte{bad, whole[:len(whole)-2]} {
			if err := os.WriteFile(path, data, 0o644); err != nil {
				t.Fatal(err)
			}
			if _, err := Open(ctx, dir, "test", nil); err == nil || !strings.Contains(err.Error(), file) ||
				!strings.Contains(err.Error(), "plan anew") {
				t.Errorf("%s, damaged: %v", file, err)
			}
		}
		if err := os.WriteFile(path, whole, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// In a stranger's work folder nothing is written through a link.
func TestStrangersLink(t *testing.T) {
	for _, name := range []string{pairsDir, columnsDir} {
		dir := t.TempDir()
		planIn(t, dir).Close()
		path, elsewhere := filepath.Join(dir, name), filepath.Join(t.TempDir(), "elsewhere")
		if err := errors.Join(os.Rename(path, elsewhere), os.Symlink(elsewhere, path)); err != nil {
			t.Skip(err)
		}
		if _, err := Open(t.Context(), dir, "test", nil); err == nil || !strings.Contains(err.Error(), "is a link") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What is somebody else's is not taken over, whatever its name is.
func TestForeignFolder(t *testing.T) {
	for _, file := range []string{"letter.txt", ratingsFile, nullFile, columnsDir, pairsDir + "/mine"} {
		dir := t.TempDir()
		path := filepath.Join(dir, filepath.FromSlash(file))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("Dear reader"), 0o644); err != nil {
			t.Fatal(err)
		}
		name, _, _ := strings.Cut(file, "/")
		for range 2 { // nor at the second try
			_, err := Plan(t.Context(), dir, job(t))
			want := "it has " + name + " in it; name an empty folder or a new one"
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", file, err)
			}
		}
		if text, err := os.ReadFile(path); err != nil || string(text) != "Dear reader" {
			t.Errorf("%s became %.40q: %v", file, text, err)
		}
	}
}

// What a killed plan left is not in the way, and is taken away.
func TestLeftOfAPlan(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, columnsDir), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{markFile, "null", "columns/.bin.partial-17"} {
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(file)), []byte("half"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	planIn(t, dir)
	if left, _ := filepath.Glob(filepath.Join(dir, columnsDir, ".*")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func TestStopped(t *testing.T) {
	dir := t.TempDir()
	stopped, stop := context.WithCancel(context.Background())
	stop()
	if _, err := Plan(stopped, dir, job(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("a plan that was stopped: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, ratingsFile), []byte("half"), 0o644); err != nil { // later
		t.Fatal(err)
	}
	f := planIn(t, dir)
	if _, err := f.Task(stopped, 0, 1, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("a task that was stopped: %v", err)
	}
	if blocks, _ := f.Missing(); len(blocks) != f.Blocks() {
		t.Errorf("%d blocks are not done", len(blocks))
	}
}
