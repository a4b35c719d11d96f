package serve

import (
	"bytes"
	"html/template"
	"net/http"
	"net/url"
	"regexp"
	"slices"

	"github.com/ringwatch/ringwatch/reports"
)

// A campaignShown is a campaign on an item and what was decided about it.
type campaignShown struct {
	reports.Campaign
	State state `json:"triage"`
}

// campaignShape is that of the names of campaigns; those of rings differ.
var campaignShape = regexp.MustCompile(`^K[0-9]+$`)

// place is the address of the page of a ring or a campaign.
func place(id string) string {
	if campaignShape.MatchString(id) {
		return "/campaigns/" + id
	}
	return "/rings/" + url.PathEscape(id)
}

// history are the events that are about a ring or a campaign, under any name that it had.
func (d *decisions) history(id string) (of []event) {
	names := []string{id}
	for _, e := range slices.Backward(d.events) {
		if e.Action == foundAnew && e.Found != nil {
			for _, c := range e.Found.Changes {
				if slices.Contains(names, c.Now) && !slices.Contains(names, c.Ring) {
					names = append(names, c.Ring)
				}
			}
		} else if slices.ContainsFunc(touches(e), func(id string) bool { return slices.Contains(names, id) }) {
			of = append(of, e)
		}
	}
	slices.Reverse(of)
	return of
}

// campaigns are all of them, in the order of the report, with what was decided.
func (a *App) campaigns() []campaignShown {
	all := make([]campaignShown, 0, len(a.data.campaigns))
	for _, c := range a.data.campaigns {
		x := campaignShown{Campaign: c, State: state{Status: "open"}}
		if s := a.now.state(c.ID); s != nil {
			x.State = s.brief()
		}
		all = append(all, x)
	}
	return all
}

// campaignsOn are the campaigns on an item.
func (d *data) campaignsOn(item int32) (on []reports.Campaign) {
	for k := range d.doc.Campaigns {
		if d.doc.Campaigns[k].Item == d.item(item) {
			on = append(on, d.campaigns[k])
		}
	}
	return on
}

type campaignsView struct {
	Verdict string
	Counts  map[string]int
	List    []campaignShown
}

func (a *App) campaignsPage(*http.Request) (string, any, error) {
	v := campaignsView{Verdict: a.data.doc.CampaignVerdict(), Counts: map[string]int{}, List: a.campaigns()}
	for _, c := range v.List {
		v.Counts[c.State.Status]++
	}
	return "Campaigns on items", v, nil
}

func (a *App) apiCampaigns(r *http.Request) (any, error) {
	p, err := readPaging(r.URL.Query())
	if err != nil {
		return nil, err
	}
	all := a.campaigns()
	return map[string]any{"total": len(all), "campaigns": slice(p, all)}, nil
}

type campaignView struct {
	triaged
	C          *reports.Campaign
	HTML       template.HTML
	Prev, Next string
}

func (a *App) campaignPage(r *http.Request) (string, any, error) {
	id := r.PathValue("id")
	k := slices.IndexFunc(a.data.campaigns, func(c reports.Campaign) bool { return c.ID == id })
	state := a.now.state(id)
	if k < 0 || state == nil {
		return "", nil, errNotFound
	}
	v := campaignView{C: &a.data.campaigns[k]}
	var b bytes.Buffer
	err := v.C.HTML(&b)
	if err != nil {
		return "", nil, err
	}
	v.HTML = template.HTML(b.String())
	if v.triaged, err = a.triaged(r, id, state); err != nil {
		return "", nil, err
	}
	if k > 0 {
		v.Prev = a.data.campaigns[k-1].ID
	}
	if k+1 < len(a.data.campaigns) {
		v.Next = a.data.campaigns[k+1].ID
	}
	return id, v, nil
}
