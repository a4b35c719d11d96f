// Package scoretest has the ratings that tests of scorers share: made ones, and the
// golden vectors of the official scorer where they stand beside the checkout.
package scoretest

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/rating"
)

// Synthetic returns ratings of a polarised crowd: heavy-tailed activity and
// popularity, three levels of value, no rater twice on an item.
func Synthetic(seed uint64, raters, items, ratings int) *rating.Table {
	rng := rand.New(rand.NewPCG(seed, 1))
	t := &rating.Table{Raters: rating.Numbered("r", raters), Items: rating.Numbered("i", items),
		Scale: rating.Scale{Max: 1}}
	type entity struct{ quality, side float64 }
	draw := func(n int) []entity {
		e := make([]entity, n)
		for k := range e {
			side := 0.6
			if rng.Float64() < 0.4 {
				side = -0.6
			}
			e[k] = entity{0.2 * rng.NormFloat64(), side + 0.3*rng.NormFloat64()}
		}
		return e
	}
	of, about := draw(raters), draw(items)
	seen := make(map[int64]bool, ratings)
	for len(seen) < ratings {
		u := int(float64(raters) * math.Pow(rng.Float64(), 2))
		n := int(float64(items) * math.Pow(rng.Float64(), 1.5))
		key := int64(u)*int64(items) + int64(n)
		if seen[key] {
			continue
		}
		seen[key] = true
		v := 0.5 + of[u].quality + about[n].quality + 0.5*of[u].side*about[n].side + 0.3*rng.NormFloat64()
		t.Append(int32(u), int32(n), float32(min(2, max(0, math.Round(2*v))))/2, rating.NoTime)
	}
	return t
}

// Tagged returns ratings with the tags, times and notes that Community Notes
// has.
func Tagged(seed uint64, raters, items, ratings int) *rating.Table {
	return Noted(seed, Synthetic(seed, raters, items, ratings))
}

// Noted gives a table tags, times and notes: low ratings name one or two faults.
func Noted(seed uint64, t *rating.Table) *rating.Table {
	rng := rand.New(rand.NewPCG(seed, 2))
	raters, items := t.Raters.Len(), t.Items.Len()
	t.Tags, t.Time = make([]uint32, t.Len()), make([]int32, t.Len())
	t.Notes = &rating.Notes{Created: make([]int32, items), Author: make([]int32, items),
		Authors: rating.Numbered("r", raters),
		Post:    make([]int64, items), Class: make([]rating.NoteClass, items), Status: make([]rating.NoteStatus, items),
		Decided: slices.Repeat([]int32{rating.NoTime}, items), Group: slices.Repeat([]int8{13}, raters)}
	for n := range items {
		t.Notes.Created[n] = 830000000 + int32(n)*100
		t.Notes.Author[n] = -1
		if raters > 0 {
			t.Notes.Author[n] = rng.Int32N(int32(raters))
		}
	}
	for k, v := range t.Value {
		t.Time[k] = t.Notes.Created[t.Item[k]] + int32(3e5*rng.Float64()*rng.Float64())
		for range int(2 * (1 - v)) {
			t.Tags[k] |= 1 << (rating.TagNotHelpful + int(13*math.Pow(rng.Float64(), 2)))
		}
	}
	return t
}

// Table returns ratings given as rater, item, value.
func Table(scale rating.Scale, raters, items int, rows ...float32) *rating.Table {
	t := &rating.Table{Raters: rating.Numbered("r", raters), Items: rating.Numbered("i", items), Scale: scale}
	for k := 0; k < len(rows); k += 3 {
		t.Append(int32(rows[k]), int32(rows[k+1]), rows[k+2], rating.NoTime)
	}
	return t
}

// Weights returns weights of which some are 0, some 1 and some between.
func Weights(n int) []float32 {
	w := make([]float32, n)
	for u := range w {
		w[u] = float32(u%5) / 4
	}
	return w
}

// Golden returns the path of a file of the golden vectors, beside the checkout.
func Golden(name string) string {
	root := "."
	for range 4 {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			break
		}
		root = filepath.Join("..", root)
	}
	return filepath.Join(root, "../shared/golden/S", name)
}

// GoldenRows returns the rows of a gzipped TSV below the header.
func GoldenRows(t testing.TB, name string) [][]string {
	t.Helper()
	return GoldenLines(t, name)[1:]
}

// GoldenLines returns all rows of a gzipped TSV.
func GoldenLines(t testing.TB, name string) [][]string {
	t.Helper()
	f, err := os.Open(Golden(name))
	if err != nil {
		t.Skipf("golden vectors of the official scorer are not here: %v", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for s := bufio.NewScanner(z); s.Scan(); {
		rows = append(rows, strings.Split(s.Text(), "\t"))
	}
	return rows
}

// GoldenJSON reads a file of JSON.
func GoldenJSON(t testing.TB, name string, to any) {
	t.Helper()
	text, err := os.ReadFile(Golden(name))
	if err != nil {
		t.Skipf("golden vectors of the official scorer are not here: %v", err)
	}
	if err := json.Unmarshal(text, to); err != nil {
		t.Fatal(err)
	}
}

// Number reads a number.
func Number(t testing.TB, s string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// GoldenTable returns the ratings of the official first fit.
func GoldenTable(t testing.TB) *rating.Table {
	t.Helper()
	b := &rating.Table{Raters: rating.NewNames(), Items: rating.NewNames(), Scale: rating.Scale{Max: 1}}
	for _, row := range GoldenRows(t, "core/r1_input.tsv.gz") {
		b.Append(b.Raters.Add([]byte(row[1])), b.Items.Add([]byte(row[0])), float32(Number(t, row[2])), rating.NoTime)
	}
	return b
}

// GoldenNotes returns the input of the official scorer.
func GoldenNotes(t testing.TB) *rating.Table {
	t.Helper()
	GoldenRows(t, "core/r1_notes.tsv.gz") // skips where there are no golden vectors
	table, _, err := rating.Read(context.Background(), []string{Golden("input")}, rating.ReadOptions{Notes: true})
	if err != nil {
		t.Fatal(err)
	}
	return table
}
