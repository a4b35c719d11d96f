package fleet

import (
	"context"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A Budget keeps a process within so many bytes of memory, as far as that is
// possible: the garbage collector works harder near what the heap may have, and
// pages of mapped files are let go of when all is near the whole. What the work
// needs at once it takes all the same; Most tells. A nil Budget is none.
type Budget struct {
	bytes int64
	heap  int64 // what the limit of the heap was before
	most  atomic.Int64
	end   context.CancelFunc
	ended chan struct{}

	mu   sync.Mutex
	held []Releaser
	next int // of held, which are let go of in turn
	from int // of its bytes
}

// A Releaser lets go of the pages that so many of its bytes are in, from one on, and reports
// whether there are more behind. They come back where they are looked at.
type Releaser interface {
	Release(from, bytes int) (more bool)
}

const (
	heapShare = .7 // of a budget, so that mapped pages that are in use have room

	// How much of a budget is left free, so that what comes in until the next look finds room:
	// where numbers here and there are looked at by two processors that is up to 15 GB a second.
	freeShare, mostFree = .2, 400e6
	// What of a budget is let go of beyond that: what is let go of comes back, so it is little at
	// a time. Of the search in 100 million ratings with 2 GB, a sixteenth brought in pages 1.7
	// million times and took 17.5 CPU s; 2.6 million times and 19.4 CPU s where a fifth went at once.
	// Over a whole run of those it saved no processor time (docs/scale.md).
	goes   = .05
	pieces = 128 // of a budget, between two looks at the memory while it is let go of

	looks     = 10 * time.Millisecond // between two at other times
	pageOfAny = 64 << 10              // no system has larger ones, and pieces begin where they do
)

// KeepWithin keeps the process within so many bytes until it is closed; a
// GOMEMLIMIT in the environment is the user's own choice for the heap. It works on
// Linux; elsewhere the heap alone is kept.
func KeepWithin(bytes int64) *Budget {
	ctx, end := context.WithCancel(context.Background())
	b := &Budget{bytes: bytes, heap: debug.SetMemoryLimit(-1), end: end, ended: make(chan struct{})}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(int64(heapShare * float64(bytes)))
	}
	go b.watch(ctx)
	return b
}

func (b *Budget) watch(ctx context.Context) {
	defer close(b.ended)
	tick := time.NewTicker(looks)
	defer tick.Stop()
	before := int64(0)
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := resident()
		b.most.Store(max(b.most.Load(), now))
		soon := now + 2*max(0, now-before) // where it is at the look after the next, at this pace
		before = now
		if now > b.full() || soon > b.bytes {
			b.release()
		}
	}
}

// full is from where on pages are let go of.
func (b *Budget) full() int64 {
	return b.bytes - int64(min(freeShare*float64(b.bytes), mostFree))
}

// release lets go of what is held, in turn, until there is room again: what is left need not
// come back.
func (b *Budget) release() {
	b.mu.Lock()
	defer b.mu.Unlock()
	piece := (int(b.bytes)/pieces + pageOfAny) / pageOfAny * pageOfAny
	for left := len(b.held); left >= 0 && len(b.held) > 0; { // once around, from where it stands
		b.next %= len(b.held)
		if b.held[b.next].Release(b.from, piece) {
			b.from += piece
		} else {
			b.next, b.from = b.next+1, 0
			left--
		}
		if resident() < b.full()-int64(goes*float64(b.bytes)) {
			return
		}
	}
}

// Hold has what is mapped let go of where memory is short, until Drop.
func (b *Budget) Hold(r ...Releaser) {
	if b != nil {
		b.mu.Lock()
		b.held = append(b.held, r...)
		b.mu.Unlock()
	}
}

// Drop ends what Hold began.
func (b *Budget) Drop(r ...Releaser) {
	if b != nil {
		b.mu.Lock()
		b.held = slices.DeleteFunc(b.held, func(x Releaser) bool { return slices.Contains(r, x) })
		b.mu.Unlock()
	}
}

// Close ends the watch, and gives the heap the limit that it had.
func (b *Budget) Close() {
	if b != nil {
		debug.SetMemoryLimit(b.heap)
		b.end()
		<-b.ended
	}
}

// Most is what the process was seen to take, in bytes; 0 where the system does not
// tell.
func (b *Budget) Most() int64 { return b.most.Load() }

// Exceeded reports whether the process was seen to take more than its budget.
func (b *Budget) Exceeded() bool { return b.Most() > b.bytes }

// resident is the memory that the process is in now, as Linux tells it.
func resident() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	words := strings.Fields(string(text))
	if len(words) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(words[1], 10, 64)
	return pages * int64(os.Getpagesize())
}
