package search

import (
	"fmt"
	"testing"
)

func TestPeel(t *testing.T) {
	m := &matrix{column: make([][]cell, 6)}
	// Four raters on three items that surprise, and company that does not.
	for u := range int32(8) {
		var row []cell
		for c := range 6 {
			switch {
			case u < 4 && c < 3:
				row = append(row, cell{c, 5})
			case (int(u)+c)%3 == 0:
				row = append(row, cell{c, .5})
			}
		}
		for _, x := range row {
			m.column[x.at] = append(m.column[x.at], cell{int(u), x.w})
		}
		m.rater, m.row = append(m.rater, u), append(m.row, row)
	}
	b := m.peel(1, 1)
	want := 4*3*5 - 4.*3*0.35667494 - 7
	if fmt.Sprint(b.raters) != "[0 1 2 3]" || b.score < want-1e-6 || b.score > want+1e-6 {
		t.Errorf("block %v worth %v, want %v", b.raters, b.score, want)
	}
}
