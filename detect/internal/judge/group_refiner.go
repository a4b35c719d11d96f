package judge

import (
	"slices"

	"github.com/ringwatch/ringwatch/detect/internal/null"
)

// A Refiner grows groups from seeds. It is the scratch space of one goroutine: a
// value for each step is lent by it, one at a time.
type Refiner struct {
	scratch reading
	lent    bool      // scratch is a reading
	cut     [][]int32 // groups that are being refined in parts
	// takesTurns: the seed may be of those who do so few of the targets each that none
	// stands out.
	takesTurns bool
	turns      int32 // of the seed that is refined: see Group
	usual      usual // what innocent explanations are held against
}

// NewRefiner returns scratch space, of some 14 bytes a rater or item.
func NewRefiner(a *null.Acts, n *null.Model, b *Votes) *Refiner {
	f := &Refiner{}
	f.scratch = reading{Acts: a, null: n, votes: b, usual: &f.usual, state: make([]uint8, a.Raters),
		slot:  make([]int32, a.Items),
		count: make([]int32, max(a.Raters, a.Items)), crowd: newCrowd(a), total: make([]float64, n.Bins),
		x: make([]float64, n.Bins), padded: make([]float64, 3*n.Bins)}
	for range n.Half {
		f.scratch.per = append(f.scratch.per, make([]float64, n.Bins))
	}
	return f
}

// lend lends the scratch space for a reading of raters, of whom nothing but that
// they are left out is known. Absentees count as not there.
func (f *Refiner) lend(raters, absentees []int32) *reading {
	if f.lent {
		panic("two readings from one refiner at a time")
	}
	f.lent = true
	r := &f.scratch
	r.raters, r.absentees = raters, absentees
	r.mark(raters, inside)
	r.mark(absentees, absent)
	return r
}

// read reads raters against their background.
func (f *Refiner) read(raters []int32) *reading { return f.readBeside(raters, nil) }

// readBeside is read with absentees.
func (f *Refiner) readBeside(raters, absentees []int32) *reading {
	r := f.lend(raters, absentees)
	r.tabulate()
	r.leaveOut(slices.Concat(raters, absentees))
	return r
}

// close gives the scratch space back as it was.
func (f *Refiner) close(r *reading) {
	r.mark(r.raters, outside)
	r.mark(r.absentees, outside)
	for at := range r.targets {
		r.slot[r.targets[at].item] = 0
	}
	if r.jury != nil {
		r.jury.forget()
	}
	r.raters, r.absentees, r.targets, r.gone, r.jury, f.lent = nil, nil, nil, nil, nil, false
}
