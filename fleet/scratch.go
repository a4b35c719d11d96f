package fleet

import (
	"os"

	"github.com/ringwatch/ringwatch/internal/mapped"
)

// A Scratch is room for ratings while they are read, see rating.ReadOptions.Room: files
// without a name in the folder of a plan that is to be made, which a Budget lets go of
// where memory is short. A nil one is memory.
type Scratch struct {
	*mapped.Scratch
	dir    string
	made   bool // the folder was not there before
	budget *Budget
}

// ScratchIn returns room in a folder, which it makes if it is not there.
func ScratchIn(dir string, budget *Budget) (*Scratch, error) {
	_, missing := os.Stat(dir)
	if err := makeFolder(dir); err != nil {
		return nil, err
	}
	s := &Scratch{mapped.NewScratch(dir), dir, missing != nil, budget}
	budget.Hold(s.Scratch)
	return s, nil
}

// Make makes a column of zeros. It is what rating.ReadOptions.Room asks for.
func (s *Scratch) Make(_ string, bytes int) ([]byte, error) {
	return mapped.Room[byte](s.Scratch, bytes)
}

// Close ends the mappings: no Table that was read into them may be used any more. A
// folder that was made for them and holds nothing is taken away.
func (s *Scratch) Close() error {
	if s == nil {
		return nil
	}
	s.budget.Drop(s.Scratch)
	if s.made {
		os.Remove(s.dir) // fails where a plan is in it
	}
	return s.Scratch.Close()
}
