// Package accounts holds what the user knows of raters beside their ratings: when
// accounts were created, from which device or network, who was sanctioned before.
// Rings are never searched by it. It is held against rings that were found without,
// so that it says something of its own about how many of them are right.
//
//	known, err := accounts.ReadFile(ctx, "accounts.csv", t.Raters)
//	beside, err := accounts.Hold(ctx, t, rings, len(rings), known, nil, seed)
package accounts
