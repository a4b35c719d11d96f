package simulate

import "math/rand/v2"

// gather makes events of some of the raters and returns the others. The items
// of an event are those of its language that are born next.
func (c *crowd) gather(rng *rand.Rand, raters []int) []int {
	o := c.m.o
	for range o.events() {
		id, item := int32(len(c.circles)), rng.Int32N(int32(o.Items))
		it := circle{language: c.m.language[item], at: c.m.born[item]}
		c.circles = append(c.circles, it)
		for n := 0; n < o.EventItems && int(item) < o.Items; item++ {
			if c.m.language[item] != it.language {
				continue
			}
			n++
			for _, u := range raters[:o.EventSize] {
				if rng.Float64() < .5 {
					c.visit(int32(u), item, c.m.born[item]+int32(6*hour*rng.ExpFloat64()), 0)
				}
			}
		}
		for _, u := range raters[:o.EventSize] {
			c.kind[u], c.circle[u] = Newcomer, id
		}
		raters = raters[o.EventSize:]
	}
	return raters
}

// pair makes households of some of the raters and returns the others. What the
// first of the two rates, the second is shown.
func (c *crowd) pair(raters []int) []int {
	for range c.m.o.households() {
		a, b := raters[0], raters[1]
		c.kind[a], c.kind[b], c.leader[b] = Household, Household, int32(a)
		raters = raters[2:]
	}
	return raters
}

// imitate makes copycats of the first of the raters, each as active as the
// rater among the others whom it follows: the active before the rest.
func (c *crowd) imitate(rng *rand.Rand, raters []int, weight []float64) {
	n := c.m.o.copycats()
	if n == 0 {
		return
	}
	copycats, others := raters[:n], raters[n:]
	active := make([]float64, len(others))
	for k, u := range others {
		active[k] = weight[u]
	}
	active = cumulate(active)
	for _, u := range copycats {
		of := others[pick(rng, active)]
		c.kind[u], c.leader[u] = Copycat, int32(of)
		weight[u] = repeated * weight[of]
	}
}

// repeated is the share of another's ratings that a copycat repeats.
const repeated = .8

// repeat appends what a copycat makes of another's ratings.
func (c *crowd) repeat(rows []row, rng *rand.Rand, of []row) []row {
	for _, r := range of {
		if t := r.t + int32(6*hour*rng.ExpFloat64()); rng.Float64() < repeated && t < c.m.end {
			rows = append(rows, row{r.item, t, r.value})
		}
	}
	return rows
}
