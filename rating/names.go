package rating

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"math"
	"math/bits"
	"slices"
	"sync"
)

// Names numbers identifiers 0, 1, 2, ... It keeps their bytes in one buffer
// and looks them up by open addressing: 4 bytes beside an identifier's own, 20
// to 36 once any was looked for, and no pointer per identifier.
//
// Any number of goroutines may read Names that nobody adds to.
type Names struct {
	buf  []byte
	end  []uint32 // identifier n is buf[end[n-1]:end[n]]; see wide
	wide []uint64 // replaces end once buf outgrows 4 GiB
	// slot holds half of the hash above number+1, or 0 where free, so that
	// most misses and all growth need not look at buf. Its length is a power
	// of two. The Names of a column file, or that were sorted, have none until
	// they are searched.
	slot []uint64
	seed maphash.Seed
	once sync.Once // fills slot where Find needs it
	few  *fewBytes // of a parser's Names: all identifiers that fit, which slot lacks
}

// NewNames returns Names without identifiers.
func NewNames() *Names { return &Names{seed: maphash.MakeSeed()} }

// Numbered returns n identifiers: the prefix and a number from 1 on, padded
// with zeros to one width so that they sort in the order of their numbers.
func Numbered(prefix string, n int) *Names {
	names := NewNames()
	width := len(fmt.Sprint(n))
	for k := 1; k <= n; k++ {
		names.Add(fmt.Appendf(nil, "%s%0*d", prefix, width, k))
	}
	return names
}

// Clone returns Names that may grow without n.
func (n *Names) Clone() *Names {
	return &Names{buf: slices.Clone(n.buf), end: slices.Clone(n.end), wide: slices.Clone(n.wide),
		slot: slices.Clone(n.slot), seed: n.seed}
}

// Len returns how many identifiers there are.
func (n *Names) Len() int {
	if n.wide != nil {
		return len(n.wide)
	}
	return len(n.end)
}

// Name returns identifier k.
func (n *Names) Name(k int32) string { return string(n.bytes(k)) }

// All returns all identifiers. They share the memory of one string.
func (n *Names) All() []string {
	text, all, from := string(n.buf), make([]string, n.Len()), 0
	for k := range all {
		to := from + len(n.bytes(int32(k)))
		all[k], from = text[from:to], to
	}
	return all
}

func (n *Names) bytes(k int32) []byte {
	if n.wide != nil {
		var from uint64
		if k > 0 {
			from = n.wide[k-1]
		}
		return n.buf[from:n.wide[k]]
	}
	var from uint32
	if k > 0 {
		from = n.end[k-1]
	}
	return n.buf[from:n.end[k]]
}

const upper = 0xffffffff << 32

// Find returns the number of an identifier.
func (n *Names) Find(name string) (k int32, ok bool) {
	n.once.Do(n.index)
	if len(n.slot) == 0 {
		return 0, false
	}
	h := maphash.String(n.seed, name)
	mask := uint64(len(n.slot) - 1)
	for i := h >> 32 & mask; ; i = (i + 1) & mask {
		s := n.slot[i]
		if s == 0 {
			return 0, false
		}
		if k := int32(uint32(s) - 1); (s^h)&upper == 0 && string(n.bytes(k)) == name {
			return k, true
		}
	}
}

// Add returns the number of an identifier, a new one if it was not there.
func (n *Names) Add(name []byte) int32 {
	if n.few != nil {
		if key, kind := n.few.pack(name); kind != 0 {
			return n.addFew(name, key, kind)
		}
	}
	if 2*(n.Len()+1) > len(n.slot) {
		n.grow()
	}
	h := maphash.Bytes(n.seed, name)
	mask := uint64(len(n.slot) - 1)
	i := h >> 32 & mask
	for ; n.slot[i] != 0; i = (i + 1) & mask {
		s := n.slot[i]
		if k := int32(uint32(s) - 1); (s^h)&upper == 0 && string(n.bytes(k)) == string(name) {
			return k
		}
	}
	n.append(name)
	n.slot[i] = h&upper | uint64(n.Len())
	return int32(n.Len() - 1)
}

func (n *Names) append(name []byte) {
	n.buf = append(n.buf, name...)
	switch {
	case n.wide != nil:
		n.wide = append(n.wide, uint64(len(n.buf)))
	case uint64(len(n.buf)) > math.MaxUint32:
		n.wide = make([]uint64, len(n.end), 2*len(n.end)+1)
		for i, e := range n.end {
			n.wide[i] = uint64(e)
		}
		n.wide = append(n.wide, uint64(len(n.buf)))
		n.end = nil
	default:
		n.end = append(n.end, uint32(len(n.buf)))
	}
}

// index fills slot if there are identifiers that it lacks.
func (n *Names) index() {
	if len(n.slot) > 0 || n.Len() == 0 {
		return
	}
	n.slot = make([]uint64, 1<<bits.Len(uint(2*n.Len()+1)))
	for k := range int32(n.Len()) {
		n.place(maphash.Bytes(n.seed, n.bytes(k))&upper | uint64(k+1))
	}
}

func (n *Names) grow() {
	n.index()
	if 2*(n.Len()+1) <= len(n.slot) {
		return
	}
	old := n.slot
	n.slot = make([]uint64, max(16, 2*len(old)))
	for _, s := range old {
		if s != 0 {
			n.place(s)
		}
	}
}

// place puts an entry that is known to be new in a free slot.
func (n *Names) place(s uint64) {
	mask := uint64(len(n.slot) - 1)
	i := s >> 32 & mask
	for n.slot[i] != 0 {
		i = (i + 1) & mask
	}
	n.slot[i] = s
}

// sorted returns the same identifiers in ascending order and for each old
// number its new one: plain numbers first, in the order of their numbers, then
// all others byte by byte.
func (n *Names) sorted() (*Names, []int32) {
	order := n.order()
	to := make([]int32, len(order))
	s := &Names{seed: n.seed, buf: make([]byte, 0, len(n.buf))}
	if n.wide == nil {
		s.end = make([]uint32, 0, len(order))
	}
	for _, k := range order {
		to[k] = int32(s.Len())
		s.append(n.bytes(k))
	}
	return s, to
}

// order returns the numbers of the identifiers in ascending order. It compares
// what fits in a word first, after the prefix that all of them share.
func (n *Names) order() []int32 {
	type entry struct {
		word uint64
		k    int32
	}
	var numbers, others []entry
	var shared []byte
	for k := range int32(n.Len()) {
		b := n.bytes(k)
		switch {
		case plainNumber(b):
			numbers = append(numbers, entry{number(b), k})
			continue
		case others == nil:
			shared = b
		default:
			shared = shared[:sharedPrefix(shared, b)]
		}
		others = append(others, entry{0, k})
	}
	for i := range others {
		var word [8]byte
		copy(word[:], n.bytes(others[i].k)[len(shared):])
		others[i].word = binary.BigEndian.Uint64(word[:])
	}
	var most uint64
	for _, e := range numbers {
		most = max(most, e.word)
	}
	if most < 8*uint64(len(numbers)) { // most exports count from 1 on
		at := make([]int32, most+1)
		for _, e := range numbers {
			at[e.word] = e.k + 1
		}
		numbers = numbers[:0]
		for x, k := range at {
			if k > 0 {
				numbers = append(numbers, entry{uint64(x), k - 1})
			}
		}
	}
	slices.SortFunc(numbers, func(a, b entry) int {
		if c := cmp.Compare(a.word, b.word); c != 0 {
			return c
		}
		x, y := n.bytes(a.k), n.bytes(b.k)
		return cmp.Or(len(x)-len(y), bytes.Compare(x, y))
	})
	slices.SortFunc(others, func(a, b entry) int {
		if c := cmp.Compare(a.word, b.word); c != 0 {
			return c
		}
		return bytes.Compare(n.bytes(a.k), n.bytes(b.k))
	})
	order := make([]int32, 0, n.Len())
	for _, e := range append(numbers, others...) {
		order = append(order, e.k)
	}
	return order
}

// compareNames orders two identifiers as order does.
func compareNames(a, b []byte) int {
	switch x, y := plainNumber(a), plainNumber(b); {
	case x && y:
		return cmp.Or(len(a)-len(b), bytes.Compare(a, b))
	case x:
		return -1
	case y:
		return 1
	}
	return bytes.Compare(a, b)
}

func sharedPrefix(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

// plainNumber reports whether b is a decimal number without a leading zero.
func plainNumber(b []byte) bool {
	if len(b) == 0 || b[0] == '0' && len(b) > 1 {
		return false
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// number returns a plain number, and 1<<63 for one that may not fit.
func number(b []byte) uint64 {
	if len(b) > 18 {
		return 1 << 63
	}
	var x uint64
	for _, c := range b {
		x = 10*x + uint64(c-'0')
	}
	return x
}
