// Package detect finds rings: groups of raters that act together, with the
// evidence for each and the innocent explanations that were tested.
//
//	t, _, err := rating.Read(ctx, paths, rating.ReadOptions{})
//	f, err := detect.Run(ctx, detect.Input{Ratings: t, Seed: 1}, detect.Usual())
//	for _, r := range f.Rings {
//		// r.Raters acted together on r.Items; r.Evidence says what was observed and
//		// what is expected, with the rows that show it; r.Innocent what else was tried
//	}
//
// Run fits one background to the ratings: how often raters who choose alone meet,
// each as active as it was, when it was, on items as popular as these were then.
// Detectors propose groups and need not be careful. Every group is grown, split,
// weighed and judged by one rule, and paid for as the best of all sets of as many
// raters. A group whose selection is no chance is a ring if its votes say so, and
// is among Findings.Shared, where nobody is accused, if they do not.
//
// What a detector may use is a Pass, and one that is written elsewhere has the same
// as ours: see the example of Pass. Its exported fields are its options.
//
// Explain tells of one rater, or of two, what is known; Pairs looks at many pairs
// against one background; Calibrate tries the detectors on redraws of the data in
// which everybody acts alone, and with rings planted.
//
// The same ratings and seed give the same findings on any number of processors, for
// any order of rows.
//
// # Blind spots
//
// Raters who share one target, and most who share two; or whose votes are those of the crowd.
// Without values and without times nobody is accused: nothing tells a ring from
// people of one taste. An unknown event that draws people of one mind at once looks
// like a ring, which is why each finding is a place to look and not a verdict.
// docs/detection.md has what was measured.
package detect
