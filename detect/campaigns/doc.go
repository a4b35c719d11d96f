// Package campaigns finds campaigns on items: bursts of ratings by accounts that do
// next to nothing else, whose votes neither the item's usual newcomers nor its
// established raters share. It names items and rows, never raters.
//
//	f, err := campaigns.Find(ctx, campaigns.Input{Ratings: t})
//	for _, c := range f.Campaigns {
//		// c.Verdict says what was seen on c.Item from c.From to c.To; c.Rows shows it, and
//		// c.Votes and c.Share stand against c.Expected and c.Usual
//	}
//
// A burst is measured against the item's own rate at other times, and against who
// else came then; its votes against those that newcomers usually give and those that
// established raters gave in the same days. What the witnesses share is an outcry or
// a change, and what only newcomers came to is said to be no more than that.
//
// Its blind spots stand with Find.
package campaigns
