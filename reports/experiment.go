package reports

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/detect/campaigns"
	"github.com/ringwatch/ringwatch/reports/internal/page"
	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/simulate"
)

// An experimentDoc is what was injected, what was found of it, and what that
// did to the scores of the targets.
type experimentDoc struct {
	Scenario string             `json:"scenario"`
	Doc      string             `json:"doc,omitempty"`
	Honest   int                `json:"honest_raters"`
	Flagged  int                `json:"honest_raters_in_rings"`
	Kinds    []honestKind       `json:"honest_kinds"` // those there are; empty if the world has none
	Brigades []brigade          `json:"brigades"`
	Targets  []target           `json:"targets"`
	Defence  string             `json:"defence,omitempty"`
	Others   int                `json:"other_items_with_campaign,omitempty"` // that no brigade is after
	Measures map[string]float64 `json:"measures"`
}

// An honestKind is one kind of honest rater, such as an alert group's.
type honestKind struct {
	Kind    string `json:"kind"`
	Size    int    `json:"raters"`
	Flagged int    `json:"raters_in_rings"`
}

type brigade struct {
	Number    int    `json:"brigade"`
	Attack    string `json:"attack,omitempty"`
	Size      int    `json:"raters"`
	Found     int    `json:"raters_in_rings"`
	Targets   int    `json:"targets,omitempty"`
	Campaigns int    `json:"targets_with_campaign,omitempty"`
	Outcries  int    `json:"targets_with_outcry,omitempty"`
}

// target is one item that a brigade promoted or buried.
type target struct {
	Item           string   `json:"item"`
	Goal           string   `json:"goal"`
	Clean          *float32 `json:"clean"`
	Attacked       *float32 `json:"attacked"`
	Defended       *float32 `json:"defended"`
	StatusClean    string   `json:"status_clean"`
	StatusAttacked string   `json:"status_attacked"`
	StatusDefended string   `json:"status_defended"`
}

// ringTruth says who the members of a ring were.
type ringTruth struct {
	Brigade int `json:"brigade"` // the one most members are of; 0 if none
	Members int `json:"members_of_brigade"`
	Size    int `json:"brigade_size"`
	Honest  int `json:"honest"`
}

func truthOf(w *simulate.World, r *detect.Ring) *ringTruth {
	in, sizes, t := map[int32]int{}, map[int32]int{}, ringTruth{}
	for _, u := range r.Raters {
		in[w.Brigade[u]]++
	}
	t.Honest = in[0]
	for _, k := range w.Brigade {
		sizes[k]++
	}
	for _, k := range slices.Sorted(maps.Keys(in)) {
		if k != 0 && in[k] > t.Members {
			t.Brigade, t.Members, t.Size = int(k), in[k], sizes[k]
		}
	}
	return &t
}

func (d *Document) addExperiment(c *Case) {
	x, w := c.Experiment, c.Experiment.World
	e := &experimentDoc{Kinds: []honestKind{}, Brigades: []brigade{}, Targets: []target{},
		Measures: defined(x.Outcome.Measures)}
	if x.Scenario != nil {
		e.Scenario, e.Doc = page.Shown(x.Scenario.Name), page.Shown(x.Scenario.Doc)
		e.Defence = x.Scenario.Defence.Effect
	}
	e.count(w, c.Findings)
	e.countItems(w, c.Findings.Campaigns)
	for i, goal := range w.Goal {
		if goal == 0 {
			continue
		}
		tg := target{Item: item(c.Ratings, int32(i)), Goal: "promote"}
		if goal < 0 {
			tg.Goal = "bury"
		}
		tg.Clean, tg.StatusClean = result(x.Clean, i)
		tg.Attacked, tg.StatusAttacked = result(x.Attacked, i)
		tg.Defended, tg.StatusDefended = result(x.Defended, i)
		e.Targets = append(e.Targets, tg)
	}
	slices.SortStableFunc(e.Targets, func(a, b target) int {
		return cmp.Or(order(b.flipped(), a.flipped()), cmp.Compare(b.shift(), a.shift()))
	})
	d.Experiment = e
}

// count counts who was caught, by brigade and by kind of honest rater.
func (e *experimentDoc) count(w *simulate.World, f *detect.Findings) {
	found := make([]bool, len(w.Brigade))
	for i := range f.Rings {
		for _, u := range f.Rings[i].Raters {
			found[u] = true
		}
	}
	kinds := map[simulate.Kind]*honestKind{}
	for u, k := range w.Brigade {
		for int(k) > len(e.Brigades) {
			e.Brigades = append(e.Brigades, brigade{Number: len(e.Brigades) + 1})
		}
		hit := 0
		if found[u] {
			hit = 1
		}
		if k > 0 {
			e.Brigades[k-1].Size++
			e.Brigades[k-1].Found += hit
			continue
		}
		e.Honest++
		e.Flagged += hit
		if w.Kind == nil {
			continue
		}
		if kinds[w.Kind[u]] == nil {
			kinds[w.Kind[u]] = &honestKind{Kind: w.Kind[u].String()}
		}
		kinds[w.Kind[u]].Size++
		kinds[w.Kind[u]].Flagged += hit
	}
	for _, k := range slices.Sorted(maps.Keys(kinds)) {
		e.Kinds = append(e.Kinds, *kinds[k])
	}
}

// countItems counts whose targets have a campaign or an outcry.
func (e *experimentDoc) countItems(w *simulate.World, f *campaigns.Findings) {
	if f == nil || f.NotRun != "" {
		return
	}
	verdict := map[int32]campaigns.Verdict{}
	for k := range f.Campaigns {
		x := &f.Campaigns[k]
		if x.Verdict == campaigns.Campaigned || x.Verdict == campaigns.Outcry && verdict[x.Item] == "" {
			verdict[x.Item] = x.Verdict
		}
	}
	for i, v := range verdict {
		if v == campaigns.Campaigned && w.Goal[i] == 0 {
			e.Others++
		}
	}
	for k, p := range w.Plans[:min(len(w.Plans), len(e.Brigades))] {
		b := &e.Brigades[k]
		b.Attack, b.Targets = p.Attack, len(p.Targets)
		for _, i := range p.Targets {
			switch verdict[i] {
			case campaigns.Campaigned:
				b.Campaigns++
			case campaigns.Outcry:
				b.Outcries++
			}
		}
	}
}

func (t target) flipped() bool { return t.StatusAttacked != t.StatusClean }

// shift is how far the attack moved a target's score.
func (t target) shift() float64 {
	if t.Clean == nil || t.Attacked == nil {
		return 0
	}
	return math.Abs(float64(*t.Attacked - *t.Clean))
}

func result(r *scoring.Result, i int) (*float32, string) {
	if r == nil || i >= len(r.Item) {
		return nil, ""
	}
	if r.Status == nil {
		return score(r.Item[i]), ""
	}
	return score(r.Item[i]), r.Status[i].String()
}

// defined drops what JSON cannot hold.
func defined(measures map[string]float64) map[string]float64 {
	m := map[string]float64{}
	for k, v := range measures {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			m[k] = v
		}
	}
	return m
}

// undone counts the targets whose status the attack changed, and those of them
// that the defence brought back.
func (e *experimentDoc) undone() (changed, back int) {
	for _, t := range e.Targets {
		if t.flipped() {
			changed++
			if t.StatusDefended == t.StatusClean {
				back++
			}
		}
	}
	return changed, back
}

// apart is the mean distance of the targets' scores from the clean ones.
func (e *experimentDoc) apart() (attacked, defended float64, ok bool) {
	n := 0.0
	for _, t := range e.Targets {
		if t.Clean != nil && t.Attacked != nil && t.Defended != nil {
			attacked += math.Abs(float64(*t.Attacked - *t.Clean))
			defended += math.Abs(float64(*t.Defended - *t.Clean))
			n++
		}
	}
	return attacked / n, defended / n, n > 0
}
