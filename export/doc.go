// Package export makes of the rings of a case what other tools carry out: labels
// for Osprey and Ozone, reports for Coop, a STIX bundle, votes to take back. It
// writes files; what sends them is the user's.
//
// A label says that ratings were coordinated, and by what it is known. It says
// nothing of who is behind an account, and it runs out.
//
//	for _, f := range export.Formats() { … }      // by f.Name
//	chosen, left, err := export.Choose(rings, export.Choice{})
//	files, err := f.Write(set)                    // of the chosen: parts, counts, what was left out
package export
