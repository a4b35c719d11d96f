package simulate

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/ringwatch/ringwatch/catalog"
	"github.com/ringwatch/ringwatch/rating"
)

// Import is a brigade whose profiles another tool has made, as attacks by
// gradients or by generative networks do.
type Import struct {
	File     string        `doc:"ratings to inject, rater,item,value[,time] in any form that ringwatch reads; items by the world's names"`
	Profiles string        `doc:"the same as text, instead of a file"`
	Scale    string        `doc:"range of the values, as 1..5; empty for the world's own"`
	Accounts int           `doc:"raters of the file who become accounts, the first by name; 0 is no attack" within:"0..10000000"`
	Promote  []string      `doc:"items that the profiles are to lift; only measures go by it"`
	Demote   []string      `doc:"items that they are to sink; only measures go by it"`
	Campaign time.Duration `doc:"ratings without a time fall within a stretch this long" within:"0.."`
}

// NewImport returns an Import of 50 profiles at most, over 60 days. It needs a
// file, or profiles.
func NewImport() *Import { return &Import{Accounts: 50, Campaign: 60 * 24 * time.Hour} }

func (a *Import) Name() string { return "import" }

func (a *Import) Doc() Doc {
	return Doc{
		Summary: "profiles made by another tool",
		Goal:    "what their maker is after",
		Source: "e.g. Christakopoulou and Banerjee, Adversarial Attacks on an Oblivious Recommender, RecSys 2019; " +
			"Lin et al., AUSH, CIKM 2020",
		Detection: "profiles made at once resemble one another where people do not: the same rare choices, " +
			"the same levels",
	}
}

func (a *Import) Inject(rng *rand.Rand, w *World) error {
	if err := catalog.Check(a.Name(), a); err != nil {
		return err
	}
	if a.Accounts == 0 {
		return nil
	}
	t, item, err := a.read(w)
	var targets []target
	if err == nil {
		targets, err = a.aim(w)
	}
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	accounts := min(a.Accounts, t.Raters.Len())
	b := w.form(a.Name(), &Crew{Brigades: 1, Accounts: accounts, Targets: 1, Campaign: a.Campaign}, rng)[0]
	b.targets = targets
	b.lead, _ = b.plan(b.rng, b.crew)
	for u, m := range b.enlist() {
		for _, k := range t.ByRater().Rows(int32(u)) {
			i, value := item[t.Item[k]], float32(1)
			if !b.Ratings.Scale.Unary() {
				value = b.census().snap(float64(t.Value[k]))
			}
			at := int32(0)
			if t.HasTimes() {
				at = t.Time[k]
			} else {
				at = b.moment(b.rng, &m.persona, i)
			}
			b.append(m.rater, i, value, b.time(b.rng, at, 0))
		}
	}
	return nil
}

// read returns the profiles and the world's number of each of their items.
func (a *Import) read(w *World) (*rating.Table, []int32, error) {
	opt := rating.ReadOptions{Scale: a.Scale, Stdin: strings.NewReader(a.Profiles)}
	if s := w.Ratings.Scale; opt.Scale == "" && !s.Unary() {
		opt.Scale = fmt.Sprintf("%g..%g", s.Min, s.Max)
	} else if s.Unary() {
		opt.Scale = "binary"
	}
	file := a.File
	switch {
	case (a.File == "") == (a.Profiles == ""):
		return nil, nil, errors.New("give either file or profiles")
	case a.File == "":
		file = "-"
	}
	t, _, err := rating.Read(context.Background(), []string{file}, opt)
	if err != nil {
		return nil, nil, err
	}
	item := make([]int32, t.Items.Len())
	for i := range item {
		if item[i], err = w.itemOf(t.Items.Name(int32(i))); err != nil {
			return nil, nil, err
		}
	}
	return t, item, nil
}

// aim records what the profiles are after, or leaves the world as it was.
func (a *Import) aim(w *World) (targets []target, err error) {
	goal := slices.Clone(w.Goal)
	for _, want := range []struct {
		items []string
		goal  int8
	}{{a.Promote, 1}, {a.Demote, -1}} {
		for _, name := range want.items {
			i, err := w.itemOf(name)
			if err != nil {
				return nil, err
			}
			if goal[i] == -want.goal {
				return nil, fmt.Errorf("%s is both promoted and demoted", name)
			}
			goal[i] = want.goal
			targets = append(targets, target{item: i, goal: want.goal})
		}
	}
	w.Goal = goal
	return targets, nil
}

func (w *World) itemOf(name string) (int32, error) {
	i, ok := w.Ratings.Items.Find(name)
	if !ok {
		return 0, fmt.Errorf("the world has no item %q; its first is %q", name, w.Ratings.Items.Name(0))
	}
	return i, nil
}
