package scoring_test

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/scoring/internal/scoretest"
)

// TestMain makes the test binary a scorer, for Command to run.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "score-as-a-program" {
		if err := scoreAsAProgram(os.Args[2], os.Args[3]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// scoreAsAProgram writes the weighted mean of each item's ratings.
func scoreAsAProgram(ratings, items string) error {
	f, err := os.Open(ratings)
	if err != nil {
		return err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return err
	}
	var order []string
	sum, total, n := map[string]float64{}, map[string]float64{}, map[string]int{}
	for _, row := range rows[1:] {
		value, err1 := strconv.ParseFloat(row[2], 64)
		weight, err2 := strconv.ParseFloat(row[4], 64)
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		if n[row[1]] == 0 {
			order = append(order, row[1])
		}
		n[row[1]]++
		sum[row[1]] += weight * value
		total[row[1]] += weight
	}
	var out strings.Builder
	out.WriteString("status,score,item\n")
	like := scoring.NewMean()
	for _, item := range order {
		mean, status := sum[item]/total[item], scoring.NeedsMore
		switch {
		case n[item] < like.MinRatings:
		case mean >= like.HelpfulAt:
			status = scoring.Helpful
		case mean <= like.NotHelpfulAt:
			status = scoring.NotHelpful
		}
		fmt.Fprintf(&out, "%v,%g,%s\n", status, mean, item)
	}
	return os.WriteFile(items, []byte(out.String()), 0o600)
}

// withProgram gives a Command the test binary as its program.
func withProgram(s scoring.Scorer) scoring.Scorer {
	if c, ok := s.(*scoring.Command); ok {
		c.Command = os.Args[0] + " score-as-a-program"
	}
	return s
}

func TestCommandIsTheProgram(t *testing.T) {
	in := scoring.Input{Ratings: scoretest.Synthetic(1, 100, 50, 2000), Weight: scoretest.Weights(100)}
	got, want := score(t, withProgram(scoring.NewCommand()), in), score(t, scoring.NewMean(), in)
	if d := cmp.Diff(want, got, near(1e-6)); d != "" {
		t.Error(d)
	}
}

// program returns a Command of a shell script that has the two files as $1 and $2.
func program(t *testing.T, script string) *scoring.Command {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no shell here to run the programs of this test")
	}
	file := filepath.Join(t.TempDir(), "score.sh")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	s := scoring.NewCommand()
	s.Command = "sh " + file
	return s
}

func TestCommandErrors(t *testing.T) {
	// r1 gives i1, r2 gives i2
	in := scoring.Input{Ratings: scoretest.Table(scoretest.Synthetic(1, 2, 2, 2).Scale, 2, 2, 0, 0, 1, 1, 1, 0)}
	for script, want := range map[string]string{
		"echo out of luck >&2; exit 3":     "exit status 3; it said:\nout of luck",
		"exit 1":                           "exit status 1; it said nothing",
		"exit 0":                           "it wrote no file of items",
		": > $2":                           "items.csv:1: there is no header",
		"echo item,stars > $2":             `the columns are ["item" "stars"]`,
		`printf 'item,score\ni1,1\n' > $2`: `item "i2" is missing`,
		`printf 'item,score\ni1,1\ni2,nan\n' > $2`:     `items.csv:3: the score of item "i2" is "nan"`,
		`printf 'item,score\ni1,1\ni2,\n' > $2`:        `items.csv:3: the score of item "i2" is ""`,
		`printf 'item,score\ni1,1\ni1,1\n' > $2`:       `items.csv:3: item "i1" stands here for the second time`,
		`printf 'item,score\ni9,1\n' > $2`:             `items.csv:2: item "i9" is not in the ratings`,
		`printf 'item,score,status\ni1,1,good\n' > $2`: `items.csv:2: the status of item "i1" is "good"`,
		`printf 'item,score\ni1,1,2\n' > $2`:           "wrong number of fields",
	} {
		_, err := program(t, script).Score(context.Background(), in)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %s", script, err, want)
		}
	}
	if _, err := scoring.NewCommand().Score(context.Background(), in); err == nil ||
		!strings.Contains(err.Error(), "no program given") {
		t.Errorf("without a program: %v", err)
	}
	if _, err := (&scoring.Command{Command: "no-such-program-here", Format: "csv"}).Score(context.Background(),
		in); err == nil ||
		!strings.Contains(err.Error(), "no-such-program-here") {
		t.Errorf("without such a program: %v", err)
	}
	if _, err := (&scoring.Command{Command: "true", Format: "xml"}).Score(context.Background(), in); err == nil ||
		!strings.Contains(err.Error(), `format is "xml"`) {
		t.Errorf("format xml: %v", err)
	}
}

func TestCommandStops(t *testing.T) {
	in := scoring.Input{Ratings: scoretest.Synthetic(1, 10, 10, 20)}
	s := program(t, "exec sleep 30")
	s.Timeout = 50 * time.Millisecond
	begin := time.Now()
	if _, err := s.Score(context.Background(), in); err == nil ||
		!strings.Contains(err.Error(), "did not end within 50ms") {
		t.Errorf("after the timeout: %v", err)
	}
	s.Timeout = 0
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.Score(ctx, in); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("cancelled: %v", err)
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("it took %v to stop", took)
	}
}

// A program that writes more than it may is ended while it does, with all that it
// started, and nothing of it stays.
func TestCommandWritesTooMuch(t *testing.T) {
	in := scoring.Input{Ratings: scoretest.Synthetic(1, 10, 10, 20)}
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	const hole = "dd if=/dev/zero bs=1 count=1 seek=4000000000 2>/dev/null of=" // it takes no room
	const long, beside = "items take no more than 1; write a row for each item", "more than 64 MB beside items.csv"
	for script, want := range map[string]string{
		hole + "$2; exec sleep 30":                                    "items.csv has 3814 MB, where 10 " + long,
		"(while :; do echo item,score; done > $2) & wait":             long,
		hole + `"${2%/*}/other"; exec sleep 30`:                       beside,
		`mkdir "${2%/*}/a"; ` + hole + `"${2%/*}/a/b"; exec sleep 30`: beside,
		hole + "$1; exec sleep 30":                                    beside,
	} {
		begun := time.Now()
		_, err := program(t, script).Score(context.Background(), in)
		if err == nil || !strings.Contains(err.Error(), "sh was stopped: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %s", script, err, want)
		}
		if took := time.Since(begun); took > 25*time.Second {
			t.Errorf("%s: it took %v to stop", script, took)
		}
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
}

// TestCommandExample runs the example that the documentation names.
func TestCommandExample(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("no python3 here to run the example")
	}
	s := scoring.NewCommand()
	s.Command = "python3 testdata/score.py"
	in := scoring.Input{Ratings: scoretest.Synthetic(1, 100, 50, 2000), Weight: scoretest.Weights(100)}
	r := score(t, s, in)
	for n, want := range score(t, scoring.NewMean(), in).Item {
		if got := r.Item[n]; (got-0.5)*(want-0.5) < 0 || math.Abs(float64(got-0.5)) > math.Abs(float64(want-0.5))+1e-6 {
			t.Errorf("item %d scores %v, its mean is %v", n, got, want)
		}
	}
}

// TestCommandNotes hands a program Community Notes ratings.
func TestCommandNotes(t *testing.T) {
	in := scoring.Input{Ratings: scoretest.Tagged(1, 20, 10, 60), Weight: scoretest.Weights(20)}
	s := program(t, `cp $1 `+filepath.Join(t.TempDir(), "seen")+
		`; printf 'item,score,status\n' > $2; cut -f1 $1 | sed 1d | sort -u | sed 's/$/,,needs-more/' >> $2`)
	s.Format = "communitynotes"
	for u, w := range in.Weight {
		in.Weight[u] = float32(int(w + 0.5))
	}
	r := score(t, s, in)
	for n, c := range r.ItemRatings {
		if (r.Status[n] == scoring.NeedsMore) != (c > 0) {
			t.Errorf("item %d with %d ratings is %v", n, c, r.Status[n])
		}
	}
}
