// The page: filters, what they show, and the sentences behind a point. Text of the press enters by textContent only.

const DAY_MS = 86400000;
const SHAPES = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "circle", "square"];
const DASHES = [[1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [12, 4], [4, 4], [10, 2, 2, 2, 2, 2], [1, 3]];
const TOP_OUTLETS = 15;
const ROW_HEIGHT = 26; // pixels of a row of a ranking
const TALL_ROW_HEIGHT = 36; // where a label takes two lines

const byId = (id) => document.getElementById(id);
const make = (tag, text, attributes = {}) => {
  const node = document.createElement(tag);
  if (text !== undefined && text !== null) node.textContent = text;
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
};
const number = (value) => value.toLocaleString("en-GB");
const plural = (value, one, many = `${one}s`) => `${number(value)} ${value === 1 ? one : many}`;
const signed = (value, digits = 2) => {
  if (value === null || value === undefined) return "–";
  const text = value.toFixed(digits);
  return Number(text) === 0 ? (0).toFixed(digits) : (value > 0 ? "+" : "−") + text.replace("-", "");
};
const shortDay = (day) =>
  new Date(`${day}T00:00:00Z`).toLocaleDateString("en-GB", {
    day: "numeric", month: "short", year: "numeric", timeZone: "UTC",
  });
const percent = (share) => (share === null ? "–" : `${Math.round(share * 100)} %`);
const interval = (e) =>
  e.value === null ? "not scored" : e.few ? `too few (n = ${e.n})` : `${signed(e.low)} to ${signed(e.high)}`;
const spoken = (e) =>
  e.value === null
    ? "no scored voice"
    : e.few
      ? `polarity ${signed(e.value)}, too few for an interval, n = ${e.n}`
      : `polarity ${signed(e.value)}, 95 % interval ${signed(e.low)} to ${signed(e.high)}, n = ${e.n}`;

class Page {
  constructor(data) {
    this.data = data;
    this.numbers = new Numbers(data);
    this.last = data.buckets.length - 1;
    this.times = data.buckets.map(([first, last]) => {
      const start = Date.parse(`${first}T00:00:00Z`);
      const end = Date.parse(`${last}T00:00:00Z`) + DAY_MS;
      return { start, end, middle: (start + end) / 2 };
    });
    this.slots = new Map();
    this.state = this.initialState();
    this.tone = "all"; // of the sentences in the panel
    this.sentencesOf = data.entities.map(() => []);
    data.sentences.forEach((row) => this.sentencesOf[row[0]].push(row));
  }

  /** Companies that the page shows at first. */
  firstShown() {
    return [...this.data.entities.keys()].slice(0, this.data.compared + 1);
  }

  initialState() {
    const { data } = this;
    this.slots = new Map();
    const shown = this.firstShown();
    shown.forEach((entity) => this.slots.set(entity, this.slots.size));
    return {
      focus: 0,
      shown,
      group: data.media[0]?.[2] ?? "earned", // earned media come first, if there are any
      media: new Set(data.media.keys()),
      languages: new Set(data.languages.keys()),
      theme: -1,
      from: 0,
      to: this.last,
    };
  }

  /** True where the numbers of the points are those that Python computed. */
  get isPlain() {
    const { state, data } = this;
    return (
      state.group === "earned" && state.theme < 0 && state.languages.size === data.languages.length &&
      this.mediaOf("earned").every((medium) => state.media.has(medium))
    );
  }

  get isWhole() {
    return this.state.from === 0 && this.state.to === this.last;
  }

  name(entity) {
    return this.data.entities[entity][1];
  }

  /** Points of a company in the chosen period: from Python where nothing is filtered, else from the sums. */
  points(entity) {
    const { data, state, times } = this;
    const found = [];
    const add = (bucket, n_articles, n_voices, n_outlets, positive, negative, e) => {
      if (bucket < state.from || bucket > state.to) return;
      const label = data.buckets[bucket][4];
      const reach = n_articles === null ? "" : `, ${plural(n_articles, "article")}`;
      const [head, counts] = [`${this.name(entity)}, ${label}:`, `${plural(n_voices, "voice")}${reach}`];
      const [tip, countTip] = [`${head} ${spoken(e)}; ${counts}`, `${head} ${counts}; ${spoken(e)}`];
      found.push({
        pick: true, place: bucket, bucket, entity, label, tip, countTip, n_articles, n_voices, n_outlets, positive, negative,
        ...times[bucket], ...e,
      });
    };
    if (this.isPlain) {
      for (const [bucket, articles, voices, outlets, positive, negative, value, low, high, n] of data.series[entity] ?? []) {
        add(bucket, articles, voices, outlets, positive, negative, { value, low, high, n, few: low === null });
      }
    } else {
      const reach = this.numbers.reach(entity, this.filter, 0, this.last, (row) => data.reach.bucket[row]);
      this.numbers.byBucket(entity, this.filter, state.theme).forEach((sums, bucket) => {
        const group = state.theme < 0 ? reach.get(bucket) : undefined;
        if (!sums.n && !group) return;
        const share = (part) => (sums.scored ? part / sums.scored : null);
        add(
          bucket, group?.n ?? null, sums.n, group?.outlets.size ?? null, share(sums.positive), share(sums.negative),
          this.numbers.estimate(sums),
        );
      });
    }
    // a line joins neighbours only: it breaks at a bucket without a number, so also where no crawl took place
    let run = 0;
    found.forEach((point, i) => {
      const before = found[i - 1];
      const joins = before && before.bucket === point.bucket - 1 && !before.few && !point.few;
      run += joins ? 0 : 1;
      point.run = run;
    });
    for (const point of found) point.alone = !point.few && found.filter((other) => other.run === point.run).length === 1;
    return found;
  }

  async render() {
    const { state, data } = this;
    this.filter = new Filter(data, state);
    this.series = new Map(data.entities.map((_, entity) => [entity, state.shown.includes(entity) ? this.points(entity) : null]));
    this.renderControls();
    this.renderLegend();
    this.renderHeadline();
    await this.renderPanels();
    await this.renderShare();
    await this.renderRankings();
    this.renderMoves();
    document.documentElement.dataset.ready = String(Number(document.documentElement.dataset.ready ?? 0) + 1);
  }

  style(entity) {
    const slot = this.slots.get(entity) ?? 0;
    return { ink: `var(--slot-${slot})`, shape: SHAPES[slot], dash: DASHES[slot] };
  }

  frame() {
    const { state, times, data } = this;
    const ticks = times.slice(state.from, state.to + 1).map((time) => time.start);
    const years = new Set(ticks.map((tick) => new Date(tick).getUTCFullYear())).size;
    const day = data.grain === "month" ? "%b %Y" : years > 1 ? "%-d %b %y" : "%-d %b";
    return { since: times[state.from].start, until: times[state.to].end, ticks, day };
  }

  gapRows() {
    const { data, state, times } = this;
    const shown = data.gaps.filter((bucket) => bucket >= state.from && bucket <= state.to);
    return shown.map((bucket) => ({ start: times[bucket].start, end: times[bucket].end }));
  }

  moveRows(entity, measure) {
    const { data, state, times } = this;
    if (!this.isPlain) return [];
    const found = new Map();
    for (const [whose, bucket, what, z, place] of data.moves) {
      if (whose !== entity || what !== measure || bucket < state.from || bucket > state.to) continue;
      found.set(bucket, [...(found.get(bucket) ?? []), [place, z]]);
    }
    return [...found].map(([bucket, moves]) => ({
      place: bucket,
      middle: times[bucket].middle,
      number: moves.map(([place]) => place).join(" "),
      goto: moves.map(([place]) => place),
      tip: moves.map(([place, z]) => `move ${place}, ${data.buckets[bucket][4]}: ${measure}, z ${signed(z, 1)}`).join("; "),
    }));
  }

  scale(rows) {
    const values = rows.flatMap((row) => (row.low === null || row.low === undefined ? [row.value] : [row.low, row.high]));
    const known = values.filter((value) => value !== null);
    const step = 0.1;
    const lowest = Math.max(-1, Math.floor((Math.min(-0.2, ...known) - 0.04) / step) * step);
    const highest = Math.min(1, Math.ceil((Math.max(0.2, ...known) + 0.04) / step) * step);
    return { lowest, highest };
  }

  async renderPanels() {
    const { state, data } = this;
    const host = byId("panels");
    const wanted = [state.focus, ...state.shown.filter((entity) => entity !== state.focus)];
    const key = wanted.join(",");
    if (host.dataset.shown !== key) {
      host.querySelectorAll(".chart").forEach(erase);
      host.replaceChildren(...wanted.map((entity, i) => this.makePanel(entity, i === 0)));
      host.dataset.shown = key;
    }
    const frame = this.frame();
    const small = this.scale(wanted.flatMap((entity) => this.series.get(entity)));
    for (const [i, entity] of wanted.entries()) {
      const points = this.series.get(entity);
      const size = i === 0 ? "" : "_small";
      const common = { ...frame, ...this.style(entity), size: points.length > 30 ? (i === 0 ? 30 : 12) : i === 0 ? 70 : 36 };
      const panel = host.children[i];
      const [polarity, volume] = panel.querySelectorAll(".chart");
      panel.querySelector(".note").hidden = points.length > 0;
      const reference = i === 0 ? [] : this.series.get(state.focus);
      const changes = data.changePoints
        .filter(([whose, bucket]) => this.isPlain && whose === entity && bucket >= state.from && bucket <= state.to)
        .map(([, bucket]) => ({ start: this.times[bucket].start }));
      const pick = (datum, mark) =>
        datum.goto
          ? this.goToMoves(datum.goto)
          : this.pick({ entity: datum.entity, from: datum.bucket, to: datum.bucket }, mark);
      await draw(
        polarity, data.charts[`polarity${size}`],
        { points, reference, changes, gaps: this.gapRows(), moves: this.moveRows(entity, "polarity"), zero: [{ value: 0 }] },
        { ...common, ...(i === 0 ? this.scale(points) : small) }, pick,
      );
      const most = Math.max(1, ...points.map((point) => Math.max(point.n_articles ?? 0, point.n_voices)));
      await draw(
        volume, data.charts[`volume${size}`],
        { points, gaps: this.gapRows(), moves: this.moveRows(entity, "volume") },
        { ...common, most: most * 1.25 }, pick,
      );
      this.fillPointTable(panel.querySelector("tbody"), entity, points);
    }
  }

  makePanel(entity, isFocus) {
    const panel = byId("panel-template").content.firstElementChild.cloneNode(true);
    panel.classList.toggle("focus", isFocus);
    panel.dataset.entity = entity;
    const heading = panel.querySelector("h3");
    heading.append(this.swatch(entity), make("bdi", this.name(entity)));
    const [polarity, volume] = panel.querySelectorAll(".chart");
    polarity.dataset.label = `Polarity toward ${this.name(entity)}; arrow keys move between points`;
    volume.dataset.label = `Voices about ${this.name(entity)}; arrow keys move between bars`;
    panel.querySelector("caption").textContent = `${this.name(entity)} by ${this.data.grain}`;
    return panel;
  }

  swatch(entity) {
    const { shape, dash } = this.style(entity);
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const part = (tag, attributes) => {
      const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
      for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
      svg.append(node);
    };
    svg.setAttribute("viewBox", "0 0 28 12");
    svg.setAttribute("class", `swatch slot-${this.slots.get(entity) ?? 0}`);
    svg.setAttribute("aria-hidden", "true");
    part("path", { d: "M0 6H28", "stroke-dasharray": dash[1] ? dash.join(" ") : "none" });
    const outlines = {
      circle: "M14 2a4 4 0 1 1 0 8a4 4 0 1 1 0-8Z", square: "M10.5 2.5h7v7h-7Z", diamond: "M14 1l4 5l-4 5l-4-5Z",
      cross: "M12.7 2h2.6v2.7H18v2.6h-2.7V10h-2.6V7.300H10V4.700h2.700Z",
      "triangle-up": "M14 1.500l4.500 8h-9Z", "triangle-down": "M14 10.500l4.500-8h-9Z",
    };
    part("path", { d: outlines[shape], class: "sign" });
    return svg;
  }
}
