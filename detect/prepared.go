package detect

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/ringwatch/ringwatch/detect/internal/null"
	"github.com/ringwatch/ringwatch/detect/internal/search"
	"github.com/ringwatch/ringwatch/rating"
)

// A Room makes a column of bytes, all zero, for what is as long as the ratings. It
// is asked for a name once.
type Room = null.Room

// A Shape is what a Prepared needs beside its columns and its model, to be opened.
type Shape = null.Shape

// Prepare lays ratings out in a room and fits the null. Votes play no part in it.
func Prepare(ctx context.Context, in Input, room Room) (*Prepared, error) {
	report := in.reporter()
	report("laying the ratings out", 0, 3)
	a, err := null.LayOut(in.Ratings, room)
	if err != nil {
		return nil, err
	}
	report("laying the ratings out", 1, 3)
	p := &Prepared{acts: a}
	if p.when, err = search.LayMeetings(a, room); err != nil {
		return nil, err
	}
	report("laying the ratings out", 2, 3)
	p.model = null.NewModel(a)
	if err := p.model.FitTilt(ctx, a); err != nil {
		return nil, err
	}
	report("laying the ratings out", 3, 3)
	return p, nil
}

// Scratch has Run keep what is as long as the ratings and needed for a while in columns
// without a name of a room, not in memory.
func (p *Prepared) Scratch(room Room) { p.acts.Room = room }

// Index has ratings use the indices that are laid out, in place of their own in memory.
// They must be those that were laid out, and may not be in use by others yet.
func (p *Prepared) Index(ratings *rating.Table) { ratings.Indexed(p.acts.Indices()) }

// OpenPrepared returns what Prepare made, of its columns and what WriteModel wrote.
func OpenPrepared(s Shape, column func(name string) ([]byte, error), model io.Reader) (*Prepared, error) {
	p := &Prepared{}
	var err error
	if p.acts, err = null.OpenActs(s, column); err != nil {
		return nil, err
	}
	if p.when, err = search.OpenMeetings(p.acts, column); err != nil {
		return nil, err
	}
	if p.model, err = null.ReadModel(model, column); err != nil {
		return nil, fmt.Errorf("the null cannot be read: %w", err)
	}
	if p.model.Bins != p.acts.Bins || len(p.model.Tilt) != p.acts.Raters {
		return nil, errors.New("the null is of other ratings")
	}
	return p, nil
}

// Shape returns what OpenPrepared needs.
func (p *Prepared) Shape() Shape { return p.acts.Shape() }

// WriteModel writes the fitted null.
func (p *Prepared) WriteModel(w io.Writer) error { return p.model.Write(w) }

// Blocks cuts the search for pairs into at most n blocks of about as much work: the
// rater behind the last of each.
func (p *Prepared) Blocks(n int) []int { return search.Blocks(p.acts, max(1, n)) }

// A BlockID says which plan a block is of.
type BlockID = search.BlockID

// Block searches for the pairs of raters from lo to hi with those of higher
// numbers, and returns what it found as bytes that say whose they are. They depend
// on nothing else. Memory is 8 bytes a rater. It returns ctx's error when stopped.
func (p *Prepared) Block(ctx context.Context, id BlockID, lo, hi int, progress func(done, total int)) ([]byte, error) {
	found, err := p.when.Pairs(ctx, p.acts, p.model, search.HotNeighbors, lo, hi, progress)
	if err != nil {
		return nil, err
	}
	return found.Encode(id, lo, hi), nil
}

// CheckBlock says why a block cannot be used, or nothing.
func (p *Prepared) CheckBlock(data []byte, id BlockID, lo, hi int) error {
	_, err := search.DecodePairs(data, id, lo, hi, p.acts.Raters)
	return err
}

// Join puts the blocks of all raters together, in their order; ends are as Blocks
// returned them.
func (p *Prepared) Join(id BlockID, ends []int, block func(at int) ([]byte, error)) error {
	all := search.NewPairs(p.acts.Raters, search.HotNeighbors)
	lo := 0
	for at, hi := range ends {
		data, err := block(at)
		if err != nil {
			return err
		}
		found, err := search.DecodePairs(data, id, lo, hi, p.acts.Raters)
		if err != nil {
			return fmt.Errorf("block %d: %w", at, err)
		}
		all.Add(found)
		lo = hi
	}
	p.pairs = all
	return nil
}
