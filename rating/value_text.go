package rating

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// A valueForm is how a column of values is written where that is not as plain
// numbers: nil stands for these.
type valueForm struct {
	name  string             // for people: "words", "percent", "n/m", "decimal comma", "stars", "labelled numbers"
	words map[string]float64 // of each word; nil for the other forms
	order []string           // the words that were seen, worst first
	of    float64            // m of n/m, if it is one for all; else 0
	scale Scale              // that the form tells; unary where it tells none
}

// nothing are the words that programs write for a cell without content.
var nothing = []string{"nan", "null", "none", "na", "n/a", `\n`, "undefined", "nil", "#n/a", "<na>", "nat",
	"(null)", "-", "--", "?",
	"unrated", "not rated", "no rating", "not answered", "no answer", "missing", "skip", "skipped", "not applicable",
	"don't know", "dont know", "do not know", "dk",
	"prefer not to say", "prefer not to answer", "refused", "weiß nicht", "keine angabe", "k.a.", "k. a.",
	"ne sait pas", "no sabe", "ns/nc"}

// isNothing reports whether a cell of values or times is empty, or says so.
func isNothing(s string) bool {
	if s = strings.TrimSpace(s); s == "" {
		return true
	}
	return len(s) <= 20 && slices.Contains(nothing, strings.ToLower(s))
}

// A vocabulary is a list of answers, worst first; those that mean the same
// stand in one string.
type vocabulary [][]string

func words(s string) (v vocabulary) {
	for level := range strings.SplitSeq(s, "<") {
		var same []string
		for word := range strings.SplitSeq(level, "=") {
			same = append(same, strings.TrimSpace(word))
		}
		v = append(v, same)
	}
	return v
}

// vocabularies are the answers that are known, those of two levels first: the
// first that has all words of a column is taken.
var vocabularies = []vocabulary{
	words("nein = non = não = nao = nie = nej = нет = 否 = いいえ = false = no = n = f = down = downvote = downvoted = " +
		"dislike = disliked = thumbs down = negative = neg = bad = against = oppose = reject = rejected = " +
		"not recommended = nothelpful = not helpful = unhelpful = rotten = disagree = minus = incorrect = spam = 👎 = " +
		"nay < ja = oui = sí = si = sim = tak = да = 是 = はい = true = yes = y = t = up = upvote = upvoted = like = " +
		"liked = love = thumbs up = positive = pos = good = for = support = accept = accepted = recommended = " +
		"helpful = fresh = agree = plus = correct = ham = 👍 = yea"),
	words("down = downvote = dislike = thumbs down = negative = bad = against = oppose = disagree = no = nay = " +
		"detractor < neutral = pass = abstain = unsure = neither = mixed = none = unvote = passive = maybe = ok = " +
		"meh < up = upvote = like = thumbs up = positive = good = for = support = agree = yes = yea = promoter"),
	words("fail = failed = reject = rejected = disapprove = disapproved = deny = decline = useless = not useful < " +
		"pass = passed = approve = approved = allow = useful"),
	words("not helpful < somewhat helpful < helpful"),
	words("strongly disagree = completely disagree = totally disagree < " +
		"disagree = somewhat disagree = mostly disagree = tend to disagree < " +
		"neutral = neither agree nor disagree = neither = undecided = unsure = no opinion = " +
		"neither disagree nor agree < agree = somewhat agree = mostly agree = tend to agree < " +
		"strongly agree = completely agree = totally agree"),
	words("strongly disagree < disagree < somewhat disagree = slightly disagree < " +
		"neutral = neither agree nor disagree = neither < somewhat agree = slightly agree < agree < strongly agree"),
	words("very dissatisfied = extremely dissatisfied < dissatisfied = somewhat dissatisfied < " +
		"neutral = neither satisfied nor dissatisfied = neither < satisfied = somewhat satisfied < " +
		"very satisfied = extremely satisfied"),
	words("terrible = very poor = very bad = awful = horrible < poor = bad < fair = average = ok = okay = " +
		"acceptable = neutral < good < excellent = very good = great = amazing = outstanding"),
	words("very poor = terrible < poor < fair = average = ok = okay < good < very good < excellent = outstanding"),
	words("very negative < negative = mostly negative = somewhat negative < neutral = mixed < " +
		"positive = mostly positive = somewhat positive < very positive"),
	words("very unlikely = extremely unlikely < unlikely = somewhat unlikely < " +
		"neutral = neither likely nor unlikely = neither < likely = somewhat likely < very likely = extremely likely"),
	words("never < rarely = seldom < sometimes = occasionally < often = frequently = usually < always"),
	words("very low < low < medium = moderate < high < very high"),
	words("not at all = not at all helpful < slightly = a little = slightly helpful < moderately = somewhat = " +
		"moderately helpful < very = quite = very helpful < extremely = a lot = extremely helpful"),
	words("hate = hated < dislike = disliked < neutral = ok = okay = it was ok < like = liked = liked it < " +
		"love = loved = really liked it = it was amazing"),
	words("trifft überhaupt nicht zu = trifft gar nicht zu < trifft eher nicht zu = trifft nicht zu < " +
		"teils teils = weder noch = neutral < trifft eher zu = trifft zu < trifft voll zu = trifft voll und ganz zu"),
	words("not important = not at all important = unimportant < slightly important = somewhat important = " +
		"of little importance < moderately important = important < very important < extremely important"),
	words("ungenügend < mangelhaft < ausreichend < befriedigend < gut < sehr gut"),
	words("stimme überhaupt nicht zu = stimme gar nicht zu < stimme nicht zu = stimme eher nicht zu < " +
		"weder noch = teils teils = neutral < stimme zu = stimme eher zu < stimme voll zu = stimme voll und ganz zu"),
	words("sehr schlecht = ungenügend < schlecht = mangelhaft < mittel = mittelmäßig = ok = befriedigend < gut < " +
		"sehr gut = ausgezeichnet"),
	words("sehr unzufrieden < unzufrieden = eher unzufrieden < neutral = weder noch = teils teils < " +
		"zufrieden = eher zufrieden < sehr zufrieden"),
	words("pas du tout daccord < pas daccord = plutôt pas daccord < neutre = ni daccord ni pas daccord = sans avis < " +
		"daccord = plutôt daccord < tout à fait daccord"),
	words("totalmente en desacuerdo = muy en desacuerdo < en desacuerdo < neutral = ni de acuerdo ni en desacuerdo < " +
		"de acuerdo < totalmente de acuerdo = muy de acuerdo"),
	words("discordo totalmente < discordo = discordo parcialmente < neutro = nem concordo nem discordo < " +
		"concordo = concordo parcialmente < concordo totalmente"),
	words("muy malo = pésimo < malo < regular < bueno < muy bueno = excelente"),
	words("did not like it < it was ok < liked it < really liked it < it was amazing"),
	words("one < two < three < four < five"),
	words("f < e < d < c < b < a"),
	words("f < d- < d < d+ < c- < c < c+ < b- < b < b+ < a- < a < a+"),
}

// plainWord writes an answer as vocabularies have it.
func plainWord(s string) string {
	if len(s) == 2 && (s[1] == '+' || s[1] == '-') { // a mark: B+
		return strings.ToLower(s)
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '_' || r == '-' || r == '/' || r == ',' || r == '\u00a0':
			return ' '
		case r == '\'' || r == '’' || r == '!' || r == '.' || r == '"' || r == '\ufe0f':
			return -1
		}
		return unicode.ToLower(r)
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// formOf recognises how cells of values are written. ok is false where they are
// no values; form is nil for plain numbers.
func formOf(cells []string) (form *valueForm, ok bool) {
	seen := map[string]int{}
	n := 0
	for _, c := range cells {
		if !isNothing(c) {
			seen[strings.TrimSpace(c)]++
			n++
		}
	}
	if n == 0 {
		return nil, false
	}
	most := func(is func(s string) bool) bool { // of the cells: the others are bad rows
		bad := 0
		for s, k := range seen {
			if !is(s) {
				if bad += k; 10*bad > n {
					return false
				}
			}
		}
		return true
	}
	if most(func(s string) bool { _, ok := parseValue([]byte(s)); return ok }) {
		return nil, true
	}
	for _, f := range []*valueForm{{name: "decimal comma"}, {name: "percent"}, {name: "n/m"}, {name: "stars"}} {
		if most(func(s string) bool { _, ok := f.parse(s); return ok }) {
			return f.tell(seen), true
		}
	}
	if f := formOfWords(seen, n); f != nil {
		return f, true
	}
	f := &valueForm{name: "labelled numbers"}
	if most(func(s string) bool { _, ok := f.parse(s); return ok }) && len(seen) <= 101 {
		return f, true
	}
	return nil, false
}

func formOfWords(seen map[string]int, n int) *valueForm {
	type answer struct {
		cells int
		first string // of the ways it is written
	}
	answers := map[string]answer{}
	for s, k := range seen {
		p := plainWord(s)
		a := answers[p]
		if a.cells += k; a.first == "" || s < a.first {
			a.first = s
		}
		answers[p] = a
	}
	var best *valueForm
	for _, v := range vocabularies {
		fit := 0
		var order []string
		for _, same := range v {
			used := ""
			for _, w := range same {
				a, is := answers[w]
				if fit += a.cells; is && (used == "" || a.first < used) {
					used = a.first
				}
			}
			if used != "" {
				order = append(order, used)
			}
		}
		if 10*fit < 9*n || len(v) > 5 && len(order) < 3 { // letters may be anything
			continue
		}
		if best == nil || len(order) > len(best.order) { // two words of one level are not one answer
			best = formOfVocabulary(v)
			best.order = order
		}
	}
	if best != nil && len(best.order) == 1 && len(seen) > 1 {
		return nil
	}
	return best
}

// formOfVocabulary has the levels from 0 to 1 where there are up to three, and else
// from 1 on.
func formOfVocabulary(v vocabulary) *valueForm {
	f := &valueForm{name: "words", words: map[string]float64{}, scale: Scale{1, float64(len(v))}}
	at := func(level int) float64 { return 1 + float64(level) }
	if len(v) < 4 {
		f.scale = Scale{0, 1}
		at = func(level int) float64 { return float64(level) / float64(len(v)-1) }
	}
	for level, same := range v {
		for _, w := range same {
			f.words[w] = at(level)
		}
	}
	return f
}

// tell adds what the cells say of the scale.
func (f *valueForm) tell(seen map[string]int) *valueForm {
	switch f.name {
	case "percent":
		f.scale = Scale{0, 100}
	case "n/m", "stars":
		m, one, least := 0.0, true, math.Inf(1)
		for s := range seen {
			if x, of, ok := f.split(s); ok {
				one = one && (m == 0 || m == of)
				m, least = of, min(least, x)
			}
		}
		if f.scale = (Scale{0, 1}); one && m > 0 {
			f.of, f.scale = m, Scale{0, m}
			if least >= 1 {
				f.scale.Min = 1
			}
		} else if m == 0 { // stars that do not say of how many
			f.scale = Scale{}
		}
	}
	return f
}

// read returns a value, NaN for none.
func (f *valueForm) read(b []byte) (v float64, ok bool) {
	s := strings.TrimSpace(string(b))
	if f.words == nil {
		if v, ok = f.parse(s); ok && f.name == "n/m" && f.of == 0 {
			_, m, _ := f.split(s)
			v /= m
		}
	} else {
		v, ok = f.words[plainWord(s)]
	}
	if !ok && isNothing(s) {
		return math.NaN(), true
	}
	return v, ok
}

// parse reads a value of a form that is not of words; n of n/m.
func (f *valueForm) parse(s string) (v float64, ok bool) {
	switch f.name {
	case "decimal comma":
		whole, part, comma := strings.Cut(s, ",")
		if strings.Contains(s, ".") || comma &&
			(!allDigits(part) || part == "" || !allDigits(strings.TrimLeft(whole, "+-"))) {
			return 0, false
		}
		return parseValue([]byte(strings.Replace(s, ",", ".", 1)))
	case "percent":
		if s, ok = strings.CutSuffix(s, "%"); !ok {
			return 0, false
		}
		return parseValue([]byte(strings.Replace(strings.TrimSpace(s), ",", ".", 1)))
	case "labelled numbers": // "5 - excellent", "1 (very bad)", "very bad (1)"
		from := strings.LastIndexByte(s, '(')
		if from > 0 && strings.HasSuffix(s, ")") && unicode.IsLetter([]rune(s)[0]) {
			return parseValue([]byte(s[from+1 : len(s)-1]))
		}
		end := strings.IndexFunc(s, func(r rune) bool { return !(r >= '0' && r <= '9' || r == '.') })
		if end <= 0 || s[end] != ' ' && s[end] != ':' && s[end] != '-' && s[end] != '=' {
			return 0, false
		}
		if rest := strings.TrimLeft(s[end:], " :-=–("); rest == "" || !unicode.IsLetter([]rune(rest)[0]) {
			return 0, false
		}
		return parseValue([]byte(strings.TrimSuffix(s[:end], ".")))
	}
	v, _, ok = f.split(s)
	return v, ok
}

var outOf = strings.NewReplacer(" out of ", "/", " of ", "/", " von ", "/", " sur ", "/", " de ", "/", " / ", "/")

// split reads n and m of "4/5", "4 out of 5 stars", "★★★★☆"; m is 0 where it
// is not said, as in "4 stars".
func (f *valueForm) split(s string) (n, m float64, ok bool) {
	if strings.ContainsAny(s, "★☆⭐") || s != "" && strings.Trim(s, "*") == "" {
		full, all := 0, 0
		for _, r := range s {
			switch r {
			case '★', '⭐', '*':
				full, all = full+1, all+1
			case '☆':
				all++
			case ' ', '\ufe0f':
			default:
				return 0, 0, false
			}
		}
		if all == full {
			all = 0
		}
		return float64(full), float64(all), f.name == "stars"
	}
	s = strings.TrimPrefix(strings.TrimPrefix(strings.ToLower(s), "rated "), "rating: ")
	for _, end := range []string{"star rating", "stars", "star", "sternen", "sterne", "stern", "étoiles", "étoile",
		"estrellas", "estrelas", "stelle", "points", "pts"} {
		if cut, found := strings.CutSuffix(s, end); found {
			s = strings.TrimSpace(cut)
			break
		}
	}
	a, b, slash := strings.Cut(outOf.Replace(s), "/")
	n, ok = parseValue([]byte(strings.Replace(strings.TrimSpace(a), ",", ".", 1)))
	if !ok || slash != (f.name == "n/m") {
		return 0, 0, false
	}
	if !slash {
		return n, 0, true
	}
	m, ok = parseValue([]byte(strings.TrimSpace(b)))
	return n, m, ok && m > 0 && n <= m
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i]-'0' > 9 {
			return false
		}
	}
	return true
}

// String says for people how values are written: "words: bad < good".
func (f *valueForm) String() string {
	switch {
	case f.words != nil:
		var all []string
		for _, w := range f.order {
			all = append(all, w+"="+strconv.FormatFloat(f.words[plainWord(w)], 'g', 3, 64))
		}
		return "words: " + strings.Join(all, ", ")
	case f.of > 0:
		return fmt.Sprintf("of %g", f.of)
	}
	return f.name
}
