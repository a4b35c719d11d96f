package scoring

import (
	"cmp"
	"context"
	"errors"
	"fmt"
)

// Chain scores items by one scorer with raters weighed by the reputations that
// another gives them, both with their default options.
type Chain struct {
	First   string  `doc:"name of a scorer that gives raters a reputation"`
	Then    string  `doc:"name of the scorer that takes it as weights"`
	Unknown float64 `doc:"weight in 0..1 of raters to whom First gives none"`
	named   func(name string) (Scorer, error)
}

// NewChain returns a Chain of trust, then mean. named makes the scorers that it
// may be told to join.
func NewChain(named func(name string) (Scorer, error)) *Chain {
	return &Chain{First: "trust", Then: "mean", Unknown: 0.5, named: named}
}

func (s *Chain) Name() string { return "chain" }

func (s *Chain) Doc() Doc {
	return Doc{
		Summary:   "one scorer's reputations as the weights of another",
		Source:    "iterative filtering, as in Laureti et al., EPL 2006, in one round",
		Cost:      "that of both scorers",
		BlindSpot: "that of both; what is sure of the first is not told to the second",
	}
}

// Score returns what Then says, with the reputations of First.
func (s *Chain) Score(ctx context.Context, in Input) (*Result, error) {
	if !(s.Unknown >= 0 && s.Unknown <= 1) {
		return nil, fmt.Errorf("scorer chain: Unknown is %g; it must be in 0..1", s.Unknown)
	}
	if err := cmp.Or(in.Check(s.Name()), ctx.Err()); err != nil {
		return nil, err
	}
	if s.First == s.Name() || s.Then == s.Name() {
		return nil, fmt.Errorf("scorer chain: a chain cannot be a part of itself")
	}
	if s.named == nil {
		return nil, errors.New("scorer chain: it knows no scorers; make it by NewChain")
	}
	first, err := s.named(s.First)
	if err != nil {
		return nil, fmt.Errorf("scorer chain: first: %w", err)
	}
	then, err := s.named(s.Then)
	if err != nil {
		return nil, fmt.Errorf("scorer chain: then: %w", err)
	}
	r, err := first.Score(ctx, in)
	if err != nil {
		return nil, err
	}
	if r.Rater == nil {
		return nil, fmt.Errorf("scorer chain: %s gives raters no reputation", s.First)
	}
	return reweigh(ctx, then, in, r, r.Rater, s.Unknown)
}
