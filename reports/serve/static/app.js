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

// Keys, where nobody types.
addEventListener("keydown", e => {
  if (e.ctrlKey || e.altKey || e.metaKey || e.target.closest("input, select, textarea, svg[tabindex]")) return;
  const to = {j: "a[rel=next]", k: "a[rel=prev]", c: "#confirm", d: "#reason"}[e.key];
  const found = to && document.querySelector(to);
  if (!found) return;
  e.preventDefault();
  if (e.key === "d") found.focus(); else found.click();
});
