"""What a person does between the nights: makes the project, adds outlets, mends layouts with overrides."""

import shutil
from pathlib import Path

from analysis.watchlist import shipped_watchlist_path
from bench.simulation.days import date_of
from bench.simulation.events import LAYOUT_OUTAGES, Event, EventKind
from bench.simulation.listings import listing_paths
from bench.simulation.plan import Plan
from bench.simulation.press import LARGE_PER_DAY, Outlet
from newstone.config import CONFIG_NAME, Project, load_project

TIMEOUT_SECONDS = 1.0

PAGES_DAYS = 90

MENDED_AFTER_DAYS = 2
"""Days after which the person has seen a changed layout and written an override."""

CONFIG = f"""\
[crawl]
contact_url = "https://simulation.example/about"
delay_seconds = 0
timeout_seconds = {TIMEOUT_SECONDS}
[extract]
workers = 1
[retention]
pages_days = {PAGES_DAYS}
[backup]
folder = "backups"
keep = 3
"""


def make_project(folder: Path) -> Project:
    """Make a project without sources."""
    (folder / "sources").mkdir(parents=True)
    shutil.copyfile(shipped_watchlist_path(), folder / "watchlist.toml")
    (folder / CONFIG_NAME).write_text(CONFIG, encoding="utf-8")
    return load_project(folder / CONFIG_NAME)


def edit_sources(plan: Plan, folder: Path, night: int) -> int:
    """Write the source files as they stand before a night; gives how many changed."""
    changed = 0
    for outlet in plan.press.outlets:
        if plan.added[outlet.id] > night:
            continue
        path = folder / "sources" / f"{outlet.id}.toml"
        text = source_text(plan, outlet, night)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed += 1
    return changed


def source_text(plan: Plan, outlet: Outlet, night: int) -> str:
    """Give the source file of an outlet as a person would have it on the eve of a night."""
    lines = [
        f'name = "{outlet.name}"',
        f'language = "{outlet.language}"',
        f'country = "{outlet.country}"',
        'medium = "agency"' if outlet is plan.press.outlets[0] else 'medium = "press"',
        f'homepage = "http://{outlet.host}/"',
        *(
            f'[[discovery]]\nkind = "{kind}"\nurl = "http://{outlet.host}{path}"'
            for path, kind in listing_paths(outlet).items()
        ),
    ]
    if outlet.per_day >= LARGE_PER_DAY:
        lines.append("[expect]\narticles_per_day_min = 1")
    lines += [
        override_text(event, night) for event in plan.events_of.get(outlet.id, ()) if is_mended(event, outlet, night)
    ]
    return "\n".join(lines) + "\n"


def is_mended(event: Event, outlet: Outlet, night: int) -> bool:
    """Tell whether the person has written an override for an event before a night."""
    if event.kind not in LAYOUT_OUTAGES or night < event.begin + MENDED_AFTER_DAYS:
        return False
    return event.kind is EventKind.ODD_ELEMENT or (outlet.has_full_feed and outlet.feed != "news_sitemap")


def override_text(event: Event, night: int) -> str:
    """Give the block that mends a layout from the day on which it changed, or came into use again."""
    way = 'body_selector = "aside.sidebar"' if event.kind is EventKind.ODD_ELEMENT else "feed_body = true"
    until = f"\nuntil = {date_of(event.end - 1)}" if night >= event.end + MENDED_AFTER_DAYS else ""
    return f"[[override]]\nsince = {date_of(event.begin)}{until}\n{way}"
