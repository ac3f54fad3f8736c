"""How often a feed itself wishes to be asked: <ttl> of RSS 2.0, and updatePeriod of the syndication module."""

from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING

from crawler.xml_text import local_name

if TYPE_CHECKING:
    from lxml import etree

MAX_CHILDREN = 60
"""Children of the channel that are looked at; what is wished stands before the items."""

_PERIODS_SECONDS = MappingProxyType(
    {"hourly": 3600.0, "daily": 86_400.0, "weekly": 604_800.0, "monthly": 2_592_000.0, "yearly": 31_536_000.0}
)


def wished_seconds(root: "etree._Element") -> float:
    """Give the longest pause in seconds that a feed asks for; 0 where it asks for none, or not readably.

    ``ttl`` is in minutes (RSS 2.0); ``updatePeriod`` divided by ``updateFrequency`` is the syndication module's.
    """
    channel = next((child for child in islice(root, MAX_CHILDREN) if local_name(child) == "channel"), root)
    texts = {local_name(child): (child.text or "").strip().lower()[:20] for child in islice(channel, MAX_CHILDREN)}
    ttl = _number(texts.get("ttl", "")) * 60.0
    period = _PERIODS_SECONDS.get(texts.get("updateperiod", ""), 0.0)
    return max(ttl, period / max(_number(texts.get("updatefrequency", "")), 1))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else 0
