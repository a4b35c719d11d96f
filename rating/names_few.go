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
	// direct is 1 more than what slot says of each plain number, 0 where that
	// was not asked for; it has no room for numbers far beyond the identifiers.
	direct []int32
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

// learn keeps the number k of the identifier that is the plain number x.
func (f *fewBytes) learn(x uint64, k int32) {
	if n := uint64(len(f.direct)); x >= n {
		if x >= 8*uint64(f.used)+4096 {
			return
		}
		direct := make([]int32, max(4096, 2*n, x+1))
		copy(direct, f.direct)
		f.direct = direct
	}
	f.direct[x] = k + 1
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
	case n >= 4: // the first and the last four, which overlap
		return uint64(binary.LittleEndian.Uint32(name)) | uint64(binary.LittleEndian.Uint32(name[n-4:]))<<32, uint32(n)
	default:
		for i, c := range name {
			key |= uint64(c) << (8 * i)
		}
		return key, uint32(n) // 0 for no bytes
	}
}

func (n *Names) addFew(name []byte, key uint64, kind uint32) int32 {
	f := n.few
	i := f.find(key, kind)
	if s := &f.slot[i]; s.kind != 0 {
		return s.k
	}
	k := int32(n.Len())
	n.append(name)
	f.slot[i] = fewSlot{key, kind, k}
	if f.used++; 4*f.used > 3*len(f.slot) {
		f.resize(64 - f.move + 1)
	}
	return k
}
