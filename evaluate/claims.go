package evaluate

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/ringwatch/ringwatch/internal/plural"
)

// A Label is what a file says of an account.
type Label uint8

// Labels.
const (
	Unknown Label = iota
	No
	Yes // found, or positive in a truth
)

// Claims are what a file says about accounts.
type Claims struct {
	IDs     []string  // ascending, each once
	Label   []Label   // per account
	Score   []float64 // per account, higher is more suspicious, NaN without; nil where the file has none
	Kind    []string  // per account; nil where the file has none
	Groups  []Group   // in the order of their names; nil where the file has none
	Reading Reading
}

// A Group is a named set of accounts, by their numbers, ascending. An account may be
// in several.
type Group struct {
	Name    string
	Members []int32
}

// A Reading tells what was read as what.
type Reading struct {
	File     string   `json:"file"`
	Form     string   `json:"form"` // in words
	Accounts int      `json:"accounts"`
	Account  string   `json:"account,omitempty"` // columns
	Score    string   `json:"score,omitempty"`
	Lower    bool     `json:"lower,omitempty"` // of the score, lower is more suspicious
	Group    string   `json:"group,omitempty"`
	Label    string   `json:"label,omitempty"`
	Kind     string   `json:"kind,omitempty"`
	Groups   int      `json:"groups,omitempty"`
	Told     []string `json:"told,omitempty"`
}

func (r *Reading) ranking() string {
	if r.Lower {
		return r.Score + ", lower is more suspicious"
	}
	return r.Score
}

// decides reports whether the file says who is found.
func (c *Claims) decides() bool {
	return slices.ContainsFunc(c.Label, func(l Label) bool { return l != Unknown }) || c.Score == nil
}

// onlyNames reports whether the file names those it found and nobody else.
func (c *Claims) onlyNames() bool {
	return c.Score == nil && !slices.ContainsFunc(c.Label, func(l Label) bool { return l != Yes })
}

// A builder gathers claims row by row.
type builder struct {
	number   map[string]int32
	ids      []string
	label    []Label
	score    []float64
	kind     []string
	groups   map[string][]int32
	conflict []string // labelled yes and no
	repeats  int
	scored   bool
	kinds    bool
}

func newBuilder() *builder {
	return &builder{number: make(map[string]int32), groups: make(map[string][]int32)}
}

// account is its number. Whitespace around a name is no part of it.
func (b *builder) account(id string) (int32, bool) {
	id = strings.TrimSpace(id)
	u, known := b.number[id]
	if !known {
		u = int32(len(b.ids))
		b.number[id] = u
		b.ids, b.label = append(b.ids, id), append(b.label, Unknown)
		b.score, b.kind = append(b.score, math.NaN()), append(b.kind, "")
	}
	return u, known
}

func (b *builder) mark(u int32, l Label) {
	if was := b.label[u]; was != Unknown && l != Unknown && was != l {
		b.conflict = append(b.conflict, b.ids[u])
	}
	if l > b.label[u] {
		b.label[u] = l
	}
}

// rate keeps the more suspicious of several scores.
func (b *builder) rate(u int32, score float64) {
	b.scored = true
	if was := b.score[u]; math.IsNaN(was) || score > was {
		b.score[u] = score
	}
}

func (b *builder) join(u int32, group string) { b.groups[group] = append(b.groups[group], u) }

// claims puts everything in an order that is not the file's.
func (b *builder) claims(r Reading) *Claims {
	order := make([]int32, len(b.ids))
	for k := range order {
		order[k] = int32(k)
	}
	slices.SortFunc(order, func(x, y int32) int { return cmp.Compare(b.ids[x], b.ids[y]) })
	to := make([]int32, len(order))
	c := &Claims{Reading: r}
	for k, u := range order {
		to[u] = int32(k)
		c.IDs, c.Label = append(c.IDs, b.ids[u]), append(c.Label, b.label[u])
		if b.scored {
			c.Score = append(c.Score, b.score[u])
		}
		if b.kinds {
			c.Kind = append(c.Kind, b.kind[u])
		}
	}
	for name, members := range b.groups {
		g := Group{Name: name}
		for _, u := range members {
			g.Members = append(g.Members, to[u])
		}
		slices.Sort(g.Members)
		g.Members = slices.Compact(g.Members)
		c.Groups = append(c.Groups, g)
	}
	slices.SortFunc(c.Groups, func(x, y Group) int { return cmp.Compare(x.Name, y.Name) })
	c.Reading.Accounts, c.Reading.Groups = len(c.IDs), len(c.Groups)
	if b.repeats > 0 {
		c.Reading.Told = append(c.Reading.Told, fmt.Sprintf("%s of accounts that had been named before: each account "+
			"counts once, with the highest of its scores", plural.Of(b.repeats, "row")))
	}
	if len(b.conflict) > 0 {
		slices.Sort(b.conflict)
		b.conflict = slices.Compact(b.conflict)
		c.Reading.Told = append(c.Reading.Told, fmt.Sprintf("%s labelled both yes and no (%s): taken as yes",
			plural.Of(len(b.conflict), "account"), few(b.conflict)))
	}
	return c
}
