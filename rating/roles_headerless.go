package rating

import (
	"fmt"
	"slices"
	"strings"
)

// byPosition gives roles in the order that files without a header have: rater,
// item, value and time. What does not look like that is asked.
func (a *assignment) byPosition() error {
	if (a.told[raterField] || a.byRow) && a.told[itemField] {
		return nil
	}
	var free []int
	for i := range a.width {
		if !a.taken(i) && a.look(i).filled > 0 {
			free = append(free, i)
		}
	}
	guess := a.where
	if n := len(free); n > 2 && a.isTime(free[n-1]) {
		guess[timeField] = free[n-1]
		free = free[:n-1]
	}
	if a.known() {
		return nil
	}
	// Last.fm's: user, artist, its name, plays
	if len(free) == 4 && a.width == 4 && a.looksLike(0, isSHA1) && a.look(3).isValue {
		named := 1
		if a.look(1).filled < len(a.rows) {
			named = 2
		}
		free = []int{0, named, 3}
	}
	if n := len(free); n == 3 && a.look(free[2]).isValue && a.look(free[2]).distinct <= 101 {
		guess[valueField] = free[2]
		free = free[:2]
	}
	if len(free) == 2 && len(guess) > 0 && (guess[valueField] >= 0 || guess[timeField] >= 0) &&
		!slices.ContainsFunc(a.told[:], func(t bool) bool { return t }) {
		guess[raterField], guess[itemField] = free[0], free[1]
		if a.looksLike(free[0], isASIN) && a.looksLike(free[1], isAmazonReviewer) {
			guess[raterField], guess[itemField] = free[1], free[0]
		}
		if a.opt.Scale == coActions {
			guess[valueField] = -1
		}
		a.where = guess
		a.warnings = append(a.warnings, "there is no header: columns are taken in their usual order; "+
			"say otherwise with "+a.hint())
		return nil
	}
	if a.counted() {
		return nil
	}
	if a.width > leastMatrix && a.alike(1) {
		return &noRatings{fmt.Sprintf("%s: there is no header, and it looks like a matrix with a row for each rater "+
			"and a column for each item (%s); if its first column names the raters, read it with --columns "+
			"rater=1,item=2.., if the rows do, with --columns rater=@row,item=1..", a.at, a.listed())}
	}
	return &noRatings{fmt.Sprintf("%s: there is no header that names a rater and an item (%s); "+
		"say which column is what, by number: %s", a.at, a.listed(), a.hint())}
}

// known takes sets that are known by what their columns hold, though it is not in
// the usual order: Steam's purchases and plays, and Last.fm's plays with their times.
func (a *assignment) known() bool {
	steam := a.width == 5 && a.looksLike(2, func(s string) bool { return s == "purchase" || s == "play" })
	lastFM := a.width == 6 && a.isTime(1) && a.looksLike(2, isUUIDOrNone) && a.looksLike(4, isUUIDOrNone) &&
		a.look(2).filled+a.look(4).filled > 0
	said := ""
	switch {
	case a.told[raterField] || a.told[itemField]:
		return false
	case steam:
		a.where[raterField], a.where[itemField] = 0, 1
		said = "Steam's purchases and plays: a rater took a game or played it, for hours that are no opinion; " +
			"say otherwise with --columns rater=1,item=2,value=4"
	case lastFM:
		a.where[raterField], a.where[itemField], a.where[timeField] = 0, 3, 1
		said = "Last.fm's plays: the artist is the item; say otherwise with --columns rater=1,item=6,time=2, " +
			"where it is the track"
	default:
		return false
	}
	a.warnings = append(a.warnings, "there is no header; read as "+said)
	return true
}

func isUUIDOrNone(s string) bool {
	return s == "" || len(s) == len(nobodyUUID) && strings.Count(s, "-") == 4
}

// isTime reports whether a column without a name holds what can be nothing but times.
func (a *assignment) isTime(column int) bool {
	l := a.look(column)
	return l.fault == nil && (l.times != nil || !a.small(l))
}

func isSHA1(s string) bool { return len(s) == 40 && strings.Trim(s, "0123456789abcdef") == "" }

func (a *assignment) looksLike(column int, is func(string) bool) bool {
	for _, c := range a.look(column).cells {
		if !is(c) {
			return false
		}
	}
	return true
}

// isASIN and isAmazonReviewer tell Amazon's two orders of columns apart.
func isASIN(s string) bool { return len(s) == 10 && strings.ToUpper(s) == s }

func isAmazonReviewer(s string) bool {
	return len(s) >= 11 && len(s) <= 21 && s[0] == 'A' && strings.ToUpper(s) == s && !allDigits(s)
}
