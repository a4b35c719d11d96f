// Package search proposes groups of raters from what they chose and when.
//
// It looks at acts only, never at a vote, so that the votes that judge a group in
// the end are fresh evidence. NearRows alone works on what it is handed, which may
// be made of votes: who does so proposes the groups as detect.ByVotes, whose comment
// says how that look is paid for.
//
// Nothing here accuses: a search may be loose, as every group is judged as the best
// of all sets of as many raters.
package search
