package rating

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

const coActions = "binary" // the scale that reads no value

// ReadOptions say how to read ratings. The zero value recognises everything.
type ReadOptions struct {
	// Columns maps "rater", "item", "value" and "time" to the name of a column
	// or its number from 1 on, "#1" where a column is called 1; "" or "-" for value
	// or time says that there is none; "@file" stands for the name of the file, "@row"
	// for the place of the row of a matrix. What is not in it is recognised. A file without a header can only
	// be read by numbers. See ParseColumns.
	Columns map[string]string
	// Scale is the range of values, as "1..5"; a value outside is a bad row.
	// "binary" reads no value: co-actions. Default: the range found in the
	// data, 0..1 for Community Notes, co-actions where all values are equal.
	Scale string
	// SkipBad is how many rows that cannot be read are passed over and
	// reported in the Summary; one more is an error. Default 0.
	SkipBad int
	// Notes asks for more of Community Notes data: the tags of ratings, and
	// the notes, note status history and user enrollment where they are among
	// the given files or in a given folder. See Table.Tags and Table.Notes.
	Notes bool
	// Times says how times are written, where they do not show it themselves: one
	// of TimeForms. Default: recognised; where day and month cannot be told
	// apart, an error asks.
	Times string
	// Missing are values that mean no opinion, as 0 or 99. Default: one that
	// stands apart from all others is recognised, and told.
	Missing []float64
	// Repeats says what to make of ratings of one item by one rater of which none
	// is the later: "mean", or "highest". Default: the mean, and an error where
	// they are more than 1 in 100.
	Repeats string
	// Texts asks for the texts of these notes too, see Notes.Text.
	Texts bool
	// Origin asks which row of the input each rating was, see Table.RowOfInput: 4
	// bytes a row.
	Origin bool
	// MaxUnpacked is how many bytes packed inputs may unpack to. Default: 256 MiB,
	// or 200 times what is read if that is more.
	MaxUnpacked int64
	// Room makes columns of zeros, without a name, for what is as long as the ratings:
	// such as of mapped files, which must stay as long as the Table. Reading then takes
	// memory for identifiers, and some 45 bytes a row of the room. Nil is memory.
	Room func(name string, bytes int) ([]byte, error)

	// Mapped is told of each column file that is mapped while it is read, so that what it
	// takes of memory can be let go of: see ColumnFile.Release. May be nil.
	Mapped func(c *ColumnFile)

	atOnce int // rows that are placed in one pass in a room; 0 is windowRows
	// Stdin is what the path "-" reads. Default: standard input.
	Stdin io.Reader
	// Progress is told how much of the files was read, in KiB, from one
	// goroutine at a time. total is 0 where unknown. May be nil.
	Progress func(stage string, done, total int)
}

// A Summary tells what Read read.
type Summary struct {
	Files []File `json:"files"`
	// in given folders and archives: what holds no ratings, or acts without values where others hold values
	Ignored  []string `json:"ignored,omitempty"`
	Folders  []string `json:"folders,omitempty"` // in given folders, which are not read
	Format   string   `json:"format"`
	Reading  *Reading `json:"reading"` // which column was read as what
	Scale    Scale    `json:"scale"`
	Rows     int      `json:"rows"`               // ratings read
	Kept     int      `json:"kept"`               // rows of the Table
	Replaced int      `json:"replaced,omitempty"` // repeats of the same item by the same rater, of which one is kept
	// set aside: without an opinion, or with a value apart from all others
	NoValue  int      `json:"no_value,omitempty"`
	NoOne    int      `json:"no_one,omitempty"`   // set aside: without a rater or an item
	Bad      int      `json:"bad,omitempty"`      // passed over, see SkipBad
	BadRows  []string `json:"bad_rows,omitempty"` // the first ten of them: file:line: what was wrong
	Warnings []string `json:"warnings,omitempty"`

	highest bool // of repeats without a later one the highest was kept
}

// A File is one input as it lies on disk.
type File struct {
	Path   string `json:"path"`
	Format string `json:"format"`
	Rows   int    `json:"rows"`
	Bytes  int64  `json:"bytes"`
}

// Read reads ratings from files, folders and "-", standard input, as one Table.
//
// Formats are recognised by content: Community Notes shards by the names of their
// columns; CSV, TSV, and CSV with ; or | by a header that names a rater (rater, user,
// reviewer, account), an item (item, note, product, object, target, url), where there
// is one a value (value, rating, stars, score, level), and a time (what starts with
// timestamp, time, created or date), in any case, with or without an "id" ending;
// JSON, Parquet, Arrow IPC, SQLite and Excel by the same names, those of objects
// within others as user.login. Other columns are ignored. All may be packed with gzip,
// bzip2, zstd or zip. Ratings without values are co-actions; an empty column is the
// same as none.
//
// Of a folder or an archive, the files are read that end in .csv, .tsv, .txt, .jsonl,
// .json, .ndjson, .parquet, .columns (each also with .gz or .zst) .zip, .xlsx,
// .sqlite, .sqlite3, .db, .arrow or .feather, and hold ratings, and of a workbook or a
// database all sheets and tables: acts without values are passed over where others
// have values. Of its sub-folders those are read that are called column=value, and say
// what they say of all their rows. A path may go on behind an archive:
// x.zip/votes.csv, votes.db/ratings. All files of one call must be of one kind. A
// folder of a table whose log says which files count, as Delta Lake's, is refused.
//
// Every input is opened once, unless it is a file: pipes will do.
//
// Times are what ParseTime takes, all whole numbers of a column in one unit. A second
// rating of an item by the same rater replaces the first: the later wins, of equal
// times or without times the higher value.
//
// The Table is the same for any order of rows and files, and any GOMAXPROCS:
// identifiers are numbered in ascending order, plain numbers first, and rows stand in
// the order of rater, then item.
//
// The error for a row names file, line, reason and remedy. Reading takes about 45
// bytes a row at its peak.
func Read(ctx context.Context, paths []string, opt ReadOptions) (*Table, *Summary, error) {
	within, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	t, sum, err := readRatings(within, stop, paths, opt)
	if why := context.Cause(within); err != nil && why != nil && ctx.Err() == nil {
		err = why
	}
	return t, sum, err
}

// readRatings is Read; what cannot go on ends ctx with stop.
func readRatings(ctx context.Context, stop context.CancelCauseFunc, paths []string,
	opt ReadOptions) (*Table, *Summary, error) {
	r := &reader{ctx: ctx, stop: stop, opt: &opt, sum: &Summary{}, cutLine: map[string]int{},
		lo: math.Inf(-1), hi: math.Inf(1)}
	r.shelf.room = opt.Room
	if err := r.parseScale(); err != nil {
		return nil, nil, err
	}
	defer r.close()
	if _, _, err := toldTimes(opt.Times); err != nil {
		return nil, nil, err
	}
	if !slices.Contains([]string{"", "mean", "highest"}, opt.Repeats) {
		return nil, nil, fmt.Errorf("--repeats: %q is none of mean, highest", opt.Repeats)
	}
	inputs, err := r.expand(paths)
	if err != nil {
		return nil, nil, err
	}
	if err := r.survey(inputs); err != nil {
		return nil, nil, err
	}
	if err := r.readAll(inputs); err != nil {
		return nil, nil, err
	}
	t := r.whole
	if t != nil {
		r.sum.Format, r.sum.Rows, r.sum.Files[0].Rows = r.first.format, t.Len(), t.Len()
	} else {
		scale, err := r.settle()
		if err != nil {
			return nil, nil, err
		}
		r.report("sorting", 0, 0)
		if err := r.identify(); err != nil {
			return nil, nil, err
		}
		if t, err = r.table(scale); err != nil {
			return nil, nil, err
		}
	}
	if len(r.beside) > 0 {
		if t.Notes, err = r.readNotes(t); err != nil {
			return nil, nil, err
		}
	}
	r.sum.Scale, r.sum.Kept = t.Scale, t.Len()
	r.sum.Replaced = r.sum.Rows - r.sum.Bad - r.sum.NoValue - r.sum.NoOne - t.Len()
	r.sum.Reading, r.sum.highest = r.tell(t), opt.Repeats == "highest"
	r.warn()
	return t, r.sum, nil
}

type reader struct {
	ctx    context.Context
	stop   context.CancelCauseFunc
	shelf  shelf
	opt    *ReadOptions
	sum    *Summary
	lo, hi float64 // told scale

	first     *layout // of the first input with ratings, which the others must be like
	firstName string
	only      bool       // there is one input
	units     [units]int // rows by how their times are written
	hasValues bool       // whether a value was read in any row
	stray     int        // rows set aside as their value stands apart
	repeats   repeats
	whole     *Table // that needs no parsing and no sorting
	unsure    bool   // whether every identifier has a row, even if no row is bad
	done      int64
	reported  int64
	total     int64

	seen       map[string]*look // what the survey saw, by the name of the stream
	kindSeen   *layout          // the first that the survey saw
	looking    *look            // at what the survey looks now; nil when all is read
	beside     []sideStream     // tables beside the ratings
	inside     string           // what is looked for in an archive that is being unpacked
	noFiles    []string         // of folders: pipes and the like
	otherFiles []string         // of folders, of no kind that is read
	latin      []string         // streams in Windows-1252
	noEnd      []string         // streams of text whose last line has no end
	cutLine    map[string]int   // which line that is, of all text
	names      []string         // of the streams with ratings
	unary      []string         // streams passed over, as they hold no values where others do
	why        *noRatings       // why the first stream without ratings is none
	unpacked   int64            // bytes, of all that was packed
	spools     []*spool         // of pipes

	seq     int
	work    chan job
	free    chan []byte
	quotes  *parser // of what is read by encoding/csv
	bad     atomic.Int64
	mu      sync.Mutex
	blocks  []*rows
	parsers []*parser
}

func (r *reader) parseScale() error {
	if r.opt.Scale == "" || r.opt.Scale == coActions {
		return nil
	}
	lo, hi, ok := strings.Cut(r.opt.Scale, "..")
	var err1, err2 error
	r.lo, err1 = strconv.ParseFloat(strings.TrimSpace(lo), 64)
	r.hi, err2 = strconv.ParseFloat(strings.TrimSpace(hi), 64)
	if !ok || err1 != nil || err2 != nil || !(r.lo < r.hi) || math.IsInf(r.hi-r.lo, 0) {
		return fmt.Errorf("--scale: %q is not a range; write it as 1..5 or -10..10, or binary for co-actions",
			r.opt.Scale)
	}
	return nil
}
