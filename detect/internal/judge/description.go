package judge

import (
	"fmt"
	"math"
	"time"
)

// A Description is what a person is shown of a group, its own words aside.
type Description struct {
	Raters      []int32 // ascending
	Members     []Member
	Items       []int32 // targets, ascending
	Evidence    []Evidence
	Innocent    []Explanation
	First, Last int32 // times of the first and last act on a target; 0 without times
	Ahead       []Ahead
}

type Ahead struct {
	Rater     int32
	First, Of int32
	Expected  float64
}

// A member, evidence, an explanation and who is ahead are what package detect shows
// under these names.
type Member struct {
	Rater    int32
	Role     string
	Strength float64
	Shared   int32
}

type Evidence struct {
	Measure, Unit      string
	Observed, Expected float64
	Note               string
	Rows               []int32
}

type Explanation struct {
	Name    string
	Holds   bool
	Nats    float64
	Weighed bool
	Because string
}

// weighed completes an explanation of which the nats are known.
func weighed(nats float64, because string, args ...any) Explanation {
	side := fmt.Sprintf("a ring explains it better by %.0f nats", nats)
	if nats < 0 {
		side = fmt.Sprintf("this explains it better than a ring does, by %.0f nats", -nats)
	}
	return Explanation{Nats: nats, Weighed: true, Holds: nats < 0, Because: fmt.Sprintf(because, args...) + "; " + side}
}

// span writes a width of time.
func span(seconds int32) string {
	switch d := time.Duration(seconds) * time.Second; {
	case d >= 24*time.Hour:
		return fmt.Sprintf("%d d", d/(24*time.Hour))
	case d >= time.Hour:
		return fmt.Sprintf("%d h", d/time.Hour)
	default:
		return fmt.Sprintf("%d min", d/time.Minute)
	}
}

func count(of []bool) (n int) {
	for _, x := range of {
		if x {
			n++
		}
	}
	return n
}

// length writes seconds.
func length(seconds float64) string {
	if seconds < 120 {
		return fmt.Sprintf("%.0f s", seconds)
	}
	return span(int32(min(seconds, math.MaxInt32)))
}
