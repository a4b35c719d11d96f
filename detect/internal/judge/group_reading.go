package judge

import (
	"math"

	"github.com/ringwatch/ringwatch/detect/internal/null"
)

// oneSlip is what a ring's member loses by one vote that is not the ring's.
var oneSlip = -math.Log(ringSlips)

// syncGrid holds the widths, in seconds, of "at the same time".
var syncGrid = [...]int32{60, 600, 3600, 6 * 3600, 86400, 7 * 86400}

// togetherSteps is how finely the share of acts at the same time is told.
const togetherSteps = 10

// A target is an item that several members chose.
type target struct {
	item  int32
	acts  []int32   // the members', in time order
	times []int32   // of acts; nil without times
	share []float64 // by bin: see shareOf
	told  bool      // share is of the raters who are left out
	core  bool
}

// A Group is a set of raters under judgement.
type Group struct {
	Raters   []int32   // ascending
	besides  []int32   // raters it is judged beside, who count as absent: see Beside
	loo      []float64 // per member: ln p against the others
	Speaks   []bool    // per member: whether its votes let it be of a ring
	Leads    []bool    // per member: whether the others follow it
	Shared   []int32   // per member: core items it chose
	Core     []int32   // items
	Choices  int       // that Core are, what outsiders rate together counted once
	window   int32     // seconds within which acts are at the same time; 0 without times
	together float64   // share of the members' acts that are so
	Pool     []int32   // raters whom selection would have let in and their votes stopped
	turns    int32     // members came to each target a few at a time, within so many seconds; 0 if that is not known
	home     home      // how the times tell the targets from what members share besides
	Beyond   int       // items that members share besides the MostTargets that were looked at

	Loose     bool    // a seed as it stands: its members cannot be told one by one
	Open      bool    // dropped early: it votes like strangers
	selection float64 // ln P of the selection
	LnP       float64 // with the search paid for
	byTargets float64 // the same of a group that is told by its targets instead of its members
	Jury      *Jury
	Apart     float64 // ln of how much likelier the votes are by one plan than of a community
	Bar       float64 // from which that tells, the number of groups judged paid for
	Timing    Timing
	mind      float64 // see oneMind
	minded    bool    // that was asked
	excused   bool    // that the members came together, and agree, has an innocent reason; told by Describe
	Heard     bool    // its votes stand out, paid for by the number of groups
}

// A Timing is two kinds of evidence, in nats.
type Timing struct {
	// Cadence is ln of one over the chance that members follow one another at so
	// constant a distance, if each went through the targets at its own pace.
	Cadence float64
	// Synchrony is ln of how much likelier it is that, having chosen the targets,
	// the members did so as near each other, if they act at the same time than if
	// each came when the item's crowd did; 0 where that is days apart.
	Synchrony float64
	lag       int32  // seconds between the two that keep it best
	pair      [2]int // these, in Raters
	rows      []int32
}

// usual is what everybody does, found when first asked for.
type usual struct {
	times []int32 // of a sample of acts, sorted
	every int     // one act in so many is in times
	who   []int32 // per item: the rater who bears its name, or -1; empty unless people rate people
	asked bool    // who was found
	grain int32   // see grainOf
}

// A reading is a group read against its background: what its members chose, and
// how likely others are to do so, the group and its likes left out. It holds until
// closed, and nothing of it is left in the scratch space then.
type reading struct {
	*null.Acts
	null  *null.Model
	votes *Votes
	usual *usual

	raters []int32 // those read, marked as inside
	// absentees are marked as absent: neither of the group nor of its background.
	absentees []int32
	targets   []target
	hiding    bool // several may be what the group is after, though they do not stand out
	timed     bool // the window that the group had by then may have had a part in its core
	likes     bool // the shares are without outsiders who are like the group
	found     int  // targets that findCore marked
	beyond    int  // items besides the targets that several chose
	crowd     *crowd
	state     []uint8              // per rater: outside, inside, similar, absent
	gone      func(act int32) bool // acts of the raters read that count as not there; nil: none
	jury      *Jury                // of coreJury
	slot      []int32              // per item: 1 + place in targets
	total     []float64            // by bin: weighed acts of outsiders
	per       [][]float64          // by window and bin: what an outsider's act in the window adds to a share
	asked     int                  // how often a rater was held against a target since the seed was begun

	// Buffers, which say nothing between uses.
	count  []int32 // per item or rater, zero
	x      []float64
	padded []float64 // x between as many zeros on each side
	upTo   []float64
	store  []target
	own    []int32
	times  []int32

	// Kept while the shares stand.
	known      bool        // chosen and toldOf are there
	chosen     []float64   // per target and rater read: the chance of choosing it
	toldOf     []bool      // per target: whether they are there
	nearBy     nearChances // within nearWithin seconds; nil: not asked
	nearWithin int32

	chances []float64     // per core target: that of a test
	tallied []null.Choice // of a test
}

func (r *reading) mark(raters []int32, state uint8) {
	for _, u := range raters {
		r.state[u] = state
	}
}
