package serve

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/ringwatch/ringwatch/detect"
)

// A pair is what two raters share, and what is expected of raters who choose alone,
// as package detect has it. No chance is told: whoever looks at many pairs finds
// unlikely ones.
type pair struct {
	A        rater        `json:"a"`
	B        rater        `json:"b"`
	Shared   int          `json:"shared"`
	Expected float64      `json:"shared_by_chance"`
	Alike    int          `json:"alike"` // shared items with the same vote
	AlikeExp float64      `json:"alike_by_chance"`
	Near     int          `json:"within_ten_minutes"`
	NearExp  float64      `json:"within_ten_minutes_by_chance"`
	Timed    bool         `json:"timed"`
	Items    []sharedItem `json:"items"`
	Left     int          `json:"items_left_out"`
}

// A sharedItem is an item that both raters rated.
type sharedItem struct {
	Item    string  `json:"item"`
	Ratings int     `json:"ratings"`
	ValueA  float64 `json:"value_a"`
	ValueB  float64 `json:"value_b"`
	TimeA   string  `json:"time_a,omitempty"`
	TimeB   string  `json:"time_b,omitempty"`
	Gap     string  `json:"gap,omitempty"`
	gap     int32
}

const maxShared = 500 // items of a pair that are listed

// fitted is the background that pairs are held against, fitted when first asked for:
// that takes some seconds for each million ratings.
type fitted struct {
	mu    sync.Mutex
	pairs *detect.Pairs
}

func (d *data) pairs(ctx context.Context) (*detect.Pairs, error) {
	d.fit.mu.Lock()
	defer d.fit.mu.Unlock()
	if d.fit.pairs != nil {
		return d.fit.pairs, nil
	}
	p, err := detect.NewPairs(ctx, detect.Input{Ratings: d.table})
	if err == nil {
		d.fit.pairs = p
	}
	return p, err
}

func (d *data) pair(ctx context.Context, a, b int32) (*pair, error) {
	pairs, err := d.pairs(ctx)
	if err != nil {
		return nil, err
	}
	t, x := d.table, pairs.Of(a, b)
	p := &pair{A: d.profile(a), B: d.profile(b), Timed: t.HasTimes(), Items: []sharedItem{},
		Shared: int(x.Both), Expected: x.Expected, Alike: int(x.Same), AlikeExp: x.SameExpected, Near: int(x.Near),
		NearExp: x.NearExpected}
	for _, m := range x.Meetings {
		item := sharedItem{Item: d.showItem(d.item(m.Item)), Ratings: m.ItemRatings,
			ValueA: t.Scale.AsRead(t.Value[m.RowA]), ValueB: t.Scale.AsRead(t.Value[m.RowB])}
		if p.Timed {
			item.TimeA, item.TimeB, item.gap = stamp(t.Time[m.RowA]), stamp(t.Time[m.RowB]), m.Apart
			item.Gap = (time.Duration(m.Apart) * time.Second).String()
		}
		p.Items = append(p.Items, item)
	}
	slices.SortStableFunc(p.Items, func(x, y sharedItem) int {
		return cmp.Or(cmp.Compare(x.gap, y.gap), cmp.Compare(x.Item, y.Item))
	})
	p.Left = max(0, len(p.Items)-maxShared)
	p.Items = p.Items[:len(p.Items)-p.Left]
	return p, nil
}
