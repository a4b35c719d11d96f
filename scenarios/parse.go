package scenarios

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/scoring/scorers"
	"github.com/ringwatch/ringwatch/simulate"
)

// What axes may ask for: points beyond would take weeks, each of them a run.
const (
	mostValues = 1000
	mostPoints = 100_000
)

// Parse reads a scenario. Errors are of the form file:line:column: what is
// wrong, and offer the nearest name for one that does not exist.
func Parse(file string, data []byte) (*Scenario, error) {
	d := &decoder{file}
	body, err := d.parse(data)
	if err != nil {
		return nil, err
	}
	s, err := d.scenario(body)
	if err != nil {
		return nil, err
	}
	for _, a := range s.Axes {
		if len(a.Values) > mostValues {
			return nil, fmt.Errorf("%s: the axis %s has %d values; no more than %d fit in a sweep",
				file, a.Path, len(a.Values), mostValues)
		}
	}
	if n := s.Size(); n > mostPoints {
		return nil, fmt.Errorf("%s: the axes have more than %d points together; vary less at once", file, mostPoints)
	}
	// Each value of each axis must fit, beside the first of the others; what the
	// axes leave alone must do so by itself.
	if !slices.ContainsFunc(s.Axes, func(a Axis) bool {
		return strings.HasPrefix(a.Path, "world") || strings.HasPrefix(a.Path, "attacks")
	}) {
		if err := d.feasible(s, nil); err != nil {
			return nil, err
		}
	}
	for a, axis := range s.Axes {
		at := make([]int, len(s.Axes))
		for at[a] = range axis.Values {
			if _, err := s.at(at); err != nil {
				return nil, err
			}
		}
	}
	return s, nil
}

var scenarioKeys = []string{"name", "doc", "source", "world", "attacks", "scorer", "detectors", "defence", "looks",
	"seeds", "axes", "expect"}

// scenario decodes the text anew, so that no two scenarios share anything that
// can be changed.
func (d *decoder) scenario(body ast.Node) (*Scenario, error) {
	s := &Scenario{Name: baseName(d.file), Seeds: []uint64{1}, Scorer: scoring.NewBridging(), Detectors: detect.Usual(),
		file: d.file, body: body}
	err := d.each(body, "a scenario", scenarioKeys, func(key string, _, n ast.Node) error {
		switch key {
		case "name":
			return d.into(n, "the name", &s.Name)
		case "doc":
			return d.into(n, "doc", &s.Doc)
		case "source":
			return d.into(n, "source", &s.Source)
		case "world":
			return d.world(n, &s.World)
		case "looks":
			err := d.into(n, "looks", &s.Looks)
			if err == nil && s.Looks < time.Hour {
				err = d.errorf(n, "looks are %v apart; they must be at least 1h", s.Looks)
			}
			return err
		case "seeds":
			return d.seeds(n, &s.Seeds)
		case "axes":
			return d.axes(n, &s.Axes)
		case "expect":
			return d.expect(n, &s.Expect)
		}
		return d.set(s, key, n)
	})
	switch {
	case err != nil:
		return nil, err
	case strings.TrimSpace(s.Name) == "":
		return nil, d.errorf(body, "the scenario has no name")
	case s.World.Organic == nil && s.World.Ratings == "":
		return nil, d.errorf(body, "the scenario has no world; write world: organic, or world: {ratings: FILE}")
	}
	return s, nil
}

func (d *decoder) world(n ast.Node, w *World) error {
	if name, ok := n.(*ast.StringNode); ok && name.Value == "organic" {
		w.Organic = simulate.NewOrganic()
		return nil
	}
	err := d.each(n, "the world", []string{"organic", "ratings", "scale",
		"columns"}, func(key string, k, v ast.Node) (err error) {
		switch key {
		case "organic":
			w.Organic = simulate.NewOrganic()
			if _, none := v.(*ast.NullNode); none {
				return nil
			}
			return d.options(v, "the organic world", w.Organic)
		case "ratings":
			err = d.into(v, "the file of ratings", &w.Ratings)
			if err == nil && w.Ratings == "" {
				err = d.errorf(v, "ratings names no file")
			}
		case "scale":
			err = d.into(v, "the scale", &w.Read.Scale)
		case "columns":
			var text string
			if err = d.into(v, "columns", &text); err == nil {
				if w.Read.Columns, err = rating.ParseColumns(text); err != nil {
					err = d.errorf(v, "%v", err)
				}
			}
		}
		return err
	})
	if err == nil && w.Organic != nil && (w.Ratings != "" || w.Read.Scale != "" || w.Read.Columns != nil) {
		return d.errorf(n, "the world is either organic or of real ratings, not both")
	}
	return err
}

// seeds reads how many there are, from 1 on, or which.
func (d *decoder) seeds(n ast.Node, seeds *[]uint64) error {
	if _, ok := n.(*ast.IntegerNode); ok {
		var count uint16
		if err := d.into(n, "the number of seeds", &count); err != nil {
			return err
		}
		*seeds = FirstSeeds(int(count))
	} else if _, ok := n.(*ast.SequenceNode); !ok {
		return d.errorf(n, "seeds is how many there are, as 5, or a list of them, as [1, 2], not %s", kindOf(n))
	} else if err := d.into(n, "seeds", seeds); err != nil {
		return err
	}
	if len(*seeds) == 0 {
		return d.errorf(n, "there must be at least one seed")
	}
	if sorted := slices.Sorted(slices.Values(*seeds)); len(slices.Compact(sorted)) < len(*seeds) {
		return d.errorf(n, "a seed is listed twice")
	}
	return nil
}

// FirstSeeds returns 1 to n.
func FirstSeeds(n int) []uint64 {
	seeds := make([]uint64, n)
	for i := range seeds {
		seeds[i] = uint64(i + 1)
	}
	return seeds
}

// set gives what a dotted path names the value of a node: "scorer" a scorer,
// "scorer.min-ratings" one option of it, "attacks.burst.raters" one option of
// every burst, "attacks.2.raters" one of the second attack, "attacks.*.raters"
// one of every attack that has it.
func (d *decoder) set(s *Scenario, path string, n ast.Node) (err error) {
	head, rest, deeper := strings.Cut(path, ".")
	switch {
	case head == "scorer" && !deeper:
		s.Scorer, err = component(d, n, "a scorer", scorers.New)
		return err
	case head == "scorer":
		return d.option(rest, n, s.Scorer.Name(), s.Scorer)
	case head == "detectors" && !deeper:
		s.Detectors, err = components(d, n, "a detector", detect.New)
		if err == nil && len(s.Detectors) == 0 {
			return d.errorf(n, "there must be at least one detector; leave detectors out for all of them")
		}
		return err
	case head == "detectors":
		return among(d, s.Detectors, rest, n)
	case head == "attacks" && !deeper:
		s.Attacks, err = components(d, n, "an attack", simulate.New)
		for _, a := range s.Attacks {
			if of, ok := a.(*simulate.Import); err == nil && ok && of.File != "" {
				of.File = s.beside(of.File)
			}
		}
		return err
	case head == "attacks":
		return among(d, s.Attacks, rest, n)
	case head == "defence" && !deeper:
		if effect, ok := n.(*ast.StringNode); ok {
			s.Defence.Effect = effect.Value
			break
		}
		err = d.options(n, "the defence", &s.Defence)
	case head == "defence":
		err = d.option(rest, n, "the defence", &s.Defence)
	case head == "world" && deeper && s.World.Organic != nil:
		return d.option(rest, n, "the organic world", s.World.Organic)
	default:
		return d.errorf(n, "no axis can go along %q; write world.OPTION, attacks, attacks.NAME.OPTION, "+
			"scorer, scorer.OPTION, detectors, detectors.NAME.OPTION, defence.weight or defence.effect", path)
	}
	if err == nil {
		if fault := s.Defence.check(); fault != nil {
			err = d.errorf(n, "%v", fault)
		}
	}
	return err
}

// component reads a name, or a name with options below it.
func component[T any](d *decoder, n ast.Node, what string, New func(string) (T, error)) (c T, err error) {
	name, options := n, ast.Node(nil)
	if m, ok := n.(ast.MapNode); ok {
		for at := m.MapRange(); at.Next(); {
			if options != nil {
				return c, d.errorf(at.Key(), "%s is one name with its options below it; indent %q further, "+
					"or begin it with a dash",
					what, at.Key().GetToken().Value)
			}
			name, options = at.Key(), at.Value()
		}
	}
	if text, ok := name.(*ast.StringNode); !ok {
		return c, d.errorf(n, "%s is a name, or a name: {with options}, not %s", what, kindOf(n))
	} else if c, err = New(text.Value); err != nil {
		return c, d.errorf(name, "%v", err)
	}
	if _, none := options.(*ast.NullNode); none || options == nil {
		return c, nil
	}
	return c, d.options(options, name.GetToken().Value, c)
}

func components[T any](d *decoder, n ast.Node, what string, New func(string) (T, error)) ([]T, error) {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		return nil, d.errorf(n, "%s is wanted in a list, not %s", what, kindOf(n))
	}
	all := make([]T, len(seq.Values))
	for i, e := range seq.Values {
		var err error
		if all[i], err = component(d, e, what, New); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// among sets NAME.OPTION of those that have the name, or the number in their
// list, or with * for a name of all that have the option.
func among[T interface{ Name() string }](d *decoder, all []T, path string, n ast.Node) error {
	name, option, _ := strings.Cut(path, ".")
	var names []string
	found := false
	for k, c := range all {
		names = append(names, c.Name())
		if c.Name() == name || strconv.Itoa(k+1) == name || name == "*" && slices.Contains(optionNames(c), option) {
			found = true
			if err := d.option(option, n, name, c); err != nil {
				return err
			}
		}
	}
	switch {
	case !found && name == "*":
		return d.errorf(n, "no part of the scenario has %q; it has %s", option, strings.Join(names, ", "))
	case !found:
		return d.errorf(n, "the scenario has no %q; %s", name, didYouMean(name, names))
	}
	return nil
}

// A Limit is what a measure is expected to be.
type Limit struct {
	Measure string
	Op      string // <=, <, >=, >
	Value   float64
}

// Holds reports whether a value keeps to the limit.
func (l Limit) Holds(v float64) bool {
	switch l.Op {
	case "<":
		return v < l.Value
	case "<=":
		return v <= l.Value
	case ">":
		return v > l.Value
	}
	return v >= l.Value
}

func (l Limit) String() string { return fmt.Sprintf("%s %s %g", l.Measure, l.Op, l.Value) }

func (d *decoder) expect(n ast.Node, limits *[]Limit) error {
	return d.each(n, "expect", measureNames(), func(measure string, _, v ast.Node) error {
		values := []ast.Node{v}
		if seq, ok := v.(*ast.SequenceNode); ok {
			values = seq.Values
		}
		for _, v := range values {
			l := Limit{Measure: measure}
			var text string
			if _, ok := v.(*ast.StringNode); !ok {
				return d.errorf(v, `a limit has a sign and stands in quotes, as ">= 0.9"; here is %s`, kindOf(v))
			}
			if err := d.into(v, "a limit", &text); err != nil {
				return err
			}
			if err := l.parse(text); err != nil {
				return d.errorf(v, "%v", err)
			}
			*limits = append(*limits, l)
		}
		return nil
	})
}

func (l *Limit) parse(text string) (err error) {
	value := strings.TrimLeft(strings.TrimSpace(text), "<>=")
	l.Op = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), value))
	l.Value, err = strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil || !slices.Contains([]string{"<", "<=", ">", ">="}, l.Op) || math.IsNaN(l.Value) ||
		math.IsInf(l.Value, 0) {
		return errors.New(strconv.Quote(text) + ` is no limit; write it in quotes, as ">= 0.9" or "< 3"`)
	}
	return nil
}
