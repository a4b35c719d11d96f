package communitynotes

import (
	"fmt"
	"math"
)

// groups lets the models of groups decide.
func (j *joined) groups() error {
	if j.raters(multiGroup.groups) {
		_, m, err := j.run(multiGroup)
		if err != nil {
			return err
		}
		for k := range j.official {
			if status := m.says(k); status != "" && !(j.rejected[k] && raises(status)) {
				j.decide(k, status, m.Name)
			}
		}
	}
	for g := 1; g <= groupModels; g++ {
		m := notesModel{name: fmt.Sprintf("GroupModel%02d", g), groups: 1 << g, captured: 0.8, topic: anyTopic}
		if _, err := j.group(m, groupAbove, groupBelow); err != nil {
			return err
		}
	}
	m, err := j.group(notesModel{name: "GroupModel33", groups: 1 << 33, captured: 0.8, strict: true, topic: anyTopic},
		group33Above, math.Inf(1))
	if err != nil {
		return err
	}
	j.lower(m, "GroupModel33NMR")
	if j.raters(group18.groups) {
		j.c = group18Thresholds(j.c)
		_, m, err = j.run(group18)
		j.c = j.core.Core
		if err != nil {
			return err
		}
		j.lower(m, "GroupModel18NMR")
	}
	return j.group15()
}

// group15 takes back what the model of group 15, whose last step is Gaussian,
// does not confirm.
func (j *joined) group15() error {
	model := group15
	model.topics = j.topics
	if !j.raters(group15.groups) || !j.hasSay(model) {
		return nil
	}
	c := group15Thresholds(j.c)
	n, _, err := c.run(j.ctx, j.in, model) // of which the last fit is not used
	if err != nil {
		return err
	}
	m, err := j.runGaussian(n, model, c)
	j.lower(m, "GroupModel15NMR")
	return err
}

// group21 takes back what the Gaussian model of group 21 does not confirm. It has
// the core's raters: no group 21 is fitted by itself.
func (j *joined) group21() error {
	if !j.raters(group21.groups) {
		return nil
	}
	m, err := j.runGaussian(j.core, group21, group21Thresholds(j.core.Core))
	j.lower(m, "GroupModel21NMR")
	return err
}

// group18Thresholds returns the penalties and thresholds of group 18.
func group18Thresholds(c *Core) *Core {
	g := *c
	g.raterPenalty, g.GlobalPenalty, g.HelpfulAt, g.LeaveOutAt = 0.03, 0, 0.2, 0.18
	return &g
}

// group15Thresholds returns the penalties and thresholds of group 15.
func group15Thresholds(c *Core) *Core {
	g := *c
	g.InterceptPenalty, g.raterPenalty, g.GlobalPenalty, g.HelpfulAt = 0.09, 0.03, 0, 0.25
	g.MinMinority, g.MinBalance, g.Bounds = 0, 0, false
	return &g
}

// group21Thresholds returns the thresholds of group 21.
func group21Thresholds(c *Core) *Core {
	g := *c
	g.HelpfulAt, g.MinMinority, g.MinBalance, g.Bounds = 0.6, 0, 0, false
	return &g
}

// group lets a group's model raise items whose intercept is between two.
func (j *joined) group(model notesModel, above, below float64) (*Model, error) {
	if !j.raters(model.groups) {
		return nil, nil
	}
	_, m, err := j.run(model)
	if err != nil {
		return nil, err
	}
	for k, now := range j.official {
		status, x := m.says(k), float64(j.nearly[k])
		if raises(status) && !j.rejected[k] && (now == needsMore || now == needsYourHelp && status == ratedHelpful) &&
			x > above && x < below {
			j.decide(k, status, m.Name)
		}
	}
	return m, nil
}

// lower takes back what a group's model does not confirm.
func (j *joined) lower(m *Model, by string) {
	if m == nil {
		return
	}
	for k, now := range j.official {
		if status := m.says(k); raises(now) && status != "" && !raises(status) {
			j.decide(k, needsMore, by)
		}
	}
}
