package reports

import (
	"hash/maphash"
	"slices"
	"strings"
	"unicode"

	"github.com/ringwatch/ringwatch/rating"
)

// What stands in the name of an item names a rater only if it tells something.
const (
	// "a", "of" and "en" are in the names of many items; in bytes, as two signs
	// of a script that has thousands of them tell as much as four letters
	leastPart = 4
	// shorter numbers are years, days (20240501) and numbers of items
	leastNumber = 10
	// parts of an identifier: an address of mail has four, a UUID five
	mostParts = 8
)

// telling reports whether text, which is a part of a name or the whole of it, may be
// the identifier of a rater.
func telling(text string, whole bool) bool {
	return !shortNumber(text) && (whole || len(text) >= leastPart || strings.Trim(text, "0123456789") == "")
}

func shortNumber(text string) bool {
	return len(text) < leastNumber && strings.Trim(text, "0123456789") == ""
}

// numberedAlike reports whether raters and items have short numbers that have nothing
// to do with each other, as in MovieLens: raters then rate the item of their own number
// as often as any other, where people hardly rate themselves. Five such ratings, and half of
// those that chance gives, are asked for, as the doubt is for hiding too much.
func numberedAlike(t *rating.Table) bool {
	own, expected := 0, 0.0
	for i := range int32(t.Items.Len()) {
		name := t.Items.Name(i)
		u, ok := t.Raters.Find(name)
		if !ok || !shortNumber(name) {
			continue
		}
		rows := t.ByItem().Rows(i)
		expected += float64(len(rows)) * float64(t.ByRater().Count(u)) / float64(t.Len())
		for _, k := range rows {
			if t.Rater[k] == u {
				own++
			}
		}
	}
	return own >= 5 && 2*float64(own) >= expected
}

func apart(r rune) bool { return !unicode.In(r, unicode.L, unicode.N, unicode.M) }

// bare is an identifier without what is neither letter nor digit at its ends.
func bare(id string) string { return strings.TrimFunc(id, apart) }

func fold(s string) string { return strings.ToLower(strings.ToUpper(s)) }

// eachPart calls found with what in a name may be an identifier: its parts between
// characters that are neither letters nor digits, and up to mostParts of them with
// what is between them, the longest first. What found takes is not looked at again.
func eachPart(name string, found func(from, to int) bool) {
	var parts [][2]int
	begin := -1
	for k, r := range name {
		if !apart(r) {
			if begin < 0 {
				begin = k
			}
		} else if begin >= 0 {
			parts, begin = append(parts, [2]int{begin, k}), -1
		}
	}
	if begin >= 0 {
		parts = append(parts, [2]int{begin, len(name)})
	}
	n := len(parts)
	if n > mostParts && found(parts[0][0], parts[n-1][1]) {
		return
	}
	for i := 0; i < n; {
		j := min(n, i+mostParts)
		for ; j > i; j-- {
			from, to := parts[i][0], parts[j-1][1]
			if telling(name[from:to], i == 0 && j == n) && found(from, to) {
				break
			}
		}
		i = max(j, i+1)
	}
}

// ratersInItems are the raters whose identifiers are within the names of items, in
// any case of letters. It takes time in proportion to the names, and memory of eight bytes
// for each rater.
func ratersInItems(t *rating.Table) []string {
	var all []uint64
	seed := maphash.MakeSeed() // what has the sum of another is told apart below
	for u := range int32(t.Raters.Len()) {
		if id := bare(rater(t, u)); telling(id, true) {
			all = append(all, maphash.String(seed, fold(id)))
		}
	}
	if len(all) == 0 {
		return nil
	}
	slices.Sort(all)
	seen := map[string]bool{}
	for i := range int32(t.Items.Len()) {
		name := item(t, i)
		eachPart(name, func(from, to int) bool {
			part := fold(name[from:to])
			if _, ok := slices.BinarySearch(all, maphash.String(seed, part)); ok {
				seen[part] = true
			}
			return false
		})
	}
	var in []string
	for u := range int32(t.Raters.Len()) {
		if id := rater(t, u); seen[fold(bare(id))] {
			in = append(in, id)
		}
	}
	slices.Sort(in)
	return in
}

// namesRater reports whether the name of an item holds the identifier of a rater.
func (p *Pseudonyms) namesRater(name string) bool {
	_, names := p.within(name, func(id string) string { return id })
	return names
}

// within returns the name of an item with what stands for the identifiers in their
// place, and whether there are any.
func (p *Pseudonyms) within(name string, standsFor func(id string) string) (string, bool) {
	if len(p.folded) == 0 {
		return name, false
	}
	var b strings.Builder
	done := 0
	eachPart(name, func(from, to int) bool {
		id := name[from:to]
		if !p.raters[id] {
			var ok bool
			if id, ok = p.folded[fold(id)]; !ok {
				return false
			}
		}
		b.WriteString(name[done:from])
		b.WriteString(standsFor(id))
		done = to
		return true
	})
	b.WriteString(name[done:])
	return b.String(), done > 0
}

// ItemID returns the identifier behind what Item returned.
func (p *Pseudonyms) ItemID(seen string) (id string, ok bool) {
	if p.people {
		return p.ID(seen)
	}
	if id, ok = p.itemOf[seen]; ok {
		return id, true
	}
	_, hidden := p.hidden[seen]
	return seen, !hidden
}

// foldedNames finds raters by their bare identifiers in any case of letters, of several
// the first by name.
func foldedNames(raters map[string]bool) map[string]string {
	of := make(map[string]string, len(raters))
	for id := range raters {
		k := fold(bare(id))
		if other, taken := of[k]; telling(k, true) && (!taken || id < other) {
			of[k] = id
		}
	}
	return of
}

// itemLinks are the links of a page: where a name holds a pseudonym, the address would be another's.
func (p *Pseudonyms) itemLinks(url string) Links {
	l := Links{hidden: map[string]bool{}}
	if !p.people {
		l.Item = url
	}
	for seen := range p.itemOf {
		l.hidden[seen] = true
	}
	return l
}
