package live

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ringwatch/ringwatch/rating"
)

// An Alert says that raters act together. It is never withdrawn, and each is in the
// list once.
type Alert struct {
	ID       string    `json:"id"`
	Crossed  time.Time `json:"crossed"` // the time of the rating with which it did
	Since    time.Time `json:"since"`   // of the first that is evidence
	Raters   []string  `json:"raters"`
	Grows    string    `json:"grows,omitempty"` // the alert that most of those are in who were told of before
	Evidence Evidence  `json:"evidence"`
	Items    []Touched `json:"items"` // what they took together, those with most of them first, at most 50
	ItemsAll int       `json:"items_in_all"`
	Ratings  int       `json:"ratings"` // of theirs on those
	Says     string    `json:"says"`
	Case     string    `json:"case,omitempty"` // its page, or that of the item that most of them took, see AlertOptions
}

// Evidence is what the two e-processes of an alert had when they crossed: natural
// logarithms of what a bet of 1 would have won against raters who act alone, and of what it had
// to, for the chance that any alert of an epoch of 30 days is false, ever, to be at most Alpha.
type Evidence struct {
	Choice    float64 `json:"choice_nats"`
	ChoiceBar float64 `json:"choice_bar"`
	Votes     float64 `json:"votes_nats"`
	VotesBar  float64 `json:"votes_bar"`
	Alpha     float64 `json:"alpha"`
}

// A Touched is an item that raters of an alert took, as it stood then.
type Touched struct {
	Item    string   `json:"item"`
	Raters  int      `json:"raters"` // of the alert
	Ratings int      `json:"ratings"`
	Mean    float64  `json:"mean"`
	Without *float64 `json:"mean_without"` // those raters; null where nobody else rated it
}

const mostTouched = 50

// alert describes what was found.
func (a *Alerts) alert(f *finding) Alert {
	e := a.engine
	x := Alert{Crossed: rating.ToTime(e.time[f.to]), Since: rating.ToTime(e.time[f.from]),
		Evidence: Evidence{round(f.choice), round(f.barChoice), round(f.votes), round(f.barVotes), e.alpha}}
	in := map[int32]bool{}
	for _, u := range f.group {
		in[u] = true
		x.Raters = append(x.Raters, a.names[0].names[u])
	}
	slices.Sort(x.Raters)
	of := map[int32]int{}
	for _, k := range e.of(f.group) {
		if k >= f.from {
			of[e.item[k]]++
		}
	}
	for i, n := range of {
		if n < max(3, len(f.group)/5) {
			continue
		}
		t := Touched{Item: a.names[1].names[i], Raters: n, Ratings: len(e.ofItem[i])}
		sum, others, rest := 0., 0., 0
		for _, k := range e.ofItem[i] {
			v := e.levels[e.level[k]]
			sum += v
			if !in[e.rater[k]] {
				others += v
				rest++
			}
		}
		t.Mean = round(sum / float64(t.Ratings))
		if rest > 0 {
			mean := round(others / float64(rest))
			t.Without = &mean
		}
		x.Items = append(x.Items, t)
		x.Ratings += n
	}
	slices.SortFunc(x.Items, func(s, t Touched) int {
		return cmp.Or(cmp.Compare(t.Raters, s.Raters), cmp.Compare(s.Item,
			t.Item))
	})
	x.ItemsAll = len(x.Items)
	x.Items = x.Items[:min(len(x.Items), mostTouched)]
	if f.grows > 0 {
		x.Grows = a.list[f.grows-1].ID
	}
	sum := sha256.Sum256([]byte(strings.Join(x.Raters, "\x00") + x.Crossed.Format(time.RFC3339)))
	x.ID = "rw-" + hex.EncodeToString(sum[:6])
	if serve := strings.TrimRight(a.options.Case, "/"); serve != "" && a.options.Pages {
		x.Case = serve + "/alerts/" + x.ID
	} else if serve != "" && len(x.Items) > 0 {
		x.Case = serve + "/items/" + url.PathEscape(x.Items[0].Item)
	}
	x.Says = fmt.Sprintf("%d raters chose %d items together and voted alike, beyond what raters who act alone do; the "+
		"chance of any such alert in 30 days, where all act alone, is at most %g. That is coordination; "+
		"of why, it says nothing.",
		len(x.Raters), x.ItemsAll, e.alpha)
	return x
}

func round(x float64) float64 { return math.Round(x*1000) / 1000 }
