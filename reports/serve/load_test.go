//go:build unix

package serve

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// busyShare is the share of a processor that a loop gets.
func busyShare() float64 {
	const most = 500 * time.Millisecond
	before, begun := processorTime(), time.Now()
	for time.Since(begun) < most {
	}
	return float64(processorTime()-before) / float64(time.Since(begun))
}

func processorTime() time.Duration {
	var r syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// TestLoad has 50 people look at a case of 500 rings with 20,000 members while
// somebody decides every second and somebody takes everything away. It logs how
// long answers take; of lists and rings, 99 of 100 must be there within the
// limit, which is what a person does not take for waiting.
func TestLoad(t *testing.T) {
	if os.Getenv("RINGWATCH_LONG") == "" {
		t.Skip("RINGWATCH_LONG is not set")
	}
	const clients, rings, size, within = 50, 500, 40, 300 * time.Millisecond
	share := busyShare()
	begun := time.Now()
	a := open(t, caseOf(t, rings, size), Options{})
	t.Logf("opened after %v with the making of the case", time.Since(begun))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go a.Serve(t.Context(), l)
	base := "http://" + l.Addr().String()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 2 * clients}}
	var mu sync.Mutex
	took := map[string][]time.Duration{}
	ask := func(kind, path string) {
		begun := time.Now()
		r, err := client.Get(base + path)
		if err != nil {
			t.Error(err)
			return
		}
		io.Copy(io.Discard, r.Body)
		r.Body.Close()
		if r.StatusCode != 200 {
			t.Errorf("%s: %d", path, r.StatusCode)
		}
		mu.Lock()
		took[kind] = append(took[kind], time.Since(begun))
		mu.Unlock()
	}
	var over atomic.Bool
	var all sync.WaitGroup
	for c := range clients {
		all.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(c), 1))
			for !over.Load() {
				switch k := rng.IntN(10); {
				case k < 4:
					ask("list", []string{"/", "/?q=1e-5", "/?sort=size", "/?status=open"}[rng.IntN(4)])
				case k < 8:
					ask("ring", fmt.Sprintf("/rings/R%d", 1+rng.IntN(rings)))
				case k < 9:
					ask("raters", "/raters")
				default:
					ask("api", "/api/v1/rings?limit=100")
				}
				time.Sleep(time.Duration(500+rng.IntN(1000)) * time.Millisecond) // to read it
			}
		})
	}
	all.Go(func() {
		for k := 0; !over.Load(); k++ {
			body := fmt.Sprintf(`{"who":"ann","action":"comment","text":"seen","rings":["R%d"]}`, 1+k%rings)
			r, err := client.Post(base+"/api/v1/decisions", "application/json", strings.NewReader(body))
			if err != nil || r.StatusCode != 201 {
				t.Error(err, r)
				return
			}
			r.Body.Close()
			time.Sleep(time.Second)
		}
	})
	all.Go(func() {
		for !over.Load() {
			ask("export", "/api/v1/export/members.csv")
			ask("export", "/api/v1/export/rings.graphml")
			ask("export", "/api/v1/export/raters.parquet")
			time.Sleep(200 * time.Millisecond)
		}
	})
	time.Sleep(15 * time.Second)
	over.Store(true)
	all.Wait()
	for _, kind := range []string{"list", "ring", "raters", "api", "export"} {
		d := took[kind]
		slices.Sort(d)
		p99 := d[len(d)*99/100]
		t.Logf("%-7s %5d answers, p50 %v, p99 %v, most %v", kind, len(d), d[len(d)/2].Round(time.Millisecond),
			p99.Round(time.Millisecond), d[len(d)-1].Round(time.Millisecond))
		if (kind == "list" || kind == "ring") && p99 > within {
			if share < .9 {
				t.Logf("others use this machine: a busy loop got %.0f %% of a processor, so that says little",
					100*share)
			} else {
				t.Errorf("%s: p99 is %v, beyond %v", kind, p99, within)
			}
		}
	}
}
