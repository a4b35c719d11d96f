package live

import (
	"slices"
	"testing"
)

// Viewpoints that are found beside count from the same act on, whoever is quick, and are those that
// are found at once.
func TestViewpointsBeside(t *testing.T) {
	w, _ := attacked(t, 2)
	r := w.Ratings
	look := func(beside int, until int) *engine {
		e := newEngine(.01, 1<<20)
		e.beside = beside
		for k := range until {
			e.take(t.Context(), r.Rater[k], r.Item[k], float64(r.Value[k]), int32(k))
		}
		return e
	}
	unknown := func(e *engine) bool { return !slices.ContainsFunc(e.camp, func(c int8) bool { return c > 0 }) }
	at := sideFirst + sideFirst/sideLater
	if r.Len() < 2*sideFirst {
		t.Fatal("a small world")
	}
	once, early, late := look(1<<30, sideFirst), look(0, at-1), look(0, at)
	if unknown(once) || !unknown(early) || early.sides == nil || unknown(late) || late.sides != nil {
		t.Errorf("viewpoints count from another act on: %t, %t, %t", unknown(once), unknown(early), unknown(late))
	}
	if n := len(once.camp); !slices.Equal(once.camp, late.camp[:n]) {
		t.Error("viewpoints that are found beside are others")
	}
	if x, y := look(0, r.Len()), look(0, r.Len()); !slices.Equal(x.free, y.free) || !slices.Equal(x.camp, y.camp) {
		t.Error("viewpoints depend on who is quick")
	}
	early.leave()
}
