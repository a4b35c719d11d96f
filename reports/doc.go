// Package reports makes what people look at: one data model, the case, and many
// pictures of it: text, Markdown, JSON, CSV, Parquet, HTML, GraphML and GEXF.
//
//	c := &reports.Case{Title: "Ratings of May", Ratings: t, Findings: f}
//	err := reports.Text(w, c, reports.TextOptions{})  // or Markdown, JSON, CSV, HTML
//	err = reports.WriteCase(folder, c)                // all of them, for ringwatch serve
//
// Outcomes of experiments and verdicts of the gate have their writers beside those:
// OutcomesText and its like, WriteFigures, GateText and its like.
//
// Every identifier of a rater or an item is written in one form in all of them: as
// it stood in the data, save that characters that do not print (control characters,
// line breaks, marks that turn the direction of writing, bytes that are no UTF-8)
// appear as \u{202e} or \x{ff}, so that no identifier can act on a terminal or
// disguise itself. CSV files add one apostrophe in front of a cell that a spreadsheet
// could take for a formula; see CSV. Pages name raters by pseudonyms and tell days,
// unless Case.RevealIDs and Case.ExactTimes say otherwise.
//
// The same case gives the same bytes: no report holds a clock time or a folder.
package reports
