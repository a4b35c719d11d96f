package search

const (
	burstLeast = 3  // raters of a burst
	burstAgain = 2  // bursts that a rater must be in
	burstBase  = .6 // of ln(acts): limit on -ln p of a burst; some one in a hundred acts are in one by chance
	flankWidth = 4  // windows before and after a burst that tell the item's usual rate
	// againLevel is the chance of being in so many bursts, with so many acts, from
	// which being in them says nothing. Very active raters are in some anyway.
	againLevel = .01
	mostBursts = 64 // of a rater, beyond which it does not link them; it is in the seeds all the same
)

// A burst is raters, ascending, who came to one item at once.
type burst struct {
	raters []int32
	ln     float64 // ln p
	item   int32
	start  int32 // time of its first act
}

// atLeastTwice returns, once, what stands twice or more in ascending numbers.
func atLeastTwice(x []int32) (twice []int32) {
	for i := 1; i < len(x); i++ {
		if x[i] == x[i-1] && (len(twice) == 0 || twice[len(twice)-1] != x[i]) {
			twice = append(twice, x[i])
		}
	}
	return twice
}
