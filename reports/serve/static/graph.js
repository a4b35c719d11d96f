// The graph of the listed rings, to move about in.
import cytoscape from "/static/cytoscape.js";

const box = document.querySelector("#graph"), said = document.querySelector("#said");
const css = getComputedStyle(document.documentElement), ink = name => css.getPropertyValue("--" + name).trim();
const shades = ["#4a6fb3", "#c2571a", "#2f8f6b", "#a8578a", "#3c98c4", "#b07d12", "#7a7a7a", "#8c4a4a"];
const answer = await fetch("/api/v1/graph" + location.search);
const graph = await answer.json();
if (!answer.ok) said.textContent = graph.error;
else {
  const place = n => ({group: "nodes", data: {id: n.id, name: n.name, kind: n.kind, ring: n.ring, role: n.role, shade: shades[n.shade]}, position: {x: n.x, y: n.y}});
  const join = (e, k) => ({group: "edges", data: {id: "e" + k, source: e.from, target: e.to, ring: e.ring, value: e.value, time: e.time, ink: ink(e.high ? "v4" : "v0")}});
  const cy = cytoscape({
    container: box, elements: [...graph.nodes.map(place), ...graph.edges.map(join)], layout: {name: "preset", fit: true, padding: 20},
    minZoom: .05, maxZoom: 5, hideEdgesOnViewport: graph.edges.length > 4000, textureOnViewport: true, pixelRatio: 1,
    style: [
      {selector: "node", style: {width: 10, height: 10, "background-color": "data(shade)", label: "data(name)", "font-size": 7, color: ink("ink"), "text-max-width": 60, "text-wrap": "ellipsis", "min-zoomed-font-size": 7}},
      {selector: "node[kind = 'item']", style: {shape: "rectangle", "background-color": ink("ink")}},
      {selector: "edge", style: {width: 1, opacity: .35, "line-color": "data(ink)", "curve-style": "haystack"}},
      {selector: ".dim", style: {opacity: .07}},
      {selector: ":selected", style: {"border-width": 3, "border-color": ink("obs"), "line-color": ink("obs"), width: 14, height: 14}},
    ],
  });
  said.textContent = `${graph.rings} rings, ${graph.nodes.length} raters and items, ${graph.edges.length} ratings.` + (graph.rings_left_out ? ` ${graph.rings_left_out} more rings are left out; filter to see them.` : "");
  const tell = (text, href, name) => {
    said.replaceChildren(text);
    if (href) { const a = document.createElement("a"); a.href = href; a.textContent = name; said.append(" ", a); }
  };
  cy.on("tap", e => {
    cy.elements().removeClass("dim");
    if (e.target === cy) return;
    const d = e.target.data();
    if (e.target.isNode()) {
      cy.elements().not(e.target.closedNeighborhood()).addClass("dim");
      tell(`${d.kind} ${d.name}, ${d.role ? d.role + " of " : "target of "}${d.ring}, ${e.target.degree()} ratings.`, `/${d.kind}s/${encodeURIComponent(d.name)}`, "Open");
    } else {
      tell(`${e.target.source().data("name")} rated ${e.target.target().data("name")} ${d.value}${d.time ? " at " + d.time.replace("T", " ").replace("Z", " UTC") : ""}.`, "/rings/" + encodeURIComponent(d.ring), d.ring);
    }
  });
  const press = (id, f) => document.getElementById(id).addEventListener("click", f);
  press("nearer", () => cy.zoom({level: cy.zoom() * 1.4, renderedPosition: {x: box.clientWidth / 2, y: box.clientHeight / 2}}));
  press("farther", () => cy.zoom({level: cy.zoom() / 1.4, renderedPosition: {x: box.clientWidth / 2, y: box.clientHeight / 2}}));
  press("whole", () => cy.fit(undefined, 20));
}
