// Package null is the fitted background: what raters who choose alone would do.
//
// NewActs lays ratings out as acts, who did what when, without what was voted:
// package search works on that and so cannot see a vote. NewModel fits to them the
// chance that a rater who was active then chose an item, and FitTilt how much
// further the very active reach. The tails tell how unlikely a count is under it.
package null
