package simulate

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/ringwatch/ringwatch/catalog"
	"github.com/ringwatch/ringwatch/rating"
)

// Organic is a polarised crowd that rates without any brigade: items with a
// viewpoint, a quality and a short life, raters with a viewpoint, habits and
// sessions, and honest communities that look coordinated and are not. Its
// fields are its options; a field of 0 switches a confounder off.
type Organic struct {
	Raters         int     `doc:"raters" within:"1..100000000"`
	Items          int     `doc:"items" within:"1..100000000"`
	Ratings        int     `doc:"ratings, nearly: a rater who finds nothing more to rate stops short" within:"1..2000000000"`
	Days           int     `doc:"days that the world lasts" within:"1..3650"`
	Levels         int     `doc:"levels of a rating: 2 is votes, 3 is helpful, somewhat and not helpful, 5 is stars" within:"2..5"`
	Mood           float64 `doc:"how much better raters think of everything than usual, in standard deviations of quality: stars have their J at 0, and are spread about evenly at -0.8" within:"-3..3"`
	Homophily      float64 `doc:"how strongly raters choose items by viewpoint, as a multiple of the usual" within:"0..10"`
	Languages      int     `doc:"languages; an item in a foreign one is 25 times less likely to be rated" within:"1..8"`
	Zones          int     `doc:"time zones that raters live in; with 1 all are awake together" within:"1..4"`
	Sessions       float64 `doc:"share of the ratings after which a rater goes on to another within minutes; 0 is no sessions" within:"0..0.99"`
	Fans           float64 `doc:"share of raters who keep to a topic" within:"0..1"`
	HateRaters     float64 `doc:"share of raters who seek out what they disagree with" within:"0..1"`
	Clubs          float64 `doc:"honest clubs per 1000 raters: same side and hours, own obscure items" within:"0..1000"`
	ClubSize       int     `doc:"members of a club" within:"1.."`
	ClubItems      int     `doc:"items of a club; a member rates half of them" within:"1.."`
	Echo           float64 `doc:"echo clubs: standard deviation of the opinion on an item that a club's members share" within:"0.."`
	AlertGroups    float64 `doc:"honest alert groups per 1000 raters: an alert brings members to an item within minutes" within:"0..1000"`
	AlertSize      int     `doc:"members of an alert group" within:"1.."`
	AlertItems     int     `doc:"alerts of a group; a member follows 3 in 10" within:"1.."`
	News           float64 `doc:"breaking news per 1000 items: within hours of its birth one draws 50 to 400 raters of all camps" within:"0..1000"`
	PlatformBursts float64 `doc:"share of items that the platform shows to 5 to 29 raters at once" within:"0..1"`
	Copycats       float64 `doc:"raters per 1000 who have no opinion of their own and repeat 8 in 10 ratings of another, hours later" within:"0..1000"`
	Households     float64 `doc:"households per 1000 raters: two with the same hours, who show each other 3 in 10 of what they rate; own opinions" within:"0..500"`
	Events         float64 `doc:"events per 1000 raters: each brings newcomers who rate half of its items within hours; own opinions" within:"0..1000"`
	EventSize      int     `doc:"newcomers of an event" within:"1.."`
	EventItems     int     `doc:"items of an event, born one after another" within:"1.."`
	Life           float64 `doc:"how long items go on being rated: 1 is a feed, hours to days; 100 a shop, months to years" within:"0.01..10000"`
	OneShots       float64 `doc:"share of the plain raters who come once and rate one item, or two or three; on platforms of reviews most do" within:"0..1"`
	Waves          int     `doc:"sign-up waves: stretches of 3 days in which 5 of 100 of these come each" within:"0..20"`
	Launches       float64 `doc:"launches per 1000 items: keen newcomers in the first days of an item" within:"0..1000"`
	Viral          float64 `doc:"viral news per 1000 items, at any time of an item's life: newcomers and others alike" within:"0..1000"`
	Promotions     float64 `doc:"promotions per 1000 items: newcomers of all opinions within days" within:"0..1000"`
	Parties        float64 `doc:"parties per 1000 items: guests in a good mood, within hours" within:"0..1000"`
	FanCrowds      float64 `doc:"fan crowds per 1000 items: newcomers who love an item, within days; half of the crowds rate other items, too" within:"0..1000"`
	Changes        float64 `doc:"real changes per 1000 items: an item becomes better or worse for everybody, and people come to see" within:"0..1000"`
	Honest         string  `doc:"honest groups of a kind that looks coordinated, or of all; ringwatch list honest says which there are" among:"always-five book-club bundle classroom colleagues course critics deal-hunters early-reviewers editors employees family fandom import jury news-mob niche night-shift outage pupils review-club review-queue sign-up-wave stream watch-party all"`
	HonestGroups   int     `doc:"groups of each such kind" within:"0..1000"`
	Notes          bool    `doc:"raters give reasons, and items have authors and posts, as Community Notes publishes them"`
	Groups         []int   `doc:"modeling groups of Community Notes, 0 to 33, that raters of each language are in, the most common language first; none: groups of its core"`
}

// NewOrganic returns a small world: 5,000 raters, 2,500 items and 94,000 ratings on
// helpfulness levels in 60 days. Of the confounders, languages, echo clubs, news,
// copycats, households, events, one-shot raters and crowds are off. Ten and forty
// times the raters make the medium and the large one: 50,000 / 25,000 / 1,000,000 and
// 200,000 / 125,000 / 5,000,000.
func NewOrganic() *Organic {
	return &Organic{
		Raters: 5000, Items: 2500, Ratings: 94000, Days: 60, Levels: 3,
		Homophily: 1, Languages: 1, Zones: 4, Sessions: .75, Fans: .3, HateRaters: .25,
		Clubs: 1, ClubSize: 30, ClubItems: 40,
		AlertGroups: .2, AlertSize: 40, AlertItems: 40,
		PlatformBursts: .03,
		EventSize:      40, EventItems: 10, Life: 1, HonestGroups: 4,
	}
}

// start is when organic worlds begin.
var start, _ = rating.FromUnix(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).Unix())

// Generate makes the world of a seed: the same one for any number of cores. It
// takes time and memory linear in the ratings, and ends early with ctx.
func (o *Organic) Generate(ctx context.Context, seed uint64) (*World, error) {
	return o.GenerateIn(ctx, seed, nil)
}

// GenerateIn is Generate with the ratings in a room, see rating.ReadOptions.Room: beside it
// memory is some 150 bytes a rater and 50 an item. Brigades go there too, until they are a
// fiftieth of the ratings. It returns the room's error.
func (o *Organic) GenerateIn(ctx context.Context, seed uint64,
	room func(name string, bytes int) ([]byte, error)) (*World, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	m := newMarket(o, seed)
	c := newCrowd(m, seed)
	t, err := c.rate(ctx, room)
	if err != nil {
		return nil, err
	}
	t.Raters, t.Items, t.Scale = rating.Numbered("r", o.Raters), rating.Numbered("i", o.Items), scaleOf[o.Levels]
	w := &World{
		Ratings: t, Honest: t.Len(), Raters: o.Raters,
		Quality: m.quality, Side: m.side, Born: m.born,
		Kind: c.kind, Viewpoint: c.viewpoint,
		Brigade: make([]int32, o.Raters), Goal: make([]int8, o.Items),
		Crowds: c.crowds, stage: m,
	}
	if o.Notes {
		w.Publish()
	}
	return w, nil
}

func (o *Organic) check() error {
	if err := catalog.Check("organic world", o); err != nil {
		return err
	}
	if levels[o.Levels] == nil {
		return fmt.Errorf("organic world: levels is %d, but it must be 2, 3 or 5", o.Levels)
	}
	for _, g := range o.Groups {
		if g < 0 || g > lastGroup {
			return fmt.Errorf("organic world: groups has %d, but modeling groups are 0 to %d", g, lastGroup)
		}
	}
	circles := o.clubs()*o.ClubSize + o.alertGroups()*o.AlertSize
	if circles > o.Raters {
		return fmt.Errorf("organic world: %d clubs and %d alert groups need %d raters, but raters is %d; "+
			"lower clubs or alert-groups",
			o.clubs(), o.alertGroups(), circles, o.Raters)
	}
	if need := circles + o.events()*o.EventSize + 2*o.households() + o.copycats() + o.crowded(); need > o.Raters ||
		need == o.Raters && o.copycats() > 0 {
		return fmt.Errorf("organic world: all communities need %d raters, and copycats somebody to copy, "+
			"but raters is %d; lower events, households, copycats or the crowds",
			need, o.Raters)
	}
	if err := o.checkGatherings(circles + o.events()*o.EventSize + 2*o.households() + 2*o.copycats() +
		o.crowded()); err != nil {
		return err
	}
	if need := o.clubs()*o.ClubItems + o.alertGroups()*o.AlertItems; need > o.Items {
		return fmt.Errorf("organic world: %d clubs and %d alert groups need %d items, but items is %d; "+
			"lower clubs or alert-groups",
			o.clubs(), o.alertGroups(), need, o.Items)
	}
	return nil
}

func (o *Organic) clubs() int       { return o.perThousand(o.Clubs) }
func (o *Organic) alertGroups() int { return o.perThousand(o.AlertGroups) }
func (o *Organic) copycats() int    { return o.perThousand(o.Copycats) }
func (o *Organic) households() int  { return o.perThousand(o.Households) }
func (o *Organic) events() int      { return o.perThousand(o.Events) }

func (o *Organic) perThousandItems(x float64) int {
	return int(math.Round(x * float64(o.Items) / 1000))
}

func (o *Organic) perThousand(x float64) int { return int(math.Round(x * float64(o.Raters) / 1000)) }
