package reports

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ringwatch/ringwatch/reports/internal/page"
)

// ReadCase reads a rings.json, which may come from anybody: all text in it is
// made inert as that of a fresh case is. The case it returns can be shown in
// every format that shows rings, but has no Ratings, Findings or Score, so
// WriteCase refuses it.
func ReadCase(r io.Reader) (*Case, error) {
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	d := new(Document)
	if err := json.Unmarshal(b, d); err != nil {
		return nil, fmt.Errorf("not a rings.json: %w", err)
	}
	if d.Format != ringsFormat {
		return nil, fmt.Errorf("not a rings.json: its format is %q, not %q", page.Brief(40, d.Format), ringsFormat)
	}
	makePrintable(reflect.ValueOf(d).Elem())
	for _, groups := range [][]Ring{d.Rings, d.Coordinated, d.Shared} {
		for i := range groups {
			if groups[i].Certainty == "" { // written before there was such
				groups[i].Certainty = groups[i].certainty(false)
			}
			if err := groups[i].check(); err != nil {
				return nil, fmt.Errorf("not a rings.json: group %q: %w", page.Brief(40, groups[i].ID), err)
			}
		}
	}
	for i := range d.Campaigns {
		if err := d.Campaigns[i].Timeline.check(); err != nil {
			return nil, fmt.Errorf("not a rings.json: campaign %q: %w", page.Brief(40, d.Campaigns[i].ID), err)
		}
	}
	slices.SortStableFunc(d.Rings, func(a, b Ring) int { return cmp.Compare(a.Rank(), b.Rank()) })
	if d.Calibration != nil {
		if err := d.Calibration.check(); err != nil {
			return nil, fmt.Errorf("not a rings.json: %w", err)
		}
	}
	return &Case{Title: d.Title, Scorer: d.Scorer, Run: d.Run, doc: d}, nil
}

// makePrintable passes every text within v through printable.
func makePrintable(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(page.Printable(v.String()))
	case reflect.Pointer:
		if !v.IsNil() {
			makePrintable(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			makePrintable(v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			makePrintable(v.Index(i))
		}
	case reflect.Map:
		if v.IsNil() {
			return
		}
		m := reflect.MakeMap(v.Type())
		for it := v.MapRange(); it.Next(); {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			key.Set(it.Key())
			value.Set(it.Value())
			makePrintable(key)
			makePrintable(value)
			m.SetMapIndex(key, value)
		}
		v.Set(m)
	}
}

// check reports what a picture could not be drawn from, and chances that are none:
// what is not there is not 0.
func (r *Ring) check() error {
	for name, c := range map[string]json.Number{"p_value": r.P, "q_value": r.Q} {
		if v, err := c.Float64(); err != nil && !errors.Is(err, strconv.ErrRange) || v < 0 || v > 1 {
			return fmt.Errorf("its %s is %q; want a number from 0 to 1", name, page.Brief(40, c.String()))
		}
	}
	if m := r.Matrix; m != nil {
		if len(m.Cells) != len(m.Raters) {
			return fmt.Errorf("its matrix has %d lines for %d raters", len(m.Cells), len(m.Raters))
		}
		for _, line := range m.Cells {
			if len(line) != len(m.Items) {
				return fmt.Errorf("its matrix has a line of %d cells for %d items", len(line), len(m.Items))
			}
		}
		if len(m.After) > 0 && len(m.After) != len(m.Raters) {
			return fmt.Errorf("its matrix has %d lines of times for %d raters", len(m.After), len(m.Raters))
		}
		for _, line := range m.After {
			if n := strings.Count(line, ",") + 1; n != max(len(m.Items), 1) || strings.Trim(line, "0123456789,") != "" {
				return fmt.Errorf("its matrix has a line of %d times for %d items", n, len(m.Items))
			}
		}
	}
	l := r.Timeline
	if l == nil {
		return nil
	}
	from, to, err := span(l.From, l.To)
	if err != nil {
		return err
	}
	if !to.After(from) {
		return fmt.Errorf("its timeline ends at %q; want RFC 3339, after its start", page.Brief(40, l.To))
	}
	if len(l.Ring) != len(l.Crowd) {
		return fmt.Errorf("its timeline has %d steps of the ring and %d of the crowd", len(l.Ring), len(l.Crowd))
	}
	for i := range l.Ring {
		if l.Ring[i] < 0 || l.Crowd[i] < 0 {
			return errors.New("its timeline has a negative number of acts")
		}
	}
	if n := len(l.Hours); n != 0 && n != 7 && n != 7*24 {
		return fmt.Errorf("its timeline has %d hours of a week", len(l.Hours))
	}
	for _, acts := range l.Dots {
		for _, a := range acts {
			if a[0] < 0 || a[0] > 1000 || a[1] < 0 || a[1] >= levels {
				return fmt.Errorf("its timeline has an act %v; want a place in 0..1000 and a level in 0..%d",
					a, levels-1)
			}
		}
	}
	return nil
}

// check reports what a picture could not be drawn from.
func (l *CampaignTimeline) check() error {
	if l == nil {
		return nil
	}
	if _, _, err := span(l.From, l.To); err != nil {
		return err
	}
	n := len(l.Few)
	if n == 0 || n > 10*timelineSteps || len(l.Others) != n || len(l.Expected) != n || l.Begin < 0 || l.End < l.Begin ||
		l.End >= n {
		return fmt.Errorf("its timeline has %d, %d and %d steps, and those from %d to %d are the campaign's", n,
			len(l.Others), len(l.Expected), l.Begin, l.End)
	}
	for k := range l.Few {
		for level := range l.Few[k] {
			if l.Few[k][level] < 0 || l.Others[k][level] < 0 {
				return errors.New("its timeline has a negative number of ratings")
			}
		}
	}
	return nil
}

// span returns the times of a timeline.
func span(first, last string) (from, to time.Time, err error) {
	if from, err = time.Parse(time.RFC3339, first); err != nil {
		return from, to, fmt.Errorf("its timeline starts at %q; want RFC 3339", page.Brief(40, first))
	}
	if to, err = time.Parse(time.RFC3339, last); err != nil || to.Before(from) {
		return from, to, fmt.Errorf("its timeline ends at %q; want RFC 3339, after its start", page.Brief(40, last))
	}
	return from, to, nil
}
