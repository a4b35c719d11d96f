package reports

import (
	"encoding/json"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/ringwatch/ringwatch/reports/internal/page"

	"github.com/ringwatch/ringwatch/scenarios"
)

// Rows that are held at once, and those of a row group, whose identifiers are held.
const (
	parquetRows  = 1 << 14
	parquetGroup = 1 << 20
)

// writeParquet writes rows as one Parquet file, packed with zstd.
func writeParquet[T any](w io.Writer, rows iter.Seq[T]) error {
	return writeGroups(w, rows, parquetRows, parquetGroup)
}

// writeGroups is writeParquet with so many rows at once, of which a group is a multiple.
func writeGroups[T any](w io.Writer, rows iter.Seq[T], atOnce, group int) error {
	out := parquet.NewGenericWriter[T](w, parquet.Compression(&parquet.Zstd))
	some, written := make([]T, 0, atOnce), 0
	flush := func() error {
		n, err := out.Write(some)
		some = some[:0]
		if written += n; err == nil && written == group {
			written, err = 0, out.Flush()
		}
		return err
	}
	for row := range rows {
		if some = append(some, row); len(some) == cap(some) {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	return out.Close()
}

// A ringRow is a row of rings.parquet. Times are absent where the data has
// none, and what a ring changed where nothing was scored.
type ringRow struct {
	Ring        string     `parquet:"ring"`
	Size        int64      `parquet:"size"`
	Targets     int64      `parquet:"targets"`
	P           float64    `parquet:"p_value"` // 0 where smaller than a float64 holds
	LogP        float64    `parquet:"ln_p"`
	Q           float64    `parquet:"q_value"`
	LogQ        float64    `parquet:"ln_q"`
	Detectors   string     `parquet:"detectors,dict"`
	First       *time.Time `parquet:"first,optional,timestamp(millisecond)"`
	Last        *time.Time `parquet:"last,optional,timestamp(millisecond)"`
	Changed     *int64     `parquet:"targets_changed,optional"`
	Certainty   string     `parquet:"certainty,dict"`
	Fits        string     `parquet:"explanation,dict"`
	Shift       *float64   `parquet:"shift,optional"`
	Moved       *int64     `parquet:"targets_moved,optional"`
	ControlLow  *float64   `parquet:"control_low,optional"`
	ControlHigh *float64   `parquet:"control_high,optional"`
	Members     []string   `parquet:"members,list"`
	Items       []string   `parquet:"items,list"`
}

// RingsParquet writes rings as rings.parquet holds them: the columns of
// rings.csv, with logarithms of the chances, and lists of members and items.
func RingsParquet(w io.Writer, rings []Ring) error {
	rows := make([]ringRow, 0, len(rings))
	for _, r := range rings {
		p, _ := r.P.Float64()
		q, _ := r.Q.Float64()
		x := ringRow{Ring: r.ID, Size: int64(r.Size), Targets: int64(r.Targets), P: p, LogP: r.LogP, Q: q, LogQ: r.LogQ,
			Detectors: strings.Join(r.Detectors,
				" "), First: instant(r.First), Last: instant(r.Last), Certainty: r.Certainty,
			Fits: r.Fits(), Items: r.Items}
		if e := r.Effect; e != nil {
			changed, moved := int64(e.Changed), int64(e.Moved)
			x.Changed, x.Moved, x.Shift = &changed, &moved, &e.Shift
			if c := e.Control; c != nil {
				x.ControlLow, x.ControlHigh = &c.Shift[0], &c.Shift[1]
			}
		}
		for _, m := range r.Members {
			x.Members = append(x.Members, m.Rater)
		}
		rows = append(rows, x)
	}
	return writeParquet(w, slices.Values(rows))
}

func instant(s string) *time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return nil
	}
	return &t
}

// An outcomeRow is one measure of one outcome.
type outcomeRow struct {
	Scenario string  `parquet:"scenario,dict"`
	Point    string  `parquet:"point,dict"` // as JSON; {} off the axes
	Scorer   string  `parquet:"scorer,dict"`
	Detector string  `parquet:"detector,dict"`
	Seed     uint64  `parquet:"seed"`
	Measure  string  `parquet:"measure,dict"`
	Value    float64 `parquet:"value"`
	Recipe   string  `parquet:"recipe,dict"` // as JSON
	Version  string  `parquet:"version,dict"`
}

// OutcomesParquet writes a row for each outcome and measure that is defined:
// outcomes in their order, measures by name.
func OutcomesParquet(w io.Writer, outcomes []scenarios.Outcome) error {
	var rows []outcomeRow
	for _, o := range outcomes {
		point := []byte("{}")
		if o.Point != nil {
			var err error
			if point, err = json.Marshal(o.Point); err != nil {
				return err
			}
		}
		measures := defined(o.Measures)
		for _, m := range slices.Sorted(maps.Keys(measures)) {
			rows = append(rows, outcomeRow{page.Shown(o.Scenario), page.Shown(string(point)), page.Shown(o.Scorer),
				page.Shown(o.Detector), o.Seed,
				page.Shown(m), measures[m], string(o.Recipe), o.Version})
		}
	}
	return writeParquet(w, slices.Values(rows))
}
