package reports

import (
	"encoding/json"
	"io"
	"maps"
	"slices"

	"github.com/parquet-go/parquet-go"

	"github.com/ringwatch/ringwatch/scenarios"
)

// outcomeRow is one measure of one outcome.
type outcomeRow struct {
	Scenario string  `parquet:"scenario,dict"`
	Point    string  `parquet:"point,dict"` // as JSON; {} off the axes
	Scorer   string  `parquet:"scorer,dict"`
	Detector string  `parquet:"detector,dict"`
	Seed     uint64  `parquet:"seed"`
	Measure  string  `parquet:"measure,dict"`
	Value    float64 `parquet:"value"`
	Recipe   string  `parquet:"recipe,dict"`
	Version  string  `parquet:"version,dict"`
}

// OutcomesParquet writes a row for each outcome and measure: scenario, point (as
// JSON), scorer, detector, seed, measure, value, recipe (as JSON) and version;
// outcomes in their order, measures by name, packed with Zstandard.
func OutcomesParquet(w io.Writer, outcomes []scenarios.Outcome) error {
	out := parquet.NewGenericWriter[outcomeRow](w, parquet.Compression(&parquet.Zstd), parquet.CreatedBy("ringwatch", "1", ""))
	for _, o := range outcomes {
		point := []byte("{}")
		if o.Point != nil {
			var err error
			if point, err = json.Marshal(o.Point); err != nil {
				return err
			}
		}
		var rows []outcomeRow
		for _, name := range slices.Sorted(maps.Keys(o.Measures)) {
			rows = append(rows, outcomeRow{o.Scenario, string(point), o.Scorer, o.Detector, o.Seed, name, o.Measures[name], string(o.Recipe), o.Version})
		}
		if _, err := out.Write(rows); err != nil {
			return err
		}
	}
	return out.Close()
}
