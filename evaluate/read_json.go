package evaluate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

func parseJSON(file string, text []byte, o ReadOptions) (*Claims, error) {
	text = strictJSON(text)
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var all []any
	for {
		var v any
		err := d.Decode(&v)
		if err == io.EOF {
			break
		}
		if err != nil {
			at := d.InputOffset()
			var syntax *json.SyntaxError
			if errors.As(err, &syntax) {
				at = syntax.Offset
			}
			line := 1 + bytes.Count(text[:min(int(at), len(text))], []byte("\n"))
			return nil, fmt.Errorf("%s:%d: is no JSON: %w", file, line, err)
		}
		all = append(all, v)
	}
	var v any = all
	if len(all) == 1 {
		v = all[0]
	}
	j := &jsonReader{file: file, o: o, b: newBuilder(), r: Reading{File: file}}
	if colons(text) > keysOf(v) {
		line, key := twice(text)
		return nil, fmt.Errorf("%s:%d: %.60q stands in this object twice; name each key once", file, line, key)
	}
	return j.value(v)
}

type jsonReader struct {
	file string
	o    ReadOptions
	b    *builder
	r    Reading
}

func (j *jsonReader) value(v any) (*Claims, error) {
	switch v := v.(type) {
	case []any:
		return j.array(v)
	case map[string]any:
		return j.object(v)
	}
	return nil, fmt.Errorf("%s: holds neither a list nor an object", j.file)
}

// lists are keys of objects that hold groups, or accounts.
var groupLists = []string{"rings", "groups", "clusters", "communities", "components", "campaigns",
	"cliques", "brigades"}

func (j *jsonReader) object(m map[string]any) (*Claims, error) {
	if s, _ := m["format"].(string); strings.HasPrefix(s, "ringwatch rings ") {
		j.r.Told = append(j.r.Told, "only rings are read, not coordinated groups or those with a shared interest")
	}
	for _, key := range slices.Concat(groupLists, membersNames, []string{"results", "data"}) {
		if list, ok := m[key].([]any); ok {
			j.r.Group = key
			return j.array(list)
		}
	}
	numbers, arrays, texts, bools := 0, 0, 0, 0
	for _, v := range m {
		switch v.(type) {
		case json.Number, nil:
			numbers++
		case []any:
			arrays++
		case string:
			texts++
		case bool:
			bools++
		}
	}
	keys := slices.Sorted(maps.Keys(m))
	switch len(m) {
	case numbers:
		j.r.Form, j.r.Score = "an object from accounts to scores", "score"
		if err := j.scores(m, keys); err != nil {
			return nil, err
		}
	case bools:
		j.r.Form, j.r.Label = "an object from accounts to labels", "label"
		j.labels(m, keys)
	case arrays:
		j.r.Form = "an object from groups to their accounts"
		for _, name := range keys {
			if err := j.group(name, m[name].([]any)); err != nil {
				return nil, err
			}
		}
	case texts:
		var rows [][]string
		for _, id := range keys {
			rows = append(rows, []string{id, m[id].(string)})
		}
		return claimsOf(j.file, []string{"account", "group"}, slices.Values(rows),
			func(int) string { return j.file }, j.o)
	default:
		return nil, fmt.Errorf("%s: holds no list of %s, and is no object from accounts to scores or from groups "+
			"to accounts", j.file, strings.Join(append(groupLists[:2:2], "accounts"), ", "))
	}
	return j.b.claims(j.r), nil
}

func (j *jsonReader) scores(m map[string]any, accounts []string) error {
	for _, id := range accounts {
		u, _ := j.b.account(id)
		v, err := score(fmt.Sprint(orEmpty(m[id])))
		if err != nil {
			return fmt.Errorf("%s: the score of %q is no number", j.file, id)
		}
		j.b.rate(u, v)
	}
	return nil
}

func (j *jsonReader) labels(m map[string]any, accounts []string) {
	for _, id := range accounts {
		u, _ := j.b.account(id)
		l := No
		if m[id] == true {
			l = Yes
		}
		j.b.mark(u, l)
	}
}

func orEmpty(v any) any {
	if v == nil {
		return ""
	}
	return v
}

func (j *jsonReader) array(list []any) (*Claims, error) {
	objects, arrays, pairs := 0, 0, 0
	for _, v := range list {
		switch v := v.(type) {
		case map[string]any:
			objects++
		case []any:
			arrays++
			if len(v) == 2 {
				_, id := v[0].(string)
				_, n := v[1].(json.Number)
				if id && n {
					pairs++
				}
			}
		}
	}
	switch {
	case len(list) == 0:
		j.r.Form = "an empty list"
	case objects == len(list):
		return j.objects(list)
	case pairs == len(list):
		j.r.Form, j.r.Score = "a list of accounts with scores", "score"
		for _, v := range list {
			pair := v.([]any)
			u, known := j.b.account(pair[0].(string))
			if known {
				j.b.repeats++
			}
			x, _ := score(pair[1].(json.Number).String())
			j.b.rate(u, x)
		}
	case arrays == len(list):
		j.r.Form = "a list of groups"
		for k, v := range list {
			if err := j.group(fmt.Sprint("group ", k+1), v.([]any)); err != nil {
				return nil, err
			}
		}
	case objects+arrays == 0:
		j.r.Form = "a list of accounts"
		for _, v := range list {
			id, err := j.name(v)
			if err != nil {
				return nil, err
			}
			j.b.list(id)
		}
	default:
		return nil, fmt.Errorf("%s: a list holds names, groups or objects, not a mixture", j.file)
	}
	return j.b.claims(j.r), nil
}

// objects are groups with their members, or rows.
func (j *jsonReader) objects(list []any) (*Claims, error) {
	var key string
	for _, k := range membersNames {
		if _, ok := list[0].(map[string]any)[k].([]any); ok {
			key = k
			break
		}
	}
	if key == "" {
		return j.rows(list)
	}
	j.r.Form = fmt.Sprintf("groups, their accounts in %s", key)
	for k, v := range list {
		m := v.(map[string]any)
		members, ok := m[key].([]any)
		if !ok {
			return nil, fmt.Errorf("%s: group %d has no list %q", j.file, k+1, key)
		}
		name := fmt.Sprint("group ", k+1)
		for _, n := range slices.Concat(groupNames, []string{"id", "name"}) {
			if v, ok := m[n]; ok {
				name = fmt.Sprint(v)
				break
			}
		}
		if err := j.group(name, members); err != nil {
			return nil, err
		}
	}
	return j.b.claims(j.r), nil
}

// rows are objects of which each says something about an account.
func (j *jsonReader) rows(list []any) (*Claims, error) {
	keys := make(map[string]bool)
	for k, v := range list {
		for key := range v.(map[string]any) {
			keys[key] = true
		}
		if len(keys) > mostColumns {
			return nil, fmt.Errorf("%s: object %d: the objects have more than %d different keys to here; "+
				"give each the same, of which one names its account", j.file, k+1, mostColumns)
		}
	}
	header := slices.Sorted(maps.Keys(keys))
	column := make(map[string]int, len(header))
	for k, h := range header {
		column[h] = k
	}
	rows := func(yield func([]string) bool) {
		row := make([]string, len(header)) // one for all: every object may have keys of its own
		for _, v := range list {
			m := v.(map[string]any)
			for h, v := range m {
				switch v := v.(type) {
				case string, json.Number, bool:
					row[column[h]] = fmt.Sprint(v)
				}
			}
			if !yield(row) {
				return
			}
			for h := range m {
				row[column[h]] = ""
			}
		}
	}
	c, err := claimsOf(j.file, header, rows,
		func(k int) string { return fmt.Sprintf("%s: object %d", j.file, k+1) }, j.o)
	if err == nil {
		c.Reading.Told = append(j.r.Told, c.Reading.Told...)
	}
	return c, err
}

func (j *jsonReader) group(name string, members []any) error {
	j.b.groups.Add([]byte(name))
	j.b.named = true // an empty list is a group of nobody
	for _, v := range members {
		id, err := j.name(v)
		if err != nil {
			return err
		}
		u, _ := j.b.account(id)
		j.b.mark(u, Yes)
		j.b.join(u, name)
	}
	return nil
}

// name is an account, or the object that names it.
func (j *jsonReader) name(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case json.Number:
		return v.String(), nil
	case map[string]any:
		for _, known := range accountNames {
			for _, key := range slices.Sorted(maps.Keys(v)) {
				if plain(key) == known {
					if id := v[key]; id != nil {
						return fmt.Sprint(id), nil
					}
				}
			}
		}
	}
	return "", fmt.Errorf("%s: %.60s names no account; give a string, a number or an object with account", j.file,
		fmt.Sprint(v))
}
