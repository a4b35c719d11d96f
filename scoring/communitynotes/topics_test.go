package communitynotes

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring"
	"github.com/ringwatch/ringwatch/scoring/internal/scoretest"
)

// topical writes texts of which every fourth is on a topic and says so in nine
// of ten, and returns the topics.
func topical(t *rating.Table, seed uint64) []int8 {
	rng := rand.New(rand.NewPCG(seed, 3))
	seeds := [...]string{"Kyiv", "Gaza", "Ronaldo", "gambling", "OBC"}
	about := [...][]string{{"war", "missile", "border"}, {"hostage", "tunnel", "ceasefire"},
		{"goal", "trophy", "match"}, {"crypto", "bet", "link"}, {"quota", "caste", "exam"}}
	common := strings.Fields("claim video photo report study official court year old edited article false number " +
		"city image fact water health")
	topics := make([]int8, t.Items.Len())
	t.Notes.Text = make([]string, len(topics))
	for n := range topics {
		t.Notes.Post[n] = int64(n + 1)
		var words []string
		for range 8 {
			words = append(words, common[rng.IntN(len(common))])
		}
		if n%4 == 0 {
			k := n / 4 % 5
			topics[n] = int8(k + 1)
			for range 4 {
				words = append(words, about[k][rng.IntN(3)])
			}
			if rng.IntN(10) > 0 {
				words = append(words, seeds[k], "https://example.org/x_sc_"+seeds[0][:1])
			}
		}
		rng.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
		t.Notes.Text[n] = strings.Join(words, " ")
	}
	return topics
}

func TestTopics(t *testing.T) {
	in := scoring.Input{Ratings: scoretest.Tagged(1, 50, 400, 2000)}
	want := topical(in.Ratings, 1)
	got, err := findTopics(context.Background(), &in)
	if err != nil {
		t.Fatal(err)
	}
	wrong, hidden := 0, 0
	for n, topic := range want {
		switch {
		case topic > 0 && !strings.Contains(in.Ratings.Notes.Text[n], "example.org"):
			hidden++ // no seed names it: it was learnt as one of no topic
		case got[n] != topic:
			wrong++
		}
	}
	t.Logf("%d of %d posts on another topic than theirs; %d without a seed", wrong, len(want)-hidden, hidden)
	if wrong > 0 {
		t.Errorf("%d of %d posts are on another topic than theirs", wrong, len(want)-hidden)
	}
	// Two seeds: the likelier topic by the other words.
	in.Ratings.Notes.Text[0] = "Kyiv said Ronaldo goal trophy match goal trophy"
	if topics, _ := findTopics(context.Background(), &in); topics[0] != 3 {
		t.Errorf("a post about football that names Kyiv is on topic %d", topics[0])
	}
	in.Ratings.Notes.Text = nil
	if topics, err := findTopics(context.Background(), &in); topics != nil || err != nil {
		t.Errorf("topics %v without texts, error %v", topics, err)
	}
}

// TestTopicSeeds is what names a topic, and what only looks like it.
func TestTopicSeeds(t *testing.T) {
	for text, want := range map[string]string{
		"Russian troops": "[1]", "belorussia": "[]", "the Gaza strip": "[2]", "HAMAS says": "[2]", "hamaspik": "[]",
		"Messi scores": "[3]",
		"messiah":      "[]", "see help.x.com": "[4]", "an undisclosed ad": "[4]", "SC, ST quota": "[5]", "disc": "[]",
		"Putin in Gaza":              "[1 2]",
		"https://a.org/b?sc_lang=en": "[]", "https://help.x.com/rules": "[4]", "https://a.org/israel-news": "[2]",
		"आरक्षण": "[5]",
	} {
		table := scoretest.Table(rating.Scale{Max: 1}, 1, 1)
		table.Notes = &rating.Notes{Text: []string{text}, Post: []int64{1}}
		posts, _ := readPosts(&scoring.Input{Ratings: table})
		if got := fmt.Sprint(posts[0].seeds); got != want {
			t.Errorf("%q is on %s, want %s", text, got, want)
		}
	}
}

// TestGaussian: what raters all along the axis call helpful is; one hostile
// camp makes it undecided, and an axis without raters scores 0.
func TestGaussian(t *testing.T) {
	g := newGaussian()
	all := func(value func(f float64) float64, from, to float64) (votes []vote) {
		for f := from; f <= to; f += 0.05 {
			votes = append(votes, vote{value(f), f, 1})
		}
		return votes
	}
	yes := func(float64) float64 { return 1 }
	no := func(float64) float64 { return 0 }
	split := func(f float64) float64 {
		if f < 0 {
			return 1
		}
		return 0
	}
	liked, disliked := g.helpful.score(all(yes, -1, 1)), g.against.score(all(no, -1, 1))
	divided := g.helpful.score(all(split, -1, 1))
	mirrored := g.helpful.score(all(func(f float64) float64 { return split(-f) }, -1, 1))
	t.Logf("liked %.3f, disliked %.3f, divided %.3f, the other way about %.3f", liked, disliked, divided, mirrored)
	if liked < 0.51 || disliked < 0.5 || divided > 0.3 || math.Abs(divided-mirrored) > 0.02 {
		t.Errorf("liked %.3f, disliked %.3f, divided %.3f and %.3f", liked, disliked, divided, mirrored)
	}
	if x := g.helpful.score(all(yes, -1, -0.9)); x != 0 {
		t.Errorf("with raters at one end only it scores %v", x)
	}
	if len(g.helpful.points) != 50 || len(g.against.points) != 26 || !slices.IsSorted(g.against.points) {
		t.Errorf("points %v, %v", g.helpful.points, g.against.points)
	}
}

// TestStable: what was helpful stays so, and what is newly so waits.
func TestStable(t *testing.T) {
	in := scoring.Input{Ratings: scoretest.Tagged(1, 300, 120, 9000)}
	for k := range in.Ratings.Tags {
		in.Ratings.Tags[k] |= 1<<2 | 1<<4
	}
	notes := in.Ratings.Notes
	s := New()
	free := tell(t, s, in)
	helpful := slices.Index(free.Status, scoring.Helpful)
	if helpful < 0 {
		t.Fatal("nothing is helpful")
	}
	notes.Status[0], notes.Held = rating.NeedsMoreRatings, slices.Repeat([]int32{rating.NoTime}, 120)
	_, now, _ := in.Ratings.Span()
	for _, c := range []struct {
		held   int32
		was    rating.NoteStatus
		status scoring.Status
		by     string
	}{
		{rating.NoTime, rating.NeedsMoreRatings, scoring.NeedsMore, "NmrDueToMinStableCrhTime"},
		{now - 1800, rating.NeedsMoreRatings, scoring.NeedsMore, "NmrDueToMinStableCrhTime"},
		{now - 7200, rating.NeedsMoreRatings, scoring.Helpful, free.DecidedBy[helpful]},
		{rating.NoTime, rating.RatedHelpful, scoring.Helpful, free.DecidedBy[helpful]},
	} {
		notes.Held[helpful], notes.Status[helpful] = c.held, c.was
		if r := tell(t, s, in); r.Status[helpful] != c.status || r.DecidedBy[helpful] != c.by {
			t.Errorf("held since %d, before %d: %v by %s; want %v by %s",
				c.held, c.was, r.Status[helpful], r.DecidedBy[helpful], c.status, c.by)
		}
	}
}
