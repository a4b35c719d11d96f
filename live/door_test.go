package live

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/rating"
)

func newDoor(t *testing.T) *Door {
	t.Helper()
	d, err := NewDoor(openJournal(t, t.TempDir()), rating.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// What a batch run would refuse does not come in, and one line says why.
func TestDoor(t *testing.T) {
	const good = `{"rater":"a","item":"b","value":1,"time":"2026-01-31T12:00:00Z"}`
	for _, bad := range []struct{ line, why string }{
		{`{}`, "line 2"},
		{`{"value":1e999}`, "line 2"},
		{`{"rater":"a","item":"b","value":1e999,"time":"2026-01-31T12:00:00Z"}`, `line 2: "1e999" is not a number`},
		{`{"rater":"a","item":"b","value":"NaN","time":"2026-01-31T12:00:00Z"}`, "line 2"},
		{`{"rater":"a","item":"b","value":null,"time":"2026-01-31T12:00:00Z"}`, "line 2 has no"},
		{`{"rater":"","item":"b","value":1,"time":"2026-01-31T12:00:00Z"}`, `line 2 has no "rater"`},
		{`{"rater":"a","value":1,"time":"2026-01-31T12:00:00Z"}`, "line 2"},
		{`{"rater":["a"],"item":"b","value":1,"time":"2026-01-31T12:00:00Z"}`, "line 2"},
		{`{"user":"a","item":"b","value":1,"time":"2026-01-31T12:00:00Z"}`, "line 2"},
		{`{"rater":"a","item":"b","value":1,"time":"soon"}`, "line 2"},
		{`{"rater":"a","item":"b","value":1,"time":"05/01/2026"}`, ""},
		{`{"rater":"a","item":"b","value":1}`, `line 2`},
		{`{"rater":"a","item":"b","value":1,"time":null}`, `line 2`},
		{`{"rater":"a","item":"b","value":1,"time":""}`, `line 2`},
		{`{"rater":"a","item":"b","value":"five","time":"2026-01-31T12:00:00Z"}`, ""},
		{`[1]`, "line 2 is no JSON object"},
		{`{"rater":"a"`, "line 2 is no JSON object"},
	} {
		d := newDoor(t)
		if _, n, err := d.Check([]byte(good + "\n")); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		_, _, err := d.Check([]byte("\n" + bad.line + "\n" + strings.Replace(good, "1", "2", 1)))
		if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), bad.why) {
			t.Errorf("%s: %v", bad.line, err)
		}
	}
	d := newDoor(t)
	if _, _, err := d.Check([]byte(`{}`)); err == nil ||
		!strings.HasPrefix(err.Error(), "line 1: is an object without keys") {
		t.Errorf("the first may be {}: %v", err)
	}
	if _, _, err := d.Check([]byte(good)); err != nil {
		t.Error(err)
	}
	if _, _, err := d.Check([]byte(strings.Replace(good, `"2026-01-31T12:00:00Z"`, "1700000000", 1))); err == nil ||
		!strings.Contains(err.Error(), "times were") {
		t.Error(err)
	}
	for _, bad := range []struct{ line, why string }{
		{`{}`, "line 1: is an object without keys"},
		{strings.Replace(good, ":1,", ":1e999,", 1), `line 1: "1e999" is not a number`},
	} {
		if _, _, err := d.Check([]byte(bad.line)); err == nil || !strings.HasPrefix(err.Error(), bad.why) {
			t.Errorf("%s alone: %v", bad.line, err)
		}
	}
	if _, n, err := d.Check([]byte(good + "\r\n\n" + strings.Replace(good, `"b"`, `"c"`, 1))); n != 2 || err != nil {
		t.Error(n, err)
	}
}

// A first rating at midnight says nothing of those to come, also in a journal that says it did; and one
// outside of the scale that was told does not come in.
func TestDoorAtMidnight(t *testing.T) {
	for _, times := range [][2]string{{"1704067200", "1704067300"}, {"1704067200000", "1704067300123"},
		{`"2026-01-31"`, `"2026-01-31T12:00:00Z"`}, {`"31.01.2026"`, `"31.01.2026 12:30"`}} {
		j := openJournal(t, t.TempDir())
		d, err := NewDoor(j, rating.ReadOptions{Scale: "1..5"})
		if err != nil {
			t.Fatal(err)
		}
		for k, time := range []string{times[0], times[1], times[0]} {
			say, _, err := d.Check(fmt.Appendf(nil, `{"rater":"a%d","item":"b","value":4,"time":%s}`, k, time))
			if err != nil {
				t.Fatalf("%s after %v: %v", time, times, err)
			}
			if k == 0 { // as it was kept once
				as := columns{Rater: "rater", Item: "item", Value: "value", Time: "time", TimeAs: d.columns.TimeAs}
				as.TimeAs = strings.Replace(strings.Replace(as.TimeAs, "dates and times", "dates", 1), ", UTC",
					", no time of day, UTC", 1)
				line, _ := json.Marshal(ownLine{Columns: &as})
				if err := j.Append([]Said{{ownSource, append(line, '\n')}, say[1]}); err != nil {
					t.Fatal(err)
				}
				if d, err = NewDoor(j, d.options); err != nil {
					t.Fatal(err)
				}
			}
		}
		_, _, err = d.Check(fmt.Appendf(nil, `{"rater":"c","item":"b","value":9,"time":%s}`, times[1]))
		if err == nil || !strings.Contains(err.Error(), "line 1: the value 9 is outside of the scale") {
			t.Error(err)
		}
	}
}

// Whatever came in, a batch run over all of it can read.
func FuzzDoor(f *testing.F) {
	for _, line := range []string{
		`{"rater":"a","item":"b","value":1,"time":1700000000}`,
		`{"rater":"c","item":"b","value":5,"time":1700000001,"more":[1,{"x":"}"}]}`, `{}`,
		`{"rater":7,"item":8,"value":2.5,"time":1700000000}`,
		`{"rater":"null","item":"\u0061","value":-0,"time":1700000000}`,
		`{"rater":"a","item":"d","value":99,"time":1700000000}`,
		`{"rater":"c","item":"b","value":5}`, `{"rater":"c","item":"b","value":5,"":7,"":[1,{"":""}]}`,
		`{"rater":"a","rater":"x","item":"b","value":1,"time":1700000000}`,
		`{"rater":"a","item":"b","value":1,"time":1700000000.5}`,
		`{"rater":"a ","item":"b","value":1e2,"time":1700000000}`,
		`{"rateR":"a","item":"b","value":1,"time":1700000000}`, `{"rater":"a","item":"b","value":1,"Time":1700000000}`,
		`{"rater":"a","iTem":"b","Value":1,"time":1700000000}`,
		`{"rater":"a","item":"b","value":"like","time":1700000000}`,
		`{"rater":"a","item":"b","value":"hate","time":1700000000}`,
		`{"rater":"a","item":"b","value":"meh","time":1700000000}`, `{"rater":"a","item":"b","value":"No","time":1700000000}`,
		`{"rater":"a","item":"b","value":"neutral","time":1700000000 }`,
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if len(line) > 1000 {
			return
		}
		came, opening := 0, [2]string{`{"rater":"r","item":"i","value":1,"time":1699920000}`, // midnight
			`{"rater":"s","item":"i","value":5,"time":1700000000}`}
		if strings.Contains(line, `":"`) && len(line)%2 == 0 { // words, perhaps
			opening = [2]string{`{"rater":"r","item":"i","value":"like","time":1699920000}`,
				`{"rater":"s","item":"i","value":"dislike","time":1700000000}`}
		}
		d := newDoor(t)
		var all []byte
		for k, say := range []string{opening[0], opening[1], line, line + "\n" + line} {
			told, n, err := d.Check([]byte(say))
			if err != nil {
				if k < 2 {
					t.Fatal(err)
				}
				continue
			}
			data := told[len(told)-1].Data
			all, came = append(all, data...), came+n
			if bytes.Count(data, []byte{'\n'}) != n {
				t.Fatalf("%d rows in %q", n, data)
			}
		}
		o := rating.ReadOptions{Stdin: bytes.NewReader(all), Columns: d.columns.fixed(), Repeats: "mean"}
		_, sum, err := rating.Read(context.Background(), []string{"-"}, o)
		if err != nil || sum.NoOne > 0 {
			t.Fatalf("%d rows came in, and then: %v, %+v\n%s", came, err, sum, all)
		}
		for line := range bytes.Lines(all) { // what is read here is what is read there
			r, ok := d.columns.plain(bytes.TrimSpace(line))
			if !ok || r.time == rating.NoTime { // that there is one at all, others say
				continue
			}
			o.Stdin, o.Scale, o.Times = bytes.NewReader(line), "-1e9..1e9", "seconds" // alone it may look odd
			table, _, err := rating.Read(context.Background(), []string{"-"}, o)
			if err != nil || table.Len() != 1 || table.Raters.Name(0) != string(r.rater) ||
				table.Items.Name(0) != string(r.item) || table.Time[0] != r.time {
				t.Fatalf("%s is read as %s, %s, %d: %v", line, r.rater, r.item, r.time, err)
			}
		}
	})
}

// A folder with somebody else's files is left alone.
func TestFolder(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "thesis.tex"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if j, err := Open(dir); err == nil || !strings.Contains(err.Error(), "thesis.tex") {
		t.Error(j, err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Error("it has more files now:", left)
	}
	if _, err := Open(filepath.Join(dir, "thesis.tex")); err == nil || strings.Contains(err.Error(), "\n") {
		t.Error(err)
	}
}

// Words come one after another: what a batch run reads of them together comes in, is read alike
// by what is live, and goes on after a restart.
func TestDoorWords(t *testing.T) {
	post := func(d *Door, k int, word string) error {
		say, _, err := d.Check(fmt.Appendf(nil, `{"rater":"r%d","item":"i","value":%q,"time":"2026-01-31T12:00:%02dZ"}`+"\n",
			k, word, k%60))
		if err == nil {
			err = d.journal.Append(say)
		}
		return err
	}
	for _, x := range []struct {
		words, refused string
		want           []float64
	}{
		{"like dislike like", "", []float64{1, 0, 1}},
		{"No YES no", "", []float64{0, 1, 0}},
		{"positive negative neutral", "", []float64{1, 0, .5}},
		{"HELPFUL NOT_HELPFUL SOMEWHAT_HELPFUL", "", []float64{1, 0, .5}},
		{"like banana dislike", "banana", []float64{1, 0}},
		{"like 3", "3", []float64{1}},
		{"3 5 2", "", []float64{3, 5, 2}}, // numbers as text
		{"4/5 5/5 4/5", "", []float64{4, 5, 4}},
		{"20% 70%", "", []float64{20, 70}},
	} {
		dir := t.TempDir()
		j := openJournal(t, dir)
		d, err := NewDoor(j, rating.ReadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		rows := newRowReader(j, rating.ReadOptions{}, nil)
		var got []float64
		for k, word := range strings.Fields(x.words) {
			if k == 2 { // a restart
				if d, err = NewDoor(j, rating.ReadOptions{}); err != nil {
					t.Fatal(err)
				}
			}
			at := j.Size()
			if err := post(d, k, word); (err != nil) != (word == x.refused) {
				t.Errorf("%s: %s: %v", x.words, word, err)
			}
			said, next, err := j.after(at)
			for ; err == nil && next > at; said, next, err = j.after(at) {
				at = next
				for _, s := range said {
					if s.Source == Posted {
						for _, r := range rows.read(s) {
							got = append(got, r.value)
						}
					}
				}
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(x.want) {
			t.Errorf("%s is read as %v, want %v", x.words, got, x.want)
		}
		_, sum, err := rating.Read(t.Context(), []string{"-"}, rating.ReadOptions{Stdin: j.Read(Posted, 0)})
		if err != nil || sum.Rows != len(x.want) {
			t.Errorf("%s: a batch run reads %v, %v", x.words, sum, err)
		}
	}
	// Beyond the lines that a batch run learns from, words are those of the answers that it knows then.
	j := openJournal(t, t.TempDir())
	d, err := NewDoor(j, rating.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var first strings.Builder
	for k := range learnedFrom + 1 {
		fmt.Fprintf(&first, `{"rater":"r%d","item":"i","value":"agree","time":"2026-01-31T12:00:00Z"}`+"\n", k)
	}
	say, _, err := d.Check([]byte(first.String()))
	if err == nil {
		err = j.Append(say)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := post(d, 0, "strongly agree"); err == nil {
		t.Error("a word came in that a batch run cannot read")
	}
	if err := post(d, 0, "disagree"); err != nil {
		t.Error(err)
	}
}
