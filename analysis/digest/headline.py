"""The head of the letter in words: subject line, summary, headline figures, the words around the chart, the footer."""

from collections.abc import Iterator
from datetime import timedelta

from analysis.digest.chance import moved
from analysis.digest.figures import Figures, shortened, spoken_name
from analysis.digest.letter import Picture, Tile
from analysis.digest.records import Digest, Standing
from analysis.digest.weeks import DAYS
from analysis.digest.wording import Wording
from analysis.measures import Estimate
from db.week import Unscored

MOST_NAMED = 8
"""Days, languages or outlets that a line names before it only counts."""

SUBJECT_NAME_CHARS = 30
"""Longest name in the subject, so that the figure behind it shows in a list of mails (about 70 characters)."""

REVISION_CHARS = 12
"""Characters of a revision or version, as `newstone evidence` shows it."""


class Headline:
    """Tells the head of one digest."""

    def __init__(self, digest: Digest, wording: Wording, figures: Figures) -> None:
        self._digest = digest
        self._wording = wording
        self._figures = figures
        self._name = spoken_name(digest.subject.change.name)

    def subject(self) -> str:
        """Give the subject line: who, which week, the figure."""
        say, digest = self._wording.say, self._digest
        name = shortened(digest.subject.change.name, SUBJECT_NAME_CHARS)
        change = digest.subject.change
        if not change.n_articles_now:
            is_read = any(day.n_up for day in digest.health.days)
            return say("subject.empty" if is_read else "subject.uncrawled", name=name, week=digest.week)
        articles = self.unit("articles", change.n_articles_now)
        if change.polarity_now.value is None:
            return say("subject.counted", name=name, week=digest.week, articles=articles)
        polarity = self._figures.signed(change.polarity_now.value)
        return say("subject.full", name=name, week=digest.week, polarity=polarity, articles=articles)

    def kicker(self) -> str:
        """Give the line above the title."""
        return self._wording.say("head.kicker", week=self._digest.week)

    def title(self) -> str:
        """Give the title."""
        return self._wording.say("head.title", name=self._name)

    def period(self) -> str:
        """Give the days of the week."""
        span = self._digest.week.span
        form = "start" if span.since.year == span.until.year else "long"
        since, until = self._figures.day(span.since, form), self._figures.day(span.until, "long")
        return self._wording.say("head.period", since=since, until=until)

    def summary(self) -> tuple[str, ...]:
        """Give what the figures mean, and what they cannot say."""
        return tuple(self._crawl_lines()) + tuple(self._polarity_lines()) + tuple(self._share_lines())

    def _crawl_lines(self) -> Iterator[str]:
        say, digest = self._wording.say, self._digest
        health, change = digest.health, digest.subject.change
        if not digest.is_over and digest.provenance.published_at:
            yield say("head.running", moment=self._figures.moment(digest.provenance.published_at))
        if not change.n_articles_now:
            yield say("summary.no_articles", name=self._name)
        if health.first_crawl is None or health.last_crawl is None:
            yield say("summary.never_crawled")
        elif not health.days:
            if health.last_crawl < health.since:
                yield say("summary.no_crawl")
                yield say("summary.not_yet", day=self._figures.day(health.last_crawl, "full"))
            elif change.n_articles_now:
                first, last = (self._figures.day(day, "full") for day in (health.first_crawl, health.last_crawl))
                days = first if first == last else self._figures.range(first, last)
                yield say("summary.no_crawl_known", days=days)
            else:
                yield say("summary.no_crawl")
        else:
            if health.gaps:
                days = self._figures.names([self._figures.day(day) for day in health.gaps], MOST_NAMED)
                yield say("summary.gap", days=days)
            if digest.is_over and health.last_crawl < health.until:
                yield say("summary.not_yet", day=self._figures.day(health.last_crawl))
            n_up = sum(day.n_up > 0 for day in health.days)
            if not change.n_articles_now and n_up:
                key = "summary.quiet" if n_up == DAYS else "summary.partly_read"
                yield self._wording.count(key, n_up)

    def _polarity_lines(self) -> Iterator[str]:
        say, count, change = self._wording.say, self._wording.count, self._digest.subject.change
        if not change.n_articles_now:
            return
        now, n_unscored = change.polarity_now, sum(found.n_articles for found in self._digest.unscored)
        if now.value is None:
            yield count("summary.none_scored", change.n_articles_now, self._figures.count(change.n_articles_now))
            if self._digest.unscored:
                yield say("summary.all_unscored", reasons=self._reasons(self._digest.unscored))
            return
        if now.too_few:
            yield count("summary.too_few", now.n, self._figures.count(now.n), minimum=self._digest.minimum_voices)
        difference = self._figures.interval(change.polarity_change)
        if moved(change.polarity_change) and change.polarity_change.value is not None:
            key = "summary.rose" if change.polarity_change.value > 0 else "summary.fell"
            yield say(key, size=self._figures.size(change.polarity_change.value), range=difference)
            if change.mix is not None and change.within is not None:
                mix, within = self._figures.signed(change.mix), self._figures.signed(change.within)
                yield say("summary.mix_within", mix=mix, within=within)
        elif difference:
            yield say("summary.steady")
        elif not now.too_few:
            yield say("summary.not_compared")
        if n_unscored:
            reasons = self._reasons(self._digest.unscored)
            yield count("summary.some_unscored", n_unscored, self._figures.count(n_unscored), reasons=reasons)

    def _share_lines(self) -> Iterator[str]:
        change = self._digest.subject.change.share_change
        if moved(change) and change.value is not None:
            key = "summary.share_rose" if change.value > 0 else "summary.share_fell"
            size = self._figures.points(change.value, signed=False)
            yield self._wording.say(key, size=size, range=self._figures.share_interval(change, change=True))

    def _reasons(self, unscored: tuple[Unscored, ...]) -> str:
        named = []
        for found in unscored:
            key = f"reason.{found.reason}" if self._wording.has(f"reason.{found.reason}") else "reason.other"
            language = self._figures.language(found.language)
            named.append(self._wording.say(key, language=language, n=found.n_articles, reason=found.reason))
        return self._figures.names(named, MOST_NAMED)

    def tiles(self) -> tuple[Tile, ...]:
        """Give the headline figures: articles, polarity, share of voice, each with the week before."""
        return (self._articles_tile(), self._polarity_tile(), self._share_tile())

    def _articles_tile(self) -> Tile:
        say, subject = self._wording.say, self._digest.subject
        change = subject.change
        notes = [self.counts(subject)] if change.n_articles_now else []
        before = self._figures.count(change.n_articles_before)
        notes.append(say("tile.before", value=before) if change.n_articles_before else say("tile.before_none"))
        return Tile(say("tile.articles"), self._figures.count(change.n_articles_now), tuple(notes))

    def _polarity_tile(self) -> Tile:
        say, change = self._wording.say, self._digest.subject.change
        now, before = change.polarity_now, change.polarity_before
        label = say("tile.polarity")
        if now.value is None:
            notes = [say("tile.unscored")] if change.n_articles_now else []
        else:
            interval = self._figures.interval(now)
            notes = [say("tile.interval", range=interval) if interval else say("tile.too_few")]
            notes.append(say("tile.n", n=self._figures.count(now.n)))
        if before.value is None:
            notes.append(say("tile.before_none"))
        else:
            value = f"{self._figures.signed(before.value)}, {say('tile.n', n=self._figures.count(before.n))}"
            notes.append(say("tile.before", value=value))
        if change.polarity_change.value is not None:
            value, interval = (
                self._figures.signed(change.polarity_change.value),
                self._figures.interval(change.polarity_change),
            )
            notes.append(
                say("tile.change_interval", value=value, range=interval)
                if interval
                else say("tile.change", value=value)
            )
        return Tile(label, self.polarity(now), tuple(notes))

    def _share_tile(self) -> Tile:
        say, count, change = self._wording.say, self._wording.count, self._digest.subject.change
        label, now, before = say("tile.share"), change.share_now, change.share_before
        if now.value is None:
            nothing = say("tile.no_panel") if not change.n_sources else say("tile.before_none")
            return Tile(label, say("form.none"), (nothing,))
        notes = [say("tile.of_named")]
        if interval := self._figures.share_interval(now):
            notes.append(say("tile.interval", range=interval))
        notes.append(say("tile.n", n=self._figures.count(now.n)))
        if before.value is not None:
            notes.append(say("tile.before", value=self._figures.percent(before.value)))
        if change.share_change.value is not None:
            value = self._figures.points(change.share_change.value)
            interval = self._figures.share_interval(change.share_change, change=True)
            notes.append(
                say("tile.change_interval", value=value, range=interval)
                if interval
                else say("tile.change", value=value)
            )
        notes.append(count("tile.panel", change.n_sources, self._figures.count(change.n_sources)))
        return Tile(label, self._figures.percent(now.value), tuple(notes))

    def polarity(self, estimate: Estimate) -> str:
        """Write a polarity, a dash where there is none."""
        return self._wording.say("form.none") if estimate.value is None else self._figures.signed(estimate.value)

    def counts(self, standing: Standing) -> str:
        """Write voices and outlets of the week."""
        voices = self._wording.count(
            "tile.voices", standing.change.n_voices_now, self._figures.count(standing.change.n_voices_now)
        )
        n_outlets = standing.now.n_outlets if standing.now else 0
        outlets = self._wording.count("tile.outlets", n_outlets, self._figures.count(n_outlets))
        return self._wording.say("tile.counts", voices=voices, outlets=outlets)

    def unit(self, what: str, number: int) -> str:
        """Write a number with its noun, a key of the section ``unit``."""
        return self._wording.count(f"unit.{what}", number, self._figures.count(number))

    def picture(self) -> Picture | None:
        """Give the words around the chart; None where there is nothing to draw."""
        say, count, trend, week = self._wording.say, self._wording.count, self._digest.trend, self._digest.week
        if not trend.points:
            return None
        latest = next((point for point in trend.points if point.bucket == week.span.since), None)
        if latest is None:
            told = say("chart.latest_none", week=week)
        else:
            polarity = self.polarity(latest.polarity)
            told = say("chart.latest", week=week, polarity=polarity, articles=self.unit("articles", latest.n_articles))
        alt = count("chart.alt", len(trend.points), name=self._name, latest=told)
        caption = say("chart.caption")
        if trend.gaps:
            caption = f"{caption} {count('chart.gaps', len(trend.gaps))}"
        return Picture(say("chart.heading"), alt, caption, tuple(self._point_lines()))

    def _point_lines(self) -> Iterator[str]:
        """Tell each week of the trend from the first with articles on: its figures, quiet, or not read."""
        say, trend = self._wording.say, self._digest.trend
        points = {point.bucket: point for point in trend.points}
        week = min(points)
        while week <= trend.span.until:
            day, point = self._figures.day(week, "plain"), points.get(week)
            if point is not None:
                articles = self.unit("articles", point.n_articles)
                yield say("chart.point", week=day, polarity=self._with_interval(point.polarity), articles=articles)
            elif week in trend.gaps:
                yield say("chart.gap", week=day)
            else:
                yield say("chart.quiet", week=day)
            week += timedelta(weeks=1)

    def _with_interval(self, estimate: Estimate) -> str:
        if estimate.value is None:
            return self._wording.say("tile.unscored")
        interval = self._figures.interval(estimate) or self._wording.say("tile.too_few")
        n = self._wording.say("tile.n", n=self._figures.count(estimate.n))
        return f"{self._figures.signed(estimate.value)} ({interval}; {n})"

    def footer(self) -> tuple[str, ...]:
        """Give how to read the figures, and what they were made with."""
        say, made = self._wording.say, self._digest.provenance
        moment = self._figures.moment(made.published_at) if made.published_at else say("form.none")
        watchlist = (made.watchlist_version or say("form.none"))[:REVISION_CHARS]
        if made.model_id is None:
            with_what = say("footer.made_without_model", watchlist=watchlist, moment=moment)
        else:
            revision = (made.model_revision or "")[:REVISION_CHARS]
            with_what = say("footer.made", model=made.model_id, revision=revision, watchlist=watchlist, moment=moment)
        return (say("footer.reading"), with_what, say("footer.made_by"))
