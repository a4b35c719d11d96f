package reports

import (
	"bufio"
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/rating"
)

// A graph has the members and targets of all rings as nodes, and the members'
// ratings of the targets of their ring as edges.
type graph struct {
	nodes []node
	edges []edge
	times bool
}

type node struct {
	id, label, kind, ring, role, certainty string
	strength                               float64
}

type edge struct {
	from, to, ring string
	item           int32
	value          float64
	time           int32
}

// ringGraph makes the graph of rings, which told has in words. With pseudonyms,
// labels are those, and nodes are numbered as they appear.
func ringGraph(t *rating.Table, rings []detect.Ring, told []Ring, key *Pseudonyms) *graph {
	g := &graph{times: t.HasTimes()}
	raters, items, seenRow := map[int32]string{}, map[int32]string{}, map[int32]bool{}
	node1 := func(of map[int32]string, k int32, letter string, n node) string {
		if of[k] == "" {
			n.id = fmt.Sprint(letter, k)
			if key != nil {
				n.id = fmt.Sprint(letter, len(of))
			}
			of[k] = n.id
			g.nodes = append(g.nodes, n)
		}
		return of[k]
	}
	for i := range rings {
		r, name, certainty := &rings[i], told[i].ID, told[i].Certainty
		for _, m := range members(r) {
			label := rater(t, m.Rater)
			if key != nil {
				label = key.Rater(label)
			}
			from := node1(raters, m.Rater, "u", node{label: label, kind: "rater", ring: name, role: m.Role,
				strength: m.Strength, certainty: certainty})
			for _, k := range t.ByRater().Rows(m.Rater) {
				it := t.Item[k]
				if _, target := slices.BinarySearch(r.Items, it); !target || seenRow[k] {
					continue
				}
				seenRow[k] = true
				e := edge{from: from, item: it, ring: name, value: t.Scale.AsRead(t.Value[k])}
				if g.times {
					e.time = t.Time[k]
				}
				g.edges = append(g.edges, e)
			}
		}
		for _, it := range r.Items {
			label := item(t, it)
			if key != nil {
				label = key.Item(label)
			}
			node1(items, it, "i", node{label: label, kind: "item", ring: name, role: "target", certainty: certainty})
		}
	}
	for k := range g.edges {
		g.edges[k].to = items[g.edges[k].item]
	}
	return g
}

// GraphML writes the members and targets of rings, and their ratings, as
// graph.graphml holds them; told has the rings in words. Pseudonyms may be nil.
func GraphML(w io.Writer, t *rating.Table, rings []detect.Ring, told []Ring, key *Pseudonyms) error {
	return ringGraph(t, rings, told, key).graphML(w)
}

// GEXF writes the same as graph.gexf holds it.
func GEXF(w io.Writer, t *rating.Table, rings []detect.Ring, told []Ring, key *Pseudonyms) error {
	return ringGraph(t, rings, told, key).gexf(w)
}

// column is one declared attribute of nodes or edges.
type column[T any] struct {
	name, kind string
	get        func(*T) string
}

func (g *graph) columns() ([]column[node], []column[edge]) {
	nodes := []column[node]{
		{"label", "string", func(n *node) string { return n.label }},
		{"kind", "string", func(n *node) string { return n.kind }},
		{"ring", "string", func(n *node) string { return n.ring }},
		{"role", "string", func(n *node) string { return n.role }},
		{"certainty", "string", func(n *node) string { return n.certainty }},
		{"strength", "double", func(n *node) string { return number(n.strength) }},
	}
	edges := []column[edge]{
		{"weight", "double", func(*edge) string { return "1" }},
		{"value", "double", func(e *edge) string { return number(e.value) }},
		{"ring", "string", func(e *edge) string { return e.ring }},
	}
	if g.times {
		edges = append(edges, column[edge]{"time", "string", func(e *edge) string { return stamp(e.time) }})
	}
	return nodes, edges
}

func (g *graph) graphML(out io.Writer) error {
	w := &xmlWriter{w: bufio.NewWriter(out)}
	nodes, edges := g.columns()
	w.text(xml.Header, `<graphml xmlns="http://graphml.graphdrawing.org/xmlns">`, "\n")
	for _, c := range nodes {
		w.line("key", "id", "n_"+c.name, "for", "node", "attr.name", c.name, "attr.type", c.kind, "/")
	}
	for _, c := range edges {
		w.line("key", "id", "e_"+c.name, "for", "edge", "attr.name", c.name, "attr.type", c.kind, "/")
	}
	w.line("graph", "id", "rings", "edgedefault", "undirected")
	for i := range g.nodes {
		w.line("node", "id", g.nodes[i].id)
		for _, c := range nodes {
			w.data("n_"+c.name, c.get(&g.nodes[i]))
		}
		w.text("</node>\n")
	}
	for i := range g.edges {
		w.line("edge", "id", fmt.Sprint("e", i), "source", g.edges[i].from, "target", g.edges[i].to)
		for _, c := range edges {
			w.data("e_"+c.name, c.get(&g.edges[i]))
		}
		w.text("</edge>\n")
	}
	w.text("</graph>\n</graphml>\n")
	return w.w.Flush()
}

// maxSpells is the number of edges up to which a GEXF file is dynamic: viewers
// freeze on more.
const maxSpells = 100_000

// gexf writes GEXF 1.3, with times as seconds since 1970: of what GEXF allows,
// networkx reads no dateTime, and Gephi reads both. Edges of a dynamic file last for one second: a spell
// that ends when it starts is lost on viewers.
func (g *graph) gexf(out io.Writer) error {
	w := &xmlWriter{w: bufio.NewWriter(out)}
	nodes, edges := g.columns()
	dynamic := g.times && len(g.edges) > 0 && len(g.edges) <= maxSpells
	w.text(xml.Header, `<gexf xmlns="http://gexf.net/1.3" version="1.3">`, "\n")
	attrs := []string{"defaultedgetype", "undirected", "mode", "static"}
	if dynamic {
		first := slices.MinFunc(g.edges, func(a, b edge) int { return cmp.Compare(a.time, b.time) })
		last := slices.MaxFunc(g.edges, func(a, b edge) int { return cmp.Compare(a.time, b.time) })
		attrs = []string{"defaultedgetype", "undirected", "mode", "dynamic", "timeformat", "double",
			"timerepresentation", "interval", "start", seconds(first.time, 0), "end", seconds(last.time, 1)}
	}
	w.line("graph", attrs...)
	w.line("attributes", "class", "node", "mode", "static")
	for _, c := range nodes[1:] {
		w.line("attribute", "id", "n_"+c.name, "title", c.name, "type", c.kind, "/")
	}
	w.text("</attributes>\n")
	w.line("attributes", "class", "edge", "mode", "static")
	for _, c := range edges[1:] {
		w.line("attribute", "id", "e_"+c.name, "title", c.name, "type", c.kind, "/")
	}
	w.text("</attributes>\n<nodes>\n")
	for i := range g.nodes {
		w.line("node", "id", g.nodes[i].id, "label", g.nodes[i].label)
		w.text("<attvalues>")
		for _, c := range nodes[1:] {
			w.line("attvalue", "for", "n_"+c.name, "value", c.get(&g.nodes[i]), "/")
		}
		w.text("</attvalues></node>\n")
	}
	w.text("</nodes>\n<edges>\n")
	for i := range g.edges {
		attrs := []string{"id", fmt.Sprint(i), "source", g.edges[i].from, "target", g.edges[i].to, "weight", "1"}
		if dynamic {
			attrs = append(attrs, "start", seconds(g.edges[i].time, 0), "end", seconds(g.edges[i].time, 1))
		}
		w.line("edge", attrs...)
		w.text("<attvalues>")
		for _, c := range edges[1:] {
			w.line("attvalue", "for", "e_"+c.name, "value", c.get(&g.edges[i]), "/")
		}
		w.text("</attvalues></edge>\n")
	}
	w.text("</edges>\n</graph>\n</gexf>\n")
	return w.w.Flush()
}

// seconds are those since 1970 of a time, and some more.
func seconds(t int32, more int64) string { return strconv.FormatInt(rating.ToTime(t).Unix()+more, 10) }

// xmlWriter leaves errors to the final Flush.
type xmlWriter struct{ w *bufio.Writer }

func (x *xmlWriter) text(parts ...string) {
	for _, p := range parts {
		x.w.WriteString(p)
	}
}

// line writes a start tag with pairs of attributes; a last "/" closes it.
func (x *xmlWriter) line(tag string, attrs ...string) {
	x.text("<", tag)
	for len(attrs) > 1 {
		x.text(" ", attrs[0], `="`, escaped(attrs[1]), `"`)
		attrs = attrs[2:]
	}
	x.text(strings.Join(attrs, ""), ">\n")
}

func (x *xmlWriter) data(key, value string) {
	x.text(`<data key="`, key, `">`, escaped(value), "</data>\n")
}

func escaped(s string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(s)) // a Builder takes every write
	return b.String()
}
