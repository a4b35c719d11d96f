package live

import (
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/rating"
)

// A fault while scores are fitted is told to who asks, and ends nothing.
func TestAFaultInAFitIsTold(t *testing.T) {
	s := NewState(nil, rating.ReadOptions{}, 1)
	if b := s.fit(t.Context()); b != nil || !strings.Contains(s.count.FitFailed, "should not have happened") {
		t.Errorf("the fit returned %v, and failed with %q", b, s.count.FitFailed)
	}
}
