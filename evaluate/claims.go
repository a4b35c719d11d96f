package evaluate

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/ringwatch/ringwatch/internal/plural"
	"github.com/ringwatch/ringwatch/rating"
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

// A builder gathers claims row by row, as columns.
type builder struct {
	names    *rating.Names
	label    []Label
	score    []float64 // nil while there are none
	kind     []int32   // in kinds, 0 for none; nil while there are none
	kinds    *rating.Names
	groups   *rating.Names
	member   []int32 // accounts that are in a group,
	of       []int32 // and in which
	conflict []int32 // labelled yes and no
	repeats  int
	named    bool // groups without members are told of too
}

func newBuilder() *builder {
	b := &builder{names: rating.NewNames(), kinds: rating.NewNames(), groups: rating.NewNames()}
	b.kinds.Add(nil)
	return b
}

// account is its number. Whitespace around a name is no part of it.
func (b *builder) account(id string) (int32, bool) {
	u := b.names.Add([]byte(strings.TrimSpace(id)))
	if int(u) < len(b.label) {
		return u, true
	}
	b.label = append(b.label, Unknown)
	return u, false
}

func (b *builder) mark(u int32, l Label) {
	if was := b.label[u]; was != Unknown && l != Unknown && was != l {
		b.conflict = append(b.conflict, u)
	}
	if l > b.label[u] {
		b.label[u] = l
	}
}

// rate keeps the more suspicious of several scores.
func (b *builder) rate(u int32, score float64) {
	for len(b.score) <= int(u) {
		b.score = append(b.score, math.NaN())
	}
	if was := b.score[u]; math.IsNaN(was) || score > was {
		b.score[u] = score
	}
}

func (b *builder) isKind(u int32, kind string) {
	for len(b.kind) <= int(u) {
		b.kind = append(b.kind, 0)
	}
	b.kind[u] = b.kinds.Add([]byte(kind))
}

func (b *builder) join(u int32, group string) {
	b.member, b.of = append(b.member, u), append(b.of, b.groups.Add([]byte(group)))
}

// settle takes the members of what is no group out of it. Who is in a group is in one,
// whatever other rows say, where that decides; where memberships do not count, nobody is.
func (b *builder) settle(none func(group string) bool, count, decides bool) {
	no := make([]bool, b.groups.Len())
	for k := range no {
		no[k] = none(b.groups.Name(int32(k)))
	}
	n := 0
	for k, u := range b.member {
		in := !no[b.of[k]]
		if decides && in {
			b.label[u] = Yes
		} else if decides {
			b.label[u] = max(b.label[u], No)
		}
		if in && count {
			b.member[n], b.of[n] = u, b.of[k]
			n++
		}
	}
	b.member, b.of = b.member[:n], b.of[:n]
}

// claims puts everything in an order that is not the file's.
func (b *builder) claims(r Reading) *Claims {
	ids := b.names.All()
	b.names = nil
	for b.score != nil && len(b.score) < len(ids) {
		b.score = append(b.score, math.NaN())
	}
	for b.kind != nil && len(b.kind) < len(ids) {
		b.kind = append(b.kind, 0)
	}
	order := make([]int32, len(ids))
	for k := range order {
		order[k] = int32(k)
	}
	c := &Claims{Reading: r, IDs: ids, Label: b.label, Score: b.score}
	if !slices.IsSorted(ids) {
		slices.SortFunc(order, func(x, y int32) int { return cmp.Compare(ids[x], ids[y]) })
		c.IDs, c.Label = inOrder(ids, order), inOrder(b.label, order)
		c.Score, b.kind = inOrder(b.score, order), inOrder(b.kind, order)
	}
	if b.kind != nil {
		kinds := b.kinds.All()
		c.Kind = make([]string, len(ids))
		for k, kind := range b.kind {
			c.Kind[k] = kinds[kind]
		}
	}
	c.Groups = b.inGroups(order)
	c.Reading.Accounts, c.Reading.Groups = len(c.IDs), len(c.Groups)
	if b.repeats > 0 {
		c.Reading.Told = append(c.Reading.Told, fmt.Sprintf("%s of accounts that had been named before: each account "+
			"counts once, with the highest of its scores", plural.Of(b.repeats, "row")))
	}
	if len(b.conflict) > 0 {
		slices.Sort(b.conflict)
		b.conflict = slices.Compact(b.conflict)
		var both []string
		for _, u := range b.conflict {
			both = append(both, ids[u])
		}
		slices.Sort(both)
		c.Reading.Told = append(c.Reading.Told, fmt.Sprintf("%s labelled both yes and no (%s): taken as yes",
			plural.Of(len(both), "account"), few(both)))
	}
	return c
}

// inGroups are the groups with their members, by the numbers that an order gives
// these. One that was named and has none is a group too.
func (b *builder) inGroups(order []int32) []Group {
	if b.groups.Len() == 0 {
		return nil
	}
	to := make([]int32, len(order))
	for k, u := range order {
		to[u] = int32(k)
	}
	end := make([]int, b.groups.Len()+1)
	for _, g := range b.of {
		end[g+1]++
	}
	for g := range b.groups.Len() {
		end[g+1] += end[g]
	}
	members, next := make([]int32, len(b.of)), slices.Clone(end)
	for k, u := range b.member {
		g := b.of[k]
		members[next[g]] = to[u]
		next[g]++
	}
	var groups []Group
	for g, name := range b.groups.All() {
		m := members[end[g]:end[g+1]:end[g+1]]
		if len(m) == 0 && !b.named {
			continue
		}
		slices.Sort(m)
		groups = append(groups, Group{Name: name, Members: slices.Compact(m)})
	}
	slices.SortFunc(groups, func(x, y Group) int { return cmp.Compare(x.Name, y.Name) })
	return groups
}

// inOrder is v in the order of its numbers; nil stays nil.
func inOrder[T any](v []T, order []int32) []T {
	if v == nil {
		return nil
	}
	out := make([]T, len(v))
	for k, u := range order {
		out[k] = v[u]
	}
	return out
}
