package rating

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// missing says in a user's words why a table is not one of ratings.
func (a *assignment) missing() string {
	if a.width == 1 {
		return fmt.Sprintf("has one column only (%s); separate columns with commas, tabs, ; or |, or name the file of ratings", a.listed())
	}
	what := "a rater and an item"
	switch {
	case a.where[raterField] >= 0:
		what = "an item (the rater is " + strconv.Quote(shorten(a.name(a.where[raterField]), 60)) + ")"
	case a.where[itemField] >= 0:
		what = "a rater (the item is " + strconv.Quote(shorten(a.name(a.where[itemField]), 60)) + ")"
	}
	by := "by name or number"
	if a.keyed {
		by = "by name"
	}
	if from := a.matrixFrom(); from > 0 && a.where[itemField] >= 0 {
		return fmt.Sprintf("no column names a rater (%s), but it looks like a matrix with a row for each item and a column for each rater; if so, read it with --columns item=%s,rater=%s..", a.listed(), a.called(a.where[itemField]), a.place(from))
	} else if from > 0 && a.where[raterField] < 0 && a.isValueColumn(0) {
		return fmt.Sprintf("no columns name a rater and an item (%s), but it looks like a matrix with a row for each rater and a column for each item; if so, read it with --columns rater=@row,item=1..", a.listed())
	} else if from > 0 {
		return fmt.Sprintf("no column names an item (%s), but it looks like a matrix with a column for each item; if so, read it with --columns rater=%s,item=%s..", a.listed(), a.called(max(0, a.where[raterField])), a.place(from))
	}
	return fmt.Sprintf("no columns that name %s (%s); say which they are, %s: %s", what, a.listed(), by, a.hint())
}

// hint is a --columns that works when it is pasted: what is known, and for the
// rest the free columns that look like it.
func (a *assignment) hint() string {
	where := a.where
	free := func(i int) bool { return !slices.Contains(where[:], i) }
	for _, f := range []int{timeField, valueField, raterField, itemField} {
		if where[f] >= 0 || f == itemField && a.matrix || f >= valueField && a.told[f] {
			continue
		}
		for i := range a.width {
			if f >= valueField { // mostly behind rater and item
				i = a.width - 1 - i
			}
			if !free(i) || f == timeField && (len(a.rows) == 0 || !a.isTime(i) || a.names == nil && i < 2) ||
				f == valueField && (len(a.rows) == 0 || !a.look(i).isValue || a.look(i).distinct > 101 || a.look(i).distinct < 2 || a.freeBut(where, i) < 2) {
				continue
			}
			where[f] = i
			break
		}
	}
	var parts []string
	for f, field := range fieldNames {
		if f == itemField && a.matrix {
			parts = append(parts, "item="+a.place(a.wide)+"..")
		} else if where[f] >= 0 {
			parts = append(parts, field+"="+a.called(where[f]))
		}
	}
	s := strings.Join(parts, ",")
	if strings.ContainsAny(s, " '\"$&|;<>()*?\\`!#~[]{}") {
		s = "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	return "--columns " + s
}

// freeBut counts the columns that are left beside one for rater and item.
func (a *assignment) freeBut(where [fields]int, column int) (n int) {
	for f := range 2 {
		if where[f] >= 0 || f == itemField && a.matrix {
			n++
		}
	}
	for i := range a.width {
		if i != column && !slices.Contains(where[:], i) {
			n++
		}
	}
	return n
}

// called is what --columns takes for a column.
func (a *assignment) called(column int) string {
	name := a.name(column)
	if !a.keyed && (strings.ContainsAny(name, ",=") || name != strings.TrimSpace(name) || name == "" || name == "-" || len(name) > 60 || shorten(name, 60) != name || slices.Index(a.names, name) != column) {
		return a.place(column)
	}
	return name
}

// place is the number of a column, as --columns takes it: with # where a column is
// called by this number.
func (a *assignment) place(column int) string {
	n := strconv.Itoa(column + 1)
	if slices.Contains(a.names, n) {
		return "#" + n
	}
	return n
}
