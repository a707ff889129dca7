/** Says what a chart's lines are at the place of the pointer, or at the one that arrow keys reach. Pages can be read without it. */
export const script = `
for (const chart of document.querySelectorAll("svg[data-hover]")) {
  const stops = JSON.parse(chart.dataset.hover);
  const cursor = chart.querySelector(".cursor");
  const said = chart.parentElement.querySelector(".said");
  let at = -1;
  const show = (place) => {
    at = Math.max(0, Math.min(stops.length - 1, place));
    const [x, words] = stops[at];
    cursor.setAttribute("transform", "translate(" + x + ")");
    cursor.setAttribute("visibility", "visible");
    said.textContent = words;
  };
  const hide = () => {
    at = -1;
    cursor.setAttribute("visibility", "hidden");
    said.textContent = "";
  };
  chart.tabIndex = 0;
  chart.addEventListener("pointermove", (event) => {
    const box = chart.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * chart.viewBox.baseVal.width;
    let nearest = 0;
    stops.forEach(([place], i) => { if (Math.abs(place - x) < Math.abs(stops[nearest][0] - x)) nearest = i; });
    show(nearest);
  });
  chart.addEventListener("pointerleave", hide);
  chart.addEventListener("blur", hide);
  chart.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    show(at < 0 ? (step > 0 ? 0 : stops.length - 1) : at + step);
  });
}
`;

/** What the script's SHA-256 is, so that a page can allow it and no other. */
export const scriptHash = "sha256-BZAUtfjurDwi2UpE9CXiGM+4DrQBIqRaLwLPQQHKZHc=";
