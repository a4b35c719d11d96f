package live

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/ringwatch/ringwatch/rating"
)

// A Door lets in what a batch run over the journal will be able to read. What the
// first rating that came in calls its rater, its item, its value and its time, all
// others must, and they must write values and times as it does.
type Door struct {
	options rating.ReadOptions
	journal *Journal
	mu      sync.Mutex
	columns *columns        // nil until something came in
	worded  map[string]bool // other ways in which words were written, that a batch run reads too
}

// NewDoor returns the door of a journal, which reads as options say.
func NewDoor(j *Journal, options rating.ReadOptions) (*Door, error) {
	options.Progress, options.SkipBad = nil, 0
	if options.Repeats == "" {
		options.Repeats = "mean" // of what comes at once; the batch run tells it
	}
	d := &Door{options: options, journal: j, worded: map[string]bool{}}
	own, err := j.own()
	if err != nil {
		return nil, err
	}
	for _, line := range own {
		d.columns = cmp.Or(line.Columns, d.columns)
	}
	if d.columns == nil && j.Length(Posted) > 0 { // by a program that did not keep them
		head := make([]byte, 1<<16)
		n, _ := j.Read(Posted, 0).Read(head)
		if end := bytes.LastIndexByte(head[:n], '\n'); end >= 0 {
			if _, r, err := d.read(head[:end+1]); err == nil {
				c := columnsOf(r)
				d.columns = &c
			}
		}
	}
	return d, nil
}

// ownSource is the source of what is told in the journal by watch itself.
const ownSource = "\x00watch"

// An ownLine is one such line: one of its fields is there.
type ownLine struct {
	Columns *columns `json:"columns,omitempty"`
	Alert   *Alert   `json:"alert,omitempty"`
	Sent    *sent    `json:"sent,omitempty"`
}

// own are the lines of it.
func (j *Journal) own() (lines []ownLine, err error) {
	text, err := io.ReadAll(j.Read(ownSource, 0))
	for line := range bytes.Lines(text) {
		var own ownLine
		if err := json.Unmarshal(line, &own); err != nil {
			return nil, fmt.Errorf("%s: what ringwatch told itself cannot be read: %w", j.file.Name(), err)
		}
		lines = append(lines, own)
	}
	return lines, err
}

// Columns are what a batch run over the journal must read as what, where all of it
// was posted, see Door; nil where it recognises that itself.
func (j *Journal) Columns() map[string]string {
	if sources := j.Sources(); len(sources) != 1 || sources[0] != Posted {
		return nil
	}
	lines, err := j.own()
	if err != nil {
		return nil
	}
	for _, line := range lines {
		if line.Columns != nil {
			return line.Columns.fixed()
		}
	}
	return nil
}

// Check returns what is to be recorded of lines, and how many there are; or an error
// of one line that says which of them cannot be read and why.
func (d *Door) Check(body []byte) (say []Said, rows int, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	data, all := make([]byte, 0, len(body)+1), d.columns != nil
	var at []int // where lines of data stand in the body, from 1 on
	number := 0
	for line := range bytes.Lines(body) {
		number++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if line[0] != '{' || !json.Valid(line) {
			return nil, 0, fmt.Errorf(`line %d is no JSON object; post a rating a line, as {"rater":"a","item":"b","value":1,"time":"2026-01-31T12:00:00Z"}`, number)
		}
		if all {
			var r row
			r, all = d.columns.plain(line)
			all = all && (r.time != rating.NoTime || d.columns.Time == "") && d.within(r.value)
		}
		data, at = append(append(data, line...), '\n'), append(at, number)
	}
	switch {
	case len(at) == 0:
		return nil, 0, errors.New("there is no rating in it")
	case all:
		return []Said{{Posted, data}}, len(at), nil
	}
	rows, reading, err := d.read(data)
	if err != nil {
		return nil, 0, placed(err, at)
	}
	told := columnsOf(reading)
	switch {
	case rows < len(at):
		return nil, 0, which(data, at, *cmp.Or(d.columns, &told))
	case d.columns == nil:
		d.columns = &told
		line, err := json.Marshal(ownLine{Columns: &told})
		if err != nil {
			return nil, 0, err
		}
		return []Said{{ownSource, append(line, '\n')}, {Posted, data}}, len(at), nil
	case told.Rater != d.columns.Rater || told.Item != d.columns.Item || told.Value != d.columns.Value ||
		told.Time != "" && told.Time != d.columns.Time: // as rateR, which is read as rater where it is alone
		return nil, 0, fmt.Errorf("keys were %s before and are %s here; write them alike", d.columns.keys(),
			told.keys())
	case told.TimeAs == "" && d.columns.TimeAs != "":
		return nil, 0, fmt.Errorf("line %d has no time, though those before have one; give every rating a time", at[0])
	case told.TimeAs != d.columns.TimeAs:
		return nil, 0, fmt.Errorf("times were %s before and are %s here; write them alike", form(d.columns.TimeAs),
			form(told.TimeAs))
	case told.ValueAs != d.columns.ValueAs && !d.worded[told.ValueAs]:
		return d.words(told, data, len(at))
	}
	return []Said{{Posted, data}}, len(at), nil
}

// words lets in values that are words, such as dislike after like, where a batch run, which
// learns from the first lines how values are written, reads all of them.
func (d *Door) words(told columns, data []byte, rows int) (say []Said, n int, err error) {
	unlike := fmt.Errorf("values were %s before and are %s here; write them alike", form(d.columns.ValueAs),
		form(told.ValueAs))
	if !inWords(told.ValueAs) || !inWords(d.columns.ValueAs) {
		return nil, 0, unlike
	}
	head, lines := d.journal.head(learnedFrom)
	if lines < learnedFrom { // what came in and is not there yet
		known := d.columns.sayings()
		head, lines = append(head, known...), lines+bytes.Count(known, []byte{'\n'})
	}
	n, reading, err := d.read(append(head, data...))
	if err != nil || n < lines+rows || !inWords(reading.ValueAs) {
		return nil, 0, unlike
	}
	if reading.ValueAs == d.columns.ValueAs { // beyond what it learns from
		d.worded[told.ValueAs] = true
		return []Said{{Posted, data}}, rows, nil
	}
	c := *d.columns
	c.ValueAs = reading.ValueAs
	line, err := json.Marshal(ownLine{Columns: &c})
	if err != nil {
		return nil, 0, err
	}
	d.columns = &c
	clear(d.worded)
	return []Said{{ownSource, append(line, '\n')}, {Posted, data}}, rows, nil
}

// learnedFrom is at least as many lines as rating.Read learns from how values are written.
const learnedFrom = 2000

// inWords reports whether values are words, as rating.Reading.ValueAs tells.
func inWords(as string) bool { return strings.HasPrefix(as, "words: ") }

// head returns the first lines of the first source, and how many there are.
func (j *Journal) head(most int) (text []byte, lines int) {
	sources := j.Sources()
	if len(sources) == 0 {
		return nil, 0
	}
	all := bufio.NewScanner(j.Read(sources[0], 0))
	all.Buffer(nil, mostSaid)
	for lines < most && all.Scan() {
		text = append(append(text, all.Bytes()...), '\n')
		lines++
	}
	return text, lines
}

// within reports whether a value is on the scale that was told, for sure.
func (d *Door) within(x float64) bool {
	if d.options.Scale == "" || d.columns.Value == "" {
		return true
	}
	from, to, _ := strings.Cut(d.options.Scale, "..")
	lo, err := strconv.ParseFloat(from, 64)
	hi, failed := strconv.ParseFloat(to, 64)
	return err == nil && failed == nil && x >= lo && x <= hi
}

// keys names the keys of a rating.
func (c *columns) keys() string {
	keys := slices.DeleteFunc([]string{c.Rater, c.Item, c.Value, c.Time}, func(key string) bool { return key == "" })
	for i, key := range keys {
		keys[i] = strconv.Quote(key)
	}
	return strings.Join(keys, ", ")
}

func form(as string) string {
	if as == "" {
		return "plain"
	}
	return as
}

// read reads lines as a batch run will.
func (d *Door) read(data []byte) (rows int, r *rating.Reading, err error) {
	o := d.options
	o.Stdin = bytes.NewReader(data)
	if d.columns != nil && len(o.Columns) == 0 {
		o.Columns = d.columns.fixed()
	}
	_, sum, err := rating.Read(context.Background(), []string{"-"}, o)
	if err != nil {
		return 0, nil, err
	}
	rows = sum.Rows - sum.NoOne
	if len(o.Missing) == 0 {
		rows -= sum.NoValue
	}
	return rows, sum.Reading, nil
}

// which says which line has no rater, no item or no value.
func which(data []byte, at []int, c columns) error {
	n := 0
	for line := range bytes.Lines(data) {
		var has map[string]any
		if err := json.Unmarshal(line, &has); err != nil {
			return fmt.Errorf("line %d: %w", at[n], err)
		}
		for _, key := range []string{c.Rater, c.Item, c.Value} {
			text, isText := has[key].(string)
			if x, err := strconv.ParseFloat(text, 64); key != "" && (has[key] == nil || text == "" && isText ||
				key == c.Value && isText && err == nil && !(x-x == 0)) {
				return fmt.Errorf("line %d has no %s", at[n], strconv.Quote(key))
			}
		}
		n++
	}
	return errors.New("a value stands apart from all others, as if it meant no opinion; post it alone, or start " +
		"ringwatch watch with --missing")
}

// placed tells of a line of what was posted.
func placed(err error, at []int) error {
	text := err.Error()
	rest, found := strings.CutPrefix(text, "standard input:")
	if !found || len(rest) > 0 && rest[0] == ' ' {
		return errors.New(strings.TrimPrefix(text, "standard input: "))
	}
	number, rest, _ := strings.Cut(rest, ":")
	var n int
	if _, err := fmt.Sscan(number, &n); err == nil && n >= 1 && n <= len(at) {
		return fmt.Errorf("line %d:%s", at[n-1], rest)
	}
	return errors.New(text)
}
