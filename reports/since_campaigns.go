package reports

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ringwatch/ringwatch/detect/campaigns"
	"github.com/ringwatch/ringwatch/reports/internal/page"
)

// CampaignSince says what became of a campaign on an item since the earlier case.
type CampaignSince struct {
	Change   string    `json:"change"`                // new, grown, smaller, other evidence or unchanged
	Also     []string  `json:"also,omitempty"`        // others there that have become a part of it
	Verdict  string    `json:"was_verdict,omitempty"` // in the earlier case
	Ratings  int       `json:"was_ratings,omitempty"`
	Decision *Decision `json:"decision,omitempty"` // of then
	Stands   bool      `json:"stands,omitempty"`   // what was decided then is about the ratings of now, too
}

// A GoneCampaign was in the earlier case and is not among the campaigns of now.
type GoneCampaign struct {
	ID      string `json:"campaign"`
	Item    string `json:"item"`
	Verdict string `json:"verdict"` // of then
	From    string `json:"from"`
	To      string `json:"to"`
	Now     string `json:"now,omitempty"` // the verdict on the same days now; empty if nothing is unusual in them
	// where there is none, the strongest ring that the item is a target of now: its
	// ratings are not counted twice
	Ring     string    `json:"ring,omitempty"`
	Decision *Decision `json:"decision,omitempty"`
}

// campaignNames are those of the campaigns and farms that were found.
type campaignNames struct {
	of   map[int]string // by place in campaigns.Findings, of those in rings.json
	farm map[int]string // by number
}

// A stretch is a part of an item's time, in seconds; both ends belong to it.
type stretch struct {
	item     string
	from, to int64
}

func (s stretch) seconds() int { return int(s.to - s.from + 1) }

// within is how many seconds two stretches share.
func (s stretch) within(o stretch) int {
	if s.item != o.item {
		return 0
	}
	return max(0, int(min(s.to, o.to)-max(s.from, o.from)+1))
}

// stretchOf reads that of a campaign of a document; one that cannot be read meets none.
func stretchOf(item, from, to string) stretch {
	a, e1 := time.Parse(time.RFC3339, from)
	b, e2 := time.Parse(time.RFC3339, to)
	if e1 != nil || e2 != nil || b.Before(a) {
		return stretch{"", 0, -1}
	}
	return stretch{item, a.Unix(), b.Unix()}
}

// overlaps matches stretches that share more than half of the shorter.
func overlaps(before, now []stretch) []pair {
	on := map[string][]int{}
	for i, s := range now {
		on[s.item] = append(on[s.item], i)
	}
	var pairs []pair
	for k, s := range before {
		for _, i := range on[s.item] {
			if n := s.within(now[i]); 2*n > min(s.seconds(), now[i].seconds()) {
				pairs = append(pairs, pair{k, i, n, float64(n) / float64(s.seconds()+now[i].seconds()-n)})
			}
		}
	}
	return pairs
}

func stretches(all []Campaign) []stretch {
	out := make([]stretch, len(all))
	for k := range all {
		out[k] = stretchOf(all[k].Item, all[k].From, all[k].To)
	}
	return out
}

// goOnCampaigns names campaigns and farms as the earlier case did, and says what has
// become of each.
func (d *Document) goOnCampaigns(of *Case) {
	e, names, s := of.Earlier, of.names, d.Since
	then := e.Document.Campaigns
	before, now := stretches(then), stretches(d.Campaigns)
	heir := heirs(len(before), overlaps(before, now), func(p pair) bool { return 2*p.shared > before[p.was].seconds() })
	was := make([]int, len(now)) // the place in then, from 1 on
	also := make([][]string, len(now))
	var gone []int
	for k, to := range heir {
		switch {
		case to.first:
			was[to.at] = k + 1
		case to.at >= 0:
			also[to.at] = append(also[to.at], then[k].ID)
		default:
			gone = append(gone, k)
		}
	}
	ids := map[string]string{}
	for i := range d.Campaigns {
		c := &d.Campaigns[i]
		found := c.ID
		if was[i] > 0 {
			c.ID, c.Since = then[was[i]-1].ID, c.since(&then[was[i]-1], e.Decisions)
		} else {
			s.Named["K"]++
			c.ID, c.Since = "K"+strconv.Itoa(s.Named["K"]), &CampaignSince{Change: "new"}
		}
		c.Since.Also = also[i]
		ids[found] = c.ID
	}
	for k, id := range names.of {
		names.of[k] = ids[id]
	}
	d.goOnFarms(then, was, names.farm)
	s.GoneCampaigns = d.goneCampaigns(of, gone)
}

// since says what has become of was.
func (c *Campaign) since(was *Campaign, decisions map[string]Decision) *CampaignSince {
	s := &CampaignSince{Verdict: was.Verdict, Ratings: was.Ratings}
	switch {
	case c.Ratings > was.Ratings:
		s.Change = "grown"
	case c.Ratings < was.Ratings:
		s.Change = "smaller"
	case c.Verdict != was.Verdict || c.From != was.From || c.To != was.To:
		s.Change = "other evidence"
	default:
		s.Change = "unchanged"
	}
	if dec, ok := decisions[was.ID]; ok {
		s.Decision = &dec
	}
	s.Stands = c.Ratings <= was.Ratings && c.Verdict == was.Verdict
	return s
}

// goOnFarms names farms after those of then: a farm goes on where more than half of
// the campaigns of the smaller are in both.
func (d *Document) goOnFarms(then []Campaign, was []int, numbered map[int]string) {
	type counts struct {
		names []string
		of    map[string]int // place in names
		size  []int
	}
	tally := func(all []Campaign) counts {
		c := counts{of: map[string]int{}}
		for k := range all {
			name := all[k].Farm
			if name == "" {
				continue
			}
			if _, ok := c.of[name]; !ok {
				c.of[name] = len(c.names)
				c.names, c.size = append(c.names, name), append(c.size, 0)
			}
			c.size[c.of[name]]++
		}
		return c
	}
	before, now := tally(then), tally(d.Campaigns)
	shared := map[[2]int]int{}
	for i := range d.Campaigns {
		if was[i] == 0 || d.Campaigns[i].Farm == "" || then[was[i]-1].Farm == "" {
			continue
		}
		shared[[2]int{before.of[then[was[i]-1].Farm], now.of[d.Campaigns[i].Farm]}]++
	}
	var pairs []pair
	for of, n := range shared {
		if a, b := before.size[of[0]], now.size[of[1]]; same(n, a, b) {
			pairs = append(pairs, pair{of[0], of[1], n, float64(n) / float64(a+b-n)})
		}
	}
	names := map[string]string{}
	for k, to := range heirs(len(before.names), pairs, func(pair) bool { return false }) {
		if to.first {
			names[now.names[to.at]] = before.names[k]
		}
	}
	for _, number := range slices.Sorted(maps.Keys(numbered)) {
		found := numbered[number]
		if names[found] == "" {
			d.Since.Named["F"]++
			names[found] = "F" + strconv.Itoa(d.Since.Named["F"])
		}
		numbered[number] = names[found]
	}
	for i := range d.Campaigns {
		d.Campaigns[i].Farm = names[d.Campaigns[i].Farm]
	}
}

// goneCampaigns says what became of campaigns that are not among those of now.
func (d *Document) goneCampaigns(of *Case, which []int) []GoneCampaign {
	if len(which) == 0 {
		return nil
	}
	e, t, f := of.Earlier, of.Ratings, of.Findings.Campaigns
	target := map[string]string{}
	for i := range slices.Backward(d.Rings) {
		for _, item := range d.Rings[i].Items {
			target[item] = d.Rings[i].ID
		}
	}
	found := map[string][]*campaigns.Campaign{}
	for k := range f.Campaigns {
		x := &f.Campaigns[k]
		found[item(t, x.Item)] = append(found[item(t, x.Item)], x)
	}
	var gone []GoneCampaign
	for _, k := range which {
		c := &e.Document.Campaigns[k]
		g := GoneCampaign{ID: c.ID, Item: c.Item, Verdict: c.Verdict, From: c.From, To: c.To}
		at := stretchOf(c.Item, c.From, c.To)
		for _, x := range found[c.Item] {
			if len(overlaps([]stretch{at}, []stretch{{c.Item, int64(x.From), int64(x.To)}})) > 0 {
				g.Now = string(x.Verdict)
				break
			}
		}
		if g.Now == "" {
			g.Ring = target[c.Item]
		}
		if dec, ok := e.Decisions[c.ID]; ok {
			g.Decision = &dec
		}
		gone = append(gone, g)
	}
	return gone
}

// lastCampaigns are the last numbers that a document gave to campaigns and farms.
func (d *Document) lastCampaigns(named map[string]int) {
	for _, c := range d.Campaigns {
		for _, id := range []string{c.ID, c.Farm} {
			if id != "" {
				if n, err := strconv.Atoi(id[1:]); err == nil {
					named[id[:1]] = max(named[id[:1]], n)
				}
			}
		}
	}
}

// checkCampaigns returns an error for a name that Ringwatch gives no campaign or farm.
func (d *Document) checkCampaigns() error {
	for _, c := range d.Campaigns {
		for id, kind := range map[string]string{c.ID: "K", c.Farm: "F"} {
			if number, of := strings.CutPrefix(id, kind); (!of || !plausible(number)) && (kind == "K" || id != "") {
				return fmt.Errorf("%q is no name of a campaign or a farm", page.Brief(40, id))
			}
		}
	}
	return nil
}

// campaignChanges are what became of campaigns and farms, in words.
func (d *Document) campaignChanges() []string {
	by := map[string][]string{}
	for _, c := range d.Campaigns {
		if c.Since != nil {
			by[c.Since.Change] = append(by[c.Since.Change], c.ID)
		}
	}
	for _, g := range d.Since.GoneCampaigns {
		by["gone"] = append(by["gone"], g.ID)
	}
	return changes(by)
}

// Became says what became of a campaign since the earlier case, in a sentence or two;
// empty where there is none.
func (c *Campaign) Became() string {
	s := c.Since
	if s == nil {
		return ""
	}
	var line string
	switch s.Change {
	case "new":
		return "New in this delivery."
	case "unchanged":
		line = "As in the delivery before"
	default:
		line = fmt.Sprintf("In the delivery before: %s, %s", cmp.Or(s.Verdict, "no verdict"),
			page.Many(s.Ratings, "rating"))
	}
	if len(s.Also) > 0 {
		line += "; also in it: " + strings.Join(s.Also, ", ")
	}
	return line + "." + s.Decision.carried(s.Stands, "that was about other ratings or another verdict, so look again")
}

// Change says what became of a campaign in a word or two; empty where there is no
// earlier case.
func (c *Campaign) Change() string {
	if c.Since == nil {
		return ""
	}
	return c.Since.Change
}

// Line says what became of a campaign that is not there any more; its item is told
// by who calls.
func (g *GoneCampaign) Line() string {
	s := fmt.Sprintf("%s, %s, is not there any more: ", g.Verdict, page.When(g.From, g.To))
	switch {
	case g.Now != "":
		s += "by the ratings of now it is " + g.Now
	case g.Ring != "":
		s += "the item is a target of " + g.Ring + " now, and what a ring does is not counted twice"
	default:
		s += "nothing is unusual in these days by the ratings of now"
	}
	if d := g.Decision; d != nil && d.Status != "open" {
		s += "; it was " + d.Status
		if d.By != "" {
			s += " by " + d.By
		}
	}
	return s + "."
}
