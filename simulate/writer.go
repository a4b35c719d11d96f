package simulate

import (
	"math/rand/v2"
	"time"
)

// Writer is a ring around few accounts that write items: the others are there at
// once, each time. Items are there before any attack; where authors are known,
// the targets count as written by these accounts, in the clean world as well.
type Writer struct {
	Crew
	Writers       int           `doc:"accounts that write the targets, each in its turn; 1 at least, the others are its fans" within:"1..10000000"`
	Participation float64       `doc:"share of the others' targets that a member rates" within:"0..1"`
	Spread        time.Duration `doc:"mean time from a target's birth, or the brigade's turning to it, to a member's rating" within:"0.."`
	Filler        float64       `doc:"honest-looking ratings of a member per target" within:"0..1000"`
}

// NewWriter returns a Writer of 10 accounts, one of whom writes the targets,
// with .80, 3 minutes and 1 rating per target.
func NewWriter() *Writer {
	a := &Writer{Crew: newCrew(), Writers: 1, Participation: .80, Spread: 3 * time.Minute, Filler: 1}
	a.Accounts, a.Goal, a.Delay, a.prompt = 10, Push, 0, true
	return a
}

func (a *Writer) Name() string { return "writer" }

func (a *Writer) Doc() Doc {
	return Doc{
		Summary: "accounts rate whatever one of them writes, within minutes of its birth",
		Goal:    "lift one writer's items before anybody else sees them",
		Source: "writer and rater pairs in the post selection similarity of the Community Notes scorer; " +
			"ballot stuffing: Dellarocas, EC 2000",
		Detection: "whose items an account rates first, and how soon: the same writer's, each time",
	}
}

func (a *Writer) Inject(rng *rand.Rand, w *World) error {
	return a.muster(a, rng, w, func(b *brigade) {
		members := b.enlist()
		writers := members[:min(a.Writers, len(members))]
		for j, t := range b.targets {
			author := writers[j%len(writers)]
			b.write(t.item, author.rater)
			for _, m := range members {
				if m.rater != author.rater {
					b.charge([]member{m}, t, a.Participation, a.Spread)
				}
			}
		}
		b.blend(members, a.Filler)
	})
}
