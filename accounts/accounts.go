package accounts

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ringwatch/ringwatch/internal/plural"
	"github.com/ringwatch/ringwatch/internal/textfile"
	"github.com/ringwatch/ringwatch/rating"
)

// A Table is a file of accounts, by the numbers of the raters of a rating.Table.
type Table struct {
	File    string
	Listed  []bool  // per rater: whether the file names it
	Columns []Known // in the order of the file
	Created []int32 // per rater, seconds since rating.Epoch, rating.NoTime where unknown; nil without a column
	ByDay   bool    // Created are days
	Strange int     // rows about accounts that rated nothing

	Warnings []string
}

// A Known is one column: a code for each rater, -1 where the cell is empty.
type Known struct {
	Name string
	Code []int32
}

// mostRows and mostColumns bound a file.
const (
	mostRows    = 50_000_000
	mostColumns = 64
)

var (
	raterNames   = []string{"rater", "user", "account", "reviewer", "member", "author", "id", "did"}
	createdNames = []string{"created", "account_created", "user_created", "joined", "registered", "signup",
		"signed_up", "opened"}
	notSanctions = []string{"open", "dismissed", "removed"} // statuses of a label that say nothing against an account
)

// ReadFile reads a CSV or TSV file, plain, .gz, .bz2 or .zst, of which one column names
// raters as names does, and one may say when the account was created. An error begins
// with the file and, where it is of a row, its line.
func ReadFile(ctx context.Context, path string, names *rating.Names) (*Table, error) {
	return read(ctx, path, names, false)
}

func read(ctx context.Context, path string, names *rating.Names, sanctions bool) (*Table, error) {
	f, err := textfile.Open(ctx, path, nil)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readFrom(f, names, sanctions)
}

// readFrom reads a table; of sanctions, only who is in it.
func readFrom(in *textfile.File, names *rating.Names, sanctions bool) (*Table, error) {
	b, file := bufio.NewReaderSize(in, 64<<10), in.Name
	begin, err := b.Peek(4 << 10)
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if len(begin) > 100 && !utf8.Valid(begin[:len(begin)-utf8.UTFMax]) &&
		bytes.Count(begin, []byte{'\n'}) < len(begin)/1000 {
		return nil, fmt.Errorf("%s: is no text; give CSV or TSV with a column for the rater", file)
	}
	if text := bytes.TrimSpace(begin); len(text) > 0 && (text[0] == '{' || text[0] == '[') {
		return nil, fmt.Errorf("%s: is JSON; give CSV or TSV with a column for the rater", file)
	}
	rows := csv.NewReader(b)
	rows.Comma, rows.ReuseRecord = separator(b), true
	head, err := rows.Read()
	if err == io.EOF {
		return nil, fmt.Errorf("%s: is empty; want a header with a column for the rater", file)
	}
	if bad := (*csv.ParseError)(nil); errors.As(err, &bad) {
		return nil, fmt.Errorf("%s:%d: %w; want CSV or TSV, whose first line names its columns",
			file, bad.Line, bad.Err)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	head = slices.Clone(head)
	if len(head) > mostColumns {
		return nil, fmt.Errorf("%s: has %d columns; at most %d are taken", file, len(head), mostColumns)
	}
	who := find(head, raterNames)
	if who < 0 {
		return nil, fmt.Errorf("%s: no column is called rater, user or account; there are %s",
			file, strings.Join(head, ", "))
	}
	t := &Table{File: file, Listed: make([]bool, names.Len())}
	r := &reader{Table: t, names: names, head: head, who: who, when: find(head, createdNames),
		codes: make([]map[string]int32, len(head)), line: make([]int32, names.Len()), status: -1}
	if sanctions {
		r.sanctions, r.when, r.status = true, -1, find(head, []string{"status"})
	}
	if err := r.readAll(rows); err != nil {
		return nil, err
	}
	if in.NoEnd() {
		t.Warnings = append(t.Warnings, textfile.CutShort(file))
	}
	if !slices.Contains(t.Listed, true) && !sanctions {
		return nil, fmt.Errorf("%s: none of its accounts rated anything; "+
			"its column %q names accounts as the ratings do not", file, head[who])
	}
	return t, nil
}

// separator is what stands most often in the first line.
func separator(b *bufio.Reader) rune {
	head, _ := b.Peek(4 << 10)
	line, _, _ := strings.Cut(string(head), "\n")
	best := ','
	for _, c := range "\t;|" {
		if strings.Count(line, string(c)) > strings.Count(line, string(best)) {
			best = c
		}
	}
	return best
}

// endings are what may stand behind the name of a column: user_id, created at.
var endings = []string{"", "id", "name", "hash", "key", "at", "on", "date", "time", "ms", "millis", "utc"}

// find returns the first column that is called as one of the names, with or without
// an ending.
func find(head, names []string) int {
	for _, name := range names {
		for k, h := range head {
			h = strings.ToLower(strings.TrimSpace(h))
			rest, begins := strings.CutPrefix(h, name)
			if begins && slices.Contains(endings, strings.Trim(rest, "_ -")) {
				return k
			}
		}
	}
	return -1
}

type reader struct {
	*Table
	names     *rating.Names
	head      []string
	who, when int
	codes     []map[string]int32
	columns   []int   // of the file, of each of Columns
	line      []int32 // of the file, of each rater
	sanctions bool
	status    int
}

func (r *reader) readAll(rows *csv.Reader) error {
	for k, name := range r.head {
		if k == r.who || r.sanctions {
			continue
		}
		r.codes[k] = map[string]int32{}
		if k == r.when {
			r.Created, r.ByDay = filled(r.names.Len(), rating.NoTime), true
			continue
		}
		r.columns = append(r.columns, k)
		r.Columns = append(r.Columns, Known{strings.TrimSpace(name), filled(r.names.Len(), -1)})
	}
	for n := 0; ; n++ {
		row, err := rows.Read()
		if err == io.EOF {
			return nil
		}
		var bad *csv.ParseError
		if errors.As(err, &bad) && bad.Err == csv.ErrFieldCount {
			return fmt.Errorf("%s:%d: has %s, the first line %d; if the file was cut short, fetch it again",
				r.File, bad.Line, plural.Of(len(row), "field"), len(r.head))
		}
		if bad != nil {
			return fmt.Errorf("%s:%d: %w; put quotation marks in pairs", r.File, bad.Line, bad.Err)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", r.File, err)
		}
		line, _ := rows.FieldPos(0)
		if n == mostRows {
			return fmt.Errorf("%s:%d: more than %d rows", r.File, line, mostRows)
		}
		if err := r.row(row, line); err != nil {
			return err
		}
	}
}

func (r *reader) row(row []string, line int) error {
	u, ok := r.names.Find(row[r.who])
	if bare, quoted := strings.CutPrefix(row[r.who], "'"); !ok && quoted { // as our own CSV files have it
		u, ok = r.names.Find(bare)
	}
	if !ok {
		r.Strange++
		return nil
	}
	if r.status >= 0 && slices.Contains(notSanctions, strings.ToLower(strings.TrimSpace(row[r.status]))) {
		return nil
	}
	if r.Listed[u] && !r.sanctions {
		return fmt.Errorf("%s:%d: %q is there a second time, after line %d; give each account one row",
			r.File, line, row[r.who], r.line[u])
	}
	r.Listed[u], r.line[u] = true, int32(line)
	for k, column := range r.columns {
		cell := strings.TrimSpace(row[column])
		if cell == "" {
			continue
		}
		code, ok := r.codes[column][cell]
		if !ok {
			code = int32(len(r.codes[column]))
			r.codes[column][cell] = code
		}
		r.Columns[k].Code[u] = code
	}
	if r.when < 0 {
		return nil
	}
	cell := strings.TrimSpace(row[r.when])
	if cell == "" {
		return nil
	}
	at, err := rating.ParseTime(cell)
	if err != nil {
		return fmt.Errorf("%s:%d: column %s: %w", r.File, line, r.head[r.when], err)
	}
	r.Created[u], r.ByDay = at, r.ByDay && at%86400 == 0
	return nil
}

// ReadSanctioned reads a list of accounts that were sanctioned before: what export
// --to csv writes, or any table with a column for the rater, an account in as many
// rows as there are. A row whose status is open, dismissed or removed says nothing.
func ReadSanctioned(ctx context.Context, path string, names *rating.Names) (*Table, error) {
	return read(ctx, path, names, true)
}

func filled(n int, v int32) []int32 {
	s := make([]int32, n)
	for i := range s {
		s[i] = v
	}
	return s
}
