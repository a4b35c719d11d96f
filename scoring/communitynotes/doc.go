// Package communitynotes scores notes as X's Community Notes does.
//
// Two scorers, each a scoring.Scorer: Core is the model that gives most notes
// their status, Scorer runs all models and joins what they say. Both want a table
// read with rating.ReadOptions.Notes, Scorer also with Texts:
//
//	r, err := communitynotes.New().Score(ctx, scoring.Input{Ratings: t})
//
// What they say beyond a scoring.Result, the status in X's words say, and which
// rule or model decided, is in DetailOf(r). NewContributors counts what X counts of
// those who rate and write. How near they come to X's own code is in
// docs/scoring.md; raters who may act together are told by scoring.Input.Correlated.
package communitynotes
