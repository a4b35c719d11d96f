package rating

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
)

// A span is where a field stands in a block.
type span struct {
	word  uint64 // the field itself, zeros behind it, if it has up to 8 bytes; else its first 8
	at, n int32
}

// everyByte times a byte is a word full of it.
const everyByte = 0x0101010101010101

// zeroBytes returns a word whose lowest bit that is set tells the first byte of
// x that is zero: bit 7 of that byte.
func zeroBytes(x uint64) uint64 { return (x - everyByte) &^ x & (everyByte << 7) }

// cut returns the field of block that begins at i and ends before a separator
// or a line's end. It looks at 8 bytes at a time; ok is false if block ends
// sooner.
func cut(block []byte, i int, separator uint64) (s span, ok bool) {
	for n := 0; i+n+8 <= len(block); n += 8 {
		x := binary.LittleEndian.Uint64(block[i+n:])
		if n == 0 {
			s.word = x
		}
		hit := zeroBytes(x^separator) | zeroBytes(x^everyByte*'\n')
		if hit != 0 {
			n += bits.TrailingZeros64(hit) >> 3
			s.at, s.n = int32(i), int32(n)
			if n < 8 {
				s.word &= 1<<(8*n) - 1
			}
			return s, true
		}
	}
	return s, false
}

// A quickParser is what a parser knows of fields that come again and again,
// and the identifiers that have no number yet.
type quickParser struct {
	raters, items []span
	value         [256]knownValue
	date          [256]knownDate
}

type knownValue struct {
	word  uint64
	n     int32
	value float64
}

type knownDate struct {
	year uint64 // the first 8 bytes
	day  uint16 // the next 2
	sec  int64  // since 1970
}

const quickRows = 256

// quick reads lines as long as they are as expected. It returns the rest, which
// begins with a line that is not, or is near the block's end, and its number.
func (p *parser) quick(block []byte, line int) ([]byte, int) {
	l := p.layout
	separator := everyByte * uint64(l.comma)
	i := 0
	for ; ; line++ {
		begin := i
		ok := false
		var field [timeField + 1]span
		for column := range l.columns {
			var s span
			if s, ok = cut(block, i, separator); !ok {
				break
			}
			i += int(s.n) + 1
			last := block[i-1] == '\n'
			if ok = last == (column+1 == l.columns); !ok {
				break
			}
			if column >= len(l.role) || l.role[column] < 0 {
				continue
			}
			if last && s.n > 0 && block[i-2] == '\r' {
				if s.n--; s.n < 8 {
					s.word &= 1<<(8*s.n) - 1
				}
			}
			field[l.role[column]] = s
		}
		if !ok || !p.quickRow(block, line, &field) {
			p.numberSpans(block)
			return block[begin:], line
		}
		if len(p.known.raters) == quickRows {
			p.numberSpans(block)
		}
	}
}

// quickRow adds a row, unless there is more to say about it.
func (p *parser) quickRow(block []byte, line int, field *[timeField + 1]span) bool {
	r := p.rows
	if field[raterField].n == 0 || field[itemField].n == 0 {
		return false
	}
	var value float64
	if r.value != nil {
		var ok bool
		if value, ok = p.known.number(block, field[valueField]); !ok || value < p.lo || value > p.hi {
			return false
		}
	}
	if r.time != nil {
		s := field[timeField]
		t, u, ok := p.known.time(block[s.at:s.at+s.n], p.layout.unit)
		if !ok {
			return false
		}
		r.time, r.unit = append(r.time, t), append(r.unit, u)
		if r.count[u]++; r.count[u] <= keptMessages {
			r.lines[u] = append(r.lines[u], line)
		}
	}
	if r.value != nil {
		r.value = append(r.value, value)
		r.valued++
		if value < r.min {
			r.min = value
		}
		if value > r.max {
			r.max = value
		}
	}
	p.known.raters = append(p.known.raters, field[raterField])
	p.known.items = append(p.known.items, field[itemField])
	return true
}

// numberSpans numbers the identifiers of the rows that were added last.
func (p *parser) numberSpans(block []byte) {
	k := &p.known
	p.rows.rater = p.raters.addSpans(p.rows.rater, block, k.raters)
	p.rows.item = p.items.addSpans(p.rows.item, block, k.items)
	k.raters, k.items = k.raters[:0], k.items[:0]
}

// number reads a value; ok is false where there is none.
func (k *quickParser) number(block []byte, s span) (v float64, ok bool) {
	if s.n == 1 && s.word-'0' <= 9 {
		return float64(s.word - '0'), true
	}
	known := &k.value[s.word*0x9e3779b97f4a7c15>>56]
	if known.word == s.word && known.n == s.n && s.n <= 8 {
		return known.value, s.n > 0
	}
	if v, ok = parseValue(trim(block[s.at : s.at+s.n])); ok && s.n <= 8 {
		*known = knownValue{s.word, s.n, v}
	}
	return v, ok
}

// time reads a time as parseTime does; ok is false where there is none.
func (k *quickParser) time(b []byte, told unit) (t int32, u unit, ok bool) {
	if len(b) != len("2024-01-31T12:00:00Z") || b[10] != 'T' || b[13] != ':' || b[16] != ':' || b[19] != 'Z' {
		return parseTime(trim(b), told)
	}
	year, day := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint16(b[8:])
	known := &k.date[(year^uint64(day)<<40)*0x9e3779b97f4a7c15>>56]
	if known.year != year || known.day != day || year == 0 {
		sec, ok := parseDate(b[:10])
		if !ok {
			return parseTime(b, told)
		}
		*known = knownDate{year, day, sec}
	}
	h, m, s := twoDigits(b[11], b[12]), twoDigits(b[14], b[15]), twoDigits(b[17], b[18])
	if h > 23 || m > 59 || s > 60 {
		return 0, dated, false
	}
	t, ok = FromUnix(known.sec + int64(h)*3600 + int64(m)*60 + int64(s))
	return t, dated, ok
}

// twoDigits returns a number of two digits, above 99 where they are none.
func twoDigits(a, b byte) uint32 {
	x, y := uint32(a)-'0', uint32(b)-'0'
	if x > 9 || y > 9 {
		return 100
	}
	return 10*x + y
}

// decimal returns the plain number of up to 8 digits that s is, if it is one
// (Lemire 2018).
func (s *span) decimal() (x uint64, ok bool) {
	if s.n < 1 || s.n > 8 || s.n > 1 && byte(s.word) == '0' {
		return 0, false
	}
	x = s.word<<(64-8*s.n) | everyByte*'0'>>(8*s.n)
	const high = everyByte * 0xf0
	if x&high|(x+everyByte*6)&high>>4 != everyByte*0x33 {
		return 0, false
	}
	x -= everyByte * '0'
	x = x*10 + x>>8
	const mask = 0x000000ff000000ff
	return (x&mask*(100+1000000<<32) + x>>16&mask*(1+10000<<32)) >> 32, true
}

// addSpans appends to number those of the identifiers at spans, which are not
// empty and quickRows at most. Plain numbers are looked up in a loop that does
// nothing else, so that many look-ups are on their way to memory at a time.
func (n *Names) addSpans(number []int32, block []byte, spans []span) []int32 {
	var plain [quickRows]uint32
	for i := range spans {
		plain[i] = math.MaxUint32
		if x, ok := spans[i].decimal(); ok {
			plain[i] = uint32(x)
		}
	}
	from := len(number)
	direct := n.few.direct
	for _, x := range plain[:len(spans)] {
		k := int32(0)
		if uint(x) < uint(len(direct)) {
			k = direct[x]
		}
		number = append(number, k-1)
	}
	for i, k := range number[from:] {
		if k >= 0 {
			continue
		}
		s := &spans[i]
		if i > 0 && s.n <= 8 && s.n == spans[i-1].n && s.word == spans[i-1].word {
			number[from+i] = number[from+i-1]
			continue
		}
		number[from+i] = n.Add(block[s.at : s.at+s.n])
	}
	return number
}

// lines reads a block of separated lines in which no quote occurs.
func (p *parser) lines(block []byte, line int) {
	block = p.layout.rewrite.apply(block, p.layout.comment)
	quick := p.layout.plain() && len(p.missing) == 0
	for len(block) > 0 {
		if quick {
			block, line = p.quick(block, line)
		}
		row := block
		if end := bytes.IndexByte(block, '\n'); end >= 0 {
			row, block = block[:end], block[end+1:]
		} else {
			block = nil
		}
		if n := len(row); n > 0 && row[n-1] == '\r' {
			row = row[:n-1]
		}
		if len(row) > 0 {
			p.split(row, line)
			if quick {
				p.numberRows()
			}
		}
		line++
	}
	p.numberRows()
}
