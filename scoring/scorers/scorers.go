package scorers

import (
	"slices"

	"github.com/ringwatch/ringwatch/catalog"
	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/scoring/communitynotes"
)

// links are the scorers that a chain may join: all but a chain.
var links = []func() scoring.Scorer{
	func() scoring.Scorer { return scoring.NewBridging() },
	func() scoring.Scorer { return scoring.NewCommand() },
	func() scoring.Scorer { return communitynotes.New() },
	func() scoring.Scorer { return communitynotes.NewCore() },
	func() scoring.Scorer { return scoring.NewMean() },
	func() scoring.Scorer { return scoring.NewMedian() },
	func() scoring.Scorer { return scoring.NewQuality() },
	func() scoring.Scorer { return scoring.NewStability() },
	func() scoring.Scorer { return scoring.NewTrust() },
}

// All makes every scorer with its default options, in order of names.
var All = slices.Insert(slices.Clone(links), 1, func() scoring.Scorer {
	return scoring.NewChain(func(name string) (scoring.Scorer, error) { return catalog.Find("scorer", links, name) })
})

// New returns the scorer of a name with its default options.
func New(name string) (scoring.Scorer, error) { return catalog.Find("scorer", All, name) }
