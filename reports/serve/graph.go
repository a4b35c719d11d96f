package serve

import (
	"math"
	"net/http"
	"slices"
)

// A graph is the members and targets of rings, and the members' ratings of
// them, laid out: each ring is a circle of its members around its targets.
type graph struct {
	Nodes []node `json:"nodes"`
	Edges []edge `json:"edges"`
	Rings int    `json:"rings"`
	Left  int    `json:"rings_left_out"` // a picture of more nodes says nothing
}

// A node is a rater or an item; of several rings, it is with the first.
type node struct {
	ID    string  `json:"id"`
	Name  string  `json:"name"`
	Kind  string  `json:"kind"` // rater or item
	Ring  string  `json:"ring"`
	Role  string  `json:"role,omitempty"`
	X     float64 `json:"x"`
	Y     float64 `json:"y"`
	Shade int     `json:"shade"` // 0 to 7, the same within a ring
}

// An edge is a rating.
type edge struct {
	From  string  `json:"from"`
	To    string  `json:"to"`
	Ring  string  `json:"ring"`
	Value float64 `json:"value"`
	High  bool    `json:"high"` // in the upper half of the scale
	Time  string  `json:"time,omitempty"`
}

// Caps of a graph on screen; exports hold all.
const (
	maxNodes = 1500
	maxEdges = 12000
)

func (a *App) apiGraph(r *http.Request) (any, error) {
	if a.data.table == nil {
		return nil, errNoRatings
	}
	f, err := readFilter(r.URL.Query())
	if err != nil {
		return nil, err
	}
	list, _ := a.rings(f)
	if id := r.URL.Query().Get("ring"); id != "" {
		list = slices.DeleteFunc(list, func(x listed) bool { return x.ID != id })
	}
	return a.graph(list), nil
}

func (a *App) graph(list []listed) graph {
	g := graph{Nodes: []node{}, Edges: []edge{}}
	t, seen := a.data.table, map[string]bool{}
	widest := 0.0
	for _, x := range list {
		widest = max(widest, radius(x.Size))
	}
	shown := list
	for n, k := 0, 0; k < len(list); k++ {
		if n += list[k].Size + list[k].Targets; n > maxNodes && k > 0 {
			shown = list[:k]
			break
		}
	}
	columns := int(math.Ceil(math.Sqrt(float64(len(shown)) * 1.6)))
	for k, x := range shown {
		if len(g.Edges) > maxEdges {
			shown = shown[:k]
			break
		}
		r := a.numbers(x.raw)
		cx, cy := float64(k%columns)*(2*widest+60), float64(k/columns)*(2*widest+60)
		put := func(id, name, kind, role string, i, n int, far float64) {
			if seen[id] {
				return
			}
			seen[id] = true
			angle := 2 * math.Pi * float64(i) / float64(max(n, 1))
			g.Nodes = append(g.Nodes, node{id, name, kind, x.ID, role, math.Round(cx + far*math.Cos(angle)),
				math.Round(cy + far*math.Sin(angle)), k % 8})
		}
		// Identifiers of nodes are names as people see them, with a letter before.
		for i, it := range r.Items {
			name := a.data.showItem(a.data.item(it))
			put("i"+name, name, "item", "", i, len(r.Items), min(radius(len(r.Items)), .6*radius(x.Size)))
		}
		for i, m := range r.Members {
			name := a.data.showRater(a.data.rater(m.Rater))
			put("u"+name, name, "rater", m.Role, i, len(r.Members), radius(x.Size))
			for _, row := range t.ByRater().Rows(m.Rater) {
				if _, target := slices.BinarySearch(r.Items, t.Item[row]); !target {
					continue
				}
				e := edge{From: "u" + name, To: "i" + a.data.showItem(a.data.item(t.Item[row])), Ring: x.ID,
					Value: t.Scale.AsRead(t.Value[row]), High: t.Value[row] > .5}
				if t.HasTimes() {
					e.Time = stamp(t.Time[row])
				}
				g.Edges = append(g.Edges, e)
			}
		}
	}
	g.Rings, g.Left = len(shown), len(list)-len(shown)
	return g
}

// radius is that of a circle on which n nodes have room.
func radius(n int) float64 { return max(50, 5*float64(n)) }
