package evaluate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// Options say how to judge.
type Options struct {
	Threshold *float64  // accounts with a score of it or more are found; nil: as the file says, if it does
	Budgets   []int     // how many accounts are reviewed, from the highest score down; nil: 20, 100 and as many as are positive
	Overlaps  []float64 // Jaccard overlaps from which two rings are the same, in (0, 1]; nil: .25, .5 and .75
	Among     []string  // all accounts that could be found; nil: those that the two files name
	Draws     int       // of the bootstrap
	Seed      uint64
}

// DefaultDraws leave the ends of an interval to 25 draws on each side.
const DefaultDraws = 1000

// A Number is a float64 that is null in JSON where it is not defined.
type Number float64

// MarshalJSON writes null for what is not a number.
func (n Number) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(n)) || math.IsInf(float64(n), 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

// An Estimate is a measure with an interval that holds 95 of 100 draws.
type Estimate struct {
	Name  string `json:"name"`
	Doc   string `json:"doc"`
	Value Number `json:"value"`
	Low   Number `json:"low"`
	High  Number `json:"high"`
	Why   string `json:"why,omitempty"` // it is not defined
}

// A Budget is what reviewing the first accounts brings. Where the last of them
// share a score with others, Hits is the mean over their orders.
type Budget struct {
	Reviewed  int    `json:"reviewed"`
	Hits      Number `json:"hits"`
	Fewest    int    `json:"fewest"` // hits in the worst order of equal scores
	Most      int    `json:"most"`
	Precision Number `json:"precision"`
	Recall    Number `json:"recall"`
	Tied      int    `json:"tied"` // accounts that share the score at which the budget ends, 0 where it ends between two scores
}

// A Kind is what honest accounts of one kind suffer.
type Kind struct {
	Kind     string   `json:"kind"`
	Honest   int      `json:"honest"`
	Found    *int     `json:"found"` // nil where nothing was decided
	Share    Number   `json:"share"` // of the honest of this kind that is found
	Low      Number   `json:"low"`   // 95 of 100, Wilson's
	High     Number   `json:"high"`
	Reviewed []Number `json:"reviewed"` // per budget, how many of them are among the reviewed
}

// A RingLevel is how many rings are the same at an overlap.
type RingLevel struct {
	Overlap       float64 `json:"overlap"`
	Right         int     `json:"right"` // found rings that are a true one
	Precision     Number  `json:"precision"`
	PrecisionLow  Number  `json:"precision_low"`
	PrecisionHigh Number  `json:"precision_high"`
	Met           int     `json:"met"` // true rings that are a found one
	Recall        Number  `json:"recall"`
	RecallLow     Number  `json:"recall_low"`
	RecallHigh    Number  `json:"recall_high"`
}

// Rings hold found rings against true ones, or against labels alone.
type Rings struct {
	Found  int         `json:"found"`
	True   int         `json:"true"`
	False  int         `json:"false"`            // found rings of which less than half is positive
	Levels []RingLevel `json:"levels,omitempty"` // none without true rings
	F1     Number      `json:"f1"`
	Purity Estimate    `json:"purity"`
}

// A Report is the judgement.
type Report struct {
	Found     Reading    `json:"found"`
	Truth     Reading    `json:"truth"`
	Accounts  int        `json:"accounts"` // that are judged: of whom the truth says what they are
	Positive  int        `json:"positive"`
	Honest    int        `json:"honest"`
	Flagged   *int       `json:"flagged"` // of those judged; nil where nothing was decided
	Hits      *int       `json:"hits"`
	Ranking   string     `json:"ranking"` // what accounts are ordered by
	Levels    int        `json:"levels"`  // of different rank
	Measures  []Estimate `json:"measures"`
	Intervals string     `json:"intervals"` // how they were come by
	Budgets   []Budget   `json:"budgets"`
	Rings     *Rings     `json:"rings,omitempty"`
	Kinds     []Kind     `json:"kinds,omitempty"`
	Told      []string   `json:"told"` // what was set aside, missing or tied
}

// Evaluate judges what was found by the truth. It costs a sort and Draws passes
// over the accounts.
//
// Judged are accounts of which the truth knows what they are: where it labels
// accounts or lists some as in no group, those; where it is only a list, all others
// that are named anywhere are honest. One that was not found and has no score is
// below all that have one.
//
// Blind spot: precision hangs on the share of positives in the truth, and whatever
// the truth does not know of is counted as it says.
func Evaluate(ctx context.Context, found, truth *Claims, o Options) (*Report, error) {
	e := &evaluation{found: found, truth: truth, o: o, r: &Report{Found: found.Reading, Truth: truth.Reading}}
	if err := e.judged(); err != nil {
		return nil, err
	}
	e.decide()
	e.rank()
	if err := e.measure(ctx); err != nil {
		return nil, err
	}
	e.budgets()
	e.rings()
	e.kinds()
	return e.r, nil
}

type evaluation struct {
	found, truth *Claims
	o            Options
	r            *Report

	ids      []string // judged accounts, ascending
	number   map[string]int32
	positive []bool
	kind     []string  // nil without
	flagged  []bool    // nil where nothing was decided
	score    []float64 // NaN: below all
	order    []int32
	ends     []int
	closed   bool      // who was not found is known too
	groups   [][]int32 // true ones
}

func (e *evaluation) tell(format string, args ...any) {
	e.r.Told = append(e.r.Told, fmt.Sprintf(format, args...))
}

// judged works out whom the truth knows.
func (e *evaluation) judged() error {
	is := make(map[string]bool) // positive
	for u, id := range e.truth.IDs {
		if l := e.truth.Label[u]; l != Unknown {
			is[id] = l == Yes
		}
	}
	if !slices.Contains(e.truth.Label, Yes) {
		return fmt.Errorf("%s: names nobody as positive, so that there is nothing to find; it was read as %s", e.truth.Reading.File, e.truth.Reading.Form)
	}
	open := !slices.Contains(e.truth.Label, No) // a list: the others are honest
	among := make(map[string]bool, len(e.o.Among))
	for _, id := range e.o.Among {
		among[id] = true
		if _, known := is[id]; !known && open {
			is[id] = false
		}
	}
	var outside, missing, both []string
	for _, id := range e.found.IDs {
		_, known := is[id]
		switch {
		case known:
			both = append(both, id)
		case e.o.Among != nil && !among[id]:
			missing = append(missing, id)
		case open:
			is[id] = false
			outside = append(outside, id)
		default:
			missing = append(missing, id)
		}
	}
	if e.o.Among != nil {
		var beyond []string
		for id := range is {
			if !among[id] {
				beyond = append(beyond, id)
				delete(is, id)
			}
		}
		if len(beyond) > 0 {
			e.tell("%s of the truth %s not among all accounts (%s) and not judged", many(len(beyond), "account"), isAre(len(beyond)), few(beyond))
		}
	}
	if len(both) == 0 && len(e.found.IDs) > 0 {
		return fmt.Errorf("%s and %s have no account in common: one has %s, the other %s; do they name accounts in the same way?",
			e.found.Reading.File, e.truth.Reading.File, few(e.found.IDs), few(e.truth.IDs))
	}
	e.ids = slices.Sorted(maps.Keys(is))
	e.number = make(map[string]int32, len(e.ids))
	e.positive = make([]bool, len(e.ids))
	for u, id := range e.ids {
		e.number[id] = int32(u)
		e.positive[u] = is[id]
		if is[id] {
			e.r.Positive++
		}
	}
	e.r.Accounts, e.r.Honest = len(e.ids), len(e.ids)-e.r.Positive
	if e.r.Positive == 0 {
		return fmt.Errorf("%s: none of its positives is among all accounts", e.truth.Reading.File)
	}
	e.closed = !open || e.o.Among != nil || len(outside) > 0 && !e.found.onlyNames()
	in := make(map[string]bool, len(e.found.IDs))
	for _, id := range e.found.IDs {
		in[id] = true
	}
	var absent []string
	for _, id := range e.ids {
		if !in[id] {
			absent = append(absent, id)
		}
	}
	if len(missing) > 0 {
		e.tell("%s in %s of which the truth does not know what they are (%s): set aside", many(len(missing), "account"), e.found.Reading.File, few(missing))
	}
	if len(outside) > 0 {
		e.tell("%s in %s that the truth does not list (%s): counted as honest", many(len(outside), "account"), e.found.Reading.File, few(outside))
	}
	if len(absent) > 0 {
		e.tell("%s that the truth knows and %s does not name (%s): not found, and below all scores", many(len(absent), "account"), e.found.Reading.File, few(absent))
	}
	if unknown := count(e.truth.Label, Unknown); unknown > 0 {
		e.tell("%s of the truth without a label: set aside", many(unknown, "account"))
	}
	for _, g := range e.truth.Groups {
		if m := e.numbers(e.truth, g.Members); len(m) > 0 {
			e.groups = append(e.groups, m)
		}
	}
	if e.truth.Kind != nil {
		e.kind = make([]string, len(e.ids))
		for u, id := range e.truth.IDs {
			if k, ok := e.number[id]; ok {
				e.kind[k] = e.truth.Kind[u]
			}
		}
	}
	return nil
}

// numbers are those of the judged among members of a group.
func (e *evaluation) numbers(c *Claims, members []int32) []int32 {
	var all []int32
	for _, u := range members {
		if k, ok := e.number[c.IDs[u]]; ok {
			all = append(all, k)
		}
	}
	return all
}

// decide works out who was found.
func (e *evaluation) decide() {
	c := e.found
	if e.o.Threshold == nil && !c.decides() {
		return
	}
	e.flagged = make([]bool, len(e.ids))
	flagged, hits := 0, 0
	for u, id := range c.IDs {
		k, ok := e.number[id]
		yes := c.Label[u] == Yes
		if e.o.Threshold != nil && c.Score != nil {
			yes = c.Score[u] >= *e.o.Threshold
		}
		if !ok || !yes {
			continue
		}
		e.flagged[k] = true
		flagged++
		if e.positive[k] {
			hits++
		}
	}
	e.r.Flagged, e.r.Hits = &flagged, &hits
}

// rank orders accounts.
func (e *evaluation) rank() {
	c := e.found
	e.score = make([]float64, len(e.ids))
	for k := range e.score {
		e.score[k] = math.NaN()
	}
	e.r.Ranking = "found or not, as there are no scores"
	without := 0
	if c.Score != nil {
		e.r.Ranking = c.Reading.ranking()
	}
	for u, id := range c.IDs {
		k, ok := e.number[id]
		switch {
		case !ok:
		case c.Score == nil:
			if e.flagged[k] {
				e.score[k] = 1
			}
		case math.IsNaN(c.Score[u]):
			without++
		default:
			e.score[k] = c.Score[u]
		}
	}
	if without > 0 {
		e.tell("%s in %s without a score, or with one that is no number: below all scores", many(without, "account"), c.Reading.File)
	}
	e.order, e.ends = Order(e.score)
	e.r.Levels = len(e.ends)
	from, tied, largest := 0, 0, 0
	for _, to := range e.ends {
		if to-from > 1 {
			tied += to - from
			largest = max(largest, to-from)
		}
		from = to
	}
	if c.Score != nil && tied > 0 {
		e.tell("%s of %d share their rank with others, %d of them one rank: they count as one level in AP, as half in ROC-AUC, by the mean over their orders in a budget", many(tied, "account"), len(e.ids), largest)
	}
}

// measure works out what there is one number of, with intervals.
func (e *evaluation) measure(ctx context.Context) error {
	b := &bootstrap{level: make([]int32, len(e.ids)), levels: len(e.ends), flagged: e.flagged}
	from := 0
	for l, to := range e.ends {
		for _, u := range e.order[from:to] {
			b.level[u] = int32(l)
		}
		from = to
	}
	whole := e.units(b)
	if e.o.Draws < 1 {
		return errors.New("an interval needs a draw at least")
	}
	draws, err := b.run(ctx, e.o.Draws, e.o.Seed)
	if err != nil {
		return err
	}
	unit := "account by account"
	if whole {
		unit = fmt.Sprintf("rings as wholes (%d units), other accounts one by one", len(b.units))
	}
	e.r.Intervals = fmt.Sprintf("95 %%: percentiles of %d bootstrap draws (Efron 1979) with seed %d, each of as many positives and as many others, drawn %s; "+
		"for precision, recall and shares the wider of this and Wilson's interval (1927)", e.o.Draws, e.o.Seed, unit)
	undecided := ""
	if e.flagged == nil {
		undecided = "the file has scores and does not say who is found; a threshold would"
	}
	unknown := ""
	if !e.closed {
		unknown = "both files only list accounts, so that nobody knows how many others there are; name all accounts"
	} else if e.r.Honest == 0 {
		unknown = "nobody in the truth is honest"
	}
	flagged, hits := math.NaN(), math.NaN()
	if e.flagged != nil {
		flagged, hits = float64(*e.r.Flagged), float64(*e.r.Hits)
	}
	positives := float64(e.r.Positive)
	isPositive := func(u int32) bool { return e.positive[u] }
	none := ""
	if flagged == 0 {
		none = "nobody is found"
	}
	add := func(name, doc string, value float64, of func(sample) float64, hits, n float64, why string) {
		m := Estimate{Name: name, Doc: doc, Value: Number(value), Why: why}
		low, high := middle(draws, of)
		if n > 0 {
			l, h := wilson(hits, n)
			low, high = min(low, l), max(high, h)
		}
		if m.Low, m.High = Number(low), Number(high); why != "" {
			m.Value, m.Low, m.High = Number(math.NaN()), Number(math.NaN()), Number(math.NaN())
		}
		e.r.Measures = append(e.r.Measures, m)
	}
	add("precision", "share of the found that are positive", hits/flagged, func(s sample) float64 { return s.precision }, hits, flagged, first(undecided, none))
	add("recall", "share of the positives that are found", hits/positives, func(s sample) float64 { return s.recall }, hits, positives, undecided)
	add("f1", "their harmonic mean", F1(flagged, positives, hits), func(s sample) float64 { return s.f1 }, 0, 0, undecided)
	add("ap", "average precision of the ranking; that of a random one is the share of positives", AveragePrecision(e.score, isPositive), func(s sample) float64 { return s.ap }, 0, 0, unknown)
	add("roc_auc", "how often a positive ranks above an honest account, ties half", AUC(e.score, isPositive), func(s sample) float64 { return s.auc }, 0, 0, unknown)
	var same []string
	for _, m := range e.r.Measures[2:] {
		if m.Why == "" && m.Low == m.High {
			same = append(same, m.Name)
		}
	}
	if len(same) > 0 {
		e.tell("every draw gave the same %s: no interval there, which does not mean that there is no doubt", strings.Join(same, ", "))
	}
	return nil
}

func first(s ...string) string {
	for _, x := range s {
		if x != "" {
			return x
		}
	}
	return ""
}

// units are what positives are drawn by. It reports whether that is rings.
func (e *evaluation) units(b *bootstrap) (whole bool) {
	placed := make([]bool, len(e.ids))
	whole = len(e.groups) >= fewGroups
	if whole {
		for _, g := range e.groups {
			var unit []int32
			for _, u := range g {
				if !placed[u] && e.positive[u] { // in several: with the first
					placed[u] = true
					unit = append(unit, u)
				}
			}
			if len(unit) > 0 {
				b.units = append(b.units, unit)
			}
		}
	}
	for u, yes := range e.positive {
		switch {
		case !yes:
			b.negative = append(b.negative, int32(u))
		case !placed[u]:
			b.units = append(b.units, []int32{int32(u)})
		}
	}
	return whole
}
