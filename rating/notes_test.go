package rating

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// notesFolder writes a small Community Notes dump. The note 30 is not rated.
func notesFolder(t *testing.T, edit func(file, text string) string) string {
	t.Helper()
	folder := t.TempDir()
	ratings := strings.ReplaceAll(notesHeader, "\t", " ") +
		"10 B 1600000000000 2 0 0 0 0 NOT_HELPFUL 0 0 0 0 0 0 0 0 0 0 1 0 0 0 0 0 0 0 0 0 0 1 7 DEFAULT  \n" +
		"10 A 1600000001000 2 0 0 0 0 HELPFUL 1 0 0 0 0 0 0 0 1 0 0 0 0 0 0 0 0 0 0 0 0 0 7 POPULATION_SAMPLED  \n" +
		"20 A 1600000002000 2 0 0 0 0 HELPFUL 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 8 DEFAULT  \n"
	for name, text := range map[string]string{
		"ratings-00000.tsv": ratings,
		"notes-00000.tsv": "noteId noteAuthorParticipantId createdAtMillis tweetId classification summary\n" +
			"20 W 1599999990000 8 NOT_MISLEADING \"of_a_\"\"b\"\"_c\"\n" +
			"30 V 1599999990000 9 MISINFORMED_OR_POTENTIALLY_MISLEADING x\n",
		"noteStatusHistory-00000.tsv": "noteId noteAuthorParticipantId createdAtMillis currentStatus " +
			"timestampMillisOfLatestNonNMRStatus lockedStatus timestampMillisOfNmrDueToMinStableCrhTime " +
			"mostRecentNonNMRStatus\n" +
			"10 V 1599999999500 CURRENTLY_RATED_HELPFUL 1600000001500 NEEDS_MORE_RATINGS 1600000002500 " +
			"CURRENTLY_RATED_NOT_HELPFUL\n20 W 1599999990000    -1 \n30 V 1599999990000 NEEDS_MORE_RATINGS    \n",
		"userEnrollment-00000.tsv": "participantId enrollmentState modelingGroup successfulRatingNeededToEarnIn " +
			"timestampOfLastEarnOut numberOfTimesEarnedOut\n" +
			"A earnedOutAcknowledged 13.0 12 1600000003000 2\nB newUser   1.0 0\nZ earnedIn 1.0   \n",
	} {
		text = edit(name, strings.ReplaceAll(text, " ", "\t"))
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func TestNotes(t *testing.T) {
	folder := notesFolder(t, func(_, text string) string { return text })
	table, _, err := Read(context.Background(), []string{folder}, ReadOptions{Notes: true, Texts: true})
	if err != nil {
		t.Fatal(err)
	}
	n := table.Notes
	var authors []string
	for _, a := range n.Author {
		authors = append(authors, n.Authors.Name(a))
	}
	if d := cmp.Diff([]string{"V", "W"}, authors); d != "" {
		t.Error(d)
	}
	for name, want := range map[string]int32{"V": 1, "W": 1} { // V's note is not rated
		if a, ok := n.Authors.Find(name); !ok || n.Written[a] != want {
			t.Errorf("%s wrote %v notes", name, n.Written)
		}
	}
	if d := cmp.Diff([]int32{2, 1}, n.Known); d != "" {
		t.Error(d)
	}
	n.Author, n.Authors, n.Written, n.Known = nil, nil, nil, nil
	base := int32(1600000000 - epochUnix)
	want := &Notes{Created: []int32{base - 1, base - 10}, Post: []int64{-1, 8},
		Class:  []NoteClass{Misleading, NotMisleading},
		Status: []NoteStatus{RatedHelpful, NoStatus}, Locked: []NoteStatus{NeedsMoreRatings, NoStatus},
		Decided: []int32{base + 1, NoTime},
		Held:    []int32{base + 2, NoTime}, Text: []string{"", "of_a_\"b\"_c"}, Group: []int8{13, NoGroup},
		Verdict:  []NoteStatus{RatedNotHelpful, NoStatus},
		Enrolled: []Enrollment{{EarnedOut, 12, 2, base + 3}, {NewUser, NeededImpact, 0, NoTime}}}
	if d := cmp.Diff(want, n); d != "" {
		t.Error(d)
	}
	tags := []uint32{1<<TagSampled | 1<<8 | 1, 0, 1<<10 | 1<<21} // of A on 10, A on 20, B on 10
	if d := cmp.Diff(tags, table.Tags); d != "" {
		t.Error(d)
	}
	part := table.Select(func(k int) bool { return k != 1 }).Prefix(1)
	part.Append(0, 1, 1, base)
	if d := cmp.Diff([]uint32{tags[0], 0}, part.Tags); d != "" || part.Notes != n {
		t.Error("of a part of the table:", d)
	}
	var shard bytes.Buffer
	if err := WriteCommunityNotes(&shard, table); err != nil {
		t.Fatal(err)
	}
	again, _, err := read(shard.String(), ReadOptions{Notes: true})
	if err != nil || cmp.Diff(tags, again.Tags) != "" {
		t.Errorf("tags %v after writing and reading, error %v", again.Tags, err)
	}
	plain, _, err := Read(context.Background(), []string{folder}, ReadOptions{})
	if err != nil || plain.Tags != nil || plain.Notes != nil {
		t.Errorf("tags %v, notes %v though nobody asked, error %v", plain.Tags, plain.Notes, err)
	}
}

func TestNotesErrors(t *testing.T) {
	for _, c := range []struct{ file, old, new, want string }{
		{"notes", "1599999990000", "soon", `notes-00000.tsv:2: createdAtMillis: "soon" is no time`},
		{"notes", "\t8\t", "\teight\t", `notes-00000.tsv:2: tweetId is "eight"`},
		{"user", "\t12\t", "\ttwelve\t", `userEnrollment-00000.tsv:2: successfulRatingNeededToEarnIn is "twelve"`},
		{"user", "newUser\t", "newUser", "userEnrollment-00000.tsv: record on line 3"},
		{"noteStatus", "0\t", "1\t", "noteStatusHistory-00000.tsv: none of the 2 rated notes is in it; " +
			"give the table that belongs to these ratings"},
		{"noteStatus", "0\t", "0.0\t", "noteStatusHistory-00000.tsv: none of the 2 rated notes is in it, " +
			"and its identifiers are rounded numbers"},
		{"notes", "\n20\t", "\n2.0E+01\t", "notes-00000.tsv: none of the 2 rated notes is in it, " +
			"and its identifiers are rounded numbers"},
	} {
		folder := notesFolder(t, func(file, text string) string {
			if strings.HasPrefix(file, c.file) {
				if strings.HasPrefix(c.want, c.file) && strings.Contains(c.want, ": none of") {
					return strings.ReplaceAll(text, c.old, c.new)
				}
				return strings.Replace(text, c.old, c.new, 1)
			}
			return text
		})
		_, _, err := Read(context.Background(), []string{folder}, ReadOptions{Notes: true})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v; want %s", err, c.want)
		}
	}
	folder := notesFolder(t, func(_, text string) string { return text })
	_, _, err := Read(context.Background(), []string{filepath.Join(folder, "notes-00000.tsv")},
		ReadOptions{Notes: true})
	if err == nil || !strings.Contains(err.Error(), "give the ratings-*.tsv files too") {
		t.Errorf("notes without ratings: %v", err)
	}
}

// TestNotesTold reads tables that are not all there, or say what is new to us.
func TestNotesTold(t *testing.T) {
	for _, c := range []struct {
		file, old, new string
		want           []string
	}{
		{"", "", "", nil},
		{"noteStatus", "CURRENTLY_RATED_HELPFUL", "GOOD", []string{`noteStatusHistory-00000.tsv has currentStatus "GOOD" in 1 row, which is new to this program and counts as unknown`}},
		{"notes", "NOT_MISLEADING", "SATIRE", []string{`notes-00000.tsv has classification "SATIRE" in 1 row, which`}},
		{"user", "newUser", "superUser",
			[]string{`userEnrollment-00000.tsv has enrollmentState "superUser" in 1 row, which`}},
		{"user", "newUser", "", nil},
		{"user", "", "every",
			[]string{"userEnrollment-00000.tsv has no enrollmentState in 2 of 2 rows, which count as unknown"}},
		{"user", "13.0", "-1", []string{`userEnrollment-00000.tsv has modelingGroup "-1" in 1 row, which`}},
		{"user", "13.0", "200", []string{`modelingGroup "200" in 1 row`}},
		{"user", "13.0", "+Inf", []string{`modelingGroup "+Inf" in 1 row`}},
		{"user", "13.0", "NaN", nil},
		{"user", "13.0", "null", nil},
		{"user", "\nA", "\nno",
			[]string{"1 of the 2 raters are not in userEnrollment-*.tsv; is one of its files missing?"}},
		{"notes", "", "-", []string{"notes-*.tsv is not among the files, so that no post, text or topic is known"}},
		{"noteStatus", "", "-", []string{"noteStatusHistory-*.tsv is not among the files, so that no status is locked",
			"1 of the 2 rated notes are not in notes-*.tsv",
			"do not count: 2 ratings of 1 rated note in neither notes-*.tsv nor noteStatusHistory-*.tsv, " +
				"deleted or missing here"}},
		{"noteStatus", "", "header", []string{"noteStatusHistory-00000.tsv has no rows, so that no status is locked"}},
		{"user", "", "header", []string{"userEnrollment-00000.tsv has no rows, so that nobody is in a modeling group"}},
		{"user", "", "-",
			[]string{"userEnrollment-*.tsv is not among the files, so that nobody is in a modeling group"}},
	} {
		folder := notesFolder(t, func(file, text string) string {
			if c.old != "" && strings.HasPrefix(file, c.file) {
				return strings.Replace(text, c.old, c.new, 1)
			}
			if c.new == "every" && strings.HasPrefix(file, c.file) {
				return strings.NewReplacer("newUser", "", "earnedOutAcknowledged", "").Replace(text)
			}
			if c.new == "header" && strings.HasPrefix(file, c.file) {
				header, _, _ := strings.Cut(text, "\n")
				return header + "\n"
			}
			return text
		})
		if c.new == "-" {
			gone, _ := filepath.Glob(filepath.Join(folder, c.file+"*"))
			for _, path := range gone {
				if strings.HasPrefix(filepath.Base(path), c.file+"-") || c.file != "notes" {
					os.Remove(path)
				}
			}
		}
		table, sum, err := Read(context.Background(), []string{folder}, ReadOptions{Notes: true})
		if err != nil {
			t.Errorf("%s %q: %v", c.file, c.new, err)
			continue
		}
		told := strings.Join(sum.Warnings, "\n")
		for _, want := range c.want {
			if !strings.Contains(told, want) {
				t.Errorf("%s %q: warnings %q; want %q", c.file, c.new, told, want)
			}
		}
		if c.want == nil && strings.Contains(told, "user") {
			t.Errorf("%s %q: warnings %q", c.file, c.new, told)
		}
		if strings.Contains(c.old, "13.0") && table.Notes.Group[0] != NoGroup {
			t.Errorf("%q is group %d", c.new, table.Notes.Group[0])
		}
	}
	folder := notesFolder(t, func(_, text string) string { return text })
	for old, renamed := range map[string]string{"ratings-00000.tsv": "ratings-00003.tsv",
		"userEnrollment-00000.tsv": "userEnrollment-00001.tsv"} {
		if err := os.Rename(filepath.Join(folder, old), filepath.Join(folder, renamed)); err != nil {
			t.Fatal(err)
		}
	}
	_, sum, err := Read(context.Background(), []string{folder}, ReadOptions{Notes: true})
	if err != nil {
		t.Fatal(err)
	}
	told := strings.Join(sum.Warnings, "\n")
	for _, want := range []string{"missing from the sequence of files up to ratings-00003: ratings-00000, " +
		"ratings-00001, ratings-00002", "up to userEnrollment-00001: userEnrollment-00000"} {
		if !strings.Contains(told, want) {
			t.Errorf("%q does not tell %q", told, want)
		}
	}
}

// TestNotesOf2021: a note's author was called participantId.
func TestNotesOf2021(t *testing.T) {
	folder := notesFolder(t, func(file, text string) string {
		if strings.HasPrefix(file, "notes-") {
			text = strings.Replace(text, "noteAuthorParticipantId", "participantId", 1)
		}
		return text
	})
	table, sum, err := Read(context.Background(), []string{folder}, ReadOptions{Notes: true})
	if err != nil {
		t.Fatal(err)
	}
	n := table.Notes
	k, _ := table.Items.Find("20")
	if author := n.Author[k]; author < 0 || n.Authors.Name(author) != "W" || n.Class[k] != NotMisleading {
		t.Errorf("note 20 is by %d, class %v; warnings %v", n.Author[k], n.Class[k], sum.Warnings)
	}
}
