package export

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"

	"github.com/goccy/go-yaml"

	"github.com/ringwatch/ringwatch/output"
)

// A mutation changes one label of an entity. Its status is 1, added: by a program,
// so that what a person added or removed by hand there (3 and 2) stays.
type mutation struct {
	Name    string  `json:"label_name"`
	Status  int     `json:"status"`
	Reason  string  `json:"reason"`
	Expires *string `json:"expires_at"`
}

type ospreyRequest struct {
	Path string `json:"path"`
	Body struct {
		Mutations []mutation `json:"mutations"`
	} `json:"body"`
}

// osprey writes a request a line, for roostorg/osprey as of version 1.1.0, and what
// its rules must declare before.
func osprey(s *Set) (*Files, error) {
	const added = 1
	var expires *string
	if !s.Expires.IsZero() {
		at := stamp(s.Expires)
		expires = &at
	}
	var all []ospreyRequest
	for _, e := range s.entries() {
		r := ospreyRequest{Path: "/entities/labels?" +
			url.Values{"entity_type": {s.EntityType}, "entity_id": {e.rater}}.Encode()}
		r.Body.Mutations = []mutation{{s.Label, added, s.reason(e), expires}}
		all = append(all, r)
	}
	type label struct {
		ValidFor    []string `yaml:"valid_for"`
		Connotation string   `yaml:"connotation"`
		Description string   `yaml:"description"`
	}
	declared, err := yaml.Marshal(map[string]map[string]label{"labels": {s.Label: {[]string{s.EntityType}, "negative",
		"Ringwatch: the account rated in concert with others, beyond what independent raters of the same habits do."}}})
	if err != nil {
		return nil, err
	}
	return &Files{
		Parts: output.Parts{"labels.jsonl": lines(all), "labels.yaml": func(w io.Writer) error {
			_, err := w.Write(declared)
			return err
		}},
		Counts: []Count{{"labels.jsonl", len(all), "label"}, {"labels.yaml", 1, "declaration of a label"}},
		HowToUse: "Declare the label as labels.yaml has it, in config/labels.yaml of your rules; " +
			"then post each body of labels.jsonl to its path.",
	}, nil
}

// writeLine writes a value as a line of JSON.
func writeLine(w io.Writer, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s\n", b)
	return err
}
