// Package live keeps ratings as they arrive and answers while they do: a journal
// that survives a kill, scores that move with each rating, and alerts whose error
// rate holds however often one looks.
//
// A Journal is the only thing that must survive; all else is worked out from it
// again. It holds the bytes of its sources as they came, so that a batch run over
// the journal reads what a batch run over the sources would have read, and gives
// the same bytes.
package live
