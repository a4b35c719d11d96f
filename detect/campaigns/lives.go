package campaigns

import "math"

const (
	// of crowds, the share whose accounts are told by other ratings of theirs: most people who come
	// to one thing come once
	ownLives = .1
	once     = .5 // of farms, the share whose accounts give one rating each; the others have a few, that hide them
)

// alikes are the shares of a farm's accounts that have as many ratings as its job gave
// them: the others are slips of the count.
var alikes = [...]float64{.9, .99}

// A lives counts the accounts of a burst by how many ratings they have in all, from 1
// on: [0] counts those of one.
type lives [Longest]float64

// alike returns the log likelihoods of the lives of a burst's accounts if these were
// opened for a job, and if they are of people. Throw-away accounts have as much of a
// life as the job gave them: one rating each, or all the same number, or one of two next
// to each other. People who come to what they love have other ratings or none, and
// those who have differ. Of as many of the burst as were to be expected without it
// nothing is asked. Where all are alike it says little, and in a burst of accounts of
// one rating nothing.
func (x *trial) alike(few int, platform *lives) (farm, people float64) {
	if few == 1 {
		return 0, 0
	}
	n, due := 0., 0.
	for k := range few {
		n, due = n+x.lives[k], due+platform[k]
	}
	expected := min(x.expected/max(n, 1), .9)
	var all []float64
	pattern := func(prior float64, from, to int) { // lives from and to alike often
		for _, share := range alikes {
			ll := math.Log(prior / float64(len(alikes)))
			for k := range few {
				made := (1 - share) / float64(max(few-(to-from+1), 1))
				if from <= k && k <= to {
					made = share / float64(to-from+1)
				}
				ll += x.lives[k] * math.Log(expected*platform[k]/max(due, 1)+(1-expected)*made)
			}
			all = append(all, ll)
		}
	}
	other := (1 - once) / 2 / float64(few-1)
	pattern(once, 0, 0)
	for k := 1; k < few; k++ {
		pattern(other, k, k)
		pattern(other, k-1, k)
	}
	farm = logSum(all)
	differ := lgamma(float64(few)) - lgamma(float64(few)+n) // every mix of lives as likely as any other
	for k := range few {
		differ += lgamma(x.lives[k] + 1)
	}
	return farm, logSum([]float64{math.Log1p(-ownLives) + farm, math.Log(ownLives) + differ})
}
