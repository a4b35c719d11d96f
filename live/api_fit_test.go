package live

import (
	"errors"
	"testing"
)

// A fit or a case that failed is told to who asks how it is, and one of nothing is no failure.
func TestHealthTellsOfFailures(t *testing.T) {
	a := start(t, t.TempDir())
	defer a.stop()
	why := ""
	a.CaseFailed = func() string { return why }
	says := func(want string) {
		t.Helper()
		if code, out := a.ask(t, "GET", "/healthz", ""); code != 200 || out["status"] != want {
			t.Errorf("healthz answers %d %v, not %q", code, out, want)
		}
	}
	a.until(t, "the first fit", func() bool { return a.State.Count().FitFailed != "" })
	says("ok")
	why = errors.ErrUnsupported.Error()
	says("the last case was not found")
	if _, out := a.ask(t, "GET", "/healthz", ""); out["last_case_failed"] != why {
		t.Errorf("healthz does not say why: %v", out)
	}
	a.Token = "secret"
	says("the last case was not found")
	_, out := a.ask(t, "GET", "/healthz", "")
	for _, key := range []string{"last_case_failed", "last_fit_failed", "alerts_cannot_read", "scores_snapshot",
		"alerts_snapshot"} {
		if _, told := out[key]; told {
			t.Errorf("healthz tells %s to who has no token: %v", key, out)
		}
	}
	a.Token = ""
	why = ""
	if err := a.Recorder.Record(t.Context(), Posted, []byte(`{"rater":"a","item":"b","value":"?"}`+"\n")); err != nil {
		t.Fatal(err)
	}
	a.until(t, "a fit of what cannot be read", func() bool {
		_, out := a.ask(t, "GET", "/healthz", "")
		return out["status"] == "the last fit of scores failed"
	})
}
