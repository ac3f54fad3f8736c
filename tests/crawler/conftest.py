"""Crawls of the small web in :mod:`tests.crawler.site`, in child processes as in use."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from crawler.run import CrawlJob, CrawlReport, run_crawl
from crawler.source import Source
from crawler.source_files import write_source
from pipelines.records import Page
from pipelines.spool import list_parts, read_pages


@dataclass
class Nights:
    """One data folder, crawled again and again."""

    folder: Path
    job: CrawlJob

    def add_source(
        self,
        source_id: str,
        *listings: tuple[str, str],
        crawl: Mapping[str, Any] | None = None,
        homepage: str = "http://example.test/",
    ) -> None:
        """Write a source file; listings are (kind, URL)."""
        source = Source.model_validate(
            {
                "id": source_id,
                "name": source_id,
                "language": "en",
                "country": "GB",
                "medium": "press",
                "homepage": homepage,
                "discovery": [{"kind": kind, "url": url} for kind, url in listings],
                "crawl": dict(crawl or {}),
            }
        )
        assert self.job.sources_dir is not None
        write_source(source, self.job.sources_dir)

    def crawl(self, **changes: Any) -> CrawlReport:
        return run_crawl(replace(self.job, **changes))

    def pages(self) -> list[Page]:
        """All pages stored so far, in the order stored."""
        return [stored.page for part in list_parts(self.job.data_dir) for stored in read_pages(part)]


def make_nights(folder: Path) -> Nights:
    job = CrawlJob(
        data_dir=folder / "data",
        sources_dir=folder / "sources",
        contact_url="https://example.org/bot",
        delay_seconds=0.0,
        timeout_seconds=3.0,
        canaries=0,
    )
    return Nights(folder, job)


@pytest.fixture
def nights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Nights:
    without_proxy(monkeypatch)
    return make_nights(tmp_path)


def without_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower() in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
            monkeypatch.delenv(name)
