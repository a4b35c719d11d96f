package simulate

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/ringwatch/ringwatch/rating"
)

// Shards returns what Community Notes would publish of the world, by the names
// of its files: ratings, notes, their status history and the enrollment of all
// raters and authors. Notes need numbers for names there; where items have
// others, the returned world has items by number. Nothing has a status yet.
// Ratings without times or values are an error.
func Shards(w *World) (*World, map[string]func(io.Writer) error, error) {
	if !w.Ratings.HasTimes() || w.Ratings.Scale.Unary() {
		return nil, nil, fmt.Errorf("ratings without values or times cannot be written as Community Notes")
	}
	if err := tabFree(w.Ratings.Raters); err != nil {
		return nil, nil, err
	}
	p := *w
	p.Ratings = w.Ratings.Prefix(w.Ratings.Len())
	p.Publish()
	p.Ratings.Items = numbered(w.Ratings.Items)
	first, _, _ := p.Ratings.Span()
	created := func(i int32) int64 {
		at := p.Ratings.Notes.Created[i]
		if at == rating.NoTime {
			at = first
		}
		return rating.ToTime(at).UnixMilli()
	}
	return &p, map[string]func(io.Writer) error{
		"ratings-00000.tsv":           func(out io.Writer) error { return rating.WriteCommunityNotes(out, p.Ratings) },
		"notes-00000.tsv":             func(out io.Writer) error { return p.writeNotes(out, created) },
		"noteStatusHistory-00000.tsv": func(out io.Writer) error { return p.writeHistory(out, created) },
		"userEnrollment-00000.tsv": func(out io.Writer) error {
			return p.writeEnrollment(out, rating.ToTime(first).UnixMilli())
		},
	}, nil
}

// firstNote and firstPost are near the numbers that X gave in 2024.
const (
	firstNote = 1_800_000_000_000_000_001
	firstPost = 1_790_000_000_000_000_000
)

// numbered returns names as they are if all are numbers, else numbers for them.
func numbered(names *rating.Names) *rating.Names {
	for i := range int32(names.Len()) {
		if _, err := strconv.ParseInt(names.Name(i), 10, 64); err != nil {
			all := rating.NewNames()
			for i := range names.Len() {
				all.Add(fmt.Append(nil, firstNote+i))
			}
			return all
		}
	}
	return names
}

const notesHead = "noteId\tnoteAuthorParticipantId\tcreatedAtMillis\ttweetId\tclassification\t" +
	"believable\tharmful\tvalidationDifficulty\tmisleadingOther\tmisleadingFactualError\t" +
	"misleadingManipulatedMedia\tmisleadingOutdatedInformation\tmisleadingMissingImportantContext\t" +
	"misleadingUnverifiedClaimAsFact\tmisleadingSatire\tnotMisleadingOther\t" +
	"notMisleadingFactuallyCorrect\tnotMisleadingOutdatedButNotWhenWritten\tnotMisleadingClearlySatire\t" +
	"notMisleadingPersonalOpinion\ttrustworthySources\tsummary\tisMediaNote\tisCollaborativeNote\n"

func (w *World) writeNotes(out io.Writer, created func(int32) int64) error {
	b := bufio.NewWriter(out)
	b.WriteString(notesHead)
	n := w.Ratings.Notes
	for i := range int32(w.Ratings.Items.Len()) {
		class, reasons := "MISINFORMED_OR_POTENTIALLY_MISLEADING", "0\t1\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0"
		if n.Class[i] == rating.NotMisleading {
			class, reasons = "NOT_MISLEADING", "0\t0\t0\t0\t0\t0\t0\t0\t1\t0\t0\t0"
		}
		post := n.Post[i]
		if post >= 0 && post < firstPost {
			post += firstPost
		}
		fmt.Fprintf(b, "%s\t%s\t%d\t%d\t%s\t\t\t\t%s\t1\tnote %d on post %d\t0\t0\n",
			w.Ratings.Items.Name(i), w.author(i), created(i), post, class, reasons, i+1, n.Post[i])
	}
	return b.Flush()
}

// author returns who wrote an item; where nobody knows, somebody of its own.
func (w *World) author(i int32) string {
	if n := w.Ratings.Notes; n.Author[i] >= 0 {
		return n.Authors.Name(n.Author[i])
	}
	return "author-of-" + w.Ratings.Items.Name(i)
}

const historyHead = "noteId\tnoteAuthorParticipantId\tcreatedAtMillis\t" +
	"timestampMillisOfFirstNonNMRStatus\tfirstNonNMRStatus\ttimestampMillisOfCurrentStatus\t" +
	"currentStatus\ttimestampMillisOfLatestNonNMRStatus\tmostRecentNonNMRStatus\t" +
	"timestampMillisOfStatusLock\tlockedStatus\ttimestampMillisOfRetroLock\tcurrentCoreStatus\t" +
	"currentExpansionStatus\tcurrentGroupStatus\tcurrentDecidedBy\tcurrentModelingGroup\t" +
	"timestampMillisOfMostRecentStatusChange\ttimestampMillisOfNmrDueToMinStableCrhTime\t" +
	"currentMultiGroupStatus\tcurrentModelingMultiGroup\ttimestampMinuteOfFinalScoringOutput\t" +
	"timestampMillisOfFirstNmrDueToMinStableCrhTime\tabovePcrhThresholdTime\n"

func (w *World) writeHistory(out io.Writer, created func(int32) int64) error {
	b := bufio.NewWriter(out)
	b.WriteString(historyHead)
	for i := range int32(w.Ratings.Items.Len()) {
		at := created(i)
		fmt.Fprintf(b, "%s\t%s\t%d\t\t\t%d\tNEEDS_MORE_RATINGS\t\t\t\t\t\tNEEDS_MORE_RATINGS\t\t\tCoreModel "+
			"(v1.1)\t13\t-1\t-1\t\t\t\t\t\n",
			w.Ratings.Items.Name(i), w.author(i), at, at)
	}
	return b.Flush()
}

func (w *World) writeEnrollment(out io.Writer, at int64) error {
	b := bufio.NewWriter(out)
	b.WriteString("participantId\tenrollmentState\tsuccessfulRatingNeededToEarnIn\ttimestampOfLastStateChange\t" +
		"timestampOfLastEarnOut\tmodelingPopulation\tmodelingGroup\tnumberOfTimesEarnedOut\n")
	row := func(name, group string) {
		fmt.Fprintf(b, "%s\tearnedIn\t5\t%d\t\tCORE\t%s\t0\n", name, at, group)
	}
	names, n := w.Ratings.Raters, w.Ratings.Notes
	for u := range int32(names.Len()) {
		group := ""
		if int(u) < len(n.Group) && n.Group[u] >= 0 {
			group = fmt.Sprintf("%d.0", n.Group[u])
		}
		row(names.Name(u), group)
	}
	others := rating.NewNames()
	for i := range int32(w.Ratings.Items.Len()) {
		name := w.author(i)
		if _, rates := names.Find(name); rates {
			continue
		}
		if k := others.Len(); others.Add([]byte(name)) == int32(k) {
			row(name, "")
		}
	}
	return b.Flush()
}

// tabFree reports the first name that a tab-separated file cannot hold as it is.
func tabFree(names *rating.Names) error {
	for k := range int32(names.Len()) {
		if name := names.Name(k); strings.ContainsAny(name, "\t\n\r\"") {
			return fmt.Errorf("the name %q cannot stand in a tab-separated file", name)
		}
	}
	return nil
}
