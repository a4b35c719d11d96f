"use strict";
const rings = [...document.querySelectorAll("details.ring")];

// Of a page of hundreds, most rings are put in when they are opened.
const later = new Map(Object.entries(JSON.parse(document.getElementById("later")?.textContent ?? "{}")));
const fill = ring => {
  if (!later.has(ring.id)) return;
  ring.insertAdjacentHTML("beforeend", later.get(ring.id));
  later.delete(ring.id);
  prepare(ring);
};
const words = ring => (ring.textContent + " " + (later.get(ring.id) ?? "").replace(/<[^>]*>/g, " ")).toLowerCase();
for (const ring of rings) if (later.has(ring.id)) ring.addEventListener("toggle", () => fill(ring));

function prepare(part) {
  part.querySelectorAll("table").forEach(stackable);
  part.querySelectorAll("table.list thead th").forEach(sortable);
  part.querySelectorAll("svg.matrix[data-after]").forEach(pointable);
}

// On a narrow screen a table of many columns becomes a card for each row, which
// names its columns.
function stackable(table) {
  const heads = [...table.tHead?.rows[0]?.cells ?? []].map(th => th.textContent.trim());
  if (heads.length < 5) return;
  table.classList.add("stack");
  for (const row of table.tBodies[0].rows) [...row.cells].forEach((cell, k) => { cell.dataset.label = heads[k] ?? ""; });
}

const collator = new Intl.Collator("en", {numeric: true});

// A list is sorted by the column whose heading is pressed.
function sortable(th) {
  if (!th.textContent.trim() || th.querySelector(".key")) return;
  const button = document.createElement("button");
  button.type = "button";
  button.append(...th.childNodes);
  th.append(button);
  button.addEventListener("click", () => {
    const body = th.closest("table").tBodies[0], rows = [...body.rows];
    const up = th.getAttribute("aria-sort") !== "ascending";
    for (const other of th.parentNode.children) other.removeAttribute("aria-sort");
    th.setAttribute("aria-sort", up ? "ascending" : "descending");
    const key = row => row.cells[th.cellIndex].dataset.key ?? row.cells[th.cellIndex].textContent.replaceAll(",", "");
    const keys = new Map(rows.map(row => [row, key(row)]));
    const compare = (a, b) => a - b || (isNaN(a - b) ? collator.compare(a, b) : 0);
    rows.sort((a, b) => compare(keys.get(a), keys.get(b)) * (up ? 1 : -1));
    body.append(...rows);
  });
}

// Rings can be filtered by what their row and their page say, and all opened.
const tools = document.querySelector(".tools");
if (tools && rings.length > 1) {
  tools.hidden = false;
  const rows = [...tools.nextElementSibling.querySelectorAll("tbody tr")];
  let text;
  tools.querySelector("input").addEventListener("input", e => {
    text ??= new Map(rings.map(r => [r.id, words(r)]));
    const want = e.target.value.trim().toLowerCase();
    for (const row of rows) {
      const id = row.cells[0].textContent;
      row.hidden = document.getElementById(id).hidden = !(text.get(id).includes(want) || row.textContent.toLowerCase().includes(want));
    }
  });
  const button = tools.querySelector("button");
  button.addEventListener("click", () => {
    const open = rings.some(r => !r.open);
    for (const r of rings) r.open = open;
    button.textContent = open ? "Close all" : "Open all";
  });
}

// Pointing at a cell of a matrix, or walking over it with the arrow keys, tells
// who rated what and when.
function pointable(svg) {
  const step = 13, gutter = 128;
  const said = svg.closest("figure").querySelector(".cell");
  let after, names, items, here, at = [0, 0];
  const show = (row, column) => {
    after ??= svg.dataset.after.split(";").map(line => line.split(","));
    names ??= [...svg.querySelectorAll("text.end")].map(t => t.lastElementChild?.textContent ?? t.textContent);
    items ??= [...svg.querySelectorAll("text.tick")].map(t => t.lastElementChild?.textContent ?? t.textContent);
    if (!(row >= 0 && column >= 0 && row < names.length && column < items.length)) return;
    at = [row, column];
    if (!here) {
      here = document.createElementNS(svg.namespaceURI, "rect");
      for (const [k, v] of [["class", "here"], ["width", step], ["height", step]]) here.setAttribute(k, v);
      svg.append(here);
    }
    here.setAttribute("x", gutter + column * step);
    here.setAttribute("y", +svg.dataset.top + row * step);
    const s = after[row][column];
    const when = s ? new Date(Date.parse(svg.dataset.start) + 1000 * s).toISOString().replace("T", " ").slice(0, 19) + " UTC" : "no rating";
    said.hidden = false;
    said.textContent = `${names[row]} on ${items[column]}: ${when}`;
  };
  svg.tabIndex = 0;
  svg.addEventListener("pointermove", e => {
    const box = svg.getBoundingClientRect(), scale = svg.viewBox.baseVal.width / box.width;
    show(Math.floor(((e.clientY - box.top) * scale - svg.dataset.top) / step), Math.floor(((e.clientX - box.left) * scale - gutter) / step));
  });
  svg.addEventListener("focus", () => show(...at));
  svg.addEventListener("keydown", e => {
    const move = {ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1]}[e.key];
    if (move) { e.preventDefault(); show(at[0] + move[0], at[1] + move[1]); }
  });
}

prepare(document);

// A link to a ring opens it; paper shows all of them.
const follow = () => {
  const ring = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (ring instanceof HTMLDetailsElement) { fill(ring); ring.open = true; ring.scrollIntoView(); }
};
addEventListener("hashchange", follow);
follow();
if (rings.length === 1) rings[0].open = true;
addEventListener("beforeprint", () => { rings.forEach(fill); for (const d of document.querySelectorAll("details")) d.open = true; });
