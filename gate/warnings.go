package gate

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

var digits = regexp.MustCompile(`\d+(?:,\d{3})*(?:\.\d+)?`)

// alike gives warnings that differ in nothing but their numbers once, with the
// range of each number, in the order of their first appearance. Digits within a
// word, such as of an identifier, are no numbers.
func alike(warnings []string) []string {
	type family struct {
		words     []string // around the numbers
		low, high []string
		times     int
	}
	var order []string
	of := make(map[string]*family)
	for _, w := range warnings {
		words, numbers := apart(w)
		key := strings.Join(words, "\x00")
		f := of[key]
		if f == nil {
			f = &family{words: words, low: append([]string(nil), numbers...), high: append([]string(nil), numbers...)}
			of[key] = f
			order = append(order, key)
		}
		f.times++
		for i, n := range numbers {
			if amount(n) < amount(f.low[i]) {
				f.low[i] = n
			}
			if amount(n) > amount(f.high[i]) {
				f.high[i] = n
			}
		}
	}
	var all []string
	for _, key := range order {
		f := of[key]
		var b strings.Builder
		b.WriteString(f.words[0])
		for i := range f.low {
			b.WriteString(f.low[i])
			if f.low[i] != f.high[i] {
				b.WriteString(" to " + f.high[i])
			}
			b.WriteString(f.words[i+1])
		}
		if f.times > 1 {
			fmt.Fprintf(&b, " (in %d runs)", f.times)
		}
		all = append(all, b.String())
	}
	return all
}

// apart splits text into numbers and the words around them.
func apart(text string) (words, numbers []string) {
	from := 0
	for _, at := range digits.FindAllStringIndex(text, -1) {
		before, _ := utf8.DecodeLastRuneInString(text[:at[0]])
		after, _ := utf8.DecodeRuneInString(text[at[1]:])
		if inWord(before) || inWord(after) {
			continue
		}
		words, numbers = append(words, text[from:at[0]]), append(numbers, text[at[0]:at[1]])
		from = at[1]
	}
	return append(words, text[from:]), numbers
}

func inWord(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_-/:#\"'`", r)
}

func amount(number string) float64 {
	v, _ := strconv.ParseFloat(strings.ReplaceAll(number, ",", ""), 64) // it is digits
	return v
}
