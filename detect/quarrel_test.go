package detect

import (
	"compress/gzip"
	"context"
	"encoding/csv"
	"os"
	"testing"

	"github.com/ringwatch/ringwatch/rating"
)

// TestThoseWhoCondemnARingAreNone: in bitcoin_alpha seventeen raters condemn seven accounts
// on the days that four, labelled manipulators, praise them. The four are of a ring; with
// the others, nine of whom are labelled honest, they are none.
func TestThoseWhoCondemnARingAreNone(t *testing.T) {
	const set = "../../shared/data/bitcoin_alpha/"
	if _, err := os.Stat(set); err != nil {
		t.Skip("needs the ratings of bitcoin_alpha in " + set)
	}
	honest, manipulates := labels(t, set+"labels.csv.gz", "0"), labels(t, set+"labels.csv.gz", "1")
	tab, _, err := rating.Read(t.Context(), []string{set + "ratings.csv.gz"}, rating.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := Run(context.Background(), Input{Ratings: tab, Seed: 1}, Usual())
	if err != nil {
		t.Fatal(err)
	}
	wrong, right := 0, 0
	for _, r := range f.Rings {
		if r.Doubtful() {
			continue
		}
		for _, u := range r.Raters {
			switch name := tab.Raters.Name(u); {
			case honest[name]:
				wrong++
			case manipulates[name]:
				right++
			}
		}
	}
	if wrong > 1 || right < 5 {
		t.Errorf("in rings without doubt are %d labelled honest and %d labelled manipulators, "+
			"want at most 1 and at least 5", wrong, right)
	}
}

// labels returns the raters that a packed file of rater and label labels so.
func labels(t *testing.T, path, label string) map[string]bool {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	so := map[string]bool{}
	for _, row := range rows {
		if row[1] == label {
			so[row[0]] = true
		}
	}
	return so
}
