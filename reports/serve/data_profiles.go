package serve

import (
	"cmp"
	"slices"
)

// A rater is what is known of one rater.
type rater struct {
	ID        string   `json:"rater"`
	Rings     []string `json:"rings"`
	Group     string   `json:"group,omitempty"`       // the strongest coordinated group
	Certainty string   `json:"certainty,omitempty"`   // of the first ring, else of the group
	Fits      string   `json:"explanation,omitempty"` // the innocent explanations that fit it
	Suspicion float64  `json:"suspicion"`
	Ratings   int      `json:"ratings"`
	Mean      float64  `json:"mean_value"`
	First     string   `json:"first,omitempty"`
	Last      string   `json:"last,omitempty"`
}

func (d *data) profile(u int32) rater {
	t, id := d.table, d.rater(u)
	rows := t.ByRater().Rows(u)
	r := rater{ID: d.showRater(id), Rings: append([]string{}, d.ringsOf[id]...), Suspicion: d.suspicion[u],
		Ratings: len(rows)}
	in := d.groupOf[id]
	if in != nil {
		r.Group = in.ID
	}
	if len(r.Rings) > 0 {
		in = d.rings[r.Rings[0]]
	}
	if in != nil {
		r.Certainty, r.Fits = in.Certainty, in.Fits()
	}
	for _, k := range rows {
		r.Mean += t.Scale.Of(t.Value[k])
	}
	r.Mean /= float64(max(len(rows), 1))
	if t.HasTimes() && len(rows) > 0 {
		r.First, r.Last = stamp(t.Time[rows[0]]), stamp(t.Time[rows[len(rows)-1]])
	}
	return r
}

// A neighbour is a rater that shares items with another.
type neighbour struct {
	Rater  rater `json:"rater"`
	Shared int   `json:"shared"`
}

// neighbours are the raters that share most items with one; of items with many
// ratings, which say least, none is looked at.
func (d *data) neighbours(u int32, most int) []neighbour {
	const popular = 2000
	t := d.table
	shared := map[int32]int{}
	for _, k := range t.ByRater().Rows(u) {
		if rows := t.ByItem().Rows(t.Item[k]); len(rows) <= popular {
			for _, j := range rows {
				shared[t.Rater[j]]++
			}
		}
	}
	delete(shared, u)
	var all []int32
	for v := range shared {
		all = append(all, v)
	}
	slices.SortFunc(all, func(x, y int32) int {
		return cmp.Or(cmp.Compare(shared[y], shared[x]), cmp.Compare(t.ByRater().Count(x), t.ByRater().Count(y)),
			cmp.Compare(x, y))
	})
	out := []neighbour{}
	for _, v := range all[:min(len(all), most)] {
		out = append(out, neighbour{d.profile(v), shared[v]})
	}
	return out
}

// A given is one rating, as seen from its rater or its item.
type given struct {
	Rater string  `json:"rater"`
	Item  string  `json:"item"`
	Value float64 `json:"value"`
	Time  string  `json:"time,omitempty"`
}

func (d *data) given(rows []int32) []given {
	t := d.table
	out := make([]given, 0, len(rows))
	for _, k := range rows {
		g := given{Rater: d.showRater(d.rater(t.Rater[k])), Item: d.showItem(d.item(t.Item[k])),
			Value: t.Scale.AsRead(t.Value[k])}
		if t.HasTimes() {
			g.Time = stamp(t.Time[k])
		}
		out = append(out, g)
	}
	return out
}

// An item is what is known of one item.
type item struct {
	ID      string   `json:"item"`
	Ratings int      `json:"ratings"`
	Mean    float64  `json:"mean_value"`
	Rings   []string `json:"rings"` // that have it as a target
}

func (d *data) itemProfile(i int32, targets map[int32][]string) item {
	t := d.table
	rows := t.ByItem().Rows(i)
	x := item{ID: d.showItem(d.item(i)), Ratings: len(rows), Rings: append([]string{}, targets[i]...)}
	for _, k := range rows {
		x.Mean += t.Scale.Of(t.Value[k])
	}
	x.Mean /= float64(max(len(rows), 1))
	return x
}
