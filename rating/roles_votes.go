package rating

import (
	"math"
	"slices"
	"strings"
)

// voteWords are names of columns that hold votes in one table and count those of
// others in the next, so that what they hold decides, and only where no name that is
// known for values was found.
var voteWords = []string{"helpful", "useful", "helpfulness", "usefulness", "agree", "agrees", "agreed", "agreement",
	"approve", "approves", "approval", "support", "supports", "endorse", "endorses", "endorsed", "favor", "favour",
	"favorable", "favourable", "likes", "upvotes"}

// againstWords are the other halves of pairs of columns: alone they are votes turned
// round, and beside another neither is the whole vote.
var againstWords = []string{"disagree", "disagrees", "disagreed", "unhelpful", "nothelpful", "notuseful", "useless",
	"disapprove", "disapproves", "oppose", "opposes", "opposed", "against", "dislike", "disliked", "dislikes",
	"downvote", "downvoted", "downvotes", "down"}

// voteFillers may stand around such a word: "is_helpful", "Did you find this helpful?".
var voteFillers = []string{"is", "was", "are", "found", "find", "finds", "voted", "vote", "marked", "rated", "do",
	"does", "did", "you", "i", "it", "this", "that", "the", "flag", "bool", "in", "user", "rater"}

// flagWords tell of an account or a post, and are no opinion of the rater.
var flagWords = []string{"verified", "bot", "active", "banned", "suspended", "premium", "subscribed", "private",
	"public", "edited", "anonymous", "nsfw", "sponsored", "moderator", "admin", "staff", "locked", "pinned", "stickied"}

// saysVote returns what is left of a column's name without fillers.
func saysVote(name string) string {
	words := slices.DeleteFunc(wordsOf(name), func(w string) bool { return slices.Contains(voteFillers, w) })
	return strings.Join(words, "")
}

// saysFlag reports whether a column's name is of a property of an account or a post.
func saysFlag(name string) bool {
	return slices.ContainsFunc(wordsOf(name), func(w string) bool { return slices.Contains(flagWords, w) })
}

// votesOrNot reports whether a column's name is one of voteWords or againstWords.
func votesOrNot(name string) bool {
	word := saysVote(name)
	return slices.Contains(voteWords, word) || slices.Contains(againstWords, word)
}

// votes returns the one free column that holds votes by its name and by all that is
// in it, or -1: of several, none is the whole vote.
func (a *assignment) votes() int {
	column := -1
	for i, name := range a.names {
		word := saysVote(name)
		pro := slices.Contains(voteWords, word)
		if a.taken(i) || !pro && !slices.Contains(againstWords, word) {
			continue
		}
		if l := a.look(i); l.filled == 0 {
			continue
		} else if !pro || column >= 0 || l.filled < len(a.rows) || !l.opinions() {
			return -1
		}
		column = i
	}
	return column
}

// opinions reports whether a column holds opinions and no counts, which begin with 0
// and go on: words, yes or no, -1 to 1, or a scale from 1 to at most 10.
func (l *looked) opinions() bool {
	if !l.isValue || l.filled == 0 {
		return false
	}
	if l.form != nil {
		return l.form.words != nil
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, c := range l.cells {
		if isNothing(c) {
			continue
		}
		x, ok := parseValue([]byte(c))
		if !ok || x != math.Trunc(x) {
			return false
		}
		low, high = min(low, x), max(high, x)
	}
	return low >= -1 && high <= 1 && high > low || low >= 1 && high <= 10
}

// few reports whether a column that is left looks like votes: 2 to 11 levels, as
// 0 to 10 has.
func (l *looked) few() bool {
	return l.isValue && l.distinct >= 2 && l.distinct <= 11
}
