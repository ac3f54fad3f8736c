"""An invented outlet for tests of extraction."""

from typing import Any

from crawler.source import Discovery, DiscoveryKind, Medium, Source


def outlet(source_id: str, **changed: Any) -> Source:
    """Give a British paper with one feed; ``changed`` are fields that are otherwise."""
    home = f"https://{source_id}.example/"
    made = Source(
        id=source_id,
        name=source_id.title(),
        language="en",
        country="GB",
        medium=Medium.PRESS,
        homepage=home,
        discovery=(Discovery(kind=DiscoveryKind.FEED, url=f"{home}feed.xml"),),
    )
    return made.model_copy(update=changed)
