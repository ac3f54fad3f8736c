"""Sums of voices under a filter, as the page computes them too (numbers.js); for the tables that need no script."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from analysis.bootstrap import t_quantile
from analysis.measures import Estimate
from db.report_cells import LongStory, ReachCell, Signature, VoiceCell

QUANTILES = 200
"""Degrees of freedom for which the page gets Student's t exactly; above, the expansion in numbers.js holds to 1e-6."""

Meets = Callable[[Signature], bool]


@dataclass(frozen=True, slots=True)
class Voices:
    """Voices that met a filter; ``polarity`` has the t interval over voices, shares are over scored voices."""

    n_voices: int
    polarity: Estimate
    share_positive: float | None
    share_negative: float | None


@dataclass(frozen=True, slots=True)
class Reach:
    """Articles of one group; ``polarity`` is over articles, with the t interval."""

    n_articles: int
    n_sentences: int
    polarity: Estimate


def t_quantiles() -> list[float]:
    """Give the 0.975 quantiles of Student's t for 1 to QUANTILES degrees of freedom."""
    return [round(t_quantile(degrees), 6) for degrees in range(1, QUANTILES + 1)]


def t_estimate(n: int, total: float, squares: float, *, minimum: int) -> Estimate:
    """Give a mean with its t interval, cut at -1 and 1; under ``minimum`` it is too few."""
    if n == 0:
        return Estimate(None, None, None, 0, too_few=True)
    mean = total / n
    if n < minimum:
        return Estimate(mean, None, None, n, too_few=True)
    spread = math.sqrt(max(0.0, (squares - n * mean * mean) / (n - 1)))
    half = t_quantile(n - 1) * spread / math.sqrt(n)
    return Estimate(mean, max(-1.0, mean - half), min(1.0, mean + half), n, too_few=False)


def sum_voices(cells: Iterable[VoiceCell], stories: Iterable[LongStory], meets: Meets, *, minimum: int) -> Voices:
    """Add up voices; a story of several rows counts once, with the mean over all its articles in them."""
    n = scored = 0
    total = squares = positive = negative = 0.0
    for cell in cells:
        if meets(cell.signature):
            n += cell.n_voices
            scored += cell.n_scored
            total += cell.total
            squares += cell.squares
            positive += cell.positive
            negative += cell.negative
    for rows in _by_story(stories).values():
        if not any(meets(row.signature) for row in rows):
            continue
        n += 1
        if (articles := sum(row.n_scored for row in rows)) == 0:
            continue
        mean = sum(row.total for row in rows) / articles
        scored += 1
        total += mean
        squares += mean * mean
        positive += sum(row.n_positive for row in rows) / articles
        negative += sum(row.n_negative for row in rows) / articles
    return Voices(
        n_voices=n,
        polarity=t_estimate(scored, total, squares, minimum=minimum),
        share_positive=positive / scored if scored else None,
        share_negative=negative / scored if scored else None,
    )


def sum_reach(cells: Iterable[ReachCell], *, minimum: int) -> Reach:
    """Add up articles."""
    rows = list(cells)
    return Reach(
        n_articles=sum(row.n_articles for row in rows),
        n_sentences=sum(row.n_sentences for row in rows),
        polarity=t_estimate(
            sum(row.n_scored for row in rows),
            sum(row.total for row in rows),
            sum(row.squares for row in rows),
            minimum=minimum,
        ),
    )


def _by_story(stories: Iterable[LongStory]) -> dict[tuple[str, str | None, str, str], list[LongStory]]:
    found: dict[tuple[str, str | None, str, str], list[LongStory]] = defaultdict(list)
    for row in stories:
        found[row.entity, row.theme, row.media, row.story_id].append(row)
    return found
