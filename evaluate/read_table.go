package evaluate

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/ringwatch/ringwatch/internal/plural"
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

func parseTable(file string, data []byte, separator rune, o ReadOptions) (*Claims, error) {
	o.decimalComma = separator != ','
	c := csv.NewReader(bytes.NewReader(data))
	c.Comma, c.FieldsPerRecord, c.ReuseRecord = separator, -1, false
	var header []string
	var rows [][]string
	var lines []int
	for {
		record, err := c.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			var p *csv.ParseError
			if errors.As(err, &p) {
				return nil, fmt.Errorf("%s:%d: %v; put quotation marks in pairs", file, p.Line, p.Err)
			}
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		line, _ := c.FieldPos(0)
		if header == nil {
			if o.Columns.numbered() {
				for k := range record {
					header = append(header, strconv.Itoa(k+1))
				}
			} else {
				for k, h := range record {
					record[k] = strings.TrimSpace(h)
				}
				header = record
				continue
			}
		}
		if len(record) != len(header) {
			return nil, fmt.Errorf("%s:%d: has %s, the first line %d",
				file, line, plural.Of(len(record), "field"), len(header))
		}
		rows, lines = append(rows, record), append(lines, line)
	}
	return claimsOf(file, header, rows, func(k int) string { return fmt.Sprintf("%s:%d", file, lines[k]) }, o)
}

// claimsOf reads rows of text by their columns.
func claimsOf(file string, header []string, rows [][]string, place func(int) string, o ReadOptions) (*Claims, error) {
	x, err := o.Columns.find(file, header)
	if err != nil {
		return nil, err
	}
	own := ownFile(header)
	r := Reading{File: file, Lower: x.lower}
	if own == "raters.csv of a case" || own == "ring_members.csv of a case" {
		x.kind = -1
	}
	b := newBuilder()
	none := b.noGroup(&r, header, rows, x, o)
	if x.label >= 0 {
		if err := b.knowLabels(&r, header, rows, place, &x, o); err != nil {
			return nil, err
		}
	}
	for k, row := range rows {
		ids := []string{}
		if x.members >= 0 {
			ids = members(row[x.members])
		} else if id := strings.TrimSpace(row[x.account]); id != "" {
			if own != "" && own != simulated && strings.HasPrefix(id, "'") {
				id = id[1:] // that no spreadsheet ran it
			}
			ids = append(ids, id)
		} else {
			return nil, fmt.Errorf("%s: the account is empty; leave the row out or name it", place(k))
		}
		for _, id := range ids {
			if err := b.row(id, row, x, none, o, place, k); err != nil {
				return nil, err
			}
		}
	}
	name := func(k int) string {
		if k < 0 {
			return ""
		}
		return header[k]
	}
	r.Account, r.Score, r.Group, r.Label, r.Kind = name(max(x.account,
		x.members)), name(x.score), name(x.group), name(x.label), name(x.kind)
	r.Form = form(own, &r)
	return b.claims(r), nil
}

// row adds what a row says of one account.
func (b *builder) row(id string, row []string, x roles, none map[string]bool, o ReadOptions, place func(int) string,
	k int) error {
	u, known := b.account(id)
	decided := x.label < 0 && x.group < 0 && x.score < 0
	if known && x.group < 0 {
		b.repeats++
	}
	if x.score >= 0 {
		text := row[x.score]
		if o.decimalComma && strings.Count(text, ",") == 1 && !strings.Contains(text, ".") {
			text = strings.Replace(text, ",", ".", 1)
		}
		v, err := score(text)
		if err != nil {
			return fmt.Errorf("%s: the score %q is no number", place(k), row[x.score])
		}
		if x.lower {
			v = -v
		}
		b.rate(u, v)
	}
	if x.group >= 0 {
		g := strings.TrimSpace(row[x.group])
		in := !none[g]
		if in {
			b.join(u, g)
		}
		if x.label < 0 {
			if in {
				b.label[u] = Yes // in a group is in a group, whatever other rows say
			} else {
				b.label[u] = max(b.label[u], No)
			}
		}
	} else if x.members >= 0 && x.label < 0 {
		b.join(u, fmt.Sprint("row ", k+1))
		b.label[u] = Yes
	}
	if x.label >= 0 {
		b.mark(u, o.label(row[x.label]))
	} else if decided {
		b.mark(u, Yes)
	}
	if x.kind >= 0 {
		b.kinds = true
		b.kind[u] = strings.TrimSpace(row[x.kind])
	}
	return nil
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
func (b *builder) noGroup(r *Reading, header []string, rows [][]string, x roles, o ReadOptions) map[string]bool {
	none := map[string]bool{"": true}
	for _, s := range o.None {
		none[s] = true
	}
	if x.group < 0 || o.None != nil {
		return none
	}
	count := make(map[string]int)
	for _, row := range rows {
		count[strings.TrimSpace(row[x.group])]++
	}
	for _, s := range []string{"-", "NA", "N/A", "NaN", "nan", "None", "none", "null"} {
		none[s] = true
	}
	name := header[x.group]
	switch {
	case count["-1"] > 0: // as clusterings write it; then 0 is a group
		none["-1"] = true
		r.Told = append(r.Told, fmt.Sprintf("%s with %s -1 are in no group", plural.Of(count["-1"], "row"), name))
	case count[""] > 0 || count["0"] == 0:
	case slices.Contains(partNames, plain(name)):
		r.Told = append(r.Told, fmt.Sprintf("%s 0 is a group like others (--none 0 says otherwise)", name))
	default:
		none["0"] = true
		r.Told = append(r.Told, fmt.Sprintf("%s with %s 0 are in no group (--none says otherwise)",
			plural.Of(count["0"], "row"), name))
	}
	return none
}

// knowLabels makes sure that labels say yes or no.
func (b *builder) knowLabels(r *Reading, header []string, rows [][]string, place func(int) string, x *roles,
	o ReadOptions) error {
	if o.Positive != nil {
		return nil
	}
	for k, row := range rows {
		if v := strings.ToLower(strings.TrimSpace(row[x.label])); !yes[v] && !no[v] && !unknown[v] {
			if _, told := o.Columns["label"]; !told && (x.group >= 0 || x.score >= 0) {
				r.Told = append(r.Told, fmt.Sprintf("the column %s is no label, as %q says neither yes nor no",
					header[x.label], row[x.label]))
				x.label = -1
				return nil
			}
			return fmt.Errorf("%s: the label %q says neither yes nor no; say which values mean yes with --positive",
				place(k), row[x.label])
		}
	}
	return nil
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
