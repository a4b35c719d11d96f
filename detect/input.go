package detect

import (
	"github.com/ringwatch/ringwatch/detect/internal/null"
	"github.com/ringwatch/ringwatch/detect/internal/search"
	"github.com/ringwatch/ringwatch/rating"
)

// Input is what Run looks at.
type Input struct {
	Ratings *rating.Table
	Seed    uint64
	// Moment is how many seconds apart those are who act together, where ratings have
	// no values. Default: 10, what hands take that a message or a script calls.
	Moment   float64
	Progress func(stage string, done, total int) // may be nil; called from one goroutine at a time
	Prepared *Prepared                           // of these ratings: what was done before; may be nil
}

// reporter returns Progress, or one that does nothing.
func (in Input) reporter() func(stage string, done, total int) {
	if in.Progress == nil {
		return func(string, int, int) {}
	}
	return in.Progress
}

// A Prepared is the first part of Run, cut so that it can be done in pieces, by
// several processes, on columns that need not fit into memory: the ratings laid
// out, the null fitted, and the search for pairs of raters in blocks. What is done
// with it in Run is the same to the bit as without.
//
// Columns are about 39 bytes a rating, made by a Room, such as one of mapped files.
type Prepared struct {
	acts  *null.Acts
	model *null.Model
	when  *search.Meetings
	pairs *search.Pairs // nil until Join
}
