// Package evaluate holds what a tool found, whichever tool it was, against a
// truth: accounts, scores or groups against a list, labels or groups.
//
//	found, err := evaluate.Parse("found.csv", data, evaluate.ReadOptions{})
//	auc := evaluate.AUC(score, positive)          // or AveragePrecision, F1
//
// Scores that are equal have no order: what depends on one is told for the best and
// for the worst.
package evaluate
