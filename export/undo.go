package export

import (
	"cmp"
	"errors"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/ringwatch/ringwatch/output"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/reports"
)

type vote struct {
	Rater string  `json:"rater"`
	Item  string  `json:"item"`
	Value float64 `json:"value"`
	Time  string  `json:"time,omitempty"`
	Ring  string  `json:"ring"`
}

// undo lists the votes of members on the targets of their ring, or all votes of
// members, each once, in the order of time.
func undo(s *Set) (*Files, error) {
	t := s.Ratings
	if t == nil {
		return nil, errors.New("the case holds no ratings, so there are no votes to list; run detect --out anew")
	}
	ringOf := map[int32]string{} // by row: the strongest that it belongs to
	var rows []int32
	for _, r := range s.Rings {
		targets := map[int32]bool{}
		for _, id := range r.Targets {
			if i, ok := t.Items.Find(id); ok {
				targets[i] = true
			}
		}
		for _, id := range r.Raters {
			u, ok := t.Raters.Find(id)
			if !ok {
				continue
			}
			for _, k := range t.ByRater().Rows(u) {
				if _, listed := ringOf[k]; !listed && (s.AllVotes || targets[t.Item[k]]) {
					ringOf[k] = r.ID
					rows = append(rows, k)
				}
			}
		}
	}
	slices.SortFunc(rows, func(a, b int32) int {
		byTime := 0
		if t.HasTimes() {
			byTime = cmp.Compare(t.Time[a], t.Time[b])
		}
		return cmp.Or(byTime, cmp.Compare(t.Rater[a], t.Rater[b]), cmp.Compare(t.Item[a], t.Item[b]), cmp.Compare(a, b))
	})
	var votes []vote
	for _, k := range rows {
		v := vote{Rater: t.Raters.Name(t.Rater[k]), Item: t.Items.Name(t.Item[k]), Value: t.Scale.AsRead(t.Value[k]),
			Ring: ringOf[k]}
		if t.HasTimes() {
			v.Time = rating.ToTime(t.Time[k]).Format(time.RFC3339)
		}
		votes = append(votes, v)
	}
	var cells [][]string
	for _, v := range votes {
		cells = append(cells, []string{reports.Shown(v.Rater), reports.Shown(v.Item),
			strconv.FormatFloat(v.Value, 'g', -1, 64), v.Time, v.Ring})
	}
	return &Files{
		Parts: output.Parts{"votes.jsonl": lines(votes), "votes.csv": func(w io.Writer) error {
			return reports.Table(w, []string{"rater", "item", "value", "time", "ring"}, cells)
		}},
		Counts: []Count{{"votes.jsonl", len(votes), "vote"}, {"votes.csv", len(votes), "vote"}},
		HowToUse: "votes.jsonl has identifiers as they are, for a program that takes votes back; " +
			"votes.csv is for people.",
	}, nil
}
