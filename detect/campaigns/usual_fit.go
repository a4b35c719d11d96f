package campaigns

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/internal/workers"
)

// newUsual fits what is usual to ratings outside of bursts.
func newUsual(ctx context.Context, s *search) (*usual, error) {
	u := &usual{search: s, level: make([]float64, s.columns.items())}
	for k, l := range s.columns.level {
		if s.life[k] >= s.established {
			u.all[l]++
		}
		if s.life[k] <= s.widest() {
			u.lives[s.life[k]-1]++
		}
	}
	for k := range u.levels {
		u.all[k]++
	}
	u.all = u.all.share(u.levels)
	err := workers.Ranges(ctx, len(u.level), 256, func() func(lo, hi int) {
		return func(lo, hi int) {
			for i := lo; i < hi; i++ {
				settled, _ := u.counts(int32(i))
				u.level[i] = u.place(&settled)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	u.part()
	u.tables()
	sample := u.sample()
	u.items = u.spreadOfItems(sample)
	var crew workers.Crew // the two know nothing of each other
	crew.Go(func() { u.moves, u.scatter = u.movesOf(sample) })
	u.told = u.spreadOfFew(sample)
	u.together = u.spreadOfBursts(sample)
	crew.Wait()
	u.launches = u.spreadOfLaunches()
	return u, ctx.Err()
}

// part parts the items into classes of about as many ratings each.
func (u *usual) part() {
	order := make([]int32, len(u.level))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Compare(u.level[a], u.level[b]) })
	rows, n := 0, len(u.row)
	for _, i := range order {
		rows += int(u.start[i+1] - u.start[i])
		for len(u.edges) < classesOfItems-1 && rows*classesOfItems > n*(len(u.edges)+1) {
			u.edges = append(u.edges, u.level[i])
		}
	}
}

// tables fills in how classes of items are voted on. A table with few ratings
// leans on those of all, by 20 votes, and of new items on those of all ages by 50.
func (u *usual) tables() {
	var settled, few [2][classesOfItems]votes
	widest := u.widest()
	for i := range int32(len(u.level)) {
		spans, class := u.spans(i), u.classOf(u.level[i])
		for k := u.start[i]; k < u.start[i+1]; k++ {
			phase := 0
			if u.isNew(i, k) {
				phase = 1
			}
			if u.life[k] >= u.established {
				settled[phase][class][u.columns.level[k]]++
			}
			if u.life[k] <= widest && (len(spans) == 0 || !within(spans, u.time[k])) {
				few[phase][class][u.columns.level[k]]++
			}
		}
	}
	var allFew votes
	for c := range classesOfItems {
		allFew = allFew.plus(1, &few[0][c]).plus(1, &few[1][c])
	}
	tilt := allFew.plus(20, &u.all).share(u.levels).over(&u.all)
	for c := range classesOfItems {
		all := settled[0][c].plus(1, &settled[1][c])
		u.settled[0][c] = all.plus(20, &u.all).share(u.levels)
		u.settled[1][c] = settled[1][c].plus(50, &u.settled[0][c]).share(u.levels)
		like := u.settled[0][c].times(&tilt).share(u.levels)
		all = few[0][c].plus(1, &few[1][c])
		u.few[0][c] = all.plus(20, &like).share(u.levels)
		u.few[1][c] = few[1][c].plus(50, &u.few[0][c]).share(u.levels)
	}
}

// sample returns the items that the spreads are fitted on. Which ones is decided
// by their ratings, not by their names.
func (u *usual) sample() (items []int32) {
	keep := uint64(math.MaxUint64)
	if n := len(u.level); n > sampled {
		keep = uint64(float64(math.MaxUint64) / float64(n) * sampled)
	}
	for i := range int32(len(u.level)) {
		from, to := u.start[i], u.start[i+1]
		if from == to {
			continue
		}
		h := uint64(to - from)
		for k := from; k < to; k++ {
			h = (h^uint64(uint32(u.time[k]-u.time[from]))<<8^uint64(u.columns.level[k]))*0x9e3779b97f4a7c15 + 1
		}
		h ^= h >> 32
		if h*0xbf58476d1ce4e5b9 <= keep {
			items = append(items, i)
		}
	}
	return items
}
