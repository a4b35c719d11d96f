package bench

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ringwatch/ringwatch/rating"
)

// A ratingStream is a world in the order of time, and after its end the same raters on other items later, without
// an end. It begins twenty years before the world, as alerts do not look at what is a day ahead of the clock.
type ratingStream struct {
	*rating.Table
	order []int32
	span  int64
	skip  func(item int32) bool // ratings that are left out; may be nil
}

func streamOf(t *rating.Table) *ratingStream {
	s := &ratingStream{Table: t, order: make([]int32, t.Len())}
	for k := range s.order {
		s.order[k] = int32(k)
	}
	slices.SortStableFunc(s.order, func(a, b int32) int { return int(t.Time[a]) - int(t.Time[b]) })
	s.span = int64(t.Time[s.order[len(s.order)-1]]) - int64(t.Time[s.order[0]]) + 1
	return s
}

// item is the name of the k-th rating's item, and at the time of it, in seconds.
func (s *ratingStream) item(k int) string {
	name, again := s.Items.Name(s.Item[s.order[k%len(s.order)]]), k/len(s.order)
	if again > 0 {
		name += "." + strconv.Itoa(again)
	}
	return name
}

func (s *ratingStream) at(k int) int64 {
	row := s.order[k%len(s.order)]
	const earlier = 20 * 365 * 86400
	return rating.ToTime(s.Time[row]).Unix() - earlier + int64(k/len(s.order))*s.span
}

// lines appends the lines of ratings from one to before another.
func (s *ratingStream) lines(b []byte, from, to int) []byte {
	for k := from; k < to; k++ {
		row := s.order[k%len(s.order)]
		if s.skip != nil && s.skip(s.Item[row]) {
			continue
		}
		b = s.line(b, s.Raters.Name(s.Rater[row]), s.item(k), s.Scale.Of(s.Value[row]), s.at(k))
	}
	return b
}

func (s *ratingStream) line(b []byte, rater, item string, value float64, at int64) []byte {
	b = append(append(append(b, `{"rater":"`...), rater...), `","item":"`...)
	b = append(append(b, item...), `","value":`...)
	b = strconv.AppendFloat(b, value, 'g', -1, 64)
	b = strconv.AppendInt(append(b, `,"time":`...), at, 10)
	return append(b, "}\n"...)
}

// A watched is a ringwatch watch that runs.
type watched struct {
	*testing.T
	cmd   *exec.Cmd
	base  string
	begun time.Time
	over  chan struct{}
}

// watch starts ringwatch watch on a state.
func (l *liveBench) watch(state string, source ...string) *watched {
	l.Helper()
	w := &watched{T: l.T, begun: time.Now(), over: make(chan struct{})}
	w.cmd = exec.Command(l.binary, append(append([]string{"watch"}, source...), "--state", state,
		"--listen", "127.0.0.1:0", "--memory", *liveMemory)...)
	w.cmd.Stderr = os.Stderr
	out, err := w.cmd.StdoutPipe()
	if err == nil {
		err = w.cmd.Start()
	}
	if err != nil {
		l.Fatal(err)
	}
	l.Cleanup(func() { w.cmd.Process.Kill() })
	said := bufio.NewReader(out)
	for w.base == "" {
		line, err := said.ReadString('\n')
		if err != nil {
			l.Fatalf("ringwatch watch ended: %v %s", err, line)
		}
		if _, at, ok := strings.Cut(line, "It answers at "); ok {
			w.base, _, _ = strings.Cut(at, "/v1/")
		}
	}
	go func() {
		io.Copy(io.Discard, said)
		close(w.over)
	}()
	return w
}

func (w *watched) end(with os.Signal) {
	w.cmd.Process.Signal(with)
	<-w.over
	w.cmd.Wait()
}

// get asks, and returns the answer's status.
func (w *watched) get(path string, into any) int {
	w.Helper()
	r, err := http.Get(w.base + path)
	if err != nil {
		w.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		w.Fatal(err)
	}
	switch into := into.(type) {
	case *string:
		*into = string(text)
	case nil:
	default:
		if err := json.Unmarshal(text, into); err != nil {
			w.Fatalf("%s: %v", text, err)
		}
	}
	return r.StatusCode
}

func (w *watched) post(lines []byte) {
	w.Helper()
	r, err := http.Post(w.base+"/v1/ratings", "application/json", bytes.NewReader(lines))
	if err != nil {
		w.Fatal(err)
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(r.Body)
		w.Fatalf("posting: %s %s", r.Status, text)
	}
}

func (w *watched) metrics() map[string]float64 {
	w.Helper()
	var text string
	w.get("/metrics", &text)
	all := map[string]float64{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), " "); ok && name != "#" {
			all[strings.TrimPrefix(name, "ringwatch_")], _ = strconv.ParseFloat(value, 64)
		}
	}
	return all
}

// used is processor time since the start, what is resident in memory in MB, and open descriptors.
func (w *watched) used() (cpu time.Duration, resident, descriptors int) {
	dir := fmt.Sprintf("/proc/%d/", w.cmd.Process.Pid)
	stat, _ := os.ReadFile(dir + "stat")
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	const ticks = 100 // a second, as Linux tells programs on any machine
	for _, x := range fields[11:13] {
		n, _ := strconv.Atoi(x)
		cpu += time.Duration(n) * time.Second / ticks
	}
	status, _ := os.ReadFile(dir + "status")
	for line := range strings.Lines(string(status)) {
		if x, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(x), " kB"))
			resident = kb / 1024
		}
	}
	open, _ := os.ReadDir(dir + "fd")
	return cpu, resident, len(open)
}

func (w *watched) until(what string, holds func() bool) {
	w.Helper()
	for begun := time.Now(); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Since(begun) > 30*time.Minute {
			w.Fatalf("%s is still not so", what)
		}
	}
}

// looked waits until alerts have looked at so many ratings, or at no more for a minute, as of a rater's ratings of an
// item they look at the first. It returns how many they did, and when they had.
func (w *watched) looked(ratings float64) (n float64, at time.Time) {
	at = time.Now()
	w.until("all looked at", func() bool {
		m := w.metrics()
		if m["watched_ratings_total"] > n {
			n, at = m["watched_ratings_total"], time.Now()
		}
		all := n+m["pending_ratings"]+m["late_ratings_total"]+m["unwatched_ratings_total"] >= ratings
		return all || n > .9*ratings && time.Since(at) > time.Minute
	})
	return n, at
}

// fitted waits until a fit, the first since the start, has all ratings.
func (w *watched) fitted() {
	w.until("the first fit", func() bool { return w.metrics()["fits_total"] > 0 })
}
