package live

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ringwatch/ringwatch/rating"
)

// looking is a state whose alerts are looked for when the test says so.
func looking(t testing.TB, dir string) (*Alerts, *Recorder) {
	t.Helper()
	j, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	o := DefaultAlerts()
	o.Lateness, o.Case = time.Hour, "http://127.0.0.1:8377/"
	a, err := NewAlerts(j, rating.ReadOptions{}, o, func(Alert) {})
	if err != nil {
		t.Fatal(err)
	}
	return a, NewRecorder(t.Context(), j, func(error) {}, func([]Said) {})
}

func (a *Alerts) hear(t testing.TB, r *Recorder, lines []string) {
	t.Helper()
	if err := r.Record(t.Context(), "all.jsonl", []byte(strings.Join(lines, ""))); err != nil {
		t.Fatal(err)
	}
	if err := a.read(t.Context(), r); err != nil {
		t.Fatal(err)
	}
}

// What goes on from a snapshot finds what goes on without a restart does, and knows all that it knows. A
// snapshot that is damaged, of another journal or of other options is passed over, and that is told.
func TestSnapshot(t *testing.T) {
	_, lines := attacked(t, 1)
	finding := false // viewpoints
	for _, share := range []float64{.2, .4, .5, .8} {
		cut, dir := int(share*float64(len(lines))), t.TempDir()
		a, r := looking(t, dir)
		a.engine.most = 4000 // so that some are let go
		a.engine.beside = 0
		a.hear(t, r, lines[:cut])
		if err := a.save(); err != nil {
			t.Fatal(err)
		}
		after := filepath.Join(t.TempDir(), "after")
		if err := os.CopyFS(after, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		b, rb := looking(t, after)
		if w := b.Count(); w.Ratings == 0 || w.Unsaved != "" {
			t.Fatalf("%g: nothing is gone on from: %+v", share, w)
		}
		b.engine.most, b.engine.beside = 4000, 0
		finding = finding || b.engine.sides != nil
		a.hear(t, r, lines[cut:])
		b.hear(t, rb, lines[cut:])
		if x, y := a.engine, b.engine; !slices.Equal(x.rater, y.rater) || !slices.Equal(x.rare, y.rare) ||
			!slices.Equal(x.free, y.free) ||
			!slices.Equal(x.told, y.told) || !slices.Equal(x.camp, y.camp) ||
			!maps.Equal(x.pairs.all(), y.pairs.all()) || x.budget != y.budget ||
			x.count != y.count || x.votes.fits != y.votes.fits || len(x.seen) != len(y.seen) ||
			len(x.chosen) != len(y.chosen) {
			t.Errorf("%g: %+v and %+v", share, x.count, y.count)
		}
		for _, x := range a.list {
			if want := "http://127.0.0.1:8377/items/" + x.Items[0].Item; x.Case != want {
				t.Errorf("the case is at %q, not %q", x.Case, want)
			}
		}
		if x, y := idsOf(a), idsOf(b); !slices.Equal(x, y) || len(x) == 0 || a.Count() != b.Count() {
			t.Errorf("%g: %v and %v; %+v, %+v", share, x, y, a.Count(), b.Count())
		}
	}

	if !finding {
		t.Error("no snapshot was made while viewpoints were being found")
	}

	damaged(t, lines)
}

func damaged(t *testing.T, lines []string) {
	dir := t.TempDir()
	a, r := looking(t, dir)
	a.hear(t, r, lines[:2000])
	if err := a.save(); err != nil {
		t.Fatal(err)
	}
	a.journal.Close()
	path := filepath.Join(dir, SnapshotFile)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for k := range 60 {
		text := bytes.Clone(whole)
		if at := len(text) * k / 60; k%2 == 0 {
			text[at] ^= 1
		} else {
			text = text[:at]
		}
		if err := os.WriteFile(path, text, 0o666); err != nil {
			t.Fatal(err)
		}
		b, _ := looking(t, dir)
		if w := b.Count(); w.Ratings > 0 || w.Unsaved == "" {
			t.Errorf("a snapshot that is damaged in place %d is gone on from: %+v", k, w)
		}
		b.journal.Close()
	}
	other := t.TempDir()
	b, rb := looking(t, other)
	b.hear(t, rb, lines[1000:4000])
	b.journal.Close()
	if err := os.WriteFile(filepath.Join(other, SnapshotFile), whole, 0o666); err != nil {
		t.Fatal(err)
	}
	if b, _ = looking(t, other); b.Count().Ratings > 0 || !strings.Contains(b.Count().Unsaved, "of another journal") {
		t.Errorf("another journal's snapshot is gone on from: %+v", b.Count())
	}
}

// A snapshot that is written while alerts look on is as of when it was taken, also where ratings are let go
// meanwhile.
func TestSnapshotBeside(t *testing.T) {
	_, lines := attacked(t, 1)
	dir := t.TempDir()
	a, r := looking(t, dir)
	a.engine.most = 2500
	a.hear(t, r, lines[:2400])
	want := a.Count().Ratings
	x, err := a.snapshot()
	if err != nil {
		t.Fatal(err)
	}
	a.hear(t, r, lines[2400:])
	if a.Count().Evicted == 0 {
		t.Fatal("none was let go")
	}
	if err := x.write(dir); err != nil {
		t.Fatal(err)
	}
	a.journal.Close()
	b, rb := looking(t, dir)
	b.engine.most = 2500
	if w := b.Count(); w.Ratings != want || w.Unsaved != "" {
		t.Fatalf("%+v, not %d ratings", w, want)
	}
	if err := b.read(t.Context(), rb); err != nil {
		t.Fatal(err)
	}
	e, f := a.engine, b.engine
	if !slices.Equal(e.free, f.free) || !slices.Equal(e.camp, f.camp) || !slices.Equal(e.told, f.told) ||
		!maps.Equal(e.pairs.all(), f.pairs.all()) || e.count != f.count || a.Count() != b.Count() {
		t.Errorf("%+v and %+v", a.Count(), b.Count())
	}
	b.saveBeside()
	<-b.saving.ended
	b.savedAt = b.savedAt.Add(-time.Hour) // nothing came for so long
	if b.saves(true); b.fresh() != 0 || b.Count().Unsaved != "" {
		t.Errorf("%d are not in what was written beside: %+v", b.fresh(), b.Count())
	}
	if b.saveTook >= time.Hour {
		t.Errorf("writing took %v, where nothing came until it was taken note of", b.saveTook)
	}
}

func (m *meetings) all() map[uint64]pair {
	all := map[uint64]pair{}
	for _, x := range m.slots {
		if x.key != 0 {
			all[x.key] = x.pair
		}
	}
	return all
}

// Of more pairs than may be held, those stay who met again, and who met lately; all of it follows from
// the meetings alone, and their places do not matter.
func TestMeetings(t *testing.T) {
	m, want := newMeetings(2000), map[uint64]pair{}
	for k := range uint64(40_000) {
		m.meet(k, 1)
		if k%100 == 0 { // these come again and again
			m.meet(7, .5)
		}
		if m.count > m.most || 4*m.count > 3*len(m.slots) {
			t.Fatalf("%d pairs of %d, in %d places", m.count, m.most, len(m.slots))
		}
		if m.gone == 0 {
			want[k+1] = pair{1, 1, 0}
		}
	}
	all := m.all()
	if p := all[8]; p.times < 400 || len(all) != m.count || m.count+m.gone != 40_000 || m.count < m.most/2 {
		t.Errorf("%+v; %d there and %d gone", p, m.count, m.gone)
	}
	for k := uint64(39_000); k < 40_000; k++ {
		if all[k+1].times != 1 {
			t.Errorf("%d, of the last, is %+v", k, all[k+1])
		}
	}
	if len(want) < m.most {
		t.Errorf("%d pairs were let go when there were %d", m.gone, len(want))
	}
}
