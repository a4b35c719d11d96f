package sealed

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/simulate"
)

// A Secret is what all draws of a sealed world come from. Who has it can make world
// and truth anew.
type Secret []byte

// leastSecret is how many bytes nobody can try out.
const leastSecret = 16

// NewSecret takes the bytes of a file. Few of them, or few different ones, could be
// guessed.
func NewSecret(data []byte) (Secret, error) {
	if n := len(data); n < leastSecret {
		return nil, fmt.Errorf("holds %d bytes, which can be guessed; take %d random ones or more, "+
			"such as of head -c 32 /dev/urandom", n, leastSecret)
	}
	different := slices.Compact(slices.Sorted(slices.Values(data)))
	if len(different) < leastSecret/2 {
		return nil, fmt.Errorf("holds %d different bytes, which can be guessed; take random ones, "+
			"such as of head -c 32 /dev/urandom", len(different))
	}
	return data, nil
}

// of returns bytes for one purpose, of which those for others tell nothing.
func (s Secret) of(purpose string) [32]byte {
	h := hmac.New(sha256.New, s)
	h.Write([]byte("ringwatch sealed 1\x00" + purpose))
	return [32]byte(h.Sum(nil))
}

// Seed is the seed that the world is to be simulated with.
func (s Secret) Seed() uint64 {
	b := s.of("seed")
	return binary.LittleEndian.Uint64(b[:])
}

// Choose draws one of n, such as of scenarios.
func (s Secret) Choose(n int) int {
	return rand.New(rand.NewChaCha8(s.of("choice"))).IntN(n)
}

// Formats of the two files, as their first field says.
const (
	truthFormat = "ringwatch sealed truth 1"
	worldFormat = "ringwatch sealed world 1"
)

// A Truth is what is sealed. As a file it is JSON, which evaluate reads as accounts
// with their brigade and kind.
type Truth struct {
	Format   string    `json:"format"`
	Salt     string    `json:"salt"` // so that nobody finds the truth by hashing guesses
	Scenario string    `json:"scenario"`
	Seed     uint64    `json:"seed"`
	Ratings  string    `json:"ratings_sha256"` // of the world's file of ratings
	Attacks  []Brigade `json:"attacks"`
	Accounts []Account `json:"accounts"`
	Items    []Item    `json:"items"`
}

// A Brigade is what one of them is up to.
type Brigade struct {
	Brigade int    `json:"brigade"`
	Attack  string `json:"attack"`
}

// An Account is a rater: brigade 0 is honest.
type Account struct {
	Account string `json:"account"`
	Brigade int32  `json:"brigade"`
	Kind    string `json:"kind"`
}

// An Item is one that a brigade is after: goal 1 promoted, -1 buried.
type Item struct {
	Item string `json:"item"`
	Goal int8   `json:"goal"`
}

// A Manifest is what everybody may see beside the ratings.
type Manifest struct {
	Format  string `json:"format"`
	Version string `json:"version"` // of Ringwatch
	File    string `json:"file"`    // of ratings
	Ratings string `json:"ratings_sha256"`
	Truth   string `json:"truth_sha256"`
}

// Ratings are the world's, in an order and under names that tell nothing of who
// joined late or together: both are drawn anew.
func Ratings(w *simulate.World, s Secret) *rating.Table {
	t := w.Ratings // without notes, which tell authors by their old names
	r := &rating.Table{Rater: t.Rater, Item: t.Item, Value: t.Value, Time: t.Time, Scale: t.Scale,
		Raters: names("a", t.Raters.Len(), s.of("accounts")), Items: names("i", t.Items.Len(), s.of("items"))}
	return r.Canonical()
}

// names are those of n in an order of their own.
func names(prefix string, n int, seed [32]byte) *rating.Names {
	digits := max(4, len(strconv.Itoa(n)))
	all := rating.NewNames()
	for _, k := range rand.New(rand.NewChaCha8(seed)).Perm(n) {
		all.Add(fmt.Appendf(nil, "%s%0*d", prefix, digits, k+1))
	}
	return all
}

// Seal returns the text of the truth of a world, whose ratings are in a file with
// the given hash, and the hash of that text.
func Seal(w *simulate.World, s Secret, scenario, ratings string) (text []byte, hash string, err error) {
	salt := s.of("salt")
	t := Truth{Format: truthFormat, Salt: hex.EncodeToString(salt[:]), Scenario: scenario, Seed: s.Seed(),
		Ratings: ratings}
	for k, p := range w.Plans {
		t.Attacks = append(t.Attacks, Brigade{k + 1, p.Attack})
	}
	raters := names("a", w.Ratings.Raters.Len(), s.of("accounts"))
	items := names("i", w.Ratings.Items.Len(), s.of("items"))
	for u := range int32(w.Ratings.Raters.Len()) {
		if len(w.Ratings.ByRater().Rows(u)) > 0 {
			t.Accounts = append(t.Accounts, Account{raters.Name(u), w.Brigade[u], w.Kind[u].String()})
		}
	}
	for i, goal := range w.Goal {
		if goal != 0 {
			t.Items = append(t.Items, Item{items.Name(int32(i)), goal})
		}
	}
	slices.SortFunc(t.Accounts, func(a, b Account) int { return cmp.Compare(a.Account, b.Account) })
	slices.SortFunc(t.Items, func(a, b Item) int { return cmp.Compare(a.Item, b.Item) })
	if text, err = json.MarshalIndent(t, "", " "); err != nil {
		return nil, "", err
	}
	text = append(text, '\n')
	return text, Hash(text), nil
}

// Hash is the SHA-256 of a file, in hexadecimal digits.
func Hash(data []byte) string {
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:])
}

// NewManifest is that of a file of ratings and of a truth.
func NewManifest(version, file, ratings, truth string) ([]byte, error) {
	m, err := json.MarshalIndent(Manifest{worldFormat, version, file, ratings, truth}, "", " ")
	return append(m, '\n'), err
}

// ReadManifest reads what stands beside the ratings.
func ReadManifest(data []byte) (*Manifest, error) {
	var m Manifest
	if err := strict(data, &m); err != nil || m.Format != worldFormat {
		return nil, fmt.Errorf("is no manifest of a sealed world (%s)", worldFormat)
	}
	if strings.ContainsAny(m.File, `/\`) || m.File == "" {
		return nil, fmt.Errorf("names no file beside it: %q", m.File)
	}
	return &m, nil
}

// Errors of Open: what does not fit what.
var (
	ErrRatings = errors.New("the ratings are not those that were sealed: their SHA-256 is another")
	ErrTruth   = errors.New("this is not the truth that was sealed: its SHA-256 is another")
)

// Open makes sure that ratings and truth are those of a manifest.
func Open(m *Manifest, ratings string, truth []byte) (*Truth, error) {
	switch {
	case ratings != m.Ratings:
		return nil, ErrRatings
	case Hash(truth) != m.Truth:
		return nil, ErrTruth
	}
	var t Truth
	if err := strict(truth, &t); err != nil || t.Format != truthFormat {
		return nil, fmt.Errorf("is no truth of a sealed world (%s)", truthFormat)
	}
	if t.Ratings != ratings {
		return nil, errors.New("the truth is of other ratings")
	}
	return &t, nil
}

func strict(data []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	return d.Decode(to)
}
