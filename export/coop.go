package export

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ringwatch/ringwatch/output"
)

// mostPasted is how many identifiers Coop's bulk action takes at once.
const mostPasted = 1000

type coopItem struct {
	ID     string `json:"id"`
	TypeID string `json:"typeId"`
	// must be what the item type asks for; an account's identifier is all that we know
	Data map[string]string `json:"data"`
}

type coopReport struct {
	Reporter struct {
		Kind   string `json:"kind"`
		TypeID string `json:"typeId"`
		ID     string `json:"id"`
	} `json:"reporter"`
	At     string `json:"reportedAt"`
	Reason struct {
		Policy string `json:"policyId,omitempty"`
		Reason string `json:"reason"`
	} `json:"reportedForReason"`
	Item coopItem `json:"reportedItem"`
}

// coop writes a report a line for roostorg/coop's POST /api/v1/report, and lists of
// identifiers for its bulk action.
func coop(s *Set) (*Files, error) {
	kind, id, ok := strings.Cut(s.Reporter, "/")
	if !ok || kind == "" || id == "" {
		return nil, fmt.Errorf("--reporter %s: want TYPE/ID, the item type and the identifier of the account that "+
			"reports", s.Reporter)
	}
	files := &Files{Parts: output.Parts{}, HowToUse: "Post each line of reports.jsonl to /api/v1/report with the " +
		"header X-API-KEY, or paste a list of ids into the bulk action."}
	var all []coopReport
	var paste []string
	odd := 0
	for _, e := range s.entries() {
		r := coopReport{At: stamp(s.At), Item: coopItem{e.rater, s.EntityType, map[string]string{}}}
		r.Reporter.Kind, r.Reporter.TypeID, r.Reporter.ID = "user", kind, id
		r.Reason.Policy, r.Reason.Reason = s.Policy, s.reason(e)
		all = append(all, r)
		if strings.ContainsAny(e.rater, ",\r\n") || strings.TrimSpace(e.rater) != e.rater {
			odd++
		} else {
			paste = append(paste, e.rater)
		}
	}
	files.Parts["reports.jsonl"] = lines(all)
	files.Counts = append(files.Counts, Count{"reports.jsonl", len(all), "report"})
	for k := range slices.Collect(slices.Chunk(paste, mostPasted)) {
		ids := paste[k*mostPasted : min(len(paste), (k+1)*mostPasted)]
		name := fmt.Sprintf("ids-%03d.txt", k+1)
		files.Parts[name] = func(w io.Writer) error {
			_, err := io.WriteString(w, strings.Join(ids, "\n")+"\n")
			return err
		}
		files.Counts = append(files.Counts, Count{name, len(ids), "identifier"})
	}
	if odd > 0 {
		files.LeftOut = append(files.LeftOut,
			fmt.Sprintf("%d of the identifiers hold a comma, a line break or outer white space and cannot be pasted; "+
				"reports.jsonl has them", odd))
	}
	return files, nil
}
