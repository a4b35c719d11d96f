package evaluate

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/ringwatch/ringwatch/internal/plural"
)

// rank orders accounts.
func (e *evaluation) rank() {
	c := e.found
	e.score = make([]float64, len(e.ids))
	for k := range e.score {
		e.score[k] = math.NaN()
	}
	e.r.Ranking = "found or not, as there are no scores"
	without, endless := 0, 0
	if c.Score != nil {
		e.r.Ranking = c.Reading.ranking()
	}
	for u, k := range e.ofFound {
		switch {
		case k < 0:
		case c.Score == nil:
			if e.flagged[k] {
				e.score[k] = 1
			}
		case math.IsNaN(c.Score[u]):
			without++
		default:
			if e.score[k] = c.Score[u]; math.IsInf(c.Score[u], 0) {
				endless++
			}
		}
	}
	if endless > 0 {
		e.tell("%s in %s with an infinite score, or one too large for a number: above all others, or below where it "+
			"is negative", plural.Of(endless, "account"), c.Reading.File)
	}
	if without > 0 {
		e.tell("%s in %s without a score, or with one that is no number: below all scores",
			plural.Of(without, "account"), c.Reading.File)
	}
	e.order, e.ends = descending(e.score)
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
		e.tell("%s of %d share their rank with others, %d of them one rank: they count as one level in AP, as half in "+
			"ROC-AUC, by the mean over their orders in a budget", plural.Of(tied, "account"), len(e.ids), largest)
	}
}

// measure works out what there is one number of, with intervals.
func (e *evaluation) measure(ctx context.Context) error {
	draws, err := e.draw(ctx)
	if err != nil {
		return err
	}
	undecided := ""
	if e.flagged == nil {
		undecided = "the file has scores and does not say who is found; --threshold says from which " +
			"score on"
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
		e.r.Measures = append(e.r.Measures, estimate(draws, name, doc, value, of, hits, n, why))
	}
	add("precision", "share of the found that are positive",
		hits/flagged, func(s sample) float64 { return s.precision }, hits, flagged, first(undecided, none))
	add("recall", "share of the positives that are found", hits/positives, func(s sample) float64 { return s.recall },
		hits, positives, undecided)
	add("f1", "their harmonic mean", F1(flagged, positives, hits), func(s sample) float64 { return s.f1 },
		0, 0, undecided)
	add("ap", "average precision of the ranking; that of a random one is the share of positives",
		AveragePrecision(e.score, isPositive), func(s sample) float64 { return s.ap }, 0, 0, unknown)
	add("roc_auc", "how often a positive ranks above an honest account, ties half", AUC(e.score, isPositive),
		func(s sample) float64 { return s.auc }, 0, 0, unknown)
	var same []string
	for _, m := range e.r.Measures[2:] {
		if m.Why == "" && m.Low == m.High {
			same = append(same, m.Name)
		}
	}
	if len(same) > 0 {
		e.tell("every draw gave the same %s: no interval there, which does not mean that there is no doubt",
			strings.Join(same, ", "))
	}
	return nil
}

// Of so many accounts that all draws would take minutes, intervals are narrow whatever
// their ends are made of: a thousand draws of a million are a thousand million times a
// place of memory, some 40 s.
const (
	mostDrawn  = 1_000_000_000 // accounts, in all draws
	leastDraws = 100           // 2 beyond each end
)

// drawsOf is how many draws are made of those asked for.
func drawsOf(asked, accounts int) int { return min(asked, max(leastDraws, mostDrawn/accounts)) }

// draw draws accounts anew, and tells how.
func (e *evaluation) draw(ctx context.Context) ([]sample, error) {
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
		return nil, errors.New("an interval needs at least one draw")
	}
	n := drawsOf(e.o.Draws, len(e.ids))
	if n < e.o.Draws {
		e.tell("%d draws of the bootstrap were made, not %d: each draws %s", n, e.o.Draws,
			plural.Of(len(e.ids), "account"))
	}
	draws, err := b.run(ctx, n, e.o.Seed)
	if err != nil {
		return nil, err
	}
	unit := "account by account"
	if whole {
		unit = fmt.Sprintf("rings as wholes (%d units), other accounts one by one", len(b.units))
	}
	e.r.Intervals = fmt.Sprintf("95 %%: percentiles of %d bootstrap draws (Efron 1979) with seed %d, each of as many "+
		"positives and as many others, drawn %s; "+
		"for precision, recall and shares the wider of this and Wilson's interval (1927)", n, e.o.Seed, unit)
	return draws, nil
}

// estimate is a measure with the interval of its draws, widened to Wilson's where it is
// a share of hits among n. What cannot be known, for the reason why, has no value.
func estimate(draws []sample, name, doc string, value float64, of func(sample) float64, hits, n float64,
	why string) Estimate {
	m := Estimate{Name: name, Doc: doc, Value: Number(value), Why: why}
	low, high := middle(draws, of)
	if n > 0 {
		l, h := wilson(hits, n)
		low, high = min(low, l), max(high, h)
	}
	if m.Low, m.High = Number(low), Number(high); why != "" {
		m.Value, m.Low, m.High = Number(math.NaN()), Number(math.NaN()), Number(math.NaN())
	}
	return m
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
