package rating

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// missing says in a user's words why a table is not one of ratings.
func (a *assignment) missing() string {
	if a.width == 1 && a.keyed {
		return fmt.Sprintf("has one column only (%s); name the file of ratings", a.listed())
	}
	if a.width == 1 {
		return fmt.Sprintf("has one column only (%s); separate columns with commas, tabs, ; or |, "+
			"or name the file of ratings", a.listed())
	}
	what := "a rater and an item"
	switch {
	case a.where[raterField] >= 0:
		what = "an item (the rater is " + strconv.Quote(clip(a.name(a.where[raterField]), 60)) + ")"
	case a.where[itemField] >= 0:
		what = "a rater (the item is " + strconv.Quote(clip(a.name(a.where[itemField]), 60)) + ")"
	}
	by := "by name or number"
	if a.keyed {
		by = "by name"
	}
	switch list := a.listOfObjects(); {
	case list != "":
		return fmt.Sprintf("no columns that name %s (%s), but there is a list of objects, %q; give each a line of "+
			"its own: jq -c 'if type == \"array\" then .[] else . end | del(.%s) + .%[4]s[]'", what, a.listed(),
			clip(list, 60), jqKey(list))
	case a.keyed && a.format == "JSON lines" && len(a.rows) == 1 && a.where[raterField] < 0 && a.where[itemField] < 0:
		return fmt.Sprintf("no columns that name %s (%s): it is one object; write one for each rating, one a line, "+
			"as pandas does with to_json(orient=\"records\", lines=True)", what, a.listed())
	case a.keyed && a.matrixFrom() > 0:
		return fmt.Sprintf("no columns that name %s (%s), but it looks like a matrix, with a column for each item "+
			"or rater; one in %s is not read: write it as CSV, or with a row for each rating, as pandas does with melt",
			what, a.listed(), a.format)
	}
	if from := a.matrixFrom(); from > 0 && a.where[itemField] >= 0 {
		return fmt.Sprintf("no column names a rater (%s), but it looks like a matrix with a row for each item and a "+
			"column for each rater; if so, read it with --columns item=%s,rater=%s..", a.listed(),
			a.called(a.where[itemField]), a.place(from))
	} else if from > 0 && a.where[raterField] < 0 && a.isValueColumn(0) {
		return fmt.Sprintf("no columns name a rater and an item (%s), but it looks like a matrix with a row for each "+
			"rater and a column for each item; if so, read it with --columns rater=@row,item=1..", a.listed())
	} else if from > 0 {
		return fmt.Sprintf("no column names an item (%s), but it looks like a matrix with a column for each item; "+
			"if so, read it with --columns rater=%s,item=%s..", a.listed(),
			a.called(max(0, a.where[raterField])), a.place(from))
	}
	if hint := a.hint(); strings.Contains(hint, "item=") && strings.Contains(hint, "rater=") {
		return fmt.Sprintf("no columns that name %s (%s); say which they are, %s: %s", what, a.listed(), by, hint)
	}
	if a.where[raterField] >= 0 {
		return fmt.Sprintf("no columns that name %s (%s); if each file is about one item, say --columns item=%s, "+
			"which takes it from the file's name", what, a.listed(), fileName)
	}
	return fmt.Sprintf("no columns that name %s (%s); is it the file of the ratings?", what, a.listed())
}

// listOfObjects is the name of a column that holds lists of objects, "" if none does.
func (a *assignment) listOfObjects() string {
	if !a.keyed || a.format != "JSON lines" {
		return ""
	}
	for i, name := range a.names {
		first := strings.TrimSpace(firstFilled(a.look(i).cells))
		if strings.HasPrefix(first, "[{") || strings.HasPrefix(first, "[ {") {
			return name
		}
	}
	return ""
}

// jqKey is a key as jq takes it behind a point.
func jqKey(name string) string {
	if strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789.") == "" {
		return name
	}
	return strconv.Quote(name)
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
		for k := range 2 * a.width { // numbers of rows in the second turn only
			i := k % a.width
			if f >= valueField { // mostly behind rater and item
				i = a.width - 1 - i
			}
			if !free(i) || f <= itemField && !a.mayName(i, f) || f == timeField && !a.mayTime(i) ||
				f == valueField && (len(a.rows) == 0 || !a.mayValue(i) || a.look(i).distinct < 2 ||
					a.freeBut(where, i) < 2) ||
				f <= itemField && k < a.width && len(a.rows) > 0 && a.rowNumber(i) {
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
	return "--columns " + quoteShell(strings.Join(parts, ","))
}

// quoteShell quotes what a shell would not take as it is.
func quoteShell(s string) string {
	if strings.ContainsAny(s, " '\"$&|;<>()*?\\`!#~[]{}") {
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	return s
}

// mayTime reports whether a column may hold times: where there are no names, dates,
// or numbers that can be nothing else; such numbers in front are mostly identifiers,
// unless there are four columns, one for each role.
func (a *assignment) mayTime(column int) bool {
	if len(a.rows) == 0 || !a.isTime(column) {
		return false
	}
	if a.names != nil || column >= 2 || a.look(column).times != nil {
		return true
	}
	n := 0
	for i := range a.width {
		if a.isTime(i) {
			n++
		}
	}
	return n == 1 && a.width == 4
}

// mayName reports whether a column may name a rater or an item: no time, and, where
// it has a name, no more than what others say of one.
func (a *assignment) mayName(column, field int) bool {
	if len(a.rows) == 0 || a.names == nil {
		return true
	}
	other, _ := rankOf(a.name(column), 1-field)
	value, _ := rankOf(a.name(column), valueField)
	if other < certain || value < certain && a.look(column).isValue {
		return false
	}
	group := func(name string) string { return name[:max(0, strings.LastIndexByte(name, '.'))] }
	if at := a.where[1-field]; at >= 0 && group(a.name(column)) != "" && group(a.name(column)) == group(a.name(at)) {
		return false // another name of the same: user.login, user.node_id
	}
	r, _ := rankOf(a.name(column), timeField)
	return a.look(column).filled > 0 && !(r < unknown && a.look(column).fault == nil) &&
		!(a.isTime(column) && a.look(column).times != nil)
}

// mayValue reports whether a column may hold opinions.
func (a *assignment) mayValue(column int) bool {
	l := a.look(column)
	if !l.isValue || l.distinct > 101 {
		return false
	}
	if a.names == nil {
		return true
	}
	r, _ := rankOf(a.name(column), valueField)
	rater, id := rankOf(a.name(column), raterField)
	item, id2 := rankOf(a.name(column), itemField)
	words := wordsOf(a.name(column))
	isID := id || id2 || rater < certain || item < certain ||
		len(words) > 0 && slices.Contains(nameEndings, words[len(words)-1])
	return r < unknown || l.form == nil && !isID || l.form != nil && l.form.words == nil
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
	if !a.keyed && (strings.ContainsAny(name, ",=") || name != strings.TrimSpace(name) || name == "" || name == "-" ||
		len(name) > 60 || shorten(name, 60) != name || a.twice(name)) {
		return a.place(column)
	}
	return name
}

// twice reports whether two columns have a name.
func (a *assignment) twice(name string) bool {
	i := slices.Index(a.names, name)
	return i >= 0 && slices.Contains(a.names[i+1:], name)
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
