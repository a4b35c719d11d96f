package judge

// The limits of growing a group, and of calling it a ring.

const (
	MostTargets = 100  // items of a group that are looked at, those that say most of who is in it
	coreLevel   = 1e-3 // tail below which an item is one that the group chose
	growRounds  = 6    // a bound on the cost: a group that is not at rest by then is weighed as it is
	// a bound on the cost, which is all acts on the members' items in each round; the user is told
	MostMembers = 3000
	// over the number of raters, however large the group: at a level that grows with it, 300 benign
	// accounts of weibo_s join
	joinLevel       = .01
	stayLevel       = 1e-3 // not over the number of raters: a member was let in by that already
	linkShare       = .25  // of the most that either shares: two that each took half of the targets share a quarter
	expectedTargets = 10   // of a group, among all items: the prior of a target
	splitDepth      = 3    // a bound on the cost: eight parts, where each is cut in two
	openFrom        = 8    // members, from which a group that votes like strangers is dropped early
	openActs        = 100  // ..., of acts without values: there is less to grow by
	// members, up to which such a group is grown for the plan it may go by: weibo_s, with groups of
	// up to 960, took five times the CPU without, and found no more
	planTo       = 100
	windowItems  = 40  // a bound on the cost of telling how close in time a group acts
	looseSimilar = .5  // of the mean member's core items, that make an outsider similar
	nearOutsider = .3  // ..., that make one worth a test
	RingLevel    = .01 // one group in a hundred that chance explains is let through, after the search is paid for
)

// fewChoices is how many choices may be one bundle: most series, and what of an album
// people rate, have fewer parts.
const fewChoices = 5
