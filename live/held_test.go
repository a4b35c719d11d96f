package live

import (
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring"
)

// What is held stays within what may be, brigades are told of all the same, and what was let go of is
// told on the terminal, to Prometheus and to who asks for health. Who comes back after that is known from
// the alerts that name them.
func TestMemory(t *testing.T) {
	_, lines := attacked(t, 1)
	j := openJournal(t, t.TempDir())
	o := DefaultAlerts()
	var said []string
	o.Memory, o.Warn = 1<<20, func(why string) { said = append(said, why) }
	a, err := NewAlerts(j, rating.ReadOptions{}, o, func(Alert) {})
	if err != nil {
		t.Fatal(err)
	}
	r := NewRecorder(t.Context(), j, func(error) {}, func([]Said) {})
	for from := 0; from < len(lines); from += 250 {
		a.hear(t, r, lines[from:min(from+250, len(lines))])
		e := a.engine
		if a.held() > o.Memory/heldShare || len(e.ofRater) > len(a.names[0].names) ||
			len(a.names[0].names) > len(e.rater)+a.waits || len(e.ordinal) > len(a.names[0].names) {
			t.Fatalf("%d bytes are held of %d, of %d raters and %d ratings", a.held(), o.Memory, len(a.names[0].names),
				len(e.rater))
		}
	}
	c := a.Count()
	if c.Evicted == 0 || c.Held == 0 || c.Ratings < len(lines)/2 || len(said) != 1 ||
		!strings.Contains(said[0], "--memory") {
		t.Errorf("%+v; %q", c, said)
	}
	if len(a.list) == 0 {
		t.Error("nobody is told of")
	}
	for _, x := range a.list {
		for _, name := range x.Raters {
			if u, known := a.names[0].of[name]; known && a.engine.told[u] == 0 {
				t.Errorf("%s is in %s and not known to be", name, x.ID)
			}
		}
	}
	state := NewState(j, rating.ReadOptions{}, scoring.NewBridging(), 1, 1)
	api := &API{State: state, Alerts: a, Recorder: r, Journal: j}
	for path, want := range map[string]string{
		"/healthz": fmt.Sprintf(`"ratings":%d`, c.Evicted),
		"/metrics": fmt.Sprintf("ringwatch_evicted_ratings_total %d\n", c.Evicted),
	} {
		answer, ask := httptest.NewRecorder(), httptest.NewRequest("GET", "http://localhost"+path, nil)
		if api.Handler().ServeHTTP(answer, ask); !strings.Contains(answer.Body.String(), want) {
			t.Errorf("%s says nothing of %s: %s", path, want, answer.Body)
		}
	}
	if api.State.fit(t.Context()); !strings.Contains(api.State.count.FitFailed, "more than --memory") {
		t.Errorf("a fit that needs more fails with %q", api.State.count.FitFailed)
	}

	o.Memory = 3 << 15 // where most wait for others, they wait no longer
	o.Lateness = 1 << 40
	j = openJournal(t, t.TempDir())
	if a, err = NewAlerts(j, rating.ReadOptions{}, o, func(Alert) {}); err != nil {
		t.Fatal(err)
	}
	r = NewRecorder(t.Context(), j, func(error) {}, func([]Said) {})
	a.hear(t, r, lines[:2000])
	if a.Count().Hurried != 2000 || a.waits != 0 {
		t.Errorf("%+v", a.Count())
	}
}

// What is said to be held is what the heap has.
func TestHeld(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC() // twice, as what pools have goes with the second
	runtime.GC()
	runtime.ReadMemStats(&before)
	a := &Alerts{engine: newEngine(.01, 1<<20)}
	for x := range a.names {
		a.names[x].of = map[string]int32{}
	}
	rng, e := rand.New(rand.NewPCG(1, 2)), a.engine
	for k := range 150_000 {
		u, _ := a.names[0].number(fmt.Appendf(nil, "rater %d", rng.IntN(6000)))
		i, _ := a.names[1].number(fmt.Appendf(nil, "item %d", rng.IntN(3000)))
		if _, first := e.add(u, i, int32(k)); first {
			e.level, e.free = append(e.level, e.levelOf(1)), append(e.free, e.predict(u, i, 0))
			e.last, e.tried, e.told = reach(e.last, u), reach(e.tried, u), reach(e.told, u)
			e.weight, e.met = reach(e.weight, u), reach(e.met, u)
			e.pairs.meet(rng.Uint64N(1<<40), 1)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	has, held := float64(int64(after.HeapAlloc)-int64(before.HeapAlloc)), float64(a.held())
	t.Logf("%d acts: %.1f MB, said to be %.1f", len(e.rater), has/1e6, held/1e6)
	if has > 1.15*held || has < .5*held {
		t.Errorf("%.0f bytes are held, and said to be %.0f", has, held)
	}
	runtime.KeepAlive(a)
}
