package detect

import "github.com/ringwatch/ringwatch/catalog"

// All makes every detector with its default options, in the order they run.
var All = []func() Detector{
	func() Detector { return NewGroup() },
	func() Detector { return NewSynchrony() },
	func() Detector { return NewAgreement() },
	func() Detector { return NewEmbed() },
	func() Detector { return NewDense() },
	func() Detector { return NewLockstep() },
	func() Detector { return NewNewcomers() },
	func() Detector { return NewAuthors() },
	func() Detector { return NewPostSelection() },
	func() Detector { return NewQuasiClique() },
}

// Usual makes the detectors that run where none are named.
func Usual() []Detector {
	return those(func(d Doc) bool { return !d.Official && !d.OnRequest })
}

// Judged makes the detectors whose groups are judged, those that run on request
// included.
func Judged() []Detector { return those(func(d Doc) bool { return !d.Official }) }

func those(keep func(d Doc) bool) (all []Detector) {
	for _, build := range All {
		if d := build(); keep(d.Doc()) {
			all = append(all, d)
		}
	}
	return all
}

// New returns the detector of a name with its default options.
func New(name string) (Detector, error) { return catalog.Find("detector", All, name) }
