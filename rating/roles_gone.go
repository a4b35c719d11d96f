package rating

import (
	"fmt"
	"slices"
	"strings"
)

// goneWords are words of a column that says which rows no longer stand.
var goneWords = []string{"deleted", "removed", "withdrawn", "retracted", "revoked", "cancelled", "canceled", "voided",
	"tombstone", "undone"}

// gone reports whether a column says by its name which rows no longer stand.
func gone(name string) bool {
	return slices.ContainsFunc(wordsOf(name), func(w string) bool { return slices.Contains(goneWords, w) })
}

// warnOfGone tells of rows that may be deleted where they are kept and marked: they are
// read as all others, and who deleted an account's votes would not want it accused by
// them.
func (a *assignment) warnOfGone() {
	for column, name := range a.names {
		if a.taken(column) || a.matrix || !gone(name) {
			continue
		}
		marked := 0
		for _, cell := range a.cells(column) {
			if !isNothing(cell) && !slices.Contains([]string{"0", "0.0", "false", "f", "no", "n", "[]"},
				strings.ToLower(strings.TrimSpace(cell))) {
				marked++
			}
		}
		if marked > 0 {
			a.warnings = append(a.warnings,
				fmt.Sprintf("column %q is set in %d of the first %d rows, which are read as all others; "+
					"if these ratings no longer stand, leave their rows out first", name, marked, len(a.rows)))
		}
	}
}
