"""The HTML part in a real Chromium: nothing overflows, the picture shows, everything can be read in light and dark."""

import base64
import re
import struct
from typing import TYPE_CHECKING, Literal

import pytest

from analysis.digest.charts import SCALE, draw_trend
from analysis.digest.message import Rendered, render_digest
from tests.digest import samples

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CONTRAST = """() => {
  const channel = c => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4 }
  const numbers = c => c.match(/[\\d.]+/g).map(Number)
  const light = c => { const [r, g, b] = numbers(c).map(channel); return 0.2126 * r + 0.7152 * g + 0.0722 * b }
  const behind = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor
    if (numbers(c)[3] !== 0) return c } return 'rgb(255, 255, 255)' }
  const poor = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement
    if (!walker.currentNode.data.trim() || !e.getClientRects().length) continue
    const [a, b] = [light(getComputedStyle(e).color), light(behind(e))]
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
    if (ratio < 4.5) poor.push(walker.currentNode.data.trim().slice(0, 40) + ' ' + ratio.toFixed(2))
  }
  return poor
}"""
"""Texts whose contrast to their background is below 4.5 : 1 (WCAG 2.2, 1.4.3)."""


def opened(
    chromium: "Browser", rendered: Rendered, width: int, scheme: Literal["light", "dark"] = "light"
) -> "tuple[Page, list[str]]":
    """Open the HTML part with its picture in place; gives the page and what it asked the network for."""
    page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    picture = "data:image/png;base64," + base64.b64encode(rendered.png).decode()
    page.set_content(rendered.html.replace(f"cid:{rendered.cid}", picture))
    return page, [url for url in asked if not url.startswith("data:")]


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("width", [600, 375, 320])
def test_nothing_overflows_and_the_picture_shows(chromium: "Browser", language: str, width: int) -> None:
    long = samples.move(name="Donaudampfschifffahrtsgesellschaft" * 2, stories=(samples.story("W" * 160),))
    page, asked = opened(chromium, render_digest(samples.ordinary(language, moves=(long, samples.move()))), width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    shown = page.evaluate("(() => { const i = document.images[0]; return [i.complete, i.naturalWidth, i.width] })()")
    assert shown[0] is True
    assert shown[1] > 1000
    assert width * 0.8 < shown[2] <= 552
    assert asked == []
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_enough_contrast(chromium: "Browser", scheme: Literal["light", "dark"]) -> None:
    page, _ = opened(chromium, render_digest(samples.ordinary(), unsubscribe="https://list.example/off"), 600, scheme)
    assert page.evaluate(CONTRAST) == []
    page.close()


def test_dark_mode_is_dark_and_the_preheader_stays_hidden(chromium: "Browser") -> None:
    page, _ = opened(chromium, render_digest(samples.ordinary()), 375, "dark")
    assert page.evaluate("getComputedStyle(document.querySelector('.sheet')).backgroundColor") == "rgb(26, 33, 43)"
    assert not page.locator("body > div").first.is_visible()
    page.close()


def test_titles_keep_their_language_and_direction(chromium: "Browser") -> None:
    page, _ = opened(chromium, render_digest(samples.ordinary("de")), 600)
    arabic = page.locator('[lang="ar"]')
    assert arabic.get_attribute("dir") == "rtl"
    assert page.locator('[lang="zh"]').inner_text() == "深度求索发布新模型"
    assert page.evaluate("document.documentElement.lang") == "de"
    page.close()


def test_a_phone_stacks_the_headline_figures(chromium: "Browser") -> None:
    script = "[...document.querySelectorAll('.tile')].map(e => Math.round(e.getBoundingClientRect().top))"
    for width, n_rows in ((600, 1), (375, 3)):
        page, _ = opened(chromium, render_digest(samples.ordinary()), width)
        assert len(set(page.evaluate(script))) == n_rows
        page.close()


def test_the_chart_is_a_sharp_png_that_is_the_same_each_time() -> None:
    png = draw_trend(samples.trend(), samples.WEEK, "de")
    width, _height = struct.unpack(">II", png[16:24])
    assert 500 * SCALE <= width <= 620 * SCALE
    assert len(png) < 200_000
    draw_trend.cache_clear()
    assert draw_trend(samples.trend(), samples.WEEK, "de") == png
    assert draw_trend(samples.trend(), samples.WEEK, "en") != png


def test_the_chart_of_a_single_week_is_drawn_and_that_of_none_is_not() -> None:
    assert draw_trend(samples.trend(12, tuple(range(11))), samples.WEEK, "en").startswith(b"\x89PNG")
    assert draw_trend(samples.trend(12, tuple(range(12))), samples.WEEK, "en") == b""


def test_styles_stand_at_the_elements_for_programs_that_drop_style_sheets() -> None:
    html = render_digest(samples.ordinary()).html
    without_sheet = re.sub(r"(?s)<style.*?</style>", "", html)
    assert without_sheet.count('style="') > 100
    assert "font-size:26px" in without_sheet.replace(" ", "")
