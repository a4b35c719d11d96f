package reports

import (
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/ringwatch/ringwatch/evaluate"
	"github.com/ringwatch/ringwatch/reports/internal/page"
)

// EvaluationText writes a judgement for a terminal.
func EvaluationText(w io.Writer, r *evaluate.Report, o TextOptions) error {
	p := &printer{o: o, text: true}
	p.evaluation(r)
	return p.flush(w)
}

// EvaluationMarkdown writes it as GitHub-flavoured Markdown.
func EvaluationMarkdown(w io.Writer, r *evaluate.Report) error {
	p := &printer{}
	p.evaluation(r)
	return p.flush(w)
}

// EvaluationJSON writes all of it; what is not defined is null.
func EvaluationJSON(w io.Writer, r *evaluate.Report) error { return writeJSON(w, r) }

func (p *printer) evaluation(r *evaluate.Report) {
	p.title(1, fmt.Sprintf("%s held against %s", page.Shown(r.Found.File), page.Shown(r.Truth.File)))
	p.list([]string{"found: " + reading(&r.Found), "truth: " + reading(&r.Truth)})
	s := fmt.Sprintf("%s %s judged: %s positive, %s honest.", page.Many(r.Accounts, "account"), page.Is(r.Accounts),
		page.Count(r.Positive), page.Count(r.Honest))
	if r.Flagged != nil {
		s += fmt.Sprintf(" %s of them %s found, %s of these positive.", page.Count(*r.Flagged), page.Is(*r.Flagged),
			page.Count(*r.Hits))
	}
	p.para(s + " Ranked by: " + page.Shown(r.Ranking) + ".")
	rows := [][]string{}
	for _, m := range r.Measures {
		rows = append(rows, []string{m.Name, share(m.Value), fromTo(m.Low, m.High), first(m.Why, m.Doc)})
	}
	p.table([]string{"measure", "\tvalue", "95% interval", ""}, rows)
	p.budgets(r)
	p.ringsEvaluated(r.Rings)
	p.kindsEvaluated(r)
	p.title(2, "How")
	p.list([]string{r.Intervals})
	var told []string
	for _, t := range r.Told {
		told = append(told, shown80(t))
	}
	if len(told) > 0 {
		p.title(2, "Set aside, missing or tied")
		p.list(told)
	}
}

func reading(r *evaluate.Reading) string {
	s := fmt.Sprintf("%s – %s; %s", page.Shown(r.File), shown80(r.Form), page.Many(r.Accounts, "account"))
	if r.Groups > 0 {
		s += ", " + page.Many(r.Groups, "group")
	}
	for _, t := range r.Told {
		s += "; " + shown80(t)
	}
	return s
}

func (p *printer) budgets(r *evaluate.Report) {
	rows := [][]string{}
	for _, b := range r.Budgets {
		hits := page.Short(float64(b.Hits))
		if b.Fewest != b.Most {
			hits += fmt.Sprintf(" (%d to %d)", b.Fewest, b.Most)
		}
		rows = append(rows, []string{page.Count(b.Reviewed), hits, share(b.Precision), share(b.Recall)})
	}
	if len(rows) > 0 {
		p.table([]string{"\taccounts reviewed", "\tpositive", "\tprecision", "\trecall"}, rows)
	}
}

func (p *printer) ringsEvaluated(r *evaluate.Rings) {
	if r == nil {
		return
	}
	p.title(2, "Rings")
	s := page.Many(r.Found, "ring") + " found"
	if r.True > 0 {
		s += fmt.Sprintf(", %s true", page.Count(r.True))
	}
	s += fmt.Sprintf("; less than half positive: %d of those found. Purity %s (%s), F1 %s.",
		r.False, share(r.Purity.Value), fromTo(r.Purity.Low, r.Purity.High), share(r.F1))
	p.para(s)
	rows := [][]string{}
	for _, l := range r.Levels {
		rows = append(rows, []string{number(l.Overlap),
			fmt.Sprintf("%d of %d", l.Right, r.Found), share(l.Precision), fromTo(l.PrecisionLow, l.PrecisionHigh),
			fmt.Sprintf("%d of %d", l.Met, r.True), share(l.Recall), fromTo(l.RecallLow, l.RecallHigh)})
	}
	if len(rows) > 0 {
		p.table([]string{"\toverlap (Jaccard)", "\tfound that are true", "\tprecision", "95% interval",
			"\ttrue that are found", "\trecall", "95% interval"}, rows)
	}
}

func (p *printer) kindsEvaluated(r *evaluate.Report) {
	if len(r.Kinds) == 0 {
		return
	}
	p.title(2, "Harm to the honest, by kind")
	header := []string{"kind", "\thonest", "\tfound", "\tshare", "95% interval"}
	for _, b := range r.Budgets {
		header = append(header, fmt.Sprintf("\tamong the first %s", page.Count(b.Reviewed)))
	}
	rows := [][]string{}
	for _, k := range r.Kinds {
		found := "–"
		if k.Found != nil {
			found = page.Count(*k.Found)
		}
		row := []string{page.Shown(first(k.Kind, "none told")), page.Count(k.Honest), found, share(k.Share),
			fromTo(k.Low, k.High)}
		for _, n := range k.Reviewed {
			row = append(row, page.Short(float64(n)))
		}
		rows = append(rows, row)
	}
	p.table(header, rows)
}

func first(s ...string) string {
	for _, x := range s {
		if x != "" {
			return x
		}
	}
	return ""
}

// share writes a share to three decimals, which is as far as intervals reach.
func share(n evaluate.Number) string {
	if math.IsNaN(float64(n)) {
		return "–"
	}
	return strconv.FormatFloat(float64(n), 'f', 3, 64)
}

func fromTo(low, high evaluate.Number) string {
	if math.IsNaN(float64(low)) || math.IsNaN(float64(high)) {
		return "–"
	}
	return share(low) + " – " + share(high)
}
