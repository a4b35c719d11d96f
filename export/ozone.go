package export

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/ringwatch/ringwatch/internal/plural"
	"github.com/ringwatch/ringwatch/output"
)

var (
	didForm   = regexp.MustCompile(`^did:[a-z]+:[a-zA-Z0-9._:%-]*[a-zA-Z0-9._-]$`)
	labelForm = regexp.MustCompile(`^[a-z](?:[a-z-]{0,126}[a-z])?$`)
)

type ozoneEvent struct {
	Event struct {
		Type    string   `json:"$type"`
		Create  []string `json:"createLabelVals"`
		Negate  []string `json:"negateLabelVals"`
		Comment string   `json:"comment"`
		Hours   int      `json:"durationInHours,omitempty"`
	} `json:"event"`
	Subject struct {
		Type string `json:"$type"`
		DID  string `json:"did"`
	} `json:"subject"`
	By string `json:"createdBy"`
}

type atLabel struct {
	Version int    `json:"ver"`
	Source  string `json:"src"`
	URI     string `json:"uri"`
	Value   string `json:"val"`
	Created string `json:"cts"`
	Expires string `json:"exp,omitempty"`
}

// ozone writes what tools.ozone.moderation.emitEvent takes, an event a line, and the
// same as labels of the AT Protocol, which a labeller signs. Raters must be DIDs.
func ozone(s *Set) (*Files, error) {
	switch {
	case !didForm.MatchString(s.DID):
		return nil, fmt.Errorf("--did %s: want the moderator's, as did:plc:abc", s.DID)
	case !labelForm.MatchString(s.Label):
		return nil, fmt.Errorf("--label %s: a label of the AT Protocol is small letters and hyphens, at most 128",
			s.Label)
	}
	var events []ozoneEvent
	var labels []atLabel
	others := 0
	for _, e := range s.entries() {
		if !didForm.MatchString(e.rater) {
			others++
			continue
		}
		var x ozoneEvent
		x.Event.Type = "tools.ozone.moderation.defs#modEventLabel"
		x.Event.Create, x.Event.Negate = []string{s.Label}, []string{}
		x.Event.Comment = s.reason(e)
		l := atLabel{Version: 1, Source: s.DID, URI: e.rater, Value: s.Label, Created: stamp(s.At)}
		if !s.Expires.IsZero() {
			left := s.Expires.Sub(s.At)
			x.Event.Hours = max(1, int((left+time.Hour-1)/time.Hour))
			l.Expires = stamp(s.Expires)
		}
		x.Subject.Type, x.Subject.DID, x.By = "com.atproto.admin.defs#repoRef", e.rater, s.DID
		events, labels = append(events, x), append(labels, l)
	}
	if len(events) == 0 && others > 0 {
		return nil, errors.New("no rater has a DID (did:plc:...) for an identifier, so Ozone knows none of them")
	}
	f := &Files{Parts: output.Parts{"events.jsonl": lines(events), "labels.jsonl": lines(labels)},
		Counts: []Count{{"events.jsonl", len(events), "event"}, {"labels.jsonl", len(labels), "label"}},
		HowToUse: "Call tools.ozone.moderation.emitEvent with each line of events.jsonl; " +
			"labels.jsonl is for a labeller of your own, which signs."}
	if others > 0 {
		f.LeftOut = append(f.LeftOut, plural.Of(others, "rater")+" whose identifier is no DID")
	}
	return f, nil
}
