"""What the letter says: honest where little is known, the same in both parts, nothing of the press unescaped."""

import re
from dataclasses import replace
from datetime import date

import pytest

from analysis.digest.html import render_html, safe_url
from analysis.digest.message import render_digest
from analysis.digest.moves import TONE
from analysis.digest.records import Digest, MoveKind, Standing
from analysis.digest.text import render_text
from analysis.digest.writing import write_letter
from analysis.measures import Estimate
from tests.digest import samples

LANGUAGES = ("en", "de")
FIGURE = re.compile(r"[+−]?\d+(?:[.,:]\d+)*")


def said(digest: Digest) -> str:
    """The text part on one line, for looking up sentences."""
    return " ".join(render_text(write_letter(digest)).split())


def visible(html: str) -> str:
    without = re.sub(r"(?s)<(style|title).*?</\1>|<!--.*?-->", " ", html)
    return re.sub(r"<[^>]+>", " ", without)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_text_part_has_every_figure_of_the_html_part(language: str) -> None:
    rendered = render_digest(samples.ordinary(language))
    of_html, of_text = FIGURE.findall(visible(rendered.html)), set(FIGURE.findall(rendered.text))
    assert len(of_html) > 100
    assert set(of_html) - of_text == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_text_part_has_every_link_of_the_html_part(language: str) -> None:
    rendered = render_digest(samples.ordinary(language), unsubscribe="https://list.example/off")
    links = set(re.findall(r'href="([^"]+)"', rendered.html))
    assert len(links) == 4
    assert all(link in rendered.text for link in links)


@pytest.mark.parametrize("language", LANGUAGES)
def test_lines_of_the_text_part_are_short_unless_they_are_links_or_commands(language: str) -> None:
    lines = render_digest(samples.ordinary(language)).text.splitlines()
    assert [line for line in lines if len(line) > 76 and "://" not in line and "newstone label" not in line] == []


def test_the_text_part_gives_the_weeks_of_the_chart_as_lines() -> None:
    text = render_text(write_letter(samples.ordinary())).replace("\u00a0", " ")
    for line in (
        "11 Nov: +0.30 (+0.10 to +0.50; n = 9), 10 articles",
        "2 Dec: not read",
        "16 Dec: +0.40 (too few for an interval; n = 3), 25 articles",
    ):
        assert f"  {line}\n" in text
    quiet = samples.ordinary(trend=replace(samples.trend(12), gaps=()))
    assert "  2 Dec: no articles\n" in render_text(write_letter(quiet))


def test_a_change_that_excludes_zero_is_told_with_mix_and_within() -> None:
    text = said(samples.ordinary())
    assert "The polarity fell by 0.43 (−0.68 to −0.18)." in text
    assert "Of this, −0.08 comes from which outlets wrote (mix) and −0.35 from how they wrote (within)." in text


def test_a_change_that_may_be_chance_is_not_told_as_one() -> None:
    steady = samples.change(polarity_change=samples.estimate(-0.1, 0.3, 19))
    text = said(samples.ordinary(subject=Standing(steady, samples.counts(), None)))
    assert "did not move measurably" in text
    assert "fell" not in text
    assert "(mix)" not in text


def test_three_voices_are_called_too_few() -> None:
    few = samples.change(
        n_articles_now=3,
        n_voices_now=3,
        polarity_now=Estimate(0.5, None, None, 3, True),
        polarity_change=Estimate(0.2, None, None, 16, True),
    )
    digest = samples.ordinary(subject=Standing(few, samples.counts("acme", 3, 3, 2), None), unscored=())
    text = said(digest)
    assert "3 scored voices are too few for an interval (5 are needed): read the sentences, not the figure." in text
    assert "too few for an interval; n = 3" in text
    assert "did not move" not in text


def test_a_week_of_unscored_languages_says_why_it_has_no_polarity() -> None:
    none = Estimate(None, None, None, 0, True)
    change = samples.change(n_articles_now=4, polarity_now=none, polarity_change=none, mix=None, within=None)
    digest = samples.ordinary(subject=Standing(change, samples.counts("acme", 4, 4, 2), None))
    text = said(digest)
    assert "None of the 4 articles has a polarity." in text
    assert "Ukrainian 3 (the model was not validated on it) and German 1 (paywall)" in text
    assert write_letter(digest).subject == "Acme 2025-W05: 4 articles, no polarity"


def empty(digest: Digest, **changes: object) -> Digest:
    none = Estimate(None, None, None, 0, True)
    change = samples.change(
        n_articles_now=0, n_voices_now=0, n_articles_before=0, n_voices_before=0, n_sources=0, polarity_now=none,
        polarity_before=none, polarity_change=none, share_now=none, share_before=none, share_change=none, mix=None,
        within=None,
    )  # fmt: skip
    nothing = {
        "subject": Standing(change, None, None), "others": (), "n_others_quiet": 0, "n_covered": 0, "moves": (),
        "n_moves": 0, "n_compared": 0, "stories": (), "n_stories": 0, "new_themes": (), "unscored": (),
        "precision": (), "uncertain": (), "trend": samples.trend(12, tuple(range(12))),
    }  # fmt: skip
    return replace(digest, **(nothing | changes))  # type: ignore[arg-type]


def test_a_quiet_week_that_was_read_is_called_quiet() -> None:
    text = said(empty(samples.ordinary()))
    assert "No article about Acme was found in this week." in text
    assert "Sources were read on 7 of 7 days, so the press was quiet." in text
    assert "TOP STORIES" not in text
    assert write_letter(empty(samples.ordinary())).subject == "Acme 2025-W05: no articles"


def test_an_empty_week_that_was_read_in_part_is_not_called_quiet() -> None:
    text = said(empty(samples.ordinary(), health=samples.health(days=3)))
    assert "Sources were read on 3 of 7 days only, so articles may be missing." in text
    assert "quiet" not in text


def test_an_empty_week_that_nobody_read_is_not_called_quiet() -> None:
    health = samples.health(days=0)
    digest = empty(samples.ordinary(), health=replace(health, days=()))
    text = said(digest)
    assert "No source was read in this week." in text
    assert "it is not known which were silent" in text
    assert "quiet" not in text
    assert write_letter(digest).subject == "Acme 2025-W05: not crawled"


def test_articles_of_a_week_before_the_first_crawl_are_called_found_later() -> None:
    later = replace(samples.health(days=0), days=(), first_crawl=date(2025, 3, 1), last_crawl=date(2025, 3, 1))
    text = said(samples.ordinary(health=later, newest_health=replace(samples.health(), until=date(2025, 3, 1))))
    assert "what stands here was found later, on 1 March 2025. Articles may be missing." in text
    assert "In the newest reading, on 1 March 2025, 3 of 5 answered." not in text  # the sample has one source
    assert "In the newest reading, on 1 March 2025, 1 of 1 answered." in text


def test_a_project_that_never_crawled_says_so() -> None:
    never = replace(samples.health(), days=(), first_crawl=None, last_crawl=None, last_asked=None)
    assert "No source has been read yet." in said(empty(samples.ordinary(), health=never))


def test_days_without_an_answer_are_named_as_gaps() -> None:
    health = samples.health(gaps=(date(2025, 1, 29), date(2025, 1, 30)))
    assert "Nothing is known of Wed 29 Jan and Thu 30 Jan: no source answered." in said(samples.ordinary(health=health))


def test_a_crawl_that_stopped_within_the_week_is_told() -> None:
    health = replace(samples.health(days=3), last_crawl=date(2025, 1, 29))
    assert "The newest reading was on Wed 29 Jan; what appeared after it is missing." in said(
        samples.ordinary(health=health)
    )


def test_a_running_week_is_called_running() -> None:
    assert "This week is not over." in said(samples.ordinary(is_over=False))


def test_sources_are_named_by_what_was_wrong_with_them() -> None:
    text = said(samples.ordinary())
    for line in (
        "Sources were read on 7 of 7 days; 3 of 5 answered.",
        "Silent, though they published three articles a week or more in the four weeks before: Weekly.",
        "Did not answer: Herald (HTTP 503).",
        "Closed to us, wholly or in part: Echo (robots.txt).",
        "Showed a wall instead of the article: Post (3 of 10 pages).",
        "1 source was not read.",
    ):
        assert line in text
    assert "None was silent" not in text
    assert "None was silent, failing, blocked or walled." in said(samples.ordinary(health=samples.health()))


def test_without_moves_or_without_anything_to_compare_it_says_which() -> None:
    assert "Nothing left its usual range" in said(samples.ordinary(moves=(), n_moves=0))
    assert "too little to compare with" in said(samples.ordinary(moves=(), n_moves=0, n_compared=0))


def test_without_labels_there_is_no_word_of_precision() -> None:
    assert "German: 82 % of 40 labels right (68 % to 91 %)" in said(samples.ordinary()).replace("\u00a0", " ")
    assert "right" not in said(samples.ordinary(precision=())).replace("right, and", "")


@pytest.mark.parametrize("kind", list(MoveKind))
def test_a_move_tells_company_size_and_n(kind: MoveKind) -> None:
    move = samples.move(kind, value=0.5, usual=0.1, n=12, n_before=40, theme="Prices", name="Globex")
    letter = write_letter(samples.ordinary(moves=(move,)))
    (item,) = next(section.items for section in letter.sections if section.items)
    assert "Globex" in item.title
    quoted = "Sentences behind it:" if kind in TONE else "Its strongest sentences:"
    assert [group.heading for group in item.groups] == ["Stories behind it:", quoted]


def test_a_company_that_moved_with_another_is_told_with_its_unit() -> None:
    spike = samples.move(
        MoveKind.VOLUME_SPIKE, value=9.0, usual=1.0, n=9, z=5.0, also=(("Globex", 5.0), ("Initech", 1.0))
    )
    text = said(samples.ordinary(moves=(spike,)))
    assert "With it, and mostly in the same stories: Globex +5 voices and Initech +1 voice." in text


@pytest.mark.parametrize(
    ("value", "usual", "expected"),
    [
        pytest.param(
            0.5, 0.1, "Its own voices did not grow; there are fewer about the others.", id="5 of 10 after 5 of 50"
        ),
        pytest.param(
            0.1, 0.5, "Its own voices did not fall; there are more about the others.", id="25 of 250 after 5 of 10"
        ),
    ],
)
def test_a_share_that_others_moved_is_told_as_that(value: float, usual: float, expected: str) -> None:
    n, n_before = (10, 50) if value > usual else (250, 10)
    difference = samples.estimate(value - usual, 0.1, n)
    move = samples.move(
        MoveKind.SHARE_CHANGE, day=None, z=None, value=value, usual=usual, n=n, n_before=n_before, n_sources=4,
        difference=difference,
    )  # fmt: skip
    assert expected in said(samples.ordinary(moves=(move,)))
    grown = replace(move, n=1000, n_before=10) if value > usual else replace(move, n=10, n_before=1000)
    assert "Its own voices did not" not in said(samples.ordinary(moves=(grown,)))


def test_hostile_titles_are_escaped_shortened_and_never_a_script() -> None:
    hostile = '<script>alert(1)</script><img src=x onerror="alert(2)">\r\nBcc: all@example.org ' + "long " * 2000
    digest = samples.ordinary(
        stories=(samples.story(hostile, url="javascript:alert(1)"), samples.story("x", url="https://a.example/\nb")),
        uncertain=(samples.evidence("Acme " + hostile, url="data:text/html,x"),),
        moves=(samples.move(stories=(samples.story(hostile),), sentences=(samples.evidence(hostile),)),),
    )
    html = render_html(write_letter(digest), chart="cid:x")
    assert "<script" not in html
    assert "<img src=x" not in html
    assert "&lt;script&gt;" in html
    assert "javascript:" not in html
    assert "data:text" not in html
    assert len(html.encode()) < 40_000
    assert max(len(line) for line in render_text(write_letter(digest)).splitlines()) < 200


@pytest.mark.parametrize(
    ("url", "is_safe"),
    [
        ("https://a.example/x?y=1#z", True),
        ("http://例子.example/新闻", True),
        ("javascript:alert(1)", False),
        ("JAVASCRIPT:alert(1)", False),
        ("ftp://a.example/x", False),
        ("//a.example/x", False),
        ("https://", False),
        ("https://a.example/\r\nx", False),
        ("https://[::1/x", False),
        ("https://a.example/" + "x" * 3000, False),
    ],
)
def test_only_http_links_are_links(url: str, is_safe: bool) -> None:
    assert safe_url(url) == (url if is_safe else "")
