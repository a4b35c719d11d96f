package communitynotes

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/ringwatch/ringwatch/scoring"
	"gonum.org/v1/gonum/optimize"
)

// The topics that Community Notes scores apart: the war in Ukraine, that in
// Gaza, Messi and Ronaldo, scams, and a second dimension of opinion in India.
const (
	topicCount     = 5
	topicDimension = 5
)

// When raters of a topic do not confirm a note, and how many of each side make
// that count.
const (
	topicLow, topicWide                   = 0.24, 0.51
	topicDimensionLow, topicDimensionWide = 0.51, 1.0
	topicSide                             = 5
	topicDimensionPenalty                 = 5 // on rater intercepts
)

// topicSeeds are what names a topic for certain.
var topicSeeds = [topicCount][]string{
	{"ukrain", "russia", "kiev", "kyiv", "moscow", "zelensky", "putin"},
	{"israel", "palestin", "gaza", "jerusalem", `\bhamas\b`},
	{`messi\b`, "ronaldo"},
	{"scam", `undisclosed\sad`, `terms\sof\sservice`, `help\.x\.com`, `x\.com/tos`, `engagement\sfarm`,
		"spam", "gambling", "apostas", "apuestas", "dropship", `drop\sship`, "promotion"},
	{`\bugc\b`, `\bgc\b`, `\bobc\b`, `\bsc\b`, `\bsc[,\s]+st\b`, `\bst[,\s]+sc\b`, "आरक्षण"},
}

const (
	topicDoubt          = 0.99 // chance of all other topics, above which a seed does not count
	topicDimensionDoubt = 0.98
	topicFewPosts       = 2000 // below, rare words count too
	topicRare           = 25   // posts that a word must be in
	topicCommon         = 1000 // posts that a word may be in, or
	topicCommonShare    = 0.25
	topicAccuracy       = 0.35 // balanced, on seeds, below which nothing was learnt
)

// A post is the texts of its notes, as counts of words.
type post struct {
	items []int32
	seeds []int8
	words []int32 // ascending, one as often as it occurs
}

// findTopics returns the topic of each item, 0 for none; nil where there are no
// texts or they are on no topic. A classifier learns from posts of which seeds
// name one topic, or none, which words go with them (topic_model.py of
// twitter/communitynotes, July 2026; there accents are taken off letters first).
// Only texts of notes that were rated are known here.
func findTopics(ctx context.Context, in *scoring.Input) ([]int8, error) {
	notes := in.Ratings.Notes
	if notes == nil || notes.Text == nil {
		return nil, nil
	}
	posts, words := readPosts(in)
	classes := []int8{0}
	for topic := int8(1); topic <= topicCount; topic++ {
		if slices.ContainsFunc(posts, func(p post) bool { return len(p.seeds) == 1 && p.seeds[0] == topic }) {
			classes = append(classes, topic)
		}
	}
	if len(classes) == 1 || !slices.ContainsFunc(posts, func(p post) bool { return len(p.seeds) == 0 }) {
		return nil, nil
	}
	l := newTopicLearner(posts, words, classes)
	if err := l.learn(ctx); err != nil {
		return nil, err
	}
	topics := make([]int8, in.Ratings.Items.Len())
	right, all := make([]float64, topicCount+1), make([]float64, topicCount+1)
	for k := range posts {
		p := &posts[k]
		chance := l.chances(k)
		guess := likeliest(chance[:], nil)
		if len(p.seeds) <= 1 {
			seed := int8(0)
			if len(p.seeds) == 1 {
				seed = p.seeds[0]
			}
			all[seed]++
			if seed == guess {
				right[seed]++
			}
		}
		if len(p.seeds) > 0 {
			best := likeliest(chance[:], p.seeds)
			doubt := topicDoubt
			if best == topicDimension {
				doubt = topicDimensionDoubt
			}
			if 1-chance[best] <= doubt {
				guess = best
			}
		}
		for _, item := range p.items {
			topics[item] = guess
		}
	}
	accuracy := 0.0
	for _, t := range classes {
		accuracy += right[t] / all[t] / float64(len(classes))
	}
	if accuracy <= topicAccuracy {
		return nil, nil
	}
	return topics, ctx.Err()
}

// likeliest returns the topic of the largest chance, among some if there are
// any; of equal ones the first.
func likeliest(chance []float64, among []int8) int8 {
	best := int8(-1)
	for t := range int8(len(chance)) {
		if (among == nil || slices.Contains(among, t)) && (best < 0 || chance[t] > chance[best]) {
			best = t
		}
	}
	return best
}

var (
	topicURL     = regexp.MustCompile(`https?://[^\s)\]]+`)
	topicKeptURL = regexp.MustCompile(`help\.x\.com|x\.com/tos`)
	topicLetters = regexp.MustCompile(`[a-zA-Z]{4,}`)
)

// readPosts returns the posts in the order of their numbers, and how many words
// there are.
func readPosts(in *scoring.Input) (posts []post, words int) {
	notes := in.Ratings.Notes
	var order []int32
	for item := range notes.Text {
		order = append(order, int32(item))
	}
	slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(notes.Post[a], notes.Post[b]) })
	seeds, blocked := topicPatterns()
	number := map[string]int32{}
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && notes.Post[order[to]] == notes.Post[order[from]] && notes.Post[order[from]] >= 0 {
			to++
		}
		var texts []string
		for _, item := range order[from:to] {
			texts = append(texts, notes.Text[item])
		}
		text := plainText(texts)
		p := post{items: order[from:to], words: numberWords(text, blocked, number)}
		for k, seed := range seeds {
			if seed.MatchString(text) {
				p.seeds = append(p.seeds, int8(k+1))
			}
		}
		posts = append(posts, p)
		from = to
	}
	return posts, len(number)
}

// topicPatterns returns what finds each topic's seeds in a text, and the parts of words
// that are not learnt from, as they are the seeds.
func topicPatterns() (seeds [topicCount]*regexp.Regexp, blocked []string) {
	for k, terms := range topicSeeds {
		var patterns []string
		for _, term := range terms {
			switch {
			case strings.Contains(term, `\.`), strings.HasPrefix(term, `\b`):
				patterns = append(patterns, term)
			default:
				patterns = append(patterns, `(?:\s|^)`+term)
			}
			term = strings.NewReplacer(`\s`, "", `\b`, "").Replace(term)
			blocked = append(blocked, strings.ReplaceAll(term, `\.`, "."))
		}
		seeds[k] = regexp.MustCompile(strings.Join(patterns, "|"))
	}
	return seeds, blocked
}

// plainText joins texts, in small letters, of most addresses only the letters.
func plainText(texts []string) string {
	text := topicURL.ReplaceAllStringFunc(strings.Join(texts, " "), func(url string) string {
		if topicKeptURL.MatchString(url) {
			return url
		}
		return strings.Join(topicLetters.FindAllString(url, -1), " ")
	})
	return strings.ToLower(strings.NewReplacer("_", " ", "/", " ").Replace(text))
}

// numberWords returns the numbers of a text's words, ascending, and numbers new ones.
func numberWords(text string, blocked []string, number map[string]int32) (words []int32) {
	for _, word := range strings.FieldsFunc(text,
		func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsNumber(r) }) {
		if len(word) < 2 || len([]rune(word)) < 2 ||
			slices.ContainsFunc(blocked, func(b string) bool { return strings.Contains(word, b) }) {
			continue
		}
		w, known := number[word]
		if !known {
			w = int32(len(number))
			number[word] = w
		}
		words = append(words, w)
	}
	slices.Sort(words)
	return words
}

// A topicLearner is a multinomial logistic regression on the words of posts,
// weighed by how rare they are; sum of log-losses plus half of the squared
// coefficients.
type topicLearner struct {
	posts   []post
	classes []int8
	rows    [][]weighed
	words   int
	x       []float64 // by class: a coefficient per word, then an intercept
}

type weighed struct {
	word  int32
	value float32
}

func newTopicLearner(posts []post, words int, classes []int8) *topicLearner {
	l := &topicLearner{posts: posts, classes: classes}
	in := make([]int, words) // posts to learn from that have a word
	learnt := 0
	for _, p := range posts {
		if len(p.seeds) > 1 {
			continue
		}
		learnt++
		for k, w := range p.words {
			if k == 0 || w != p.words[k-1] {
				in[w]++
			}
		}
	}
	least := topicRare
	if len(posts) < topicFewPosts {
		least = 1
	}
	most := max(topicCommon, int(topicCommonShare*float64(len(posts))))
	column := make([]int32, words)
	rare := make([]float64, words)
	for w, n := range in {
		column[w] = -1
		if n >= least && n <= most {
			column[w] = int32(l.words)
			rare[l.words] = math.Log(float64(1+learnt)/float64(1+n)) + 1
			l.words++
		}
	}
	var row []weighed
	for k, p := range posts {
		row = row[:0]
		squares := 0.0
		for k := 0; k < len(p.words); {
			w, n := p.words[k], 0
			for ; k < len(p.words) && p.words[k] == w; k++ {
				n++
			}
			if c := column[w]; c >= 0 {
				x := float64(n) * rare[c]
				row = append(row, weighed{c, float32(x)})
				squares += x * x
			}
		}
		for k := range row {
			row[k].value /= float32(math.Sqrt(squares))
		}
		l.rows = append(l.rows, slices.Clone(row))
		posts[k].words = nil // a dump has millions of posts
	}
	l.x = make([]float64, len(classes)*(l.words+1))
	return l
}

// softmax fills in the chances of the classes of a post.
func (l *topicLearner) softmax(x []float64, post int, chance []float64) {
	top := math.Inf(-1)
	for c := range l.classes {
		at := x[c*(l.words+1) : (c+1)*(l.words+1)]
		chance[c] = at[l.words]
		for _, w := range l.rows[post] {
			chance[c] += at[w.word] * float64(w.value)
		}
		top = max(top, chance[c])
	}
	sum := 0.0
	for c := range chance {
		chance[c] = math.Exp(chance[c] - top)
		sum += chance[c]
	}
	for c := range chance {
		chance[c] /= sum
	}
}

// learn finds the coefficients.
func (l *topicLearner) learn(ctx context.Context) error {
	grad := make([]float64, len(l.x))
	chance := make([]float64, len(l.classes))
	var last []float64
	eval := func(x []float64) (loss float64) {
		clear(grad)
		for k, p := range l.posts {
			if len(p.seeds) > 1 || ctx.Err() != nil {
				continue
			}
			l.softmax(x, k, chance)
			for c, topic := range l.classes {
				off := chance[c]
				if len(p.seeds) == 0 && topic == 0 || len(p.seeds) == 1 && topic == p.seeds[0] {
					loss -= math.Log(max(chance[c], 1e-300))
					off--
				}
				to := grad[c*(l.words+1) : (c+1)*(l.words+1)]
				for _, w := range l.rows[k] {
					to[w.word] += off * float64(w.value)
				}
				to[l.words] += off
			}
		}
		for c := range l.classes {
			for w := range l.words {
				k := c*(l.words+1) + w
				loss += x[k] * x[k] / 2
				grad[k] += x[k]
			}
		}
		last = append(last[:0], x...)
		return loss
	}
	result, err := optimize.Minimize(optimize.Problem{Func: eval, Grad: func(to, x []float64) {
		if !slices.Equal(last, x) {
			eval(x)
		}
		copy(to, grad)
	}}, l.x, &optimize.Settings{MajorIterations: 1000, GradientThreshold: 1e-4}, &optimize.LBFGS{})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if result == nil {
		return fmt.Errorf("topics of notes: %w", err)
	}
	l.x = result.X // a line search that fails does so at the limit of float64
	return nil
}

// chances returns how likely a post is on each topic.
func (l *topicLearner) chances(post int) (all [topicCount + 1]float64) {
	chance := make([]float64, len(l.classes))
	l.softmax(l.x, post, chance)
	for c, topic := range l.classes {
		all[topic] = chance[c]
	}
	return all
}
