// A reading cursor for charts that the server has drawn.
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

function enhance(figure) {
  const { points } = JSON.parse(document.getElementById(figure.dataset.chart).textContent);
  const plot = figure.querySelector(".plot");
  const cursor = plot.querySelector(".cursor");
  const tip = plot.querySelector(".tip");
  const last = points.length - 1;
  let index = last;

  const show = (to) => {
    index = clamp(to, 0, last);
    const { x, y, lines } = points[index];
    cursor.style.setProperty("--x", x);
    cursor.style.setProperty("--y", y);
    tip.style.setProperty("--x", x);
    tip.replaceChildren(...lines.map((text, line) =>
      Object.assign(document.createElement(line === 1 ? "b" : "span"), { textContent: text })));
    cursor.hidden = tip.hidden = false;
  };
  const hide = () => { cursor.hidden = tip.hidden = true; };

  plot.addEventListener("pointermove", (event) => {
    const box = plot.getBoundingClientRect();
    show(Math.round(((event.clientX - box.left) / box.width) * last));
  });
  plot.addEventListener("pointerleave", hide);
  figure.addEventListener("focus", () => show(index));
  figure.addEventListener("blur", hide);
  figure.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -points.length, End: points.length }[event.key];
    if (step) { event.preventDefault(); show(index + step); }
    if (event.key === "Escape") hide();
  });
}

export const enhanceCharts = (root) => root.querySelectorAll("[data-chart]").forEach((figure) => {
  if (figure.dataset.read) return;
  figure.dataset.read = "true";
  enhance(figure);
});
