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
	s.mu.Lock()
	pending, b := s.pending, s.base
	if b != nil {
		s.pending = nil
	} else if len(pending) > 0 {
		s.pending = pending[len(pending):] // the first fit has them
	}
	s.mu.Unlock()
	if b == nil {
		return
	}
	for _, said := range pending {
		var others []byte // lines that are not plain
		s.mu.Lock()
		for line := range bytes.Lines(said.Data) {
			r, plain := b.columns.plain(bytes.TrimRight(line, "\r\n"))
			if plain {
				s.add(b, string(r.rater), string(r.item), b.value(r.value))
			} else if len(bytes.TrimSpace(line)) > 0 {
				others = append(others, line...)
			}
		}
		s.mu.Unlock()
		if len(others) == 0 {
			continue
		}
		rows, err := s.parse(b, Said{said.Source, others})
		s.mu.Lock()
		if err != nil {
			s.count.Waiting += int64(bytes.Count(others, []byte{'\n'}))
		} else {
			for k := range rows.Rater {
				s.add(b, rows.Raters.Name(rows.Rater[k]), rows.Items.Name(rows.Item[k]), rows.Value[k])
			}
		}
		s.mu.Unlock()
	}
}

// value is a value within the scale of the fit, NaN where it is outside.
func (b *base) value(x float64) float32 {
	s := b.ratings.Scale
	if x < s.Min || x > s.Max || s.Max == s.Min {
		return float32(math.NaN())
	}
	return float32((x - s.Min) / (s.Max - s.Min))
}

// parse reads what a source said as the fit read it.
func (s *State) parse(b *base, said Said) (*rating.Table, error) {
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
	o.Stdin = bytes.NewReader(data)
	rows, _, err := rating.Read(context.Background(), []string{"-"}, o)
	return rows, err
}

// add counts a rating. One that was counted already, as it arrived while the fit was
// made, changes nothing.
func (s *State) add(b *base, rater, item string, value float32) {
	if b.moving == nil || math.IsNaN(float64(value)) {
		s.count.Waiting++
		return
	}
	u, known := b.raters[rater]
	if !known {
		if u, known = b.moving.AddRater(); !known {
			s.count.Waiting++
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
	if b.moving.Add(u, i, value) {
		s.count.Applied++
	} else {
		s.count.Waiting++
	}
	b.changed[pair] = value
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
