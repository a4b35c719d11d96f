package null

import (
	"encoding/gob"
	"errors"
	"io"

	"github.com/ringwatch/ringwatch/internal/mapped"
)

// A Shape is what Acts need beside their columns, to be opened again.
type Shape struct {
	Raters int  `json:"raters"`
	Items  int  `json:"items"`
	Bins   int  `json:"bins"`
	Times  bool `json:"times"`
}

// Shape returns the shape of acts.
func (a *Acts) Shape() Shape { return Shape{a.Raters, a.Items, a.Bins, a.Time != nil} }

// OpenActs returns acts that were laid out in a room, of its columns.
func OpenActs(s Shape, column func(name string) ([]byte, error)) (*Acts, error) {
	a := &Acts{Raters: s.Raters, Items: s.Items, Bins: s.Bins}
	var failed error
	get := func(name string) []byte {
		b, err := column(name)
		if err != nil && failed == nil {
			failed = err
		}
		return b
	}
	a.ItemStart, a.Row = mapped.Of[int32](get("itemstart")), mapped.Of[int32](get("itemrow"))
	a.Rater, a.Bin = mapped.Of[int32](get("rater")), mapped.Of[uint8](get("bin"))
	if s.Times {
		a.Time, a.OfTime = mapped.Of[int32](get("time")), mapped.Of[int32](get("ratertime"))
	}
	a.RaterStart, a.OfRater = mapped.Of[int32](get("raterstart")), mapped.Of[int32](get("ofrater"))
	a.OfItem = mapped.Of[int32](get("rateritem"))
	a.rows = mapped.Of[int32](get("raterrow"))
	a.binStart, a.perBin = mapped.Of[int32](get("binstart")), mapped.Of[binCount](get("perbin"))
	return a, failed
}

// keptModel is a Model as a file holds it.
type keptModel struct {
	Bins       int
	Half       []int
	Weight     []float64
	Uniform    float64
	Total      []float64
	Window     [][]float64
	Kernel     []float64
	Typical    float64
	Meet       [][]float64
	MeetWeight []float64
}

// Write writes the model but for its tilt, which is a column: what is read from it is
// the same to the bit.
func (n *Model) Write(w io.Writer) error {
	k := keptModel{n.Bins, n.Half, n.Weight, n.Uniform, n.Total, n.Window, n.Kernel, n.typical, nil, nil}
	for _, t := range n.Tables {
		k.Meet, k.MeetWeight = append(k.Meet, t.Meet), append(k.MeetWeight, t.Weight)
	}
	return gob.NewEncoder(w).Encode(k)
}

// whole is an error where parts are not as long as they are said to be.
func (k *keptModel) whole() error {
	cells := k.Bins * k.Bins
	wrong := k.Bins < 0 || k.Bins > maxBins || len(k.Total) != k.Bins || len(k.Kernel) != cells ||
		len(k.Half) != len(k.Weight) || len(k.Window) != len(k.Weight) ||
		len(k.Meet) != len(Strata) || len(k.MeetWeight) != len(Strata)
	for _, w := range k.Window {
		wrong = wrong || len(w) != k.Bins
	}
	for _, m := range k.Meet {
		wrong = wrong || len(m) != cells && len(m) != 0 // of no item, none
	}
	if wrong {
		return errors.New("its parts do not fit each other")
	}
	return nil
}

// ReadModel is the inverse of Write. The tilt is taken from the column that FitTilt
// made.
func ReadModel(r io.Reader, column func(name string) ([]byte, error)) (*Model, error) {
	var k keptModel
	if err := gob.NewDecoder(r).Decode(&k); err != nil {
		return nil, err
	}
	if err := k.whole(); err != nil {
		return nil, err
	}
	n := &Model{Bins: k.Bins, Half: k.Half, Weight: k.Weight, Uniform: k.Uniform, Total: k.Total, Window: k.Window,
		Kernel: k.Kernel, typical: k.Typical}
	for s := range k.Meet {
		n.Tables = append(n.Tables, pairTable{Meet: k.Meet[s], Weight: k.MeetWeight[s]})
	}
	tilt, err := column(tiltColumn)
	n.Tilt = mapped.Of[float64](tilt)
	return n, err
}
