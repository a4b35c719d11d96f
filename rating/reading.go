package rating

import (
	"fmt"
	"slices"
	"strings"
)

// A Reading says which columns were read as what.
type Reading struct {
	Rater   string   `json:"rater"` // names of columns, or their numbers where there is no header
	Item    string   `json:"item"`
	Value   string   `json:"value,omitempty"`    // empty: none, co-actions
	ValueAs string   `json:"value_as,omitempty"` // how values are written, if not as plain numbers
	Scale   string   `json:"scale"`              // 1..5, or co-actions
	Time    string   `json:"time,omitempty"`     // empty: none
	TimeAs  string   `json:"time_as,omitempty"`  // unit or form, and zone
	NotRead []string `json:"not_read,omitempty"` // the other columns
	// The rater and the item with most rows, and their shares of all rows kept.
	TopRater      string  `json:"top_rater,omitempty"`
	TopRaterShare float64 `json:"top_rater_share,omitempty"`
	TopItem       string  `json:"top_item,omitempty"`
	TopItemShare  float64 `json:"top_item_share,omitempty"`
}

// String is a Reading in a line:
//
//	rater=user, item=product, value=stars (scale 1..5), time=created_at (seconds, UTC); not read: title
func (r Reading) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "rater=%s, item=%s", quoteColumn(r.Rater), quoteColumn(r.Item))
	switch {
	case r.Value == "":
		b.WriteString(", no value (co-actions)")
	case r.Scale == coActionsScale:
		fmt.Fprintf(&b, ", value=%s (all equal: co-actions)", quoteColumn(r.Value))
	case r.ValueAs != "":
		fmt.Fprintf(&b, ", value=%s (scale %s, %s)", quoteColumn(r.Value), r.Scale, shorten(r.ValueAs, 120))
	default:
		fmt.Fprintf(&b, ", value=%s (scale %s)", quoteColumn(r.Value), r.Scale)
	}
	if r.Time == "" {
		b.WriteString(", no time")
	} else {
		fmt.Fprintf(&b, ", time=%s (%s)", quoteColumn(r.Time), r.TimeAs)
	}
	if len(r.NotRead) > 0 {
		b.WriteString("; not read: ")
		for i, name := range r.NotRead {
			if i == 12 {
				fmt.Fprintf(&b, " and %d more", len(r.NotRead)-i)
				break
			}
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(quoteColumn(name))
		}
	}
	return b.String()
}

const coActionsScale = "co-actions"

func quoteColumn(name string) string {
	if name == "" || strings.ContainsAny(name, ",;=()\"") || strings.TrimSpace(name) != name {
		return `"` + shorten(name, 60) + `"`
	}
	return shorten(name, 60)
}

// reading is what the roles say; what all rows tell is added in the end.
func (a *assignment) reading(l *layout) *Reading {
	of := func(f int) string {
		switch column := a.where[f]; {
		case column >= 0 && l.has[f] && a.names == nil:
			return fmt.Sprintf("column %d", column+1)
		case column >= 0 && l.has[f]:
			return a.name(column)
		}
		return ""
	}
	r := &Reading{Rater: of(raterField), Item: of(itemField), Value: of(valueField), Time: of(timeField)}
	if l.matrix {
		each := fmt.Sprintf("columns %s to %s", a.name(l.wide), a.name(a.width-1))
		if l.across {
			r.Rater = each
		} else {
			r.Item = each
		}
		if l.byRow {
			r.Rater = "the row"
		}
		if r.Value = ""; l.has[valueField] {
			r.Value = "their cells"
		}
	}
	if l.lists != 0 {
		r.Item += " (each of a list)"
	}
	if a.clock {
		r.Time += " + " + of(clockField)
	}
	if l.values != nil {
		r.ValueAs = l.values.String()
	}
	for i := range a.width {
		if !slices.Contains(a.where[:], i) && !(l.matrix && i >= l.wide) {
			name := a.name(i)
			if a.names == nil {
				name = fmt.Sprintf("column %d", i+1)
			}
			r.NotRead = append(r.NotRead, name)
		}
	}
	a.overlooked(l)
	return r
}

// overlooked warns of columns that look like values or times where none was taken.
func (a *assignment) overlooked(l *layout) {
	if len(a.rows) == 0 || a.names == nil {
		return
	}
	for _, f := range []int{valueField, timeField} {
		if l.has[f] || a.told[f] || f == valueField && a.opt.Scale == coActions {
			continue
		}
		var found []string
		use := fieldNames[f] + "=" // of --columns, as it can be pasted
		for i, name := range a.names {
			if slices.Contains(a.where[:], i) || gone(name) || !a.mayBe(i, f) {
				continue
			}
			seen, name := a.look(i), shorten(name, 60)
			if f == timeField && seen.fault != nil && !seen.fault.ambiguous {
				name += ", which holds " + seen.fault.what
			} else if f == valueField && seen.few() && strings.HasSuffix(use, "=") {
				use += a.called(i)
			}
			if found = append(found, name); len(found) == 6 {
				break
			}
		}
		if len(found) > 0 {
			a.warnings = append(a.warnings, fmt.Sprintf("no column was taken for the %s (there %s %s); "+
				"name it with --columns %s", fieldNames[f], map[bool]string{true: "is", false: "are"}[len(found) == 1],
				strings.Join(found, ", "), quoteShell(use)))
		}
	}
}

// mayBe reports whether a column that was left looks like the values or times.
func (a *assignment) mayBe(column, field int) bool {
	name, seen := a.name(column), a.look(column)
	r, _ := rankOf(name, field)
	rater, id := rankOf(name, raterField)
	item, id2 := rankOf(name, itemField)
	switch {
	case id || id2 || rater < certain || item < certain:
		return false
	case r < unknown && seen.filled > 0:
		return true
	case field == timeField:
		return seen.fault == nil && !(seen.times == nil && a.small(seen))
	case votesOrNot(name):
		return seen.few()
	case saysFlag(name) || counts(name):
		return false
	}
	return seen.isValue && (seen.fault != nil || a.small(seen)) && seen.distinct > 1 && seen.distinct <= 101
}

// counts reports whether a word of a column's name makes its numbers no opinions.
func counts(name string) bool {
	return slices.ContainsFunc(wordsOf(name), func(w string) bool { return slices.Contains(countWords, w) })
}
