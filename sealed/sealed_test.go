package sealed_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/evaluate"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scenarios"
	"github.com/ringwatch/ringwatch/sealed"
	"github.com/ringwatch/ringwatch/simulate"
)

func world(t *testing.T, s sealed.Secret) *simulate.World {
	t.Helper()
	sc, err := scenarios.Parse("x.yaml",
		[]byte("world: {organic: {raters: 300, items: 100, ratings: 5000}}\nattacks: [{burst: {brigades: 2, "+
			"accounts: 10}}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	w, err := sc.Simulate(t.Context(), s.Seed())
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func secret(t *testing.T, text string) sealed.Secret {
	t.Helper()
	s, err := sealed.NewSecret([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func csv(t *testing.T, table *rating.Table) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := rating.WriteCSV(&b, table); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A sealed world has the ratings of the simulated one and nothing that tells who is
// in a brigade: neither names nor order.
func TestSealed(t *testing.T) {
	s := secret(t, "0123456789abcdef")
	w := world(t, s)
	ratings := csv(t, sealed.Ratings(w, s))
	text, hash, err := sealed.Seal(w, s, "x", sealed.Hash(ratings))
	if err != nil {
		t.Fatal(err)
	}
	again, _, _ := sealed.Seal(world(t, s), s, "x", sealed.Hash(csv(t, sealed.Ratings(world(t, s), s))))
	if !bytes.Equal(text, again) {
		t.Error("the same secret makes another truth")
	}
	if n := bytes.Count(ratings, []byte("\n")); n != w.Ratings.Len()+1 {
		t.Errorf("%d lines of %d ratings", n, w.Ratings.Len())
	}
	c, err := evaluate.Parse("truth", text, evaluate.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Groups) != 2 || len(c.IDs) != 320 || c.Kind == nil {
		t.Fatalf("evaluate reads %d groups of %d accounts", len(c.Groups), len(c.IDs))
	}
	// Members' names and first rows are spread over those of all.
	order := firstSeen(ratings)
	place := 0.0
	for u, id := range c.IDs {
		if c.Label[u] == evaluate.Yes {
			place += float64(slices.Index(order, id)) / float64(len(order)) / 20
		}
	}
	if place < .3 || place > .7 { // the mean of 20 shares of their order is .5, give or take .065
		t.Errorf("members stand at %.2f of the rows on average", place)
	}

	m, err := sealed.NewManifest("1", "ratings.csv", sealed.Hash(ratings), hash)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := sealed.ReadManifest(m)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sealed.Open(manifest, sealed.Hash(ratings), text); err != nil {
		t.Error(err)
	}
	if _, err := sealed.Open(manifest, sealed.Hash(ratings),
		bytes.Replace(text, []byte(`"brigade": 2`), []byte(`"brigade": 0`), 1)); !errors.Is(err, sealed.ErrTruth) {
		t.Errorf("another truth: %v", err)
	}
	if _, err := sealed.Open(manifest, sealed.Hash(ratings[1:]), text); !errors.Is(err, sealed.ErrRatings) {
		t.Errorf("other ratings: %v", err)
	}
	other, _, _ := sealed.Seal(w, secret(t, "0123456789abcdeg"), "x", sealed.Hash(ratings))
	if salt(t, other) == salt(t, text) {
		t.Error("two secrets have one salt")
	}
}

func salt(t *testing.T, text []byte) string {
	var v sealed.Truth
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v.Salt
}

func firstSeen(ratings []byte) []string {
	var all []string
	for line := range strings.Lines(string(ratings)) {
		if id, _, _ := strings.Cut(line, ","); !slices.Contains(all, id) && id != "rater" {
			all = append(all, id)
		}
	}
	return all
}

func TestSecretsThatCanBeGuessed(t *testing.T) {
	for _, text := range []string{"", "7", "aaaaaaaaaaaaaaaaaaaaaaaaa", "123123123123123123"} {
		if _, err := sealed.NewSecret([]byte(text)); err == nil || !strings.Contains(err.Error(), "can be guessed") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
