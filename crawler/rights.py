"""Reservations of text and data mining: what a host, an answer and a page say. Read and recorded, nothing decided.

Sources: TDM Reservation Protocol (W3C Community Group, final report 2024) for ``/.well-known/tdmrep.json``, the
``tdm-reservation`` and ``tdm-policy`` headers and meta elements; ``noai`` and ``noimageai`` as publishers write them
into ``X-Robots-Tag`` and meta robots.
"""

import html
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from pipelines.records import Rights

TDMREP_PATH = "/.well-known/tdmrep.json"

MAX_HEAD_BYTES = 256 * 1024
"""Meta elements are looked for in this much of a page: the heads of news pages end well before."""

MAX_RULES = 1000
MAX_VALUE_CHARS = 500
"""A recorded signal is cut here."""

RESERVING_TOKENS = frozenset({"noai", "noml", "notdm", "notrain"})
"""Robots directives that reserve text."""

RECORDED_TOKENS = RESERVING_TOKENS | {"noimageai"}
"""Robots directives that are recorded; noimageai reserves images only."""

_META = re.compile(rb"<meta\b[^<>]{0,4000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""(?<![a-zA-Z:_-])([a-zA-Z:_-]{1,40})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")


@dataclass(frozen=True, slots=True)
class TdmRule:
    """One entry of a tdmrep.json: a location pattern as in robots.txt, a reservation (None: unclear), a policy URL."""

    location: str
    reservation: bool | None
    policy_url: str = ""


def parse_tdmrep(body: bytes) -> tuple[TdmRule, ...]:
    """Give the rules of a tdmrep.json in its order; what is no rule is left out. Never raises on any bytes."""
    try:
        rows = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return ()
    if isinstance(rows, dict):
        rows = [rows]
    if not isinstance(rows, list):
        return ()
    rules = []
    for row in rows[:MAX_RULES]:
        if not isinstance(row, dict) or not isinstance(row.get("location"), str):
            continue
        policy = row.get("tdm-policy")
        rules.append(
            TdmRule(
                row["location"], _reservation(row.get("tdm-reservation")), policy if isinstance(policy, str) else ""
            )
        )
    return tuple(rules)


def rights_of(
    url: str, headers: Iterable[tuple[str, str]], body: bytes = b"", rules: tuple[TdmRule, ...] = ()
) -> Rights:
    """Give the reservations seen with one page.

    ``url`` is the final address, ``headers`` have lower-case names, ``rules`` are those of the host's tdmrep.json.
    Of several matching rules the one with the longest location counts, as in RFC 9309.
    """
    found = _Findings(url)
    rule = _matching_rule(url, rules)
    if rule is not None:
        found.add("tdmrep.json", f"{rule.location} {_shown(rule.reservation)}", rule.reservation)
        found.add_policy(rule.policy_url)
    for name, value in headers:
        if name in ("tdm-reservation", "tdm-policy"):
            found.add_tdm(f"header {name}", name, value)
        elif name == "x-robots-tag":
            found.add_robots("header x-robots-tag", value)
    for name, value in _metas(body[:MAX_HEAD_BYTES]):
        if name in ("tdm-reservation", "tdm-policy"):
            found.add_tdm(f"meta {name}", name, value)
        elif name in ("robots", "x-robots-tag"):
            found.add_robots(f"meta {name}", value)
    return found.rights()


class _Findings:
    def __init__(self, url: str) -> None:
        self.url = url
        self.signals: dict[str, None] = {}
        self.verdicts: set[bool] = set()
        self.policy_url = ""

    def add(self, where: str, value: str, reserves: bool | None) -> None:
        self.signals[f"{where}: {value[:MAX_VALUE_CHARS]}"] = None
        if reserves is not None:
            self.verdicts.add(reserves)

    def add_policy(self, value: str) -> None:
        if value and not self.policy_url:
            try:
                self.policy_url = urljoin(self.url, value.strip())[:MAX_VALUE_CHARS]
            except ValueError:
                self.policy_url = value.strip()[:MAX_VALUE_CHARS]

    def add_tdm(self, where: str, name: str, value: str) -> None:
        self.add(where, value.strip(), _reservation(value) if name == "tdm-reservation" else None)
        if name == "tdm-policy":
            self.add_policy(value)

    def add_robots(self, where: str, value: str) -> None:
        tokens = [token.rpartition(":")[2].strip().lower() for token in value.split(",")]
        for token in tokens:
            if token in RECORDED_TOKENS:
                self.add(where, token, True if token in RESERVING_TOKENS else None)

    def rights(self) -> Rights:
        reserved = True if True in self.verdicts else (False if False in self.verdicts else None)
        return Rights(reserved, self.policy_url, tuple(self.signals))


def _reservation(value: object) -> bool | None:
    text = str(value).strip()
    if text in ("1", "True"):
        return True
    return False if text in ("0", "False") else None


def _shown(reservation: bool | None) -> str:
    return {True: "1", False: "0", None: "unclear"}[reservation]


def _matching_rule(url: str, rules: tuple[TdmRule, ...]) -> TdmRule | None:
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    matching = [rule for rule in rules if _matches(rule.location, path)]
    return max(matching, key=lambda rule: len(rule.location), default=None)


def _matches(location: str, path: str) -> bool:
    """Match as robots.txt does: ``*`` stands for anything, ``$`` for the end. Linear in the length of the path."""
    anchored = location.endswith("$")
    first, *rest = location.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    position = len(first)
    for number, piece in enumerate(rest, 1):
        if anchored and number == len(rest):
            return len(path) - len(piece) >= position and path.endswith(piece)
        found = path.find(piece, position)
        if found < 0:
            return False
        position = found + len(piece)
    return not anchored or position == len(path)


def _metas(head: bytes) -> Iterable[tuple[str, str]]:
    for match in _META.finditer(head):
        attributes = {
            name.lower(): html.unescape(double or single or bare)
            for name, double, single, bare in _ATTRIBUTE.findall(match.group().decode("utf-8", "replace"))
        }
        name = attributes.get("name", attributes.get("http-equiv", "")).strip().lower()
        if name:
            yield name, attributes.get("content", "")
