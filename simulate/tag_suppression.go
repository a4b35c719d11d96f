package simulate

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/ringwatch/ringwatch/rating"
)

// TagSuppression is a brigade that lets reasons do what its votes are too few
// for: rules that count reasons take targets down.
type TagSuppression struct {
	Crew
	Reasons       string        `doc:"incorrect, sources (what the diligence model counts), both or none; data without reasons gets votes alone" among:"incorrect sources both none"`
	Participation float64       `doc:"share of the targets on its own side that a member rates; of all, where nobody knows sides" within:"0..1"`
	Spread        time.Duration `doc:"mean time from the brigade's turning to a target to a member's rating" within:"0.."`
	Filler        float64       `doc:"honest-looking ratings of a member per target" within:"0..1000"`
}

// NewTagSuppression returns a TagSuppression by 10 accounts, half of them in each
// camp, of 20 items in the best third, for both reasons, with .90, 6 hours and 3
// ratings per target.
func NewTagSuppression() *TagSuppression {
	a := &TagSuppression{Crew: newCrew(), Reasons: "both", Participation: .90, Spread: 6 * time.Hour, Filler: 3}
	a.Accounts, a.Goal, a.Merit, a.bothSides = 10, Bury, -.5, true
	return a
}

func (a *TagSuppression) Name() string { return "tag-suppression" }

func (a *TagSuppression) Doc() Doc {
	return Doc{
		Summary:   "few accounts call good items incorrect or badly sourced, each in its own camp",
		Goal:      "have items taken down by the rules that count reasons, with fewer accounts than votes would need",
		Source:    "incorrect and low diligence filters of the Community Notes scorer (rules 8 to 10)",
		Detection: "the same reasons from the same few accounts; reasons that other raters of the item do not give",
	}
}

// The reasons that rules count, as bits of rating.Table.Tags.
const (
	tagIncorrect  = 1 << (rating.TagNotHelpful + 1)
	tagSources    = 1 << (rating.TagNotHelpful + 2)
	tagIrrelevant = 1 << (rating.TagNotHelpful + 10)
)

var reasonTags = map[string]uint32{
	"incorrect": tagIncorrect, "sources": tagSources | tagIrrelevant,
	"both": tagIncorrect | tagSources | tagIrrelevant, "none": 0,
}

func (a *TagSuppression) Inject(rng *rand.Rand, w *World) error {
	tags, ok := reasonTags[a.Reasons]
	if !ok {
		return fmt.Errorf("tag-suppression: reasons is %q, but it must be incorrect, sources, both or none", a.Reasons)
	}
	return a.muster(a, rng, w, func(b *brigade) {
		members := b.enlistBoth(.5)
		for _, t := range b.targets {
			for _, m := range members {
				if b.Side != nil && m.camp*float64(b.Side[t.item]) < 0 {
					continue
				}
				before := b.Ratings.Len()
				b.charge([]member{m}, t, a.Participation, a.Spread)
				if b.Ratings.Tags == nil {
					continue
				}
				for k := before; k < b.Ratings.Len(); k++ {
					if b.Ratings.Value[k] == t.value {
						b.Ratings.Tags[k] = tags
					}
				}
			}
		}
		b.blend(members, a.Filler)
	})
}
