package page

import (
	_ "embed"
	"encoding/json"
	"html/template"
	"net/url"
	"strings"
	"unicode/utf8"
)

//go:embed page.css
var style string

//go:embed page.js
var script string

// Style is the style sheet of every page.
func Style() string { return style }

// Script is what every page runs; it acts on what it finds in one.
func Script() string { return script }

// Words are what templates of every page may say: numbers, spans of time and
// identifiers.
func Words() template.FuncMap {
	return template.FuncMap{
		"count": Count, "many": Many, "few": FewHTML, "short": ShortHTML, "when": When, "id": ID, "join": strings.Join,
	}
}

// FewHTML and ShortHTML are Few and Short with powers of ten as a page has them.
func FewHTML(q json.Number) string { return Power(Few(q.String())) }
func ShortHTML(v float64) string   { return Power(Short(v)) }

// ID is an identifier apart from the direction of the text around it.
func ID(id string) template.HTML { return Link("", id) }

// Link is an identifier with a link to where it can be seen. An identifier
// that is shown escaped has none.
func Link(pattern, id string) template.HTML {
	tag := "<bdi>"
	if utf8.RuneCountInString(id) > 20 { // the page may not show all of it
		tag = `<bdi title="` + template.HTMLEscapeString(Brief(200, id)) + `">`
	}
	s := tag + template.HTMLEscapeString(id) + "</bdi>"
	if pattern != "" && !strings.Contains(id, `\`) {
		s = `<a rel="noopener noreferrer" href="` + template.HTMLEscapeString(strings.ReplaceAll(pattern, "{id}",
			url.PathEscape(id))) + `">` + s + "</a>"
	}
	return template.HTML(s)
}
