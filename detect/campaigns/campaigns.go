package campaigns

import (
	"context"
	"errors"
	"fmt"

	"github.com/ringwatch/ringwatch/internal/plural"
	"github.com/ringwatch/ringwatch/internal/workers"
	"github.com/ringwatch/ringwatch/rating"
)

const leastItems = 20 // from which on items tell what is usual of an item

// Find looks for campaigns in ratings. It needs times, and tells little where all
// values are equal: attention, never a campaign.
//
// It takes about 2 s of one core and 50 MB for a million ratings, linear in them
// but for a logarithm of the ratings of an item. The same ratings give the same
// findings for any GOMAXPROCS, any order of rows and any names. It ends early with
// ctx.
//
// Its blind spots: accounts with a history of their own, a crowd that is of one
// mind without anybody's doing (fans of an author, guests of a party), which looks
// the same, and an item that hardly anybody else rates. The method is after
// Kulldorff (1997, scan statistic), Abrams et al. (2010, tail of its null) and
// Xie et al. (KDD 2012, singleton reviews); see docs/campaigns.md.
func Find(ctx context.Context, in Input) (*Findings, error) {
	t := in.Ratings
	if !t.HasTimes() {
		return &Findings{NotRun: "the ratings have no times"}, nil
	}
	leftOut := func(u int32) bool { return in.LeftOut != nil && in.LeftOut[u] }
	if in.LeftOut != nil && len(in.LeftOut) != t.Raters.Len() {
		return nil, errors.New("campaigns: LeftOut must have one value for each rater")
	}
	c, err := newColumns(ctx, t, leftOut, in.Room)
	if err != nil {
		return nil, err
	}
	f := &Findings{Few: c.few[len(c.few)-1]}
	if f.NotRun = c.unfit(); f.NotRun != "" {
		return f, nil
	}
	s, err := c.newSearch(ctx, func(done, total int) {
		if in.Progress != nil {
			in.Progress("campaigns", done, total)
		}
	})
	if err != nil {
		return nil, err
	}
	if s.capped > 0 {
		f.Warnings = append(f.Warnings, fmt.Sprintf("campaigns: only the first %d bursts of an item were looked at; "+
			"%s had more", mostWindows, plural.Of(s.capped, "item")))
	}
	f.Bursts = len(s.bursts)
	if c.levels == 1 {
		f.Campaigns = s.attention()
	} else if f.Campaigns, err = s.judge(ctx, t); err != nil {
		return nil, err
	}
	if s.manyItems {
		f.Warnings = append(f.Warnings,
			fmt.Sprintf("campaigns: farms were looked for among the %d items with the most unusual bursts", mostNodes))
	}
	f.sort(t)
	return f, ctx.Err()
}

// unfit says why there is nothing to look for.
func (c *columns) unfit() string {
	items, few := 0, 0
	for i := range c.items() {
		if c.start[i+1] > c.start[i] {
			items++
		}
	}
	for _, l := range c.life {
		if int(l) <= c.few[len(c.few)-1] {
			few++
		}
	}
	switch {
	case len(c.row) == 0:
		return "no rating is left"
	case c.first == c.last:
		return "all ratings are of one time"
	case items < leastItems:
		return fmt.Sprintf("the data has only %s, and %d are needed to tell what is usual of an item",
			plural.Of(items, "item"), leastItems)
	case few < fewest:
		return fmt.Sprintf("hardly anybody has %s or fewer", plural.Of(c.few[len(c.few)-1], "rating"))
	}
	return ""
}

// judge tests the votes of all bursts.
func (s *search) judge(ctx context.Context, t *rating.Table) ([]Campaign, error) {
	u, err := newUsual(ctx, s)
	if err != nil {
		return nil, err
	}
	trials := make([]trial, len(s.bursts))
	err = workers.Ranges(ctx, len(trials), 16, func() func(lo, hi int) {
		return func(lo, hi int) {
			for k := lo; k < hi; k++ {
				trials[k].burst = &s.bursts[k]
				u.hear(&trials[k])
				u.test(&trials[k])
			}
		}
	})
	if err != nil {
		return nil, err
	}
	// launches are many and of a kind: what is to be expected of them says little of others (Efron 2008)
	var family [2][]*trial
	for k := range trials {
		x := &trials[k]
		family[x.phase] = append(family[x.phase], x)
	}
	for _, of := range family {
		u.rank(of)
	}
	tails(trials)
	all := make([]Campaign, len(trials))
	for k := range trials {
		all[k] = trials[k].campaign
	}
	s.score(all, t)
	all, s.manyItems = u.link(s.apart(all), t)
	return all, nil
}
