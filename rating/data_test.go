package rating

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// TestReadRealData reads the sets beside the checkout and compares with what
// their list says: raters, items and rows.
func TestReadRealData(t *testing.T) {
	list, err := os.ReadFile("../../shared/data/README.md")
	if err != nil {
		t.Skip("the real data does not lie beside this checkout: ", err)
	}
	for _, m := range regexp.MustCompile(`(?m)^\| (\w+) \| (\d+) users x (\d+) items, (\d+) rows`).
		FindAllStringSubmatch(string(list), -1) {
		path := filepath.Join("../../shared/data", m[1], "ratings.csv.gz")
		if _, err := os.Stat(path); err != nil {
			path = filepath.Join("../../shared/data", m[1], "camo", "ratings.csv.gz")
		}
		t.Run(m[1], func(t *testing.T) { checkShape(t, path, m[2:]) })
	}
	for path, rows := range map[string]string{"S": "60000", "S-rings": "62407"} {
		t.Run(path, func(t *testing.T) {
			checkShape(t, filepath.Join("../../shared/golden", path, "input"), []string{"", "1000", rows})
		})
	}
}

func checkShape(t *testing.T, path string, want []string) {
	table, sum, err := Read(context.Background(), []string{path}, ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	checkTable(t, table)
	got := []string{strconv.Itoa(table.Raters.Len()), strconv.Itoa(table.Items.Len()), strconv.Itoa(sum.Rows)}
	for i := range want {
		if want[i] != "" && got[i] != want[i] {
			t.Errorf("raters, items, rows are %v, want %v", got, want)
		}
	}
	if len(sum.Files) != 1 || sum.Files[0].Bytes == 0 || sum.Files[0].Rows != sum.Rows {
		t.Errorf("files %+v", sum.Files)
	}
}
