package evaluate

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ringwatch/ringwatch/internal/plural"
	"github.com/ringwatch/ringwatch/internal/textfile"
)

// ReadOptions say how to read a file. The zero value recognises everything.
type ReadOptions struct {
	Columns  Columns
	Positive []string // values of the label column that mean yes; nil: 1, true, yes
	None     []string // group values that mean none; nil: recognised
	Stdin    io.Reader

	decimalComma bool // 0,5 is a number: commas part no columns
}

// Read reads what a file, or "-", standard input, says about accounts: a list, one
// a line; CSV or TSV, also with ; or |, with columns for accounts, scores, groups,
// labels and kinds, recognised by their names; JSON, one value or one a line: lists
// of names, of groups or of objects, objects from names to scores or from groups to
// names; and raters.csv, ring_members.csv, rings.json and truths that Ringwatch
// wrote. All may be packed with gzip, bzip2 or zstd.
//
// Tables and lists are read row by row; JSON takes many times its size in memory.
//
// An error begins with the file and, where it is of a row, its line.
func Read(ctx context.Context, path string, o ReadOptions) (*Claims, error) {
	f, err := textfile.Open(ctx, path, o.Stdin)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return parse(f, o)
}

// Parse reads what Read does from the text of a file.
func Parse(file string, data []byte, o ReadOptions) (*Claims, error) {
	f, err := textfile.Of(context.Background(), file, bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return parse(f, o)
}

func parse(f *textfile.File, o ReadOptions) (*Claims, error) {
	text := bufio.NewReaderSize(f, 64<<10)
	begin, blank, err := firstLine(text)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", f.Name, err)
	case begin == "":
		// An empty file is a tool that found nobody.
		return newBuilder().claims(Reading{File: f.Name, Form: "an empty file"}), nil
	case begin[0] == '{' || begin[0] == '[':
		data, err := io.ReadAll(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		return parseJSON(f.Name, bytes.TrimLeft(data, " \t\r\n"), o)
	}
	var c *Claims
	if d := separator(begin); d != 0 {
		c, err = parseTable(f.Name, text, blank, d, o)
	} else {
		c, err = parseLines(f.Name, text, blank, o)
	}
	if err == nil && f.NoEnd() {
		c.Reading.Told = append(c.Reading.Told, textfile.CutShort(f.Name))
	}
	return c, err
}

// firstLine passes over blank lines, which it counts, and returns the beginning of
// the first other one, which is read again.
func firstLine(text *bufio.Reader) (line string, blank int, err error) {
	for {
		head, err := text.Peek(text.Size())
		if err != nil && err != io.EOF {
			return "", 0, err
		}
		first, _, ended := bytes.Cut(head, []byte("\n"))
		if line := strings.TrimLeft(string(first), " \t\r"); line != "" || len(head) == 0 {
			return line, blank, nil
		}
		if ended {
			blank++
			first = head[:len(first)+1]
		}
		if _, err := text.Discard(len(first)); err != nil {
			return "", 0, err
		}
	}
}

// longest bounds a line of a list, which is one name.
const longest = 1 << 20

func parseLines(file string, text io.Reader, line int, o ReadOptions) (*Claims, error) {
	b := newBuilder()
	r := Reading{File: file, Form: "a list of accounts, one a line"}
	first, comments := true, 0
	lines := bufio.NewScanner(text)
	lines.Buffer(nil, longest)
	for ; lines.Scan(); line++ {
		id := strings.TrimSpace(lines.Text())
		switch {
		case id == "":
			continue
		case strings.HasPrefix(id, "# "):
			comments++
			continue
		case first && (slices.Contains(accountNames, plain(id)) || slices.Contains(membersNames, plain(id))) &&
			id == strings.ToLower(id):
			r.Account = id
		default:
			b.list(id)
		}
		first = false
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, fmt.Errorf("%s:%d: the line is longer than a name can be; give one account a line", file, line+1)
	} else if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if r.Account != "" {
		r.Form += fmt.Sprintf(", below the header %q", r.Account)
	}
	if comments > 0 {
		r.Told = append(r.Told, fmt.Sprintf("%s that begin with # passed over", plural.Of(comments, "line")))
	}
	return b.claims(r), nil
}

func (b *builder) list(id string) {
	u, known := b.account(id)
	if known {
		b.repeats++
	}
	b.mark(u, Yes)
}
