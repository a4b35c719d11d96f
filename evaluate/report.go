package evaluate

import (
	"encoding/json"
	"math"
)

// A Number is a float64 that is null in JSON where it is not defined.
type Number float64

// MarshalJSON writes null for what is not a number.
func (n Number) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(n)) || math.IsInf(float64(n), 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

// An Estimate is a measure with an interval that holds 95 of 100 draws.
type Estimate struct {
	Name  string `json:"name"`
	Doc   string `json:"doc"`
	Value Number `json:"value"`
	Low   Number `json:"low"`
	High  Number `json:"high"`
	Why   string `json:"why,omitempty"` // it is not defined
}

// A Budget is what reviewing the first accounts brings. Where the last of them
// share a score with others, Hits is the mean over their orders.
type Budget struct {
	Reviewed  int    `json:"reviewed"`
	Hits      Number `json:"hits"`
	Fewest    int    `json:"fewest"` // hits in the worst order of equal scores
	Most      int    `json:"most"`
	Precision Number `json:"precision"`
	Recall    Number `json:"recall"`
	// accounts that share the score at which the budget ends, 0 where it ends between two scores
	Tied int `json:"tied"`
}

// A Kind is what honest accounts of one kind suffer.
type Kind struct {
	Kind     string   `json:"kind"`
	Honest   int      `json:"honest"`
	Found    *int     `json:"found"` // nil where nothing was decided
	Share    Number   `json:"share"` // of the honest of this kind that is found
	Low      Number   `json:"low"`   // 95 of 100, Wilson's
	High     Number   `json:"high"`
	Reviewed []Number `json:"reviewed"` // per budget, how many of them are among the reviewed
}

// A RingLevel is how many rings are the same at an overlap.
type RingLevel struct {
	Overlap       float64 `json:"overlap"`
	Right         int     `json:"right"` // found rings that are a true one
	Precision     Number  `json:"precision"`
	PrecisionLow  Number  `json:"precision_low"`
	PrecisionHigh Number  `json:"precision_high"`
	Met           int     `json:"met"` // true rings that are a found one
	Recall        Number  `json:"recall"`
	RecallLow     Number  `json:"recall_low"`
	RecallHigh    Number  `json:"recall_high"`
}

// Rings hold found rings against true ones, or against labels alone.
type Rings struct {
	Found  int         `json:"found"`
	True   int         `json:"true"`
	False  int         `json:"false"`            // found rings of which less than half is positive
	Levels []RingLevel `json:"levels,omitempty"` // none without true rings
	F1     Number      `json:"f1"`
	Purity Estimate    `json:"purity"`
}

// A Report is the judgement.
type Report struct {
	Found     Reading    `json:"found"`
	Truth     Reading    `json:"truth"`
	Accounts  int        `json:"accounts"` // that are judged: of whom the truth says what they are
	Positive  int        `json:"positive"`
	Honest    int        `json:"honest"`
	Flagged   *int       `json:"flagged"` // of those judged; nil where nothing was decided
	Hits      *int       `json:"hits"`
	Ranking   string     `json:"ranking"` // what accounts are ordered by
	Levels    int        `json:"levels"`  // of different rank
	Measures  []Estimate `json:"measures"`
	Intervals string     `json:"intervals"` // how they were come by
	Budgets   []Budget   `json:"budgets"`
	Rings     *Rings     `json:"rings,omitempty"`
	Kinds     []Kind     `json:"kinds,omitempty"`
	Told      []string   `json:"told"` // what was set aside, missing or tied
}
