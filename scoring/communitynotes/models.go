package communitynotes

import "github.com/ringwatch/ringwatch/rating"

// A notesModel is one of the models of Community Notes that run this pipeline:
// who is in its scope, and what it may do.
type notesModel struct {
	name       string
	groups     uint64  // modeling groups in scope, bit g for group g
	unassigned bool    // so are raters who are not enrolled
	captured   float64 // least share of an item's ratings in scope
	strict     bool    // drop the ratings of items below that before fitting
	firm       bool    // what it rejects, no other model may make helpful
	bounded    bool    // by artificial raters
	wide       bool    // a large factor rejects whatever is not rated not helpful
	topics     []int8  // of items, 0 for none; nil where they are not known
	topic      int8    // of items in scope; anyTopic for all
}

// includes reports whether raters of a modeling group are in scope.
func (m *notesModel) includes(group int8) bool {
	return m.groups == everybody || group == rating.NotEnrolled && m.unassigned || group >= 0 && m.groups>>group&1 == 1
}

const (
	anyTopic  = -1
	everybody = ^uint64(0) // of whatever group, or none
)

const (
	coreGroups uint64 = 1<<1 | 1<<2 | 1<<3 | 1<<6 | 1<<8 | 1<<9 | 1<<10 | 1<<11 | 1<<13 | 1<<14 |
		1<<19 | 1<<21 | 1<<25
	expansionGroups uint64 = 1<<0 | 1<<4 | 1<<5 | 1<<7 | 1<<12 | 1<<15 | 1<<16 | 1<<20 | 1<<22 | 1<<23 | 1<<24 | 1<<26 |
		1<<27 | 1<<28 | 1<<29 | 1<<33
	coverageGroups        = coreGroups &^ (1 << 21)
	plusGroups     uint64 = 1<<17 | 1<<18 | 1<<30 | 1<<31 | 1<<32
)

var core = notesModel{name: "CoreModel", groups: coreGroups, unassigned: true, captured: 0.5, firm: true, bounded: true}

var (
	expansion = notesModel{name: "ExpansionModel", groups: coreGroups | expansionGroups, unassigned: true,
		captured: 0.5, firm: true, topic: anyTopic}
	expansionPlus = notesModel{name: "ExpansionPlusModel", groups: coreGroups | expansionGroups | plusGroups,
		unassigned: true, topic: anyTopic}
	withTopics = notesModel{name: "CoreWithTopicsModel", groups: coreGroups, unassigned: true, captured: 0.5,
		bounded: true, topic: anyTopic}
	multiGroup = notesModel{name: "MultiGroupModel01", groups: 1<<4 | 1<<5 | 1<<7 | 1<<12 | 1<<26, captured: 0.8,
		topic: anyTopic}
	group18      = notesModel{name: "GroupModel18", groups: 1 << 18, captured: 0.51, topic: anyTopic}
	group15      = notesModel{name: "GroupModel15", groups: 1 << 15, captured: 0.8, topic: anyTopic}
	group21      = notesModel{name: "GroupModel21", groups: 1 << 21, captured: 0.75, wide: true, topic: anyTopic}
	gaussianCore = notesModel{name: "GaussianModel", groups: coreGroups, unassigned: true, captured: 0.5}
	gaussianAll  = notesModel{name: "GaussianCoreWithTopicsModel", groups: coverageGroups, unassigned: true,
		captured: 0.5, topic: anyTopic}
	gaussianWider = notesModel{name: "GaussianExpansionModel", groups: coreGroups | expansionGroups, unassigned: true,
		captured: 0.5, topic: anyTopic}
)

const groupModels = 13 // groups 1 to 13 have a model each

// When a group's model may raise a note: the core's intercept is between.
const (
	groupAbove   = 0.3
	groupBelow   = 0.4
	group33Above = 0.25
)

// says returns the status that a model gives an item, "" where it has no say.
func (m *Model) says(item int) string {
	if m == nil || m.Rated[item] == 0 {
		return ""
	}
	return m.Official(item)
}

// Official returns the status that a model gives an item, in the words of
// Community Notes. Only the core and expansion reject firmly, and group 21 what
// has a large factor.
func (m *Model) Official(item int) string {
	status := m.Rules[item].Official()
	firm := m.Name == core.name || m.Name == expansion.name ||
		m.Name == group21.name && m.Rules[item].Last() == FilterLargeFactor
	if status == firmReject && !firm {
		return needsMore
	}
	return status
}
