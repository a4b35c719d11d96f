// Package sealed makes worlds whose truth somebody else can hold: the ratings, which
// everybody may see, and the truth, a file apart, of which the ratings bear only the
// hash. Whoever searches is judged blind, and can see afterwards that the truth is
// the one that was there before.
//
//	s, err := sealed.NewSecret(random)            // 32 bytes that nobody else has
//	w, err := scenario.Simulate(ctx, s.Seed())
//	t := sealed.Ratings(w, s)                     // goes to whoever searches
//	truth, hash, err := sealed.Seal(w, s, scenario.Name, sealed.Hash(file))
//	// the hash goes with the ratings, the truth stays until the search is over
package sealed
