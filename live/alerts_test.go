package live

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/simulate"
)

// attacked is a small world with one brigade, as lines in the order of time.
func attacked(t testing.TB, seed uint64) (w *simulate.World, lines []string) {
	t.Helper()
	o := simulate.NewOrganic()
	o.Raters, o.Items, o.Ratings = 300, 150, 5000
	w, err := o.Generate(t.Context(), seed)
	if err != nil {
		t.Fatal(err)
	}
	if err := simulate.NewBurst().Inject(simulate.Stream(seed, "burst"), w); err != nil {
		t.Fatal(err)
	}
	r := w.Ratings
	order := make([]int, r.Len())
	for k := range order {
		order[k] = k
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(r.Time[a]) - int(r.Time[b]) })
	for _, k := range order {
		lines = append(lines, fmt.Sprintf(`{"rater":%q,"item":%q,"value":%g,"time":%q}`+"\n", r.Raters.Name(r.Rater[k]),
			r.Items.Name(r.Item[k]), r.Value[k], rating.ToTime(r.Time[k]).Format(time.RFC3339)))
	}
	return w, lines
}

// watching is a state whose alerts are looked for.
func watching(t *testing.T, dir string, lateness time.Duration) (a *Alerts, r *Recorder, stop func(kill bool)) {
	t.Helper()
	j, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	o := DefaultAlerts()
	o.Lateness = lateness
	a, err = NewAlerts(j, rating.ReadOptions{}, o, func(Alert) {})
	if err != nil {
		t.Fatal(err)
	}
	r = NewRecorder(ctx, j, func(error) {}, func([]Said) { a.Heard() })
	var run sync.WaitGroup
	run.Go(func() {
		if err := a.Run(ctx, r); err != nil {
			t.Error(err)
		}
	})
	return a, r, func(kill bool) {
		if !kill {
			a.Finish()
			run.Wait()
		}
		end()
		run.Wait()
		r.Wait()
		j.Close()
	}
}

func idsOf(a *Alerts) (ids []string) {
	list, _ := a.List("")
	for _, x := range list {
		ids = append(ids, x.ID)
	}
	return ids
}

// A brigade is told of while it acts. Killed anywhere and started again, in pieces of any
// size and shuffled as far as may be, the same alerts are in the list, each once.
func TestAlerts(t *testing.T) {
	w, lines := attacked(t, 1)
	dir := t.TempDir()
	a, r, stop := watching(t, dir, time.Hour)
	if err := r.Record(t.Context(), "all.jsonl", []byte(strings.Join(lines, ""))); err != nil {
		t.Fatal(err)
	}
	stop(false)
	want, _ := a.List("")
	if len(want) == 0 || len(want) > 3 {
		t.Fatalf("%d alerts: %+v", len(want), a.Count())
	}
	brigade := map[string]bool{}
	for u, b := range w.Brigade {
		brigade[w.Ratings.Raters.Name(int32(u))] = b > 0
	}
	for _, x := range want {
		for _, name := range x.Raters {
			if !brigade[name] {
				t.Errorf("%s is honest and in %s", name, x.ID)
			}
		}
		if x.Evidence.Choice < x.Evidence.ChoiceBar || x.Evidence.Votes < x.Evidence.VotesBar ||
			x.Crossed.Before(x.Since) ||
			len(x.Items) == 0 {
			t.Errorf("%+v", x)
		}
	}

	rng := rand.New(rand.NewPCG(2, 2))
	for range 2 {
		mixed := slices.Clone(lines) // neighbours in time change places
		for k := 0; k+8 < len(mixed); k += 8 {
			rng.Shuffle(8, func(i, j int) { mixed[k+i], mixed[k+j] = mixed[k+j], mixed[k+i] })
		}
		dir, said := t.TempDir(), 0
		for kills := 0; said < len(lines); kills++ {
			_, r, stop := watching(t, dir, 96*time.Hour)
			for range 6 {
				n := min(len(lines)-said, rng.IntN(400))
				if err := r.Record(t.Context(), "all.jsonl", []byte(strings.Join(mixed[said:said+n], ""))); err != nil {
					t.Fatal(err)
				}
				said += n
			}
			stop(true)
		}
		a, _, stop := watching(t, dir, 96*time.Hour)
		stop(false)
		if got, _ := a.List(""); !slices.EqualFunc(got, want, func(x, y Alert) bool {
			return x.ID == y.ID &&
				x.Says == y.Says
		}) {
			t.Errorf("%d alerts, not %d: %v, not %v; %+v", len(got), len(want), idsOf(a), want, a.Count())
		}
		text, err := os.ReadFile(filepath.Join(dir, AlertsFile))
		if err != nil || bytes.Count(text, []byte{'\n'}) != len(want) {
			t.Errorf("%v: %s", err, text)
		}
		for line := range bytes.Lines(text) {
			var x Alert
			if err := json.Unmarshal(line, &x); err != nil || !slices.Contains(idsOf(a), x.ID) {
				t.Error(err, string(line))
			}
		}
	}
}

// What cannot be looked at in the order of time is counted, and moves nothing.
func TestLate(t *testing.T) {
	_, lines := attacked(t, 1)
	rng := rand.New(rand.NewPCG(2, 2))
	rng.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	lines = append(lines, `{"rater":"r","item":"i","value":1,"time":"2066-01-31T12:00:00Z"}`+"\n",
		`{"rater":"r","item":"i","value":1}`+"\n")
	a, r, stop := watching(t, t.TempDir(), time.Minute)
	for part := range slices.Chunk(lines, 500) {
		if err := r.Record(t.Context(), "all.jsonl", []byte(strings.Join(part, ""))); err != nil {
			t.Fatal(err)
		}
	}
	stop(false)
	c := a.Count()
	if c.Late == 0 || c.Future != 1 || c.Timeless != 1 || c.Pending != 0 ||
		c.Ratings+c.Late+c.Future+c.Timeless != len(lines) {
		t.Errorf("%+v of %d", c, len(lines))
	}
	if len(idsOf(a)) > 0 {
		t.Error(idsOf(a))
	}
}

// The weights of all groups that there may be are one at most.
func TestPrice(t *testing.T) {
	const raters = 14
	sum := 0.
	for set := range 1 << raters {
		var group []int32
		for u := range int32(raters) {
			if set>>u&1 == 1 {
				group = append(group, u)
			}
		}
		if len(group) > 1 {
			sum += math.Exp(-priceOf(len(group), group[len(group)-1]+1))
		}
	}
	if sum > 1 || sum < .7 { // larger and later ones have the rest
		t.Errorf("they weigh %g", sum)
	}
}

// Random groups of a world where nobody acts together win x with a chance of 1/x at
// most, the busy ones too; and the brigade of one where they do wins.
func TestWealth(t *testing.T) {
	w, _ := attacked(t, 3)
	_, e, _ := watchWorld(w, .01)
	honest, brigade := []int32{}, []int32{}
	r := w.Ratings
	first := map[int32]int32{} // as the engine numbers them
	order := make([]int, r.Len())
	for k := range order {
		order[k] = k
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(r.Time[a]) - int(r.Time[b]) })
	for _, k := range order {
		if _, known := first[r.Rater[k]]; !known {
			u := int32(len(first))
			first[r.Rater[k]] = u
			if w.Brigade[r.Rater[k]] > 0 {
				brigade = append(brigade, u)
			} else {
				honest = append(honest, u)
			}
		}
	}
	slices.SortFunc(honest, func(a, b int32) int { return len(e.ofRater[b]) - len(e.ofRater[a]) })
	rng := rand.New(rand.NewPCG(1, 1))
	for _, pool := range [][]int32{honest, honest[:40]} {
		n := 0
		const groups = 300
		for range groups {
			rng.Shuffle(len(pool), func(i, j int) { pool[i], pool[j] = pool[j], pool[i] })
			if e.wealth(slices.Clone(pool[:10]), &e.scratch).nats >= math.Log(20) {
				n++
			}
		}
		if n > groups/20 {
			t.Errorf("%d of %d groups of %d raters won 20", n, groups, len(pool))
		}
	}
	if s := e.wealth(brigade, &e.scratch); s.nats < e.price(brigade)+20 {
		t.Errorf("the brigade won %.0f nats, its price is %.0f", s.nats, e.price(brigade))
	}
}
