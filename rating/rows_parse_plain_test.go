package rating

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestQuick: lines that are read 8 bytes at a time hold what they hold when
// they are split one by one, bad rows and their lines included.
func TestQuick(t *testing.T) {
	name := rapid.OneOf(rapid.StringMatching("[1-9][0-9]{0,3}"), rapid.StringMatching("[a-z0-9]{0,12}"),
		rapid.StringMatching("0?[0-9]{7,9}"))
	value := rapid.OneOf(rapid.StringMatching("[1-5]"), rapid.StringMatching("-?[0-9]{0,2}[.]?[0-9]{0,9}"),
		rapid.SampledFrom([]string{"", " 4 ", "x", "1e3", "\x00", "1\x00"}))
	time := rapid.OneOf(rapid.StringMatching("20[0-3][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9]Z"),
		rapid.StringMatching("16[0-9]{8}"),
		rapid.SampledFrom([]string{"", " 2024-01-31T12:00:00Z", "2024-01-31", "2024-01-31T12:00:0xZ",
			"2024-01-31 12:00:00Z", "1.6e9", strings.Repeat("\x00", 10) + "T12:00:00Z"}))
	end := rapid.SampledFrom([]string{"\n", "\n", "\n", "\r\n", "\n\n", ",\n", ",9\n"})
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.Custom(func(t *rapid.T) string {
			return name.Draw(t, "rater") + "," + name.Draw(t, "item") + "," + value.Draw(t, "value") +
				",other," + time.Draw(t, "time") + end.Draw(t, "end")
		})
		text := strings.Join(rapid.SliceOfN(line, 1, 40).Draw(t, "lines"), "")
		l := &layout{comma: ',', columns: 5, role: []int8{raterField, itemField, valueField, skipped, timeField}}
		l.has[valueField], l.has[timeField] = true, true
		quick := (&reader{opt: &ReadOptions{}, lo: math.Inf(-1), hi: 50}).newParser()
		slow := (&reader{opt: &ReadOptions{}, lo: math.Inf(-1), hi: 50}).newParser()
		quick.begin(0, 0, "", l, 0)
		quick.lines([]byte(text), 1)
		slow.begin(0, 0, "", l, 0)
		for k, row := range strings.Split(text, "\n") {
			if row = strings.TrimSuffix(row, "\r"); row != "" {
				slow.split([]byte(row), k+1)
				slow.numberRows()
			}
		}
		if diff := cmp.Diff(dumpRows(slow), dumpRows(quick)); diff != "" {
			t.Fatal(diff)
		}
	})
}

// dumpRows is all that a parser read.
func dumpRows(p *parser) string {
	var b strings.Builder
	r := p.rows
	for k := range r.rater {
		fmt.Fprintf(&b, "%q %q %v %d %v\n", p.raters.Name(r.rater[k]), p.items.Name(r.item[k]), r.value[k],
			r.time[k], r.unit[k])
	}
	fmt.Fprintln(&b, r.min, r.max, r.valued, r.count, r.lines, r.empty, r.bad, r.badCount)
	return b.String()
}
