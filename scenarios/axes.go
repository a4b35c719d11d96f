package scenarios

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/simulate"
)

// An Axis is what a sweep varies: a dotted path and the values it takes. Only
// text has axes: of a scenario that was made by hand, make a variant by hand.
type Axis struct {
	Path   string
	Values []any // as JSON would hold them

	nodes []ast.Node
}

func (d *decoder) axes(n ast.Node, axes *[]Axis) error {
	m, ok := n.(ast.MapNode)
	if !ok {
		return d.errorf(n, "axes are a mapping (path: [values]), not %s", kindOf(n))
	}
	for at := m.MapRange(); at.Next(); {
		a := Axis{Path: at.Key().GetToken().Value}
		seq, ok := at.Value().(*ast.SequenceNode)
		if !ok {
			return d.errorf(at.Value(), "the axis %s is a list of values, not %s", a.Path, kindOf(at.Value()))
		}
		if len(seq.Values) == 0 {
			return d.errorf(at.Value(), "the axis %s has no values; write at least one", a.Path)
		}
		for _, v := range seq.Values {
			var value any
			if err := yaml.NodeToValue(v, &value); err != nil {
				return d.syntax(err)
			}
			a.Values = append(a.Values, value)
		}
		a.nodes = seq.Values
		*axes = append(*axes, a)
	}
	return nil
}

// at returns the scenario with every axis at one of its values.
func (s *Scenario) at(where []int) (*Scenario, error) {
	switch {
	case s.body == nil && len(where) > 0:
		return nil, fmt.Errorf("%s: only a scenario that was read from text has axes", s.Name)
	case s.body == nil:
		p := *s
		return &p, nil
	}
	d := &decoder{s.file}
	p, err := d.scenario(s.body)
	for _, set := range s.sets {
		if err == nil {
			err = set.apply(p)
		}
	}
	if err != nil || len(where) == 0 {
		return p, err
	}
	p.Point = make(map[string]any)
	for a, k := range where {
		axis := &p.Axes[a]
		if err := d.set(p, axis.Path, axis.nodes[k]); err != nil {
			return nil, err
		}
		if err := d.feasible(p, axis.nodes[k]); err != nil {
			return nil, err
		}
		p.Point[axis.Path] = axis.Values[k]
	}
	return p, nil
}

// A setting is an option that was set after the text was read.
type setting struct {
	text, path string
	node       ast.Node
}

func (set setting) apply(s *Scenario) error {
	s.sets = append(s.sets, set)
	s.Axes = slices.DeleteFunc(s.Axes, func(a Axis) bool { return a.Path == set.path })
	return (&decoder{set.text}).set(s, set.path, set.node)
}

func (set setting) fits(s *Scenario) error { return (&decoder{set.text}).feasible(s, set.node) }

// feasible reports a budget that cannot be met, at a node, or where it stands.
func (d *decoder) feasible(s *Scenario, n ast.Node) error {
	k, err := simulate.Feasible(s.World.Organic, s.Attacks)
	switch {
	case err == nil:
		return nil
	case n != nil:
	case k < 0:
		n = entry(s.body, "world")
	default:
		n = entry(s.body, "attacks").(*ast.SequenceNode).Values[k]
	}
	return d.errorf(n, "%v", err)
}

// entry returns what a mapping has under a key, or the mapping.
func entry(n ast.Node, key string) ast.Node {
	if m, ok := n.(ast.MapNode); ok {
		for at := m.MapRange(); at.Next(); {
			if at.Key().GetToken().Value == key {
				return at.Value()
			}
		}
	}
	return n
}

// With returns the scenario with options set, each as path=value with a path
// that an axis could have; an axis along the same path goes. Errors begin with
// the text of the setting.
func (s *Scenario) With(settings ...string) (*Scenario, error) {
	p, err := s.at(nil)
	for _, text := range settings {
		path, value, ok := strings.Cut(text, "=")
		if err == nil && !ok {
			err = fmt.Errorf("%s: write a path and a value, as in world.raters=500", text)
		}
		if err != nil {
			return nil, err
		}
		set := setting{text: text, path: strings.TrimSpace(path)}
		if set.node, err = (&decoder{text}).parse([]byte(value)); err == nil {
			err = set.apply(p)
		}
	}
	if err == nil && len(p.sets) > 0 { // settings may need one another
		err = p.sets[len(p.sets)-1].fits(p)
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

// Points returns the scenario at every combination of the values of its axes,
// the last axis running fastest; itself where it has none. Each can be changed
// without effect on the others. A combination that does not fit, such as an
// option that a scorer lacks, ends it with an error.
func (s *Scenario) Points() iter.Seq2[*Scenario, error] {
	return func(yield func(*Scenario, error) bool) {
		where := make([]int, len(s.Axes))
		for {
			p, err := s.at(where)
			if !yield(p, err) || err != nil {
				return
			}
			a := len(where) - 1
			for ; a >= 0; a-- {
				if where[a]++; where[a] < len(s.Axes[a].Values) {
					break
				}
				where[a] = 0
			}
			if a < 0 {
				return
			}
		}
	}
}

// Size is the number of points, or more than any scenario has if that does not
// fit.
func (s *Scenario) Size() int {
	n := 1
	for _, a := range s.Axes {
		if n *= len(a.Values); n > 1<<31 {
			return n
		}
	}
	return n
}

// Programs returns the commands that scorers of the scenario, at any point of
// its axes, would run. Whoever runs a scenario of somebody else should ask
// before these run.
func (s *Scenario) Programs() ([]string, error) {
	var all []string
	add := func(p *Scenario) {
		if c, ok := p.Scorer.(*scoring.Command); ok && !slices.Contains(all, c.Command) {
			all = append(all, c.Command)
		}
	}
	add(s)
	for k, a := range s.Axes {
		if root, _, _ := strings.Cut(a.Path, "."); root != "scorer" {
			continue
		}
		where := make([]int, len(s.Axes))
		for v := range a.Values {
			where[k] = v
			p, err := s.at(where)
			if err != nil {
				return nil, err
			}
			add(p)
		}
	}
	return all, nil
}
