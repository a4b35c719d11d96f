package reports

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"

	"github.com/ringwatch/ringwatch/reports/internal/page"
)

// A tie joins two members that rated the same targets alike.
type tie struct{ a, b, shared int }

// ties counts, for each pair of a matrix's raters, the targets on which their
// ratings are at most one of five levels apart.
func (m *Matrix) ties() []tie {
	var all []tie
	for a := range m.Cells {
		for b := a + 1; b < len(m.Cells); b++ {
			n := 0
			for j := range len(m.Cells[a]) {
				x, y := m.Cells[a][j], m.Cells[b][j]
				if x != '.' && y != '.' && max(x, y)-min(x, y) <= 1 {
					n++
				}
			}
			if n > 0 {
				all = append(all, tie{a, b, n})
			}
		}
	}
	return all
}

// Caps of the lines of a member graph: of each member the strongest, and of
// all others those of most targets.
const (
	maxTies = 150
	ownTies = 2
)

// strongest are the ties that are drawn, of n members; ties come strongest first.
func strongest(ties []tie, n int) []tie {
	own := make([]int, n)
	var out []tie
	for k, t := range ties {
		if k < maxTies || own[t.a] < ownTies || own[t.b] < ownTies {
			out = append(out, t)
			own[t.a]++
			own[t.b]++
		}
	}
	return out
}

// network draws the members of a ring as a graph: near and joined by thick
// lines are those that share most. Its layout is that of Fruchterman and
// Reingold (1991) from a circle, so the same matrix gives the same picture.
func (r *Ring) network() template.HTML {
	m := r.Matrix
	if m == nil || len(m.Raters) < 2 || len(m.Items) == 0 {
		return ""
	}
	ties := m.ties()
	slices.SortStableFunc(ties, func(x, y tie) int { return cmp.Compare(y.shared, x.shared) })
	most, least := 1, 0
	if len(ties) > 0 {
		most, least = ties[0].shared, ties[len(ties)-1].shared
	}
	drawn := strongest(ties, len(m.Raters))
	const w, h = 640, 380
	at := layout(len(m.Raters), ties, float64(most))
	x := func(k int) float64 { return 70 + (w-140)*at[k][0] }
	y := func(k int) float64 { return 24 + (h-48)*at[k][1] }
	d := draw("network", w, h, fmt.Sprintf("How %s are joined by targets that they rated alike, at most %d of %d for "+
		"two of them",
		page.Many(len(m.Raters), "member"), most, len(m.Items)))
	lines := [4]strings.Builder{}
	for _, t := range drawn {
		fmt.Fprintf(&lines[4*(t.shared-least)/(most-least+1)], "M%.0f %.0fL%.0f %.0f", x(t.a), y(t.a), x(t.b), y(t.b))
	}
	for k := range lines {
		if lines[k].Len() > 0 {
			d.add(`<path class="tie t%d" d="%s"/>`, k, lines[k].String())
		}
	}
	part := map[string]bool{}
	for _, x := range r.Members {
		part[x.Rater] = x.Role == "part"
	}
	for k, id := range m.Raters {
		class := "dot"
		if part[id] {
			class = "dot part"
		}
		d.add(`<circle class="%s" cx="%.0f" cy="%.0f" r="4.5"/>`, class, x(k), y(k))
	}
	for k, id := range m.Raters {
		side, dx := "", 8.0
		if at[k][0] < .5 {
			side, dx = "end", -8
		}
		d.label(fmt.Sprintf(`class="%s" x="%.0f" y="%.0f"`, side, x(k)+dx, y(k)+4), 10, id)
	}
	if n := len(ties) - len(drawn); n > 0 {
		d.text("", 4, h-4, fmt.Sprintf("%s fewer shared targets not drawn", page.Many(n, "line")+" of"))
	}
	return d.done()
}

// layout places n points in the unit square.
func layout(n int, ties []tie, most float64) [][2]float64 {
	at := make([][2]float64, n)
	for k := range at {
		angle := 2 * math.Pi * (float64(k) + .25) / float64(n)
		at[k] = [2]float64{math.Cos(angle), math.Sin(angle)}
	}
	ideal := 2 / math.Sqrt(float64(n))
	const steps = 60
	for step := range steps {
		push := make([][2]float64, n)
		move := func(a, b int, f func(dist float64) float64) {
			dx, dy := at[a][0]-at[b][0], at[a][1]-at[b][1]
			dist := max(math.Hypot(dx, dy), 1e-3)
			f1 := f(dist) / dist
			push[a][0] += dx * f1
			push[a][1] += dy * f1
			push[b][0] -= dx * f1
			push[b][1] -= dy * f1
		}
		for a := range n {
			for b := a + 1; b < n; b++ {
				move(a, b, func(dist float64) float64 { return ideal * ideal / dist })
			}
		}
		for _, t := range ties {
			share := float64(t.shared) / most
			move(t.a, t.b, func(dist float64) float64 { return -share * dist * dist / ideal / math.Sqrt(float64(n)) })
		}
		heat := .15 * float64(steps-step) / steps
		for k := range at {
			size := max(math.Hypot(push[k][0], push[k][1]), 1e-9)
			at[k][0] += push[k][0] / size * min(size, heat)
			at[k][1] += push[k][1] / size * min(size, heat)
		}
	}
	for axis := range 2 {
		low, high := math.Inf(1), math.Inf(-1)
		for k := range at {
			low, high = min(low, at[k][axis]), max(high, at[k][axis])
		}
		for k := range at {
			at[k][axis] = (at[k][axis] - low) / max(high-low, 1e-9)
		}
	}
	return at
}
