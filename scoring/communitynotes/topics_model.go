package communitynotes

import (
	"cmp"
	"fmt"

	"github.com/ringwatch/ringwatch/scoring/internal/fit"
)

// topicModel fits a topic's notes by all who rate them, once, and tells of
// which items enough raters of both sides say something.
func (j *joined) topicModel(topic int8) (*Model, []bool, error) {
	c := *j.c
	if topic == topicDimension {
		c.raterPenalty, c.GlobalPenalty = topicDimensionPenalty, 1e6 // no global intercept
	}
	n := &notesRun{Core: &c, ctx: j.ctx, in: j.in, t: j.in.Ratings,
		notesModel: notesModel{name: fmt.Sprintf("TopicModel%02d", topic), groups: everybody,
			topics: j.topics, topic: topic}}
	n.findCreated()
	n.findScope()
	first, err := n.fitFirst()
	if err != nil {
		return nil, nil, err
	}
	n.raters, n.second, n.mu = first.Raters, n.first, first.Mu
	n.perItem = n.second.Total() / float64(max(1, n.second.Items.Used()))
	last, err := n.finalRatings(func(int) bool { return true })
	if err != nil {
		return nil, nil, err
	}
	items := n.fitItems(last, n.mu, n.perItem)
	side := topicSide
	if topic == topicDimension {
		side = 1
		n.gaussian = newGaussian()
		n.gaussian.helpful.width = 0.05
		if items, err = n.scoreItems(last); err != nil {
			return nil, nil, err
		}
	}
	confident := make([]bool, len(items))
	for k := range items {
		s := camps(last.Items.Of(int32(k)), n.raters)
		confident[k] = min(s[0].ratings, s[1].ratings) >= side
	}
	m := &Model{Name: n.name, Rated: n.ratings, Ratings: last.Items.Counts(), Rules: make([]Rules, len(items))}
	m.ItemIntercept, m.ItemFactor = fit.Columns(items, &last.Items)
	for k := range items {
		if last.Items.Count(int32(k)) > 0 {
			m.Rules[k] = n.general(int32(k), items[k])
		}
	}
	m.RaterIntercept, m.RaterFactor = fit.Columns(n.raters, &n.second.Raters)
	return m, confident, cmp.Or(last.GiveBack(), n.second.GiveBack())
}
