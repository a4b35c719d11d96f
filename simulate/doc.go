// Package simulate makes worlds: ratings with the truth behind them, and the
// brigades that attack them.
//
//	w, err := simulate.NewOrganic().Generate(ctx, seed)       // nobody acts together
//	err = simulate.NewBurst().Inject(simulate.Stream(seed, "burst"), w)
//	// w.Ratings[:w.Honest] are as they were; w has who is in which brigade, and its plan
//
// An Attack is a name, one verb and options, which are its exported fields. It never
// changes a row: brigades are appended, so that clean data is a prefix of attacked
// data and scores of both subtract. FromRatings makes a world of real ratings, to
// attack these. All lists the attacks, Costs says what a brigade had to spend, and
// the WriteTruth functions write who was what.
//
// Each component draws from its own Stream of the seed, so that what is added to a
// world leaves the rest of it as it was.
//
// # Blind spots
//
// Organic is polarised and has one dimension of viewpoint. Its honest communities are
// those that somebody thought of; docs/worlds.md says where a classifier still tells
// it from real data.
package simulate
