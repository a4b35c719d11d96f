package live

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"
)

const (
	mostRows  = 5000                  // of what is put on the disk at once
	mostBytes = mostBlock / 2         // the same
	patience  = 20 * time.Millisecond // and how long the first of them waits
)

// A Recorder puts what sources say into a journal, many at a time.
type Recorder struct {
	journal *Journal
	in      chan said
	gone    chan struct{}
	// Trouble is told of an error of the disk, again and again while it lasts, and
	trouble func(error)
	heard   func([]Said)
	ill     atomic.Pointer[error]
}

// Trouble is why the journal cannot be written to, or nil.
func (r *Recorder) Trouble() error {
	if err := r.ill.Load(); err != nil {
		return *err
	}
	return nil
}

// A said goes into one block.
type said struct {
	all  []Said
	rows int
	size int
	done chan error
}

// NewRecorder starts a recorder, which ends with ctx. trouble is told when the disk
// takes nothing more, say as it is full, and with nil when it does again; heard,
// what is on the disk now. Both are called from one goroutine, and heard must be
// quick.
func NewRecorder(ctx context.Context, j *Journal, trouble func(error), heard func([]Said)) *Recorder {
	r := &Recorder{journal: j, in: make(chan said), gone: make(chan struct{}), trouble: trouble, heard: heard}
	go r.run(ctx)
	return r
}

// Record returns when what a source said is on the disk, or ctx ended.
func (r *Recorder) Record(ctx context.Context, source string, data []byte) error {
	return r.record(ctx, []Said{{source, data}})
}

// record returns when all of it is on the disk, in one block.
func (r *Recorder) record(ctx context.Context, all []Said) error {
	done, err := r.send(ctx, all)
	if err != nil {
		return err
	}
	return r.wait(ctx, done)
}

// send hands over what sources said, which is not to be changed any more. It goes
// into one block.
func (r *Recorder) send(ctx context.Context, all []Said) (done chan error, err error) {
	s := said{all: all, done: make(chan error, 1)}
	for _, x := range all {
		if err := x.check(); err != nil {
			return nil, err
		}
		s.rows += bytes.Count(x.Data, []byte{'\n'})
		s.size += len(x.Data)
	}
	select {
	case r.in <- s:
		return s.done, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-r.gone:
		return nil, context.Canceled
	}
}

func (r *Recorder) wait(ctx context.Context, done chan error) error {
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-r.gone:
	}
	select {
	case err := <-done: // it was the last that was done
		return err
	default:
		return context.Canceled
	}
}

// Wait returns once the recorder, whose context has ended, did.
func (r *Recorder) Wait() { <-r.gone }

func (r *Recorder) run(ctx context.Context) {
	defer close(r.gone)
	for {
		var batch []said
		var late <-chan time.Time
		for rows, size := 0, 0; rows < mostRows && size < mostBytes; {
			select {
			case s := <-r.in:
				if late == nil {
					late = time.After(patience)
				}
				batch, rows, size = append(batch, s), rows+s.rows, size+s.size
				continue
			case <-late:
			case <-ctx.Done():
				if len(batch) == 0 {
					return
				}
			}
			break
		}
		r.commit(ctx, batch)
	}
}

// commit writes a batch, and tries again as long as it cannot.
func (r *Recorder) commit(ctx context.Context, batch []said) {
	var all []Said
	for _, s := range batch {
		all = append(all, s.all...)
	}
	err := r.journal.Append(all)
	for wait := 100 * time.Millisecond; err != nil && ctx.Err() == nil; wait = min(2*wait, 5*time.Second) {
		if failed := err; r.ill.Swap(&failed) == nil {
			r.trouble(err)
		}
		select {
		case <-time.After(wait):
			err = r.journal.Append(all)
		case <-ctx.Done():
		}
	}
	if err == nil && r.ill.Swap(nil) != nil {
		r.trouble(nil)
	}
	for _, s := range batch {
		s.done <- err
	}
	if err == nil {
		r.heard(all)
	}
}

// errChanged tells that a source is not what the journal has of it.
var errChanged = errors.New("does not begin as it did; name another --state for what is new")

// errShorter tells that a source has less than the journal has of it.
var errShorter = errors.New("became shorter than what was read of it before; put back what is missing, " +
	"or name another --state for what is new")

// Follow records a source to its end. What the journal has of it already is not
// recorded again: a source that begins as what is there does, is the same source
// from its beginning. One that differs, or ends before, is an error, unless it goes on, as a pipe
// does: then all of it is new.
func (r *Recorder) Follow(ctx context.Context, name string, from io.Reader, goesOn bool) error {
	known, most := r.journal.Read(name, 0), r.journal.Length(name)
	chunk, same := make([]byte, 1<<18), make([]byte, 1<<18)
	for at := int64(0); at < most; {
		n, err := from.Read(chunk[:min(int64(len(chunk)), most-at)])
		if _, kErr := io.ReadFull(known, same[:n]); kErr != nil {
			return fmt.Errorf("reading the journal: %w", kErr)
		}
		if !bytes.Equal(chunk[:n], same[:n]) {
			if !goesOn {
				return fmt.Errorf("%s %w", name, errChanged)
			}
			from = io.MultiReader(io.LimitReader(r.journal.Read(name, 0), at),
				bytes.NewReader(bytes.Clone(chunk[:n])), from)
			break
		}
		switch at += int64(n); {
		case err == io.EOF && at < most && !goesOn:
			return fmt.Errorf("%s %w", name, errShorter)
		case err == io.EOF:
			return nil
		case err != nil:
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return r.lines(ctx, name, from)
}

// lines records whole lines, as they come, and at last what has no end.
func (r *Recorder) lines(ctx context.Context, name string, from io.Reader) error {
	var rest []byte
	var last chan error
	chunk := make([]byte, 1<<18)
	for {
		n, failed := from.Read(chunk)
		rest = append(rest, chunk[:n]...)
		end := bytes.LastIndexByte(rest, '\n') + 1
		if failed == io.EOF {
			end = len(rest)
		}
		if end > 0 {
			var err error
			if last, err = r.send(ctx, []Said{{name, rest[:end:end]}}); err != nil {
				return err
			}
			rest = bytes.Clone(rest[end:])
		}
		switch {
		case failed == io.EOF && last == nil:
			return nil
		case failed == io.EOF:
			return r.wait(ctx, last) // all before it are done too
		case failed != nil:
			return fmt.Errorf("%s: %w", name, failed)
		case len(rest) > mostSaid-len(chunk):
			return fmt.Errorf("%s: a line has more than %d MB", name, (mostSaid-len(chunk))/1e6)
		}
	}
}
