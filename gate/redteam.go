package gate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"gonum.org/v1/gonum/optimize"

	"github.com/ringwatch/ringwatch/catalog"
	"github.com/ringwatch/ringwatch/scenarios"
)

// A RedTeam searches the options of a scenario's attacks for what does most
// damage to its scorer, its detectors looking on, so that a defence is judged by
// the best attack that was found and not by the one that came to mind.
//
// The search is CMA-ES (Hansen & Ostermeier 2001; the Cholesky variant of Krause
// et al. 2016, as gonum has it) over the numbers among the options: shares as
// they are, counts and times by their logarithm, from an eighth to eight times
// of what they were. How many brigades, accounts and targets there are stays as
// it is: that is the budget, together with Actions. It is a search by chance
// that proves nothing: what it does not find may be there.
type RedTeam struct {
	Scenario *scenarios.Scenario // without axes
	Measure  string              // of damage: what an attacker wants to make worse
	Actions  float64             // ratings that the brigades may give, on average; 0 for as many as they do now
	Rounds   int                 // attacks to try
	Train    []uint64            // seeds to search at
	Held     []uint64            // seeds that the search never sees, for the figures
	Seed     uint64              // of the search
	Version  string
}

// A Found is the best attack of a search beside the one it began with, at seeds
// that the search did not see.
type Found struct {
	Scenario *scenarios.Scenario `json:"-"`
	Measure  string              `json:"measure"`
	Tried    int                 `json:"tried"`
	Changed  []Change            `json:"changed"`
	// Means over the seeds held out; TrainAfter is what the search believed.
	Before, After, TrainAfter   float64
	ActionsBefore, ActionsAfter float64
	Outcomes                    []scenarios.Outcome `json:"-"` // at the seeds held out: before, then after
}

// A Change is an option that the search changed.
type Change struct {
	Path, Before, After string
}

// Run searches.
func (r *RedTeam) Run(ctx context.Context, progress scenarios.Progress) (*Found, error) {
	m, err := r.check()
	if err != nil {
		return nil, err
	}
	h := &hunt{RedTeam: r, sign: 1, knobs: knobs(r.Scenario), progress: progress}
	if m.Better == "higher" {
		h.sign = -1
	}
	if len(h.knobs) == 0 {
		return nil, fmt.Errorf("the attacks of %s have no numbers to search", r.Scenario.Name)
	}
	if err := h.search(ctx); err != nil {
		return nil, err
	}
	f := &Found{Measure: r.Measure, Tried: h.tried, TrainAfter: h.sign * h.best.damage}
	for _, k := range h.knobs {
		if before, after := k.text(k.start), k.text(h.best.at[k.path]); before != after {
			f.Changed = append(f.Changed, Change{k.path, before, after})
		}
	}
	before, err := h.run(ctx, nil, r.Held)
	if err != nil {
		return nil, err
	}
	after, err := h.run(ctx, h.best.at, r.Held)
	if err != nil {
		return nil, err
	}
	f.Before, f.ActionsBefore = meanOf(before, r.Measure), meanOf(before, "cost.actions")
	f.After, f.ActionsAfter = meanOf(after, r.Measure), meanOf(after, "cost.actions")
	f.Outcomes = slices.Concat(before, after)
	f.Scenario, err = r.Scenario.With(h.changes(h.best.at)...)
	if err != nil {
		return nil, err
	}
	s := f.Scenario
	s.Scorer = r.Scenario.Scorer // which may have been changed since the file was read
	s.Name += "-redteam"
	s.Seeds = r.Held
	s.Doc = fmt.Sprintf("The attack of %s that did most damage of %d that were tried: "+
		"%s is %.3g at these seeds, and was %.3g.",
		r.Scenario.Name, f.Tried, r.Measure, f.After, f.Before)
	// As it is now, with the room that the measure's margin gives.
	limit := scenarios.Limit{Measure: r.Measure, Op: "<=", Value: round3(f.After + m.Margin)}
	if m.Better == "higher" {
		limit.Op, limit.Value = ">=", round3(f.After-m.Margin)
	}
	s.Expect = []scenarios.Limit{limit}
	return f, nil
}

func round3(v float64) float64 { return math.Round(1000*v) / 1000 }

func (r *RedTeam) check() (scenarios.Measure, error) {
	k := slices.IndexFunc(scenarios.Measures, func(m scenarios.Measure) bool { return m.Name == r.Measure })
	switch {
	case k < 0:
		return scenarios.Measure{}, scenarios.CheckMeasure(r.Measure)
	case len(r.Scenario.Axes) > 0:
		return scenarios.Measure{},
			fmt.Errorf("%s has axes, but a search varies the attack by itself; take the axes out",
				r.Scenario.Name)
	case len(r.Scenario.Attacks) == 0:
		return scenarios.Measure{}, fmt.Errorf("%s has no attack", r.Scenario.Name)
	case len(r.Train) == 0 || len(r.Held) == 0:
		return scenarios.Measure{}, errors.New("there must be seeds to search at and seeds held out")
	case r.Rounds < 1:
		return scenarios.Measure{}, errors.New("there is no attack to try")
	}
	for _, seed := range r.Train {
		if slices.Contains(r.Held, seed) {
			return scenarios.Measure{}, fmt.Errorf("seed %d is both searched at and held out", seed)
		}
	}
	return scenarios.Measures[k], nil
}

// A knob is an option that can be turned: a number from 0 to 1 stands for it.
type knob struct {
	path      string
	kind      any // of the option
	low, high float64
	log       bool
	start     float64 // in the option's unit, seconds for times
}

// budget are the options that say how large an attack is.
var budget = []string{"brigades", "accounts", "targets"}

// knobs are the numbers among the options of the attacks.
func knobs(s *scenarios.Scenario) []knob {
	var all []knob
	names := make(map[string]int)
	for _, a := range s.Attacks {
		names[a.Name()]++
	}
	for _, a := range s.Attacks {
		if names[a.Name()] > 1 {
			continue // a path would turn both
		}
		for _, o := range catalog.Options(a) {
			name := catalog.OptionName(o.Name)
			if k, ok := newKnob("attacks."+a.Name()+"."+name, o); ok && !slices.Contains(budget, name) {
				all = append(all, k)
			}
		}
	}
	return all
}

func newKnob(path string, o catalog.Option) (k knob, ok bool) {
	k = knob{path: path, kind: o.Value}
	switch v := o.Value.(type) {
	case int:
		k.start, k.log = float64(v), true
	case time.Duration:
		k.start, k.log = v.Seconds(), true
	case float64:
		k.start = v
	default:
		return k, false
	}
	within, _ := catalog.ParseRange(o.Within)
	k.low, k.high = within.Low, within.High
	if k.low == 0 && k.high == 1 {
		return k, true
	}
	// Far from where it starts there is nothing but waste of time.
	least, most := k.start/8, k.start*8
	if k.log {
		least, most = max(least, 1), max(most, 8)
	} else if k.start <= 0 {
		least, most = k.start-1, k.start+1
	}
	k.low, k.high = max(k.low, least), min(k.high, most)
	k.log = k.log || k.low > 0
	return k, k.high > k.low
}

// at returns the value that x stands for, x being put back into [0, 1] as by a
// mirror.
func (k *knob) at(x float64) float64 {
	x = math.Abs(math.Mod(x, 2))
	if x > 1 {
		x = 2 - x
	}
	if k.log {
		return k.low * math.Pow(k.high/k.low, x)
	}
	return k.low + x*(k.high-k.low)
}

// of is the inverse of at.
func (k *knob) of(value float64) float64 {
	value = min(max(value, k.low), k.high)
	if k.log {
		return math.Log(value/k.low) / math.Log(k.high/k.low)
	}
	return (value - k.low) / (k.high - k.low)
}

// text is a value as a scenario would have it.
func (k *knob) text(value float64) string {
	switch k.kind.(type) {
	case int:
		return strconv.Itoa(int(math.Round(value)))
	case time.Duration:
		return (time.Duration(math.Round(value)) * time.Second).String()
	}
	return strconv.FormatFloat(value, 'g', 3, 64)
}

// hunt is a search under way.
type hunt struct {
	*RedTeam
	sign     float64 // 1 if a higher measure is more damage
	knobs    []knob
	progress scenarios.Progress
	tried    int
	limit    float64 // of actions
	best     attempt
	err      error
}

// An attempt is an attack, and the damage that it does; nil is the one that the
// search began with.
type attempt struct {
	at     map[string]float64
	damage float64
}

func (h *hunt) search(ctx context.Context) error {
	damage, err := h.try(ctx, nil)
	if err != nil {
		return err
	}
	h.best.damage = damage
	h.best.at = make(map[string]float64)
	x := make([]float64, len(h.knobs))
	for i, k := range h.knobs {
		h.best.at[k.path] = k.start
		x[i] = k.of(k.start)
	}
	problem := optimize.Problem{
		Func: func(x []float64) float64 {
			if h.err != nil || h.tried >= h.Rounds {
				return math.Inf(1)
			}
			at := make(map[string]float64)
			for i, k := range h.knobs {
				at[k.path] = k.at(x[i])
			}
			damage, err := h.try(ctx, at)
			if h.err = err; err != nil {
				return math.Inf(1)
			}
			if damage > h.best.damage {
				h.best = attempt{at, damage}
			}
			return -damage
		},
		Status: func() (optimize.Status, error) {
			switch {
			case h.err != nil:
				return optimize.Failure, h.err
			case h.tried >= h.Rounds:
				return optimize.FunctionEvaluationLimit, nil
			}
			return optimize.NotTerminated, nil
		},
	}
	method := &optimize.CmaEsChol{InitStepSize: .25, Src: rand.NewPCG(h.Seed, 0x72656474)}
	if h.tried < h.Rounds {
		_, err = optimize.Minimize(problem, x, &optimize.Settings{Converger: optimize.NeverTerminate{}}, method)
	}
	if h.err != nil {
		return h.err
	}
	return err
}

// try returns the damage of an attack at the seeds to search at. One that gives
// more ratings than it may does less damage the more it gives, and none.
func (h *hunt) try(ctx context.Context, at map[string]float64) (float64, error) {
	if h.progress != nil {
		h.progress("trying attacks", h.tried, h.Rounds)
	}
	h.tried++
	outcomes, err := h.run(ctx, at, h.Train)
	if err != nil {
		return 0, err
	}
	if h.limit == 0 {
		h.limit = cmp.Or(h.Actions, meanOf(outcomes, "cost.actions"))
	}
	damage := h.sign * meanOf(outcomes, h.Measure)
	if over := meanOf(outcomes, "cost.actions") / h.limit; over > 1 {
		damage = -1e6 * over
	}
	if math.IsNaN(damage) {
		if at == nil {
			return 0, fmt.Errorf("%s is not defined for %s at these seeds", h.Measure, h.Scenario.Name)
		}
		damage = -1e9 // as for an attack that reaches no target
	}
	return damage, nil
}

func (h *hunt) changes(at map[string]float64) []string {
	var all []string
	for _, k := range h.knobs {
		if v, ok := at[k.path]; ok && k.text(v) != k.text(k.start) {
			all = append(all, k.path+"="+k.text(v))
		}
	}
	return all
}

// run runs the scenario with an attack.
func (h *hunt) run(ctx context.Context, at map[string]float64, seeds []uint64) ([]scenarios.Outcome, error) {
	v, err := h.Scenario.With(h.changes(at)...)
	if err != nil {
		return nil, err
	}
	v.Scorer = h.Scenario.Scorer
	var jobs []scenarios.Job
	for _, seed := range seeds {
		jobs = append(jobs, scenarios.Job{Scenario: v, Seed: seed})
	}
	var all []scenarios.Outcome
	for o, err := range scenarios.Sweep(ctx, jobs, nil) {
		if err != nil {
			return nil, err
		}
		o.Version = h.Version
		all = append(all, o)
	}
	return all, nil
}

// meanOf is the mean of a measure over the outcomes that have it.
func meanOf(all []scenarios.Outcome, measure string) float64 {
	sum, n := 0.0, 0.0
	for _, o := range all {
		if v, ok := o.Measures[measure]; ok {
			sum += v
			n++
		}
	}
	return sum / n
}
