package reports

import (
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/rating"
)

// networkx, which knows no dateTime, opens what we write.
func TestNetworkx(t *testing.T) {
	if err := exec.Command("python3", "-c", "import networkx").Run(); err != nil {
		t.Skip("python3 with networkx is not installed: graphs were not opened by it")
	}
	dir := t.TempDir()
	p := pictures(t, small())
	for _, name := range []string{"graph.gexf", "graph.graphml"} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(p[name]), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("python3", "-c", "import sys, networkx as n; g = n.read_"+
			strings.TrimPrefix(name, "graph.")+"(sys.argv[1]); print(len(g), g.size())", file).CombinedOutput()
		if err != nil || strings.TrimSpace(string(out)) != "6 8" {
			t.Errorf("%s: %v %s", name, err, out)
		}
	}
}

// The parts of GraphML and GEXF 1.3 that readers rely on: what is declared is
// what is used, names are unique, edges end in nodes, and times are spans.
func TestGraphs(t *testing.T) {
	for name, c := range map[string]*Case{"hostile": small("<&>", "\"", "\x00"), "large": large(3, 6, 5),
		"no times": withoutTimes(small()), "co-actions": coActions(small())} {
		p := pictures(t, c)
		var m graphMLFile
		if err := xml.Unmarshal([]byte(p["graph.graphml"]), &m); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var file gexfFile
		if err := xml.Unmarshal([]byte(p["graph.gexf"]), &file); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		g := file.Graph
		checkGraph(t, name+" GraphML", m.Nodes, m.Edges, m.Keys)
		checkGraph(t, name+" GEXF", g.Nodes, g.Edges, g.Attributes)
		if len(m.Nodes) != len(g.Nodes) || len(m.Edges) != len(g.Edges) {
			t.Errorf("%s: GraphML and GEXF are of different graphs", name)
		}
		if dynamic := g.Mode == "dynamic"; dynamic != c.Ratings.HasTimes() {
			t.Errorf("%s: mode is %s", name, g.Mode)
		}
		for _, e := range g.Edges {
			if g.Mode == "static" {
				break
			}
			var at [4]int64
			for k, s := range []string{g.Start, e.Start, e.End, g.End} {
				var err error
				if at[k], err = strconv.ParseInt(s, 10, 64); err != nil {
					t.Fatal(err)
				}
			}
			if !slices.IsSorted(at[:]) || at[1] == at[2] {
				t.Errorf("%s: edge %s lasts from %s to %s, the graph from %s to %s",
					name, e.ID, e.Start, e.End, g.Start, g.End)
			}
		}
	}
}

type graphMLFile struct {
	XMLName xml.Name  `xml:"http://graphml.graphdrawing.org/xmlns graphml"`
	Keys    []xmlKey  `xml:"key"`
	Nodes   []xmlPart `xml:"graph>node"`
	Edges   []xmlPart `xml:"graph>edge"`
}

type gexfFile struct {
	XMLName xml.Name `xml:"http://gexf.net/1.3 gexf"`
	Graph   struct {
		Mode       string    `xml:"mode,attr"`
		Start      string    `xml:"start,attr"`
		End        string    `xml:"end,attr"`
		Attributes []xmlKey  `xml:"attributes>attribute"`
		Nodes      []xmlPart `xml:"nodes>node"`
		Edges      []xmlPart `xml:"edges>edge"`
	} `xml:"graph"`
}

type xmlKey struct {
	ID string `xml:"id,attr"`
}

type xmlPart struct {
	ID     string     `xml:"id,attr"`
	Source string     `xml:"source,attr"`
	Target string     `xml:"target,attr"`
	Start  string     `xml:"start,attr"`
	End    string     `xml:"end,attr"`
	Data   []xmlValue `xml:"data"`               // GraphML
	Values []xmlValue `xml:"attvalues>attvalue"` // GEXF
}

type xmlValue struct {
	Key string `xml:"key,attr"`
	For string `xml:"for,attr"`
}

func checkGraph(t *testing.T, name string, nodes, edges []xmlPart, keys []xmlKey) {
	t.Helper()
	if len(nodes) == 0 || len(edges) == 0 {
		t.Errorf("%s: %d nodes, %d edges", name, len(nodes), len(edges))
	}
	declared, node, edge := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, k := range keys {
		declared[k.ID] = true
	}
	for _, n := range nodes {
		if node[n.ID] {
			t.Errorf("%s: two nodes are called %s", name, n.ID)
		}
		node[n.ID] = true
	}
	for _, e := range edges {
		if edge[e.ID] {
			t.Errorf("%s: two edges are called %s", name, e.ID)
		}
		edge[e.ID] = true
		if !node[e.Source] || !node[e.Target] {
			t.Errorf("%s: edge %s joins %q and %q, of which one is no node", name, e.ID, e.Source, e.Target)
		}
	}
	for _, part := range append(nodes, edges...) {
		values := append(part.Data, part.Values...)
		if len(values) == 0 {
			t.Errorf("%s: %s has no attributes", name, part.ID)
		}
		for _, v := range values {
			if !declared[v.Key+v.For] {
				t.Errorf("%s: attribute %s%s is not declared", name, v.Key, v.For)
			}
		}
	}
}

// What was read as 3 is 3 in a graph, and not what a float32 makes of it.
func TestGraphValuesAreAsRead(t *testing.T) {
	c := small()
	c.Ratings.Scale = rating.Scale{Min: .5, Max: 4}
	for k := range c.Ratings.Value {
		c.Ratings.Value[k] = float32(2.5) / 3.5
	}
	p := pictures(t, c)
	for _, name := range []string{"graph.gexf", "graph.graphml"} {
		if s := p[name]; !strings.Contains(s, `>3<`) && !strings.Contains(s, `value="3"`) || strings.Contains(s, "3.0000") {
			t.Errorf("%s: %s", name, s)
		}
	}
}
