package communitynotes

import "github.com/ringwatch/ringwatch/scoring"

// Scorer, the scorer communitynotes, runs the models of Community Notes and joins what they say as
// X does, each overwriting those before it as far as it may:
//
//	ExpansionPlusModel, ExpansionModel, GaussianExpansionModel, CoreWithTopicsModel, CoreModel
//	MultiGroupModel01, GroupModel01 to 13, GroupModel33, GroupModel33NMR, 18NMR and 15NMR
//	GaussianModel, GroupModel21NMR, GaussianCoreWithTopicsModel
//	TopicModel01 to 05
//	PopulationSampledIntercept, NmrDueToMinStableCrhTime, ScoringDriftGuard, InsufficientExplanation
//
// That is the state of August 2026. As of July there were neither
// GaussianExpansionModel nor GroupModel21NMR, and GaussianModel did not hear raters
// of group 21.
//
// Most models are Core with another scope. Not reproduced are group 14,
// whose loss is another, and the two classifiers that predict whether a new
// status will last: nothing is held back for longer, or let go sooner, on their
// word.
//
// Which notes are on a topic is learnt from their texts, see
// rating.ReadOptions.Texts; without them no note is, and the models that the
// topics are for do not run. Without modeling groups and tags, which
// rating.ReadOptions.Notes reads, and without the Gaussian model it is Core.
type Scorer struct {
	AsOf     string `doc:"whose rules: X's code of 5 August 2026 (d87dfac), or of 17 July (273c895)" among:"2026-07-17 2026-08-05"`
	Bounds   bool   `doc:"bound core intercepts by three artificial raters, as X does"`
	Gaussian bool   `doc:"run the Gaussian model too"`
	Stable   bool   `doc:"hold back what was not helpful in the run before until it has been so for an hour, as X does"`
	Locks    bool   `doc:"keep the status of notes that X has locked; without it, what the ratings alone would make of them"`
}

// States of X's code that AsOf takes, and Commits of them.
const (
	July   = "2026-07-17"
	August = "2026-08-05"
)

// Commit returns the commit of twitter/communitynotes that AsOf stands for, "" if it
// is none of the states that are known.
func (s *Scorer) Commit() string {
	switch s.AsOf {
	case July:
		return "273c895"
	case August, "":
		return "d87dfac"
	}
	return ""
}

// New returns a Scorer as X runs it.
func New() *Scorer {
	return &Scorer{AsOf: August, Bounds: true, Gaussian: true, Stable: true, Locks: true}
}

func (s *Scorer) Name() string { return "communitynotes" }

func (s *Scorer) Doc() scoring.Doc {
	return scoring.Doc{
		Summary: "Community Notes: the core, expansion, group, topic and Gaussian models, joined as X joins them",
		Source:  "twitter/communitynotes, d87dfac of 5 August 2026; Wojcik et al. 2022, arXiv:2210.15723",
		Cost:    "communitynotes-core once for each model with raters of its own, up to 18 times, most of them small",
		BlindSpot: "that of communitynotes-core; the model of group 14 and what predicts whether a status lasts are " +
			"not reproduced",
		Notes: true, Texts: true,
	}
}
