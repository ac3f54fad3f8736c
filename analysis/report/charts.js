// Draws the charts with Vega-Lite without eval, and makes their marks work by keyboard.

const drawn = new Map(); // host element -> { view, onPick }

/** True for a point, bar or row (pick) and for the number of a move (goto). */
const canPick = (datum) => Boolean(datum?.pick || datum?.goto);

/** Draw or redraw a chart; onPick gets the datum of a mark that was clicked or entered, height is in pixels. */
async function draw(host, spec, datasets, params, onPick, height) {
  const known = drawn.get(host);
  if (known && known.spec === spec) {
    known.onPick = onPick;
    for (const [name, rows] of Object.entries(datasets)) known.view.data(name, rows);
    for (const [name, value] of Object.entries(params)) known.view.signal(name, value);
    if (height) known.view.height(height);
    await known.view.runAsync();
    makeOperable(host, known);
    return;
  }
  if (known) known.view.finalize();
  const filled = structuredClone(spec);
  filled.datasets = { ...filled.datasets, ...structuredClone(datasets) };
  for (const param of filled.params) if (param.name in params) param.value = params[param.name];
  if (height) filled.height = height;
  const { view } = await vegaEmbed(host, filled, {
    ast: true, // the interpreter, so that the page needs no eval
    actions: false,
    renderer: "svg",
    defaultStyle: false,
    logLevel: 1, // errors
    tooltip: { disableDefaultStyle: true },
  });
  const chart = { view, spec, onPick };
  drawn.set(host, chart);
  view.addEventListener("click", (_event, item) => canPick(item?.datum) && chart.onPick(item.datum));
  view.addResizeListener(() => requestAnimationFrame(() => makeOperable(host, chart)));
  makeOperable(host, chart);
}

/** Forget a chart whose element goes. */
function erase(host) {
  drawn.get(host)?.view.finalize();
  drawn.delete(host);
}

/**
 * One tab stop for each chart; arrow keys, Home and End move between its marks, Enter or Space picks one. A number is a
 * link to its move.
 */
function makeOperable(host, chart) {
  const svg = host.querySelector("svg");
  if (!svg) return;
  host.removeAttribute("role"); // the figure around it has the name
  svg.setAttribute("role", "group");
  svg.setAttribute("aria-label", host.dataset.label);
  svg.querySelectorAll("[aria-roledescription]").forEach((node) => {
    node.removeAttribute("aria-roledescription");
    if (node.getAttribute("role")?.startsWith("graphics-")) node.removeAttribute("role");
    if (node.localName === "g") node.removeAttribute("aria-label");
  });
  // ticks without their chart say nothing; the marks and the table say it all
  svg.querySelectorAll(".role-axis, .mark-rule").forEach((node) => node.setAttribute("aria-hidden", "true"));
  const datumOf = (node) => node.__data__?.datum;
  const marks = [...svg.querySelectorAll("path[aria-label], text[aria-label]")].filter((node) => canPick(datumOf(node)));
  marks.sort((a, b) => datumOf(a).place - datumOf(b).place || a.localName.localeCompare(b.localName));
  marks.forEach((mark, place) => {
    mark.setAttribute("role", mark.localName === "text" ? "link" : "button");
    mark.setAttribute("tabindex", place === marks.length - 1 ? "0" : "-1");
    mark.setAttribute("class", "mark");
    mark.onkeydown = (event) => {
      const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -marks.length, End: marks.length };
      if (event.key === "Enter" || event.key === " ") chart.onPick(datumOf(mark), mark);
      else if (event.key in steps) {
        const next = marks[Math.min(marks.length - 1, Math.max(0, place + steps[event.key]))];
        mark.setAttribute("tabindex", "-1");
        next.setAttribute("tabindex", "0");
        next.focus();
      } else return;
      event.preventDefault();
    };
  });
}
