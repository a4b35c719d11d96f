package reports

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"io"
	"math"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/ringwatch/ringwatch/rating"
)

//go:embed page.html
var pageSource string

//go:embed page.css
var pageStyle string

//go:embed page.js
var pageScript string

// Caps of what the page lists of each ring; rings.json has more.
const (
	pageRows    = 15
	pageMembers = 100
	pageImpact  = 30
	pageTargets = 12 // of an experiment, before the reader asks for all
)

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"count": count, "many": many, "power": power,
	"few":   func(q json.Number) string { return power(few(q.String())) },
	"short": func(v float64) string { return power(short(v)) },
	"when":  when, "minute": minute, "score": scoreText, "bar": bar, "join": strings.Join, "span": spanSVG,
	"id": func(id string) template.HTML {
		tag := "<bdi>"
		if utf8.RuneCountInString(id) > 20 { // the page may not show all of it
			tag = `<bdi title="` + template.HTMLEscapeString(brief(200, id)) + `">`
		}
		return template.HTML(tag + template.HTMLEscapeString(id) + "</bdi>")
	},
	"matrix":   func(m *matrix) template.HTML { return m.draw() },
	"timeline": func(l *timeline, m *matrix) template.HTML { return l.draw(m.raters()) },
	"slopes":   func(e *experimentDoc) template.HTML { return e.draw() },
}).Parse(pageSource))

// HTML writes a case as one page that needs nothing else: no network, no
// other file. It is laid out for screens of any width and for paper.
func HTML(w io.Writer, c *Case) error {
	sum := sha256.Sum256([]byte(pageScript))
	return page.Execute(w, map[string]any{
		"D": c.document(), "Style": template.CSS(pageStyle), "Script": template.JS(pageScript),
		"Hash": base64.StdEncoding.EncodeToString(sum[:]),
	})
}

// power writes 3e-7 as 3×10⁻⁷, wherever it stands in a text.
func power(s string) string {
	return exponent.ReplaceAllStringFunc(s, func(x string) string {
		digit, e, _ := strings.Cut(x, "e")
		return digit + "×10" + superscript.Replace(e)
	})
}

var (
	exponent    = regexp.MustCompile(`\de[-+]\d+\b`)
	superscript = strings.NewReplacer("+", "", "-", "⁻", "0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴", "5", "⁵", "6", "⁶", "7", "⁷", "8", "⁸", "9", "⁹")
)

func (m *matrix) raters() []string {
	if m == nil {
		return nil
	}
	return m.Raters
}

// A ringPage is a ring with how much the page lists of it.
type ringPage struct {
	*ring
	Unary                 bool
	rows, members, impact int
}

// Pages lists less of each ring beyond the first fullPictures, so that a page
// of hundreds opens at once.
func (d *document) Pages() []ringPage {
	pages := make([]ringPage, len(d.Rings))
	for i := range d.Rings {
		pages[i] = ringPage{&d.Rings[i], d.Scale == rating.Scale{}.String(), pageRows, pageMembers, pageImpact}
		if i >= fullPictures {
			pages[i].rows, pages[i].members, pages[i].impact = pageRows/5, pageMembers/10, pageImpact/5
		}
	}
	return pages
}

func (p ringPage) ShownMembers() []member     { return p.Members[:min(len(p.Members), p.members)] }
func (p ringPage) MoreMembers() int           { return len(p.Members) - len(p.ShownMembers()) }
func (p ringPage) ShownImpact() []change      { return p.Impact[:min(len(p.Impact), p.impact)] }
func (p ringPage) MoreImpact() int            { return len(p.Impact) - len(p.ShownImpact()) }
func (p ringPage) ShownRows(e evidence) []row { return e.Rows[:min(len(e.Rows), p.rows)] }
func (p ringPage) MoreRows(e evidence) int    { return e.LeftOut + len(e.Rows) - len(p.ShownRows(e)) }

func (p ringPage) Picture() func(change) template.HTML { return changePictures(p.ShownImpact()) }

func (e evidence) Most() float64 { return max(math.Abs(e.Observed), math.Abs(e.Expected)) }

func (e *experimentDoc) FirstTargets() []target { return e.Targets[:min(len(e.Targets), pageTargets)] }
func (e *experimentDoc) OtherTargets() []target { return e.Targets[len(e.FirstTargets()):] }
