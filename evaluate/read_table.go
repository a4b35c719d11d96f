package evaluate

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/ringwatch/ringwatch/internal/plural"
	"github.com/ringwatch/ringwatch/rating"
)

// separator is what parts the columns of a first line; 0 for one column.
func separator(line string) rune {
	for _, d := range "\t,;|" {
		if strings.ContainsRune(line, d) {
			return d
		}
	}
	return 0
}

func parseTable(file string, text io.Reader, blank int, separator rune, o ReadOptions) (*Claims, error) {
	o.decimalComma = separator != ','
	c := csv.NewReader(text)
	c.Comma, c.FieldsPerRecord, c.ReuseRecord = separator, -1, true
	var t *rows
	line := 0
	place := func() string { return fmt.Sprintf("%s:%d", file, line) }
	for {
		record, err := c.Read()
		if err == io.EOF {
			return t.claims()
		}
		if err != nil {
			var p *csv.ParseError
			if errors.As(err, &p) {
				return nil, fmt.Errorf("%s:%d: %v; put quotation marks in pairs", file, blank+p.Line, p.Err)
			}
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		line, _ = c.FieldPos(0)
		line += blank
		if t == nil {
			header := make([]string, len(record))
			for k, h := range record {
				if header[k] = strings.TrimSpace(h); o.Columns.numbered() {
					header[k] = strconv.Itoa(k + 1)
				}
			}
			if t, err = newRows(file, header, place, o); err != nil {
				return nil, err
			}
			if !o.Columns.numbered() {
				continue
			}
		}
		if len(record) != len(t.header) {
			return nil, fmt.Errorf("%s: has %s, the first line %d",
				place(), plural.Of(len(record), "field"), len(t.header))
		}
		if err := t.add(record); err != nil {
			return nil, err
		}
	}
}

// rows gathers what rows of text say, as columns: what a value of a label or a group
// means is known when all rows were seen.
type rows struct {
	*builder
	o      ReadOptions
	header []string
	own    string
	x      roles
	r      Reading
	place  func() string // of the row that is added

	n        int      // rows
	labels   labelled // if there is a column of labels
	odd      string   // a label that says neither yes nor no
	oddPlace string
	grouped  struct{ minusOne, empty, zero int } // rows by what their group is
}

// labelled are accounts with what a column says of them, by number.
type labelled struct {
	value   *rating.Names
	account []int32
	code    []int32
}

func (l *labelled) add(u int32, value string) {
	l.account, l.code = append(l.account, u), append(l.code, l.value.Add([]byte(value)))
}

// mostColumns bounds a table, as it does those of ratings.
const mostColumns = 100_000

func newRows(file string, header []string, place func() string, o ReadOptions) (*rows, error) {
	if n := len(header); n > mostColumns {
		return nil, fmt.Errorf("%s: has %d columns, more than the %d that are read", file, n, mostColumns)
	}
	x, err := o.Columns.find(file, header)
	if err != nil {
		return nil, err
	}
	t := &rows{builder: newBuilder(), o: o, header: header, own: ownFile(header), x: x, place: place,
		labels: labelled{value: rating.NewNames()}, r: Reading{File: file, Lower: x.lower}}
	if t.own == "raters.csv of a case" || t.own == "ring_members.csv of a case" {
		t.x.kind = -1
	}
	return t, nil
}

// add adds a row, which may be another's then.
func (t *rows) add(row []string) error {
	t.n++
	x := t.x
	if x.group >= 0 {
		switch strings.TrimSpace(row[x.group]) {
		case "-1":
			t.grouped.minusOne++
		case "":
			t.grouped.empty++
		case "0":
			t.grouped.zero++
		}
	}
	if x.label >= 0 && t.o.Positive == nil && t.oddPlace == "" {
		if v := strings.ToLower(strings.TrimSpace(row[x.label])); !yes[v] && !no[v] && !unknown[v] {
			t.odd, t.oddPlace = strings.Clone(row[x.label]), t.place()
		}
	}
	if x.members >= 0 {
		for _, id := range members(row[x.members]) {
			if err := t.of(id, row); err != nil {
				return err
			}
		}
		return nil
	}
	id := strings.TrimSpace(row[x.account])
	if id == "" {
		return fmt.Errorf("%s: the account is empty; leave the row out or name it", t.place())
	}
	if t.own != "" && t.own != simulated && strings.HasPrefix(id, "'") {
		id = id[1:] // that no spreadsheet ran it
	}
	return t.of(id, row)
}

// of adds what a row says of one account.
func (t *rows) of(id string, row []string) error {
	x := t.x
	u, known := t.account(id)
	if known && x.group < 0 {
		t.repeats++
	}
	if x.score >= 0 {
		text := row[x.score]
		if t.o.decimalComma && strings.Count(text, ",") == 1 && !strings.Contains(text, ".") {
			text = strings.Replace(text, ",", ".", 1)
		}
		v, err := score(text)
		if err != nil {
			return fmt.Errorf("%s: the score %q is no number", t.place(), row[x.score])
		}
		if x.lower {
			v = -v
		}
		t.rate(u, v)
	}
	if x.group >= 0 {
		t.join(u, strings.TrimSpace(row[x.group]))
	} else if x.members >= 0 {
		t.join(u, fmt.Sprint("row ", t.n))
	}
	if x.label >= 0 {
		t.labels.add(u, strings.TrimSpace(row[x.label]))
	} else if x.group < 0 && x.score < 0 {
		t.mark(u, Yes)
	}
	if x.kind >= 0 {
		t.isKind(u, strings.TrimSpace(row[x.kind]))
	}
	return nil
}

// claims works out what the rows said.
func (t *rows) claims() (*Claims, error) {
	none := t.noGroup()
	if err := t.knowLabels(); err != nil {
		return nil, err
	}
	x := t.x
	of := make([]Label, t.labels.value.Len())
	for k := range of {
		of[k] = t.o.label(t.labels.value.Name(int32(k)))
	}
	if x.label >= 0 {
		for k, u := range t.labels.account {
			t.mark(u, of[t.labels.code[k]])
		}
	}
	t.settle(func(group string) bool { return x.group >= 0 && none[group] }, x.group >= 0 || x.label < 0, x.label < 0)
	name := func(k int) string {
		if k < 0 {
			return ""
		}
		return t.header[k]
	}
	r := &t.r
	r.Account, r.Score, r.Group, r.Label, r.Kind = name(max(x.account,
		x.members)), name(x.score), name(x.group), name(x.label), name(x.kind)
	r.Form = form(t.own, r)
	return t.builder.claims(*r), nil
}

// claimsOf reads rows of text by their columns.
func claimsOf(file string, header []string, all iter.Seq[[]string], place func(int) string,
	o ReadOptions) (*Claims, error) {
	at := 0
	t, err := newRows(file, header, func() string { return place(at) }, o)
	if err != nil {
		return nil, err
	}
	for row := range all {
		if err := t.add(row); err != nil {
			return nil, err
		}
		at++
	}
	return t.claims()
}

// members parts the accounts in one cell.
func members(cell string) []string {
	cell = strings.Trim(strings.TrimSpace(cell), "[](){}")
	d := " "
	for _, try := range []string{";", "|", ","} {
		if strings.Contains(cell, try) {
			d = try
			break
		}
	}
	var ids []string
	for part := range strings.SplitSeq(cell, d) {
		if part = strings.Trim(strings.TrimSpace(part), `'"`); part != "" {
			ids = append(ids, part)
		}
	}
	return ids
}

// score reads a number. What says that there is none is NaN.
func score(s string) (float64, error) {
	switch s = strings.TrimSpace(s); strings.ToLower(s) {
	case "", "na", "n/a", "nan", "-nan", "null", "none", "-", "?":
		return math.NaN(), nil
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil && errors.Is(err, strconv.ErrRange) {
		err = nil
	}
	return v, err
}

// noGroup works out which values of the group column mean that there is none.
func (t *rows) noGroup() map[string]bool {
	none := map[string]bool{"": true}
	for _, s := range t.o.None {
		none[s] = true
	}
	if t.x.group < 0 || t.o.None != nil {
		return none
	}
	for _, s := range []string{"-", "NA", "N/A", "NaN", "nan", "None", "none", "null"} {
		none[s] = true
	}
	name, count := t.header[t.x.group], t.grouped
	switch {
	case count.minusOne > 0: // as clusterings write it; then 0 is a group
		none["-1"] = true
		t.r.Told = append(t.r.Told, fmt.Sprintf("%s with %s -1 are in no group",
			plural.Of(count.minusOne, "row"), name))
	case count.empty > 0 || count.zero == 0:
	case slices.Contains(partNames, plain(name)):
		t.r.Told = append(t.r.Told, fmt.Sprintf("%s 0 is a group like others (--none 0 says otherwise)", name))
	default:
		none["0"] = true
		t.r.Told = append(t.r.Told, fmt.Sprintf("%s with %s 0 are in no group (--none says otherwise)",
			plural.Of(count.zero, "row"), name))
	}
	return none
}

// knowLabels makes sure that labels say yes or no.
func (t *rows) knowLabels() error {
	if t.oddPlace == "" {
		return nil
	}
	if _, told := t.o.Columns["label"]; !told && (t.x.group >= 0 || t.x.score >= 0) {
		t.r.Told = append(t.r.Told, fmt.Sprintf("the column %s is no label, as %q says neither yes nor no",
			t.header[t.x.label], t.odd))
		t.x.label = -1
		return nil
	}
	return fmt.Errorf("%s: the label %q says neither yes nor no; say which values mean yes with --positive",
		t.oddPlace, t.odd)
}

var (
	yes     = map[string]bool{"1": true, "1.0": true, "true": true, "yes": true, "y": true, "t": true, "positive": true}
	no      = map[string]bool{"0": true, "0.0": true, "false": true, "no": true, "n": true, "f": true, "negative": true}
	unknown = map[string]bool{"": true, "na": true, "n/a": true, "nan": true, "null": true, "none": true,
		"unknown": true, "?": true, "-": true}
)

func (o *ReadOptions) label(s string) Label {
	s = strings.TrimSpace(s)
	if o.Positive != nil {
		switch {
		case slices.Contains(o.Positive, s):
			return Yes
		case unknown[strings.ToLower(s)]:
			return Unknown
		}
		return No
	}
	switch s = strings.ToLower(s); {
	case yes[s]:
		return Yes
	case no[s]:
		return No
	}
	return Unknown
}

// form says in words what was read.
func form(own string, r *Reading) string {
	var parts []string
	for _, p := range []struct{ role, column string }{{"accounts", r.Account}, {"scores", r.Score}, {"groups", r.Group},
		{"labels", r.Label}, {"kinds", r.Kind}} {
		if p.column != "" {
			s := fmt.Sprintf("%s in %s", p.role, p.column)
			if p.role == "scores" && r.Lower {
				s += " (lower is more suspicious)"
			}
			parts = append(parts, s)
		}
	}
	s := strings.Join(parts, ", ")
	if own != "" {
		s = own + ": " + s
	}
	return s
}
