package bench

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

var (
	liveParts   = flag.String("live", "", "what TestLive measures, of frozen,visible,restart,rate,kills")
	liveRate    = flag.Float64("live-rate", 50e3, "ratings a second that arrive while it measures visible and rate")
	liveSeconds = flag.Float64("live-seconds", 60, "how long each of these takes")
	liveMemory  = flag.String("live-memory", "8GB", "--memory of ringwatch watch")
	liveBinary  = flag.String("live-binary", "", "ringwatch; empty: built from here")
)

// TestLive measures ringwatch watch as a process, from outside: docs/live.md has the figures.
//
//	go test ./bench -run '^TestLive$' -v -timeout 1h -live frozen,visible,restart,rate -rows 1e6
//
// Processor time, memory and descriptors are read from /proc.
func TestLive(t *testing.T) {
	if *liveParts == "" {
		t.Skip("name what is to be measured with -live")
	}
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("processor time of another process is read from /proc, which is not there")
	}
	l := &liveBench{T: t, dir: t.TempDir(), binary: *liveBinary, stream: streamOf(table(t, raw(t, int(*rows))))}
	if l.binary == "" {
		l.binary = filepath.Join(l.dir, "ringwatch")
		if out, err := exec.Command("go", "build", "-o", l.binary, "../cmd/ringwatch").CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	t.Logf("%d processors, load %s", runtime.NumCPU(), loadNow())
	posted := filepath.Join(l.dir, "posted")
	for _, part := range strings.Split(*liveParts, ",") {
		measure := map[string]func(string){"frozen": l.frozen, "visible": l.visible, "restart": l.restart}[part]
		switch {
		case part == "rate":
			l.rate(filepath.Join(l.dir, "followed"))
		case part == "kills":
			l.kills()
		case measure == nil:
			t.Fatalf("-live: %s is none of frozen, visible, restart, rate, kills", part)
		case l.next == 0:
			l.load(posted)
			fallthrough
		default:
			measure(posted)
		}
	}
}

func loadNow() string {
	text, _ := os.ReadFile("/proc/loadavg")
	load, _, _ := strings.Cut(string(text), " ")
	return load
}

type liveBench struct {
	*testing.T
	dir, binary string
	stream      *ratingStream
	next        int // of the stream, that was not posted yet
}

type liveItem struct {
	Status    string
	Intercept *float64
	Ratings   int
	Waiting   int
}

// load posts the world but for its last tenth, as fast as it is taken.
func (l *liveBench) load(state string) {
	w := l.watch(state)
	begun := time.Now()
	for n := len(l.stream.order) * 9 / 10; l.next < n; {
		to := min(n, l.next+20_000)
		w.post(l.stream.lines(nil, l.next, to))
		l.next = to
	}
	cpu, resident, _ := w.used()
	l.Logf("posted, 20,000 at once: %d ratings in %.1f s, %.1f CPU s, %d MB", l.next, time.Since(begun).Seconds(),
		cpu.Seconds(), resident)
	w.looked(float64(l.next))
	w.end(syscall.SIGINT)
}

// anew starts without the last fit, so that the first has all that there is.
func (l *liveBench) anew(state string) *watched {
	if err := os.Remove(filepath.Join(state, "scores.snapshot")); err != nil && !os.IsNotExist(err) {
		l.Fatal(err)
	}
	w := l.watch(state)
	w.fitted()
	return w
}

// frozen is how far items are from where a fit of all brings them, after nearly 1 % of late ratings.
func (l *liveBench) frozen(state string) {
	w := l.anew(state)
	from := l.next
	l.next += from * 98 / 10_000 // from 1 % on it is fitted anew
	known := map[string]liveItem{}
	for k := from; k < l.next; k++ {
		var x liveItem
		if name := l.stream.item(k); known[name] == (liveItem{}) && w.get("/v1/items/"+name, &x) == http.StatusOK {
			known[name] = x
		}
	}
	for k := from; k < l.next; k += 500 {
		w.post(l.stream.lines(nil, k, min(l.next, k+500)))
	}
	m := w.metrics()
	w.until("all counted", func() bool {
		m = w.metrics()
		return m["counted_ratings"]+m["waiting_ratings"] >= .999*float64(l.next)
	})
	l.Logf("late: %d ratings, %.0f waiting for the next fit, %.0f fits", l.next-from, m["waiting_ratings"],
		m["fits_total"])
	moved := map[string]liveItem{}
	missing := 0
	for k := from; k < l.next; k++ {
		var x liveItem
		name := l.stream.item(k)
		if _, there := moved[name]; there {
			continue
		}
		if status := w.get("/v1/items/"+name, &x); status != http.StatusOK {
			missing++
		}
		moved[name] = x
	}
	w.end(syscall.SIGINT)
	w = l.anew(state)
	var off, left []float64
	differ, stale, fresh := 0, 0, 0
	for name, x := range moved {
		var now liveItem
		w.get("/v1/items/"+name, &now)
		if x.Status != now.Status {
			differ++
		}
		was, there := known[name]
		if was.Status != now.Status {
			stale++
		}
		if !there {
			fresh++
		}
		if x.Intercept != nil && now.Intercept != nil {
			off = append(off, math.Abs(*x.Intercept-*now.Intercept))
		}
		if there && was.Intercept != nil && now.Intercept != nil {
			left = append(left, math.Abs(*was.Intercept-*now.Intercept))
		}
	}
	w.end(syscall.SIGINT)
	l.Logf("frozen: %d items touched, %d of them new, %d not answered for; |moved - fitted| %s; "+
		"status differs %d (%.2f %%)", len(moved), fresh, missing, quantiles(off, 1), differ,
		100*float64(differ)/float64(len(moved)))
	l.Logf("without the late ratings: %s; status differs %d (%.2f %%)", quantiles(left, 1), stale,
		100*float64(stale)/float64(len(moved)))
}

func quantiles(x []float64, unit float64) string {
	if len(x) == 0 {
		return "none"
	}
	slices.Sort(x)
	at := func(q float64) float64 { return unit * x[min(len(x)-1, int(q*float64(len(x))))] }
	return fmt.Sprintf("median %.4f, p99 %.4f, most %.4f (of %d)", at(.5), at(.99), at(1), len(x))
}

// A probe is a rating until its item's count has it.
type probe struct {
	from, to time.Time
	fresh    bool // by a rater that was never there
}

// visible is how long it takes until a rating that is posted is in its item's score, while others arrive.
func (l *liveBench) visible(state string) {
	w := l.anew(state)
	const apart = 50 // items that probes alone are on
	l.stream.skip = func(item int32) bool { return item%apart == 0 }
	defer func() { l.stream.skip = nil }()
	var all sync.WaitGroup
	end := time.Now().Add(time.Duration(*liveSeconds * float64(time.Second)))
	first := l.next
	all.Go(func() {
		const step = 60 * time.Millisecond // one is on the disk after some 25
		n := int(*liveRate * step.Seconds())
		for at := time.Now(); time.Now().Before(end); l.next += n {
			w.post(l.stream.lines(nil, l.next, l.next+n))
			at = at.Add(step)
			time.Sleep(time.Until(at))
		}
	})
	fits := l.fits(w, end, &all)
	var probes []probe
	last := l.stream.at(first)
	for k := 0; time.Now().Before(end); k++ {
		item := l.stream.Items.Name(int32(k * apart % l.stream.Items.Len() / apart * apart))
		rater := l.stream.Raters.Name(int32((k*7919 + 13) % l.stream.Raters.Len()))
		fresh := k%2 == 1
		if fresh {
			rater = "probe" + strconv.Itoa(k)
		}
		var x liveItem
		w.get("/v1/items/"+item, &x)
		p, was := probe{from: time.Now(), fresh: fresh}, x.Ratings
		w.post(l.stream.line(nil, rater, item, l.stream.Scale.Of(1), last))
		longest := 10 * time.Second
		if !fresh { // it may have rated the item: then nothing moves
			longest = 3 * time.Second
		}
		for x.Ratings <= was && time.Since(p.from) < longest {
			time.Sleep(time.Millisecond)
			w.get("/v1/items/"+item, &x)
		}
		if p.to = time.Now(); x.Ratings > was || fresh {
			probes = append(probes, p)
		}
		time.Sleep(10 * time.Millisecond)
	}
	all.Wait()
	cpu, resident, open := w.used()
	m := w.metrics()
	l.Logf("visible: %.0f ratings a second arrived (%.0f asked), %.1f cores, %d MB, %d descriptors, %.0f fits, "+
		"the last of %.1f s", float64(l.next-first)*(1-1./apart) / *liveSeconds, *liveRate,
		cpu.Seconds()/time.Since(w.begun).Seconds(), resident, open, m["fits_total"], m["fit_seconds"])
	l.tell("visible", probes, *fits)
	w.end(syscall.SIGINT)
}

// fits is when fits were made, up to an end.
func (l *liveBench) fits(w *watched, end time.Time, all *sync.WaitGroup) *[][2]time.Time {
	var fits [][2]time.Time
	all.Go(func() {
		n := w.metrics()["fits_total"]
		for ; time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
			if m := w.metrics(); m["fits_total"] > n {
				n = m["fits_total"]
				now := time.Now()
				fits = append(fits, [2]time.Time{now.Add(-time.Duration(m["fit_seconds"] * float64(time.Second))), now})
			}
		}
	})
	return &fits
}

// tell tells of probes apart that a fit was made beside.
func (l *liveBench) tell(what string, probes []probe, fits [][2]time.Time) {
	var took [2][2][]float64
	for _, p := range probes {
		during, fresh := 0, 0
		for _, f := range fits {
			if p.from.Before(f[1]) && p.to.After(f[0]) {
				during = 1
			}
		}
		if p.fresh {
			fresh = 1
		}
		took[during][fresh] = append(took[during][fresh], p.to.Sub(p.from).Seconds())
	}
	for during, of := range took {
		for fresh, x := range of {
			l.Logf("%s, %s, %s: ms until served: %s", what, []string{"no fit beside", "while fitted anew"}[during],
				[]string{"known raters", "new raters"}[fresh], quantiles(x, 1e3))
		}
	}
}

// restart is how long it takes until scores are served, and alerts have looked at all, after an end and after a kill.
func (l *liveBench) restart(state string) { l.restartOf(state) }

func (l *liveBench) restartOf(state string, source ...string) {
	w := l.watch(state, source...)
	w.until("scores", func() bool { return w.metrics()["counted_ratings"] > 0 })
	before, _ := w.looked(w.metrics()["acknowledged_ratings"])
	for _, with := range []os.Signal{syscall.SIGINT, syscall.SIGKILL} {
		w.end(with)
		w = l.watch(state, source...)
		var x liveItem
		item := "/v1/items/" + l.stream.item(0)
		w.until("an item", func() bool { return w.get(item, &x) == http.StatusOK && x.Intercept != nil })
		cpu, _, _ := w.used()
		served := fmt.Sprintf("first score after %.2f s (%.1f CPU s)", time.Since(w.begun).Seconds(), cpu.Seconds())
		w.until("all looked at", func() bool { return w.metrics()["watched_ratings_total"] >= before })
		cpu, resident, _ := w.used()
		l.Logf("restart after %v, %.0f ratings: %s, alerts up to date after %.2f s (%.1f CPU s), %d MB", with,
			w.metrics()["acknowledged_ratings"], served, time.Since(w.begun).Seconds(), cpu.Seconds(), resident)
	}
	w.end(syscall.SIGINT)
}

// rate appends ratings to a file at a rate, and tells how watch keeps up.
func (l *liveBench) rate(state string) {
	path := filepath.Join(l.dir, "arriving.jsonl")
	f, err := os.Create(path)
	if err != nil {
		l.Fatal(err)
	}
	defer f.Close()
	w := l.watch(state, path)
	begun := time.Now()
	end := begun.Add(time.Duration(*liveSeconds * float64(time.Second)))
	var mu sync.Mutex
	var written int
	var marks []mark
	var all sync.WaitGroup
	all.Go(func() {
		const step = 20 * time.Millisecond
		n := int(*liveRate * step.Seconds())
		var b []byte
		for at := time.Now(); time.Now().Before(end); {
			b = l.stream.lines(b[:0], written, written+n)
			if _, err := f.Write(b); err != nil {
				l.Error(err)
				return
			}
			mu.Lock()
			written += n
			marks = append(marks, mark{l.stream.at(written - 1), time.Now()})
			mu.Unlock()
			at = at.Add(step)
			time.Sleep(time.Until(at))
		}
	})
	fits := l.fits(w, end, &all)
	delays := &delays{seen: map[string]bool{}}
	all.Go(func() {
		for ; time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
			mu.Lock()
			known := slices.Clone(marks)
			mu.Unlock()
			delays.read(filepath.Join(state, "alerts.jsonl"), known)
		}
	})
	var used time.Duration
	for n := range 10 {
		time.Sleep(time.Until(begun.Add(time.Duration(n+1) * end.Sub(begun) / 10)))
		m := w.metrics()
		mu.Lock()
		sent := written
		mu.Unlock()
		cpu, resident, open := w.used()
		looked := m["watched_ratings_total"] + m["pending_ratings"] + m["late_ratings_total"]
		behind := m["acknowledged_ratings"] - looked
		l.Logf("rate %2d/10: %d written, %.0f a second; acknowledged %.0f behind, alerts %.0f behind that; "+
			"%.2f cores, %d MB, held %.0f MB, %d descriptors, let go %.0f, %.0f fits (last %.1f s), load %s", n+1, sent,
			float64(sent)/time.Since(begun).Seconds(), float64(sent)-m["acknowledged_ratings"], behind,
			(cpu-used).Seconds()/(end.Sub(begun).Seconds()/10), resident, m["held_bytes"]/1e6, open,
			m["evicted_ratings_total"], m["fits_total"], m["fit_seconds"], loadNow())
		used = cpu
	}
	all.Wait()
	stopped := time.Now()
	cpu, _, _ := w.used()
	_, looked := w.looked(float64(written))
	_, resident, open := w.used()
	delays.read(filepath.Join(state, "alerts.jsonl"), marks)
	l.Logf("rate: %d ratings in %.0f s; all looked at %.1f s after the last; %.2f cores until then, %d MB, "+
		"%d descriptors, fits %d", written, stopped.Sub(begun).Seconds(), looked.Sub(stopped).Seconds(),
		cpu.Seconds()/stopped.Sub(begun).Seconds(), resident, open, len(*fits))
	l.Logf("alerts: %d; seconds from when the rating that it crossed with was written to when it was told: %s",
		len(delays.took), quantiles(delays.took, 1))
	w.end(syscall.SIGINT)
	l.restartOf(state, path)
}

// A mark is up to which time ratings were written by a moment.
type mark struct {
	at   int64
	when time.Time
}

// delays is how long alerts were told of after their ratings were written.
type delays struct {
	seen map[string]bool
	took []float64
}

func (d *delays) read(path string, marks []mark) {
	text, err := os.ReadFile(path)
	if err != nil {
		return
	}
	now := time.Now()
	for line := range bytes.Lines(text) {
		var x struct {
			ID      string
			Crossed time.Time
		}
		if json.Unmarshal(line, &x) != nil || d.seen[x.ID] {
			continue
		}
		at, _ := slices.BinarySearchFunc(marks, x.Crossed.Unix(), func(m mark, t int64) int { return int(m.at - t) })
		if at < len(marks) {
			d.seen[x.ID] = true
			d.took = append(d.took, now.Sub(marks[at].when).Seconds())
		}
	}
}
