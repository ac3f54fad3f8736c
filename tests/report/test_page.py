"""The report page in a real Chromium: it draws, answers, needs no network, and lets nothing of the press run."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from tests.report.browser import BARS, POINTS, choose, marks, opened, redrawn
from tests.report.newsroom import BANS, HOSTILE_TITLE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

DESK: "ViewportSize" = {"width": 1366, "height": 900}
PHONE: "ViewportSize" = {"width": 360, "height": 740}


def test_every_chart_draws_its_marks_and_asks_nobody(page: "Page") -> None:
    assert len(marks(page, POINTS.format(1))) == 7  # eight weeks, one of them not crawled
    assert len(marks(page, BARS.format(1))) == 7
    assert len(marks(page, POINTS.format(2))) == 7
    assert len(marks(page, "#share-chart path.mark")) == 14
    assert [len(marks(page, f"#{kind}-chart path.mark")) for kind in ("themes", "languages", "outlets")] == [1, 2, 3]


def test_a_week_without_a_crawl_is_grey_and_breaks_the_line(page: "Page") -> None:
    chart = "#panels .panel:nth-child(1) .chart:nth-child(1)"
    assert page.locator(f'{chart} path[fill="var(--gap)"]').count() == 1
    # one line before the gap, one after it
    assert page.locator(f'{chart} g.mark-line path[stroke="var(--slot-0)"]').count() == 2


def test_the_spike_is_marked_in_the_chart_and_told_below(page: "Page") -> None:
    numbers = page.locator("#panels .panel:nth-child(1) g.mark-text text").all_text_contents()
    told = page.locator("#moves .move .number").all_text_contents()
    assert "1" in numbers
    assert page.locator("#plain-headline .top-moves a").count() == len(told)
    assert told[0] == "1"
    assert "19 February 2025" in page.locator("#move-1 summary").inner_text()
    assert page.locator("#move-1 .quotes li").count() == 5


@pytest.mark.parametrize(
    ("menu", "label"),
    [
        pytest.param("languages", "English", id="language"),
        pytest.param("media", "press", id="medium"),
        pytest.param("media", "company newsroom alone", id="medium that is not earned"),
        pytest.param("entities", "Globex", id="company"),
    ],
)
def test_each_filter_changes_the_charts_and_reset_brings_them_back(page: "Page", menu: str, label: str) -> None:
    before = page.locator("#panels").inner_html()
    choose(page, menu, label)
    assert page.locator("#panels").inner_html() != before
    with redrawn(page):
        page.locator("#reset").click()
    assert [marks(page, POINTS.format(n)) for n in (1, 2)] != [[], []]
    assert page.locator("#plain-headline").is_visible()


def test_the_period_narrows_every_chart(page: "Page") -> None:
    with redrawn(page):
        page.locator("#from").select_option("6")
    assert len(marks(page, POINTS.format(1))) == 2
    assert len(marks(page, "#share-chart path.mark")) == 4
    headline = page.locator("#filtered-headline").inner_text()
    assert "17 Feb 2025 to 2 Mar 2025" in headline
    assert "in the 2 weeks before (not all crawled)" in headline


def test_the_theme_draws_its_own_curve(page: "Page") -> None:
    before = marks(page, POINTS.format(1))
    with redrawn(page):
        page.locator("#theme").select_option(label=BANS)
    after = marks(page, POINTS.format(1))
    assert after
    assert after != before


def test_another_company_comes_into_focus(page: "Page") -> None:
    with redrawn(page):
        page.locator("#focus").select_option(label="Globex")
    assert "Globex" in page.locator("#panels .panel.focus h3").inner_text()
    assert page.locator("#sentences-heading").inner_text() == "Globex, 6 Jan 2025 to 2 Mar 2025"
    assert page.locator("#languages-title").inner_text() == "Languages: Globex"


def test_a_click_on_a_point_lists_its_sentences(page: "Page") -> None:
    page.locator(POINTS.format(1)).nth(1).click(force=True)
    assert page.locator("#sentences-heading").inner_text() == "Acme, week of 13 January 2025"
    assert "newstone evidence acme 2025-01-13 --until 2025-01-19" in page.locator("#sentences-count").inner_text()
    second = page.locator("#sentences-list li").nth(1).inner_text()
    for part in ("p−", "press, GB, German", "2025-01-1", "UTC", "tiny r1", "News"):
        assert part in second
    link = page.locator("#sentences-list a").first
    assert link.get_attribute("rel") == "noopener noreferrer"
    assert str(link.get_attribute("href")).startswith("https://")


def test_positive_and_negative_sentences_come_in_turn_and_can_be_chosen(page: "Page") -> None:
    page.locator(POINTS.format(1)).nth(1).click(force=True)
    labels = page.locator("#sentences-list .label")
    shown = [text.split()[0] for text in labels.all_text_contents()]
    assert shown[:4] == ["positive", "negative", "positive", "negative"]
    page.locator("#sentences-tone").select_option("negative")
    chosen = labels.all_text_contents()
    assert [text.split()[0] for text in chosen] == ["negative"] * shown.count("negative")
    assert chosen == sorted(chosen, reverse=True)  # the strongest first
    with redrawn(page):
        page.locator("#reset").evaluate("button => { button.disabled = false; button.click(); }")
    assert labels.all_text_contents() == chosen  # the choice stays
    page.locator("#sentences-tone").select_option("all")


def test_a_sentence_of_several_outlets_stands_once_and_names_them(page: "Page") -> None:
    page.locator(POINTS.format(1)).nth(1).click(force=True)
    copied = page.locator("#sentences-list li", has_text="Acme is everywhere.")
    assert copied.count() == 1
    outlets = {name for name in ("Daily", "Blog", "Weekly") if name in copied.locator("summary").inner_text()}
    assert len(outlets) == 2  # the third has the sentence itself
    copied.locator("summary").click()
    assert copied.locator(".source a").count() == 3
    assert "copies together" in page.locator("#sentences-count").inner_text()


def test_a_number_in_the_chart_leads_to_its_move_and_back(page: "Page") -> None:
    page.evaluate("document.querySelectorAll('.move').forEach(move => { move.open = false; })")
    page.locator("#panels .panel:nth-child(1) text.mark", has_text="1").first.click()
    assert page.locator("#move-1").get_attribute("open") is not None
    assert page.evaluate("document.activeElement.closest('.move').id") == "move-1"
    page.locator("#move-1 [data-mark]").click()
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("move 1, week of 17 February")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.closest('.move').id") == "move-1"


def test_sentences_outside_the_chosen_period_give_way(page: "Page") -> None:
    page.locator(POINTS.format(1)).nth(1).click(force=True)
    with redrawn(page):
        page.locator("#from").select_option("3")
    assert page.locator("#sentences-heading").inner_text() == "Acme, 27 Jan 2025 to 2 Mar 2025"


def test_moves_outside_the_chosen_period_are_counted_and_not_shown(page: "Page") -> None:
    n = page.locator(".move:visible").count()
    with redrawn(page):
        page.locator("#to").select_option("4")
    assert page.locator(".move:visible").count() == 0
    assert page.locator("#moves-hidden").inner_text().startswith(f"{n} more")


def test_a_long_name_in_a_ranking_takes_two_lines_and_none_is_cut(page: "Page") -> None:
    lines = page.locator("#themes-chart .mark-text.role-axis-label tspan").all_text_contents()
    assert " ".join(lines).endswith(BANS)
    assert len(lines) == 2


def test_by_keyboard_a_point_is_reached_and_left_again(page: "Page") -> None:
    points = page.locator(POINTS.format(1))
    assert [points.nth(i).get_attribute("tabindex") for i in range(7)] == ["-1"] * 6 + ["0"]  # one tab stop
    points.nth(6).focus()
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "link"  # the number of the move
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    label = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert label.startswith("Acme, week of 3 February 2025: polarity ")
    assert "95 % interval" in label
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "sentences-heading"
    assert page.locator("#sentences-heading").inner_text() == "Acme, week of 3 February 2025"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == label


def test_each_row_of_a_table_leads_to_the_sentences_too(page: "Page") -> None:
    page.locator("#languages-title ~ details summary").click()
    page.get_by_role("button", name="Sentences: German").click()
    assert "German" in page.locator("#sentences-heading").inner_text()
    languages = page.locator("#sentences-list blockquote").evaluate_all("quotes => quotes.map(q => q.lang)")
    assert set(languages) == {"de"}


def test_a_filter_holds_for_the_sentences_as_well(page: "Page") -> None:
    page.locator(POINTS.format(1)).nth(1).click(force=True)
    choose(page, "languages", "English")
    languages = page.locator("#sentences-list blockquote").evaluate_all("quotes => quotes.map(q => q.lang)")
    assert set(languages) == {"de"}


def test_text_of_the_press_stays_text(page: "Page", report_file: Path) -> None:
    assert page.title() == "Acme in the press, 6 January – 2 March 2025"
    assert page.locator("img").count() == 0
    assert page.get_by_text(HOSTILE_TITLE).count() >= 2  # in the moves and in the panel
    for element in page.locator("a[href]").all():
        assert str(element.get_attribute("href")).startswith(("https://", "#"))
    assert "\u202e" not in page.content()  # turned text would read as something else
    assert report_file.read_text(encoding="utf-8").lower().count("</script>") == 3


def test_the_policy_lets_nothing_in_and_nothing_run(page: "Page") -> None:
    policy = str(page.locator("meta[http-equiv]").get_attribute("content"))
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_the_policy_is_in_force(chromium: "Browser", report_file: Path) -> None:
    with opened(chromium, report_file) as (page, seen):
        page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=\"https://tracker.example/x.png\">')")
        page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = 1'}))")
        page.wait_for_timeout(200)
        assert page.evaluate("window.ran") is None
        assert any("Content Security Policy" in message for message in seen.messages)


def test_on_a_phone_nothing_runs_over_the_edge(chromium: "Browser", report_file: Path) -> None:
    with opened(chromium, report_file, viewport=PHONE, has_touch=True) as (page, _):
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        page.locator("#filters-toggle").click()
        assert page.locator("#focus").is_visible()
        page.locator(POINTS.format(1)).nth(0).tap(force=True)
        box = page.locator("#sentences").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= PHONE["height"] + 1  # a sheet at the lower edge
        page.locator("#sentences-close").click()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.fixture(scope="module")
def axe_page(chromium: "Browser", report_file: Path) -> "Iterator[Page]":
    from axe_playwright_python.base import AXE_FILE_PATH

    with opened(chromium, report_file, bypass_csp=True) as (page, _):
        page.evaluate(Path(AXE_FILE_PATH).read_text(encoding="utf-8"))
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
        yield page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing_serious(
    axe_page: "Page", scheme: Literal["light", "dark"], viewport: "ViewportSize"
) -> None:
    axe_page.emulate_media(color_scheme=scheme)
    axe_page.set_viewport_size(viewport)
    found: dict[str, Any] = axe_page.evaluate("axe.run({resultTypes: ['violations']})")
    serious = [
        (violation["id"], violation["nodes"][0]["html"][:200], violation["nodes"][0]["failureSummary"])
        for violation in found["violations"]
        if violation["impact"] in {"serious", "critical"}
    ]
    assert serious == []


def test_dark_is_dark_and_the_switch_turns_it(chromium: "Browser", report_file: Path) -> None:
    with opened(chromium, report_file, color_scheme="dark") as (page, _):
        background = "getComputedStyle(document.documentElement).backgroundColor"
        line = f"getComputedStyle(document.querySelector({POINTS.format(1)!r})).fill"
        dark = page.evaluate(background), page.evaluate(line)
        page.locator("#theme-switch").click()
        light = page.evaluate(background), page.evaluate(line)
    assert dark[0] == "rgb(20, 23, 26)"
    assert light[0] == "rgb(255, 255, 255)"
    assert dark[1] != light[1]  # the charts turn too


def test_it_prints_light_with_open_sections_and_without_controls(chromium: "Browser", report_file: Path) -> None:
    with opened(chromium, report_file, color_scheme="dark") as (page, _):
        pdf = page.pdf(format="A4", print_background=True)
        assert page.locator("details.printed:not([open])").count() == 0
        page.emulate_media(media="print", color_scheme="dark")
        assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
        assert not page.locator("#filters").is_visible()
    assert pdf.startswith(b"%PDF")
    assert len(pdf) > 50_000


def test_without_a_script_tables_and_moves_are_there(chromium: "Browser", report_file: Path) -> None:
    with opened(chromium, report_file, java_script_enabled=False) as (page, _):
        text = page.inner_text("body")
        assert "Without JavaScript" in text
        assert not page.locator("#filters").is_visible()
        assert page.locator("section.without-script details").first.is_visible()
        assert page.locator("#move-1 .quotes li").first.is_visible()
