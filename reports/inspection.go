package reports

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/reports/internal/page"
)

// An Inspection is a first look at ratings: what was read as what, and what can
// be said of them before anything is searched.
type Inspection struct {
	Ratings  int             `json:"ratings"`
	Raters   int             `json:"raters"`
	Items    int             `json:"items"`
	First    string          `json:"first,omitempty"` // RFC 3339
	Last     string          `json:"last,omitempty"`
	Reading  *rating.Reading `json:"reading"`
	Values   []ValueCount    `json:"values,omitempty"` // at most 25, or tenths of the scale where there are more
	OneItem  float64         `json:"raters_of_one_item"`
	OneRater float64         `json:"items_of_one_rater"`
	Median   int             `json:"median_ratings_of_a_rater"`
	CanSay   []string        `json:"can_say"`
	Cannot   []string        `json:"cannot_say"`
	Odd      []string        `json:"odd_identifiers"`
	Warnings []string        `json:"warnings"`
}

// A ValueCount is how many ratings have a value, or a value up to it.
type ValueCount struct {
	Value   float64 `json:"value"`
	Ratings int     `json:"ratings"`
}

// Inspect looks at ratings once, in time linear in their number.
func Inspect(t *rating.Table, run Provenance) *Inspection {
	run = clean(run)
	x := &Inspection{Ratings: t.Len(), Raters: t.Raters.Len(), Items: t.Items.Len(), Reading: run.Reading,
		Warnings: run.Warnings,
		CanSay:   []string{}, Cannot: []string{}}
	if first, last, ok := t.Span(); ok {
		x.First, x.Last = rating.ToTime(first).Format(time.RFC3339), rating.ToTime(last).Format(time.RFC3339)
	}
	if !t.Scale.Unary() {
		x.Values = countValues(t)
	}
	perRater, perItem := make([]int, x.Raters), make([]int, x.Items)
	for k := range t.Rater {
		perRater[t.Rater[k]]++
		perItem[t.Item[k]]++
	}
	x.OneItem, x.OneRater = shareOfOnes(perRater), shareOfOnes(perItem)
	slices.Sort(perRater)
	if len(perRater) > 0 {
		x.Median = perRater[len(perRater)/2]
	}
	x.Odd = append(oddNames("rater", t.Raters), oddNames("item", t.Items)...)
	x.judge(t, perRater)
	return x
}

func shareOfOnes(count []int) float64 {
	ones := 0
	for _, n := range count {
		if n == 1 {
			ones++
		}
	}
	return float64(ones) / float64(max(1, len(count)))
}

func countValues(t *rating.Table) (counts []ValueCount) {
	const most = 25
	count := map[float32]int{}
	for _, v := range t.Value {
		if count[v]++; len(count) > most {
			break
		}
	}
	if len(count) > most { // tenths
		var tenths [10]int
		for _, v := range t.Value {
			tenths[min(9, int(10*v))]++
		}
		for i, n := range tenths {
			counts = append(counts, ValueCount{t.Scale.Of(float32(i+1) / 10), n})
		}
		return counts
	}
	for v, n := range count {
		counts = append(counts, ValueCount{t.Scale.AsRead(v), n})
	}
	slices.SortFunc(counts, func(a, b ValueCount) int {
		if a.Value < b.Value {
			return -1
		}
		return 1
	})
	return counts
}

// oddNames tells identifiers that may be one though they are written in two ways.
func oddNames(side string, names *rating.Names) []string {
	odd := []string{}
	lower, zeros := map[string]int32{}, map[string]bool{}
	cases, numbers := 0, 0
	example := ""
	for k := range int32(names.Len()) {
		name := names.Name(k)
		s := strings.ToLower(name)
		if other, twice := lower[s]; twice {
			if cases++; cases == 1 {
				example = page.Shown(names.Name(other)) + " and " + page.Shown(name)
			}
		}
		lower[s] = k
		if s := strings.TrimLeft(name, "0"); s != "" && strings.Trim(s, "0123456789") == "" {
			if zeros[s] {
				numbers++
			}
			zeros[s] = true
		}
	}
	if cases > 0 {
		more := ""
		if side == "item" {
			more = ", as " + example
		}
		odd = append(odd, fmt.Sprintf("%s differ from another in capital letters alone%s",
			page.Many(cases, side), more))
	}
	if numbers > 0 {
		odd = append(odd, fmt.Sprintf("%s differ from another in leading zeros alone", page.Many(numbers, side)))
	}
	return odd
}

// judge says what detectors will be able to say.
func (x *Inspection) judge(t *rating.Table, perRater []int) {
	can := func(format string, args ...any) { x.CanSay = append(x.CanSay, fmt.Sprintf(format, args...)) }
	cannot := func(format string, args ...any) { x.Cannot = append(x.Cannot, fmt.Sprintf(format, args...)) }
	active := 0
	for _, n := range perRater {
		if n >= 2 {
			active++
		}
	}
	can("who chose the same items more often than chance has it: %s with two ratings or more can be in a ring",
		page.Many(active, "rater"))
	if t.Scale.Unary() {
		cannot("what rings do to scores, or who agrees against all others: there are no values")
	} else {
		can("who agrees against all others, and what rings do to scores")
	}
	switch {
	case !t.HasTimes():
		cannot("who acts at the same time: there are no times")
	case x.Reading != nil && strings.Contains(x.Reading.TimeAs, "no time of day"):
		can("who acts on the same days")
		cannot("who acts within a minute of each other: times have no time of day")
	default:
		can("who acts at the same time")
	}
	if t.Notes == nil {
		cannot("who goes by the author, or whose authors rate each other: the data does not say who wrote the items")
	}
	if x.Ratings < 1000 {
		cannot("much: with only %s, none but blatant rings stand out", page.Many(x.Ratings, "rating"))
	}
}

// Text writes an inspection for a terminal.
func (x *Inspection) Text(w io.Writer, title string, run Provenance, o TextOptions) error {
	p := &printer{o: o, text: true}
	p.title(1, "A look at "+Shown(title))
	s := fmt.Sprintf("%s of %s by %s", page.Many(x.Ratings, "rating"), page.Many(x.Items, "item"),
		page.Many(x.Raters, "rater"))
	if x.First != "" {
		s += ", " + x.First + " to " + x.Last
	}
	p.para(s + ".")
	p.para(Columns(run, false))
	p.para(fmt.Sprintf("A rater gave %s in the median; %s of raters rated one item only, "+
		"%s of items have one rater only.",
		page.Many(x.Median, "rating"), percent(x.OneItem), percent(x.OneRater)))
	if len(x.Values) > 0 {
		var rows [][]string
		most := 0
		for _, v := range x.Values {
			most = max(most, v.Ratings)
		}
		head := "\tvalue"
		if len(x.Values) == 10 && x.Ratings > 0 && x.Values[9].Value == x.Values[0].Value*10 {
			head = "\tup to"
		}
		for _, v := range x.Values {
			rows = append(rows, []string{page.Short(v.Value), page.Count(v.Ratings),
				percent(float64(v.Ratings) / float64(x.Ratings)), strings.Repeat("#", v.Ratings*30/max(1, most))})
		}
		p.table([]string{head, "\tratings", "\tshare", ""}, rows)
	}
	for _, part := range []struct {
		title string
		list  []string
	}{{"Detectors can tell", x.CanSay}, {"They cannot tell", x.Cannot}, {"Identifiers to look at", x.Odd}, {"Warnings",
		x.Warnings}} {
		if len(part.list) > 0 {
			p.title(2, part.title)
			p.list(part.list)
		}
	}
	return p.flush(w)
}
