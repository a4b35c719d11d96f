package simulate

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringwatch/ringwatch/rating"
)

// TestShards: what is written keeps the rules of the official loader, and reads
// back as it was, whether notes were published in the world or are only now.
func TestShards(t *testing.T) {
	for _, kind := range []string{"organic", "notes", "data"} {
		t.Run(kind, func(t *testing.T) {
			w := inject(t, world(kind), 1, frail(NewWriter()), frail(NewTagSuppression()))
			named, shards, err := Shards(w)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			rows := map[string][][]string{}
			for name, write := range shards {
				var b bytes.Buffer
				if err := write(&b); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
				c := csv.NewReader(&b)
				c.Comma = '\t'
				if rows[name], err = c.ReadAll(); err != nil { // that all rows have as many columns is checked here
					t.Fatalf("%s: %v", name, err)
				}
			}
			checkLoader(t, rows)
			back, _, err := rating.Read(t.Context(), []string{dir}, rating.ReadOptions{Notes: true})
			if err != nil {
				t.Fatal(err)
			}
			if back.Len() != w.Ratings.Len() {
				t.Fatalf("%d of %d ratings come back", back.Len(), w.Ratings.Len())
			}
			n, m := back.Notes, named.Ratings.Notes
			for i := range int32(back.Items.Len()) {
				j, _ := named.Ratings.Items.Find(back.Items.Name(i))
				got := []any{n.Authors.Name(n.Author[i]), n.Created[i], n.Class[i], n.Status[i]}
				want := []any{named.author(j), m.Created[j], m.Class[j], m.Status[j]}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatal(diff)
				}
			}
		})
	}
	if _, _, err := Shards(world("co-actions")); err == nil {
		t.Error("co-actions were written as Community Notes")
	}
}

// checkLoader holds files to the rules of the official scorer's process_data.
func checkLoader(t *testing.T, rows map[string][][]string) {
	t.Helper()
	columns := map[string]int{"ratings-00000.tsv": 35, "notes-00000.tsv": 24, "noteStatusHistory-00000.tsv": 24,
		"userEnrollment-00000.tsv": 8}
	number := func(file string, k int, text string) {
		if _, err := strconv.ParseInt(text, 10, 64); err != nil {
			t.Fatalf("%s: row %d holds %q for a whole number", file, k, text)
		}
	}
	for file, want := range columns {
		if got := len(rows[file][0]); got != want {
			t.Fatalf("%s has %d columns; want %d", file, got, want)
		}
		rows[file] = rows[file][1:]
	}
	enrolled, notes, pairs := map[string]bool{}, map[string][]string{}, map[[2]string]bool{}
	for k, r := range rows["userEnrollment-00000.tsv"] {
		if enrolled[r[0]] || r[1] != "earnedIn" {
			t.Fatalf("enrollment %v", r)
		}
		enrolled[r[0]] = true
		number("enrollment", k, r[2])
		number("enrollment", k, r[3])
		number("enrollment", k, r[7])
	}
	for k, r := range rows["notes-00000.tsv"] {
		number("notes", k, r[0])
		number("notes", k, r[2])
		number("notes", k, r[3])
		if notes[r[0]] != nil || !enrolled[r[1]] ||
			r[4] != "MISINFORMED_OR_POTENTIALLY_MISLEADING" && r[4] != "NOT_MISLEADING" {
			t.Fatalf("note %v", r)
		}
		notes[r[0]] = r
	}
	history := map[string]bool{}
	for k, r := range rows["noteStatusHistory-00000.tsv"] {
		number("history", k, r[5])
		of := notes[r[0]]
		if history[r[0]] || of == nil || of[1] != r[1] || of[2] != r[2] || r[6] != "NEEDS_MORE_RATINGS" {
			t.Fatalf("history %v of note %v", r, of)
		}
		history[r[0]] = true
	}
	if len(history) != len(notes) {
		t.Fatalf("%d of %d notes have a history", len(history), len(notes))
	}
	levels := []string{"HELPFUL", "SOMEWHAT_HELPFUL", "NOT_HELPFUL"}
	for k, r := range rows["ratings-00000.tsv"] {
		number("ratings", k, r[2])
		pair := [2]string{r[0], r[1]}
		if pairs[pair] || notes[r[0]] == nil || !enrolled[r[1]] || !slices.Contains(levels, r[8]) {
			t.Fatalf("rating %v", r)
		}
		pairs[pair] = true
		for _, tag := range r[9:31] {
			if tag != "0" && tag != "1" {
				t.Fatalf("rating %v has a tag %q", r, tag)
			}
		}
	}
}
