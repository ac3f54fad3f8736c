"""Pages that a damaged part took with it: whatever still lists them brings them back."""

from pathlib import Path

from crawler.state import CrawlState, lock_crawl
from db.backlog import fetched_urls
from db.writer import Writer
from pipelines.errors import NewstoneError
from pipelines.spool import list_new_parts


def bring_back_lost(data_dir: Path, writer: Writer) -> str:
    """Let the crawl forget what it has fetched and the database never got; gives what to tell a person.

    Only while no part waits: then everything that was fetched is in the database, or lost.
    """
    if not (data_dir / "crawl" / "state.sqlite").is_file() or list_new_parts(data_dir):
        return "pages behind the damage are lost"
    try:
        with lock_crawl(data_dir), CrawlState(data_dir) as state:
            n_lost = state.forget_lost(fetched_urls(writer))
    except NewstoneError as error:
        return f"pages behind the damage are lost ({error})"
    return f"{n_lost} pages behind the damage are lost; those that are still listed are fetched again by the next crawl"
