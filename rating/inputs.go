package rating

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// An input is what was named, or found in a folder.
type input struct {
	path     string
	inside   string // what to read of an archive, a workbook or a database; all of it if empty
	inFolder bool
	parts    []part // what the names of its folders say of all its rows
	once     *pipe  // nil for a file, which can be opened again
	bytes    int64  // of it, once it was read
}

// name is what messages call an input.
func (in *input) name() string {
	if in.path == "-" {
		return "standard input"
	}
	return in.path
}

// A part is a column that a folder's name holds, as date=2024-01-31.
type part struct{ column, value string }

var endings = []string{".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".json", ".zip", ".columns", ".parquet",
	".dat", ".data", ".inter", ".xlsx", ".sqlite", ".sqlite3", ".db", ".arrow", ".feather"}

const readable = "CSV, TSV, JSON, Parquet, Arrow, Excel, SQLite, a column file or zip"

// expand finds the files that the paths stand for.
func (r *reader) expand(paths []string) ([]*input, error) {
	if len(paths) == 0 {
		return nil, errors.New("no input: name files or folders with ratings, or - for standard input")
	}
	var inputs []*input
	for _, name := range paths {
		var found []*input
		info, inside, err := stat(name)
		switch {
		case name == "-":
			found = []*input{{path: name, once: &pipe{}}}
		case err != nil:
			return nil, fileError(name, err)
		case info.IsDir():
			if found, err = r.folder(name, nil); err != nil {
				return nil, err
			}
		default:
			in := &input{path: strings.TrimSuffix(name, "/"+inside), inside: inside, parts: partsOf(name)}
			if err := logged(filepath.Dir(in.path), name); err != nil {
				return nil, err
			}
			if r.total += info.Size(); !info.Mode().IsRegular() {
				in.once = &pipe{}
			}
			found = []*input{in}
		}
		for _, in := range found {
			if !slices.ContainsFunc(inputs, func(other *input) bool {
				return filepath.Clean(in.path) == filepath.Clean(other.path) && in.inside == other.inside
			}) {
				inputs = append(inputs, in)
			}
		}
	}
	return inputs, nil
}

// stat looks for a file, also one that a path goes on behind: ratings.zip/votes.csv.
func stat(name string) (info os.FileInfo, inside string, err error) {
	info, err = os.Stat(name)
	for file := filepath.ToSlash(name); err != nil; {
		file = path.Dir(file)
		if file == "." || file == "/" || file == name {
			return nil, "", err
		}
		if outer, outerErr := os.Stat(file); outerErr == nil {
			if !outer.Mode().IsRegular() {
				return nil, "", err
			}
			return outer, filepath.ToSlash(name)[len(file)+1:], nil
		}
	}
	return info, "", nil
}

// folder finds the files in a folder, and in those within it that are named
// column=value, as Hive, Spark and DuckDB write them.
func (r *reader) folder(name string, parts []part) (inputs []*input, err error) {
	if err := logged(name, name); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(name)
	if err != nil {
		return nil, fileError(name, err)
	}
	var folders []string
	for _, e := range entries {
		full := filepath.Join(name, e.Name())
		info, err := os.Stat(full)
		base := strings.ToLower(e.Name())
		for _, packing := range []string{".gz", ".zst", ".bz2"} {
			base = strings.TrimSuffix(base, packing)
		}
		switch {
		case e.Name()[0] == '.' || e.Name()[0] == '_':
		case err != nil:
			r.noFiles = append(r.noFiles, e.Name())
		case info.IsDir():
			if column, _, ok := strings.Cut(e.Name(), "="); !ok || column == "" {
				folders = append(folders, e.Name())
				continue
			}
			within, err := r.folder(full, append(slices.Clip(parts), partsOf(e.Name())...))
			if err != nil {
				return nil, err
			}
			inputs = append(inputs, within...)
		case info.Mode().IsRegular() && slices.Contains(endings, filepath.Ext(base)):
			r.total += info.Size()
			inputs = append(inputs, &input{path: full, inFolder: true, parts: parts})
		case info.Mode().IsRegular() && mayHoldData(base):
			r.otherFiles = append(r.otherFiles, e.Name())
		case !info.Mode().IsRegular():
			r.noFiles = append(r.noFiles, e.Name())
		}
	}
	switch {
	case len(inputs) == 0 && parts == nil && len(folders) > 0:
		return nil, fmt.Errorf("%s: no file in this folder is %s; its folders are not read unless named: %s",
			name, readable, shorten(strings.Join(folders, ", "), 100))
	case len(inputs) == 0 && parts == nil:
		return nil, fmt.Errorf("%s: no file in this folder is %s", name, readable)
	}
	for _, f := range folders {
		r.sum.Folders = append(r.sum.Folders, filepath.Join(name, f))
	}
	return inputs, nil
}

// mayHoldData reports whether a file that is not read may be data all the same, so
// that it is told: no text for people, no picture, no program.
func mayHoldData(base string) bool {
	for _, begin := range []string{"readme", "license", "licence", "changelog", "makefile", "dockerfile",
		"sha256sums", "md5sums"} {
		if strings.HasPrefix(base, begin) {
			return false
		}
	}
	return !slices.Contains([]string{".md", ".rst", ".html", ".htm", ".pdf", ".png", ".jpg", ".jpeg", ".svg", ".gif",
		".py", ".r", ".ipynb", ".sh", ".go", ".js", ".css",
		".yaml", ".yml", ".toml", ".crc", ".md5", ".sha1", ".sha256", ".sig", ".asc", ".lock", ".log", ".graphml",
		".gexf"}, filepath.Ext(base))
}

// partsOf returns what the folders in a path say: column=value.
func partsOf(path string) (parts []part) {
	for name := range strings.SplitSeq(filepath.ToSlash(path), "/") {
		if column, value, ok := strings.Cut(name, "="); ok && column != "" {
			if value == "__HIVE_DEFAULT_PARTITION__" {
				value = ""
			}
			parts = append(parts, part{column, unescaped(value)})
		}
	}
	return parts
}

// unescaped undoes the %3A of a folder's name.
func unescaped(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		var c byte
		if s[i] == '%' && i+2 < len(s) {
			if n, _ := fmt.Sscanf(s[i+1:i+3], "%02x", &c); n == 1 {
				b.WriteByte(c)
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// logs are what tells a folder of a table whose log says which of its files
// count: the others hold rows that were deleted or replaced.
var logs = [...]struct{ sign, kind, export string }{
	{"_delta_log", "Delta Lake", "delta_scan('TABLE')"},
	{"metadata/*.metadata.json", "Apache Iceberg", "iceberg_scan('TABLE')"},
	{".hoodie", "Apache Hudi", ""},
	{"_versions/*.manifest", "Lance", ""},
}

// logged refuses a folder that is, or lies in, a table with a log.
func logged(folder, name string) error {
	for {
		for _, l := range logs {
			if found, _ := filepath.Glob(filepath.Join(quoteGlob(folder), l.sign)); len(found) == 0 {
				continue
			}
			return logError(name, folder, l.kind, l.export)
		}
		base := filepath.Base(folder)
		if !strings.Contains(base, "=") && base != "data" {
			return nil
		}
		folder = filepath.Dir(folder)
	}
}

func logError(name, table, kind, export string) error {
	how := "export its current version as Parquet or CSV first"
	if export != "" {
		how += fmt.Sprintf(", as with DuckDB: COPY (FROM %s) TO 'ratings.parquet'",
			strings.Replace(export, "TABLE", table, 1))
	}
	return fmt.Errorf("%s: is part of a table of %s, whose files also hold rows that were deleted or replaced; %s",
		name, kind, how)
}

func quoteGlob(s string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(s)
}

func fileError(path string, err error) error {
	var inner *os.PathError
	if errors.As(err, &inner) {
		err = inner.Err
	}
	return fmt.Errorf("%s: %w", path, err)
}
