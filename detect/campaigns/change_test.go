package campaigns_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/ringwatch/ringwatch/detect/campaigns"
	"github.com/ringwatch/ringwatch/rating"
)

// TestChange: an item whose newcomers vote otherwise than those before them has changed; where nobody
// came before, nobody can tell that it has.
func TestChange(t *testing.T) {
	w, err := small().Generate(context.Background(), 21)
	if err != nil {
		t.Fatal(err)
	}
	first, last, _ := w.Ratings.Span()
	begin := first + (last-first)/2
	for _, earlier := range []int32{0, 30} {
		n := w.Ratings.Prefix(w.Ratings.Len())
		n.Raters, n.Items = n.Raters.Clone(), n.Items.Clone()
		item := n.Items.Add([]byte("changed"))
		at := first
		for u := range int32(w.Raters) { // established raters, who go on as they were
			if w.Ratings.ByRater().Count(u) >= 20 && at < last {
				n.Append(u, item, float32(3+u%2)/4, at)
				at += (last - first) / 40
			}
		}
		newcomer := func(level, at int32) {
			n.Append(n.Raters.Add(fmt.Appendf(nil, "n%d", n.Len())), item, float32(level)/4, at)
		}
		for k := range earlier {
			newcomer(3+k%2, first+(begin-first)/(earlier+1)*(k+1))
		}
		for k := range int32(40) {
			newcomer([]int32{0, 1, 3, 0, 4, 1, 3, 2, 0, 4}[k%10], begin+k*20000)
		}
		var seen campaigns.Verdict
		f := find(t, n)
		for _, c := range f.Campaigns {
			if c.Item == item && c.To > begin && (seen == "" || c.Verdict == campaigns.Change) {
				seen = c.Verdict
			}
		}
		if changed := seen == campaigns.Change; changed != (earlier > 0) || seen == "" {
			t.Errorf("with %d newcomers before: %q", earlier, seen)
			for _, c := range f.Campaigns {
				if c.Item == item {
					t.Logf("%+v", c)
				}
			}
		}
	}
}

// TestTwoWaves: of items that only got attention the one with the busiest month is first, in one
// burst or in two.
func TestTwoWaves(t *testing.T) {
	n := &rating.Table{Raters: rating.NewNames(), Items: rating.NewNames(), Scale: rating.Scale{Min: 1, Max: 1}}
	const day = 24 * 3600
	add := func(item string, at int32) {
		n.Append(n.Raters.Add(fmt.Appendf(nil, "r%d", n.Len())), n.Items.Add([]byte(item)), 1, at)
	}
	for k := range int32(2000) {
		add(fmt.Sprint("i", k%100), 4000*k)
	}
	for k := range int32(30) {
		add("i7", 20*day+600*k)
		add("i7", 40*day+600*k)
		add("i8", 60*day+600*k)
		if k < 15 {
			add("i8", 60*day+600*k+300)
		}
	}
	f := find(t, n)
	if len(f.Campaigns) < 3 || n.Items.Name(f.Campaigns[0].Item) != "i7" || n.Items.Name(f.Campaigns[1].Item) != "i8" {
		t.Errorf("%d bursts, the first of %s", len(f.Campaigns), n.Items.Name(f.Campaigns[0].Item))
	}
}
