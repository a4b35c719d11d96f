package accounts

import (
	"context"
	"fmt"
	"testing"

	"github.com/ringwatch/ringwatch/rating"
)

// TestBursts: accounts opened for a burst are told from those of the same weeks that were not.
func TestBursts(t *testing.T) {
	table := &rating.Table{Raters: rating.NewNames(), Items: rating.NewNames(), Scale: rating.Scale{Min: 1, Max: 5}}
	known := &Table{}
	const day = 86400
	add := func(age, at int32) int32 {
		u := table.Raters.Add(fmt.Appendf(nil, "r%d", table.Raters.Len()))
		table.Append(u, table.Items.Add(fmt.Appendf(nil, "i%d", at%40)), 1, at)
		known.Created = append(known.Created, at-age)
		return u
	}
	for k := range int32(400) {
		add(40*day+k*day, k*day/4)
	}
	var opened, long []int32
	for k := range int32(20) {
		opened = append(opened, add(600+k, 50*day+60*k))
		long = append(long, add(90*day+5*day*k, 50*day+60*k))
	}
	known.Created[3] = rating.NoTime
	large := make([]int32, mostOfBurst+1)
	held, passed, err := HoldBursts(context.Background(), table, [][]int32{opened, long, large}, known, 1)
	if err != nil {
		t.Fatal(err)
	}
	if passed != "accounts were not held against 1 burst of more than 5000 raters" || len(held) != 3 || held[2] != nil {
		t.Errorf("what was passed over is %q; of the large burst %v", passed, held[2])
	}
	const what = "created in the day before their first rating"
	for k, want := range []int{20, 0} {
		last := held[k][len(held[k])-1]
		if last.What != what || last.Members != 20 || last.Sharing != want || want > 0 != (last.P <= .01) {
			t.Errorf("burst %d: %+v", k, last)
		}
	}
}

// TestManyBursts: that there are more bursts than are looked at is told.
func TestManyBursts(t *testing.T) {
	table := &rating.Table{Raters: rating.NewNames(), Items: rating.NewNames(), Scale: rating.Scale{Min: 1, Max: 5}}
	held, passed, err := HoldBursts(context.Background(), table, make([][]int32, mostBursts+3), &Table{}, 1)
	if err != nil || len(held) != mostBursts+3 ||
		passed != "accounts were held against the first 100 of 103 bursts on items" {
		t.Errorf("%d, %q, %v", len(held), passed, err)
	}
}
