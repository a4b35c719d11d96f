// Package workers does work on all processors. A panic in a worker comes up again
// in the goroutine that waits for it, so that whoever guards a program or a
// request against panics guards the workers too.
package workers

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
)

// A Panic is what a worker panicked with, and where.
type Panic struct {
	Cause any
	Where string // function and line
}

func (p *Panic) Error() string { return fmt.Sprintf("%v (%s)", p.Cause, p.Where) }

// Fault reports whether it is of mapped memory that is gone: its file was cut, or cannot
// be read any more.
func (p *Panic) Fault() bool {
	_, fault := p.Cause.(interface{ Addr() uintptr })
	return fault
}

// Caught returns a recovered panic: the one of a worker that was waited for, or what
// was raised here. It is to be called by the deferred function that recovers.
func Caught(cause any) *Panic {
	if p, ok := cause.(*Panic); ok {
		return p
	}
	p := &Panic{Cause: cause}
	pc := make([]uintptr, 32)
	frames := runtime.CallersFrames(pc[:runtime.Callers(3, pc)])
	for {
		f, more := frames.Next()
		if !strings.HasPrefix(f.Function, "runtime.") || !more {
			p.Where = fmt.Sprintf("%s, line %d", f.Function, f.Line)
			return p
		}
	}
}

// A Crew is goroutines that are waited for together. Its zero value is ready.
type Crew struct {
	wait   sync.WaitGroup
	failed atomic.Pointer[Panic]
}

// Go runs work in a goroutine.
func (c *Crew) Go(work func()) {
	c.wait.Go(func() {
		debug.SetPanicOnFault(true) // of a file that is cut while it is mapped
		defer c.guard()
		work()
	})
}

// guard keeps the first panic.
func (c *Crew) guard() {
	if cause := recover(); cause != nil {
		c.failed.CompareAndSwap(nil, Caught(cause))
	}
}

// Failed reports whether a worker has panicked, after which the others need not go on.
func (c *Crew) Failed() bool { return c.failed.Load() != nil }

// Wait waits for all, and panics with a *Panic if one of them did.
func (c *Crew) Wait() {
	c.wait.Wait()
	if p := c.failed.Load(); p != nil {
		panic(p)
	}
}

// Ranges calls do for ranges of [0, n) on all processors; worker makes one do for
// each goroutine, with scratch space of its own. Which goroutine gets a range is
// chance: do must write by position only. It returns ctx's error when stopped.
func Ranges(ctx context.Context, n, size int, worker func() func(lo, hi int)) error {
	var next atomic.Int64
	var crew Crew
	for range min(runtime.GOMAXPROCS(0), (n+size-1)/size) {
		crew.Go(func() {
			do := worker()
			for ctx.Err() == nil && !crew.Failed() {
				lo := int(next.Add(int64(size))) - size
				if lo >= n {
					return
				}
				do(lo, min(lo+size, n))
			}
		})
	}
	crew.Wait()
	return ctx.Err()
}

// Ahead does the numbers below n, up to ahead of them at a time, and settles each
// in its order: before number i is begun, all up to i-ahead are settled, on however
// many processors. So what wanted asks of the settled ones is the same on any.
// wanted and settle are called from the caller's goroutine only; settle is not
// called for numbers that are not wanted. It returns ctx's error when stopped.
func Ahead[T any](ctx context.Context, n, ahead int, wanted func(i int) bool, do func(i int) T,
	settle func(i int, done T)) error {
	type job struct {
		at  int
		out chan T // gets one, or is closed by a panic
	}
	var crew Crew
	work := make(chan job, ahead)
	for range min(runtime.GOMAXPROCS(0), ahead) {
		crew.Go(func() {
			for j := range work {
				func() {
					defer close(j.out)
					defer crew.guard() // first, so that whoever sees it closed knows
					if !crew.Failed() && ctx.Err() == nil {
						j.out <- do(j.at)
					}
				}()
			}
		})
	}
	pending := make([]chan T, ahead) // by number modulo ahead
	finish := func(i int) {
		if out := pending[i%ahead]; out != nil {
			pending[i%ahead] = nil
			if done, ok := <-out; ok {
				settle(i, done)
			}
		}
	}
	for i := 0; i < n && ctx.Err() == nil && !crew.Failed(); i++ {
		if i >= ahead {
			finish(i - ahead)
		}
		if wanted(i) {
			pending[i%ahead] = make(chan T, 1)
			work <- job{i, pending[i%ahead]}
		}
	}
	close(work)
	crew.Wait()
	if err := ctx.Err(); err != nil {
		return err
	}
	for i := max(0, n-ahead); i < n; i++ {
		finish(i)
	}
	return nil
}
