package detect

import (
	"fmt"
	"math"

	"github.com/ringwatch/ringwatch/detect/internal/judge"
)

// DeliveryLevel is the share of chance findings that a delivery may have among its
// rings, counted from 1. The first has one in a hundred, as a run by itself. All
// later ones together have as much again: 1/(t(t-1)) of it is for the t-th, which
// sums to 1 over all t.
//
// Rings that were found are found again on every day, from ratings most of which
// were there the day before, so no rule that needs independent days will do. For any
// dependence, of all that is named over the days the share by chance is at most
// the sum over days of the share in each, as the number named in all is no less than
// the number named on a day. That is alpha spending over batches; the price beside
// rules that earn back what they spend (LORD++, Ramdas et al. 2017; by batches,
// Zrnic et al. 2020) is a level that falls: 1e-5 on day 32, where a usual ring
// has less than 1e-9.
func DeliveryLevel(t int) float64 {
	if t < 2 {
		return judge.RingLevel
	}
	return judge.RingLevel / float64(t*(t-1))
}

// overDeliveries is the innocent reason for a ring whose q-value is above the level.
const overDeliveries = "chance, over all deliveries"

// HoldNew puts rings in doubt that are new in the t-th delivery of a case and above
// its level. known says, per ring, whether it was named in an earlier delivery,
// without this doubt: it does not pay again.
func (f *Findings) HoldNew(known func(*Ring) bool, t int) {
	level := DeliveryLevel(t)
	for i := range f.Rings {
		r := &f.Rings[i]
		if r.Official || known(r) {
			continue
		}
		x := Explanation{Name: overDeliveries, Holds: r.LogQ > math.Log(level),
			Because: fmt.Sprintf("this is delivery %d of the case, in which a new ring needs a q-value of %.1g or "+
				"less, so that at most one in a hundred over all later deliveries is chance", t, level)}
		r.Innocent = append(r.Innocent, x)
	}
	strongestFirst(f.Rings)
}

// PaidOver reports whether an explanation of that name is the doubt of HoldNew.
func PaidOver(name string) bool { return name == overDeliveries }
