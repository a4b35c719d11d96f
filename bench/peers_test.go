package bench

import (
	"bytes"
	"os"
	"os/exec"
	"testing"
)

// TestPeersDocuments: what the tables of bench/peers say stands in the documents, and
// nothing else.
func TestPeersDocuments(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not here")
	}
	for document, file := range map[string]string{"peers": "../docs/peers.md", "model-card": "../docs/model-card.md"} {
		made, err := exec.Command(python, "peers/report.py", document).Output()
		if err != nil {
			t.Fatal(err)
		}
		stands, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(made, stands) {
			t.Errorf("%s is not what python3 bench/peers/report.py %s makes; run it", file, document)
		}
	}
}
