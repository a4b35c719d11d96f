package rating

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/ringwatch/ringwatch/internal/plural"
)

// noOne are what programs write where there is nobody. Their case matters: "na"
// may be a name.
var noOne = []string{"nan", "NaN", "NAN", "null", "NULL", "Null", "None", "none", "NA", "N/A", "n/a", `\N`, "undefined",
	"nil", "<NA>", "#N/A", "NaT", "-", "--", "?", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!",
	"not set", nobodyUUID}

const nobodyUUID = "00000000-0000-0000-0000-000000000000"

// manyInOne are names that sites put in the place of many people's.
var manyInOne = []string{"[deleted]", "[removed]", "[suspended]", "deleted", "deleted user", "(deleted)",
	"a google user", "google user",
	"ein google-nutzer", "un utilisateur de google", "un usuario de google", "un utente google", "um usuário do google",
	"een google-gebruiker", "użytkownik google", "пользователь google", "google ユーザー", "google 用户", "anonymous",
	"anonymous user", "anon", "unknown", "unknown user",
	"amazon customer", "kindle customer", "guest", "guest user", "ghost", "former user", "a yelp user", "ebay user",
	"not provided", "no name", "a customer", "a tripadvisor member", "tripadvisor member", "user deleted",
	"automoderator",
	"anonym", "anonymer nutzer", "unbekannt", "gast", "anonyme", "utilisateur anonyme", "inconnu", "anónimo", "anonimo",
	"usuario anónimo", "desconocido", "anônimo", "sconosciuto", "anoniem", "anonimowy", "аноним", "анонимно", "匿名",
	"匿名用户", "匿名さん", "익명"}

// bare takes the brackets off that programs write around such words: (not set).
func bare(id string) string {
	if n := len(id); n > 2 && strings.IndexByte("([<", id[0]) >= 0 && strings.IndexByte(")]>", id[n-1]) >= 0 {
		return id[1 : n-1]
	}
	return id
}

func isNoOne(id string) bool {
	return len(id) <= len(nobodyUUID) && (slices.Contains(noOne, id) || slices.Contains(noOne, bare(id)))
}

// manyIn is the place of a name in manyInOne, -1 if it is none. In brackets no
// name is anybody's.
func manyIn(id string) int {
	lower := strings.ToLower(id)
	if i := slices.Index(manyInOne, lower); i >= 0 || bare(lower) == lower {
		return i
	}
	return min(slices.Index(manyInOne, bare(lower)), 0)
}

// certainlyMany are those of manyInOne that nobody has for a name.
const certainlyMany = 18

// certainlyGone are those of them that are left of what was taken away, also of an item.
const certainlyGone = 3

// An identity is what is wrong with the identifiers of one side.
type identity struct {
	side    string // rater, item
	trimmed tally  // had white space around them
	none    map[string]int
	many    map[string]int
	floats  tally // 12.0
	science tally // 1.7E+18
	long    tally // plain numbers of 17 digits and more
	rounded tally // of these, with zeros at the end
}

// A tally counts identifiers and the rows that they have.
type tally struct {
	names, rows int
	example     string
}

func (t *tally) add(name []byte, rows int) {
	if t.names++; t.names == 1 || string(name) < t.example {
		t.example = string(name)
	}
	t.rows += rows
}

// identify looks at every identifier once: it takes white space away from
// around them, sets rows of nobody aside, reads 12.0 as 12 where both stand, and
// refuses numbers that another program has rounded. All of it is told.
func (r *reader) identify() error {
	total := 0
	for _, b := range r.blocks {
		total += len(b.rater)
	}
	for _, side := range []struct {
		name string
		of   func(*parser) **Names
		col  func(*rows) []int32
	}{{"rater", func(p *parser) **Names { return &p.raters }, func(b *rows) []int32 { return b.rater }},
		{"item", func(p *parser) **Names { return &p.items }, func(b *rows) []int32 { return b.item }}} {
		if !slices.ContainsFunc(r.parsers, func(p *parser) bool { return (*side.of(p)).odd() }) {
			continue
		}
		count := map[*parser][]int{}
		for _, p := range r.parsers {
			count[p] = make([]int, (*side.of(p)).Len())
		}
		for _, b := range r.blocks {
			c := count[b.parser]
			for _, k := range side.col(b) {
				c[k]++
			}
		}
		if err := r.mend(side.name, side.of, side.col, count, total); err != nil {
			return err
		}
	}
	for _, b := range r.blocks {
		if len(b.rater) > 0 {
			return nil
		}
	}
	return fmt.Errorf("%s: no row has both a rater and an item; name their columns with --columns", r.firstName)
}

// odd reports whether there may be something to say of identifiers.
func (n *Names) odd() bool {
	long, rounded := 0, 0
	for k := range int32(n.Len()) {
		name := n.bytes(k)
		if isOdd(name) {
			return true
		}
		if len(name) >= 17 && plainNumber(name) {
			if long++; bytes.HasSuffix(name, []byte("00")) {
				rounded++
			}
		}
	}
	return rounded > 2 && 2*rounded > long
}

func isOdd(name []byte) bool {
	n := len(name)
	switch first, last := name[0], name[n-1]; {
	case first <= ' ' || last <= ' ' || first == '=' && last == '"':
		return true
	case first >= 0x80 || last >= 0x80:
		return len(trimName(name)) < n || n <= longestMany && manyIn(string(name)) >= 0
	case n > 2 && first-'0' <= 9 && last-'0' <= 9:
		return last == '0' &&
			(name[n-2] == '.' || name[n-2] == '0' && bytes.HasSuffix(bytes.TrimRight(name, "0"), []byte{'.'})) ||
			n > 4 && (name[n-3] == '+' || name[n-3]|0x20 == 'e') || n == len(nobodyUUID) && isNoOne(string(name))
	}
	return n <= longestMany && (isNoOne(string(name)) || manyIn(string(name)) >= 0)
}

// longestMany is the length of the longest of manyInOne, in brackets.
const longestMany = 34

// trimName takes white space away that does not show: blanks, also those that
// do not break, and marks of no width.
func trimName(name []byte) []byte {
	// so that a spreadsheet takes it as text
	if n := len(name); n > 3 && name[0] == '=' && name[1] == '"' && name[n-1] == '"' {
		name = name[2 : n-1]
	}
	return bytes.TrimFunc(name, func(r rune) bool {
		return unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff' || r == '\u2060'
	})
}

func isScience(name []byte) bool {
	s := strings.Replace(strings.ToLower(string(name)), ",", ".", 1)
	digits, exponent, found := strings.Cut(s, "e")
	whole, part, point := strings.Cut(digits, ".")
	if !found || len(whole) != 1 || !allDigits(whole) || !allDigits(part) {
		return false
	}
	power, plus := strings.CutPrefix(exponent, "+")
	return len(power) == 2 && allDigits(power) &&
		(power[0] != '0' && (plus || point) || plus && point && asFormatted(name))
}

// asFormatted tells 1.70E+09, as a spreadsheet shows a number, from 1.7e+09, as R
// writes one that is no other: only the first has a large E, or zeros at its end.
func asFormatted(name []byte) bool {
	i := bytes.IndexAny(name, "eE")
	return name[i] == 'E' || name[i-1] == '0'
}

// isFloat returns 12 for 12.0, and 100000 for 1e+05, as R writes it.
func isFloat(name []byte) ([]byte, bool) {
	if i := bytes.LastIndex(name, []byte("+0")); i > 0 && len(name) == i+3 && name[i-1]|0x20 == 'e' {
		digits, part, _ := bytes.Cut(name[:i-1], []byte{'.'})
		zeros := int(name[i+2]-'0') - len(part)
		return append(append(bytes.Clone(digits), part...), bytes.Repeat([]byte{'0'}, max(0, zeros))...),
			zeros >= 0 && zeros < 10 && plainNumber(digits) && (len(part) == 0 || plainNumber(part))
	}
	whole, part, ok := bytes.Cut(name, []byte{'.'})
	return whole, ok && len(part) > 0 && len(bytes.Trim(part, "0")) == 0 && plainNumber(whole)
}

// mend is identify for one side.
func (r *reader) mend(name string, of func(*parser) **Names, col func(*rows) []int32, count map[*parser][]int,
	total int) error {
	d := identity{side: name, none: map[string]int{}, many: map[string]int{}}
	every := map[string]int{}
	for _, p := range r.parsers {
		n := *of(p)
		for k, rows := range count[p] {
			if id := trimName(n.bytes(int32(k))); rows > 0 {
				every[string(id)] += rows
			}
		}
	}
	whole := d.sortOut(every, total)
	for _, p := range r.parsers {
		n := *of(p)
		for k, rows := range count[p] {
			if b := n.bytes(int32(k)); rows > 0 && len(trimName(b)) < len(b) {
				d.trimmed.add(b, rows)
			}
		}
	}
	if err := r.rounded(&d, total); err != nil {
		return err
	}
	for _, p := range r.parsers {
		names, to := d.renumbered(*of(p), count[p], whole)
		*of(p) = names
		count[p] = nil
		for _, b := range r.blocks {
			if b.parser == p {
				c := col(b)
				for i, k := range c {
					c[i] = to[k]
				}
			}
		}
	}
	r.setAside(len(d.none)+len(d.many) > 0)
	d.tell(r.sum, whole, total)
	return nil
}

// sortOut sorts identifiers by how they are written, every being the rows of each. It
// returns whether 12.0 is 12: all are numbers, and some are written as 12.
func (d *identity) sortOut(every map[string]int, total int) (whole bool) {
	most, wholes, others := 0, 0, 0
	ordered := slices.Sorted(maps.Keys(every))
	for _, s := range ordered {
		id, rows := []byte(s), every[s]
		if isNoOne(s) || len(id) == 0 {
			d.none[s] += rows
			continue
		}
		most = max(most, rows)
		switch _, float := isFloat(id); {
		case isScience(id):
			d.science.add(id, rows)
			others++
		case float:
			d.floats.add(id, rows)
		case plainNumber(id):
			if wholes++; len(id) >= 17 {
				if d.long.add(id, rows); bytes.HasSuffix(id, []byte("00")) {
					d.rounded.add(id, rows)
				}
			}
		default:
			others++
		}
	}
	for _, s := range ordered {
		i := manyIn(s)
		if i >= 0 && (i < certainlyMany && d.side == "rater" || i < certainlyGone ||
			every[s] == most && 100*most >= total && d.side == "rater") {
			d.many[s] = every[s]
		}
	}
	return d.floats.names > 0 && wholes > 0 && others == 0
}

// renumbered returns the names that stay of those of a parser, which have so many rows,
// and the new number of each; -1 for those that do not stay.
func (d *identity) renumbered(old *Names, rows []int, whole bool) (names *Names, to []int32) {
	names, to = newParserNames(), make([]int32, old.Len())
	for k := range to {
		id := trimName(old.bytes(int32(k)))
		_, none := d.none[string(id)]
		_, many := d.many[string(id)]
		if to[k] = -1; none || many || rows[k] == 0 {
			continue
		}
		if w, float := isFloat(id); float && whole {
			id = w
		}
		to[k] = names.Add(id)
	}
	return names, to
}

// setAside takes the rows out whose rater or item is nobody.
func (r *reader) setAside(present bool) {
	if !present {
		return
	}
	for _, b := range r.blocks {
		b.keep(func(k int) bool {
			if b.rater[k] < 0 || b.item[k] < 0 {
				r.sum.NoOne++
				return false
			}
			return true
		})
	}
	r.renumber()
}

// rounded refuses identifiers of which it shows that different ones have become one.
func (r *reader) rounded(d *identity, total int) error {
	const many = 10 // as many that end in 00 by chance: 1 in 1e20
	switch {
	case d.science.names > 0 && 100*d.science.rows > total:
		return fmt.Errorf("%s: %s identifiers such as %s are rounded numbers, so that different %ss are one; "+
			"export them as text", r.firstName, d.side, d.science.example, d.side)
	case d.rounded.names >= many && 10*d.rounded.names >= 9*d.long.names:
		return fmt.Errorf("%s: %s identifiers such as %s all end in zeros, as where a spreadsheet rounds long "+
			"numbers, so that different %ss are one; export them as text", r.firstName, d.side,
			d.rounded.example, d.side)
	}
	return nil
}

// tell says what was done, with its share of rows.
func (d *identity) tell(s *Summary, whole bool, total int) {
	share := func(rows int) string {
		return percentOf(rows, total) + " of all rows"
	}
	add := func(format string, args ...any) { s.Warnings = append(s.Warnings, fmt.Sprintf(format, args...)) }
	for _, what := range []struct {
		of  map[string]int
		why string
	}{{d.none, "which stands for nobody"}, {d.many, "a name that stands for many"}} {
		for _, id := range slices.SortedFunc(maps.Keys(what.of), func(a, b string) int {
			return cmp.Or(what.of[b]-what.of[a], strings.Compare(a, b))
		}) {
			add("%s whose %s is \"%s\", %s, set aside (%s)", plural.Of(what.of[id], "row"), d.side, shorten(id, 40),
				what.why, share(what.of[id]))
		}
	}
	if t := d.trimmed; t.names > 0 {
		add("%s with white space or =\"\" around were read without (%s)",
			plural.Of(t.names, d.side+" identifier"), share(t.rows))
	}
	if t := d.floats; t.names > 0 && whole {
		add("%s written as whole and as decimal numbers were read as whole, 12.0 as 12 (%s)",
			plural.Of(t.names, d.side+" identifier"), share(t.rows))
	}
	if t := d.science; t.names > 0 {
		add("%s such as %s may be rounded numbers, of which different ones have become one (%s)",
			plural.Of(t.names, d.side+" identifier"), t.example, share(t.rows))
	}
	if t := d.rounded; t.names > 2 && 2*t.names > d.long.names {
		add("%d of %d long %s identifiers end in zeros, as where a program has rounded them: "+
			"different ones may have become one (%s)", t.names, d.long.names, d.side, share(t.rows))
	}
}

// move copies row k to an earlier place.
func (b *rows) move(to, k int) {
	b.rater[to], b.item[to] = b.rater[k], b.item[k]
	if b.value != nil {
		b.value[to] = b.value[k]
	}
	if b.time != nil {
		b.time[to] = b.time[k]
	}
	if b.tags != nil {
		b.tags[to] = b.tags[k]
	}
}
