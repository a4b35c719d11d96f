// Package fit holds the mathematics that scorers share, and knows no scorer:
//
//	NewMatrix    a table's ratings by item and by rater, raters without weight left out
//	Viewpoints   the one-factor model of bridging, solved to its minimum
//	Logit        a logistic model of labels with lenience, side and record
//	Each         work over blocks of a Matrix, on all processors
//
// All sums are in an order that neither rows nor processors change. A cancelled
// context is an error of everything that takes one, and nothing half done is
// returned.
package fit
