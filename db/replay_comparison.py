"""A replayed database beside the original: which rows are equal, which are not."""
# ruff: noqa: S608  (the statements are made of names of our own)

from dataclasses import dataclass
from pathlib import Path

from db.writer import open_writer

_NEWEST = "QUALIFY row_number() OVER (PARTITION BY e.page_id ORDER BY e.extracted_at DESC, e.extractor DESC) = 1"

_SCOPE = f"""
CREATE OR REPLACE TEMP TABLE scope_part AS SELECT DISTINCT part FROM replayed.part;
CREATE OR REPLACE TEMP TABLE cut_page AS SELECT page_id FROM body_pruned;
CREATE OR REPLACE TEMP TABLE cut_text AS SELECT DISTINCT revision_id FROM text_pruned;
CREATE OR REPLACE TEMP TABLE outcome_original AS
SELECT e.* FROM extraction e JOIN page p ON p.page_id = e.page_id
WHERE p.part IN (SELECT part FROM scope_part) AND p.page_id NOT IN (SELECT page_id FROM cut_page) {_NEWEST};
CREATE OR REPLACE TEMP TABLE outcome_replayed AS SELECT e.* FROM replayed.extraction e {_NEWEST};
"""

_PAGE = (
    "page_id, url, final_url, source_id, fetched_at, attempt, http_status, content_type, body_bytes, body_sha256,"
    " fetch_outcome, fetch_detail, retries, elapsed_seconds, part, record_offset, feed_title, feed_published_raw,"
    " feed_author, feed_language, found_in, found_by, rights_reserved, rights_policy_url, rights_signals"
)
_OUTCOME = (
    "page_id, outcome, detail, revision_id, language, language_confidence, published_at, published_basis,"
    " published_raw, published_has_time, authors, body_kind, site_name, notes"
)
_IN_TEXTS = (
    "{alias}.revision_id IN (SELECT revision_id FROM outcome_{side})"
    " AND {alias}.revision_id NOT IN (SELECT revision_id FROM cut_text)"
)
_MENTIONS = (
    "FROM {db}mention m JOIN {db}current_watchlist w ON w.version = m.watchlist_version WHERE"
    f" {_IN_TEXTS.replace('{alias}', 'm')}"
)
_COMPARED = {
    "pages": f"SELECT {_PAGE} FROM {{db}}page WHERE page_id IN (SELECT page_id FROM outcome_{{side}})",
    "outcomes": f"SELECT {_OUTCOME} FROM outcome_{{side}}",
    "texts": "SELECT revision_id, article_id, canonical_url, title, text, signature FROM {db}revision r"
    f" WHERE {_IN_TEXTS.replace('{alias}', 'r')}",
    "mentions": "SELECT m.revision_id, entity, place, sentence, sentence_start, sentence_end, surface, surface_start,"
    f" surface_end, language {_MENTIONS}",
    "themes": "SELECT h.revision_id, theme, n_sentences, in_title, in_lead, is_about FROM {db}theme_hit h"
    " JOIN {db}current_theme_set s ON s.version = h.themes_version"
    f" WHERE {_IN_TEXTS.replace('{alias}', 'h')}",
    "scores": "SELECT m.revision_id, m.entity, m.place, m.sentence_start, s.outcome, s.p_negative, s.p_neutral,"
    f" s.p_positive FROM (SELECT m.* {_MENTIONS}) m JOIN {{db}}score s ON s.mention_id = m.mention_id"
    " JOIN {db}current_model c ON c.model_id = s.model_id AND c.model_revision = s.model_revision",
}


@dataclass(frozen=True, slots=True)
class Compared:
    """One kind of rows: how many are equal, and how many stand in one database alone; ``example`` is one of these."""

    name: str
    n_equal: int
    n_only_original: int
    n_only_replayed: int
    example: str


def compare_replay(original: Path, replayed: Path) -> list[Compared]:
    """Compare the rows of the parts that were replayed, of the newest extraction, the current watchlist and model.

    Times of the work, run ids and versions do not count, nor do pages and texts of which retention has taken something.

    Raises:
        BusyError: another process has the original open.
        StoreError: one of them cannot be opened.
    """
    results = []
    with open_writer(original) as writer:
        quoted = str(replayed).replace("'", "''")
        writer.connection.execute(f"ATTACH '{quoted}' AS replayed (READ_ONLY)")
        try:
            writer.connection.execute(_SCOPE)
            for name, sql in _COMPARED.items():
                first = sql.format(db="", side="original")
                second = sql.format(db="replayed.", side="replayed")
                total = writer.fetch(f"SELECT count(*) FROM ({first})")[0][0]
                gone = writer.fetch(_difference(first, second))[0]
                come = writer.fetch(_difference(second, first))[0]
                n_gone, n_come = int(str(gone[0])), int(str(come[0]))
                example = str(gone[1] or come[1] or "")
                results.append(Compared(name, int(str(total)) - n_gone, n_gone, n_come, example))
        finally:
            for table in ("scope_part", "cut_page", "cut_text", "outcome_original", "outcome_replayed"):
                writer.connection.execute(f"DROP TABLE IF EXISTS {table}")
            writer.connection.execute("DETACH replayed")
    return results


def _difference(one: str, other: str) -> str:
    return f"SELECT count(*), min(CAST(d AS VARCHAR)) FROM (({one}) EXCEPT ALL ({other})) d"
