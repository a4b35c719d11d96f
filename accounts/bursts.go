package accounts

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/ringwatch/ringwatch/internal/plural"
	"github.com/ringwatch/ringwatch/rating"
)

const (
	mostOfBurst = 5000   // raters of a burst that is looked at: draws would take minutes
	mostBursts  = 100    // that are looked at, as many as have a page
	fresh       = 86400  // seconds before its first rating in which an account is new
	burstsMark  = 0x0b57 // a stream of its own
)

// HoldBursts holds accounts against the raters of bursts on items, as Hold does against rings, and
// how many accounts were created in the day before their first rating: what accounts opened for a
// job have in common, and newcomers of the same weeks often, too, which the draws tell. Of each
// burst it returns what is known of enough raters. Only the first hundred are looked at, and none
// of more than 5,000 raters: the second result says what was passed over, "" for nothing.
func HoldBursts(ctx context.Context, t *rating.Table, bursts [][]int32, known *Table, seed uint64) ([][]Shared, string,
	error) {
	in := make([]bool, t.Raters.Len())
	for _, of := range bursts {
		for _, u := range of {
			in[u] = true
		}
	}
	held := make([][]Shared, len(bursts))
	large := 0
	for n, p := range append(known.properties(new(Beside)), known.fresh(t)...) {
		pool := newPool(t, in, p.known)
		for k, of := range bursts[:min(len(bursts), mostBursts)] {
			if err := ctx.Err(); err != nil {
				return nil, "", err
			}
			if len(of) > mostOfBurst {
				if n == 0 {
					large++
				}
				continue
			}
			rng := rand.New(rand.NewPCG(seed, burstsMark+uint64(k)))
			if s, ok := p.hold(rng, pool, of); ok {
				held[k] = append(held[k], s)
			}
		}
	}
	var passed []string
	if len(bursts) > mostBursts {
		passed = append(passed, fmt.Sprintf("accounts were held against the first %d of %d bursts on items", mostBursts,
			len(bursts)))
	}
	if large > 0 {
		passed = append(passed, fmt.Sprintf("accounts were not held against %s of more than %d raters",
			plural.Of(large, "burst"), mostOfBurst))
	}
	return held, strings.Join(passed, "; "), nil
}

// fresh tells of accounts whether they were created in the day before their first rating.
func (t *Table) fresh(ratings *rating.Table) []*property {
	if t.Created == nil || !ratings.HasTimes() {
		return nil
	}
	p := &property{what: "created in the day before their first rating", known: make([]bool, len(t.Created)),
		listed: make([]bool, len(t.Created))}
	if t.ByDay {
		p.what = "created on the day of their first rating or the day before"
	}
	for u, at := range t.Created {
		rows := ratings.ByRater().Rows(int32(u))
		if at == rating.NoTime || len(rows) == 0 {
			continue
		}
		first := ratings.Time[rows[0]]
		for _, row := range rows {
			first = min(first, ratings.Time[row])
		}
		within := int64(fresh)
		if t.ByDay { // a date is the first second of its day
			within *= 2
		}
		p.known[u] = true
		p.listed[u] = int64(first)-int64(at) < within
	}
	return []*property{p}
}
