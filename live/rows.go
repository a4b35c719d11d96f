package live

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ringwatch/ringwatch/rating"
)

// columns say which key of a line is what, and how its values are written; Value and
// Time may be empty.
type columns struct {
	Rater   string `json:"rater"`
	Item    string `json:"item"`
	Value   string `json:"value,omitempty"`
	ValueAs string `json:"value_as,omitempty"`
	Time    string `json:"time,omitempty"`
	TimeAs  string `json:"time_as,omitempty"`

	words map[string]float64 // that ValueAs tells of, see known
}

func columnsOf(r *rating.Reading) columns {
	return columns{Rater: r.Rater, Item: r.Item, Value: r.Value, ValueAs: r.ValueAs, Time: r.Time,
		TimeAs: r.TimeAs}.known()
}

// known is what is read here of words, and of times.
func (c columns) known() columns {
	c.words = nil
	if all, are := strings.CutPrefix(c.ValueAs, "words: "); are {
		c.words = map[string]float64{}
		for word := range strings.SplitSeq(all, ", ") {
			at := strings.LastIndexByte(word, '=')
			if x, err := strconv.ParseFloat(word[at+1:], 64); at > 0 && err == nil {
				c.words[word[:at]], c.words[strings.ToLower(word[:at])] = x, x
			}
		}
	}
	return c.anyTime()
}

// anyTime leaves out that no time so far was within a day: those to come may be.
func (c columns) anyTime() columns {
	if c.TimeAs == "dates, no time of day, UTC" {
		c.TimeAs = inDates
	}
	c.TimeAs = strings.Replace(c.TimeAs, ", no time of day", "", 1)
	return c
}

// UnmarshalJSON reads columns, also as they were kept once, of a first rating at midnight.
func (c *columns) UnmarshalJSON(text []byte) error {
	type plain columns
	err := json.Unmarshal(text, (*plain)(c))
	*c = c.known()
	return err
}

// word is what a value that is a word stands for.
func (c columns) word(text []byte) (x float64, known bool) {
	if c.words == nil {
		return 0, false
	}
	if x, known = c.words[string(text)]; !known {
		x, known = c.words[string(bytes.ToLower(text))]
	}
	return x, known
}

// apart are two values written as all are, so that lines that are read beside them, even where
// all have one value, are not taken for acts without any; false where none are known.
func (c columns) apart() (two [2]string, ok bool) {
	switch n, of := strings.CutPrefix(c.ValueAs, "of "); {
	case c.Value == "":
		return two, false
	case c.words != nil:
		for word, x := range c.words {
			if x < 1 {
				two[0] = word
			} else {
				two[1] = word
			}
		}
		return two, two[0] != "" && two[1] != ""
	case of:
		return [2]string{"0/" + n, n + "/" + n}, true
	}
	two, ok = map[string][2]string{"": {"0", "1"}, "percent": {"0%", "100%"}, "n/m": {"0/1", "1/1"},
		"decimal comma": {"0,5", "1,5"}}[c.ValueAs]
	return two, ok
}

// sayings are lines of nobody with the words that are known.
func (c columns) sayings() (lines []byte) {
	_, all, _ := strings.Cut(c.ValueAs, "words: ")
	for word := range strings.SplitSeq(all, ", ") {
		if at := strings.LastIndexByte(word, '='); at > 0 {
			lines = append(append(lines, c.saying(word[:at])...), '\n')
		}
	}
	return lines
}

// saying is a line of nobody with a value; empty where times are written in another way than is known here.
func (c columns) saying(value string) []byte {
	at, timed := map[string]string{inSeconds: "1700000000", inDates: "2023-11-14T22:13:20Z"}[c.TimeAs]
	if !timed && c.Time != "" {
		return nil
	}
	line := map[string]string{c.Rater: nobody, c.Item: nobody, c.Value: value}
	if c.Time != "" {
		line[c.Time] = at
	}
	text, err := json.Marshal(line)
	if err != nil {
		return nil
	}
	return text
}

// fixed are the columns as options of a reader take them.
func (c columns) fixed() map[string]string {
	return map[string]string{"rater": c.Rater, "item": c.Item, "value": c.Value, "time": c.Time}
}

// A row is a rating as a line says it.
type row struct {
	rater, item []byte // within the line, or unescaped
	value       float64
	time        int32 // rating.NoTime where it has none
}

// plain reads a line that is an object of JSON in the plainest form: each key once,
// no escapes in what is read, numbers for values, and times in one of two forms. ok is false for
// all others, which package rating must judge: what is read here it reads alike.
func (c columns) plain(line []byte) (r row, ok bool) {
	r.time = rating.NoTime
	s := scanner{line, 0}
	if !s.take('{') {
		return r, false
	}
	var seen [4]bool
	for first := true; ; first = false {
		if first && s.take('}') {
			break
		}
		key, isText, ok := s.scalar()
		if !ok || !isText || !s.take(':') {
			return r, false
		}
		at := s.at
		value, isText, ok := s.scalar()
		if !ok && string(key) != c.Rater && string(key) != c.Item && string(key) != c.Value && string(key) != c.Time {
			s.at = at
			ok = s.skip()
		}
		if !ok {
			return r, false
		}
		which := -1
		switch string(key) {
		case c.Rater:
			which, r.rater = 0, value
			ok = len(value) > 0 && (isText || wholeNumber(value))
		case c.Item:
			which, r.item = 1, value
			ok = len(value) > 0 && (isText || wholeNumber(value))
		case c.Value:
			which = 2
			if x, known := c.word(value); known && isText {
				r.value = x
				break
			}
			x, err := strconv.ParseFloat(string(value), 64)
			ok = !isText && c.ValueAs == "" && err == nil && math.Abs(x) < 1e9
			r.value = x
		case c.Time:
			which = 3
			r.time, ok = c.when(value, isText)
		}
		if !ok || which >= 0 && seen[which] {
			return r, false
		}
		if which >= 0 {
			seen[which] = true
		}
		if s.take('}') {
			break
		}
		if !s.take(',') {
			return r, false
		}
	}
	s.space()
	return r, s.at == len(line) && seen[0] && seen[1] && (seen[2] || c.Value == "") && !s.names(r)
}

// Forms of times that are read here, as rating.Reading.TimeAs tells them.
const (
	inSeconds = "seconds, UTC"
	inDates   = "dates and times, UTC"
)

func (c columns) when(value []byte, isText bool) (int32, bool) {
	switch {
	case c.TimeAs == inSeconds && !isText && wholeNumber(value):
		n, err := strconv.ParseInt(string(value), 10, 64)
		if err != nil || n < 1e8 || n > 1e10 { // 1973, and what may be milliseconds
			return 0, false
		}
		return rating.FromUnix(n)
	case c.TimeAs == inDates && isText && len(value) >= len("2026-01-31T12:00:00") && value[4] == '-':
		t, err := rating.ParseTime(string(value))
		return t, err == nil
	}
	return 0, false
}

func wholeNumber(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0 && len(b) < 16 && (b[0] != '0' || len(b) == 1)
}

// names reports whether a name is one that stands for none.
func (s *scanner) names(r row) bool { return odd(r.rater) || odd(r.item) }

// odd are names that package rating may trim, or take for none.
func odd(name []byte) bool {
	if len(name) > 200 || !utf8.Valid(name) || name[0] <= ' ' || name[len(name)-1] <= ' ' {
		return true
	}
	for _, c := range name {
		if c < ' ' || c >= 0x7f {
			return true
		}
	}
	lower := bytes.ToLower(name)
	for _, none := range []string{"null", "nil", "none", "na", "n/a", "nan", "undefined", "-", `\n`, "#n/a", "<na>"} {
		if string(lower) == none {
			return true
		}
	}
	return false
}

// A scanner reads a line of JSON.
type scanner struct {
	line []byte
	at   int
}

func (s *scanner) space() {
	for s.at < len(s.line) && (s.line[s.at] == ' ' || s.line[s.at] == '\t' || s.line[s.at] == '\r') {
		s.at++
	}
}

func (s *scanner) take(c byte) bool {
	s.space()
	if s.at < len(s.line) && s.line[s.at] == c {
		s.at++
		return true
	}
	return false
}

// scalar reads text without escapes, or what is no text, list or object.
func (s *scanner) scalar() (value []byte, isText, ok bool) {
	if s.take('"') {
		end := bytes.IndexByte(s.line[s.at:], '"')
		if end < 0 {
			return nil, true, false
		}
		value = s.line[s.at : s.at+end]
		s.at += end + 1
		for _, c := range value {
			if c == '\\' || c < ' ' {
				return nil, true, false
			}
		}
		return value, true, true
	}
	from := s.at
	for s.at < len(s.line) && !bytes.ContainsRune([]byte(",}:{[]\" \t\r"), rune(s.line[s.at])) {
		s.at++
	}
	value = s.line[from:s.at]
	return value, false, len(value) > 0 && json.Valid(value)
}

// skip passes over a value of any kind.
func (s *scanner) skip() bool {
	d := json.NewDecoder(bytes.NewReader(s.line[s.at:]))
	var v json.RawMessage
	if d.Decode(&v) != nil {
		return false
	}
	s.at += int(d.InputOffset())
	return true
}
