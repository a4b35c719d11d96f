package simulate

import (
	"encoding/csv"
	"io"
	"strconv"
	"time"

	"github.com/ringwatch/ringwatch/rating"
)

// WriteTruthRaters writes rater,brigade,kind with a header, a line for each
// rater in the order of their numbers: brigade is 0 for the honest, k for the
// k-th; kind is the honest community that it belongs to, or did before it was
// hijacked, and plain for all others.
func WriteTruthRaters(out io.Writer, w *World) error {
	return writeCSV(out, []string{"rater", "brigade", "kind"}, w.Ratings.Raters.Len(), func(u int32) []string {
		return []string{w.Ratings.Raters.Name(u), strconv.Itoa(int(w.Brigade[u])), w.Kind[u].String()}
	})
}

// WriteTruthItems writes item,goal,quality with a header, a line for each item
// in the order of their numbers: goal is 1 for promoted, -1 for buried and 0 for
// left alone; quality is empty where nobody knows it.
func WriteTruthItems(out io.Writer, w *World) error {
	return writeCSV(out, []string{"item", "goal", "quality"}, w.Ratings.Items.Len(), func(i int32) []string {
		quality := ""
		if w.Quality != nil {
			quality = strconv.FormatFloat(float64(w.Quality[i]), 'g', -1, 32)
		}
		return []string{w.Ratings.Items.Name(i), strconv.Itoa(int(w.Goal[i])), quality}
	})
}

// WriteTruthBrigades writes a header and a line for each brigade, in their
// order: which attack it belongs to, and what it spends (see Cost); first and
// last are empty without times.
func WriteTruthBrigades(out io.Writer, w *World) error {
	costs := Costs(w)
	header := []string{"brigade", "attack", "accounts", "targets", "actions", "account_days", "first", "last"}
	return writeCSV(out, header, len(costs), func(k int32) []string {
		c := costs[k]
		record := []string{strconv.Itoa(int(c.Brigade)), c.Attack, strconv.Itoa(c.Accounts), strconv.Itoa(c.Targets),
			strconv.Itoa(c.Actions), strconv.Itoa(c.AccountDays), "", ""}
		if c.AccountDays > 0 {
			record[6] = rating.ToTime(c.First).Format(time.RFC3339)
			record[7] = rating.ToTime(c.Last).Format(time.RFC3339)
		}
		return record
	})
}

func writeCSV(out io.Writer, header []string, n int, record func(int32) []string) error {
	c := csv.NewWriter(out)
	c.Write(header)
	for k := range int32(n) {
		c.Write(record(k))
	}
	c.Flush()
	return c.Error()
}
