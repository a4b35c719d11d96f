package bench

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// TestPeersDocuments: what the tables of bench/peers say stands in the documents, and
// nothing else.
func TestPeersDocuments(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not here")
	}
	for _, document := range []string{"peers.md", "model-card.md", "peers-p.svg"} {
		made, err := exec.Command(python, "-B", "peers/report.py", "show", document).Output()
		if err != nil {
			t.Fatal(err)
		}
		stands, err := os.ReadFile("../docs/" + document)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(made, stands) {
			t.Errorf("docs/%s is not what the tables say; run python3 bench/peers/report.py write docs", document)
		}
	}
}

// TestModelCardFigures: no figure in the model card is typed. Its template holds none, so
// that each comes from a table, and TestPeersDocuments says that it is the table's.
func TestModelCardFigures(t *testing.T) {
	text, err := os.ReadFile("peers/model-card.md.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	places := 0
	for k, line := range strings.Split(string(text), "\n") {
		places += strings.Count(line, "{{")
		line = regexp.MustCompile("`[^`]*`").ReplaceAllString(line, "") // commands
		line = regexp.MustCompile(`^\d\. `).ReplaceAllString(line, "")  // a list's number
		line = strings.ReplaceAll(line, "95 %", "")                     // what an interval means
		if figure := regexp.MustCompile(`\d+`).FindString(line); figure != "" {
			t.Errorf("line %d of model-card.md.tmpl: %s is typed; let a table of bench/peers/tables say it",
				k+1, figure)
		}
	}
	if places < 5 {
		t.Errorf("%d places for figures", places)
	}
}

// TestOperations: the measures and the readers of bench/operations, by its own tests.
func TestOperations(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not here")
	}
	command := exec.Command(python, "-B", "-m", "unittest")
	command.Dir = "operations"
	if said, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
}
