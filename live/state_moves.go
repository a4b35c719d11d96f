package live

import (
	"bytes"
	"context"
	"math"
	"sort"

	"github.com/ringwatch/ringwatch/rating"
)

// apply moves items by what was heard.
func (s *State) apply() {
	s.mu.RLock()
	b := s.base
	s.mu.RUnlock()
	if b == nil { // the first fit has it
		return
	}
	if err := s.catchUp(b); err != nil {
		s.mu.Lock()
		s.count.FitFailed = err.Error()
		s.mu.Unlock()
	}
}

// catchUp adds to a fit what the journal has behind it, as far as it goes now.
func (s *State) catchUp(b *base) error {
	for end := s.journal.Size(); b.at < end; {
		said, next, err := s.journal.after(b.at)
		if err != nil {
			return err
		}
		for _, x := range said {
			if !isOwn(x.Source) {
				s.listen(b, x)
			}
		}
		b.mu.Lock()
		b.at = next
		b.mu.Unlock()
	}
	return nil
}

// linesAtOnce are added while who asks waits, some tenths of a millisecond.
const linesAtOnce = 256

// listen adds what a source said. One goroutine at a time may.
func (s *State) listen(b *base, said Said) {
	var others []byte // lines that are not plain
	n := 0
	b.mu.Lock()
	for line := range bytes.Lines(said.Data) {
		if n++; n%linesAtOnce == 0 {
			b.mu.Unlock()
			b.mu.Lock()
		}
		r, plain := b.columns.plain(bytes.TrimRight(line, "\r\n"))
		if plain {
			b.add(string(r.rater), string(r.item), s.value(b, r.value))
		} else if len(bytes.TrimSpace(line)) > 0 {
			others = append(others, line...)
		}
	}
	b.lines += int64(n)
	b.mu.Unlock()
	if len(others) > 0 {
		s.parse(b, Said{said.Source, others})
	}
}

// value is a value within the scale of the fit, NaN where it is outside; then a fit is urgent. A fit
// whose values were all alike does not tell which, so that the first that comes then is one.
func (s *State) value(b *base, x float64) float32 {
	scale, last := b.ratings.Scale, b.heard
	b.heard = x
	switch {
	case s.options.Scale != "" && scale.Unary(): // as told
	case scale.Unary():
		b.urgent = b.urgent || b.columns.Value != "" && x != last
	case x < scale.Min || x > scale.Max:
		b.urgent = b.urgent || s.options.Scale == "" // no fit takes what is outside of what was told
	default:
		return float32((x - scale.Min) / (scale.Max - scale.Min))
	}
	return float32(math.NaN())
}

// Any value, where what is read need not be exact.
const anyValue = "-1000..1000"

// parse counts what a source said, read as the fit read it.
func (s *State) parse(b *base, said Said) {
	unary, lines := b.ratings.Scale.Unary(), bytes.Count(said.Data, []byte{'\n'})
	scale := b.ratings.Scale.String()
	if unary && b.columns.Value != "" {
		scale = anyValue
	}
	rows, sum, err := s.table(b, said, scale)
	outside := false
	if !unary && s.options.Scale == "" && b.columns.Value != "" && (err != nil || sum.Bad > 0) {
		_, all, failed := s.table(b, said, anyValue)
		outside = failed == nil && (err != nil || all.Bad < sum.Bad)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.urgent = b.urgent || outside
	if err != nil {
		b.waiting += int64(lines)
		return
	}
	b.waiting += int64(sum.Bad)
	for k := range rows.Rater {
		value := rows.Value[k]
		if scale == anyValue {
			value = s.value(b, math.Round(1e3*rows.Scale.Of(value))/1e3)
		}
		b.add(rows.Raters.Name(rows.Rater[k]), rows.Items.Name(rows.Item[k]), value)
	}
}

func (s *State) table(b *base, said Said, scale string) (*rating.Table, *rating.Summary, error) {
	data := said.Data
	if text := bytes.TrimLeft(data, " \t\r\n"); len(text) == 0 || text[0] != '{' && text[0] != '[' {
		head, known := b.heads[said.Source]
		if !known {
			line := make([]byte, 1<<16)
			n, _ := s.journal.Read(said.Source, 0).Read(line)
			if end := bytes.IndexByte(line[:n], '\n'); end >= 0 {
				head = line[:end+1]
			}
			b.heads[said.Source] = head
		}
		if !bytes.HasPrefix(data, head) {
			data = append(bytes.Clone(head), data...)
		}
	}
	o := b.reading
	o.Stdin, o.Scale = bytes.NewReader(data), scale
	return rating.Read(context.Background(), []string{"-"}, o)
}

// add counts a rating. One that was counted already, as it arrived while the fit was
// made, changes nothing.
func (b *base) add(rater, item string, value float32) {
	if b.moving == nil || math.IsNaN(float64(value)) {
		b.wait(item)
		return
	}
	u, known := b.raters[rater]
	if !known {
		if u, known = b.moving.AddRater(); !known {
			b.wait(item)
			return
		}
		b.raters[rater] = u
	}
	i, known := b.items[item]
	if !known {
		i = b.moving.AddItem()
		b.items[item] = i
	}
	pair := [2]int32{u, i}
	was, again := b.changed[pair]
	if !again && int(i) < b.ratings.Items.Len() {
		was, again = ratedIn(b.ratings, u, i)
	}
	if again && was == value {
		return
	}
	if again {
		b.moving.Remove(u, i, was)
	}
	b.changed[pair] = value
	if !b.moving.Add(u, i, value) {
		b.wait(item)
		return
	}
	b.applied++
	if !again {
		b.added++
		b.rated = reach(b.rated, u)
		b.rated[u]++
	}
}

// wait counts a rating of an item that no score counts before the next fit.
func (b *base) wait(item string) {
	b.waiting++
	b.waits[item]++
}

// ratedIn looks a rating up in a table, whose rows stand in the order of rater, then
// item.
func ratedIn(t *rating.Table, rater, item int32) (value float32, ok bool) {
	k := sort.Search(t.Len(), func(k int) bool {
		return t.Rater[k] > rater || t.Rater[k] == rater && t.Item[k] >= item
	})
	if k == t.Len() || t.Rater[k] != rater || t.Item[k] != item {
		return 0, false
	}
	return t.Value[k], true
}
