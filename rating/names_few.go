package rating

import "encoding/binary"

// fewBytes finds identifiers of up to 8 bytes, and plain numbers of up to 19
// digits, by what they are and not by their hash: one place in memory to look
// at where Names needs three. Only parsers have it: it takes 21 to 43 bytes an
// identifier.
type fewBytes struct {
	slot []fewSlot // open addressing; its length is a power of two
	used int
	move uint // 64 less the bits of a place
	// direct has the plain numbers below its length, and no slot is asked for
	// these: 1 more than what number each has, 0 for none. It has no room for
	// numbers far beyond how many identifiers there are.
	direct  []int32
	numbers int // in direct
}

type fewSlot struct {
	key  uint64
	kind uint32 // how many bytes the key stands for, 9 for a longer number; 0 where free
	k    int32
}

const longNumber = 9

// newParserNames returns Names for many additions.
func newParserNames() *Names {
	n := NewNames()
	n.few = &fewBytes{}
	n.few.resize(10)
	return n
}

func (f *fewBytes) resize(bits uint) {
	old := f.slot
	f.slot, f.move = make([]fewSlot, 1<<bits), 64-bits
	for _, s := range old {
		if s.kind != 0 {
			f.slot[f.find(s.key, s.kind)] = s
		}
	}
}

// widen makes room in direct for the plain number x, if it is not too far
// beyond the others, and takes over what has a slot.
func (f *fewBytes) widen(x uint64) bool {
	if x >= 8*uint64(f.used+f.numbers)+4096 {
		return false
	}
	old := len(f.direct)
	direct := make([]int32, max(4096, 2*old, int(x)+1))
	copy(direct, f.direct)
	f.direct = direct
	for _, s := range f.slot {
		if x, plain := s.plain(); plain && x >= uint64(old) && x < uint64(len(direct)) {
			direct[x] = s.k + 1
			f.numbers++
		}
	}
	return true
}

// plain returns the plain number that a slot's identifier is, if it is one.
func (s *fewSlot) plain() (x uint64, ok bool) {
	if s.kind == longNumber {
		return s.key, true
	}
	return (&span{word: s.key, n: int32(s.kind)}).decimal()
}

// find returns the place of a key, or the free one where it belongs.
func (f *fewBytes) find(key uint64, kind uint32) uint64 {
	mask := uint64(len(f.slot) - 1)
	i := (key + uint64(kind)) * 0x9e3779b97f4a7c15 >> f.move
	for ; f.slot[i&mask].kind != 0; i++ {
		if s := &f.slot[i&mask]; s.key == key && s.kind == kind {
			break
		}
	}
	return i & mask
}

// pack returns what an identifier is; kind is 0 if it does not fit.
func (f *fewBytes) pack(name []byte) (key uint64, kind uint32) {
	switch n := len(name); {
	case n > 8:
		if n > 19 || name[0] == '0' {
			return 0, 0
		}
		for _, c := range name {
			d := c - '0'
			if d > 9 {
				return 0, 0
			}
			key = 10*key + uint64(d)
		}
		return key, longNumber
	case n >= 4: // the first four, and of the last four what is behind these
		return uint64(binary.LittleEndian.Uint32(name)) | uint64(binary.LittleEndian.Uint32(name[n-4:])>>(8*(8-n)))<<32,
			uint32(n)
	default:
		for i, c := range name {
			key |= uint64(c) << (8 * i)
		}
		return key, uint32(n) // 0 for no bytes
	}
}

// addPlain returns the number of an identifier that is the plain number x; ok is
// false if it is looked for elsewhere.
func (n *Names) addPlain(name []byte, x uint64) (k int32, ok bool) {
	f := n.few
	if x >= uint64(len(f.direct)) && !f.widen(x) {
		return 0, false
	}
	if k = f.direct[x] - 1; k < 0 {
		k = int32(n.Len())
		n.append(name)
		f.direct[x] = k + 1
		f.numbers++
	}
	return k, true
}

func (n *Names) addFew(name []byte, key uint64, kind uint32) int32 {
	f := n.few
	slot := fewSlot{key: key, kind: kind}
	if x, plain := slot.plain(); plain {
		if k, ok := n.addPlain(name, x); ok {
			return k
		}
	}
	i := f.find(key, kind)
	if s := &f.slot[i]; s.kind != 0 {
		return s.k
	}
	slot.k = int32(n.Len())
	n.append(name)
	f.slot[i] = slot
	if f.used++; 4*f.used > 3*len(f.slot) {
		f.resize(64 - f.move + 1)
	}
	return slot.k
}
