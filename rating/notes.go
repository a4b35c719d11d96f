package rating

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// TagNames are the columns of Community Notes ratings that Table.Tags keeps:
// bit k is set where column TagNames[k] holds 1. Bits 0 to 8 are reasons why a
// note is helpful, 9 to 21 why it is not; bit 22 tells that the rater was asked
// as one of a random sample.
var TagNames = [...]string{
	"helpfulOther", "helpfulInformative", "helpfulClear", "helpfulEmpathetic", "helpfulGoodSources",
	"helpfulUniqueContext", "helpfulAddressesClaim", "helpfulImportantContext", "helpfulUnbiasedLanguage",
	"notHelpfulOther", "notHelpfulIncorrect", "notHelpfulSourcesMissingOrUnreliable",
	"notHelpfulOpinionSpeculationOrBias",
	"notHelpfulMissingKeyPoints", "notHelpfulOutdated", "notHelpfulHardToUnderstand", "notHelpfulArgumentativeOrBiased",
	"notHelpfulOffTopic", "notHelpfulSpamHarassmentOrAbuse", "notHelpfulIrrelevantSources",
	"notHelpfulOpinionSpeculation", "notHelpfulNoteNotNeeded", "ratingSourceBucketed",
}

const (
	TagNotHelpful = 9  // the first of the reasons why not
	TagSampled    = 22 // of a random sample

	sampled = "POPULATION_SAMPLED"
)

// Notes is what Community Notes publishes beside ratings. Slices are per item
// or per rater of the Table they were read with.
type Notes struct {
	Created  []int32      // when the note was written, seconds since Epoch; NoTime for an item that is no known note
	Author   []int32      // number in Authors; -1 where unknown
	Authors  *Names       // participants who wrote a note
	Written  []int32      // of Authors: their notes in the table of notes, rated or not
	Known    []int32      // of Authors: their notes in the status history, which keeps deleted ones
	Post     []int64      // the post the note is about; -1 where unknown
	Class    []NoteClass  // what the author says of the post
	Status   []NoteStatus // the published status
	Locked   []NoteStatus // the status that may not change any more; NoStatus if none
	Decided  []int32      // when it last became helpful or not helpful, seconds since Epoch; NoTime if never
	Verdict  []NoteStatus // which of the two it then became; NoStatus if never, or unknown
	Held     []int32      // since when it waits for its being rated helpful to last; NoTime if it does not
	Text     []string     // what it says; nil unless ReadOptions.Texts asks for it
	Group    []int8       // of raters: modeling group from 0 on, NoGroup or NotEnrolled
	Enrolled []Enrollment // of raters
}

// An Enrollment says whether a contributor may write notes. Who is not in the
// enrollment table is a NewUser who needs NeededImpact.
type Enrollment struct {
	State    EnrollState
	Needed   int32 // rating impact needed to earn the right to write
	TimesOut int32 // how often the right was lost
	LastOut  int32 // when it was last lost, seconds since Epoch; NoTime if never
}

// An EnrollState is what a contributor may do.
type EnrollState uint8

const (
	NewUser          EnrollState = iota // rate
	EarnedIn                            // write too
	AtRisk                              // write too, until one more note is not helpful
	EarnedOutUnaware                    // rate, but has not been told yet
	EarnedOut                           // rate
	Removed                             // nothing
	APITestUser                         // a program
	APIEarnedIn                         // a program that may write
	APIEarnedOut                        // one that may no more
)

var enrollStates = [...]string{"newUser", "earnedIn", "atRisk", "earnedOutNoAcknowledge",
	"earnedOutAcknowledged", "removed", "apiTestUser", "apiEarnedIn", "apiEarnedOut"}

// NeededImpact is the rating impact that who is new needs to earn in.
const NeededImpact = 5

// What stands for a modeling group where a rater has none.
const (
	NotEnrolled = -1 // not in the enrollment table
	NoGroup     = -2 // in it, without a group
)

// A NoteClass is what an author says of a post.
type NoteClass uint8

const (
	Misleading    NoteClass = iota // also of a deleted note, of which it is not known
	NotMisleading                  // the post is not misleading: a note that asks for no note
)

// A NoteStatus is the published status of a note.
type NoteStatus uint8

const (
	NoStatus         NoteStatus = iota // it was never decided
	NeedsMoreRatings                   // neither
	RatedHelpful                       // it is shown
	RatedNotHelpful                    // it is not
)

var noteClasses = [...]string{"MISINFORMED_OR_POTENTIALLY_MISLEADING", "NOT_MISLEADING"}

var noteStatuses = [...]string{"", "NEEDS_MORE_RATINGS", "CURRENTLY_RATED_HELPFUL", "CURRENTLY_RATED_NOT_HELPFUL"}

// newestGroup is the highest modeling group that the models are written for.
const newestGroup = 33

// A sideStream is a table beside the ratings.
type sideStream struct {
	in   *input
	name string // of its stream
	kind int    // in sideTables
}

// sideTable reports whether text is a table beside the ratings that is asked
// for, and tells the survey.
func (r *reader) sideTable(text []byte) bool {
	if !r.opt.Notes || r.looking == nil {
		return false
	}
	line, _, _ := bytes.Cut(text[:min(len(text), 64<<10)], []byte{'\n'})
	columns := strings.Split(strings.TrimRight(strings.TrimPrefix(string(line), "\ufeff"), "\r\n"), "\t")
	ofToday(columns)
	r.looking.side = slices.IndexFunc(sideTables[:], func(s sideTable) bool {
		return !slices.ContainsFunc(s.columns, func(c string) bool { return !slices.Contains(columns, c) })
	})
	return r.looking.side >= 0
}

// ofToday gives the columns of a notes table of 2021 the names that they have now:
// its author was called participantId.
func ofToday(columns []string) {
	k := slices.Index(columns, "participantId")
	if k >= 0 && slices.Contains(columns, "classification") && !slices.Contains(columns, "noteAuthorParticipantId") {
		columns[k] = "noteAuthorParticipantId"
	}
}

// readNotes reads the tables beside the ratings of t.
func (r *reader) readNotes(t *Table) (*Notes, error) {
	var all noteTables
	items := t.Items.Len()
	n := &Notes{Created: slices.Repeat([]int32{NoTime}, items), Author: slices.Repeat([]int32{-1}, items),
		Authors: NewNames(),
		Post:    slices.Repeat([]int64{-1}, items), Class: make([]NoteClass, items), Status: make([]NoteStatus, items),
		Locked:  make([]NoteStatus, items),
		Decided: slices.Repeat([]int32{NoTime}, items), Verdict: make([]NoteStatus, items),
		Held:     slices.Repeat([]int32{NoTime}, items),
		Group:    slices.Repeat([]int8{NotEnrolled}, t.Raters.Len()),
		Enrolled: slices.Repeat([]Enrollment{{Needed: NeededImpact, LastOut: NoTime}}, t.Raters.Len())}
	if r.opt.Texts {
		n.Text = make([]string, items)
	}
	slices.SortFunc(r.beside, func(a, b sideStream) int { return cmp.Compare(a.name, b.name) })
	for _, side := range r.beside {
		err := r.visit(side.in, func(s *stream) error {
			if s.name != side.name {
				return nil
			}
			k := &all[side.kind]
			k.begin(s.name, side.kind, t)
			tail := &tail{from: s.content}
			err := eachRecord(r.ctx, s.name, tail, func(get func(string) string) error {
				return k.row(n, t, get)
			})
			if err == nil && tail.last != '\n' {
				r.noEnd = append(r.noEnd, s.name)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return n, r.judgeTables(n, t, &all)
}

// eachRecord calls do for each line of a TSV below the header.
func eachRecord(ctx context.Context, name string, r io.Reader, do func(get func(column string) string) error) error {
	g := &guard{r: bufio.NewReaderSize(r, 1<<20), left: longest}
	c := csv.NewReader(g)
	c.Comma, c.LazyQuotes, c.ReuseRecord = '\t', true, true
	header, err := c.Read()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	header[0] = strings.TrimPrefix(header[0], "\ufeff")
	ofToday(header)
	at := map[string]int{}
	for i, column := range header {
		at[column] = i
	}
	for n := 0; ; n++ {
		g.left = longest
		record, err := c.Read()
		if err == io.EOF {
			return nil
		}
		if err == nil && n%4096 == 0 {
			err = ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := do(func(column string) string {
			if k, ok := at[column]; ok {
				return record[k]
			}
			return ""
		}); err != nil {
			line, _ := c.FieldPos(0)
			return fmt.Errorf("%s:%d: %w", name, line, err)
		}
	}
}

// identity takes the item, its time and its author, which notes and history
// both have. Notes without ratings are no items.
func (k *table) identity(n *Notes, t *Table, get func(string) string) (item int32, known bool, err error) {
	item, known = k.find(t.Items, get("noteId"))
	if !known {
		return 0, false, nil
	}
	if n.Created[item], err = millisTime("createdAtMillis", get); err != nil {
		return 0, false, err
	}
	if author := get("noteAuthorParticipantId"); author != "" {
		n.Author[item] = n.Authors.Add([]byte(author))
	}
	return item, true, nil
}

func (k *table) note(n *Notes, t *Table, get func(string) string) error {
	n.count(&n.Written, get)
	item, known, err := k.identity(n, t, get)
	if !known {
		return err
	}
	if post := get("tweetId"); post != "" {
		if n.Post[item], err = strconv.ParseInt(post, 10, 64); err != nil {
			return fmt.Errorf("tweetId is %q; it must be a whole number", clip(post, 40))
		}
	}
	n.Class[item] = NoteClass(max(0, k.word("classification", noteClasses[:], get)))
	if n.Text != nil {
		n.Text[item] = strings.Clone(get("summary"))
	}
	return nil
}

// count counts a note for its author.
func (n *Notes) count(notes *[]int32, get func(string) string) {
	if author := get("noteAuthorParticipantId"); author != "" {
		a := int(n.Authors.Add([]byte(author)))
		*notes = append(*notes, make([]int32, max(0, a+1-len(*notes)))...)
		(*notes)[a]++
	}
}

func (k *table) history(n *Notes, t *Table, get func(string) string) error {
	n.count(&n.Known, get)
	item, known, err := k.identity(n, t, get)
	if !known {
		return err
	}
	for _, c := range [...]struct {
		column string
		to     *NoteStatus
	}{{"currentStatus", &n.Status[item]}, {"lockedStatus", &n.Locked[item]},
		{"mostRecentNonNMRStatus", &n.Verdict[item]}} {
		*c.to = NoteStatus(max(0, k.word(c.column, noteStatuses[:], get)))
	}
	if n.Decided[item], err = millisTime("timestampMillisOfLatestNonNMRStatus", get); err != nil {
		return err
	}
	n.Held[item], err = millisTime("timestampMillisOfNmrDueToMinStableCrhTime", get)
	return err
}

func (k *table) enrolled(n *Notes, t *Table, get func(string) string) error {
	rater, known := k.find(t.Raters, get("participantId"))
	if !known {
		return nil
	}
	e := &n.Enrolled[rater]
	e.State = EnrollState(max(0, k.word("enrollmentState", enrollStates[:], get)))
	var err error
	for _, c := range [...]struct {
		column string
		to     *int32
	}{{"successfulRatingNeededToEarnIn", &e.Needed}, {"numberOfTimesEarnedOut", &e.TimesOut}} {
		if text := get(c.column); !missingCell(text) {
			x, err := strconv.ParseFloat(text, 64)
			if err != nil || !(math.Abs(x) < math.MaxInt32) {
				return fmt.Errorf("%s is %q; it must be a whole number", c.column, clip(text, 40))
			}
			*c.to = int32(x)
		}
	}
	if e.LastOut, err = millisTime("timestampOfLastEarnOut", get); err != nil {
		return err
	}
	n.Group[rater] = NoGroup
	if group := get("modelingGroup"); !missingCell(group) {
		g, err := strconv.ParseFloat(group, 64)
		if err != nil || !(g >= 0 && g <= newestGroup && g == math.Trunc(g)) {
			k.unknown("modelingGroup", group)
			return nil
		}
		n.Group[rater] = int8(g)
	}
	return nil
}

// missingCell reports whether a cell says that there is nothing: programs that
// copy tables write it so.
func missingCell(s string) bool {
	switch s {
	case "", "NaN", "nan", "NA", "<NA>", "null", "NULL", "None", `\N`:
		return true
	}
	return false
}

// millisTime reads milliseconds since 1970, NoTime where there are none: -1 and
// 1 stand for never.
func millisTime(column string, get func(string) string) (int32, error) {
	s := strings.TrimSuffix(get(column), ".0")
	if missingCell(s) || s == "-1" || s == "1" {
		return NoTime, nil
	}
	t, _, ok := parseTime([]byte(s), millis)
	if !ok {
		return 0, fmt.Errorf("%s: %q is no time in milliseconds between 1931 and 2068", column, clip(s, 40))
	}
	return t, nil
}
