package serve

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/reports"
)

var exportTypes = map[string]string{"csv": "text/csv; charset=utf-8", "json": "application/json",
	"graphml": "application/graphml+xml",
	"gexf":    "application/gexf+xml", "parquet": "application/vnd.apache.parquet"}

// export answers with a file of what a list shows: the same filter, the same
// order, the same names. Of raters and items it holds all pages.
func (a *App) export(w http.ResponseWriter, r *http.Request) {
	name, format, _ := strings.Cut(r.PathValue("what"), ".")
	var b bytes.Buffer
	var err error
	if exportTypes[format] == "" {
		fail(w, r, http.StatusNotFound, "there is no such file; see /api/v1/openapi.json")
		return
	}
	// One at a time, so that those who look on have the other processors.
	select {
	case a.exporting <- struct{}{}:
	case <-r.Context().Done():
		return
	}
	a, err = a.at(r)
	if err == nil {
		switch name {
		case "rings":
			err = a.exportRings(&b, r, format)
		case "members":
			err = a.exportMembers(&b, r, format)
		case "raters", "items":
			err = a.exportNames(&b, r, name, format)
		case "log":
			err = exportRows(&b, format, a.log(a.now.shown), eventHead, eventRow)
		default:
			err = errNotFound
		}
	}
	<-a.exporting
	if err != nil {
		fail(w, r, status(err), told(err))
		return
	}
	w.Header().Set("Content-Type", exportTypes[format])
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s.%s"`, name, format))
	send(w, b.Bytes())
}

func (a *App) exportRings(b *bytes.Buffer, r *http.Request, format string) error {
	f, err := readFilter(r.URL.Query())
	if err != nil {
		return err
	}
	list, _ := a.rings(f)
	rings := make([]reports.Ring, 0, len(list))
	for _, x := range list {
		rings = append(rings, *x.Ring)
	}
	switch format {
	case "json":
		type row struct {
			State state `json:"triage"`
			*reports.Ring
		}
		rows := []row{}
		for _, x := range list {
			rows = append(rows, row{x.State, x.Ring})
		}
		return json.NewEncoder(b).Encode(rows)
	case "parquet":
		return reports.RingsParquet(b, rings)
	case "csv":
		head := []string{"ring", "size", "targets", "p_value", "q_value", "certainty", "detectors",
			"first", "last", "acts",
			"targets_changed", "status", "reason", "assignee", "explanation", "shift", "targets_moved",
			"control_low", "control_high"}
		return exportRows(b, format, list, head, func(x *listed) []string {
			changed, effect := x.EffectCells()
			return append([]string{x.ID, strconv.Itoa(x.Size), strconv.Itoa(x.Targets), x.P.String(), x.Q.String(),
				x.Certainty, strings.Join(x.Detectors, " "), x.First, x.Last,
				strconv.Itoa(x.Acts), changed, x.State.Status, x.State.Reason, x.State.Assignee, x.Fits()},
				effect[:]...)
		})
	}
	if a.data.table == nil {
		return errNoRatings
	}
	var found []detect.Ring
	for _, x := range list {
		found = append(found, a.numbers(x.raw))
	}
	if format == "gexf" {
		return reports.GEXF(b, a.data.table, found, rings, a.data.key)
	}
	return reports.GraphML(b, a.data.table, found, rings, a.data.key)
}

type memberRow struct {
	Ring     string  `json:"ring" parquet:"ring"`
	Rater    string  `json:"rater" parquet:"rater"`
	Role     string  `json:"role" parquet:"role"`
	Strength float64 `json:"strength" parquet:"strength"`
	Shared   int64   `json:"shared_items" parquet:"shared_items"`
	Sure     string  `json:"certainty" parquet:"certainty"`
	Fits     string  `json:"explanation" parquet:"explanation"`
}

func (a *App) exportMembers(b *bytes.Buffer, r *http.Request, format string) error {
	f, err := readFilter(r.URL.Query())
	if err != nil {
		return err
	}
	rows := []memberRow{}
	list, _ := a.rings(f)
	for _, x := range list {
		if id := r.URL.Query().Get("ring"); id != "" && id != x.ID {
			continue
		}
		for _, m := range x.Members {
			rows = append(rows, memberRow{x.ID, m.Rater, m.Role, m.Strength, int64(m.Shared), x.Certainty, x.Fits()})
		}
	}
	return exportRows(b, format, rows, []string{"ring", "rater", "role", "strength", "shared_items", "certainty",
		"explanation"}, func(m *memberRow) []string {
		return []string{m.Ring, m.Rater, m.Role, strconv.FormatFloat(m.Strength, 'g', -1, 64),
			strconv.FormatInt(m.Shared, 10), m.Sure, m.Fits}
	})
}

type nameRow struct {
	Name    string  `json:"name" parquet:"name"`
	Rings   string  `json:"rings" parquet:"rings"`
	Ratings int64   `json:"ratings" parquet:"ratings"`
	Mean    float64 `json:"mean_value" parquet:"mean_value"`
	Score   float64 `json:"suspicion" parquet:"suspicion"` // of raters, as all that follows
	Group   string  `json:"group" parquet:"group"`
	Sure    string  `json:"certainty" parquet:"certainty"`
	Fits    string  `json:"explanation" parquet:"explanation"`
}

func (a *App) exportNames(b *bytes.Buffer, r *http.Request, what, format string) error {
	if a.data.table == nil {
		return errNoRatings
	}
	q := r.URL.Query()
	rows := []nameRow{}
	if what == "raters" {
		for _, u := range a.raters(q.Get("search"), q.Get("ring")) {
			p := a.data.profile(u)
			rows = append(rows, nameRow{p.ID, strings.Join(p.Rings, " "), int64(p.Ratings), p.Mean,
				p.Suspicion, p.Group, p.Certainty, p.Fits})
		}
	} else {
		targets := a.data.targets
		for _, i := range a.items(q.Get("search")) {
			p := a.data.itemProfile(i, targets)
			rows = append(rows, nameRow{Name: p.ID, Rings: strings.Join(p.Rings, " "),
				Ratings: int64(p.Ratings), Mean: p.Mean})
		}
	}
	head := []string{strings.TrimSuffix(what, "s"), "rings", "ratings", "mean_value"}
	if what == "raters" {
		head = append(head, "suspicion", "group", "certainty", "explanation")
	}
	return exportRows(b, format, rows, head, func(x *nameRow) []string {
		cells := []string{x.Name, x.Rings, strconv.FormatInt(x.Ratings, 10), strconv.FormatFloat(x.Mean, 'g', -1, 64)}
		if what == "raters" {
			cells = append(cells, strconv.FormatFloat(x.Score, 'g', -1, 64), x.Group, x.Sure, x.Fits)
		}
		return cells
	})
}

var eventHead = []string{"seq", "at", "who", "action", "rings", "reason", "assignee", "text", "members", "undoes"}

func eventRow(e *event) []string {
	return []string{strconv.FormatInt(e.Seq, 10), e.At, e.Who, e.Action, strings.Join(e.Rings, " "), e.Reason,
		e.Assignee, e.Text, strings.Join(e.Members, " "), strconv.FormatInt(e.Undoes, 10)}
}

// exportRows writes rows as CSV, JSON or Parquet.
func exportRows[T any](b *bytes.Buffer, format string, rows []T, head []string, cells func(*T) []string) error {
	switch format {
	case "json":
		return json.NewEncoder(b).Encode(rows)
	case "parquet":
		out := parquet.NewGenericWriter[T](b, parquet.Compression(&parquet.Zstd))
		if _, err := out.Write(rows); err != nil {
			return err
		}
		return out.Close()
	case "csv":
		var all [][]string
		for i := range rows {
			all = append(all, cells(&rows[i]))
		}
		return reports.Table(b, head, all)
	}
	return errNotFound
}
