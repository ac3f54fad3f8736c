"""Pages as rows: which field of the records goes into which column."""

from db.rows import PageRow, PartRecord
from db.times import to_stored
from pipelines.errors import StoreError
from pipelines.outcomes import ARTICLE_OUTCOMES
from pipelines.records import FeedItem

PAGE_COLUMNS = (
    "page_id",
    "url",
    "final_url",
    "source_id",
    "fetched_at",
    "attempt",
    "http_status",
    "content_type",
    "body_bytes",
    "body_sha256",
    "fetch_outcome",
    "fetch_detail",
    "retries",
    "elapsed_seconds",
    "part",
    "record_offset",
    "feed_title",
    "feed_published_raw",
    "feed_author",
    "feed_language",
    "found_in",
    "found_by",
    "rights_reserved",
    "rights_policy_url",
    "rights_signals",
    "run_id",
)
EXTRACTION_COLUMNS = (
    "page_id",
    "extractor",
    "outcome",
    "detail",
    "revision_id",
    "language",
    "language_confidence",
    "published_at",
    "published_basis",
    "published_raw",
    "published_has_time",
    "authors",
    "body_kind",
    "site_name",
    "notes",
    "extracted_at",
    "run_id",
)
REVISION_COLUMNS = ("revision_id", "article_id", "canonical_url", "title", "text", "signature", "run_id")


def check_page(row: PageRow) -> None:
    """Check that a page has exactly one outcome and an article where the outcome says so.

    Raises:
        StoreError: fetch outcome, extract outcome and article contradict each other.
    """
    extraction = row.extraction
    if row.fetch_outcome is not None and extraction.outcome is not row.fetch_outcome:
        raise StoreError(
            f"page {row.url} failed with {row.fetch_outcome.value} but its extraction says {extraction.outcome.value};"
            " give the outcome of the fetch"
        )
    if (extraction.outcome in ARTICLE_OUTCOMES) != (extraction.article is not None):
        has = "no article" if extraction.article is None else "an article"
        raise StoreError(f"page {row.url} has outcome {extraction.outcome.value} and {has}; one of them is wrong")


def page_values(row: PageRow, part: PartRecord) -> tuple[object, ...]:
    """Give the row of table ``page``, in the order of PAGE_COLUMNS."""
    item = row.item or FeedItem(url=row.url)
    return (
        row.page_id,
        row.url,
        row.final_url,
        row.source_id,
        to_stored(row.fetched_at),
        row.attempt,
        row.status,
        row.content_type or None,
        row.body_bytes,
        row.body_sha256 or None,
        None if row.fetch_outcome is None else row.fetch_outcome.value,
        row.fetch_detail or None,
        row.retries,
        row.elapsed_seconds,
        part.name,
        row.record_offset,
        item.title or None,
        item.published_raw or None,
        item.author or None,
        item.language or None,
        item.found_in or None,
        item.found_by or None,
        row.rights.reserved,
        row.rights.policy_url or None,
        row.rights.signals,
        part.run_id,
    )


def extraction_values(row: PageRow, part: PartRecord) -> tuple[object, ...]:
    """Give the row of table ``extraction``, in the order of EXTRACTION_COLUMNS."""
    article = row.extraction.article
    about: tuple[object, ...] = (None,) * 10
    if article is not None:
        about = (
            article.revision_id,
            article.language,
            article.language_confidence,
            to_stored(article.published_at),
            article.published_basis.value,
            article.published_raw or None,
            article.published_has_time,
            article.authors,
            article.body_kind.value,
            article.site_name or None,
        )
    return (
        row.page_id,
        row.extractor or part.extractor,
        row.extraction.outcome.value,
        row.extraction.detail or None,
        *about,
        None if article is None else article.notes,
        to_stored(part.processed_at),
        part.run_id,
    )


def revision_values(row: PageRow, part: PartRecord) -> tuple[object, ...] | None:
    """Give the row of table ``revision``, in the order of REVISION_COLUMNS; None for a page without an article."""
    article = row.extraction.article
    if article is None:
        return None
    return (
        article.revision_id,
        article.article_id,
        article.canonical_url,
        article.title,
        article.text,
        article.signature,
        part.run_id,
    )
