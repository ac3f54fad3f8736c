// Filters as controls: what is chosen, what that says in words, and what it changes.

Object.assign(Page.prototype, {
  connect() {
    this.fillLists();
    this.fillChoices();
    byId("filters").addEventListener("change", (event) => this.change(this.chosen(event.target.name)));
    byId("reset").addEventListener("click", () => {
      delete byId("panels").dataset.shown; // the colours may be others
      this.change(this.initialState());
    });
    document.querySelectorAll("[data-all]").forEach((button) =>
      button.addEventListener("click", () =>
        this.change({ [button.dataset.all]: new Set(this.data[button.dataset.all].keys()) })));
    byId("filters-toggle").addEventListener("click", () => {
      const isOpen = byId("filters").classList.toggle("open");
      byId("filters-toggle").setAttribute("aria-expanded", String(isOpen));
    });
    byId("theme-switch").addEventListener("click", () => {
      const root = document.documentElement;
      const isDark = root.dataset.theme
        ? root.dataset.theme === "dark"
        : matchMedia("(prefers-color-scheme: dark)").matches;
      root.dataset.theme = isDark ? "light" : "dark";
    });
    this.connectMenus();
    this.connectSentences();
    this.connectMoves();
  },

  fillLists() {
    const { data } = this;
    const option = (list, value, text) => byId(list).append(make("option", text, { value }));
    data.entities.forEach(([, name], entity) => option("focus", entity, name));
    option("theme", -1, "all themes");
    data.themes.forEach(([, name], theme) => option("theme", theme, name));
    byId("theme").closest("label").hidden = !data.themes.length;
    data.buckets.forEach(([, , since, until], bucket) => {
      option("from", bucket, shortDay(since));
      option("to", bucket, shortDay(until));
    });
  },

  fillChoices() {
    const { data } = this;
    const box = (list, name, value, text, type = "checkbox") => {
      const label = make("label");
      label.append(make("input", null, { type, name, value }), make("bdi", text));
      byId(list).append(label);
      return label;
    };
    data.entities.forEach(([, name], entity) => box("entities", "entity", entity, name));
    data.languages.forEach(([, name], language) => box("languages", "language", language, name));
    for (const group of new Set(["earned", ...data.media.map((medium) => medium[2])])) {
      const kinds = this.mediaOf(group);
      if (!kinds.length) continue;
      const isEarned = group === "earned";
      box("media", "group", group, isEarned ? "earned media:" : `${data.media[kinds[0]][1]} alone`, "radio");
      if (!isEarned) continue;
      kinds.forEach((medium) => box("media", "medium", medium, data.media[medium][1]).classList.add("inner"));
    }
  },

  /** Menus close with Escape and with a click beside them; else Escape closes the sentences. */
  connectMenus() {
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      const open = document.querySelector("#filters details[open]");
      if (open) {
        open.open = false;
        open.querySelector("summary").focus();
      } else this.closeSentences();
    });
    document.addEventListener("click", (event) => {
      document.querySelectorAll("#filters details[open]").forEach((each) => (each.open = each.contains(event.target)));
    });
  },

  /** Places of the media of a group: "earned", or a medium that stands apart. */
  mediaOf(group) {
    return [...this.data.media.keys()].filter((medium) => this.data.media[medium][2] === group);
  },

  /** Read the controls; the one that changed is named by `kind`. An empty choice leaves what was. */
  chosen(kind) {
    const { data, state } = this;
    const numbersOf = (name) =>
      [...document.querySelectorAll(`input[name=${name}]:checked`)].map((input) => Number(input.value));
    const value = (id) => Number(byId(id).value);
    const change = { focus: value("focus"), theme: value("theme"), from: value("from"), to: value("to") };
    if (change.from > change.to) change[kind === "from" ? "to" : "from"] = change[kind];
    change.shown = numbersOf("entity");
    const [languages, media] = [numbersOf("language"), numbersOf("medium")];
    change.languages = new Set(languages.length ? languages : state.languages);
    change.group = document.querySelector("input[name=group]:checked")?.value ?? "earned";
    const apart = [...data.media.keys()].filter((medium) => data.media[medium][2] !== "earned");
    change.media = new Set([...(media.length ? media : this.mediaOf("earned")), ...apart]);
    return change;
  },

  async change(changes) {
    const focusBefore = this.state.focus;
    Object.assign(this.state, changes);
    const { state, data } = this;
    if (!state.shown.includes(state.focus)) state.shown = [state.focus, ...state.shown];
    state.shown.sort((a, b) => a - b);
    while (state.shown.length > data.slots) {
      state.shown.splice(state.shown.findLastIndex((entity) => entity !== state.focus), 1);
    }
    for (const entity of [...this.slots.keys()]) if (!state.shown.includes(entity)) this.slots.delete(entity);
    for (const entity of state.shown) {
      if (this.slots.has(entity)) continue;
      const taken = new Set(this.slots.values());
      this.slots.set(entity, [...Array(data.slots).keys()].find((slot) => !taken.has(slot)));
      delete byId("panels").dataset.shown;
    }
    // one drawing after the other, so that two quick choices never mix
    this.drawing = (this.drawing ?? Promise.resolve()).then(() => this.render());
    await this.drawing;
    // the sentences follow the company and the period
    const [from, to] = [Math.max(this.picked.from, state.from), Math.min(this.picked.to, state.to)];
    this.picked =
      from > to || state.focus !== focusBefore
        ? { entity: state.focus, from: state.from, to: state.to }
        : { ...this.picked, from, to };
    this.showSentences();
  },

  /** What the filter lets through, in words; empty without one. */
  choiceText() {
    const { state, data } = this;
    const parts = [];
    if (state.theme >= 0) parts.push(data.themes[state.theme][1]);
    if (state.languages.size < data.languages.length) {
      parts.push([...state.languages].map((language) => data.languages[language][1]).join(", "));
    }
    const kinds = this.mediaOf(state.group);
    const chosen = kinds.filter((medium) => state.media.has(medium));
    if (state.group !== "earned" || chosen.length < kinds.length) {
      parts.push(chosen.map((medium) => data.media[medium][1]).join(", "));
    }
    if (!this.isWhole) parts.push(`${shortDay(data.buckets[state.from][2])} to ${shortDay(data.buckets[state.to][3])}`);
    return parts.join(" · ");
  },

  renderControls() {
    const { state, data } = this;
    for (const name of ["focus", "theme", "from", "to"]) byId(name).value = state[name];
    const inputs = (name, set) => document.querySelectorAll(`input[name=${name}]`).forEach(set);
    inputs("entity", (input) => {
      const entity = Number(input.value);
      input.checked = state.shown.includes(entity);
      input.disabled = entity === state.focus || (state.shown.length >= data.slots && !input.checked);
    });
    inputs("language", (input) => (input.checked = state.languages.has(Number(input.value))));
    inputs("group", (input) => (input.checked = input.value === state.group));
    inputs("medium", (input) => {
      input.checked = state.media.has(Number(input.value));
      input.disabled = state.group !== "earned";
    });
    this.renderSummaries();
    const { isPlain } = this;
    byId("reset").disabled =
      isPlain && this.isWhole && state.focus === 0 && state.shown.join() === this.firstShown().join();
    byId("method").textContent = isPlain
      ? "Intervals: 95 %, bootstrap over voices. Figures and tables of a part of the period: t interval over voices."
      : "Filtered: a voice counts when one of its copies meets the filter. Intervals: 95 %, t interval over voices. "
        + "Marks of moves and change points are not drawn, as they were found without the filter.";
    const { n } = this.numbers.total(state.focus, this.filter, state.theme, state.from, state.to);
    byId("status").textContent = `${this.name(state.focus)}: ${plural(n, "voice")} in the chosen period`;
  },

  renderSummaries() {
    const { state, data } = this;
    const some = (n, all, noun) => (n === all ? `all ${noun}` : `${n} of ${all} ${noun}`);
    byId("entities-summary").textContent = some(state.shown.length, data.entities.length, "companies");
    byId("languages-summary").textContent = some(state.languages.size, data.languages.length, "languages");
    const group = state.group.replaceAll("_", " ");
    const earned = this.mediaOf("earned");
    const chosen = earned.filter((medium) => state.media.has(medium));
    byId("media-summary").textContent =
      state.group !== "earned" ? group
      : chosen.length === earned.length ? "earned media"
      : chosen.map((medium) => data.media[medium][1]).join(", ");
    byId("apart").hidden = state.group === "earned";
    byId("apart").textContent =
      state.group === "earned" ? "" : `Only ${group}: not earned media, and never added to it.`;
  },
});
