package reports

import (
	"bufio"
	"io"
	"strconv"
	"strings"

	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/scoring/communitynotes"
)

// Columns of scored_notes.tsv and helpfulness_scores.tsv that we compute, in
// the order of the official files. Those that are not here are not known to us.
var (
	noteColumns = strings.Fields(`noteId coreNoteIntercept coreNoteFactor1 finalRatingStatus firstTag secondTag coreActiveRules
		classification coreRatingStatus decidedBy expansionNoteIntercept expansionNoteFactor1 expansionRatingStatus
		coreNoteInterceptMax groupNoteIntercept groupNoteFactor1 groupRatingStatus modelingGroup numRatings
		expansionPlusNoteIntercept expansionPlusNoteFactor1 expansionPlusRatingStatus topicNoteIntercept topicNoteFactor1
		noteTopic expansionActiveRules expansionPlusActiveRules groupActiveRules coreNumFinalRoundRatings
		expansionNumFinalRoundRatings expansionPlusNumFinalRoundRatings groupNumFinalRoundRatings topicNumFinalRoundRatings
		multiGroupNoteIntercept multiGroupNoteFactor1 multiGroupRatingStatus multiGroupActiveRules
		multiGroupNumFinalRoundRatings coreWithTopicsNoteFactor1 coreWithTopicsNoteIntercept coreWithTopicsRatingStatus
		coreWithTopicsActiveRules coreWithTopicsNumFinalRoundRatings coreWithTopicsNoteInterceptMax
		coreNoteInterceptNoHighVol coreWithTopicsNoteInterceptNoHighVol expansionNoteInterceptNoHighVol
		expansionPlusNoteInterceptNoHighVol groupNoteInterceptNoHighVol multiGroupNoteInterceptNoHighVol
		coreNoteInterceptNoCorrelated coreNoteInterceptPopulationSampled coreWithTopicsNoteInterceptNoCorrelated
		expansionNoteInterceptNoCorrelated expansionPlusNoteInterceptNoCorrelated groupNoteInterceptNoCorrelated
		multiGroupNoteInterceptNoCorrelated gaussianNoteIntercept gaussianNoteFactor1 gaussianRatingStatus
		gaussianActiveRules gaussianNoteInterceptNoCorrelated gaussianNoteInterceptNoHighVol
		gaussianNoteInterceptPopulationSampled gaussianNumFinalRoundRatings
		gaussianCoreWithTopicsNoteIntercept gaussianCoreWithTopicsNoteFactor1 gaussianCoreWithTopicsRatingStatus
		gaussianCoreWithTopicsActiveRules gaussianCoreWithTopicsNoteInterceptNoHighVol
		gaussianCoreWithTopicsNoteInterceptNoCorrelated gaussianCoreWithTopicsNoteInterceptPopulationSampled
		gaussianCoreWithTopicsNumFinalRoundRatings gaussianExpansionNoteIntercept gaussianExpansionNoteFactor1
		gaussianExpansionRatingStatus gaussianExpansionActiveRules gaussianExpansionNoteInterceptNoHighVol
		gaussianExpansionNoteInterceptNoCorrelated gaussianExpansionNoteInterceptPopulationSampled
		gaussianExpansionNumFinalRoundRatings`)
	raterColumns = strings.Fields(`raterParticipantId coreRaterIntercept coreRaterFactor1 crhCrnhRatioDifference meanNoteScore
		raterAgreeRatio successfulRatingHelpfulCount successfulRatingNotHelpfulCount successfulRatingTotal
		unsuccessfulRatingHelpfulCount unsuccessfulRatingNotHelpfulCount unsuccessfulRatingTotal
		ratingsAwaitingMoreRatings ratedAfterDecision notesCurrentlyRatedHelpful notesCurrentlyRatedNotHelpful
		notesAwaitingMoreRatings enrollmentState successfulRatingNeededToEarnIn authorTopNotHelpfulTagValues
		aboveHelpfulnessThreshold isEmergingWriter aggregateRatingReceivedTotal numberOfTimesEarnedOut expansionRaterIntercept expansionRaterFactor1 expansionPlusRaterIntercept
		expansionPlusRaterFactor1 multiGroupRaterIntercept multiGroupRaterFactor1 coreWithTopicsRaterIntercept
		coreWithTopicsRaterFactor1 coreFirstRoundRaterIntercept coreFirstRoundRaterFactor1`)
)

// officialModels are the models by what begins their columns, the longer first
// where one begins another.
var officialModels = [...]struct{ prefix, name string }{
	{"gaussianCoreWithTopics", "GaussianCoreWithTopicsModel"}, {"gaussianExpansion",
		"GaussianExpansionModel"}, {"gaussian", "GaussianModel"}, {"coreWithTopics", "CoreWithTopicsModel"},
	{"core", "CoreModel"}, {"expansionPlus", "ExpansionPlusModel"}, {"expansion", "ExpansionModel"},
	{"multiGroup", "MultiGroupModel01"}, {"group", "GroupModel"}, {"topic", "TopicModel"},
}

var officialTopics = [...]string{"", "UkraineConflict", "GazaConflict", "MessiRonaldo", "Scams", "InDimensionTwo"}

// modelOf returns the model that has the say about item k in a column, what the
// column tells of it, and whether any model has it.
func modelOf(s *scoring.Result, column string, k int) (m *communitynotes.Model, tells string, ok bool) {
	d := communitynotes.DetailOf(s)
	for _, o := range officialModels {
		tells, ok = strings.CutPrefix(column, o.prefix)
		if !ok {
			continue
		}
		ok = false
		for i := range d.Models {
			if strings.HasPrefix(d.Models[i].Name, o.name) {
				ok = true
				if k >= 0 && d.Models[i].Rated[k] > 0 {
					return &d.Models[i], tells, true
				}
			}
		}
		return nil, tells, ok
	}
	return nil, "", false
}

// scoredNotes writes scored_notes.tsv.
func scoredNotes(w io.Writer, t *rating.Table, s *scoring.Result) error {
	d := communitynotes.DetailOf(s)
	own := map[string]bool{"noteId": true, "finalRatingStatus": true, "firstTag": d.Reasons != nil,
		"secondTag":      d.Reasons != nil,
		"classification": t.Notes != nil, "decidedBy": d.DecidedBy != nil, "numRatings": true}
	_, _, own["modelingGroup"] = modelOf(s, "groupRatingStatus", -1)
	_, _, own["noteTopic"] = modelOf(s, "topicNoteIntercept", -1)
	var columns []string
	for _, c := range noteColumns {
		_, tells, known := modelOf(s, c, -1)
		if own[c] || known && (tells != "NoteInterceptPopulationSampled" || t.Tags != nil) {
			columns = append(columns, c)
		}
	}
	return tsv(w, columns, t.Items.Len(), func(column string, k int) string { return noteCell(t, s, column, k) })
}

func noteCell(t *rating.Table, s *scoring.Result, column string, k int) string {
	d := communitynotes.DetailOf(s)
	switch column {
	case "noteId":
		return t.Items.Name(int32(k))
	case "finalRatingStatus":
		if d.Official != nil {
			return d.Official[k]
		}
		return [...]string{"", "NEEDS_MORE_RATINGS", "CURRENTLY_RATED_HELPFUL",
			"CURRENTLY_RATED_NOT_HELPFUL"}[s.Status[k]]
	case "firstTag", "secondTag":
		if tag := d.Reasons[k][map[string]int{"firstTag": 0, "secondTag": 1}[column]]; tag >= 0 {
			return rating.TagNames[tag]
		}
		return ""
	case "classification":
		if k >= len(t.Notes.Class) || t.Notes.Post[k] < 0 {
			return ""
		}
		return [...]string{"MISINFORMED_OR_POTENTIALLY_MISLEADING", "NOT_MISLEADING"}[t.Notes.Class[k]]
	case "decidedBy":
		return d.DecidedBy[k]
	case "numRatings":
		return counted(s.ItemRatings, t.ByItem, k)
	case "modelingGroup", "noteTopic":
		of := map[string]string{"modelingGroup": "group", "noteTopic": "topic"}[column]
		m, _, _ := modelOf(s, of, k)
		if m == nil {
			return ""
		}
		number, _ := strconv.Atoi(m.Name[len(m.Name)-2:])
		if of == "topic" {
			return officialTopics[number]
		}
		return strconv.Itoa(number)
	}
	if m, tells, _ := modelOf(s, column, k); m != nil {
		return modelCell(m, tells, k)
	}
	return ""
}

// modelCell writes what a model tells of an item, by the column's name without the model's.
func modelCell(m *communitynotes.Model, tells string, k int) string {
	switch tells {
	case "NoteIntercept":
		return at(m.ItemIntercept, k)
	case "NoteFactor1":
		return at(m.ItemFactor, k)
	case "NoteInterceptMax":
		return at(m.ItemBound, k)
	case "NoteInterceptNoHighVol":
		return at(m.NoHighVolume, k)
	case "NoteInterceptNoCorrelated":
		return at(m.NoCorrelated, k)
	case "NoteInterceptPopulationSampled":
		return at(m.Sampled, k)
	case "RatingStatus":
		return m.Official(k)
	case "ActiveRules":
		rules := "InitialNMR (v1.0)"
		for rule := range strings.SplitSeq(m.Rules[k].String(), ",") {
			if rule != "" {
				rules += "," + rule + " (v1.0)"
			}
		}
		return rules
	case "NumFinalRoundRatings":
		return strconv.Itoa(int(m.Ratings[k]))
	}
	return ""
}

// helpfulnessScores writes helpfulness_scores.tsv.
func helpfulnessScores(w io.Writer, t *rating.Table, s *scoring.Result) error {
	contributors, models := communitynotes.NewContributors(t, s), communitynotes.DetailOf(s).Models
	var columns []string
	for _, c := range raterColumns {
		_, _, ok := modelOf(s, c, -1)
		if !ok && contributors != nil && t.Raters.Len() > 0 {
			_, ok = contributorCell(contributors, c, 0)
		}
		if ok || c == "raterParticipantId" || raterOwn[c] {
			columns = append(columns, c)
		}
	}
	return tsv(w, columns, t.Raters.Len(), func(column string, u int) string {
		if column == "raterParticipantId" {
			return t.Raters.Name(int32(u))
		}
		if contributors != nil {
			if cell, ok := contributorCell(contributors, column, u); ok {
				return cell
			}
		}
		prefix := "core"
		var tells string
		for _, o := range officialModels {
			if rest, ok := strings.CutPrefix(column, o.prefix); ok && !raterOwn[column] {
				prefix, tells = o.name, rest
				break
			}
		}
		if raterOwn[column] {
			prefix, tells = "CoreModel", column
		}
		for i := range models {
			if m := &models[i]; m.Name == prefix {
				return raterCell(m, tells, u)
			}
		}
		return ""
	})
}

// contributorCell returns what a column tells of a contributor, whatever the
// model; ok is false for other columns. Counts of who has nothing to count are
// empty, as X's are.
func contributorCell(c *communitynotes.Contributors, column string, u int) (cell string, ok bool) {
	rated, wrote := c.InTime[u] > 0, c.Notes[0][u]+c.Notes[1][u]+c.Notes[2][u] > 0
	var n int32
	known := rated
	switch column {
	case "successfulRatingHelpfulCount":
		n = c.Right[0][u]
	case "successfulRatingNotHelpfulCount":
		n = c.Right[1][u]
	case "successfulRatingTotal":
		n = c.Right[0][u] + c.Right[1][u]
	case "unsuccessfulRatingHelpfulCount":
		n = c.Wrong[0][u]
	case "unsuccessfulRatingNotHelpfulCount":
		n = c.Wrong[1][u]
	case "unsuccessfulRatingTotal":
		n = c.Wrong[0][u] + c.Wrong[1][u]
	case "ratingsAwaitingMoreRatings":
		n = c.Waiting[u]
	case "ratedAfterDecision":
		n = c.Late[u]
	case "notesCurrentlyRatedHelpful":
		n, known = c.Notes[0][u], wrote
	case "notesCurrentlyRatedNotHelpful":
		n, known = c.Notes[1][u], wrote
	case "notesAwaitingMoreRatings":
		n, known = c.Notes[2][u], wrote
	case "aggregateRatingReceivedTotal":
		n, known = c.Received[u], wrote
	case "successfulRatingNeededToEarnIn":
		n, known = c.Enrolled[u].Needed, true
	case "numberOfTimesEarnedOut":
		n, known = c.Enrolled[u].TimesOut, true
	case "enrollmentState":
		return officialStates[c.Enrolled[u].State], true
	case "isEmergingWriter":
		return truth(c.Emerging[u]), true
	case "authorTopNotHelpfulTagValues":
		var tags []string
		for _, bit := range c.Faults[u] {
			if bit >= 0 {
				tags = append(tags, strconv.Itoa(int(bit)-rating.TagNotHelpful))
			}
		}
		return strings.Join(tags, ","), true
	default:
		return "", false
	}
	if !known {
		return "", true
	}
	return strconv.Itoa(int(n)), true
}

// officialStates are X's numbers of what contributors may do.
var officialStates = [...]string{rating.EarnedIn: "0", rating.AtRisk: "1", rating.EarnedOutUnaware: "2",
	rating.EarnedOut: "3",
	rating.NewUser:   "4", rating.Removed: "5", rating.APITestUser: "6", rating.APIEarnedIn: "7",
	rating.APIEarnedOut: "8"}

// raterOwn are the columns of the core model that do not begin with its name.
var raterOwn = map[string]bool{"crhCrnhRatioDifference": true, "meanNoteScore": true, "raterAgreeRatio": true,
	"aboveHelpfulnessThreshold": true}

func raterCell(m *communitynotes.Model, tells string, u int) string {
	switch tells {
	case "RaterIntercept":
		return at(m.RaterIntercept, u)
	case "RaterFactor1":
		return at(m.RaterFactor, u)
	case "FirstRoundRaterIntercept":
		return at(m.FirstIntercept, u)
	case "FirstRoundRaterFactor1":
		return at(m.FirstFactor, u)
	case "crhCrnhRatioDifference":
		return at(m.Written[0], u)
	case "meanNoteScore":
		return at(m.Written[1], u)
	case "raterAgreeRatio":
		return at(m.Agreed, u)
	case "aboveHelpfulnessThreshold":
		return truth(m.Helpful[u])
	}
	return ""
}

func truth(t bool) string {
	if t {
		return "True"
	}
	return "False"
}

// tsv writes a header and rows, separated by tabs. Identifiers of Community
// Notes hold none.
func tsv(w io.Writer, columns []string, rows int, cell func(column string, k int) string) error {
	b := bufio.NewWriterSize(w, 1<<16)
	b.WriteString(strings.Join(columns, "\t") + "\n")
	for k := range rows {
		for i, c := range columns {
			if i > 0 {
				b.WriteByte('\t')
			}
			b.WriteString(cell(c, k))
		}
		b.WriteByte('\n')
	}
	return b.Flush()
}
