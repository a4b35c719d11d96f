package rating

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A candidate is a column that may be a field.
type candidate struct {
	column int
	rank   rank
	id     bool
}

// candidates are the free columns that a field may be in, the best first.
func (a *assignment) candidates(field int) (found []candidate) {
	for i, name := range a.names {
		if a.taken(i) {
			continue
		}
		r, id := rankOf(name, field)
		if r == unknown || len(a.rows) > 0 && !a.holds(i, field, r) || field == valueField && a.ofCrowd(name) {
			continue
		}
		found = append(found, candidate{i, r, id})
	}
	empty := func(c candidate) int {
		if len(a.rows) > 0 && a.look(c.column).filled == 0 {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(found, func(x, y candidate) int {
		if e := empty(x) - empty(y); e != 0 {
			return e
		}
		return int(x.rank - y.rank)
	})
	return found
}

// holds reports whether what a column holds does not speak against a role. A
// name that is known for it, whole, is believed: what cannot be read is told
// row by row then.
func (a *assignment) holds(column, field int, r rank) bool {
	l := a.look(column)
	switch field {
	case valueField:
		return l.isValue || r < 2 || l.filled == 0 && r < certain
	case timeField:
		if l.fault == nil {
			return r == 0 || l.times != nil || !a.small(l)
		}
		return l.fault.ambiguous || l.fault.clock || r == 0 || r < certain && l.filled == 0
	case raterField:
		return !l.objects() && !(r == 4 && l.distinct == 1 && len(a.rows) >= 20) && (l.filled > 0 || r < certain)
	}
	return !l.objects() && !(r >= 3 && (l.prose() || a.reviews(column))) && (l.filled > 0 || r < certain)
}

// ofCrowd reports whether a score is what others thought of the post that a row is,
// and no opinion of its author: what Reddit and its like count is beside it.
func (a *assignment) ofCrowd(name string) bool {
	if words := wordsOf(name); len(words) == 0 || words[len(words)-1] != "score" || len(words) > 2 {
		return false
	}
	return slices.ContainsFunc(a.names, func(beside string) bool {
		words := wordsOf(beside)
		if len(words) > 1 && words[0] == "data" {
			words = words[1:]
		}
		return slices.Contains([]string{"ups", "downs", "subreddit", "subreddit id", "num comments", "upvote ratio",
			"controversiality", "gilded", "descendants"}, strings.Join(words, " "))
	})
}

// reviews reports whether a column of titles has those of texts that raters wrote,
// and not of what they rated: there are texts beside it, or hardly any comes twice.
func (a *assignment) reviews(column int) bool {
	if words := wordsOf(a.name(column)); len(words) == 0 || words[len(words)-1] != "title" ||
		len(words) > 1 && !slices.Contains([]string{"review", "entry"}, words[len(words)-2]) {
		return false
	}
	for i, name := range a.names {
		words := wordsOf(name)
		if i != column && len(words) > 0 && slices.Contains([]string{"text", "content", "body", "review", "comment"},
			words[len(words)-1]) && a.look(i).prose() {
			return true
		}
	}
	return 20*a.look(column).distinct > 19*len(a.rows) && len(a.rows) >= 20
}

// objects reports whether cells are objects of JSON.
func (l *looked) objects() bool {
	return isObject(firstFilled(l.cells)) ||
		isObject(strings.TrimSuffix(strings.TrimPrefix(firstFilled(l.cells), "["), "]"))
}

func isObject(s string) bool {
	return len(s) > 1 && s[0] == '{' && s[len(s)-1] == '}' && (strings.Contains(s, `":`) || strings.Contains(s, `': `))
}

// prose reports whether most cells are several words, which name no item.
func (l *looked) prose() bool {
	n := 0
	for _, c := range l.cells {
		if strings.Count(strings.TrimSpace(c), " ") > 1 {
			n++
		}
	}
	return 2*n > l.filled
}

// small reports whether the numbers of a column are too small for times since 1970.
func (a *assignment) small(l *looked) bool {
	n := 0
	for _, c := range l.cells {
		if x, ok := parseValue([]byte(c)); ok && x < 1e8 && x > -1e8 {
			n++
		}
	}
	return 2*n > l.filled
}

// pick chooses the best candidate, -1 if there is none; what cannot be decided
// is asked.
func (a *assignment) pick(field int, found []candidate) (candidate, error) {
	if len(found) == 0 {
		return candidate{column: -1, rank: unknown}, nil
	}
	if field == itemField && found[0].rank >= 2 { // a number for each row is no item
		i := slices.IndexFunc(found, func(c candidate) bool { return !a.rowNumber(c.column) })
		if i > 0 && a.look(found[i].column).filled > 0 {
			found = found[i:]
		}
	}
	best := found[:1]
	for _, c := range found[1:] {
		if c.rank == best[0].rank {
			best = append(best, c)
		}
	}
	best = a.better(field, slices.Clone(best))
	// A column that is mostly empty gives way to one that is full.
	if n := len(a.rows); n > 0 && 2*a.look(best[0].column).filled < n {
		for _, c := range found {
			if c.rank < certain && 10*a.look(c.column).filled > 9*n &&
				(field != valueField || a.look(c.column).isValue) {
				best = []candidate{c}
				break
			}
		}
	}
	// So does a value that is one in all rows.
	if n := len(a.rows); field == valueField && n >= 20 && a.look(best[0].column).distinct == 1 {
		for _, c := range found {
			if l := a.look(c.column); c.rank < countRank && l.isValue && l.distinct > 1 && 10*l.filled > 9*n {
				best = []candidate{c}
				break
			}
		}
	}
	if len(best) > 1 {
		var names []string
		for _, c := range best {
			names = append(names, strconv.Quote(clip(a.name(c.column), 60)))
		}
		first := *a
		first.where[field] = best[0].column
		if slices.Index(a.names, a.name(best[1].column)) != best[1].column {
			return best[0], &question{fmt.Sprintf("%s: %s columns are called %s; say which is the %s by its number: %s",
				a.at, map[bool]string{true: "two", false: "several"}[len(best) == 2], names[0],
				fieldNames[field], first.hint())}
		}
		return best[0], &question{fmt.Sprintf("%s: the %s may be %s; say which: %s",
			a.at, fieldNames[field], orList(names), first.hint())}
	}
	for _, c := range found {
		if c.column != best[0].column && c.rank < certain && c.rank <= max(best[0].rank, rank(min(1+field, 2))) &&
			!a.same(c.column, best[0].column) && (len(a.rows) == 0 || a.look(c.column).filled > 0) {
			a.warnings = append(a.warnings,
				fmt.Sprintf("column %q is read as the %s, not %q; choose with --columns %s=",
					clip(a.name(best[0].column), 60), fieldNames[field], clip(a.name(c.column), 60), fieldNames[field]))
			break // one is enough to make the user look
		}
	}
	return best[0], nil
}

// better drops candidates of one rank that others are better than.
func (a *assignment) better(field int, best []candidate) []candidate {
	drop := func(worse func(candidate) bool) {
		if left := slices.DeleteFunc(slices.Clone(best), worse); len(left) > 0 {
			best = left
		}
	}
	if field == raterField || field == itemField {
		drop(func(c candidate) bool { return !c.id })
	}
	if len(best) == 1 || len(a.rows) == 0 {
		return best[:min(len(best), 1+len(a.rows))]
	}
	fullest := 0
	for _, c := range best {
		fullest = max(fullest, a.look(c.column).filled)
	}
	drop(func(c candidate) bool { return 2*a.look(c.column).filled < fullest })
	switch field {
	case itemField, raterField:
		drop(func(c candidate) bool { return a.opinion(c.column) })
		drop(func(c candidate) bool { return len(a.rows) >= 20 && a.look(c.column).distinct == 1 })
		drop(func(c candidate) bool { return a.rowNumber(c.column) })
	case valueField:
		drop(func(c candidate) bool { return !a.look(c.column).isValue })
		drop(func(c candidate) bool { return a.look(c.column).distinct == 1 })
	case timeField:
		drop(func(c candidate) bool { return a.look(c.column).fault != nil })
		drop(func(c candidate) bool { return a.look(c.column).times != nil })
		drop(func(c candidate) bool { return a.days(c.column) })
	}
	first := best[0]
	drop(func(c candidate) bool { return c.column != first.column && a.same(c.column, first.column) })
	return best
}

// opinion reports whether a column that may be an item by its name is rather a
// value: the French "note".
func (a *assignment) opinion(column int) bool {
	r, _ := rankOf(a.name(column), valueField)
	l := a.look(column)
	return r < certain && l.isValue && a.small(l) && l.distinct <= 21
}

// rowNumber reports whether a column has another content in every row.
func (a *assignment) rowNumber(column int) bool {
	l := a.look(column)
	return len(a.rows) >= 20 && l.distinct == l.filled && l.filled == len(a.rows)
}

// days reports whether a column of times has no time of day.
func (a *assignment) days(column int) bool {
	l := a.look(column)
	for _, c := range l.cells {
		if t, _, ok := readTime(l.times, []byte(strings.TrimSpace(c)), noTime); ok && (int64(t)+epochUnix)%86400 != 0 {
			return false
		}
	}
	return true
}

// same reports whether two columns say the same in all rows of the sample: the
// same text or, of times, the same day.
func (a *assignment) same(x, y int) bool {
	if len(a.rows) == 0 {
		return false
	}
	lx, ly := a.look(x), a.look(y)
	times := a.isTime(x) && a.isTime(y)
	for i := range a.rows {
		if lx.cells[i] == ly.cells[i] {
			continue
		}
		if !times {
			return false
		}
		s, _, ok1 := readTime(lx.times, []byte(lx.cells[i]), noTime)
		t, _, ok2 := readTime(ly.times, []byte(ly.cells[i]), noTime)
		if d := int64(s) - int64(t); ok1 != ok2 || d > 86400 || d < -86400 {
			return false
		}
	}
	return true
}

func orList(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}
