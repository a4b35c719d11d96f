package simulate

import (
	"encoding/csv"
	"io"
	"strconv"
)

// WriteTruthRaters writes rater,brigade with a header, a line for each rater in
// the order of their numbers: 0 for the honest, k for the k-th brigade.
func WriteTruthRaters(out io.Writer, w *World) error {
	return writeCSV(out, []string{"rater", "brigade"}, w.Ratings.Raters.Len(), func(u int32) []string {
		return []string{w.Ratings.Raters.Name(u), strconv.Itoa(int(w.Brigade[u]))}
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

func writeCSV(out io.Writer, header []string, n int, record func(int32) []string) error {
	c := csv.NewWriter(out)
	c.Write(header)
	for k := range int32(n) {
		c.Write(record(k))
	}
	c.Flush()
	return c.Error()
}
