// Package scoring turns ratings into scores of items and reputations of raters.
//
//	t, _, err := rating.Read(ctx, paths, rating.ReadOptions{})
//	s := scoring.NewBridging()                    // or scorers.New(name)
//	r, err := s.Score(ctx, scoring.Input{Ratings: t})
//	// r.Item has a score of each item, r.Status what follows of it
//
// A Scorer is a name, one verb and options, which are its exported fields. It hears
// of no ring: a defence is a weight per rater, Input.Weight, or per row,
// Input.RowWeight, and any goes with any scorer. A scorer of one's own is a struct
// with three methods, or any program, which Command runs.
//
//  1. Mean and Median ask how an item is liked; Bridging asks whether it is liked
//     across viewpoints, as Community Notes does.
//  2. Stability, Trust and Quality weigh raters and score anew; Chain has the
//     reputations of one scorer weigh the ratings of another.
//  3. Explain tells why an item has its status, and without whom it would have
//     another; NewHeld tells what moved where some raters count less.
//
// What Community Notes really runs is in scoring/communitynotes; scoring/scorers
// lists them all.
//
// # Blind spots
//
// No scorer here knows what is true. Bridging needs viewpoints that differ: where all
// raters are of one mind it is a mean that shrinks. The Doc of each says what it
// cannot see, and docs/scoring.md what was measured.
package scoring
