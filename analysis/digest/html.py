"""The HTML part: tables and inline styles for mail programs, one column on a phone, light and dark."""

from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from analysis.digest.letter import Letter
from analysis.digest.wording import Wording

if TYPE_CHECKING:
    from jinja2 import Template

MOST_URL_CHARS = 1500
"""Longest link: a longer one is left out: twenty of them would fill the message."""


def render_html(letter: Letter, *, chart: str) -> str:
    """Lay a letter out as HTML with all styles inlined; ``chart`` is the address of the picture, such as ``cid:…``.

    Everything that comes from the press is escaped, links are http or https only.
    """
    import css_inline

    wording = Wording(letter.language)
    css = _file("digest.css")
    page = _template().render(letter=letter, say=wording.say, chart=chart, css=css, safe_url=safe_url)
    inliner = css_inline.CSSInliner(
        keep_at_rules=True,  # what stands under @media cannot be inlined: phones and dark mode need it as it is
        remove_inlined_selectors=True,
        minify_css=True,
        load_remote_stylesheets=False,
    )
    return inliner.inline(page)


def safe_url(url: str) -> str:
    """Give a link that may stand in a mail: absolute, http or https, not too long; else ""."""
    if len(url) > MOST_URL_CHARS or any(character.isspace() or not character.isprintable() for character in url):
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in {"http", "https"} and parts.hostname else ""


@lru_cache(maxsize=1)
def _template() -> "Template":
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_file("digest.html.j2"))


def _file(name: str) -> str:
    return (resources.files("analysis.digest") / name).read_text(encoding="utf-8")
