// Package official finds groups as Community Notes does, in twitter/communitynotes
// as of July 2026: post selection similarity, and quasi-cliques. Both go by fixed
// thresholds that fit X's density: nothing tells how often independent raters pass
// them. So they run only when they are named, and what they find stands beside what
// the judge of the others lets through.
//
//  1. newNoted lays a table out as X sees it: posts, notes that it rates, authors;
//  2. pairs counts on how many posts raters met, whom a method compares;
//  3. PostSelection joins suspect pairs, QuasiClique grows them, one rater at a time;
//  4. apart leaves each rater in the largest of its groups, with the rows that show it.
//
// It is held to results of X's own code, number by number, where these stand beside
// the checkout.
package official

// A Group is a group as X has it.
type Group struct {
	Raters   []int32 // ascending
	Rows     []int32 // acts of members on the same items, that show it
	Evidence Evidence
}

// Evidence has the fields of detect.Evidence.
type Evidence struct {
	Measure, Unit      string
	Observed, Expected float64
	Note               string
	Rows               []int32
}

// Progress may be nil; it is called by one goroutine at a time.
type Progress func(stage string, done, total int)
