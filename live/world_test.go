package live

import (
	"context"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ringwatch/ringwatch/scenarios"
	"github.com/ringwatch/ringwatch/simulate"
)

// told is an alert in a world whose truth is known.
type told struct {
	of     map[int32]int // raters of it by brigade; 0 are honest
	shares map[int32]float64
	names  []int32 // raters of the world
	at     int32
	*finding
}

// nightly is the share of each brigade's target acts by the first midnight after it began: what is done before
// a run of every night can tell of it, even if that finds all at once.
func nightly(w *simulate.World) map[int32]float64 {
	r, first, total, done := w.Ratings, map[int32]int32{}, map[int32]float64{}, map[int32]float64{}
	for pass := range 2 {
		for k, u := range r.Rater {
			if int(u) >= len(w.Brigade) || w.Brigade[u] == 0 || w.Goal[r.Item[k]] == 0 {
				continue
			}
			b, d := w.Brigade[u], dayOf(r.Time[k])
			if was, known := first[b]; pass == 0 && (!known || d < was) {
				first[b] = d
			}
			if pass == 1 {
				if total[b]++; d == first[b] {
					done[b]++
				}
			}
		}
	}
	for b := range done {
		done[b] /= total[b]
	}
	return done
}

// watchWorld has an engine look at a world as it comes, in the order of time. shares
// are those of a brigade's target acts before an alert.
func watchWorld(w *simulate.World, alpha float64) (all []told, e *engine, took time.Duration) {
	r := w.Ratings
	order := make([]int, r.Len())
	for k := range order {
		order[k] = k
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(r.Time[a]) - int(r.Time[b]) })
	target := func(k int) int32 {
		if u := r.Rater[k]; int(u) < len(w.Brigade) && w.Brigade[u] > 0 && w.Goal[r.Item[k]] != 0 {
			return w.Brigade[u]
		}
		return 0
	}
	total, acts := map[int32]float64{}, map[int32]float64{}
	for k := range r.Rater {
		total[target(k)]++
	}
	e = newEngine(alpha, 20_000_000)
	raters, items := map[int32]int32{}, map[int32]int32{}
	var names []int32
	begun := processorTime()
	for _, k := range order {
		acts[target(k)]++
		u, known := raters[r.Rater[k]]
		if !known {
			u = int32(len(names))
			raters[r.Rater[k]] = u
			names = append(names, r.Rater[k])
		}
		i, known := items[r.Item[k]]
		if !known {
			i = int32(len(items))
			items[r.Item[k]] = i
		}
		f := e.take(context.Background(), u, i, r.Scale.Of(r.Value[k]), r.Time[k])
		if f == nil {
			continue
		}
		x := told{map[int32]int{}, map[int32]float64{}, nil, r.Time[k], f}
		for _, u := range f.group {
			x.names = append(x.names, names[u])
			b := int32(0)
			if int(names[u]) < len(w.Brigade) {
				b = w.Brigade[names[u]]
			}
			x.of[b]++
			x.shares[b] = acts[b] / total[b]
		}
		all = append(all, x)
	}
	return all, e, processorTime() - begun
}

func processorTime() time.Duration {
	var r syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// Worlds of RINGWATCH_WORLDS, names of the library or "null" for all without a
// brigade, with seeds from RINGWATCH_FROM on: how often anything alerts, and when.
func TestWorlds(t *testing.T) {
	names := os.Getenv("RINGWATCH_WORLDS")
	if names == "" && os.Getenv("RINGWATCH_WORLD_FILE") == "" {
		t.Skip("set RINGWATCH_WORLDS to the worlds to measure")
	}
	seeds, _ := strconv.Atoi(os.Getenv("RINGWATCH_SEEDS"))
	from, _ := strconv.ParseUint(os.Getenv("RINGWATCH_FROM"), 10, 64)
	worlds, alarmed, acts := 0, 0, 0
	brigades, nights := map[string][]float64{}, map[string][]float64{} // shares of target acts before they are told of
	harm := map[string][]*toll{}
	var took time.Duration
	library := scenarios.Library()
	if file := os.Getenv("RINGWATCH_WORLD_FILE"); file != "" {
		s, err := scenarios.Load(file)
		if err != nil {
			t.Fatal(err)
		}
		library, names = []*scenarios.Scenario{s}, s.Name
	}
	for _, s := range library {
		if len(s.Axes) > 0 || !slices.Contains(strings.Split(names, ","), s.Name) && !(names == "null" &&
			strings.HasPrefix(s.Name, "null")) {
			continue
		}
		for seed := range uint64(max(1, seeds)) {
			w, err := s.Simulate(context.Background(), from+seed+1)
			if err != nil {
				t.Log(s.Name, err)
				break
			}
			if w.Ratings.Time == nil {
				break
			}
			all, e, d := watchWorld(w, .01)
			worlds, acts, took = worlds+1, acts+w.Ratings.Len(), took+d
			if len(all) > 0 && all[0].of[0] > 0 {
				alarmed++
			}
			t.Logf("%s %d: %d acts in %v, %d alerts; %+v",
				s.Name, seed, w.Ratings.Len(), d.Round(time.Millisecond), len(all), e.count)
			for _, t := range tolls(w, all) {
				harm[s.Name] = append(harm[s.Name], t)
			}
			night, before := nightly(w), map[int32]bool{}
			for b := range night {
				brigades[s.Name] = append(brigades[s.Name], 1)
				nights[s.Name] = append(nights[s.Name], night[b])
				for _, x := range all {
					if 2*x.of[b] > len(x.group) && !before[b] {
						before[b] = true
						at := brigades[s.Name]
						at[len(at)-1] = x.shares[b]
					}
				}
			}
			for _, x := range all {
				t.Logf("    %d raters by brigade %v, after %v of target acts; choice %.0f of %.0f, votes %.1f of %.1f",
					len(x.group), x.of, x.shares, x.choice, x.barChoice, x.votes, x.barVotes)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(brigades)) {
		live, night, told := brigades[name], nights[name], 0
		for _, x := range live {
			if x < 1 {
				told++
			}
		}
		slices.Sort(live)
		slices.Sort(night)
		t.Logf("%-16s %2d brigades, %2d told of; median share of target acts before: %.2f, by the first midnight %.2f",
			name, len(live), told, live[len(live)/2], night[len(night)/2])
		t.Log(summed(harm[name]))
	}
	t.Logf("%d worlds, %d whose first alert has somebody honest; %d acts in %v, %.0f a second", worlds, alarmed, acts,
		took, float64(acts)/took.Seconds())
}
