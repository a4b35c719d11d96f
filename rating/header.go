package rating

import (
	"slices"
	"strings"
	"unicode"
)

// A rank says how well a name of a column fits a field: 0 best. Below certain,
// the name is one that is known for the field, whole; from there on one of its
// words is, and what the column holds must confirm it.
type rank int

const (
	countRank rank = 3 // of values: counts of what somebody did
	certain   rank = 10
	unknown   rank = 100
)

// knownNames are the names that stand for each field, without case, separators
// and an "id" ending, by rank: those in one line are as good as each other, and
// where two of a line are there, which is meant is asked.
var knownNames = [...][]string{
	raterField: {
		"rater, rater participant",
		"user, reviewer, voter, account, participant, member, customer, respondent, annotator, judge, assessor, " +
			"stargazer, visitor, subscriber, client, player, worker, reader, listener, viewer, bidder, steam, " +
			"author steam, voter participant, user hash, user pseudo, user sha1, user anon, uuid, uid, " +
			"pid, follower, truster, trustor, student, employee, patient, guest, buyer",
		"user name, user screen name, screen name, user username, login, user login, actor login, node login, " +
			"nickname, handle, public username, author name, reviewer name, user nickname, profile, profile name, " +
			"account name, display name, commenter, sharer, tweeter, retweeter, liker",
		"author, author fullname, actor, person, from user, from node, from, source node, source user, source, " +
			"source subreddit, src, sender, owner, creator, uploader, by, u, user index, email, email address, " +
			"user email, actor display login, ip, ip address, participant name",
	},
	itemField: {
		"item",
		"parent asin",
		"product, movie, film, book, isbn, isbn13, business, asin, app, game, artist, track, song, album, music, " +
			"video, place, restaurant, hotel, venue, recipe, beer, anime, manga, joke, show, podcast, paper, repo, " +
			"repository, package, plugin, extension, course, listing, property, doctor, seller, merchant, store, " +
			"shop, company, poll, candidate, statement, note, object, target, url, link, article, submission, dish, " +
			"wine, drug, fact check, petition, proposal, idea, ratee, rated, rated user, reviewed user, reviewee, " +
			"votee, followee, trustee, target user, to user, to node, target node, target subreddit, destination, " +
			"dst, dest, tgt, retweet, repost, retweeted, retweeted status, retweeted tweet, shared post, " +
			"original tweet, original post, profile rated, gym, school, attraction, poi, exhibitor, playlist",
		"series, option, image, photo, news, story, question, claim, domain, hashtag, thing, subject, " +
			"stimulus, unit, page, location, event, job, service, website, channel, stream, content, media, asset, " +
			"entity, model, post, tweet, status, thread, topic",
		"urls, links, hashtags, domains, product parent, item name, product name, product title, app name, " +
			"package name, bundle, movie title, book title, title, artist name, track name, song name, artname, " +
			"business name, restaurant name, hotel name, game name, game title, place name, track title, repo name, " +
			"repository name, repo url, name with owner, full name, subreddit, asin isbn, musicbrainz artist, " +
			"musicbrainz track, artmbid, sku",
		"comment, message, to, i, iid, item index",
	},
	valueField: {
		"value, rating",
		"stars, overall, star rating, book rating, movie rating, user rating, rating value, review rating, " +
			"overall rating, item rating, rating score, review stars",
		"score, review score, rate, grade, level, helpfulness level, vote, vote type, vote value, recommended, " +
			"is recommended, recommend, recommends, recommendation, voted up, up, upvoted, upvote, liked, like, " +
			"is liked, thumbs, thumb, thumbs up, reaction, feedback, opinion, sentiment, link sentiment, polarity, " +
			"sign, preference, answer, response, likert, choice, helpful vote value, verdict, label value, trust, " +
			"trust level, satisfaction, overall satisfaction, evaluation, judgement, judgment, nps, points, " +
			"appraisal, stance, is positive, positive",
		"weight, plays, play count, playcount, listen count",
	},
	timeField: {
		"time, timestamp",
		"created at, created at millis, date, datetime, date time, ts, at, created, created utc, created on, " +
			"created time, created date, creation date, creation time, created timestamp, timestamp created, " +
			"time created, date created, unix review time, unix time, unix timestamp, unix, epoch, epoch time, " +
			"timestamp ms, timestamp millis, timestamp s, timestamp share, timestamp utc, time utc, utc time, utc, " +
			"utc timestamp, time ms, time stamp, event time, event timestamp, event date, posted, posted at, " +
			"posted on, post time, post date, posted date, date posted, time posted, published, published at, " +
			"published on, published date, publish date, publish time, publication date, submitted, submitted at, " +
			"submitted on, submit time, submit date, submission date, submission time, submission timestamp, " +
			"date submitted, reviewed, reviewed at, reviewed on, review date, review time, review timestamp, " +
			"review datetime, review created, review created at, review creation date, date of review, " +
			"time of review, datestamp, datetimestamp, dt, tstamp, rated at, rated on, rating date, rating time, " +
			"rating timestamp, date rated, date of rating, voted at, voted on, vote time, vote date, vote timestamp, " +
			"vote created, date voted, starred, starred at, starred on, star time, liked at, shared at, share time, " +
			"share date, tweeted at, tweet time, tweet date, tweet created at, retweet time, retweeted at, added, " +
			"added at, added on, date added, time added, answered at, answer time, answer date, response date, " +
			"logged at, recorded at, recorded, occurred at, watched at, watched date, purchase date, inserted at, " +
			"when, day, t, local time, start time, start date, play time stamp, listened at, scrobble time",
		"updated at, updated, updated on, updated time, updated date, date updated, timestamp updated, update time, " +
			"last updated, last update, last updated at, modified, modified at, last modified, " +
			"modified date, edited, edited at, last edited, review last modified, read at, finished at, end time, " +
			"end date, completed at, last activity",
	},
}

// namesOf is knownNames for looking up: without blanks, the first rank of each.
var namesOf = indexNames()

func indexNames() (of [len(knownNames)]map[string]rank) {
	for field, lines := range knownNames {
		of[field] = map[string]rank{}
		for class, line := range lines {
			for name := range strings.SplitSeq(line, ", ") {
				name = strings.ReplaceAll(name, " ", "")
				if _, twice := of[field][name]; !twice {
					of[field][name] = rank(class)
				}
			}
		}
		for name := range strings.SplitSeq(otherLanguages[field].names, ", ") {
			if name = strings.ReplaceAll(name, " ", ""); of[field][name] == 0 {
				of[field][name] = otherLanguages[field].rank
			}
		}
	}
	return of
}

// nameEndings are words that may stand behind the name of a thing.
var nameEndings = []string{"id", "ids", "uuid", "guid", "no", "nr", "number", "num", "hash", "key", "code", "token",
	"idx", "index", "ref", "pk", "str", "sku"}

// wordsOf cuts a column's name into words in lower case: "unixReviewTime",
// "User-ID" and "user_id:token" are unix review time, user id, user id.
func wordsOf(name string) []string {
	if i := strings.LastIndexAny(name, "(["); i > 0 && strings.ContainsAny(name[i:], "0123456789") { // "Stars (1-5)"
		if end := strings.TrimSpace(name[i:]); strings.IndexAny(end, ")]") == len(end)-1 {
			name = name[:i]
		}
	}
	// RecBole; feeds turned into JSON; MongoDB
	for _, kind := range []string{":token", ":token_seq", ":float", ":float_seq", ".label", ".$t", "._text", ".#text",
		".$numberInt", ".$numberLong", ".$numberDouble", ".$numberDecimal", ".$date", ".$oid"} {
		name = strings.TrimSuffix(name, kind)
	}
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			r = ' '
		case i > 0 && unicode.IsUpper(r) && (unicode.IsLower(runes[i-1]) ||
			i+1 < len(runes) && unicode.IsLower(runes[i+1]) && unicode.IsUpper(runes[i-1])):
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return strings.Fields(b.String())
}

// rankOf says how well a column's name fits a field, and whether the name is of
// an identifier, "app_id", where another may be of its title, "app".
func rankOf(name string, field int) (r rank, id bool) {
	words := wordsOf(name)
	if len(words) == 0 {
		return unknown, false
	}
	bare := words
	for field != valueField && len(bare) > 1 && slices.Contains(nameEndings, bare[len(bare)-1]) {
		bare, id = bare[:len(bare)-1], true
	}
	if len(bare) > 1 && bare[0] == "id" { // "id_user"
		bare, id = bare[1:], true
	}
	whole, short := strings.Join(words, ""), strings.Join(bare, "")
	for _, form := range []string{whole, short} {
		if r, known := namesOf[field][form]; known {
			return r, id
		}
	}
	if cut, found := strings.CutSuffix(short, "id"); found && field != valueField { // "userid"
		if r, known := namesOf[field][cut]; known {
			return r, true
		}
	}
	return partOf(words, bare, field), id
}

// otherTimes are words that make a time one of something else.
var otherTimes = []string{"birth", "birthday", "born", "zone", "spent", "times", "release", "released", "join",
	"joined", "registered", "registration",
	"signup", "enrolled", "account", "member", "since", "expiry", "expires", "expiration", "due", "play", "playtime",
	"read", "watch", "total", "average",
	"avg", "duration", "elapsed", "length", "response", "delay", "dwell", "user", "author", "count", "rated", "visits",
	"stay", "checkin", "founded", "format",
	"deleted", "removed", "withdrawn", "retracted", "revoked", "cancelled", "canceled", "voided", "undone",
	"scraped", "scrape", "crawled", "crawl", "fetched", "fetch", "exported", "export", "retrieved", "loaded", "load",
	"ingested", "ingestion", "collected", "imported", "import",
	"downloaded", "extracted", "synced", "snapshot", "delivery", "delivered", "shipping", "shipped", "invoice", "visit",
	"visited", "trip", "travel", "flight", "arrival", "departure", "booking"}

// countWords are words that make a number no opinion.
var countWords = []string{"count", "counts", "number", "num", "n", "total", "sum", "avg", "average", "mean", "median",
	"std", "stdev", "dev", "max", "min", "votes",
	"reviews", "ratings", "helpful", "useful", "funny", "cool", "date", "time", "by", "id", "text", "title",
	"dimension", "type", "version", "weighted", "users", "reviewer", "author"}

// partOf ranks a name of which one word, whole, is known.
func partOf(words, bare []string, field int) rank {
	has := func(list []string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(list, w) })
	}
	last := bare[len(bare)-1]
	known := func(word string, classes rank) bool {
		r, ok := namesOf[field][word]
		return ok && r < classes
	}
	switch field {
	case raterField, itemField:
		if known(last, 3) && last != "source" && last != "content" && last != "location" && last != "status" &&
			last != "media" && last != "service" {
			return certain + 1
		}
		if len(bare) == 2 && known(bare[0], rank(2+field)) &&
			slices.Contains([]string{"name", "title", "slug", "login", "email", "sha1", "md5", "sha256", "url", "uri",
				"link"}, last) {
			return certain + 3
		}
	case valueField:
		if (last == "rating" || last == "stars" || last == "score" || last == "vote" || last == "grade" ||
			last == "likert") && !has(countWords) {
			return certain + 1
		}
		if (words[0] == "rating" || words[0] == "score" || words[0] == "stars" || words[0] == "vote") &&
			!has(countWords) {
			return certain + 2
		}
	case timeField:
		if slices.ContainsFunc(words, func(w string) bool {
			return slices.Contains([]string{"time", "timestamp", "date", "datetime", "ts"}, w)
		}) && !has(otherTimes) {
			return certain + 1
		}
		if n := len(words); n > 1 && (words[n-1] == "at" || words[n-1] == "on") && !has(otherTimes) {
			return certain + 2
		}
	}
	return unknown
}
