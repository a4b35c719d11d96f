package rating

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/ringwatch/ringwatch/internal/plural"
)

// A sideTable is one of what Community Notes publishes beside ratings. It is
// known by its columns.
type sideTable struct {
	name    string // of its files
	columns []string
	without string // what is off where it is missing
	row     func(k *table, n *Notes, t *Table, get func(column string) string) error
}

var sideTables = [...]sideTable{
	{"notes", []string{"noteId", "noteAuthorParticipantId", "createdAtMillis", "tweetId", "classification"},
		"no post, text or topic is known, what says that no note is needed is judged like the others, " +
			"and no two notes are known to be on one post",
		(*table).note},
	{"noteStatusHistory", []string{"noteId", "noteAuthorParticipantId", "createdAtMillis", "currentStatus",
		"lockedStatus", "timestampMillisOfLatestNonNMRStatus"},
		"no status is locked, lasts by inertia or waits until it is stable, ratings given after a decision count " +
			"like those before it, and ratings of deleted notes do not count",
		(*table).history},
	{"userEnrollment", []string{"participantId", "enrollmentState", "modelingGroup"},
		"nobody is in a modeling group, so the models of groups are off, and nobody has earned the right to write",
		(*table).enrolled},
}

// noteTables is what was read of each of sideTables.
type noteTables [len(sideTables)]table

// A table counts what a side table has to say.
type table struct {
	kind  int
	files []string
	rows  int
	seen  []bool         // of items or raters: it knows them
	words map[string]int // what it says that is new to us, as column "word"
	empty map[string]int // rows that say nothing, by column that always says something
	told  int            // rows of items or raters that have ratings
	float int            // identifiers that look like rounded numbers
}

func (k *table) begin(name string, kind int, t *Table) {
	if k.kind, k.files = kind, append(k.files, name); k.seen == nil {
		k.words, k.empty = map[string]int{}, map[string]int{}
		if k.isUsers() {
			k.seen = make([]bool, t.Raters.Len())
		} else {
			k.seen = make([]bool, t.Items.Len())
		}
	}
}

func (k *table) isUsers() bool { return sideTables[k.kind].name == "userEnrollment" }

func (k *table) row(n *Notes, t *Table, get func(column string) string) error {
	k.rows++
	return sideTables[k.kind].row(k, n, t, get)
}

// find looks for the item or rater that a row is about.
func (k *table) find(names *Names, name string) (int32, bool) {
	i, known := names.Find(name)
	if known {
		k.seen[i] = true
		k.told++
	} else if rounded(name) {
		k.float++
	}
	return i, known
}

// rounded reports whether an identifier is a number that went through a
// spreadsheet or a data frame: 1.8E+18, or 1800000000000000066.0.
func rounded(name string) bool {
	if !strings.ContainsAny(name, ".eE") {
		return false
	}
	_, err := strconv.ParseFloat(name, 64)
	return err == nil
}

// word returns the number of what a row says in a column, -1 where that is new
// to us, which is counted.
func (k *table) word(column string, words []string, get func(string) string) int {
	word := get(column)
	at := slices.Index(words, word)
	switch {
	case at >= 0 && word != "":
	case !missingCell(word):
		k.unknown(column, word)
	case slices.Contains(neverEmpty, column):
		k.empty[column]++
	}
	return at
}

// neverEmpty are columns that X fills in every row.
var neverEmpty = []string{"enrollmentState", "currentStatus"}

const mostWords = 100 // that are told apart

func (k *table) unknown(column, word string) {
	key := column + " " + strconv.Quote(clip(word, 40))
	if _, known := k.words[key]; !known && len(k.words) >= mostWords {
		key = "others"
	}
	k.words[key]++
}

// judgeTables refuses tables that are not those of the ratings, and warns of
// what is missing from them.
func (r *reader) judgeTables(n *Notes, t *Table, all *noteTables) error {
	add := func(format string, args ...any) {
		r.sum.Warnings = append(r.sum.Warnings, fmt.Sprintf(format, args...))
	}
	for kind := range all {
		k := &all[kind]
		if k.rows == 0 {
			if len(k.files) > 0 {
				add("%s has no rows, so that %s", path.Base(k.files[0]), sideTables[kind].without)
			}
			continue
		}
		known := 0
		for _, yes := range k.seen {
			if yes {
				known++
			}
		}
		what := "rated notes"
		if k.isUsers() {
			what = "raters"
		}
		switch missing := len(k.seen) - known; {
		case known == 0 && k.float > 0:
			return fmt.Errorf("%s: none of the %d %s is in it, and its identifiers are rounded numbers, "+
				"as a spreadsheet or a data frame writes them; fetch it again", k.files[0], len(k.seen), what)
		case known == 0:
			return fmt.Errorf("%s: none of the %d %s is in it; give the table that belongs to these ratings, "+
				"or leave it out", k.files[0], len(k.seen), what)
		case missing*100 >= len(k.seen): // a few are gone in every download
			add("%d of the %d %s are not in %s-*.tsv; is one of its files missing?",
				missing, len(k.seen), what, sideTables[kind].name)
		}
		for _, word := range slices.Sorted(maps.Keys(k.words)) {
			add("%s has %s in %s, which is new to this program and counts as unknown",
				path.Base(k.files[0]), word, plural.Of(k.words[word], "row"))
		}
		for _, column := range slices.Sorted(maps.Keys(k.empty)) {
			if 2*k.empty[column] <= k.told { // a few rows may be cut
				continue
			}
			add("%s has no %s in %d of %s, which count as unknown", path.Base(k.files[0]), column, k.empty[column],
				plural.Of(k.told, "row"))
		}
	}
	if all[0].rows == 0 && all[1].rows == 0 { // nothing is known of notes, rather than that they were deleted
		n.Created, n.Class, n.Status, n.Locked, n.Decided, n.Verdict, n.Held = nil, nil, nil, nil, nil, nil, nil
		n.Author, n.Post, n.Text = nil, nil, nil
		return nil
	}
	r.tellLost(n, t)
	return nil
}

// tellLost tells of ratings of notes that no table knows.
func (r *reader) tellLost(n *Notes, t *Table) {
	lost := make([]bool, t.Items.Len())
	items, ratings := 0, 0
	for i, at := range n.Created {
		if lost[i] = at == NoTime; lost[i] {
			items++
		}
	}
	for _, i := range t.Item {
		if lost[i] {
			ratings++
		}
	}
	if items > 0 {
		r.sum.Warnings = append(r.sum.Warnings,
			fmt.Sprintf("do not count: %s of %s in neither notes-*.tsv nor noteStatusHistory-*.tsv, "+
				"deleted or missing here",
				plural.Of(ratings, "rating"), plural.Of(items, "rated note")))
	}
}

// warnMissing warns of Community Notes tables that are not there at all, where
// they are asked for, and of gaps in the numbers of files.
func (r *reader) warnMissing() {
	if r.first == nil || !r.first.notes {
		return
	}
	if r.opt.Notes {
		for kind, s := range sideTables {
			if !slices.ContainsFunc(r.beside, func(b sideStream) bool { return b.kind == kind }) {
				r.sum.Warnings = append(r.sum.Warnings,
					fmt.Sprintf("%s-*.tsv is not among the files, so that %s", s.name, s.without))
			}
		}
	}
	numbers := map[string]map[int]bool{}
	note := func(name string) {
		if m := numbered.FindStringSubmatch(path.Base(name)); m != nil {
			if numbers[m[1]] == nil {
				numbers[m[1]] = map[int]bool{}
			}
			n, _ := strconv.Atoi(m[2]) // five digits
			numbers[m[1]][n] = true
		}
	}
	for _, name := range r.names {
		note(name)
	}
	for _, s := range r.beside {
		note(s.name)
	}
	for _, prefix := range slices.Sorted(maps.Keys(numbers)) {
		var gaps []string
		last := slices.Max(slices.Collect(maps.Keys(numbers[prefix])))
		for n := range last {
			if !numbers[prefix][n] {
				gaps = append(gaps, fmt.Sprintf("%s-%05d", prefix, n))
			}
		}
		if len(gaps) > 0 {
			r.sum.Warnings = append(r.sum.Warnings, fmt.Sprintf("missing from the sequence of files up to %s-%05d: %s",
				prefix, last, shorten(strings.Join(gaps, ", "), 200)))
		}
	}
}

// numbered are the names of X's files.
var numbered = regexp.MustCompile(`^(ratings|notes|noteStatusHistory|userEnrollment)-(\d{5})\.`)
