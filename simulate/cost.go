package simulate

import "slices"

// A Cost is what a brigade spends.
type Cost struct {
	Brigade     int32
	Attack      string
	Accounts    int
	Targets     int // items that it is after
	Actions     int // ratings, those that only hide the others among them
	AccountDays int // days from each account's first action to its last, both counted; 0 without times
	First, Last int32
}

// Costs returns what each brigade spends, in their order: of a hijacked account
// only what it does as one. It takes time linear in the raters and in the rows
// of the brigades.
func Costs(w *World) []Cost {
	costs := make([]Cost, max(len(w.Plans), int(slices.Max(append([]int32{0}, w.Brigade...)))))
	first, last := make([]int32, len(w.Brigade)), make([]int32, len(w.Brigade))
	for k := range costs {
		costs[k].Brigade = int32(k + 1)
		if k < len(w.Plans) {
			costs[k].Attack, costs[k].Targets = w.Plans[k].Attack, len(w.Plans[k].Targets)
		}
	}
	for u, b := range w.Brigade {
		if b > 0 {
			costs[b-1].Accounts++
			first[u], last[u] = never, -never
		}
	}
	t := w.Ratings
	for row := w.Honest; row < t.Len(); row++ {
		u := t.Rater[row]
		c := &costs[w.Brigade[u]-1]
		c.Actions++
		if t.HasTimes() {
			first[u], last[u] = min(first[u], t.Time[row]), max(last[u], t.Time[row])
		}
	}
	for k := range costs {
		costs[k].First, costs[k].Last = never, -never
	}
	for u, b := range w.Brigade {
		if b == 0 || first[u] == never {
			continue
		}
		c := &costs[b-1]
		c.AccountDays += int(days(last[u])-days(first[u])) + 1
		c.First, c.Last = min(c.First, first[u]), max(c.Last, last[u])
	}
	return costs
}

// days is how many midnights lie between the epoch and t.
func days(t int32) int32 {
	if t < 0 {
		return (t+1)/day - 1
	}
	return t / day
}
