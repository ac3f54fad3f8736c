// Numbers of the page: reads the data block and adds up voices and articles under a filter.
// aggregate.py does the same in Python, for the tables without a script; payload.py says what the block holds. A place
// is an index into one of its lists.

/** Read the data block: base64 of gzip of JSON. */
async function readPayload(text) {
  const bytes = Uint8Array.from(atob(text.trim()), (sign) => sign.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

/** What a filter lets through: signatures by place, and (outlet, language) pairs. */
class Filter {
  constructor(data, state) {
    this.languages = state.languages;
    this.media = new Set([...state.media].filter((medium) => data.media[medium][2] === state.group));
    this.data = data;
    this.signatures = data.signatures.map((pairs) => {
      for (let i = 0; i < pairs.length; i += 2) {
        if (this.languages.has(pairs[i]) && this.media.has(pairs[i + 1])) return true;
      }
      return false;
    });
  }

  /** True where an article of the outlet in the language counts. */
  meets(outlet, language) {
    return this.languages.has(language) && this.media.has(this.data.outlets[outlet][1]);
  }
}

const noSums = () => ({ n: 0, scored: 0, total: 0, squares: 0, positive: 0, negative: 0 });

function addStory(sums, scored, total, positive, negative) {
  sums.n += 1;
  if (!scored) return;
  const mean = total / scored;
  sums.scored += 1;
  sums.total += mean;
  sums.squares += mean * mean;
  sums.positive += positive / scored;
  sums.negative += negative / scored;
}

class Numbers {
  constructor(data) {
    this.data = data;
    this.byEntity = (columns) => {
      const rows = data.entities.map(() => []);
      columns.entity.forEach((entity, row) => rows[entity].push(row));
      return rows;
    };
    this.voiceRows = this.byEntity(data.voices);
    this.themedRows = this.byEntity(data.themed);
    this.longRows = this.byEntity(data.long);
    this.longThemedRows = this.byEntity(data.longThemed);
    this.reachRows = this.byEntity(data.reach);
  }

  addCell(sums, columns, row) {
    const scale = this.data.scale;
    sums.n += columns.n[row];
    sums.scored += columns.scored[row];
    sums.total += columns.total[row] / scale;
    sums.squares += columns.squares[row] / scale;
    sums.positive += columns.positive[row] / scale;
    sums.negative += columns.negative[row] / scale;
  }

  /** Sums of one company in each bucket; theme -1 is all themes. */
  byBucket(entity, filter, theme) {
    const found = this.data.buckets.map(noSums);
    this.eachCell(entity, filter, theme, (columns, row) => this.addCell(found[columns.bucket[row]], columns, row));
    this.eachLong(entity, theme, (long, row) => {
      if (!filter.signatures[long.signature[row]]) return;
      const total = long.total[row] / this.data.scale;
      addStory(found[long.bucket[row]], long.scored[row], total, long.positive[row], long.negative[row]);
    });
    return found;
  }

  eachCell(entity, filter, theme, visit) {
    const columns = theme < 0 ? this.data.voices : this.data.themed;
    for (const row of (theme < 0 ? this.voiceRows : this.themedRows)[entity]) {
      if (filter.signatures[columns.signature[row]] && (theme < 0 || columns.theme[row] === theme)) visit(columns, row);
    }
  }

  eachLong(entity, theme, visit) {
    const columns = theme < 0 ? this.data.long : this.data.longThemed;
    for (const row of (theme < 0 ? this.longRows : this.longThemedRows)[entity]) {
      if (theme < 0 || columns.theme[row] === theme) visit(columns, row);
    }
  }

  /** Sums of one company over buckets from..to; a story of several buckets counts once. */
  total(entity, filter, theme, from, to) {
    const sums = noSums();
    this.eachCell(entity, filter, theme, (columns, row) => {
      if (columns.bucket[row] >= from && columns.bucket[row] <= to) this.addCell(sums, columns, row);
    });
    const stories = new Map();
    this.eachLong(entity, theme, (long, row) => {
      if (long.bucket[row] < from || long.bucket[row] > to) return;
      const story = stories.get(long.story[row]) ?? { scored: 0, total: 0, positive: 0, negative: 0, meets: false };
      story.scored += long.scored[row];
      story.total += long.total[row] / this.data.scale;
      story.positive += long.positive[row];
      story.negative += long.negative[row];
      story.meets ||= filter.signatures[long.signature[row]];
      stories.set(long.story[row], story);
    });
    for (const story of stories.values()) {
      if (story.meets) addStory(sums, story.scored, story.total, story.positive, story.negative);
    }
    return sums;
  }

  /** Articles, sentences and outlets of one company over buckets; `keyOf(row)` names the group, undefined for all. */
  reach(entity, filter, from, to, keyOf = () => 0) {
    const groups = new Map();
    const { reach, scale } = this.data;
    for (const row of this.reachRows[entity]) {
      if (reach.bucket[row] < from || reach.bucket[row] > to) continue;
      if (!filter.meets(reach.outlet[row], reach.language[row])) continue;
      const key = keyOf(row);
      const group = groups.get(key) ?? { n: 0, sentences: 0, scored: 0, total: 0, squares: 0, outlets: new Set() };
      group.n += reach.n[row];
      group.sentences += reach.sentences[row];
      group.scored += reach.scored[row];
      group.total += reach.total[row] / scale;
      group.squares += reach.squares[row] / scale;
      group.outlets.add(reach.outlet[row]);
      groups.set(key, group);
    }
    return groups;
  }

  quantile(degrees) {
    const exact = this.data.quantiles[degrees - 1];
    if (exact !== undefined) return exact;
    // Abramowitz and Stegun 1964, 26.7.5
    return 1.959963984540054 + 2.372271230299 / degrees + 2.8224986 / degrees ** 2 + 2.5558497 / degrees ** 3;
  }

  /** Mean with its t interval over n; too few have none. */
  estimate({ scored, total, squares }) {
    if (!scored) return { value: null, low: null, high: null, n: 0, few: true };
    const value = total / scored;
    if (scored < this.data.minimum) return { value, low: null, high: null, n: scored, few: true };
    const spread = Math.sqrt(Math.max(0, (squares - scored * value * value) / (scored - 1)));
    const half = (this.quantile(scored - 1) * spread) / Math.sqrt(scored);
    return { value, low: Math.max(-1, value - half), high: Math.min(1, value + half), n: scored, few: false };
  }

  /** Difference of two means with its interval (Welch 1947), null where either is too few. */
  difference(now, before) {
    const [a, b] = [this.estimate(now), this.estimate(before)];
    if (a.few || b.few) return null;
    const part = (sums, mean) => Math.max(0, (sums.squares - sums.scored * mean * mean) / (sums.scored - 1)) / sums.scored;
    const [va, vb] = [part(now, a.value), part(before, b.value)];
    const value = a.value - b.value;
    if (va + vb === 0) return { value, low: value, high: value };
    const degrees = (va + vb) ** 2 / (va ** 2 / (now.scored - 1) + vb ** 2 / (before.scored - 1));
    const half = this.quantile(Math.max(1, Math.floor(degrees))) * Math.sqrt(va + vb);
    return { value, low: value - half, high: value + half };
  }
}
