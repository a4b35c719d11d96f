package rating

import (
	"bytes"
	"cmp"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ringwatch/ringwatch/internal/plural"
	"golang.org/x/text/unicode/norm"
)

// lookalikes tells of identifiers that are written in two ways: Ann and ann, 0012
// and 12, a letter with its accent in one sign or in two, @ann and ann, a link with
// and without https:// or a slash at its end. They are read as different ones. Few
// of a thousand are chance.
func (r *reader) lookalikes(side string, names *Names) {
	seed := maphash.MakeSeed()
	type folded struct {
		hash uint64
		k    int32
	}
	all := make([]folded, names.Len())
	for k := range all {
		all[k] = folded{maphash.Bytes(seed, fold(names.bytes(int32(k)))), int32(k)}
	}
	r.lostSigns(side, names)
	slices.SortFunc(all, func(a, b folded) int { return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.k, b.k)) })
	n, first := 0, [2]int32{-1, -1} // the pair with the lowest number
	for i := 1; i < len(all); i++ {
		if all[i].hash != all[i-1].hash {
			continue
		}
		if n++; first[0] < 0 || all[i-1].k < first[0] {
			first = [2]int32{all[i-1].k, all[i].k}
		}
	}
	if n == 0 || 1000*n < len(all) {
		return
	}
	are := "differ from another only in how they are written"
	if n == 1 {
		are = "differs from another only in how it is written"
	}
	r.sum.Warnings = append(r.sum.Warnings,
		fmt.Sprintf("%s %s, as %q and %q: they are read as different ones; write them alike if they are not",
			plural.Of(n, side+" identifier"), are, clip(names.Name(first[0]), 40), clip(names.Name(first[1]), 40)))
}

// lostSigns tells of identifiers with the sign that stands for what could not be read:
// half of a pair in JSON, or a letter that a program before this one lost. Two of them
// may have been different.
func (r *reader) lostSigns(side string, names *Names) {
	n, first := 0, ""
	for k := range int32(names.Len()) {
		if bytes.Contains(names.bytes(k), []byte("\ufffd")) {
			if n++; n == 1 {
				first = names.Name(k)
			}
		}
	}
	if n > 0 {
		r.sum.Warnings = append(r.sum.Warnings, fmt.Sprintf("%s with �, which stands for a character that was lost, "+
			"as %q: different ones may be read as one", plural.Of(n, side+" identifier"), clip(first, 40)))
	}
}

// fold writes an identifier as others that look alike are written.
func fold(name []byte) []byte {
	if len(name) > 1 && (name[0] == '@' || name[0] == '\'') { // of a handle; of a spreadsheet, for text
		name = name[1:]
	}
	if at := bytes.Index(name, []byte("://")); at > 0 && at < 6 {
		name = bytes.TrimSuffix(bytes.TrimPrefix(name[at+3:], []byte("www.")), []byte("/"))
	}
	if allDigits(string(name)) {
		for len(name) > 1 && name[0] == '0' {
			name = name[1:]
		}
		return name
	}
	ascii := true
	for _, c := range name {
		ascii = ascii && c < utf8.RuneSelf
	}
	if !ascii {
		name = norm.NFC.Bytes(name)
	}
	return []byte(strings.ToLower(string(name)))
}
