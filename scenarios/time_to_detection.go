package scenarios

import (
	"context"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/simulate"
)

// A look is what would have been found at a time.
type look struct {
	at      int32  // only ratings before it were there
	flagged []bool // per rater
}

// look looks for rings as of the end of every step from the first rating that a
// brigade gave on, until half of each brigade is found or the data ends. It
// costs one detection a step.
func (s *Scenario) look(ctx context.Context, w *simulate.World, seed uint64,
	progress Progress) (looks []look, err error) {
	t := w.Ratings
	from, last, ok := t.Span()
	if !ok {
		return nil, nil
	}
	begun := false
	for k := w.Honest; k < t.Len(); k++ {
		if !begun || t.Time[k] < from {
			from, begun = t.Time[k], true
		}
	}
	if !begun {
		return nil, nil
	}
	seconds := max(int64(s.Looks/time.Second), 1)
	steps := int((int64(last)-int64(from))/seconds) + 1
	for n := range steps {
		if progress != nil {
			progress("looking for rings day by day", n, steps)
		}
		at := int32(min(int64(from)+int64(n+1)*seconds, int64(last)+1))
		past := t.Select(func(k int) bool { return t.Time[k] < at })
		found, err := detect.Run(ctx, detect.Input{Ratings: past, Seed: seed}, s.Detectors)
		if err != nil {
			return nil, err
		}
		looks = append(looks, look{at, ringed(found.Rings, t.Raters.Len())})
		if allFound(w, looks[n].flagged) {
			break
		}
	}
	return looks, nil
}

func allFound(w *simulate.World, flagged []bool) bool {
	for _, c := range brigades(w, flagged) {
		if 2*c.found < c.size {
			return false
		}
	}
	return true
}

// A caught brigade: how many it has, and how many of them are in rings.
type caught struct{ size, found int }

func brigades(w *simulate.World, flagged []bool) map[int32]caught {
	all := make(map[int32]caught)
	for u, b := range w.Brigade {
		if b != 0 {
			c := all[b]
			c.size++
			if flagged[u] {
				c.found++
			}
			all[b] = c
		}
	}
	return all
}

// detected returns how long brigades went without being found, and what share
// of their ratings of targets they had given by then; NaN where nobody looked.
func (x *Experiment) detected() (hours, share float64) {
	w := x.World
	if len(x.looks) == 0 {
		return math.NaN(), math.NaN()
	}
	type act struct{ acts, before, first int32 }
	end := make(map[int32]int32) // of brigades: when they were found
	for _, l := range x.looks {
		for b, c := range brigades(w, l.flagged) {
			if _, already := end[b]; !already && 2*c.found >= c.size {
				end[b] = l.at
			}
		}
	}
	acts := make(map[int32]act)
	for k := w.Honest; k < w.Ratings.Len(); k++ {
		b, at := w.Brigade[w.Ratings.Rater[k]], w.Ratings.Time[k]
		if b == 0 || w.Goal[w.Ratings.Item[k]] == 0 {
			continue
		}
		a, seen := acts[b]
		if !seen || at < a.first {
			a.first = at
		}
		a.acts++
		if found, ok := end[b]; !ok || at < found {
			a.before++
		}
		acts[b] = a
	}
	for _, b := range slices.Sorted(maps.Keys(acts)) { // a sum of floats needs an order
		a := acts[b]
		found, ok := end[b]
		if !ok {
			found = x.looks[len(x.looks)-1].at
		}
		hours += float64(max(found-a.first, 0)) / 3600
		share += float64(a.before) / float64(a.acts)
	}
	n := float64(len(acts))
	return hours / n, share / n
}
