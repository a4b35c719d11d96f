package reports

import (
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/detect"
)

// calibrated is a case whose data the detectors were tried on.
func calibrated() *Case {
	c := small()
	c.Calibrated = &detect.Calibrated{Redraws: 20, Taste: .42, WithRings: 1, Rings: 2, Raters: 9, Plantings: 20,
		NewlyElsewhere: 3,
		PValues: detect.PValues{Levels: []float64{.5, .1, .01}, Member: []int{4000, 900, 80},
			Random: []int{2000, 300, 0}, RandomGroups: 10000, Judged: []int{1, 0, 0}, JudgedGroups: 19},
		Cells: []detect.Cell{{Size: 5, Targets: 5, Planted: 10, Found: 2}, {Size: 5, Targets: 8, Planted: 10, Found: 6},
			{Size: 10, Targets: 5, Planted: 10, Found: 9}, {Size: 10, Targets: 8, Planted: 0}},
		Warnings: []string{"rings of 20 were not planted"}}
	return c
}

func TestCalibration(t *testing.T) {
	p := pictures(t, calibrated())
	golden(t, "calibrated", map[string]string{"case.txt": p["case.txt"], "case.md": p["case.md"],
		"report.html": p["report.html"], "rings.json": p["rings.json"]})
	for name, want := range map[string]string{
		"case.txt":    "a ring of 5 with 8 targets would be found with probability 0.60 (0.26–0.88)",
		"rings.json":  `"calibration": {`,
		"report.html": `<svg class="qq"`, "case.md": "| 5 raters | 2 of 10: 0.20 (0.03–0.56) |"} {
		if !strings.Contains(strings.Join(strings.Fields(p[name]), " "), want) {
			t.Errorf("%s lacks %q", name, want)
		}
	}
}

// A rings.json that was not written here shows its calibration, or is refused.
func TestForeignCalibration(t *testing.T) {
	var b strings.Builder
	if err := JSON(&b, calibrated()); err != nil {
		t.Fatal(err)
	}
	c, err := ReadCase(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	if p := pictures(t, c); !strings.Contains(p["case.txt"], "Tried on this data") {
		t.Error("its calibration is not shown")
	}
	for from, to := range map[string]string{`"levels": [`: `"levels": [1, `, "0.01\n": "7\n",
		`"targets": 8,`: `"targets": 7,`} {
		bad := strings.Replace(b.String(), from, to, 1)
		if bad == b.String() {
			t.Fatalf("there is no %s", from)
		}
		if _, err := ReadCase(strings.NewReader(bad)); err == nil {
			t.Errorf("with %s it is read", to)
		}
	}
}
