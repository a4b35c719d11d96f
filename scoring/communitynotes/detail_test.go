package communitynotes

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/ringwatch/ringwatch/scoring"
)

var equalNaNs = cmp.Options{cmpopts.EquateNaNs(), cmpopts.IgnoreUnexported(scoring.Result{})}

// tell scores and returns all that a scorer of this package says.
func tell(t testing.TB, s scoring.Scorer, in scoring.Input) *told {
	t.Helper()
	r, err := s.Score(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	all := &told{*r, *DetailOf(r)}
	all.Result.Detail = nil
	return all
}
