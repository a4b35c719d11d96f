// Package rating holds ratings as columns: the one data type that every other package
// reads, with its indices, its identifiers, its readers and writers.
//
//	t, sum, err := rating.Read(ctx, []string{"ratings.csv"}, rating.ReadOptions{})
//	// sum.Reading says what was read as what, sum.Warnings what is doubtful
//	for k := range t.Len() {
//		_, _, _ = t.Raters.Name(t.Rater[k]), t.Items.Name(t.Item[k]), t.Value[k] // in 0..1 of t.Scale
//	}
//	rows := t.ByItem().Rows(i)                    // those of an item, in the order of time
//	err = rating.WriteFile("ratings.parquet", t)
//
// Read takes CSV and its relatives, JSON, Parquet, Arrow, workbooks, SQLite and the
// data of Community Notes, packed or not, and recognises which column is what. What
// cannot be decided is an error of one line that says how to decide it; nothing is
// guessed in silence. A rater has one row of an item: of repeats one is kept.
//
// A Table is 16 bytes a row and its identifiers, which are numbered from 0 on. Times
// are seconds since Epoch.
//
// # Blind spots
//
// The meaning of a column is told by its name and its values alone; a table of plays,
// prices or ranks that is dressed as ratings is read as ratings.
package rating
