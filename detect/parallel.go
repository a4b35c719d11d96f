package detect

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// parallel calls do for blocks of [0, n) on all processors; worker makes one do
// for each goroutine, with scratch space of its own. Which goroutine gets a
// block is chance: do must write by position only.
func parallel(ctx context.Context, n, block int, worker func() func(lo, hi int)) error {
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), (n+block-1)/block) {
		wait.Go(func() {
			do := worker()
			for ctx.Err() == nil {
				lo := int(next.Add(int64(block))) - block
				if lo >= n {
					return
				}
				do(lo, min(lo+block, n))
			}
		})
	}
	wait.Wait()
	return ctx.Err()
}
