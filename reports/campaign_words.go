package reports

import (
	"fmt"

	"github.com/ringwatch/ringwatch/detect/campaigns"
	"github.com/ringwatch/ringwatch/reports/internal/page"
)

func (c *Campaign) who() string {
	if c.Few == 1 {
		return "accounts that rated nothing else"
	}
	return fmt.Sprintf("accounts with %d ratings or fewer in all", c.Few)
}

// why says what was seen, in the words of ratings and not of raters.
func (c *Campaign) why() string {
	s := fmt.Sprintf("%s: %s by %s, where %s would be expected; ",
		page.When(c.From, c.To), page.Many(c.Ratings, "rating"), c.who(), page.Short(c.Expected))
	switch {
	case c.Others == 0 && c.Few == 1:
		s += "no other rater came"
	case c.Others == 0:
		s += "nobody with more came"
	case c.Others == 1:
		s += "one other rater came"
	default:
		s += fmt.Sprintf("%d others came", c.Others)
	}
	if c.Verdict == string(campaigns.Attention) {
		return s + ". Without votes no more can be told, and nothing is deducted."
	}
	s += fmt.Sprintf(". %s gave %s, where %s would be expected by the item's newcomers outside of bursts and its "+
		"established raters", percent(c.Share), c.Votes, percent(c.Usual))
	if c.WitnessShare != nil {
		s += fmt.Sprintf(", and of %s around it %s did", page.Many(c.Witnesses, "established rating"),
			percent(*c.WitnessShare))
	}
	s += fmt.Sprintf(". q %s.", page.Few(number(c.Q)))
	if c.ScoreWith != nil && c.ScoreWithout != nil && *c.ScoreWith != *c.ScoreWithout {
		s += fmt.Sprintf(" Mean %s, without the excess %s.", page.Short(*c.ScoreWith), page.Short(*c.ScoreWithout))
	}
	return s
}

// innocent are the reasons that were tested, and those that cannot be.
func (c *Campaign) innocent(x *campaigns.Campaign) []Explanation {
	reason := func(name string, holds bool, because string) Explanation {
		return Explanation{Name: name, Holds: holds, Because: because}
	}
	mind := ofOneMind(x)
	all := []Explanation{
		reason("news", false, news(x)),
		reason("sign-up wave", false, fmt.Sprintf("by the item's rate at other times and what the platform's "+
			"newcomers did then, %s would be expected", page.Short(x.ByTime))),
		reason("promotion", false, "the votes are not those of the item's usual newcomers"),
	}
	if x.Verdict == campaigns.Attention {
		return append(all[:2], reason("a promotion, a tutorial, a fan club",
			true, "people who come for one item look the same; this cannot be excluded"))
	}
	holds, because := c.witnessed(x)
	all = append(all, reason("the item changed, or a crowd is of this mind", holds, because))
	crowd := "a fan club or a party"
	if x.Farm > 0 {
		crowd = "a fan club, guests of a festival, buyers of a set" // who share accounts as a farm's items do
	}
	return append(all, reason(crowd, true, mind))
}

// news says what the others who came tell of news.
func news(x *campaigns.Campaign) string {
	switch {
	case !x.Heard:
		return untellable + ": in this data raters with more ratings are too few to show what news brings"
	case x.Others == 0:
		return "it would have brought raters with more ratings, too, and none came"
	}
	return fmt.Sprintf("by how many others came to the item then, %s would be expected", page.Short(x.ByCompany))
}

// fewestWitnesses is how many established ratings can tell whether an item changed.
const fewestWitnesses = 3

// witnessed says whether the item may have changed, by what the established gave.
func (c *Campaign) witnessed(x *campaigns.Campaign) (holds bool, because string) {
	if c.Witnesses < fewestWitnesses || c.WitnessShare == nil {
		return true, "too few established raters came who could tell"
	}
	// of the votes that are not usual, all or those of one side of the stretch make at least half likely
	alike := max(*c.WitnessShare, x.Predicted) >= (c.Share+c.Usual)/2
	switch {
	case x.Verdict == campaigns.Outcry:
		return true, "established raters of those days vote alike; whether there was a reason, ratings do not tell"
	case x.Verdict == campaigns.Change && alike:
		return true, "established raters in those days, or before or after, vote alike; whether there was a reason, " +
			"ratings do not tell"
	case x.Verdict == campaigns.Change:
		return true, fmt.Sprintf("established ratings around it do not vote alike (%s against %s), but the votes are "+
			"too few, or too mixed, to tell what it was", percent(*c.WitnessShare), percent(c.Share))
	case x.Inside < fewestWitnesses:
		return true, fmt.Sprintf("established ratings before and after do not vote alike, but of those days "+
			"themselves there %s: what only newcomers met then, a fault or a price, cannot be excluded", few(x.Inside))
	}
	return false, "established ratings in those days, or before and after, do not vote alike"
}

// few says that so many established ratings are too few.
func few(n int) string {
	switch n {
	case 0:
		return "are none"
	case 1:
		return "is one"
	}
	return fmt.Sprintf("are only %d", n)
}

// ofOneMind says what speaks for and against a crowd of one mind.
func ofOneMind(x *campaigns.Campaign) string {
	votes := fmt.Sprintf("such a crowd differs within itself, as raters do here: the votes are %s likelier to be "+
		"given for the end of the scale whatever the item is worth", likelier(x.Likelier))
	doubt := fmt.Sprintf(", which, by how common either is here, leaves a doubt of %.0f %%", 100*x.Doubt)
	switch {
	case x.Verdict == campaigns.Campaigned || x.Verdict == campaigns.Unwitnessed:
		if x.Doubt > .005 {
			votes += doubt
		}
		return votes + "; a crowd that is all of one opinion cannot be excluded"
	case x.Verdict != campaigns.Crowd:
		return "people of one mind who came together look the same in ratings; this cannot be excluded"
	case x.Alike > 0 && x.Alike <= .1: // 0 in a Campaign that somebody else made
		return "its accounts have other ratings, some more and some fewer, as people have; accounts opened for a job " +
			"have none, or all as many"
	case x.Likelier > 3:
		return votes + doubt + ": that is too much to name it, and the ratings do not tell more"
	}
	return "the votes are the usual ones moved up or down, as those of people of one mind are"
}

// likelier says how many times, up to a million.
func likelier(x float64) string {
	if x > 1e6 {
		return "more than a million times"
	}
	return page.Short(x) + " times"
}

// CampaignVerdict says what was found on items; empty where nobody looked.
func (d *Document) CampaignVerdict() string {
	of := map[string]int{}
	for _, c := range d.Campaigns {
		of[c.Verdict]++
	}
	if of[string(campaigns.Attention)] > 0 {
		return fmt.Sprintf("Attention by accounts that did little else: %s beyond what is to be expected, the "+
			"item with the most in a month first. Whether anybody ordered it cannot be told without votes.",
			page.Many(d.Bursts, "burst"))
	}
	switch n := of[string(campaigns.Campaigned)]; {
	case d.Bursts == 0:
		return ""
	case n == 0:
		return fmt.Sprintf("No item has a campaign, of %s of newcomers that were tested.", page.Many(d.Bursts, "burst"))
	case of[string(campaigns.Outcry)] > 0:
		return fmt.Sprintf("Campaigns on items: %d; outcries, which established raters joined: %d.",
			n, of[string(campaigns.Outcry)])
	default:
		return fmt.Sprintf("Campaigns on items: %d.", n)
	}
}

// campaigns writes the table of items, the largest effect on a score first.
func (p *printer) campaigns(d *Document) {
	if s := d.CampaignVerdict(); s != "" && len(d.Campaigns) > 0 {
		p.title(2, "Campaigns on items")
		p.para(s + " A campaign is unusual votes in unusual numbers by accounts with a few ratings. " +
			"It accuses no account, and a fan club or a party looks the same.")
	} else {
		p.para(s)
		return
	}
	var rows [][]string
	for _, c := range d.Campaigns[:min(len(d.Campaigns), maxLines)] {
		name := c.Item
		switch {
		case p.people:
			name = c.ID
		case c.Since != nil: // which tells of it by name
			name = c.ID + " " + c.Item
		}
		if c.Verdict == string(campaigns.Attention) {
			rows = append(rows, []string{page.Brief(maxName, name), c.Verdict, page.When(c.From, c.To),
				page.Count(c.Ratings), page.Short(c.Expected), "", "", page.Few(number(c.Q)), "", c.Farm})
			continue
		}
		rows = append(rows, []string{page.Brief(maxName, name), c.Verdict, page.When(c.From, c.To),
			page.Count(c.Ratings), page.Short(c.Expected),
			percent(c.Share) + " gave " + c.Votes, percent(c.Usual), page.Few(number(c.Q)), c.Scores(), c.Farm})
	}
	p.table([]string{"item", "verdict", "when", "\tratings", "\texpected", "votes", "\tusual", "\tq", "mean", "farm"},
		rows)
	p.list(left(len(d.Campaigns), maxLines))
	p.besideCampaigns(d.Campaigns[:min(len(d.Campaigns), maxLines)])
}

// Vote says how many voted so.
func (c *Campaign) Vote() string {
	if c.Verdict == string(campaigns.Attention) {
		return "none"
	}
	return percent(c.Share) + " gave " + c.Votes
}

// Scores are the item's means with and without the excess.
func (c *Campaign) Scores() string {
	if c.ScoreWith == nil || c.ScoreWithout == nil {
		return ""
	}
	if *c.ScoreWith == *c.ScoreWithout {
		return page.Short(*c.ScoreWith)
	}
	return fmt.Sprintf("%s → %s without", page.Short(*c.ScoreWith), page.Short(*c.ScoreWithout))
}
