// Package plural writes counts with their nouns, the same in every sentence that a
// user reads.
package plural

import (
	"strconv"
	"strings"
)

// Of writes a count and its noun: 1 rater, 2 raters.
func Of(n int, noun string) string { return strconv.Itoa(n) + " " + Noun(n, noun) }

// Noun is a noun as it stands after a count of n.
func Noun(n int, noun string) string {
	switch {
	case n == 1:
		return noun
	case strings.HasSuffix(noun, "s"):
		return noun + "es"
	}
	return noun + "s"
}

// Is is the verb after a count of n: is or are.
func Is(n int) string { return either(n, "is", "are") }

// Was is the same of what is over: was or were.
func Was(n int) string { return either(n, "was", "were") }

func either(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}
