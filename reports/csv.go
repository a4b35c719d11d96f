package reports

import (
	"encoding/csv"
	"io"
	"iter"
	"reflect"
	"strconv"
	"strings"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring"
)

// CSV writes the list of rings, as rings.csv holds it:
// ring,size,targets,p_value,q_value,detectors,first,last,targets_changed,certainty,
// explanation,shift,targets_moved,control_low,control_high.
// Detectors are joined by spaces, times are RFC 3339 in UTC, the effect
// is empty if the effect on scores was not computed, explanation names the innocent
// ones that fit.
//
// In every CSV file, an identifier that begins with = + - @ or an apostrophe
// and is no plain number has one apostrophe put in front, so that no
// spreadsheet runs it; take one leading apostrophe away to have it back.
func CSV(w io.Writer, c *Case) error { return ringsCSV(w, c.Document().Rings) }

// ringsCSV writes rings as CSV does those of a case.
func ringsCSV(w io.Writer, rings []Ring) error {
	header := "ring,size,targets,p_value,q_value,detectors,first,last,targets_changed,certainty,explanation,shift," +
		"targets_moved,control_low,control_high"
	return table(w, header, func(put func(...string)) {
		for _, r := range rings {
			changed, effect := r.EffectCells()
			put(r.ID, strconv.Itoa(r.Size), strconv.Itoa(r.Targets), r.P.String(), r.Q.String(),
				strings.Join(r.Detectors, " "), r.First, r.Last, changed, r.Certainty, r.Fits(), effect[0],
				effect[1], effect[2], effect[3])
		}
	})
}

// EffectCells are the cells of a ring's effect: the targets that it changed, and the
// mean shift, the targets moved and the control's least and greatest shift; empty
// where there is none.
func (r *Ring) EffectCells() (changed string, more [4]string) {
	e := r.Effect
	if e == nil {
		return "", more
	}
	more[0], more[1] = number(e.Shift), strconv.Itoa(e.Moved)
	if c := e.Control; c != nil {
		more[2], more[3] = number(c.Shift[0]), number(c.Shift[1])
	}
	return strconv.Itoa(e.Changed), more
}

// groupsCSV writes the groups that are no rings.
func groupsCSV(w io.Writer, d *Document) error {
	return table(w, "group,tier,size,targets,p_value,q_value,detectors,first,last,certainty,explanation",
		func(put func(...string)) {
			for _, tier := range []struct {
				name   string
				groups []Ring
			}{{Coordinated, d.Coordinated}, {"shared", d.Shared}} {
				for _, r := range tier.groups {
					put(r.ID, tier.name, strconv.Itoa(r.Size), strconv.Itoa(r.Targets), r.P.String(), r.Q.String(),
						strings.Join(r.Detectors, " "), r.First, r.Last, r.Certainty, r.Fits())
				}
			}
		})
}

// Table writes a CSV file of which no cell is a formula.
func Table(w io.Writer, header []string, rows [][]string) error {
	return table(w, strings.Join(header, ","), func(put func(...string)) {
		for _, r := range rows {
			cells := make([]string, len(r))
			for i := range r {
				cells[i] = inert(r[i])
			}
			put(cells...)
		}
	})
}

// table writes a header and the rows that each puts.
func table(w io.Writer, header string, each func(put func(cells ...string))) error {
	out := csv.NewWriter(w)
	if err := out.Write(strings.Split(header, ",")); err != nil {
		return err
	}
	var failed error
	each(func(cells ...string) {
		if failed == nil {
			failed = out.Write(cells)
		}
	})
	if failed != nil {
		return failed
	}
	out.Flush()
	return out.Error()
}

// rowsCSV writes rows, whose columns are named by their parquet tags: what stands in a
// CSV file and in a Parquet file is told once. A cell of what is not known is empty.
func rowsCSV[Row any](w io.Writer, rows []Row) error {
	columns := reflect.VisibleFields(reflect.TypeFor[Row]())
	var names []string
	for _, f := range columns {
		name, _, _ := strings.Cut(f.Tag.Get("parquet"), ",")
		names = append(names, name)
	}
	return table(w, strings.Join(names, ","), func(put func(...string)) {
		cells := make([]string, len(columns))
		for i := range rows {
			row := reflect.ValueOf(&rows[i]).Elem()
			for k, f := range columns {
				cells[k] = cellOf(row.FieldByIndex(f.Index))
			}
			put(cells...)
		}
	})
}

func cellOf(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return ""
		}
		return cellOf(v.Elem())
	case reflect.Int64:
		return strconv.FormatInt(v.Int(), 10)
	case reflect.Float64:
		return number(v.Float())
	}
	return inert(v.String())
}

// inert makes a shown identifier safe for a spreadsheet. Tabs and line breaks
// are gone already.
func inert(id string) string {
	if id == "" || strings.IndexAny(id, "=+-@'＝＋－＠") != 0 || plainNumber(id) {
		return id
	}
	return "'" + id
}

// plainNumber reports whether s is decimal digits with at most a sign before
// and a point among them: no formula in any spreadsheet.
func plainNumber(s string) bool {
	s = strings.TrimLeft(s[:1], "+-") + s[1:]
	whole, part, point := strings.Cut(s, ".")
	digits := func(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
	return digits(whole) && (!point || digits(part))
}

func membersCSV(w io.Writer, d *Document) error {
	return table(w, "ring,rater,role,strength,shared_items,certainty,explanation", func(put func(...string)) {
		for _, r := range d.Rings {
			for _, m := range r.Members {
				put(r.ID, inert(m.Rater), m.Role, number(m.Strength), strconv.Itoa(m.Shared), r.Certainty, r.Fits())
			}
		}
	})
}

// A raterRow is a row of raters.csv and of raters.parquet.
type raterRow struct {
	Rater     string   `parquet:"rater,dict"`
	Ring      *string  `parquet:"ring,optional,dict"` // of several, the strongest
	Suspicion float64  `parquet:"suspicion"`
	Q         *float64 `parquet:"q_value,optional"` // 0 where smaller than a float64 holds
	LogQ      *float64 `parquet:"ln_q,optional"`
	Detectors string   `parquet:"detectors,dict"`
	Ratings   int64    `parquet:"ratings"`
	Group     *string  `parquet:"group,optional,dict"` // the strongest coordinated group that the rater is in
	Certainty string   `parquet:"certainty,dict"`      // of the ring, else of the group
	Fits      string   `parquet:"explanation,dict"`    // the innocent explanations that fit it

	q string
}

// raterRows yields the rows of all raters, in their order.
func raterRows(t *rating.Table, f *detect.Findings, d *Document) iter.Seq[raterRow] {
	rings, groups := strongestOf(f.Rings, t.Raters.Len()), strongestOf(f.Coordinated, t.Raters.Len())
	return func(yield func(raterRow) bool) {
		for u, k := range rings {
			x := raterRow{Rater: rater(t, int32(u)), Ratings: int64(t.ByRater().Count(int32(u)))}
			if g := groups[u]; g > 0 {
				r := &d.Coordinated[g-1]
				x.in(r)
				x.Group = &r.ID
			}
			if k > 0 {
				r := &d.Rings[k-1]
				x.in(r)
				x.Ring = &r.ID
			}
			if f.Suspicion != nil {
				x.Suspicion = f.Suspicion[u]
			}
			if !yield(x) {
				return
			}
		}
	}
}

// in says that the rater is in r.
func (x *raterRow) in(r *Ring) {
	q, _ := r.Q.Float64()
	x.Q, x.LogQ, x.q, x.Detectors, x.Certainty, x.Fits = &q, &r.LogQ, r.Q.String(), strings.Join(r.Detectors,
		" "), r.Certainty, r.Fits()
}

// strongestOf returns, per rater, which of the groups it is in, from 1, the first
// of several; 0 for none.
func strongestOf(groups []detect.Ring, raters int) []int32 {
	in := make([]int32, raters)
	for i := len(groups) - 1; i >= 0; i-- {
		for _, u := range groups[i].Raters {
			in[u] = int32(i + 1)
		}
	}
	return in
}

func ratersCSV(w io.Writer, t *rating.Table, f *detect.Findings, d *Document) error {
	return table(w, "rater,ring,suspicion,q_value,detectors,ratings,group,certainty,explanation",
		func(put func(...string)) {
			for r := range raterRows(t, f, d) {
				put(inert(r.Rater), named(r.Ring), number(r.Suspicion), r.q, r.Detectors,
					strconv.FormatInt(r.Ratings, 10), named(r.Group), r.Certainty, r.Fits)
			}
		})
}

func named(id *string) string {
	if id == nil {
		return ""
	}
	return *id
}

func truthCSV(w io.Writer, t *rating.Table, brigade []int32) error {
	return table(w, "rater,brigade", func(put func(...string)) {
		for u, k := range brigade {
			put(inert(rater(t, int32(u))), strconv.Itoa(int(k)))
		}
	})
}

// itemScores writes a scorer's items.csv. Cells are empty where the scorer has
// no such notion, or no score.
func itemScores(w io.Writer, t *rating.Table, s *scoring.Result) error {
	return table(w, "item,score,status,intercept,factor,ratings", func(put func(...string)) {
		for i := range t.Items.Len() {
			status := ""
			if s.Status != nil {
				status = s.Status[i].String()
			}
			put(inert(item(t, int32(i))), at(s.Item, i), status, at(s.ItemIntercept, i), at(s.ItemFactor, i),
				counted(s.ItemRatings, t.ByItem, i))
		}
	})
}

// raterScores writes a scorer's raters.csv. Helpful counts the rater's ratings
// in the upper half of the scale; it is empty for co-actions.
func raterScores(w io.Writer, t *rating.Table, s *scoring.Result) error {
	count := make([]int32, t.Raters.Len())
	for k, v := range t.Value {
		if v > 0.5 {
			count[t.Rater[k]]++
		}
	}
	return table(w, "rater,reputation,intercept,factor,helpful,ratings", func(put func(...string)) {
		for u, n := range count {
			helpful := ""
			if !t.Scale.Unary() {
				helpful = strconv.Itoa(int(n))
			}
			put(inert(rater(t, int32(u))), at(s.Rater, u), at(s.RaterIntercept, u), at(s.RaterFactor, u), helpful,
				counted(s.RaterRatings, t.ByRater, u))
		}
	})
}

func at(column []float32, k int) string {
	if column == nil {
		return ""
	}
	return number32(column[k])
}

// counted is a column's number or, without a column, how many rows an index has, which is not made
// where nobody asks it.
func counted(column []int32, index func() *rating.Index, k int) string {
	if column == nil {
		return strconv.Itoa(index().Count(int32(k)))
	}
	return strconv.Itoa(int(column[k]))
}
