package reports

import (
	"strings"
	"testing"
)

// What was not looked at is not said to have been.
func TestLooked(t *testing.T) {
	for _, c := range []struct {
		beside Beside
		want   string
	}{
		{Beside{Files: []string{"a.csv"}, Listed: 3, Columns: []string{"device"}}, "Looked at: device of 3 accounts."},
		{Beside{Files: []string{"a.csv"}, Passed: []string{"device (the same for most accounts)"}},
			"Nothing in the file tells accounts apart in a way that rings could share. " +
				"Passed over: device (the same for most accounts)."},
		{Beside{Files: []string{"labels.csv"}}, "Looked at: who was sanctioned before, "},
		{Beside{Files: []string{"a.csv", "labels.csv"}, Passed: []string{"device"}},
			"Looked at: who was sanctioned before, "},
	} {
		if got := c.beside.Looked(); !strings.HasPrefix(got, c.want) {
			t.Errorf("%+v: %s", c.beside, got)
		}
	}
}
