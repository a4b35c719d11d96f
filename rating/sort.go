package rating

import "slices"

// sortByKey sorts words by their upper halves; words of equal upper half keep
// their order. The lower halves must ascend on entry. tmp is as long as words.
func sortByKey(words, tmp []uint64) {
	sorted := true
	var differ uint64
	for i := 1; i < len(words); i++ {
		differ |= words[i] ^ words[0]
		sorted = sorted && words[i-1] <= words[i]
	}
	switch {
	case sorted:
	case len(words) <= 40:
		insertionSort(words)
	case len(words) < 512: // below, the passes over the counters cost more
		slices.Sort(words)
	default:
		radixSort(words, tmp, differ)
	}
}

func insertionSort(words []uint64) {
	for i, w := range words {
		j := i
		for ; j > 0 && words[j-1] > w; j-- {
			words[j] = words[j-1]
		}
		words[j] = w
	}
}

// radixSort sorts by the upper half in up to three counting passes over 11
// bits each; it skips those in which no two words differ.
func radixSort(words, tmp []uint64, differ uint64) {
	const bits = 11
	from, to := words, tmp[:len(words)]
	for shift := 32; shift < 64; shift += bits {
		if differ>>shift&(1<<bits-1) == 0 {
			continue
		}
		var next [1 << bits]int32
		for _, w := range from {
			next[w>>shift&(1<<bits-1)]++
		}
		sum := int32(0)
		for d, c := range next {
			next[d] = sum
			sum += c
		}
		for _, w := range from {
			d := w >> shift & (1<<bits - 1)
			to[next[d]] = w
			next[d]++
		}
		from, to = to, from
	}
	if len(words) > 0 && &from[0] != &words[0] {
		copy(words, from)
	}
}

// countStarts sets start, one longer than there are keys and all zero, to where the
// rows of each key begin in an array sorted by key; its last is the number of rows.
func countStarts(start, key []int32) {
	for _, k := range key {
		start[k+1]++
	}
	for k := range len(start) - 1 {
		start[k+1] += start[k]
	}
}

// word packs a time or a number and a position so that words sort as they do.
func word(x int32, position int) uint64 {
	return uint64(uint32(x)^1<<31)<<32 | uint64(uint32(position))
}
