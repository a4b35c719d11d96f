package simulate

import (
	"hash/fnv"
	"math/rand/v2"

	"github.com/ringwatch/ringwatch/rating"
)

// A World is ratings with the truth behind them. Only experiments see it whole.
type World struct {
	Ratings   *rating.Table
	Honest    int       // rows [0, Honest) were there before any attack
	Raters    int       // raters [0, Raters) were there before any attack
	Quality   []float32 // per item, standard normal; nil for real data
	Side      []float32 // per item, its viewpoint; nil for real data
	Born      []int32   // per item, when it appeared; nil for real data
	Kind      []Kind    // per rater: what kind of honest community it belongs to
	Brigade   []int32   // per rater: 0 honest, k the k-th brigade
	Goal      []int8    // per item: +1 promoted, -1 buried, 0 left alone
	Viewpoint []float32 // per rater; nil for real data
	Plans     []Plan    // per brigade, the first at 0
	Crowds    []Crowd   // who came to an item at once, innocently; nil for real data

	stage    scene           // see World.scene
	counts   *census         // see World.census
	wrote    map[int32]int32 // items that accounts of brigades wrote, and which
	ownNotes bool            // Ratings.Notes is nobody else's
	recent   [2]int32        // brigades of the last attack with accounts of its own, from and to
	seen     once
}

// A Plan is what a brigade is up to.
type Plan struct {
	Attack  string
	Targets []int32 // items, no two plans of which are after the same but for imported ones
}

// Kind is the honest community that a rater belongs to, so that harm can be
// told by kind.
type Kind uint8

const (
	Plain     Kind = iota
	Fan            // keeps to one topic
	Club           // a circle with its own obscure items, honest opinions
	Alert          // rates what an alert sends, within minutes, honest opinions
	Copycat        // repeats another's ratings, hours later
	Household      // shares a home with another: the same hours, some of the same items, own opinions
	Newcomer       // came for an event or an occasion and rates its items in the days after, own or a crowd's opinions
	Gathered       // of a group of one of Gatherings
)

func (k Kind) String() string {
	return [...]string{"plain", "fan", "club", "alert", "copycat", "household", "newcomer", "gathered"}[k]
}

// An Attack injects one or more brigades. Its exported fields are its options.
type Attack interface {
	Name() string
	Doc() Doc
	// Inject appends rows and records the truth. It never changes a row.
	Inject(rng *rand.Rand, w *World) error
}

// Doc tells a user what an attack is after and what a defender should look for.
type Doc struct {
	Summary   string `json:"summary"`
	Goal      string `json:"goal"`
	Source    string `json:"source"`
	Detection string `json:"detection"` // what a defender should look for
}

// Stream returns the random stream of a component: adding an attack to a
// scenario changes neither the world nor the other attacks.
func Stream(seed uint64, component string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(component))
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}
