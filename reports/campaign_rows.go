package reports

import (
	"io"
	"slices"

	"github.com/ringwatch/ringwatch/detect/campaigns"
	"github.com/ringwatch/ringwatch/output"
	"github.com/ringwatch/ringwatch/rating"
)

// A campaignRow is a row of campaigns.csv and of campaigns.parquet.
type campaignRow struct {
	Item         string   `parquet:"item,dict"`
	Verdict      string   `parquet:"verdict,dict"`
	From         string   `parquet:"from"`
	To           string   `parquet:"to"`
	Ratings      int64    `parquet:"ratings"`
	Expected     float64  `parquet:"expected"`
	Others       int64    `parquet:"others"`
	Side         string   `parquet:"side,dict"`
	Share        float64  `parquet:"share"`
	Usual        float64  `parquet:"usual"`
	Witnesses    int64    `parquet:"witnesses"`
	WitnessShare *float64 `parquet:"witness_share,optional"`
	P            float64  `parquet:"p_value"`
	Q            float64  `parquet:"q_value"`
	Effect       float64  `parquet:"effect"`
	Excess       float64  `parquet:"excess"`
	ScoreWith    *float64 `parquet:"score_with,optional"`
	ScoreWithout *float64 `parquet:"score_without,optional"`
	Farm         *string  `parquet:"farm,optional,dict"`
	Campaign     *string  `parquet:"campaign,optional"`
	Change       *string  `parquet:"change,optional,dict"`
}

// campaignRows are what was found on items, the largest effect on a score first within
// the verdicts: campaign, unwitnessed, outcry, crowd, change, newcomers, attention.
func campaignRows(c *Case) []campaignRow {
	t, f, all := c.Ratings, c.Findings.Campaigns, c.Document().Campaigns
	changes := map[string]string{}
	for i := range all {
		changes[all[i].ID] = all[i].Change()
	}
	told := func(s string) *string {
		if s == "" {
			return nil
		}
		return &s
	}
	var rows []campaignRow
	for k := range f.Campaigns {
		x := &f.Campaigns[k]
		r := campaignRow{item(t, x.Item), string(x.Verdict), stamp(x.From), stamp(x.To), int64(x.Ratings), x.Expected,
			int64(x.Others), side(x),
			x.Share, x.Usual, int64(x.Witnesses), known(x.WitnessShare), x.P, x.Q, x.Effect, x.Excess,
			known(x.ScoreWith), known(x.ScoreWithout),
			told(c.names.farm[x.Farm]), told(c.names.of[k]), told(changes[c.names.of[k]])}
		rows = append(rows, r)
	}
	return rows
}

// A keptRow is a row of campaign_rows.csv and of campaign_rows.parquet.
type keptRow struct {
	Row     int64   `parquet:"row"` // of the input, from 0
	Item    string  `parquet:"item,dict"`
	Verdict string  `parquet:"verdict,dict"`
	Weight  float64 `parquet:"weight"` // what of the row is kept
}

// hasRows reports whether campaign_rows.csv has a campaign's rows.
func hasRows(x *campaigns.Campaign) bool {
	return x.Verdict == campaigns.Campaigned || x.Verdict == campaigns.Outcry
}

// keptRows are the rows that campaigns, and outcries, are about, in the order of the
// input.
func keptRows(t *rating.Table, f *campaigns.Findings) []keptRow {
	var rows []keptRow
	for k := range f.Campaigns {
		x := &f.Campaigns[k]
		if !hasRows(x) {
			continue
		}
		for _, row := range x.Rows {
			rows = append(rows, keptRow{t.RowOfInput(row), item(t, x.Item), string(x.Verdict), x.Keep})
		}
	}
	slices.SortFunc(rows, func(a, b keptRow) int { return int(a.Row - b.Row) })
	return rows
}

// campaignFiles are the files of a case about its items.
func campaignFiles(c *Case) output.Parts {
	if c.Findings.Campaigns == nil {
		return nil
	}
	found, kept := campaignRows(c), keptRows(c.Ratings, c.Findings.Campaigns)
	return output.Parts{
		"campaigns.csv":         func(w io.Writer) error { return rowsCSV(w, found) },
		"campaign_rows.csv":     func(w io.Writer) error { return rowsCSV(w, kept) },
		"campaigns.parquet":     func(w io.Writer) error { return writeParquet(w, slices.Values(found)) },
		"campaign_rows.parquet": func(w io.Writer) error { return writeParquet(w, slices.Values(kept)) },
	}
}
