package reports

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"github.com/ringwatch/ringwatch/scenarios"
)

// What is read back from Parquet is what was measured; the same outcomes make
// the same bytes.
func TestOutcomesParquet(t *testing.T) {
	outcomes := []scenarios.Outcome{
		{Scenario: "a", Point: map[string]any{"n": 5}, Scorer: "mean", Detector: "x", Seed: 1 << 63,
			Measures: map[string]float64{"shift": .25, "flips": 3},
			Recipe:   json.RawMessage(`{"world":"organic"}`), Version: "1"},
		{Scenario: "b", Scorer: "mean", Detector: "x", Seed: 2, Measures: map[string]float64{}},
		{Scenario: "b", Scorer: "mean", Detector: "x", Seed: 3, Measures: map[string]float64{"recall": 1}},
	}
	var b, again bytes.Buffer
	if err := OutcomesParquet(&b, outcomes); err != nil {
		t.Fatal(err)
	}
	got, err := parquet.Read[outcomeRow](bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	want := []outcomeRow{
		{"a", `{"n":5}`, "mean", "x", 1 << 63, "flips", 3, `{"world":"organic"}`, "1"},
		{"a", `{"n":5}`, "mean", "x", 1 << 63, "shift", .25, `{"world":"organic"}`, "1"},
		{"b", "{}", "mean", "x", 3, "recall", 1, "", ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if err := OutcomesParquet(&again, outcomes); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Errorf("%v; other bytes", err)
	}
}
