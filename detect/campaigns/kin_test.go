package campaigns

import (
	"math"
	"testing"
)

// Bursts that are surely of farms tell of another of their length and size, and not of one of
// others'; where no burst is a farm's, or farms are all different, nothing is told.
func TestKin(t *testing.T) {
	u := &usual{search: &search{columns: &columns{tick: hour}}}
	of := func(item int32, hours, ratings int) *trial {
		return &trial{burst: &burst{item: item, ratings: ratings, span: span{0, int32(hours * hour)}}}
	}
	crowds := func() (all []*trial) {
		for k := range 60 {
			all = append(all, of(int32(k), 2+(k*k)%700, 5+(k*7)%90))
		}
		return all
	}
	told := func(trials []*trial, farms int) []float64 { // the last so many but two are surely farms
		share, part := make([]float64, len(trials)), make([][3]float64, len(trials))
		for k := range trials {
			share[k], part[k] = 1, [3]float64{1, 0, 0}
			if k >= len(trials)-2-farms && k < len(trials)-2 {
				part[k] = [3]float64{0, 0, 1}
			}
		}
		return u.kin(trials, share, part)
	}
	alike := crowds()
	for k := range 8 {
		alike = append(alike, of(int32(100+k), 20+k%3, 10+k%2))
	}
	alike = append(alike, of(200, 22, 10), of(201, 200, 60))
	got := told(alike, 8)
	if n := len(got); got[n-2] < 2 || got[n-1] > .5 {
		t.Errorf("a burst like eight farms is %.2f times likelier one, and one unlike them %.2f", got[n-2], got[n-1])
	}
	for k, x := range told(alike, 0) {
		if math.Abs(x-1) > 1e-9 {
			t.Fatalf("without farms burst %d is %g times likelier one", k, x)
		}
	}
	different := crowds()
	for k := range 6 {
		different = append(different, of(int32(100+k), 1<<k, 100>>k))
	}
	different = append(different, of(200, 22, 10), of(201, 200, 60))
	for k, x := range told(different, 6) {
		if x < .5 || x > 2 {
			t.Errorf("with six farms, none like another, burst %d is %g times likelier one", k, x)
		}
	}
}

// Established raters of a burst's days have joined it where most of them vote as it does, and few
// would; one of them has not, nor have those who vote as ever.
func TestJoined(t *testing.T) {
	low := cut{from: 0, to: 0}
	for _, test := range []struct {
		votes votes
		usual float64
		want  bool
	}{
		{votes{3, 0, 0, 1, 0}, .05, true},
		{votes{2, 0, 1, 1, 1}, .05, true},
		{votes{1, 0, 1, 2, 1}, .05, false},
		{votes{2, 0, 0, 0, 0}, .05, false},
		{votes{0, 0, 0, 3, 4}, .05, false},
		{votes{3, 0, 0, 0, 0}, .4, false},
		{votes{7, 0, 0, 0, 0}, .4, true},
	} {
		x := &trial{inside: test.votes, cut: low, settled: votes{test.usual, 1 - test.usual}}
		x.campaign.Share = .95
		if got := x.joined(); got != test.want {
			t.Errorf("%v where %g is usual: %t", test.votes, test.usual, got)
		}
	}
}
