package export

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/ringwatch/ringwatch/output"
	"github.com/ringwatch/ringwatch/reports"
)

// confidence of STIX 2.1 (its appendix A: low 15, medium 50, high 85) by certainty.
// That a person confirmed a ring is told and raises nothing.
var confidence = map[string]int{"strong": 85, "moderate": 50}

const lowConfidence = 15

// A technique of DISARM that fits what ratings show: an effect, and no intent.
// Its object is the one in DISARM's own STIX bundle, which has been the same since 2023.
type technique struct{ id, name, object, says string }

var manipulation = technique{"T0121", "Manipulate Platform Algorithm",
	"attack-pattern--7e3a06ee-c109-4901-8720-69c46fe04a76",
	"Ratings in concert, by which the scores that a platform ranks by are moved."}

// unchanged is when what is the same in every bundle was made.
const unchanged = "2026-01-01T00:00:00.000Z"

type stixObject map[string]any

// Name spaces of identifiers by content, so that the same case gives the same
// bundle: that of the standard for observables, and our own for the rest.
var (
	observables = [16]byte{0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c, 0x9c, 0x01, 0xfe, 0xd2, 0x33,
		0x15, 0xa9, 0xb7}
	ours = [16]byte{0x8a, 0x5d, 0x1c, 0x7e, 0x02, 0x4b, 0x5f, 0x0e, 0x9d, 0x63, 0x1f, 0x5e, 0x27, 0xc4, 0x90, 0x11}
)

// uuid5 is RFC 9562's identifier of a name in a name space.
func uuid5(space [16]byte, name string) (id [16]byte) {
	h := sha1.New()
	h.Write(space[:])
	io.WriteString(h, name)
	copy(id[:], h.Sum(nil))
	id[6], id[8] = id[6]&0x0f|0x50, id[8]&0x3f|0x80
	return id
}

func uuidText(id [16]byte) string {
	s := hex.EncodeToString(id[:])
	return strings.Join([]string{s[:8], s[8:12], s[12:16], s[16:20], s[20:]}, "-")
}

// object begins an object of the domain.
func (s *Set) object(kind, name string) stixObject {
	at := stamp(s.At)
	return stixObject{"type": kind, "spec_version": "2.1", "id": kind + "--" + uuidText(uuid5(ours, kind+" "+name)),
		"created": at, "modified": at}
}

// stix writes a bundle: a report of the case, a grouping for each ring with its
// accounts, and that it is related to a technique of DISARM.
func stix(s *Set) (*Files, error) {
	_, key := s.Case.Pseudonymised()
	name := s.name() + " " + s.Case.Run.Ratings + " " + stamp(s.At)
	maker := s.object("identity", "ringwatch")
	maker["name"], maker["identity_class"] = "Ringwatch", "system"
	objects := []stixObject{maker}
	var refs []string
	keep := func(o stixObject) string {
		id := o["id"].(string)
		objects, refs = append(objects, o), append(refs, id)
		return id
	}
	add := func(o stixObject) string {
		o["created_by_ref"] = maker["id"]
		return keep(o)
	}
	maker["created"], maker["modified"] = unchanged, unchanged
	pattern := s.attackPattern()
	add(pattern)
	accounts := map[string]string{}
	for i := range s.Rings {
		r := &s.Rings[i]
		var members []string
		for _, rater := range r.Raters {
			id, ok := accounts[rater]
			if !ok {
				account, err := s.account(rater, key)
				if err != nil {
					return nil, err
				}
				id = keep(account)
				accounts[rater] = id
			}
			members = append(members, id)
		}
		g := s.grouping(name, r, members)
		add(g)
		add(s.related(name, r, g, pattern))
	}
	if len(s.Rings) > 0 {
		add(s.stixReport(name, refs))
	}
	bundle := stixObject{"type": "bundle",
		"id": "bundle--" + uuidText(uuid5(ours, "bundle "+name+fmt.Sprint(len(objects)))), "objects": objects}
	return &Files{
		Parts: output.Parts{"bundle.json": func(w io.Writer) error {
			e := json.NewEncoder(w)
			e.SetIndent("", " ")
			return e.Encode(bundle)
		}},
		Counts:   []Count{{"bundle.json", len(accounts), "account"}, {"bundle.json", len(s.Rings), "grouping"}},
		HowToUse: "Any STIX 2.1 tool opens bundle.json; pseudonyms.csv of the case says who its accounts are.",
	}, nil
}

// attackPattern is DISARM's name for what rings do.
func (s *Set) attackPattern() stixObject {
	pattern := s.object("attack-pattern", manipulation.id)
	pattern["created"], pattern["modified"] = unchanged, unchanged
	pattern["name"], pattern["description"] = manipulation.name, manipulation.says
	const frameworks = "https://github.com/DISARMFoundation/DISARMframeworks/blob/main/"
	pattern["external_references"] = []stixObject{
		{"source_name": "DISARM", "external_id": manipulation.id,
			"url": frameworks + "generated_pages/techniques/" + manipulation.id + ".md"},
		{"source_name": "DISARM STIX", "external_id": manipulation.object,
			"url": frameworks + "generated_files/DISARM_STIX/DISARM.json"}}
	return pattern
}

// stixReport is the object that holds all others together, and says what they do not say.
func (s *Set) stixReport(name string, refs []string) stixObject {
	report := s.object("report", name)
	report["name"] = "Coordinated ratings, case " + s.name()
	report["published"] = stamp(s.At)
	report["report_types"] = []string{"observed-data"}
	report["object_refs"] = refs
	report["description"] = "Groups of accounts whose ratings agree, in choice or in time, " +
		"more than those of independent raters of the same habits would. " +
		"It says nothing of who they are, whether one person is behind several, or why they act. " +
		"An account that is in no group has not been cleared."
	return report
}

// account is a rater, as one of this case where it has a pseudonym: P1 of another is
// somebody else.
func (s *Set) account(rater string, key *reports.Pseudonyms) (stixObject, error) {
	user := rater
	if !s.RevealIDs {
		user = s.name() + "/" + key.Rater(reports.Shown(rater))
	}
	text, err := canonical(user)
	if err != nil {
		return nil, err
	}
	id := "user-account--" + uuidText(uuid5(observables, `{"user_id":`+text+`}`))
	return stixObject{"type": "user-account", "spec_version": "2.1", "id": id, "user_id": user}, nil
}

// grouping is a ring of accounts.
func (s *Set) grouping(name string, r *Ring, members []string) stixObject {
	g := s.object("grouping", name+" "+r.ID)
	g["name"], g["context"], g["object_refs"] = "Ring "+r.ID, "suspicious-activity", members
	g["confidence"] = sureness(r)
	if r.Certainty == reports.Coordinated {
		g["name"] = "Coordinated group " + r.ID
	}
	g["description"] = about(r, false) + ". " + r.Grounds() + "."
	return g
}

// related says that a ring's grouping did what the pattern describes.
func (s *Set) related(name string, r *Ring, grouping, pattern stixObject) stixObject {
	link := s.object("relationship", name+" "+r.ID)
	link["relationship_type"], link["source_ref"] = "related-to", grouping["id"]
	link["target_ref"], link["confidence"] = pattern["id"], sureness(r)
	if r.First != "" {
		link["description"] = "Between " + r.First + " and " + r.Last + "."
	}
	return link
}

func sureness(r *Ring) int {
	if sure, ok := confidence[r.Certainty]; ok {
		return sure
	}
	return lowConfidence
}

// canonical is a text as RFC 8785 has it.
func canonical(s string) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(s)
	text := strings.TrimSuffix(b.String(), "\n")
	return strings.NewReplacer(`\u2028`, "\u2028", `\u2029`, "\u2029").Replace(text), err
}
