// Sections below the curves: headline figures, share of voice, rankings, moves, tables.

const methods = {
  renderLegend() {
    const { state } = this;
    const list = byId("legend");
    list.replaceChildren(
      ...state.shown.map((entity) => {
        const item = make("li");
        const button = make("button", null, { type: "button", "aria-pressed": String(entity === state.focus) });
        button.append(this.swatch(entity), make("bdi", this.name(entity)));
        button.onclick = () => this.change({ focus: entity }).then(() => byId("legend").querySelector("[aria-pressed=true]").focus());
        item.append(button);
        return item;
      }),
    );
  },

  shareText() {
    const n = this.sharing().length;
    const all = this.data.entities.length;
    if (n < all) return `of the voices on this theme about the ${n} of ${all} companies with numbers by theme`;
    return `of the voices ${this.state.theme < 0 ? "" : "on this theme "}about all ${all} companies`;
  },

  /** Figures of one company over buckets, under the filter. */
  figures(entity, from, to) {
    const sums = this.numbers.total(entity, this.filter, this.state.theme, from, to);
    const reach = this.state.theme < 0 ? this.numbers.reach(entity, this.filter, from, to).get(0) : undefined;
    return { sums, estimate: this.numbers.estimate(sums), articles: reach?.n ?? 0, outlets: reach?.outlets.size ?? 0 };
  },

  /** Companies that share the voices: under a theme those that have numbers by theme in the page. */
  sharing() {
    return this.state.theme < 0 ? [...this.data.entities.keys()] : this.data.themeEntities;
  },

  /** Share of the voices by company; null for all where there are none. */
  shares(from, to) {
    const counts = new Map(
      this.sharing().map((entity) => [entity, this.numbers.total(entity, this.filter, this.state.theme, from, to).n]));
    const all = [...counts.values()].reduce((sum, n) => sum + n, 0);
    return this.data.entities.map((_, entity) => (all && counts.has(entity) ? counts.get(entity) / all : null));
  },

  renderHeadline() {
    const { state } = this;
    const isPlain = this.isPlain && this.isWhole;
    byId("plain-headline").hidden = !(isPlain && state.focus === 0);
    byId("filtered-headline").hidden = isPlain && state.focus === 0;
    byId("plain-glance").hidden = !isPlain;
    byId("filtered-glance").hidden = isPlain;
    byId("filtered-headline").querySelector("h2").replaceChildren(make("bdi", this.name(state.focus)));
    byId("filtered-choice").textContent = this.choiceText();
    byId("filtered-tiles").replaceChildren(
      ...this.filteredTiles().map(([name, value, detail, against]) => {
        const tile = make("div", null, { class: "tile" });
        tile.append(make("h3", name), make("p", value, { class: "value" }), make("p", detail));
        if (against) tile.append(make("p", against, { class: "against" }));
        return tile;
      }),
    );
    const shares = this.shares(state.from, state.to);
    fillTable(
      byId("filtered-glance").querySelector("tbody"),
      this.sharing().map((entity) => {
        const { sums, estimate, articles } = this.figures(entity, state.from, state.to);
        return [
          { text: this.name(entity), isHead: true }, state.theme < 0 ? number(articles) : "–", number(sums.n),
          percent(shares[entity]), signed(estimate.value), interval(estimate), number(estimate.n),
        ];
      }),
    );
  },

  /** Name, value, detail and comparison of each headline figure under the filter. */
  filteredTiles() {
    const { state, data } = this;
    const length = state.to - state.from + 1;
    const [from, to] = [state.from - length, state.from - 1];
    const { sums, estimate, articles, outlets } = this.figures(state.focus, state.from, state.to);
    const before = from >= 0 ? this.figures(state.focus, from, to) : null;
    const change = before && this.numbers.difference(sums, before.sums);
    const shareOf = (...buckets) => percent(this.shares(...buckets)[state.focus]);
    const partOf = (part) => percent(sums.scored ? part / sums.scored : null);
    const scored = plural(sums.scored, "scored voice");
    const isCrawled = !data.gaps.some((bucket) => bucket >= from && bucket <= to);
    const period = `the ${plural(length, data.grain)} before${isCrawled ? "" : " (not all crawled)"}`;
    const against = (text) => (before ? text() : `the page does not reach back over ${period}`);
    return [
      [
        "Polarity", signed(estimate.value),
        estimate.n ? `95 % interval ${interval(estimate)}, n = ${scored}` : "no scored voice",
        against(() =>
          change
            ? `change ${signed(change.value)} (${signed(change.low)} to ${signed(change.high)}) against ${period}`
            : `too few for a change against ${period} (n = ${before.estimate.n})`),
      ],
      [
        "Voices", number(sums.n),
        state.theme < 0 ? `in ${plural(articles, "article")} of ${plural(outlets, "outlet")}` : "on this theme",
        against(() => `${number(before.sums.n)} in ${period}`),
      ],
      [
        "Share of voice", shareOf(state.from, state.to), this.shareText(),
        against(() => `${shareOf(from, to)} in ${period}`),
      ],
      ["Positive / negative", `${partOf(sums.positive)} / ${partOf(sums.negative)}`, `of ${scored}, the rest is neutral`, ""],
    ];
  },

  async renderShare() {
    const { state, data, times } = this;
    const counts = new Map(
      this.sharing().map((entity) => [entity, this.numbers.byBucket(entity, this.filter, state.theme).map((sums) => sums.n)]));
    const shown = state.shown.filter((entity) => counts.has(entity));
    const parts = [];
    const rows = [];
    for (let bucket = state.from; bucket <= state.to; bucket += 1) {
      const all = [...counts.values()].reduce((sum, of) => sum + of[bucket], 0);
      if (!all) continue;
      let low = 0;
      const cells = [];
      const add = (name, n, slot, entity) => {
        const high = low + n / all;
        const tip = `${name}, ${data.buckets[bucket][4]}: ${percent(n / all)}, ${number(n)} of ${plural(all, "voice")}`;
        const { start, end } = times[bucket];
        if (n) parts.push({ start, end, low, high, slot, tip, entity, bucket, pick: entity >= 0, place: bucket * 10 + slot });
        cells.push(`${percent(n / all)} (${number(n)})`);
        low = high;
      };
      for (const entity of shown) add(this.name(entity), counts.get(entity)[bucket], this.slots.get(entity), entity);
      add("all others", all - shown.reduce((sum, entity) => sum + counts.get(entity)[bucket], 0), data.slots, -1);
      rows.push([{ text: data.buckets[bucket][4], isHead: true }, ...cells, number(all)]);
    }
    const shares = this.shares(state.from, state.to);
    byId("share-key").replaceChildren(
      ...shown.map((entity) => {
        const item = make("li", null, { class: `slot-${this.slots.get(entity)}` });
        item.append(make("span", "", { class: "square" }), make("bdi", this.name(entity)), ` ${percent(shares[entity])}`);
        return item;
      }),
    );
    const host = byId("share-chart");
    host.dataset.label = "Share of voice; arrow keys move between parts";
    await draw(host, data.charts.share, { parts, gaps: this.gapRows() }, this.frame(), (datum, mark) =>
      this.pick({ entity: datum.entity, from: datum.bucket, to: datum.bucket }, mark));
    const table = byId("share-table");
    table.querySelector("thead tr").replaceChildren(
      ...[data.grain, ...shown.map((entity) => this.name(entity)), "all others", "voices"].map((text) =>
        make("th", text, { scope: "col" })),
    );
    fillTable(table.querySelector("tbody"), rows);
  },

  /** Rows of a ranking: groups of the company in focus by one key. */
  rankings() {
    const { state, data, numbers } = this;
    const { focus, from, to, theme } = state;
    const row = (key, label, sums, n, extra = {}) => ({ key, label, ...numbers.estimate(sums), nn: n, ...extra });
    const languages = [...state.languages].map((language) => {
      const only = new Filter(data, { ...state, languages: new Set([language]) });
      const sums = numbers.total(focus, only, theme, from, to);
      return row({ language }, data.languages[language][1], sums, sums.n);
    });
    const reach = numbers.reach(focus, this.filter, from, to, (at) => data.reach.outlet[at]);
    const outlets = [...reach].map(([outlet, group]) => row({ outlet }, data.outlets[outlet][0], group, group.n));
    const hasThemes = data.themeEntities.includes(focus);
    const themes = hasThemes
      ? data.themes.map(([, name], place) => {
          const sums = numbers.total(focus, this.filter, place, from, to);
          return row({ theme: place }, name, sums, sums.n);
        })
      : [];
    const ordered = (rows) => rows.filter((each) => each.nn > 0).sort((a, b) => b.nn - a.nn || a.label.localeCompare(b.label));
    return { languages: ordered(languages), outlets: ordered(outlets), themes: ordered(themes), hasThemes };
  },

  async renderRankings() {
    const { state, data } = this;
    const { hasThemes, ...found } = this.rankings();
    document.querySelectorAll(".focus-name").forEach((node) => (node.textContent = this.name(state.focus)));
    byId("themes-missing").hidden = hasThemes || !data.themes.length;
    for (const [kind, rows] of Object.entries(found)) {
      const host = byId(`${kind}-chart`);
      const shown = kind === "outlets" ? rows.slice(0, TOP_OUTLETS) : rows;
      const unit = kind === "outlets" ? "article" : "voice";
      const labels = new Map();
      const drawable = shown.map((row, order) => {
        // two outlets of one name stay two rows
        labels.set(row.label, (labels.get(row.label) ?? 0) + 1);
        const label = labels.get(row.label) > 1 ? `${row.label} (${labels.get(row.label)})` : row.label;
        const tip = `${row.label}: ${spoken(row)}; ${plural(row.nn, unit)}`;
        return { ...row, label: wrapLabel(`${number(row.nn)} · ${label}`, host), order, place: order, pick: true, tip };
      });
      host.hidden = !rows.length;
      byId(`${kind}-none`).hidden = rows.length > 0 || (kind === "themes" && !(hasThemes && data.themes.length));
      host.dataset.label = `Polarity by ${kind}; arrow keys move between rows`;
      const pick = (row, mark) => this.pick({ entity: state.focus, from: state.from, to: state.to, ...row.key }, mark);
      if (rows.length) {
        const rowHeight = drawable.some((row) => row.label.includes("\n")) ? TALL_ROW_HEIGHT : ROW_HEIGHT;
        await draw(
          host, data.charts.ranking, { rows: drawable, zero: [{ value: 0 }] },
          { ...this.style(state.focus), ...this.scale(drawable) }, pick, drawable.length * rowHeight);
      }
      const button = (row) => {
        const node = make("button", "sentences", { type: "button", "aria-label": `Sentences: ${row.label}` });
        node.onclick = () => pick(row, node);
        return node;
      };
      fillTable(
        byId(`${kind}-table`).querySelector("tbody"),
        rows.map((row) => [
          { text: row.label, isHead: true }, number(row.nn), signed(row.value), interval(row), number(row.n), button(row),
        ]),
      );
    }
  },

  /** Show the moves and change points of the chosen companies and period. */
  renderMoves() {
    const { state } = this;
    let hidden = 0;
    document.querySelectorAll("#moves [data-entity]").forEach((move) => {
      const [entity, bucket] = [Number(move.dataset.entity), Number(move.dataset.bucket)];
      const isShown = state.shown.includes(entity) && bucket >= state.from && bucket <= state.to;
      move.hidden = !isShown;
      hidden += isShown ? 0 : 1;
    });
    document.querySelectorAll("[data-mark]").forEach((button) => (button.hidden = !this.isPlain)); // marks are not drawn
    byId("moves-hidden").textContent = hidden ? `${number(hidden)} more, of companies or of a period not chosen above.` : "";
    byId("moves-filter").hidden = this.isPlain;
  },

  fillPointTable(body, entity, points) {
    fillTable(
      body,
      points.map((point) => {
        const button = make("button", "sentences", { type: "button", "aria-label": `Sentences: ${this.name(entity)}, ${point.label}` });
        button.onclick = () => this.pick({ entity, from: point.bucket, to: point.bucket }, button);
        return [
          { text: point.label, isHead: true }, point.n_articles === null ? "–" : number(point.n_articles), number(point.n_voices),
          point.n_outlets === null ? "–" : number(point.n_outlets), percent(point.positive), percent(point.negative),
          signed(point.value), interval(point), number(point.n), button,
        ];
      }),
    );
  },
};

/** Break a label of a ranking into two lines where it is longer than its part of the chart (see charts.py). */
function wrapLabel(text, host) {
  const room = Math.max(120, host.clientWidth * 0.42) / 6.6; // letters of 12 pixels are about 6.6 wide
  const words = text.split(" ");
  let first = 0;
  while (first < words.length && words.slice(0, first + 1).join(" ").length <= room) first += 1;
  const isWhole = first === 0 || first === words.length;
  return isWhole ? text : `${words.slice(0, first).join(" ")}\n${words.slice(first).join(" ")}`;
}

function fillTable(body, rows) {
  body.replaceChildren(
    ...rows.map((cells) => {
      const row = make("tr");
      for (const cell of cells) {
        if (cell instanceof Node) {
          const box = make("td");
          box.append(cell);
          row.append(box);
        } else if (cell.isHead) {
          const head = make("th", null, { scope: "row" });
          head.append(make("bdi", cell.text));
          row.append(head);
        } else row.append(make("td", cell));
      }
      return row;
    }),
  );
}

Object.assign(Page.prototype, methods);
