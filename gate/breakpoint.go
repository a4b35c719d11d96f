package gate

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"

	"github.com/ringwatch/ringwatch/scenarios"
	"github.com/ringwatch/ringwatch/scoring"
)

// A Search looks for the smallest brigade that changes the status of a target
// with a given chance: a bisection of which each step is several runs, since the
// answer to "is this brigade large enough" is a matter of chance.
//
// The chance at a size is the mean, over seeds, of the share of targets whose
// status changes; it is taken to grow with the size. A step runs as many seeds
// as a test needs at least, and all of Seeds if those do not tell. Sizes are
// found to the account up to 20 accounts, and to 5 % beyond.
//
// Blind spot: with a defence the chance need not grow with the size. A brigade
// that is too small to be found may do what a larger one, which is found, does
// not; the search then ends at one of the crossings, or at none. The curve shows
// it.
type Search struct {
	Scenario *scenarios.Scenario // without axes
	Path     string              // what is varied, as for an axis: attacks.burst.accounts
	Scorers  []scoring.Scorer    // nil for the scenario's own
	Chance   float64             // above 0 and below 1
	Seeds    int                 // of a step, at most
	Most     int                 // the largest size tried
	Alpha    float64             // the chance that the true size is outside of the interval, at most
	Version  string
}

// A BreakPoint is the smallest brigade for one scorer, with or without the
// defence.
type BreakPoint struct {
	Scorer   string `json:"scorer"`
	Defended bool   `json:"defended"`
	// Size is the smallest that reaches the chance in the mean of its seeds; 0
	// if none up to Most does.
	Size int `json:"size"`
	// Low to High is an interval: a size below Low is too small and High is
	// large enough, not by luck. High is 0 if that is known of none.
	Low  int `json:"low"`
	High int `json:"high"`
	// Actions are the ratings of the brigades at Size; 0 if there is none.
	Actions float64 `json:"actions,omitempty"`
	Curve   []Step  `json:"curve"` // by size
}

// A Step is what was seen at one size.
type Step struct {
	Size   int     `json:"size"`
	Seeds  int     `json:"seeds"`
	Chance float64 `json:"chance"`
}

// Run searches for each scorer, attacked and defended. All of them see the same
// worlds, and outcomes are kept of whatever was run, in order of size and seed.
func (s *Search) Run(ctx context.Context, progress scenarios.Progress) ([]BreakPoint, []scenarios.Outcome, error) {
	if err := s.check(); err != nil {
		return nil, nil, err
	}
	b := &bench{Search: s, at: make(map[int][][]scenarios.Outcome), progress: progress}
	if b.scorers = s.Scorers; b.scorers == nil {
		b.scorers = []scoring.Scorer{s.Scenario.Scorer}
	}
	// Each search takes about log2(Most) steps, each a test at both ends.
	b.alpha = s.Alpha / 2 / float64(bits.Len(uint(s.Most)))
	if need := fewest(b.alpha); s.Seeds < need {
		return nil, nil, fmt.Errorf("%d seeds are too few to tell; "+
			"it takes at least %d for brigades of up to %d and an interval of %g %%",
			s.Seeds, need, s.Most, 100*(1-s.Alpha))
	}
	var all []BreakPoint
	for k := range b.scorers {
		for _, defended := range []bool{false, true} {
			p, err := b.find(ctx, k, defended)
			if err != nil {
				return nil, nil, err
			}
			all = append(all, p)
		}
	}
	i := 0
	for k := range b.scorers { // the searches of others may have seen more
		for _, defended := range []bool{false, true} {
			all[i].Curve = b.curve(k, defended)
			i++
		}
	}
	return all, b.outcomes(), nil
}

func (s *Search) check() error {
	switch {
	case len(s.Scenario.Axes) > 0:
		return fmt.Errorf("%s has axes, but a search varies one thing by itself; take the axes out", s.Scenario.Name)
	case !(s.Chance > 0 && s.Chance < 1):
		return fmt.Errorf("the chance is %g; it must be above 0 and below 1", s.Chance)
	case !(s.Alpha > 0 && s.Alpha < .5):
		return fmt.Errorf("alpha is %g; it must be above 0 and below 0.5", s.Alpha)
	case s.Most < 1:
		return errors.New("there is no size to try")
	}
	_, err := s.Scenario.With(fmt.Sprintf("%s=%d", s.Path, 1))
	return err
}

// Sizes returns what of a scenario a search can vary: the accounts of its
// attack, if it has one.
func Sizes(s *scenarios.Scenario) (path string, err error) {
	switch len(s.Attacks) {
	case 0:
		return "", fmt.Errorf("%s has no attack", s.Name)
	case 1:
		return "attacks." + s.Attacks[0].Name() + ".accounts", nil
	}
	var names []string
	for _, a := range s.Attacks {
		names = append(names, "attacks."+a.Name()+".accounts")
	}
	return "", fmt.Errorf("%s has %d attacks; say which is to grow: %s", s.Name, len(names), strings.Join(names, ", "))
}

// bench holds what was run: outcomes by size, seed and scorer.
type bench struct {
	*Search
	scorers  []scoring.Scorer
	alpha    float64
	at       map[int][][]scenarios.Outcome
	progress scenarios.Progress
	steps    int
}

// grow runs seeds at a size until there are n.
func (b *bench) grow(ctx context.Context, size, n int) error {
	have := len(b.at[size])
	if have >= n {
		return nil
	}
	v, err := b.Scenario.With(fmt.Sprintf("%s=%d", b.Path, size))
	if err != nil {
		return err
	}
	v.Scorer, v.Point = b.scorers[0], map[string]any{b.Path: size}
	var jobs []scenarios.Job
	for seed := have + 1; seed <= n; seed++ {
		jobs = append(jobs, scenarios.Job{Scenario: v, Seed: uint64(seed), Beside: b.scorers[1:]})
	}
	b.steps++
	stage := fmt.Sprintf("step %d: brigades of %d", b.steps, size)
	told := func(_ string, done, total int) {
		if b.progress != nil {
			b.progress(stage, done, total)
		}
	}
	var row []scenarios.Outcome
	for o, err := range scenarios.Sweep(ctx, jobs, told) {
		if err != nil {
			return err
		}
		o.Version = b.Version
		if row = append(row, o); len(row) == len(b.scorers) {
			b.at[size] = append(b.at[size], row)
			row = nil
		}
	}
	return nil
}

func rate(defended bool) string {
	if defended {
		return "flip.rate.defended"
	}
	return "flip.rate"
}

// sample is how far beyond the chance each seed is at a size.
func (b *bench) sample(size, scorer int, defended bool) (s sample, err error) {
	for _, row := range b.at[size] {
		v, ok := row[scorer].Measures[rate(defended)]
		if !ok {
			return s, fmt.Errorf("%s with the scorer %s has no status of a target that could change", b.Scenario.Name,
				row[scorer].Scorer)
		}
		s.beyond = append(s.beyond, v-b.Chance)
		s.n++
	}
	return s, nil
}

// A verdict on a size: the mean, and whether the chance is surely reached, or
// surely not.
type sized struct {
	mean           float64
	above, beneath bool
}

func (b *bench) judge(ctx context.Context, size, scorer int, defended bool) (v sized, err error) {
	if size == 0 {
		return sized{beneath: true}, nil // nobody changes nothing
	}
	for _, n := range []int{min(fewest(b.alpha)+1, b.Seeds), b.Seeds} {
		if err := b.grow(ctx, size, n); err != nil {
			return v, err
		}
		s, err := b.sample(size, scorer, defended)
		if err != nil {
			return v, err
		}
		for _, x := range s.beyond {
			v.mean += x / float64(s.n)
		}
		low, high, _ := newFlips(s.n).interval(s, b.alpha)
		if v.above, v.beneath = low > 0, high < 0; v.above || v.beneath {
			break
		}
		if n < b.Seeds {
			v.mean = 0
		}
	}
	v.mean += b.Chance
	return v, nil
}

// fine says how near a bisection gets: to one in so many.
const fine = 20

// find bisects three times: for the size at which the mean reaches the chance,
// for the first that is not surely too small, and for the first that is surely
// large enough.
func (b *bench) find(ctx context.Context, scorer int, defended bool) (BreakPoint, error) {
	p := BreakPoint{Defended: defended}
	for _, end := range []struct {
		to    *int
		large func(sized) bool
	}{
		{&p.Size, func(v sized) bool { return v.mean >= b.Chance }},
		{&p.Low, func(v sized) bool { return !v.beneath }},
		{&p.High, func(v sized) bool { return v.above }},
	} {
		low, high := 0, 0 // low is too small, high large enough or not known yet
		for high == 0 || high-low > 1+low/fine {
			size := (low + high) / 2
			if high == 0 {
				if low >= b.Most {
					break
				}
				size = min(max(2*low, 4), b.Most)
			}
			v, err := b.judge(ctx, size, scorer, defended)
			if err != nil {
				return p, err
			}
			if end.large(v) {
				high = size
			} else {
				low = size
			}
		}
		*end.to = high
	}
	p.Scorer = b.name(scorer)
	if p.Low == 0 { // even the largest is surely too small
		p.Low = b.Most + 1
	}
	if p.Size > 0 {
		rows := b.at[p.Size]
		for _, row := range rows {
			p.Actions += row[scorer].Measures["cost.actions"] / float64(len(rows))
		}
	}
	return p, nil
}

func (b *bench) name(scorer int) string {
	for _, rows := range b.at {
		return rows[0][scorer].ScorerText()
	}
	return b.scorers[scorer].Name()
}

func (b *bench) sizes() []int {
	var all []int
	for size := range b.at {
		all = append(all, size)
	}
	slices.Sort(all)
	return all
}

func (b *bench) curve(scorer int, defended bool) []Step {
	var all []Step
	for _, size := range b.sizes() {
		s, err := b.sample(size, scorer, defended)
		if err != nil || s.n == 0 {
			continue
		}
		mean := 0.0
		for _, x := range s.beyond {
			mean += x / float64(s.n)
		}
		// The sum of differences leaves a rounding error.
		all = append(all, Step{size, s.n, math.Round((mean+b.Chance)*1e9) / 1e9})
	}
	return all
}

func (b *bench) outcomes() []scenarios.Outcome {
	var all []scenarios.Outcome
	for _, size := range b.sizes() {
		for _, row := range b.at[size] {
			all = append(all, row...)
		}
	}
	return all
}
