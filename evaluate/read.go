package evaluate

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ringwatch/ringwatch/internal/plural"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// ReadOptions say how to read a file. The zero value recognises everything.
type ReadOptions struct {
	Columns  Columns
	Positive []string // values of the label column that mean yes; nil: 1, true, yes
	None     []string // group values that mean none; nil: recognised
	Stdin    io.Reader

	decimalComma bool // 0,5 is a number: commas part no columns
}

// mostBytes bounds a file, unpacked.
const mostBytes = 1 << 30

// Read reads what a file, or "-", standard input, says about accounts: a list, one
// a line; CSV or TSV, also with ; or |, with columns for accounts, scores, groups,
// labels and kinds, recognised by their names; JSON, one value or one a line: lists
// of names, of groups or of objects, objects from names to scores or from groups to
// names; and raters.csv, ring_members.csv, rings.json and truths that Ringwatch
// wrote. All may be packed with gzip, bzip2 or zstd.
//
// An error begins with the file and, where it is of a row, its line.
func Read(path string, o ReadOptions) (*Claims, error) {
	var in io.Reader
	file := filepath.Base(path)
	if path == "-" {
		in, file = o.Stdin, "standard input"
	} else {
		f, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("%s: %s", path, reason(err))
		}
		defer f.Close()
		if info, err := f.Stat(); err == nil && info.IsDir() {
			return nil, fmt.Errorf("%s: is a folder; name a file in it", path)
		}
		in = f
	}
	data, err := unpacked(in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return Parse(file, data, o)
}

func reason(err error) string {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// unpacked is the text of a file.
func unpacked(in io.Reader) ([]byte, error) {
	b := bufio.NewReader(in)
	head, _ := b.Peek(4)
	var r io.Reader = b
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, errors.New("is gzip, but damaged")
		}
		r = z
	case bytes.HasPrefix(head, []byte("BZh")):
		r = bzip2.NewReader(b)
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(b, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, errors.New("is zstd, but damaged")
		}
		defer z.Close()
		r = z
	case bytes.HasPrefix(head, []byte("PAR1")), bytes.HasPrefix(head, []byte("PK\x03\x04")),
		bytes.HasPrefix(head, []byte("SQLi")):
		return nil, errors.New("is no text; give CSV, TSV, JSON or one account a line")
	}
	data, err := io.ReadAll(io.LimitReader(transform.NewReader(r, unicode.BOMOverride(transform.Nop)), mostBytes+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("cannot be read to its end: %s", reason(err))
	case len(data) > mostBytes:
		return nil, errors.New("holds more than 1 GiB; leave out what is not about accounts")
	case bytes.IndexByte(data, 0) >= 0:
		return nil, errors.New("is no text; give CSV, TSV, JSON or one account a line")
	}
	return data, nil
}

// Parse reads what Read does from the text of a file.
func Parse(file string, data []byte, o ReadOptions) (*Claims, error) {
	text := bytes.TrimLeft(data, " \t\r\n")
	if len(text) == 0 {
		// An empty file is a tool that found nobody.
		return newBuilder().claims(Reading{File: file, Form: "an empty file: nobody is found"}), nil
	}
	if text[0] == '{' || text[0] == '[' {
		return parseJSON(file, text, o)
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	if d := separator(string(line)); d != 0 {
		return parseTable(file, data, d, o)
	}
	return parseLines(file, data, o)
}

func parseLines(file string, data []byte, o ReadOptions) (*Claims, error) {
	b := newBuilder()
	r := Reading{File: file, Form: "a list of accounts, one a line"}
	first, comments := true, 0
	for line := range bytes.Lines(data) {
		id := strings.TrimSpace(string(line))
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
