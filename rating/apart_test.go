package rating

import (
	"fmt"
	"strings"
	"testing"
)

// TestStrays: a value that stands apart from all others does not stretch the
// scale, however few the others are.
func TestStrays(t *testing.T) {
	for _, c := range []struct {
		values []float64
		stray  float64
		times  int
		scale  Scale
		told   string
	}{
		{[]float64{1, 2, 3, 4, 5}, 500, 1, Scale{1, 5}, "set aside: the value is 500"},
		{[]float64{0, 1}, 9, 2, Scale{0, 1}, "set aside: the value is 9"},
		{[]float64{-1, 1}, 11, 1, Scale{-1, 1}, "set aside: the value is 11"},
		{[]float64{4, 5}, 50, 1, Scale{4, 5}, "set aside: the value is 50"},
		{[]float64{1, 2, 5}, 50, 1, Scale{1, 5}, "set aside: the value is 50"},
		{[]float64{1, 2, 3, 4, 5}, 99, 40, Scale{1, 5}, "set aside: the value is 99"},
		{[]float64{0, 1, 2, 3, 4, 5}, -1, 5, Scale{0, 5}, "set aside: the value is -1"},
		{[]float64{1, 2, 3, 4, 5}, 6, 1, Scale{1, 6}, "--missing 6 sets it aside"},
		{[]float64{1, 2, 3, 4, 5, 6, 7}, 10, 40, Scale{1, 10}, ""},
		{[]float64{1, 2, 3, 4, 5, 88}, 99, 40, Scale{1, 5}, "set aside: the values are 88, 99"},
		{[]float64{1, 2, 3, 4, 5, -8}, -9, 40, Scale{1, 5}, "set aside: the values are -9, -8"},
		{[]float64{1, 2, 3, 4, 5, 8}, 9, 40, Scale{}, "is 8,9, beside 1..5 of all others; if that means no rating, " +
			"say --missing 8,9, if it is one, --scale 1..9"},
		{[]float64{1, 2, 3, 4, 5}, 7, 40, Scale{}, "is 7, beside 1..5"},
		{[]float64{0, 1, 2, 3, 4, 0, 0}, 4, 1, Scale{0, 4}, "say --missing 0"},
	} {
		text := strings.Builder{}
		text.WriteString("user,item,rating\n")
		for k := range 300 {
			fmt.Fprintf(&text, "u%d,i%d,%g\n", k/6, k%6, c.values[k%len(c.values)])
		}
		for k := range c.times {
			fmt.Fprintf(&text, "z%d,i%d,%g\n", k, k%6, c.stray)
		}
		table, sum, err := read(text.String(), ReadOptions{})
		if err != nil {
			if c.scale != (Scale{}) || !strings.Contains(err.Error(), c.told) {
				t.Errorf("%v and %g: %v", c.values, c.stray, err)
			}
			continue
		}
		said := strings.Join(sum.Warnings, "\n")
		if table.Scale != c.scale || !strings.Contains(said, c.told) || c.told == "" && said != "" {
			t.Errorf("%v and %g: scale %v, want %v; said %q", c.values, c.stray, table.Scale, c.scale, said)
		}
	}
}
