package campaigns

const (
	named       = .02 // q up to which votes are not as usual: one in fifty
	leastEffect = .65 // share of the votes that nothing explains: fans and guests of a party seldom reach it
	leastVotes  = 4.5 // excess: fewer votes do little to any score
)

// A trial is a burst under test.
type trial struct {
	*burst
	rows           []int32 // places of the item's rows in the burst
	votes          votes   // of the few in it
	lives          lives   // of the accounts of these
	phase          int     // 1 in the first weeks of the item
	usual          votes   // to be expected of them
	concentration  float64
	settled        votes     // to be expected of established ratings
	inside, around votes     // established ratings in the burst, and with the nearest
	asked          []witness // in the burst with the nearest before, and after
	apart          []witness // those before, and after, alone
	earlier        witness   // all of the item's newcomers before, bursts too
	campaign       Campaign
	pUsual, pApart float64 // of votes against usual alone, and against those before and after
	pChange        float64 // against usual, and against the item's newcomers before
	qChange        float64 // among bursts that have no other name
	qApart         float64
	effectApart    float64
	cut, cutApart  cut
	kin            float64 // times that its length and size are likelier of a farm, by the others
	alone          float64 // doubt by its own votes and accounts
}

const (
	leastWitnesses = 3 // fewer established ratings say nothing for or against
	nearest        = 5 // established ratings before, and after, a burst that are asked
)

// A witness is what a group of established ratings makes likely of the few.
type witness struct {
	moved         float64 // chance that they have moved, with the few
	mean          votes   // of the few, if they have
	concentration float64
}
