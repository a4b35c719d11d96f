package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/ringwatch/ringwatch/fleet"
	"github.com/ringwatch/ringwatch/output"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring"
)

// A tight place keeps what is as large as the ratings in files, mapped, while a
// command keeps within --memory. A nil one is memory.
type tight struct {
	budget  *fleet.Budget
	place   *output.Place
	ratings *rating.ColumnFile
	scratch *scoring.Scratch
	made    *fleet.Scratch
}

// tightRoom is a place for ratings that are made, if --memory is told.
func (t *terminal) tightRoom(c *cli.Context) (*tight, error) {
	budget, err := memoryOf(c)
	if budget == nil {
		return nil, err
	}
	in := &tight{budget: budget}
	if in.place, err = t.temporary("scratch"); err == nil {
		in.made, err = fleet.ScratchIn(in.place.Path, budget)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("--memory: %w", err), in.close())
	}
	return in, nil
}

// room makes columns of a tightRoom; nil is memory.
func (in *tight) room() func(name string, bytes int) ([]byte, error) {
	if in == nil {
		return nil
	}
	return in.made.Make
}

// tighten moves ratings out of memory, if --memory is told.
func (t *terminal) tighten(c *cli.Context, ratings *rating.Table) (*rating.Table, *tight, error) {
	budget, err := memoryOf(c)
	if budget == nil {
		return ratings, nil, err
	}
	in := &tight{budget: budget}
	if in.place, err = t.temporary("scratch"); err != nil {
		return nil, nil, errors.Join(err, in.close())
	}
	if !ratings.Mapped() {
		if ratings, err = in.move(c, ratings); err != nil {
			return nil, nil, errors.Join(fmt.Errorf("--memory: %w", err), in.close())
		}
	}
	in.scratch = scoring.NewScratch(in.place.Path)
	budget.Hold(ratings, in.scratch)
	ratings.IndexIn(in.scratch.Numbers)
	return ratings, in, nil
}

// move writes ratings to a file and maps it.
func (in *tight) move(c *cli.Context, ratings *rating.Table) (*rating.Table, error) {
	path := filepath.Join(in.place.Path, "ratings.columns")
	f, err := output.ClaimFile(path)
	if err == nil {
		err = errors.Join(f.Write(c.Context, func(w io.Writer) error { return rating.WriteColumns(w, ratings) }),
			f.Close())
	}
	if err == nil {
		in.ratings, err = rating.OpenColumns(path)
	}
	if err != nil {
		return nil, err
	}
	os.Remove(path) // the mapping keeps it
	in.budget.Hold(in.ratings)
	moved := in.ratings.Table.Prefix(ratings.Len())
	moved.Notes, moved.Origin = ratings.Notes, ratings.Origin // what column files do not hold
	return moved, nil
}

// say tells if it was not enough.
func (in *tight) say(t *terminal, told string) {
	if in != nil && in.budget.Exceeded() {
		t.note(fmt.Sprintf("the work took %s of memory at most, more than --memory %s", inGB(in.budget.Most()), told))
	}
}

// close takes the files away; what is mapped must not be used any more.
func (in *tight) close() (err error) {
	if in == nil {
		return nil
	}
	in.budget.Close()
	if in.scratch != nil {
		err = in.scratch.Close()
	}
	err = errors.Join(err, in.made.Close())
	if in.ratings != nil {
		err = errors.Join(err, in.ratings.Close())
	}
	if in.place != nil {
		err = errors.Join(err, in.place.Close())
	}
	return err
}
