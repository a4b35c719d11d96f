// Package gate says whether a change makes a rating system easier to
// manipulate: it holds the outcomes of a candidate against limits, and against
// the outcomes of a baseline at the same seeds.
//
// A limit bounds the mean, over seeds, of one measure at one point of one
// scenario, or of how much worse it is than the baseline's. The outcomes of the
// seeds at hand are a sample of it, so a limit has three verdicts:
//
//   - Fail: the mean is beyond the limit, and not by luck.
//   - Pass: the mean keeps to the limit, and not by luck.
//   - Inconclusive: these seeds cannot tell. Check.Need estimates how many can.
//
// The whole fails if any limit fails, and passes if every limit passes.
//
// # The test
//
// A change that makes nothing worse should fail in at most a share Alpha of
// runs, over all limits together; and seeds are few, limits are many, and
// measures are shares at their end and small counts, which are not normal. That
// rules out the usual tests. A t test takes five equal differences of one item,
// a matter of chance with 2 in 64, for certainty. A sign test or a permutation
// test of each limit, with Holm's correction over 80 limits, cannot reject with
// fewer than 11 seeds, whatever the differences. Bounds for bounded variables
// (Hoeffding, empirical Bernstein, betting) need some 30 seeds for a recall of
// 1 to prove itself above .9.
//
// So the signs of the sample's distances from the limits are flipped, for all
// limits at once: a seed's flip is the same for all of its distances, which
// keeps limits as dependent as they are (scenarios share worlds), and the
// largest standardised sum of all limits is compared with its distribution over
// flips, stepping down (Westfall & Young 1993; Romano & Wolf 2005). What many
// limits cost is only what their noise adds: 6 seeds can fail any number of
// limits that keep far from theirs, and correlated limits count as few. The
// level is exact if distances are symmetric about their mean, as those of two
// interchangeable versions are; nothing is assumed of tails or of dependence.
// Up to 12 seeds all flips are tried, beyond that a fixed 4096 that hold the
// sample's own (Hemerik & Goeman 2018).
//
// A pass needs no correction. It claims that every limit holds, and that is
// wrong with chance at most Alpha if each is tested at Alpha (Berger 1982). The
// interval of a check holds what that test does not reject: its ends are
// quantiles of the means of all subsets of the sample (Hartigan 1969).
//
// A limit whose pairs are all equal, seed by seed, is no matter of chance: it
// passes and takes no part in the test.
//
// # Blind spots
//
// A skewed sample, such as a measure that is seldom but grossly bad, is not
// symmetric; it is mostly inconclusive. Limits at the very mean of a measure
// stay inconclusive with any number of seeds. Whatever no scenario shows is not
// judged.
package gate
