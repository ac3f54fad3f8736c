"""Opens the report page in a real browser, and reads what a person would read."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

POINTS = "#panels .panel:nth-child({}) .chart:nth-child(1) path.mark"
BARS = "#panels .panel:nth-child({}) .chart:nth-child(2) path.mark"


@dataclass
class Seen:
    """What the page said and asked for while it was open."""

    messages: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@contextmanager
def opened(browser: "Browser", file: Path, **options: Any) -> "Iterator[tuple[Page, Seen]]":
    """Open the page in a context of its own and wait until it is drawn."""
    context = browser.new_context(**{"viewport": {"width": 1366, "height": 900}, **options})
    try:
        page = context.new_page()
        seen = Seen()
        page.on("console", lambda message: seen.messages.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: seen.messages.append(f"error: {error}"))
        page.on("request", lambda request: seen.requests.append(request.url))
        page.goto(file.as_uri())
        if options.get("java_script_enabled", True):
            page.wait_for_selector("html[data-ready]", timeout=20_000)
        yield page, seen
    finally:
        context.close()


@contextmanager
def redrawn(page: "Page") -> Iterator[None]:
    """Wait until the page is drawn again after what is done within."""
    before = page.evaluate("document.documentElement.dataset.ready")
    yield
    page.wait_for_function("before => document.documentElement.dataset.ready !== before", arg=before, timeout=20_000)


def closed(page: "Page") -> None:
    """Bring the page back to where it was opened: no filter, nothing picked, the first move alone is open."""
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = d.matches('.shift, #move-1'); })")
    page.locator("#sentences-close").dispatch_event("click")
    page.evaluate("document.activeElement.blur()")
    if page.locator("#reset").is_enabled():
        with redrawn(page):
            page.locator("#reset").click()


def choose(page: "Page", menu: str, label: str) -> None:
    """Click an option of the menu (entities, languages, media) and wait for the page."""
    page.locator(f"#filters details:has(#{menu}) summary").click()
    with redrawn(page):
        page.locator(f"#{menu} label", has_text=label).first.click()
    page.keyboard.press("Escape")


def table_rows(page: "Page", selector: str) -> list[list[str]]:
    """Give the cells of the body of a table, shown or not."""
    rows: list[list[str]] = page.evaluate(
        "selector => [...document.querySelectorAll(selector + ' tbody tr')]"
        ".map(row => [...row.children].map(cell => cell.textContent.trim()))",
        selector,
    )
    return rows


def marks(page: "Page", selector: str) -> list[str]:
    """Give the labels of the marks of a chart, from left to right."""
    labels: list[str] = page.eval_on_selector_all(selector, "marks => marks.map(m => m.getAttribute('aria-label'))")
    return labels
