// Starts the page: reads the data block, draws, and lists the sentences of the subject's largest move.

addEventListener("beforeprint", () =>
  document.querySelectorAll("details.printed").forEach((each) => (each.open = true)));

/** The point whose sentences stand in the panel at first: the largest move of the subject, else a busiest point. */
function firstPick(data) {
  const move = data.moves.filter(([entity]) => entity === 0).sort((a, b) => Math.abs(b[3]) - Math.abs(a[3]))[0];
  if (move) return { entity: 0, from: move[1], to: move[1] };
  const entity = Math.max(0, data.entities.findIndex((_, place) => data.series[place]?.length));
  const busiest = [...(data.series[entity] ?? [])].sort((a, b) => b[2] - a[2])[0];
  const bucket = busiest?.[0] ?? 0;
  return { entity, from: bucket, to: bucket };
}

(async () => {
  try {
    const data = await readPayload(byId("payload").textContent);
    const page = new Page(data);
    document.documentElement.classList.add("scripted");
    page.picked = firstPick(data);
    page.connect();
    await page.render();
    page.showSentences();
  } catch (error) {
    // an old browser: the tables and the moves that need no script stay
    document.documentElement.classList.remove("scripted");
    byId("failed").hidden = false;
    byId("failed").textContent = `The charts could not be drawn (${error.message}). The tables below hold the numbers.`;
    console.error(error);
  }
})();
