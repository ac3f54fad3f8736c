"""The report page: one HTML file with everything in it, which needs no network and refuses it.

Scripts and styles are allowed by their hashes alone (Content-Security-Policy); Vega runs its expressions in the
interpreter that vega-embed brings, so there is no eval. Text of the press is escaped by the template or lies in the
compressed data block, from which the scripts take it as text.
"""

import base64
import hashlib
from functools import cache
from importlib import resources

from analysis.report import headline, tables
from analysis.report.blind_tables import blind_tables
from analysis.report.buckets import day_text, span_text
from analysis.report.facts import COMPARED, ReportFacts
from analysis.report.payload import build_payload, encode
from analysis.report.safe_text import (
    count,
    country_name,
    language_name,
    medium_name,
    percent,
    plain_text,
    safe_url,
    signed,
)

SCRIPTS = ("numbers.js", "charts.js", "page.js", "sections.js", "filters.js", "sentences.js", "start.js")
"""The scripts of the page in their order; one element, one hash."""


def render_page(facts: ReportFacts) -> str:
    """Give the page as HTML. About half a second, most of it for compressing the data block."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("analysis.report", "."),
        autoescape=True,
        finalize=lambda value: plain_text(value) if type(value) is str else value,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        day=day_text,
        span=span_text,
        url=safe_url,
        language=language_name,
        country=country_name,
        medium=medium_name,
        signed=signed,
        percent=percent,
        interval=headline.interval,
    )
    environment.globals.update(count=count)
    runtime, script, style = _runtime(), "\n".join(_own(name) for name in SCRIPTS), _own("report.css")
    script = f'"use strict";\n(() => {{\n{script}\n}})();'
    policy = (
        f"default-src 'none'; script-src {_hash(runtime)} {_hash(script)}; style-src {_hash(style)}; "
        "base-uri 'none'; form-action 'none'"
    )
    moves = tables.moves(facts)
    return environment.get_template("report.html").render(
        facts=facts,
        policy=policy,
        runtime=Markup(runtime),  # noqa: S704 - ours, and refused above where it could end its element
        script=Markup(script),  # noqa: S704
        style=Markup(style),  # noqa: S704
        payload=encode(build_payload(facts)),
        compared=COMPARED,
        extent=headline.extent(facts),
        recently=headline.recent_text(facts.recent),
        tiles=headline.tiles(facts),
        glance=headline.glance(facts),
        point_tables=tables.point_tables(facts, COMPARED + 1),
        moves=moves,
        top_moves=tables.top_moves(moves),
        change_points=tables.change_points(facts),
        shift=headline.shift(facts),
        blind_tables=blind_tables(facts.blind_spots, facts.subject.name),
        languages=tables.language_rows(facts),
        themes=tables.theme_rows(facts),
        outlets=tables.outlet_rows(facts),
    )


@cache
def _runtime() -> str:
    """Vega, Vega-Lite and vega-embed in one script, in a scope of their own."""
    from vl_convert import javascript_bundle

    bundle: str = javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return f"(() => {{{_closed(bundle)}}})();"


@cache
def _own(name: str) -> str:
    return _closed(resources.files("analysis.report").joinpath(name).read_text(encoding="utf-8"))


def _closed(text: str) -> str:
    """Give the text of a script or style as it is.

    Raises:
        ValueError: it would end its element early.
    """
    if any(sign in text.lower() for sign in ("</script", "</style", "<!--")):
        raise ValueError("a script or style of the page holds an end tag or <!--; write it apart, such as '<' + '!--'")
    return text


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
