package scoring

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/ringwatch/ringwatch/rating"
)

// A room is the folder that a program runs in, and how much it may take there. A program
// may write without an end, and a disk has one.
type room struct {
	folder string
	items  string // a path
	of     int    // items that are scored
	most   struct{ items, beside int64 }
}

const (
	roomBeside  = 64 << 20 // of anything else, and so many times what the ratings take:
	roomTimes   = 16       // a program may write them in forms of its own
	roomOfEntry = 4 << 10  // of a file or a folder, however small it is
	roomPause   = 20 * time.Millisecond
)

func newRoom(folder, items string, t *rating.Table) *room {
	r := &room{folder: folder, items: items, of: t.Items.Len()}
	const row = 200 // bytes beside the item's name, twice if it is all quotes
	r.most.items = 1 << 20
	for k := range int32(t.Items.Len()) {
		r.most.items += int64(2*len(t.Items.Name(k)) + row)
	}
	_, ratings := r.taken()
	r.most.beside = roomBeside + (1+roomTimes)*ratings
	return r
}

// taken returns the bytes of items and of all else that is there.
func (r *room) taken() (items, beside int64) {
	filepath.WalkDir(r.folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil || path == r.folder {
			return nil // it may go while it is looked at
		}
		info, err := e.Info()
		switch {
		case err != nil:
		case path == r.items:
			items = info.Size()
		default:
			beside += roomOfEntry
			if info.Mode().IsRegular() {
				beside += info.Size()
			}
		}
		if beside > r.most.beside && r.most.beside > 0 {
			return fs.SkipAll
		}
		return nil
	})
	return items, beside
}

// exceeded says what has become too large; nil where nothing has.
func (r *room) exceeded() error {
	items, beside := r.taken()
	switch {
	case items > r.most.items:
		return r.tooLong(items)
	case beside > r.most.beside:
		return fmt.Errorf("it has written more than %d MB beside items.csv into the folder that it was given; "+
			"write what is so large elsewhere", r.most.beside>>20)
	}
	return nil
}

func (r *room) tooLong(size int64) error {
	return fmt.Errorf("items.csv has %d MB, where %d items take no more than %d; write a row for each item",
		size>>20, r.of, r.most.items>>20)
}

// watch ends a program as soon as it has taken more than it may.
func (r *room) watch(ctx context.Context, end context.CancelCauseFunc) {
	pause := time.NewTimer(roomPause)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
		begun := time.Now()
		if err := r.exceeded(); err != nil {
			end(err)
			return
		}
		pause.Reset(max(roomPause, 20*time.Since(begun))) // where there is much to look at
	}
}
