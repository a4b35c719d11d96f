package simulate

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringwatch/ringwatch/rating"
)

// TestRoom: in a room a world is the same, with its brigades, and so is its canonical table;
// nothing that is as long as the ratings is left in memory, and the room's errors come up.
func TestRoom(t *testing.T) {
	o := NewOrganic()
	o.Raters, o.Items, o.Ratings = 600, 300, 9000
	columns := func(w *World, err error) [][]int32 {
		t.Helper()
		if err == nil {
			err = NewBurst().Inject(Stream(3, "burst"), w)
		}
		if err != nil {
			t.Fatal(err)
		}
		return [][]int32{w.Ratings.Rater, w.Ratings.Item, w.Ratings.Time}
	}
	inMemory, err := o.Generate(t.Context(), 3)
	want := columns(inMemory, err)
	asked, most := 0, 1<<30
	full := errors.New("the disk is full")
	room := func(_ string, bytes int) ([]byte, error) {
		if asked += bytes; asked > most {
			return nil, full
		}
		return make([]byte, bytes), nil
	}
	w, err := o.GenerateIn(t.Context(), 3, room)
	got := columns(w, err)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("another world (-memory +room):\n%.2000s", d)
	}
	if asked < 16*len(got[0]) {
		t.Errorf("%d bytes of the room for %d ratings", asked, len(got[0]))
	}
	asked = 0
	canonical, err := w.Ratings.CanonicalIn(room)
	if err != nil {
		t.Fatal(err)
	}
	same := func(t *rating.Table) []any {
		return []any{t.Rater, t.Item, t.Value, t.Time, t.Raters.Len(), t.Items.Len()}
	}
	if d := cmp.Diff(same(inMemory.Ratings.Canonical()), same(canonical)); d != "" || asked < 16*canonical.Len() {
		t.Errorf("%d bytes of the room; another table (-memory +room):\n%.2000s", asked, d)
	}
	for _, most = range []int{0, 100_000} {
		asked = 0
		_, err1 := o.GenerateIn(t.Context(), 3, room)
		asked = 0
		_, err2 := w.Ratings.CanonicalIn(room)
		if !errors.Is(err1, full) || most == 0 && !errors.Is(err2, full) {
			t.Errorf("with %d bytes of room: %v, %v", most, err1, err2)
		}
	}
}
