package fleet

import (
	"slices"
	"testing"
)

// counted tells how often it was let go of.
type counted struct{ times int }

func (c *counted) Release() { c.times++ }

// TestInTurn: with room after the first, no more is let go of, and the next time another is; where
// there is none whatever goes, all are, once.
func TestInTurn(t *testing.T) {
	all := []*counted{{}, {}, {}}
	times := func() (n []int) {
		for _, c := range all {
			n = append(n, c.times)
		}
		return n
	}
	b := &Budget{bytes: 1 << 50}
	b.Hold(all[0], all[1], all[2])
	for range 4 {
		b.release()
	}
	if !slices.Equal(times(), []int{2, 1, 1}) {
		t.Errorf("let go of %v times", times())
	}
	b.Drop(all[1])
	b.release()
	b.release()
	if got := times(); got[1] != 1 || got[0]+got[2] != 5 {
		t.Errorf("then, without the second, %v times", got)
	}
	if resident() == 0 {
		t.Skip("this system does not tell what memory is taken")
	}
	b.bytes = 1
	b.release()
	if got := times(); got[1] != 1 || got[0]+got[2] != 7 {
		t.Errorf("without room %v times", got)
	}
}
