package workers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// recovered returns what f panics with.
func recovered(t *testing.T, f func()) (cause any) {
	t.Helper()
	done := make(chan any)
	go func() {
		defer func() { done <- recover() }()
		f()
	}()
	select {
	case cause = <-done:
	case <-time.After(20 * time.Second):
		t.Fatal("it hangs")
	}
	return cause
}

func TestAPanicComesUpInTheCaller(t *testing.T) {
	ways := map[string]func(){
		"crew": func() {
			var c Crew
			c.Go(func() { panic("worker") })
			c.Wait()
		},
		"ranges": func() {
			Ranges(context.Background(), 1000, 3, func() func(lo, hi int) {
				return func(lo, hi int) {
					if lo > 50 {
						panic("worker")
					}
				}
			})
		},
		"before the first range": func() {
			Ranges(context.Background(), 1000, 3, func() func(lo, hi int) { panic("worker") })
		},
		"ahead": func() {
			Ahead(context.Background(), 100, 8, func(int) bool { return true }, func(i int) int { panic("worker") },
				func(int, int) {})
		},
		"one of many ahead": func() {
			Ahead(context.Background(), 100, 8, func(int) bool { return true }, func(i int) int {
				if i == 40 {
					panic("worker")
				}
				return i
			}, func(int, int) {})
		},
		"a crew within": func() {
			Ranges(context.Background(), 10, 1, func() func(lo, hi int) {
				return func(lo, hi int) {
					var c Crew
					c.Go(func() { panic("worker") })
					c.Wait()
				}
			})
		},
	}
	for name, way := range ways {
		p, ok := recovered(t, way).(*Panic)
		if !ok || p.Cause != "worker" || !strings.Contains(p.Where, "workers.TestAPanic") {
			t.Errorf("%s: recovered %v", name, p)
		}
	}
}

func TestBlocksCoverAll(t *testing.T) {
	for _, n := range []int{0, 1, 63, 64, 65, 1000} {
		seen := make([]int, n)
		if err := Ranges(context.Background(), n, 64, func() func(lo, hi int) {
			return func(lo, hi int) {
				for i := lo; i < hi; i++ {
					seen[i]++
				}
			}
		}); err != nil {
			t.Fatal(err)
		}
		if slices.ContainsFunc(seen, func(n int) bool { return n != 1 }) {
			t.Errorf("%d: %v", n, seen)
		}
	}
}

// TestAheadSettlesInOrder: what wanted knows does not depend on who was quick.
func TestAheadSettlesInOrder(t *testing.T) {
	const n, ahead = 200, 8
	var settled []int
	err := Ahead(context.Background(), n, ahead, func(i int) bool {
		want := max(0, i-ahead+1)
		if known := len(settled) + (want+4)/5; known != want { // a fifth is not wanted
			panic(fmt.Sprintf("at %d, %d are settled", i, len(settled)))
		}
		return i%5 != 0
	}, func(i int) int { return i * i }, func(i, square int) {
		if square != i*i {
			t.Errorf("%d gave %d", i, square)
		}
		settled = append(settled, i)
	})
	if err != nil || len(settled) != n*4/5 || !slices.IsSorted(settled) {
		t.Errorf("%d settled, %v", len(settled), err)
	}
}

func TestStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	err := Ahead(ctx, 1000, 8, func(int) bool { return true }, func(i int) int {
		if i == 20 {
			cancel()
		}
		return i
	}, func(i, _ int) {
		if i > 40 {
			t.Errorf("%d was settled long after the end", i)
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("it says %v", err)
	}
}
