package reports

import (
	"bytes"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
)

// TestParquetGroups: rows read back as they were, whatever is held at once, and few go as one
// group.
func TestParquetGroups(t *testing.T) {
	type row struct {
		Name string  `parquet:"name,dict"`
		Said *string `parquet:"said,optional,dict"`
		N    int64   `parquet:"n"`
	}
	const atOnce, group = 100, 300
	for _, n := range []int{0, 1, atOnce - 1, atOnce, group, group + 1, 2*group + atOnce + 1} {
		rows := make([]row, n)
		for k := range rows {
			rows[k] = row{Name: string(rune('a' + k%26)), N: int64(k)}
			if k%3 == 0 {
				rows[k].Said = &rows[k].Name
			}
		}
		var b bytes.Buffer
		if err := writeGroups(&b, slices.Values(rows), atOnce, group); err != nil {
			t.Fatal(err)
		}
		read, err := parquet.Read[row](bytes.NewReader(b.Bytes()), int64(b.Len()))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(rows, slices.Clip(read)); n > 0 && d != "" || len(read) != n {
			t.Errorf("%d of %d rows (-written +read):\n%s", len(read), n, d)
		}
		f, err := parquet.OpenFile(bytes.NewReader(b.Bytes()), int64(b.Len()))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := len(f.RowGroups()), (n+group-1)/group; got != want {
			t.Errorf("%d rows are in %d groups, not %d", n, got, want)
		}
	}
}
