"""New pages of a source night by night: what is usual, how long there was nothing, and whether that is quiet."""

from collections.abc import Sequence

from analysis.share_jumps import CHANCE, poisson_tail_below
from analysis.silence import NewsNight, Usual, is_silence, is_too_few, usual_of
from analysis.source_rules import BAD_NIGHTS, EXPECT_NIGHTS, Cause, Finding, SourceState
from db.source_states import SourceExpectRow, SourceFigures, SourceStateRow

LONG_SILENCE_NIGHTS = 90
LONG_SILENCE_PAGES = 10
"""A quarter of a year without news is told where so many pages are missing by the usual rate; of a slower source later.
Four weeks before a silence hold so few of its pages that their number alone is no chance."""


class News:
    """New pages night by night: what is usual, and how long there was nothing."""

    def __init__(self, tonight: SourceFigures, before: Sequence[SourceStateRow]) -> None:
        self._tonight = tonight
        self._previous = before[-1] if before else None
        self._nights = _news_nights([*(row.figures for row in before), tonight])
        self._states = {row.night: row.state for row in before}
        self._silent: list[NewsNight] = []
        for night in reversed(self._nights):
            if night.n_new:
                break
            self._silent.insert(0, night)
        n_told = self._previous.n_silent if self._previous else 0
        is_silent = bool(self._silent) and self._silent[-1].night == tonight.night
        counts = bool(self._nights) and self._nights[-1].night == tonight.night
        self.n_silent = max(n_told + 1, len(self._silent)) if is_silent else (0 if counts else n_told)
        lively = [night.night for night in self._nights if night.n_new]
        self.last_new_night = max(lively, default=self._previous.last_new_night if self._previous else None)
        self.usual = self._usual(len(self._silent))
        self.usual_new = None if self.usual is None else round(self.usual.per_night, 3)
        if self._previous and n_told and self.n_silent:  # the nights before a long silence are not all in the history
            self.usual_new = self._previous.usual_new

    def _usual(self, n_latest: int) -> Usual | None:
        """Give what was usual before the latest nights; earlier outages are left out."""
        known = self._nights[: len(self._nights) - n_latest]
        return usual_of([night for night in known if self._states.get(night.night) != SourceState.QUIET])

    def finding(self, expect: SourceExpectRow | None) -> Finding | None:
        """Give that the source is quiet, or brings more than is expected, where it does."""
        previous, tonight = self._previous, self._tonight
        was_quiet = previous is not None and previous.state == SourceState.QUIET
        if not self._nights or self._nights[-1].night != tonight.night:  # no evidence: it stays as it was
            if previous is None or not was_quiet:
                return None
            return Finding(SourceState.QUIET, previous.since, Cause(previous.cause), previous.reason)
        if self._silent:
            is_no_chance = self.usual is not None and is_silence(self._silent, self.usual)
            if was_quiet or is_no_chance or self._is_long():
                since = self._silent[0].night
                return Finding(SourceState.QUIET, since, Cause.NEWS, self._silence())
        else:
            few, usual = self._nights[-BAD_NIGHTS:], self._usual(BAD_NIGHTS)
            if usual is not None and len(few) == BAD_NIGHTS and is_too_few(few, usual):
                pages = "1 new page" if (n := sum(night.n_new for night in few)) == 1 else f"{n} new pages"
                text = f"{pages} in {BAD_NIGHTS} nights, usually {usual.expected(few):.0f}"
                return Finding(SourceState.QUIET, few[0].night, Cause.NEWS, text)
        return None if expect is None else self._against(expect)

    def _is_long(self) -> bool:
        """Say whether a silence is told though it may be chance; at once where nothing at all is known to be usual."""
        is_missed = not self.usual_new or self.n_silent * self.usual_new >= LONG_SILENCE_PAGES
        return self.n_silent >= LONG_SILENCE_NIGHTS and is_missed

    def _silence(self) -> str:
        nights = "this night" if self.n_silent == 1 else f"for {self.n_silent} nights"
        usual = f"; usually {self.usual_new:.3g} a night" if self.usual_new else ""
        last = f", last on {self.last_new_night}" if self.last_new_night else ""
        return f"nothing new {nights}{last}{usual}"

    def _against(self, expect: SourceExpectRow) -> Finding | None:
        """Compare the articles a day with [expect]; the first night brings the whole listing and does not count."""
        latest = [night for night in self._nights if night.days is not None][-EXPECT_NIGHTS:]
        days = sum(night.days or 0.0 for night in latest)
        if len(latest) < EXPECT_NIGHTS:
            return None
        n_new = sum(night.n_new for night in latest)
        told = f"{n_new / days:.3g} new pages a day over {EXPECT_NIGHTS} nights, [expect] articles_per_day"
        if poisson_tail_below(n_new, expect.articles_per_day_min * days) < CHANCE:
            text = f"{told}_min is {expect.articles_per_day_min:g}"
            return Finding(SourceState.QUIET, self._tonight.night, Cause.EXPECTATION, text)
        if n_new > expect.articles_per_day_max * days:
            text = f"{told}_max is {expect.articles_per_day_max:g}"
            return Finding(SourceState.CHANGED_LAYOUT, self._tonight.night, Cause.EXPECTATION, text)
        return None


def _news_nights(nights: Sequence[SourceFigures]) -> list[NewsNight]:
    """Give the nights that are evidence of news or of silence, with the days since the source was asked before."""
    found: list[NewsNight] = []
    last = None
    for figures in nights:
        if figures.asked_at is None or not figures.n_up:
            continue
        days = None if last is None else max(0.0, (figures.asked_at - last).total_seconds() / 86_400)
        if figures.n_new or not figures.n_pending:  # else there was news, and the crawl did not come to it
            found.append(NewsNight(figures.night, figures.n_new, days))
        last = figures.asked_at
    return found
