package rating

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOriginForms: what a row of the input is, is the same in every file that ratings
// can be in: lines are counted without the header, and rows that are replaced by later
// ones, or passed over, keep their place.
func TestOriginForms(t *testing.T) {
	type row struct {
		Rater string  `parquet:"rater"`
		Item  string  `parquet:"item"`
		Value float64 `parquet:"value"`
		Time  int64   `parquet:"time"`
	}
	rng := rand.New(rand.NewPCG(3, 4))
	var rows []row
	for k := range 400 {
		r := row{fmt.Sprint("r", rng.IntN(60)), fmt.Sprint("i", rng.IntN(25)), float64(1 + rng.IntN(5)),
			1_700_000_000 + int64(rng.IntN(900_000))}
		if k%7 == 3 { // replaces what was said before
			r.Rater, r.Item, r.Time = rows[k-3].Rater, rows[k-3].Item, rows[k-3].Time+60
		}
		rows = append(rows, r)
	}
	const bad = 150 // has no value that can be read, where a form can hold such
	line := func(k int) string {
		value := fmt.Sprint(rows[k].Value)
		if k == bad {
			value = "what"
		}
		return fmt.Sprintf("%s,%s,%s,%d\n", rows[k].Rater, rows[k].Item, value, rows[k].Time)
	}
	text := func(from, to int) string {
		var b strings.Builder
		b.WriteString("rater,item,value,time\n")
		for k := from; k < to; k++ {
			b.WriteString(line(k))
		}
		return b.String()
	}
	var jsonl, sheet strings.Builder
	for k, r := range rows {
		value := fmt.Sprint(r.Value)
		if k == bad {
			value = `"what"`
		}
		fmt.Fprintf(&jsonl, `{"rater":%q,"item":%q,"value":%s,"time":%d}`+"\n", r.Rater, r.Item, value, r.Time)
		fmt.Fprintf(&sheet, `<row><c t="inlineStr"><is><t>%s</t></is></c><c t="inlineStr"><is><t>%s</t></is></c><c><v>%g</v></c><c><v>%d</v></c></row>`, r.Rater, r.Item, r.Value, r.Time)
	}
	dir := t.TempDir()
	file := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	all := text(0, len(rows))
	gz, zst := packed(t, all)
	file("parts/part-0.csv", []byte(text(0, 130)))
	file("parts/part-1.csv", []byte(text(130, 131)))
	file("parts/part-2.csv", []byte(text(131, len(rows))))
	database := filepath.Join(dir, "a.sqlite")
	db, err := sql.Open("sqlite", database)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"CREATE TABLE about(word, meaning)", "INSERT INTO about VALUES ('a', 'b')",
		"CREATE TABLE ratings(rater, item, value, time)"} {
		if _, err := db.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range rows {
		if _, err := db.Exec("INSERT INTO ratings VALUES (?, ?, ?, ?)", r.Rater, r.Item, r.Value, r.Time); err != nil {
			t.Fatal(err)
		}
	}
	db.Close()
	sheetOf := func(rows string) string {
		return `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>` + rows +
			`</sheetData></worksheet>`
	}
	head := `<row><c t="inlineStr"><is><t>rater</t></is></c><c t="inlineStr"><is><t>item</t></is></c><c t="inlineStr"><is><t>value</t></is></c><c t="inlineStr"><is><t>time</t></is></c></row>`
	workbook := zipped(t,
		"xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Ratings" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml", sheetOf(head+sheet.String()))
	for name, path := range map[string]string{
		"CSV":  file("a.csv", []byte(all)),
		"gzip": file("a.csv.gz", gz),
		"zstd": file("a.csv.zst", zst),
		"zip of several tables": file("a.zip",
			zipped(t, "words.txt", "about these", "a/part-0.csv", text(0, 130), "a/part-1.csv", text(130, len(rows)))),
		"folder of parts":     filepath.Join(dir, "parts"),
		"Parquet":             file("a.parquet", []byte(written(t, rows))),
		"JSON lines":          file("a.jsonl", []byte(jsonl.String())),
		"SQLite":              database,
		"workbook":            file("a.xlsx", workbook),
		"semicolons and CRLF": file("q.csv", []byte(strings.NewReplacer(",", ";", "\n", "\r\n").Replace(all))),
	} {
		t.Run(name, func(t *testing.T) {
			table, _, err := Read(context.Background(), []string{path},
				ReadOptions{SkipBad: 1, Origin: true, Repeats: "mean"})
			if err != nil {
				t.Fatal(err)
			}
			if n := len(rows); table.Len() >= n || table.Len() < n/2 {
				t.Fatalf("%d of %d rows are left", table.Len(), n)
			}
			for k := range table.Len() {
				at := table.RowOfInput(int32(k))
				got := row{table.Raters.Name(table.Rater[k]), table.Items.Name(table.Item[k]),
					table.Scale.Of(table.Value[k]), ToTime(table.Time[k]).Unix()}
				if got != rows[at] {
					t.Fatalf("row %d stands at %d of the input, which is %v, not %v", k, at, rows[at], got)
				}
			}
		})
	}
}
