// The panel with the sentences behind a point, and the way between the marks of moves and their entries.

const TONES = ["positive", "negative", "neutral", "unscored"];

/** The most probable label of a sentence; "unscored" where there is none. */
function toneOf([, , , , , , negative, neutral, positive, polarity]) {
  if (polarity === null) return "unscored";
  if (negative > Math.max(neutral, positive)) return "negative";
  return positive > Math.max(neutral, negative) ? "positive" : "neutral";
}

/** Take one of each list in turn until all are empty. */
function inTurn(lists) {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, i) => lists.flatMap((list) => list.slice(i, i + 1))).flat();
}

Object.assign(Page.prototype, {
  connectSentences() {
    byId("sentences-close").addEventListener("click", () => this.closeSentences());
    byId("sentences-tone").addEventListener("change", (event) => {
      this.tone = event.target.value;
      this.showSentences();
    });
    document.addEventListener("click", (event) => {
      const button = event.target.closest("[data-sentences]");
      if (!button) return;
      const [entity, from, to] = button.dataset.sentences.split(" ").map(Number);
      this.pick({ entity, from, to }, button);
    });
  },

  /** List the sentences of a point; by keyboard the focus goes there, and comes back with Escape. */
  pick(what, mark) {
    this.picked = what;
    this.cameFrom = mark ?? document.activeElement;
    this.showSentences();
    const panel = byId("sentences");
    panel.classList.add("open");
    panel.scrollTop = 0;
    if (mark || getComputedStyle(panel).position === "fixed") byId("sentences-heading").focus({ preventScroll: true });
  },

  closeSentences() {
    const panel = byId("sentences");
    if (!panel.classList.contains("open")) return;
    panel.classList.remove("open");
    if (panel.contains(document.activeElement)) this.cameFrom?.focus?.();
  },

  /** Sentences of the page behind what was picked, copies together: a list of lists, the strongest first. */
  pickedSentences() {
    const { entity, from, to, language: only, outlet: one, theme = this.state.theme } = this.picked;
    const texts = new Map();
    for (const row of this.sentencesOf[entity]) {
      const [, , outlet, language, , themes] = this.data.articles[row[2]];
      const isMeant =
        row[1] >= from && row[1] <= to && this.filter.meets(outlet, language) &&
        (only === undefined || language === only) && (one === undefined || outlet === one) &&
        (theme < 0 || themes.includes(theme));
      if (isMeant) texts.set(row[3], [...(texts.get(row[3]) ?? []), row]);
    }
    const strength = ([row]) => Math.abs(row[9] ?? 0);
    return [...texts.values()].sort((a, b) => strength(b) - strength(a));
  },

  /** Number of all sentences in the database behind what was picked. */
  countAll() {
    const { entity, from, to, language, outlet } = this.picked;
    const { reach } = this.data;
    const isMeant = (row) =>
      (language === undefined || reach.language[row] === language) &&
      (outlet === undefined || reach.outlet[row] === outlet);
    return this.numbers.reach(entity, this.filter, from, to, isMeant).get(true)?.sentences ?? 0;
  },

  showSentences() {
    const { data, picked } = this;
    const [first, last] = [data.buckets[picked.from], data.buckets[picked.to]];
    const group =
      data.languages[picked.language]?.[1] ?? data.outlets[picked.outlet]?.[0] ?? data.themes[picked.theme]?.[1];
    const period = picked.from === picked.to ? first[4] : `${shortDay(first[2])} to ${shortDay(last[3])}`;
    byId("sentences-heading").replaceChildren(
      make("bdi", this.name(picked.entity)), `, ${period}`, group ? make("bdi", `, ${group}`) : "");
    const sentences = this.pickedSentences();
    const n = sentences.reduce((sum, copies) => sum + copies.length, 0);
    const isThemed = (picked.theme ?? this.state.theme) >= 0;
    const counted = isThemed
      ? `${plural(n, "sentence")} of articles on the theme`
      : `${number(n)} of ${plural(this.countAll(), "sentence")}`;
    const until = first[2] === last[3] ? "" : ` --until ${last[3]}`;
    byId("sentences-count").replaceChildren(
      `${counted}, the strongest${n > sentences.length ? ", copies together" : ""}. All of these days: `,
      make("code", `newstone evidence ${data.entities[picked.entity][0]} ${first[2]}${until}`));
    const byTone = Object.fromEntries(TONES.map((tone) => [tone, sentences.filter(([row]) => toneOf(row) === tone)]));
    this.renderTones(byTone, sentences.length);
    const { positive, negative, neutral, unscored } = byTone;
    const shown = this.tone === "all" ? [...inTurn([positive, negative]), ...neutral, ...unscored] : byTone[this.tone];
    byId("sentences-list").replaceChildren(...shown.map((copies) => this.sentenceItem(copies)));
  },

  /** The choice of tones with their counts; one that is empty here gives way to all. */
  renderTones(byTone, n) {
    if (this.tone !== "all" && !byTone[this.tone].length) this.tone = "all";
    const options = [["all", n], ...TONES.map((tone) => [tone, byTone[tone].length])].filter(([, count]) => count);
    byId("sentences-tone").replaceChildren(
      ...options.map(([tone, count]) => {
        const text = tone === "all" ? "positive and negative in turn" : tone === "unscored" ? "not scored" : tone;
        return make("option", `${text} (${number(count)})`, { value: tone });
      }));
    byId("sentences-tone").value = this.tone;
    byId("sentences-tone").closest("label").hidden = !n;
  },

  sentenceItem([row, ...copies]) {
    const { data } = this;
    const [, , article, text, start, end, negative, neutral, positive, polarity, outcome] = row;
    const item = make("li");
    const tone = toneOf(row);
    const quote = make("blockquote", null, { lang: data.languages[data.articles[article][3]][0], dir: "auto" });
    quote.append(text.slice(0, start), make("b", text.slice(start, end)), text.slice(end));
    const scores = polarity === null
      ? outcome.replaceAll("_", " ")
      : `p− ${negative.toFixed(2)} · p0 ${neutral.toFixed(2)} · p+ ${positive.toFixed(2)}`;
    const head = make("p", null, { class: "tone" });
    head.append(
      make("span", polarity === null ? "not scored" : `${tone} ${signed(polarity)}`, { class: `label ${tone}` }),
      make("span", scores, { class: "scores" }));
    const source = this.sourceOf(article);
    if (polarity !== null) {
      source.append(" · ", make("span", `${data.model[0]} ${data.model[1].slice(0, 8)}`, { class: "model" }));
    }
    item.append(head, quote, source);
    if (copies.length) {
      const also = make("details", null, { class: "copies" });
      also.append(make("summary", `also in ${this.outletsOf(copies, article)}`));
      also.append(...copies.map((copy) => this.sourceOf(copy[2])));
      item.append(also);
    }
    return item;
  },

  /** Names of the outlets of copies, each once. */
  outletsOf(copies, article) {
    const places = new Set(copies.map((copy) => this.data.articles[copy[2]][2]));
    places.delete(this.data.articles[article][2]);
    return [...places].map((outlet) => this.data.outlets[outlet][0]).join(", ") || "the same outlet";
  },

  sourceOf(article) {
    const { data } = this;
    const [title, url, outlet, language, published] = data.articles[article];
    const [name, medium, country] = data.outlets[outlet];
    const about = [data.media[medium][1], country, data.languages[language][1]].filter(Boolean).join(", ");
    const link = url ? make("a", null, { href: url, rel: "noopener noreferrer", target: "_blank" }) : make("span");
    link.append(make("bdi", title || "(no title)"));
    const source = make("p", null, { class: "source" });
    source.append(make("bdi", name), ` (${about}), ${published} UTC: `, link);
    return source;
  },

  /** A button of each move leads to its mark; the mark (see charts.js) and the links on top lead to the move. */
  connectMoves() {
    document.addEventListener("click", (event) => {
      const move = event.target.closest("[data-mark]")?.closest(".move");
      if (move) this.goToMark(move);
      const link = event.target.closest('a[href^="#move-"]');
      if (!link) return;
      event.preventDefault();
      this.goToMoves([Number(link.hash.replace("#move-", ""))]);
    });
  },

  /** Open the entries of the moves of a mark and go to the first. */
  goToMoves(places) {
    const moves = places.map((place) => byId(`move-${place}`));
    moves.forEach((move) => (move.open = true));
    moves[0].scrollIntoView();
    moves[0].querySelector("summary").focus({ preventScroll: true });
  },

  goToMark(move) {
    const panel = document.querySelector(`.panel[data-entity="${move.dataset.entity}"]`);
    const number = move.id.replace("move-", "");
    const mark = [...panel.querySelectorAll(".mark-text .mark")].find((each) =>
      each.textContent.split(" ").includes(number));
    panel.scrollIntoView();
    mark?.focus({ preventScroll: true });
  },
});
