package detect

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"testing"

	"github.com/ringwatch/ringwatch/rating"
)

// TestBlocks holds the law of a run in pieces: whatever the number of blocks, their
// order and the processors, and with all that is kept written and read in between,
// the findings are those of a run in one piece, to the byte.
func TestBlocks(t *testing.T) {
	for at, name := range slices.Sorted(mapKeys(shapes)) {
		tab := shape(t, name)
		whole := run1(t, Input{Ratings: tab, Seed: 1})
		for k, n := range []int{1, 2, 7, 64} {
			if !long() && (k+at)%4 != 0 {
				continue
			}
			procs := []int{1 + n%3}
			if long() {
				procs = []int{1, 2, 3}
			}
			for _, procs := range procs {
				t.Run(fmt.Sprintf("%s/%d on %d", name, n, procs), func(t *testing.T) {
					defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
					inBlocks(t, tab, n, whole)
				})
			}
		}
	}
}

// inBlocks finds in so many blocks what one piece did.
func inBlocks(t *testing.T, tab *rating.Table, n int, whole string) {
	ctx := t.Context()
	columns := map[string][]byte{}
	made, err := Prepare(ctx, Input{Ratings: tab}, func(name string, bytes int) ([]byte, error) {
		column := make([]byte, bytes)
		if name != "" {
			columns[name] = column
		}
		return column, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var model bytes.Buffer
	if err := made.WriteModel(&model); err != nil {
		t.Fatal(err)
	}
	p, err := OpenPrepared(made.Shape(), func(name string) ([]byte, error) { return columns[name], nil }, &model)
	if err != nil {
		t.Fatal(err)
	}
	id, ends := BlockID{1}, p.Blocks(n)
	if n > 1 && len(ends) < 2 {
		t.Fatalf("there are %d blocks", len(ends))
	}
	blocks := make([][]byte, len(ends))
	for at := len(ends) - 1; at >= 0; at-- { // in an order of their own
		lo := 0
		if at > 0 {
			lo = ends[at-1]
		}
		if blocks[at], err = p.Block(ctx, id, lo, ends[at], func(int, int) {}); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Join(id, ends, func(at int) ([]byte, error) { return blocks[at], nil }); err != nil {
		t.Fatal(err)
	}
	p.Scratch(func(_ string, bytes int) ([]byte, error) { return make([]byte, bytes), nil })
	tab = tab.Prefix(tab.Len())
	p.Index(tab)
	if got := run1(t, Input{Ratings: tab, Seed: 1, Prepared: p}); got != whole {
		t.Errorf("in %d blocks it finds\n%.2000s\nin one piece\n%.2000s", len(ends), got, whole)
	}
}

func run1(t *testing.T, in Input) string {
	t.Helper()
	f, err := Run(context.Background(), in, Usual())
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestBlockIsChecked changes every byte of a block, in turn by one bit, and cuts it.
func TestBlockIsChecked(t *testing.T) {
	p, err := Prepare(context.Background(), Input{Ratings: shapes["votes and times"].Table(t)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	id, ends := BlockID{1, 2}, p.Blocks(40)
	block, err := p.Block(context.Background(), id, ends[0], ends[1], func(int, int) {})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.CheckBlock(block, id, ends[0], ends[1]); err != nil {
		t.Fatal(err)
	}
	for at := range block {
		bad := slices.Clone(block)
		bad[at] ^= 1 << (at % 8)
		if p.CheckBlock(bad, id, ends[0], ends[1]) == nil || p.CheckBlock(block[:at], id, ends[0], ends[1]) == nil {
			t.Fatalf("a block with byte %d changed, or cut there, is taken", at)
		}
	}
	if p.CheckBlock(block, BlockID{3}, ends[0], ends[1]) == nil || p.CheckBlock(block, id, 0, ends[0]) == nil {
		t.Error("a block of another plan, or of other raters, is taken")
	}
}
