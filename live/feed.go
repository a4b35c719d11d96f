package live

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/ringwatch/ringwatch/internal/workers"
	"github.com/ringwatch/ringwatch/output"
)

// A Feed takes ratings from a program that reads them from a broker, such as
// ringwatch-broker, and tells it what is on the disk.
//
// The program is told on its input how far the journal is, a Position a line, then an
// empty line. It then writes frames: a Frame as a line of JSON, and as many bytes of
// JSON lines as that says. Each is recorded in one block with the position behind it,
// and then acknowledged by a line of that Position. So what was recorded is known in
// spite of any kill, and the broker is told of no message that is not on the disk.
//
// A line that a batch run could not read is not recorded as a rating. It is kept in
// the state's refused.jsonl, told, and passed over, as a broker would send it forever.
type Feed struct {
	Recorder *Recorder
	Door     *Door
	Note     func(string) // told of what was refused, the first of them and then rarely

	refused atomic.Int64
	file    *os.File
}

// A Frame stands before ratings from a broker: the messages of From from First on and before Next.
// Where there are Next-First lines, each is a message.
type Frame struct {
	From   string `json:"from,omitempty"`
	First  int64  `json:"first"`
	Next   int64  `json:"next"`
	Bytes  int    `json:"bytes"`
	Failed string `json:"failed,omitempty"` // alone: why there is no more
}

// RefusedFile has what a broker sent and nobody could read, one a line.
const RefusedFile = "refused.jsonl"

// mostFrame leaves room in a block for what was learned from the first of them.
const mostFrame = mostSaid / 2

// Refused is how many lines were passed over since the start.
func (f *Feed) Refused() int64 { return f.refused.Load() }

// Run records frames until they end, or ctx does. The program is told through tell, which it closes.
func (f *Feed) Run(ctx context.Context, frames io.Reader, tell io.WriteCloser) (err error) {
	defer func() {
		if f.file != nil {
			err = errors.Join(err, f.file.Close())
		}
	}()
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	next := map[string]int64{}
	var known []byte
	for _, p := range f.Recorder.journal.Positions() {
		next[p.From] = p.Next
		known = append(known, line(p)...)
	}
	acks := make(chan ack, 64) // frames that are on their way to the disk at once
	var work workers.Crew
	work.Go(func() {
		defer tell.Close()
		if err := f.acknowledge(ctx, tell, append(known, '\n'), acks); err != nil {
			end(err)
		}
	})
	err = f.take(ctx, frames, next, acks)
	close(acks)
	work.Wait()
	if cause := context.Cause(ctx); cause != nil { // what is cut short then, is so for that
		return cause
	}
	return err
}

// An ack is to be told once it is done.
type ack struct {
	Position
	done chan error
}

// acknowledge tells the program of what is on the disk, in the order of frames.
func (f *Feed) acknowledge(ctx context.Context, tell io.Writer, first []byte, acks <-chan ack) error {
	_, broken := tell.Write(first)
	for a := range acks {
		if err := f.Recorder.wait(ctx, a.done); err != nil {
			return err
		}
		if broken == nil { // who does not listen any more has ended, and says why elsewhere
			_, broken = tell.Write(line(a.Position))
		}
	}
	return nil
}

func line(p Position) []byte {
	b, err := json.Marshal(p)
	if err != nil { // text and a number
		panic(err)
	}
	return append(b, '\n')
}

// take reads frames and sends them to be recorded.
func (f *Feed) take(ctx context.Context, from io.Reader, next map[string]int64, acks chan<- ack) error {
	in := bufio.NewReaderSize(from, 1<<20)
	for {
		x, data, err := frame(in)
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case x.Failed != "":
			return errors.New(x.Failed)
		case x.Next <= x.First || x.First < next[x.From]:
			return fmt.Errorf("the program that reads from the broker told of messages %d to %d of %s, "+
				"where %d comes next",
				x.First, x.Next-1, x.From, next[x.From])
		}
		next[x.From] = x.Next
		say, err := f.check(x, data)
		if err != nil {
			return err
		}
		p := Position{x.From, x.Next}
		done, err := f.Recorder.send(ctx, append(say, Said{positionSource, line(p)}))
		if err != nil {
			return err
		}
		select {
		case acks <- ack{p, done}:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// frame reads a frame.
func frame(in *bufio.Reader) (x Frame, data []byte, err error) {
	head, err := in.ReadSlice('\n')
	if err == io.EOF && len(head) == 0 {
		return x, nil, io.EOF
	}
	if err == nil {
		err = json.Unmarshal(head, &x)
	}
	if err == nil && (x.Bytes < 0 || x.Bytes > mostFrame || len(x.From) > mostName) {
		err = fmt.Errorf("a frame of %d bytes", x.Bytes)
	}
	if err == nil {
		data = make([]byte, x.Bytes)
		_, err = io.ReadFull(in, data)
	}
	if err != nil {
		return x, nil, fmt.Errorf("what the program that reads from the broker wrote is cut short or no frame: %w", err)
	}
	return x, data, nil
}

// check returns what is to be recorded of a frame. What cannot be read is kept aside.
func (f *Feed) check(x Frame, data []byte) ([]Said, error) {
	if len(data) == 0 {
		return nil, nil
	}
	say, _, err := f.Door.Check(data)
	if err == nil {
		return say, nil
	}
	var out []Said
	n, each := int64(0), int64(bytes.Count(data, []byte{'\n'})) == x.Next-x.First
	var refused []byte
	for text := range bytes.Lines(data) {
		say, _, err := f.Door.Check(text)
		if err == nil {
			out = append(out, say...)
		} else {
			at := x.First
			if each {
				at += n
			}
			refused = append(refused, f.refuse(x.From, at, text, err)...)
		}
		n++
	}
	if len(refused) > 0 {
		if err := f.keep(refused); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// refuse is a line of refused.jsonl.
func (f *Feed) refuse(from string, at int64, text []byte, why error) []byte {
	const most = 1 << 16 // bytes that are kept of a line
	if n := f.refused.Add(1); n == 1 || n%1000 == 0 {
		f.Note(fmt.Sprintf("refused, the %d. since the start: %s at %d: %v; see %s", n, from, at, why, RefusedFile))
	}
	b, err := json.Marshal(map[string]any{"from": from, "at": at, "why": why.Error(), "bytes": len(text),
		"text": string(bytes.TrimSpace(text[:min(len(text), most)]))})
	if err != nil { // text and numbers
		panic(err)
	}
	return append(b, '\n')
}

// keep puts lines into the file of what was refused, on the disk.
func (f *Feed) keep(lines []byte) (err error) {
	if f.file == nil {
		path := filepath.Join(f.Recorder.journal.dir, RefusedFile)
		if err = output.Own(path); err == nil {
			f.file, err = os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
		}
		if err != nil {
			return short(path, err)
		}
	}
	if _, err = f.file.Write(lines); err == nil {
		err = f.file.Sync()
	}
	if err != nil {
		return short(f.file.Name(), err)
	}
	return nil
}
