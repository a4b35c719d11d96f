// The pages work without this; it saves a few keys.
const filter = document.querySelector("#filter");
if (filter) {
  // A slider moves the q threshold, by powers of ten.
  const q = filter.elements.q, slider = document.createElement("input");
  Object.assign(slider, {type: "range", min: -12, max: 0, step: 0.1});
  slider.setAttribute("aria-label", "q up to, as a power of ten");
  const place = () => { slider.value = Math.log10(+q.value || 1); slider.setAttribute("aria-valuetext", q.value || "any"); };
  place();
  slider.addEventListener("input", () => {
    q.value = +slider.value >= 0 ? "" : (10 ** slider.value).toPrecision(2);
    slider.setAttribute("aria-valuetext", q.value || "any");
    preview();
  });
  slider.addEventListener("change", () => filter.requestSubmit());
  q.closest("label").after(slider);
  for (const s of filter.querySelectorAll("select")) s.addEventListener("change", () => filter.requestSubmit());

  // Another moves the end of the window over time, so that rings are seen as they formed.
  const drawn = document.querySelector("svg.activity");
  if (drawn) {
    const until = filter.elements.until, time = document.createElement("input"), steps = 150;
    const first = +drawn.dataset.first, width = (+drawn.dataset.last - first) / steps;
    Object.assign(time, {type: "range", min: 1, max: steps, step: 1});
    time.setAttribute("aria-label", "until, over the time of all ratings");
    const told = until.value && Date.parse(until.value.includes("T") ? until.value : until.value + "T00:00:00Z") / 1000;
    time.value = told ? Math.round((told - first) / width) : steps;
    time.setAttribute("aria-valuetext", until.value || "all");
    time.addEventListener("input", () => {
      until.value = +time.value >= steps ? "" : new Date(1000 * (first + time.value * width)).toISOString().slice(0, 19) + "Z";
      time.setAttribute("aria-valuetext", until.value || "all");
    });
    time.addEventListener("change", () => filter.requestSubmit());
    until.closest("label").after(time);
  }

  // While it moves, the number of rings follows.
  const said = document.querySelector("#shown");
  let asked = 0;
  async function preview() {
    const mine = ++asked, query = new URLSearchParams(new FormData(filter));
    query.set("limit", 1);
    const answer = await fetch("/api/v1/rings?" + query);
    if (!answer.ok || mine !== asked) return;
    const {total, by_chance} = await answer.json();
    said.textContent = `${total} rings up to q ${q.value || "any"}. By chance alone, at most about ${by_chance.toPrecision(2)} of them would be expected.`;
  }
}

// Dragging over the plot of activity chooses a window of time.
const plot = document.querySelector("svg.activity");
if (plot && filter) {
  const at = e => { const b = plot.getBoundingClientRect(); return Math.min(Math.max((e.clientX - b.left) / b.width, 0), 1); };
  const day = x => new Date(1000 * (+plot.dataset.first + x * (plot.dataset.last - plot.dataset.first))).toISOString().slice(0, 10);
  let from, band;
  plot.addEventListener("pointerdown", e => { from = at(e); plot.setPointerCapture(e.pointerId); e.preventDefault(); });
  plot.addEventListener("pointermove", e => {
    if (from === undefined) return;
    if (!band) {
      plot.querySelector(".window")?.remove();
      band = document.createElementNS(plot.namespaceURI, "rect");
      band.setAttribute("class", "window");
      band.setAttribute("height", 92);
      plot.prepend(band);
    }
    const box = plot.viewBox.baseVal, to = at(e);
    band.setAttribute("x", Math.min(from, to) * box.width);
    band.setAttribute("width", Math.abs(to - from) * box.width);
    filter.elements.since.value = day(Math.min(from, to));
    filter.elements.until.value = day(Math.max(from, to));
  });
  plot.addEventListener("pointerup", () => {
    if (band && filter.elements.since.value !== filter.elements.until.value) filter.requestSubmit();
    from = undefined;
  });
}

// Keys, where nobody types.
addEventListener("keydown", e => {
  if (e.ctrlKey || e.altKey || e.metaKey || e.target.closest("input, select, textarea, svg[tabindex]")) return;
  const to = {j: "a[rel=next]", k: "a[rel=prev]", c: "#confirm", d: "#reason"}[e.key];
  const found = to && document.querySelector(to);
  if (!found) return;
  e.preventDefault();
  if (e.key === "d") found.focus(); else found.click();
});
