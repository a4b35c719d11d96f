package fleet

import (
	"testing"

	"github.com/ringwatch/ringwatch/internal/mapped"
)

// counted tells how often each of its pieces was let go of.
type counted struct{ times []int }

func (c *counted) Release(from, bytes int) (more bool) {
	c.times[from/bytes]++
	return from/bytes+1 < len(c.times)
}

// TestInTurn: with room after the first piece, no more is let go of, and the next time the next
// is; where there is none whatever goes, all are, once, but for that where it began.
func TestInTurn(t *testing.T) {
	one, two := &counted{make([]int, 2)}, &counted{make([]int, 1)}
	b := &Budget{bytes: 1 << 50}
	b.Hold(one, two)
	for range 4 {
		b.release()
	}
	if one.times[0] != 2 || one.times[1] != 1 || two.times[0] != 1 {
		t.Errorf("let go of %v and %v times", one.times, two.times)
	}
	b.Drop(two)
	b.release()
	b.release()
	if one.times[0] != 3 || one.times[1] != 2 || two.times[0] != 1 {
		t.Errorf("then, without the second, %v and %v times", one.times, two.times)
	}
	if resident() == 0 {
		t.Skip("this system does not tell what memory is taken")
	}
	b = &Budget{bytes: 1}
	b.Hold(one, two)
	clear(one.times)
	clear(two.times)
	b.release()
	if one.times[0] == 0 || one.times[1] == 0 || two.times[0] == 0 || one.times[0]+one.times[1]+two.times[0] > 5 {
		t.Errorf("without room %v and %v times", one.times, two.times)
	}
}

// TestPieces: a large column is let go of in pieces, and all that is held in one round.
func TestPieces(t *testing.T) {
	if resident() == 0 {
		t.Skip("this system does not tell what memory is taken")
	}
	s, err := mapped.Create(t.TempDir())
	if err != nil {
		t.Skip(err)
	}
	defer s.Close()
	const size = 64 << 20
	for _, name := range []string{"a", "b", ""} {
		column, err := s.Make(name, size)
		if err != nil {
			t.Fatal(err)
		}
		for at := 0; at < size; at += 4096 {
			column[at] = 1
		}
	}
	before := resident()
	b := &Budget{bytes: int64(float64(before-8<<20) / (1 - freeShare - goes))} // to 8 MB less
	b.Hold(s)
	b.release()
	after := resident()
	if gone := before - after; gone < 1<<20 || gone > 32<<20 {
		t.Errorf("%d MB were let go of, of some 8", gone>>20)
	}
	b.bytes = 1
	b.release()
	if left := resident() - (before - 3*size); left > 16<<20 {
		t.Errorf("%d MB are left", left>>20)
	}
}
