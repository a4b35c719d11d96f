package live

import "math"

// The first of two e-processes: does a group choose items together? There are two
// kinds of bets on acts as they come.
//
//   - On the item. A member acts: it takes an item that other members took a while ago,
//     the likelier the more did. Somebody who acts alone takes each with at most the null's share of acts
//     on that item.
//   - On the rater. Somebody takes an item that a member took a while ago: it is a member
//     who has not taken it yet, each as likely. Of those who act alone each is at most as likely
//     as the null's share of its acts. However many come to the item, as they do for news, they are not members.
//
// A bet wins its share divided by the null's with some probability, and loses else. The
// wealth of a group is the mean over all bets below, from the start of a day on. If its members act
// alone it is a supermartingale from 1, so that it ever passes x has a chance of at
// most 1/x (Ville 1939), and so has the mean over all groups, all sizes and all days, weighed
// by what price says. Search may be as clever as it likes.
var (
	within = [...]int32{600, 3600, 86400}  // seconds: bursts, an evening, a day
	shares = [...]float64{.05, .2, .5, .8} // of a member's acts
	losses = [...]float64{math.Log1p(-.05), math.Log1p(-.2), math.Log1p(-.5), math.Log1p(-.8)}
)

const (
	day      = 86400
	betKinds = 2 * 3 * 4 // items and raters, windows, shares
	openMost = 256       // acts on an item within a window from which on nobody bets on raters
	openLong = 64        // acts on an item since a member's from which on nobody does
)

func addLogs(x, y float64) float64 {
	if x < y {
		x, y = y, x
	}
	if math.IsInf(y, -1) {
		return x
	}
	return x + math.Log1p(math.Exp(y-x))
}

// price is what a group must win beyond 1/alpha, as it is one of very many: minus
// the logarithm of its weight. Raters are numbered in the order of their first acts, so a group
// of size k whose last is number n, from 1 on, weighs
//
//	1/(k(k-1)) · k/(n(n+1)) · 1/C(n-1, k-1),
//
// which sums to one over all groups that there will ever be.
func (a *acts) price(group []int32) float64 {
	n := int32(0)
	for _, u := range group {
		n = max(n, a.ordinal[u])
	}
	return priceOf(len(group), n)
}

func priceOf(size int, n int32) float64 {
	k, last := float64(size), float64(n)
	return math.Log(k-1) + math.Log(last*(last+1)) + lnChoose(last-1, k-1)
}

func lnChoose(n, k float64) float64 {
	a, _ := math.Lgamma(n + 1)
	b, _ := math.Lgamma(k + 1)
	c, _ := math.Lgamma(n - k + 1)
	return a - b - c
}
