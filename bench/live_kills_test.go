package bench

import (
	"bytes"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

var liveKills = flag.Int("live-kills", 200, "how often ringwatch watch is killed while ratings are posted")

// kills posts the world while ringwatch watch is killed at random moments, its starts included: what was acknowledged
// is in the journal, no alert is told twice, and the alerts are those without a kill.
func (l *liveBench) kills() {
	once, often := filepath.Join(l.dir, "once"), filepath.Join(l.dir, "often")
	w := l.watch(once)
	all := len(l.stream.order)
	for k := 0; k < all; k += 1000 {
		w.post(l.stream.lines(nil, k, min(all, k+1000)))
	}
	want := l.alerts(w, once, all)

	rng := rand.New(rand.NewPCG(8, 1))
	acknowledged, duringStart, begun := 0, 0, time.Now()
	for k := range *liveKills {
		wait := time.Duration(rng.IntN(400)) * time.Millisecond
		if k%4 == 0 { // while it starts
			c := exec.Command(l.binary, "watch", "--state", often, "--listen", "127.0.0.1:0")
			if err := c.Start(); err != nil {
				l.Fatal(err)
			}
			time.Sleep(wait / 4)
			c.Process.Kill()
			c.Wait()
			duringStart++
			continue
		}
		w := l.watch(often)
		kill := time.AfterFunc(10*time.Second, func() { w.cmd.Process.Kill() })
		until := acknowledged + (all-acknowledged)/(*liveKills-k)
		for posts, last := 0, rng.IntN(8); acknowledged < until; posts++ {
			if posts == last { // at some moment from here on
				kill.Reset(wait / 8)
			}
			to := min(until, acknowledged+1+rng.IntN(100))
			r, err := http.Post(w.base+"/v1/ratings", "application/json",
				bytes.NewReader(l.stream.lines(nil, acknowledged, to)))
			if err != nil {
				break
			}
			r.Body.Close()
			if r.StatusCode != http.StatusOK {
				break
			}
			acknowledged = to
		}
		if kill.Stop() { // all of its part is there: it is killed as it looks
			time.Sleep(wait / 8)
		}
		w.end(os.Kill)
	}
	l.Logf("kills: %d, %d of them while it started, in %.0f s; %d ratings acknowledged by then", *liveKills,
		duringStart, time.Since(begun).Seconds(), acknowledged)
	w = l.watch(often)
	for k := acknowledged; k < all; k += 1000 {
		w.post(l.stream.lines(nil, k, min(all, k+1000)))
	}
	got := l.alerts(w, often, all)
	if !slices.Equal(want, got) {
		l.Errorf("alerts with kills:\n%s\nand without:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	journal, err := os.ReadFile(filepath.Join(often, "journal"))
	if err != nil {
		l.Fatal(err)
	}
	there := map[string]bool{}
	for line := range bytes.Lines(journal) {
		if at := bytes.Index(line, []byte(`{"rater":`)); at >= 0 {
			there[string(line[at:])] = true
		}
	}
	lost := 0
	for line := range bytes.Lines(l.stream.lines(nil, 0, all)) {
		if !there[string(line)] {
			lost++
		}
	}
	l.Logf("kills: %d of %d acknowledged ratings lost; %d alerts, as without kills: %t", lost, all, len(got),
		slices.Equal(want, got))
	if lost > 0 {
		l.Errorf("%d ratings that were acknowledged are not in the journal", lost)
	}
}

// alerts ends a watch that has looked at all, and returns what alerts say, ascending; one told twice is an error.
func (l *liveBench) alerts(w *watched, state string, ratings int) (says []string) {
	w.looked(float64(ratings))
	var list struct {
		Alerts []struct {
			ID     string
			Raters []string
		}
	}
	w.get("/v1/alerts", &list)
	w.end(os.Interrupt)
	ids := map[string]int{}
	for _, a := range list.Alerts {
		ids[a.ID]++
		slices.Sort(a.Raters)
		says = append(says, strings.Join(a.Raters, " "))
	}
	text, err := os.ReadFile(filepath.Join(state, "alerts.jsonl"))
	if err != nil {
		l.Fatal(err)
	}
	for line := range bytes.Lines(text) {
		var a struct{ ID string }
		if err := json.Unmarshal(line, &a); err != nil {
			l.Fatal(err)
		}
		ids[a.ID] += 10
	}
	for id, n := range ids {
		if n != 11 {
			l.Errorf("alert %s is %d times in the API and %d times in the file", id, n%10, n/10)
		}
	}
	slices.Sort(says)
	return says
}
