package scoring

import "github.com/ringwatch/ringwatch/catalog"

// All makes every scorer with its default options, in order of names.
var All = []func() Scorer{
	func() Scorer { return NewBridging() },
	func() Scorer { return NewChain() },
	func() Scorer { return NewCommand() },
	func() Scorer { return NewCommunityNotes() },
	func() Scorer { return NewNotesCore() },
	func() Scorer { return NewMean() },
	func() Scorer { return NewMedian() },
	func() Scorer { return NewQuality() },
	func() Scorer { return NewStability() },
	func() Scorer { return NewTrust() },
}

// New returns the scorer of a name with its default options.
func New(name string) (Scorer, error) { return catalog.Find("scorer", All, name) }
