package rating

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCases reads inputs that went wrong once, which lie beside the checkout.
func TestCases(t *testing.T) {
	const cases = "../../shared/cases"
	if _, err := os.Stat(cases); err != nil {
		t.Skip("the cases do not lie beside this checkout: ", err)
	}
	for _, c := range []struct {
		path, columns, want string // want: a part of the error, the reading or a warning
		raters, rows        int    // 0 for an error
	}{
		{"cr-only/ratings.csv", "", "scale 1..5", 2, 3},
		{"duplicates-without-times/scores.csv", "rater=public_username,item=video",
			"such as ann of v1: -5 and 9; say --repeats mean", 0, 0},
		{"empty-column-preferred/ratings.csv", "", "value=stars (scale 1..5)", 2, 3},
		{"hint-on-a-wide-matrix/wide.csv", "", "is read as a matrix", 310, 3490},
		{"hint-that-cannot-work/ml1m.dat", "", "columns are taken in their usual order", 2, 3},
		{"hint-that-cannot-work/ml1m.dat", "rater=1,item=2,value=3,time=4", "rater=column 1", 2, 3},
		{"hint-that-cannot-work/snap.txt", "", "rater=FromNodeId, item=ToNodeId, value=Sign", 3, 3},
		{"hint-that-cannot-work/space.txt", "rater=1,item=2,value=3", "scale 2..4", 2, 3},
		{"ids-12-and-12.0/folder", "", "12.0 as 12", 300, 3485},
		{"ids-in-scientific-notation/ratings.csv", "", "identifiers such as 1.70000E+18 are rounded numbers", 0, 0},
		{"ids-with-a-space-behind/ratings.csv", "", "around were read without", 310, 3490},
		{"jsonl-key-after-line-100/late.jsonl", "", "late.jsonl:1: no time, though other rows have one", 0, 0},
		{"jsonl-key-after-line-100/early.jsonl", "", "early.jsonl:1: no time, though other rows have one", 0, 0},
		{"list-in-a-cell/listcell.csv", "item=urls", "each of a list", 308, 2368},
		{"names-of-public-sets/polis.csv", "", "rater=voter-id, item=comment-id, value=vote", 2, 3},
		{"names-of-public-sets/retweets.csv", "", "item=retweet_id", 2, 2},
		{"null-raters/ratings.csv", "", `1051 rows whose rater is "nan"`, 310, 2439},
		{"numbers-in-json-are-alphabetical/ratings.jsonl",
			"rater=1,item=2,value=3", "columns of JSON lines have names and no numbers", 0, 0},
		{"numbers-taken-for-names/ratings.csv", "rater=1,item=2,value=3,time=4", "rater=column 1, item=column 2", 3, 4},
		{"one-typo-stretches-the-scale/ratings.csv",
			"", "the value is 500, apart from all others, which are within 1..5", 310, 3489},
		{"part-without-header/data", "", "has no header and is read as the file before it", 310, 3490},
		{"subfolder-left-out/data", "", "folders not read", 305, 1745},
		{"time-by-prefix/ratings.csv", "", "time=posted (dates and times, UTC); not read: times_rated", 2, 3},
		{"time-by-prefix/zone.csv", "", "time=time (dates and times, UTC); not read: timezone", 2, 3},
		{"value-and-time-not-seen/reviews.jsonl",
			"item=asin", "value=overall (scale 1..5), time=unixReviewTime", 310, 3490},
		{"yyyymmdd-number/ratings.csv", "", "time=date (YYYYMMDD, no time of day, UTC)", 310, 3490},
		{"zero-means-unrated/ratings.csv", "", "the value is 0 beside 1..5", 296, 1386},
		{"zip-of-movielens/ml.zip", "", "beside ratings with values: ", 310, 3490},
		{"zip-of-movielens/ml", "item=itemId", "value=rating (scale 4..5)", 2, 3},
	} {
		t.Run(c.path, func(t *testing.T) {
			columns, err := ParseColumns(c.columns)
			if err != nil {
				t.Fatal(err)
			}
			table, sum, err := Read(context.Background(), []string{filepath.Join(cases, c.path)},
				ReadOptions{Columns: columns})
			said, raters, rows := "", 0, 0
			if err != nil {
				said = err.Error()
			} else {
				said = sum.Reading.String() + "\n" + strings.Join(sum.Warnings, "\n")
				raters, rows = table.Raters.Len(), table.Len()
			}
			if !strings.Contains(said, c.want) || raters != c.raters || rows != c.rows {
				t.Errorf("%d raters, %d rows, want %d and %d; said:\n%s\nwant a part: %s",
					raters, rows, c.raters, c.rows, said, c.want)
			}
		})
	}
}

// TestActsAgain: that accounts share their links once more does not hide that
// they shared them together: of each, the act near to the others' is kept.
func TestActsAgain(t *testing.T) {
	for name, again := range map[string]int{"before": -86400, "after": 86400} {
		text := "user,url,time\n"
		at := 1700000000
		for link := range 12 {
			for bot := range 8 {
				text += line(bot, link, at+link*40000+bot) + line(bot, link, at+link*40000+again*(1+bot%3)+bot*4000)
			}
		}
		table, sum, err := read(text, ReadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for k := range table.Len() {
			sec := ToTime(table.Time[k]).Unix() - int64(at) - int64(table.Item[k])*40000
			if table.Items.Name(table.Item[k]) == "" || sec < 0 || sec > 8 {
				t.Fatalf("%s: of %s on %s the act at %d was kept", name, table.Raters.Name(table.Rater[k]),
					table.Items.Name(table.Item[k]), sec)
			}
		}
		if !strings.Contains(strings.Join(sum.Warnings, "\n"), "96 acts more of a rater on the same item") {
			t.Error(sum.Warnings)
		}
	}
}

func line(bot, link, at int) string {
	return "b" + string(rune('0'+bot)) + ",l" + string(rune('a'+link)) +
		"," + ToTime(int32(at-epochUnix)).Format("2006-01-02T15:04:05Z") + "\n"
}
