package scenarios

import (
	"bytes"
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/simulate"
)

// A Scenario says which world is attacked how, who scores it, who looks for
// rings, and what is expected of them. It is written in YAML:
//
//	name: burst                # default: the name of the file
//	doc: One brigade promotes ten items within minutes.
//	world:
//	  organic: {raters: 2000}  # or  ratings: FILE  with scale: and columns:
//	attacks:                   # default: none
//	  - burst: {targets: 10}
//	  - camouflage
//	scorer: bridging           # default; or  bridging: {helpful-at: .4}
//	detectors: [synchrony]     # default: all but the official ones
//	defence: {weight: 0}       # or campaigns, or {effect: earliest}; default: raters in a ring count for nothing
//	looks: 1d                  # look for rings as of the end of each day; default: never
//	seeds: 5                   # 1 to 5; or a list. Default: 1
//	axes:                      # for a sweep: every combination is a point
//	  attacks.burst.raters: [5, 10, 20]
//	  scorer: [mean, bridging]
//	expect:
//	  recall: ">= .9"
//
// Options of a world, an attack, a scorer or a detector are its exported
// fields in kebab case.
type Scenario struct {
	Name      string
	Doc       string
	Source    string
	World     World
	Attacks   []simulate.Attack
	Scorer    scoring.Scorer
	Detectors []detect.Detector
	Defence   Defence
	// look for rings as of the end of each such stretch, for time.to.detect; 0 for no such thing
	Looks  time.Duration
	Seeds  []uint64 // at least one
	Axes   []Axis
	Expect []Limit
	Point  map[string]any // where on the axes this one stands; nil off them

	file string    // the text was read from; "" if there was none
	cut  bool      // the text may be
	body ast.Node  // the text
	sets []setting // made after it was read
}

// A World is where the honest ratings come from: one of two.
type World struct {
	Organic *simulate.Organic
	Ratings string // file or folder of real ratings, relative to the scenario's file
	Read    rating.ReadOptions
}

// readText reads a file, or of one that is longer than any scenario its beginning.
func readText(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, mostBytes+1))
}

// Load reads a scenario from a file, or from the library where the argument is
// a name of it.
func Load(file string) (*Scenario, error) {
	if data, err := fromLibrary(file); err == nil {
		return Parse(file+".yaml", data)
	}
	data, err := readText(file)
	if err == nil {
		s, err := Parse(file, data)
		if err == nil {
			s.cut = !bytes.HasSuffix(data, []byte("\n")) && !bytes.HasSuffix(data, []byte("\r"))
		}
		return s, err
	}
	if errors.Is(err, fs.ErrNotExist) && filepath.Base(file) == file && filepath.Ext(file) == "" {
		return nil, fmt.Errorf("no scenario of the library is called %q; %s; a file needs its ending, as in %s.yaml",
			file, didYouMean(file, libraryNames()), file)
	}
	var inner *fs.PathError
	if errors.As(err, &inner) {
		err = inner.Err
	}
	return nil, fmt.Errorf("%s: %w", file, err)
}

// The library has a folder for what is known of attacks and confounders, and one
// for results that others published.
//
//go:embed library/*.yaml published/*.yaml
var library embed.FS

func fromLibrary(name string) ([]byte, error) {
	data, err := library.ReadFile("library/" + name + ".yaml")
	if err != nil {
		data, err = library.ReadFile("published/" + name + ".yaml")
	}
	return data, err
}

// Text returns the text of a scenario of the library.
func Text(name string) (string, error) {
	data, err := fromLibrary(name)
	if err != nil {
		return "", fmt.Errorf("no scenario of the library is called %q; %s", name, didYouMean(name, libraryNames()))
	}
	return string(data), nil
}

// Library returns the scenarios that come with Ringwatch, in order of names.
func Library() []*Scenario {
	var all []*Scenario
	for _, name := range libraryNames() {
		s, err := Load(name)
		if err != nil {
			panic(err) // a test loads them all
		}
		all = append(all, s)
	}
	return all
}

func libraryNames() []string {
	var names []string
	for _, folder := range []string{"library", "published"} {
		entries, _ := library.ReadDir(folder)
		for _, e := range entries {
			names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
		}
	}
	slices.Sort(names)
	return names
}

// NoEnd reports whether the text of the scenario lacks the end of its last line, as
// one that was cut short mostly does: 60 seeds may have become 6.
func (s *Scenario) NoEnd() bool { return s.cut }

// path returns where a world's ratings lie.
func (s *Scenario) path() string { return s.beside(s.World.Ratings) }

// beside returns a path that is relative to the scenario's file.
func (s *Scenario) beside(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(s.file), path)
}

// Missing reports the first file that the scenario needs and that is not there.
func (s *Scenario) Missing() error {
	check := func(file string, n ast.Node) error {
		if _, err := os.Stat(file); err == nil || n == nil {
			return err
		}
		return (&decoder{s.file}).errorf(n, "there is no file %s; paths are relative to the scenario's file", file)
	}
	if s.World.Ratings != "" {
		if err := check(s.path(), entry(entry(s.body, "world"), "ratings")); err != nil {
			return err
		}
	}
	for k, a := range s.Attacks {
		if of, ok := a.(*simulate.Import); ok && of.File != "" {
			n := entry(s.body, "attacks")
			if seq, ok := n.(*ast.SequenceNode); ok && k < len(seq.Values) {
				n = entry(entry(seq.Values[k], "import"), "file")
			}
			if err := check(of.File, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// origin is what an error about the whole scenario begins with.
func (s *Scenario) origin() string { return cmp.Or(s.file, s.Name) }

// detectorName is how outcomes call the detectors.
func (s *Scenario) detectorName() string {
	var names []string
	for _, d := range s.Detectors {
		names = append(names, d.Name())
	}
	return strings.Join(names, "+")
}

func baseName(file string) string {
	return strings.TrimSuffix(path.Base(filepath.ToSlash(file)), path.Ext(file))
}
