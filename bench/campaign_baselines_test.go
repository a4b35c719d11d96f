package bench

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/ringwatch/ringwatch/detect/campaigns"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/simulate"
)

const (
	nullShops     = 20 // one of them may have an item named: a level of 5 %
	attackedShops = 4
	farmsOfASize  = 5 // in each of these
	month         = 30
)

// baselines are what others go by, as a score of each item. Their thresholds are those
// at which one of twenty shops without farms has an item named.
var baselines = []struct {
	name string
	// ones is the share of the ratings that are by raters of one.
	score func(t *rating.Table, item int32, ones float64) float64
}{
	{"z of daily counts", func(t *rating.Table, item int32, _ float64) float64 { return peak(daysOf(t, item)) }},
	{"excess of raters of one rating, days", func(t *rating.Table, item int32, ones float64) float64 {
		return lonely(t, item, 1, ones)
	}},
	{"excess of raters of one rating, months", func(t *rating.Table, item int32, ones float64) float64 {
		return lonely(t, item, month, ones)
	}},
	{"StarScout's month rule, at a bar of its own", func(t *rating.Table, item int32, _ float64) float64 {
		return suspects(t, item)
	}},
}

// BenchmarkCampaignBaselines finds farms of 10 to 100 accounts by what others go by,
// in the shop of docs/campaigns.md, innocent crowds in it.
func BenchmarkCampaignBaselines(b *testing.B) {
	for range b.N {
		bars := make([][]float64, len(baselines))
		named := 0
		for seed := range uint64(nullShops) {
			w := shopOf(b, 5000+seed)
			for k := range baselines {
				bars[k] = append(bars[k], slices.Max(scores(w.Ratings, k)))
			}
			if len(found(b, w)) > 0 {
				named++
			}
		}
		sizes := []int{10, 20, 50, 100}
		caught := make([][4]int, len(baselines)+2) // those, StarScout's rule as it is, and ours
		for seed := range uint64(attackedShops) {
			w := shopOf(b, 6000+seed)
			for _, n := range sizes {
				a := simulate.NewFarm()
				a.Accounts, a.Brigades = n, farmsOfASize
				if err := a.Inject(simulate.Stream(seed, fmt.Sprint("farm", n)), w); err != nil {
					b.Fatal(err)
				}
			}
			ours := found(b, w)
			for k := range baselines {
				slices.Sort(bars[k])
				all := scores(w.Ratings, k)
				for p, plan := range w.Plans {
					if all[plan.Targets[0]] > bars[k][nullShops-2] {
						caught[k][p/farmsOfASize]++
					}
				}
			}
			for p, plan := range w.Plans {
				if suspects(w.Ratings, plan.Targets[0]) >= 50 {
					caught[len(baselines)][p/farmsOfASize]++
				}
				if ours[plan.Targets[0]] {
					caught[len(baselines)+1][p/farmsOfASize]++
				}
			}
		}
		for k, of := range caught {
			name := "StarScout's month rule, 50 suspects"
			if k < len(baselines) {
				name = baselines[k].name
			} else if k > len(baselines) {
				name = fmt.Sprintf("campaigns (%d of %d shops without farms have an item named)", named, nullShops)
			}
			line := ""
			for _, n := range of {
				line += fmt.Sprintf(" %.2f", float64(n)/(attackedShops*farmsOfASize))
			}
			b.Logf("%s, farms of %v:%s", name, sizes, line)
		}
	}
}

func shopOf(b *testing.B, seed uint64) *simulate.World {
	o := simulate.NewOrganic()
	o.Raters, o.Items, o.Ratings, o.Days, o.Levels = 24000, 1500, 90000, 700, 5
	o.Life, o.OneShots, o.Waves, o.Mood = 60, .75, 2, -.8
	o.AlertGroups, o.PlatformBursts, o.Clubs = 0, 0, 0
	o.Launches, o.Viral, o.Promotions, o.Changes, o.Parties, o.FanCrowds = 27, 10, 8, 10, 4, 3
	w, err := o.Generate(context.Background(), seed)
	if err != nil {
		b.Fatal(err)
	}
	return w
}

// found are the items with a campaign.
func found(b *testing.B, w *simulate.World) map[int32]bool {
	f, err := campaigns.Find(context.Background(), campaigns.Input{Ratings: w.Ratings})
	if err != nil {
		b.Fatal(err)
	}
	items := make(map[int32]bool)
	for _, c := range f.Campaigns {
		if c.Deducted() {
			items[c.Item] = true
		}
	}
	return items
}

func scores(t *rating.Table, baseline int) []float64 {
	all := make([]float64, t.Items.Len())
	ones := 0.
	by := t.ByRater()
	for u := range int32(t.Raters.Len()) {
		if by.Count(u) == 1 {
			ones++
		}
	}
	for i := range all {
		all[i] = baselines[baseline].score(t, int32(i), ones/float64(t.Len()))
	}
	return all
}

// daysOf are an item's ratings by day, from its first to its last.
func daysOf(t *rating.Table, item int32) []float64 {
	rows := t.ByItem().Rows(item)
	if len(rows) == 0 {
		return nil
	}
	first := t.Time[rows[0]]
	days := make([]float64, (t.Time[rows[len(rows)-1]]-first)/86400+1)
	for _, k := range rows {
		days[(t.Time[k]-first)/86400]++
	}
	return days
}

// peak is the busiest day in standard deviations of all days.
func peak(days []float64) (z float64) {
	n, sum, square := float64(len(days)), 0., 0.
	for _, x := range days {
		sum, square = sum+x, square+x*x
	}
	if n < month {
		return 0
	}
	mean := sum / n
	sd := math.Sqrt(max(square/n-mean*mean, 1e-9))
	return (slices.Max(days) - mean) / sd
}

// lonely is the most that raters of one rating are above their share of the platform,
// in a stretch of days: in standard deviations of a binomial.
func lonely(t *rating.Table, item int32, days int32, share float64) (z float64) {
	stretch(t, item, days, func(ones, all int) {
		n := float64(all)
		z = max(z, (float64(ones)-share*n)/math.Sqrt(n*share*(1-share)))
	})
	return z
}

// suspects are the most raters of one rating in a month, where they are half of its
// ratings or more, and a tenth of the item's: of 50 it is a campaign to StarScout.
func suspects(t *rating.Table, item int32) (most float64) {
	of := float64(t.ByItem().Count(item))
	stretch(t, item, month, func(ones, all int) {
		if n := float64(ones); 2*ones >= all && n >= .1*of {
			most = max(most, n)
		}
	})
	return most
}

// stretch tells of every stretch of days that begins with a rating.
func stretch(t *rating.Table, item int32, days int32, tell func(ones, all int)) {
	rows, by := t.ByItem().Rows(item), t.ByRater()
	end, ones := 0, 0
	for from := range rows {
		for end < len(rows) && t.Time[rows[end]]-t.Time[rows[from]] < days*86400 {
			if by.Count(t.Rater[rows[end]]) == 1 {
				ones++
			}
			end++
		}
		tell(ones, end-from)
		if by.Count(t.Rater[rows[from]]) == 1 {
			ones--
		}
	}
}
