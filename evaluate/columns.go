package evaluate

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// What columns are called, most telling first; lower case, without what is neither
// letter nor digit.
var (
	accountNames = []string{"rater", "raterid", "raterparticipantid", "account", "accountid", "accountname", "user",
		"userid", "username", "screenname",
		"member", "memberid", "reviewer", "reviewerid", "participant", "participantid", "voter", "voterid", "worker",
		"workerid", "author", "authorid", "handle", "node", "nodeid", "identifier", "id", "name"}
	scoreNames = []string{"suspicion", "score", "suspicionscore", "anomalyscore", "outlierscore", "riskscore", "risk",
		"probability", "prob", "proba", "yscore"}
	lowerNames = []string{"pvalue", "qvalue", "reputation", "trust", "fairness", "p", "q"}
	groupNames = []string{"ring", "ringid", "brigade", "group", "groupid", "cluster", "clusterid", "community",
		"communityid", "component", "componentid",
		"campaign", "campaignid", "clique", "block", "modularityclass"}
	// Columns of programs that part all accounts count from 0; in others 0 is nobody's.
	partNames = []string{"group", "groupid", "cluster", "clusterid", "community", "communityid", "component",
		"componentid", "modularityclass", "block"}
	labelNames = []string{"label", "truth", "groundtruth", "positive", "flagged", "isflagged", "found", "coordinated",
		"iscoordinated", "suspicious",
		"malicious", "ismalicious", "anomaly", "isanomaly", "outlier", "spam", "isspam", "spammer", "bot", "isbot",
		"class", "prediction", "predicted", "ypred", "ytrue"}
	kindNames    = []string{"kind", "type", "category", "accounttype"}
	membersNames = []string{"members", "accounts", "users", "raters", "nodes"}
)

// Columns are what is what: "account", "score", "group", "label", "kind" to the name
// of a column or its number from 1 on; "" or "-": there is none. What is not in it is
// recognised by its name.
type Columns map[string]string

// ParseColumns reads account=NAME,score=NAME and so on.
func ParseColumns(s string) (Columns, error) {
	roles := []string{"account", "score", "group", "label", "kind"}
	c := make(Columns)
	if strings.TrimSpace(s) == "" {
		return nil, nil
	}
	for part := range strings.SplitSeq(s, ",") {
		role, name, ok := strings.Cut(part, "=")
		if role = strings.TrimSpace(role); !ok || !slices.Contains(roles, role) {
			return nil, fmt.Errorf("%q is none of account=COLUMN, score=COLUMN, group=COLUMN, "+
				"label=COLUMN, kind=COLUMN",
				strings.TrimSpace(part))
		}
		c[role] = strings.TrimSpace(name)
	}
	return c, nil
}

// numbered reports whether all columns are told by numbers, as of a file without a
// header.
func (c Columns) numbered() bool {
	for _, name := range c {
		if _, err := strconv.Atoi(name); name != "" && name != "-" && err != nil {
			return false
		}
	}
	return len(c) > 0
}

func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(name))
}

// roles are the numbers of columns; -1: none.
type roles struct {
	account, score, group, label, kind, members int
	lower                                       bool
}

// simulated is the one of our files in which an account stands as it is.
const simulated = "truth_raters.csv of a simulated world"

// ownFile names a file that Ringwatch wrote by the columns that only it has.
func ownFile(header []string) string {
	h := strings.Join(header, ",")
	for _, known := range []struct{ file, begins string }{
		{"raters.csv of a case", "rater,ring,suspicion,q_value"},
		{"ring_members.csv of a case", "ring,rater,role,strength"},
		{"raters.csv of scores", "rater,reputation,intercept"},
		{simulated, "rater,brigade,kind"},
		{"truth.csv of a demo", "rater,brigade"},
	} {
		if strings.HasPrefix(h, known.begins) {
			return known.file
		}
	}
	return ""
}

func (c Columns) find(file string, header []string) (roles, error) {
	x := roles{-1, -1, -1, -1, -1, -1, false}
	names := make([]string, len(header))
	for k, h := range header {
		names[k] = plain(h)
	}
	recognised := func(known []string) int {
		for _, name := range known {
			if k := slices.Index(names, name); k >= 0 {
				return k
			}
		}
		return -1
	}
	told := func(role string, known []string) (int, error) {
		name, ok := c[role]
		if !ok {
			return recognised(known), nil
		}
		if name == "" || name == "-" {
			return -1, nil
		}
		if k := slices.Index(header, name); k >= 0 {
			return k, nil
		}
		if k, err := strconv.Atoi(name); err == nil && k >= 1 && k <= len(header) {
			return k - 1, nil
		}
		return -1, fmt.Errorf("%s: there is no column %q; it has %s", file, name, strings.Join(header, ", "))
	}
	var err error
	for _, r := range []struct {
		to    *int
		role  string
		known []string
	}{{&x.account, "account", accountNames}, {&x.score, "score", scoreNames}, {&x.group, "group", groupNames},
		{&x.label, "label", labelNames}, {&x.kind, "kind", kindNames}} {
		if *r.to, err = told(r.role, r.known); err != nil {
			return x, err
		}
	}
	if _, ok := c["score"]; !ok && x.score < 0 {
		if x.score = recognised(lowerNames); x.score >= 0 {
			x.lower = true
		}
	} else if x.score >= 0 && ok {
		x.lower = slices.Contains(lowerNames, names[x.score])
	}
	if _, ok := c["account"]; !ok && x.account < 0 {
		if x.members = recognised(membersNames); x.members >= 0 {
			return x, nil
		}
	}
	if x.account < 0 {
		return x, fmt.Errorf("%s: no column names accounts (it has %s); say which with account=COLUMN in "+
			"--found-columns or --truth-columns, by name or, where the first line is no header, by number",
			file, strings.Join(header, ", "))
	}
	return x, nil
}
