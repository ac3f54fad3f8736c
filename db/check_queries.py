"""The checks as queries: each gives one row, with a column ``id``, for every row of the database that is wrong."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One query, what its rows mean, and what to do about them."""

    name: str
    severity: str
    what: str
    remedy: str
    sql: str


KEYS: dict[str, tuple[str, ...]] = {
    "run": ("run_id",),
    "run_end": ("run_id",),
    "part": ("part", "extractor", "state"),
    "page": ("page_id",),
    "extraction": ("page_id", "extractor"),
    "revision": ("revision_id",),
    "entity": ("watchlist_version", "entity"),
    "match_done": ("revision_id", "watchlist_version"),
    "mention": ("mention_id", "watchlist_version"),
    "score": ("mention_id", "model_id", "model_revision"),
    "theme": ("themes_version", "theme"),
    "theme_done": ("revision_id", "themes_version"),
    "theme_hit": ("revision_id", "theme", "themes_version"),
    "text_pruned": ("revision_id", "kept"),
    "body_pruned": ("page_id",),
    "removal": ("removal_id",),
    "forgotten_url": ("url",),
}
"""What identifies a row: the loader keeps it unique, for the tables have no constraints."""

_DAMAGED = "Restore the last backup and report this; a part and its pages are loaded in one transaction."
_REPORT = "Report this with the example; the stage that wrote the row is wrong."

CHECKS: tuple[Check, ...] = (
    Check(
        "page_has_outcome",
        "error",
        "pages without an outcome",
        _DAMAGED,
        "SELECT p.page_id AS id FROM page p WHERE NOT EXISTS (SELECT 1 FROM extraction e WHERE e.page_id = p.page_id)",
    ),
    Check(
        "outcome_has_page",
        "error",
        "outcomes without a page",
        _DAMAGED,
        "SELECT e.page_id AS id FROM extraction e WHERE NOT EXISTS (SELECT 1 FROM page p WHERE p.page_id = e.page_id)",
    ),
    Check(
        "outcome_is_known",
        "error",
        "pages with an outcome outside the vocabulary, or other than that of their fetch",
        _REPORT,
        "SELECT e.page_id AS id FROM extraction e JOIN page p ON p.page_id = e.page_id"
        " WHERE e.outcome NOT IN (SELECT unnest($outcomes)) OR e.outcome <> coalesce(p.fetch_outcome, e.outcome)",
    ),
    Check(
        "page_has_part",
        "error",
        "pages whose WARC part is not in the ledger",
        _DAMAGED,
        "SELECT p.page_id AS id FROM page p WHERE NOT EXISTS (SELECT 1 FROM part t WHERE t.part = p.part)",
    ),
    Check(
        "part_is_complete",
        "error",
        "parts with another number of outcomes than records",
        _DAMAGED,
        # a page that came in an earlier part stays there, so a part may hold fewer pages than records, never more;
        # a damaged part that was restored has two rows in the ledger, and the larger number counts
        "SELECT p.part AS id FROM page p JOIN (SELECT part, max(n_records) AS n FROM part GROUP BY part) t"
        " ON t.part = p.part GROUP BY p.part, t.n HAVING count(*) > t.n",
    ),
    Check(
        "article_outcome_has_revision",
        "error",
        "pages with an article outcome but no stored text, or the reverse",
        _DAMAGED,
        "SELECT e.page_id AS id FROM extraction e LEFT JOIN revision r ON r.revision_id = e.revision_id"
        " WHERE (e.outcome IN (SELECT unnest($article_outcomes))) <> (r.revision_id IS NOT NULL)",
    ),
    Check(
        "revision_has_page",
        "error",
        "article revisions without a page",
        _DAMAGED,
        "SELECT r.revision_id AS id FROM revision r"
        " WHERE NOT EXISTS (SELECT 1 FROM extraction e WHERE e.revision_id = r.revision_id)",
    ),
    Check(
        "mention_has_revision",
        "error",
        "mentions without a revision, or in a revision that the ledger does not call matched",
        _DAMAGED,
        "SELECT m.mention_id AS id FROM mention m WHERE NOT EXISTS ("
        "SELECT 1 FROM match_done d JOIN revision r ON r.revision_id = d.revision_id"
        " WHERE d.revision_id = m.revision_id AND d.watchlist_version = m.watchlist_version)",
    ),
    Check(
        "match_is_complete",
        "error",
        "matched revisions with another number of mentions than the ledger says",
        _DAMAGED,
        "SELECT d.revision_id AS id FROM match_done d LEFT JOIN mention m"
        " ON m.revision_id = d.revision_id AND m.watchlist_version = d.watchlist_version"
        " GROUP BY d.revision_id, d.watchlist_version, d.n_mentions HAVING count(m.mention_id) <> d.n_mentions",
    ),
    Check(
        "mention_entity_is_watched",
        "error",
        "mentions of an entity that their watchlist does not name",
        "Record the watchlist before its mentions.",
        "SELECT m.mention_id AS id FROM mention m WHERE NOT EXISTS ("
        "SELECT 1 FROM entity e WHERE e.entity = m.entity AND e.watchlist_version = m.watchlist_version)",
    ),
    Check(
        "mention_lies_inside",
        "error",
        "mentions that lie outside their title or text, or whose naming is not at its place in the sentence",
        _REPORT,
        "SELECT m.mention_id AS id FROM mention m JOIN revision r ON r.revision_id = m.revision_id"
        " WHERE (m.place = 'title' OR m.revision_id NOT IN ("
        "SELECT t.revision_id FROM text_pruned t WHERE t.kept = 'metadata'))"
        " AND (m.sentence_start < 0 OR m.sentence_start >= m.sentence_end OR m.sentence_end >"
        " length(CASE WHEN m.place = 'title' THEN r.title ELSE r.text END) OR m.surface_start < 0"
        " OR substring(m.sentence, m.surface_start + 1, m.surface_end - m.surface_start) <> m.surface)",
    ),
    Check(
        "sentence_is_quoted",
        "warning",
        "mention sentences that are not word for word in their title or text",
        _REPORT,
        "SELECT m.mention_id AS id FROM mention m JOIN revision r ON r.revision_id = m.revision_id"
        " WHERE (m.place = 'title' OR m.revision_id NOT IN ("
        "SELECT t.revision_id FROM text_pruned t WHERE t.kept = 'metadata'))"
        " AND substring(CASE WHEN m.place = 'title' THEN r.title ELSE r.text END,"
        " m.sentence_start + 1, m.sentence_end - m.sentence_start) <> m.sentence",
    ),
    Check(
        "pruned_text_is_gone",
        "error",
        "texts of which only metadata is kept that still have a text or mention sentences, or that have no revision",
        "Run `newstone prune` and report this.",
        "SELECT t.revision_id AS id FROM text_pruned t LEFT JOIN revision r ON r.revision_id = t.revision_id"
        " WHERE r.revision_id IS NULL OR (t.kept = 'metadata' AND (r.text <> '' OR EXISTS ("
        "SELECT 1 FROM mention m WHERE m.revision_id = t.revision_id AND m.place <> 'title' AND m.sentence <> '')))",
    ),
    Check(
        "forgotten_page_is_empty",
        "error",
        "pages that were taken down and still have a text, a title of a feed or a body in the parts",
        "Run `newstone forget` again with the same arguments and report this.",
        "SELECT p.page_id AS id FROM page p JOIN extraction e ON e.page_id = p.page_id WHERE"
        " (p.fetch_outcome IS NOT DISTINCT FROM 'forgotten') <> (e.outcome = 'forgotten')"
        " OR (e.outcome = 'forgotten' AND (e.revision_id IS NOT NULL OR p.body_bytes > 0 OR p.body_sha256 IS NOT NULL"
        " OR p.feed_title IS NOT NULL))",
    ),
    Check(
        "themes_are_complete",
        "error",
        "revisions with another number of theme hits than the ledger says, or hits without a ledger row",
        _DAMAGED,
        "SELECT coalesce(d.revision_id, h.revision_id) AS id FROM theme_done d FULL JOIN ("
        "SELECT revision_id, themes_version, count(*) AS n FROM theme_hit GROUP BY ALL) h"
        " ON h.revision_id = d.revision_id AND h.themes_version = d.themes_version"
        " WHERE d.n_hits IS DISTINCT FROM coalesce(h.n, 0)",
    ),
    Check(
        "theme_hit_is_a_theme",
        "error",
        "hits of a theme that their version of the themes does not name, or of a text that is not there",
        "Record the themes before their hits.",
        "SELECT h.revision_id AS id FROM theme_hit h WHERE NOT EXISTS ("
        "SELECT 1 FROM theme t WHERE t.theme = h.theme AND t.themes_version = h.themes_version)"
        " OR NOT EXISTS (SELECT 1 FROM revision r WHERE r.revision_id = h.revision_id)",
    ),
    Check(
        "score_has_mention",
        "error",
        "scores without a mention",
        _DAMAGED,
        "SELECT s.mention_id AS id FROM score s"
        " WHERE NOT EXISTS (SELECT 1 FROM mention m WHERE m.mention_id = s.mention_id)",
    ),
    Check(
        "score_is_a_distribution",
        "error",
        "scores whose probabilities do not sum to 1, lie outside 0 to 1, or stand beside the wrong outcome",
        _REPORT,
        # 0.001: softmax in 16-bit floats, rounded, still sums to 1 within this
        "SELECT s.mention_id AS id FROM score s WHERE s.outcome NOT IN (SELECT unnest($score_outcomes))"
        " OR (s.outcome = 'ok' AND NOT coalesce(least(s.p_negative, s.p_neutral, s.p_positive) >= 0"
        " AND abs(s.p_negative + s.p_neutral + s.p_positive - 1) < 0.001"
        " AND s.p_negative IS NOT NULL AND s.p_neutral IS NOT NULL AND s.p_positive IS NOT NULL, FALSE))"
        " OR (s.outcome <> 'ok' AND coalesce(s.p_negative, s.p_neutral, s.p_positive) IS NOT NULL)",
    ),
    Check(
        "paywall_is_not_scored",
        "warning",
        "scored sentences of paywalled texts",
        "The page was once open; its scores stay. Report this where it was always paywalled.",
        "SELECT s.mention_id AS id FROM score s JOIN mention m ON m.mention_id = s.mention_id"
        " JOIN article a ON a.revision_id = m.revision_id"
        " WHERE s.outcome = 'ok' AND a.body_kind NOT IN ('full', 'teaser')",
    ),
    Check(
        "funnel_adds_up",
        "error",
        "counts on the way from page to score that do not add up",
        "Look at the view funnel and report this.",
        "SELECT whole.name AS id FROM (VALUES (2, 'pages'), (4, 'revisions'), (5, 'revisions'), (7, 'mentions'),"
        " (9, 'articles per entity')) wanted (step, name) JOIN funnel whole ON whole.name = wanted.name"
        " AND whole.part_of IS NULL LEFT JOIN funnel part ON part.step = wanted.step AND part.part_of = wanted.name"
        " GROUP BY wanted.step, whole.name, whole.n HAVING coalesce(sum(part.n), 0) <> whole.n",
    ),
    Check(
        "coverage_is_single",
        "error",
        "articles that the view coverage shows more than once for an entity",
        _REPORT,
        "SELECT article_id AS id FROM coverage GROUP BY article_id, entity HAVING count(*) > 1",
    ),
    Check(
        "date_is_not_ahead",
        "warning",
        "articles with a publication date more than a day in the future",
        "Check the clock of this machine and the zone of the source.",
        "SELECT revision_id AS id FROM article WHERE published_at > $latest",
    ),
    Check(
        "source_is_known",
        "warning",
        "sources of articles without a source row: their medium and country are unknown",
        "Record the source files before the pages.",
        "SELECT DISTINCT source_id AS id FROM article WHERE source_id NOT IN (SELECT source_id FROM current_source)",
    ),
    Check(
        "night_has_articles",
        "warning",
        "the last run with pages brought no article although the one before did",
        "See newstone status for the sources that fail.",
        "WITH yields AS ("
        "SELECT run_id, max(extracted_at) AS loaded_at, count(revision_id) AS n_articles FROM extraction"
        " WHERE outcome <> 'forgotten' GROUP BY run_id"
        "), placed AS (SELECT *, row_number() OVER (ORDER BY loaded_at DESC, run_id) AS place FROM yields)"
        " SELECT a.run_id AS id FROM placed a JOIN placed b ON a.place = 1 AND b.place = 2"
        " WHERE a.n_articles = 0 AND b.n_articles > 0",
    ),
)
