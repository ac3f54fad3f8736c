"""The sections of the letter about newstone itself: its sources, how often its model is right, what to label."""

from collections.abc import Iterator, Sequence

from analysis.digest.figures import Figures, spoken_name
from analysis.digest.headline import MOST_NAMED, Headline
from analysis.digest.letter import Section
from analysis.digest.records import Digest
from analysis.digest.sections import quoted_sentence
from analysis.digest.wording import Wording
from analysis.source_rules import WELL, SourceState
from db.source_health import SourceHealth, SpanHealth
from db.source_states import SourceStateRow

REFUSALS = frozenset({"robots", "blocked_address", "rate_limited"})
"""Outcomes of a request by which a source keeps us out, or we keep out of it."""

PARTLY = 0.9
"""Share of good answers under which a source is named: one bad night of a fortnight is no news."""

USUAL_ARTICLES = 12
"""Articles of the four weeks before from which on a week without any is no chance: of three a week, 5 % have none."""

REFUSED_STATUS = frozenset({401, 403, 407, 429, 451})
"""HTTP statuses that say the same; as in db/queries/health_sources.sql."""


class ServiceSections:
    """Tells those sections of one digest."""

    def __init__(self, digest: Digest, wording: Wording, figures: Figures, headline: Headline) -> None:
        self._digest = digest
        self._wording = wording
        self._figures = figures
        self._headline = headline

    def health(self) -> Section:
        """Give what was silent, failing, blocked or walled in the week, or in the newest crawl where it had none."""
        say, digest = self._wording.say, self._digest
        week, newest = digest.health, digest.newest_health
        heading = say("health.heading")
        if week.first_crawl is None:
            return Section(heading, intro=(say("health.never"),))
        if week.days:
            return Section(heading, intro=(self._asked(week),), lines=tuple(self._troubles(week)))
        if newest is None:
            return Section(heading, intro=(say("health.no_crawl"),))
        up, asked = answered(newest)
        day = self._figures.day(newest.until, "full")
        told = say("health.newest", day=day, up=self._figures.count(up), asked=self._figures.count(asked))
        return Section(heading, intro=(say("health.no_crawl"), told), lines=tuple(self._troubles(newest)))

    def _asked(self, health: SpanHealth) -> str:
        up, asked = answered(health)
        days = sum(day.n_up > 0 for day in health.days)
        words = {"days": days, "up": self._figures.count(up), "asked": self._figures.count(asked)}
        return self._wording.say("health.asked", **words)

    def _troubles(self, health: SpanHealth) -> Iterator[str]:
        say = self._wording.say
        if self._digest.source_states:
            yield from self._states()
            yield from self._left_out(health)
            return
        silent = [self._outlet(source) for source in health.sources if is_silent(source)]
        failing = [self._with_reason(source) for source in health.sources if is_failing(source)]
        partly = [self._with_part(source) for source in health.sources if is_partly(source)]
        blocked = [self._with_block(source) for source in health.sources if is_blocked(source)]
        walled = [self._with_walls(source) for source in health.sources if source.n_walled]
        kinds = {"silent": silent, "failing": failing, "partly": partly, "blocked": blocked, "walled": walled}
        for kind, names in kinds.items():
            if names:
                yield say(f"health.{kind}", names=self._figures.names(names, MOST_NAMED))
        yield from self._not_asked(health)
        if not any(kinds.values()):
            yield say("health.fine")

    def _states(self) -> Iterator[str]:
        """Tell the sources that are not well, each kind with its number: the longest first, none is forgotten."""
        say, states = self._wording.say, self._digest.source_states
        outlets = {source.source_id: self._outlet(source) for source in self._digest.health.sources}
        ill = sorted((row for row in states if row.state not in WELL), key=lambda row: (row.since, row.source_id))
        n_new = sum(row.state == SourceState.NEW for row in states)
        if n_new:
            yield self._wording.count("health.new", n_new, self._figures.count(n_new))
        if not ill:
            if n_new < len(states):
                yield say("health.well")
            return
        all_of_them = self._headline.unit("sources", len(states))
        yield self._wording.count("health.not_well", len(ill), self._figures.count(len(ill)), all=all_of_them)
        for state in SourceState:
            names = [
                say("health.named", name=outlets.get(row.source_id, row.source_id), reason=self._since(row))
                for row in ill
                if row.state == state
            ]
            if names:
                named = self._figures.names(names, MOST_NAMED)
                yield say(f"health.state_{state}", n=self._figures.count(len(names)), names=named)

    def _since(self, row: SourceStateRow) -> str:
        nights = self._headline.unit("nights", row.n_nights)
        return self._wording.say("health.since", day=self._figures.day(row.since, "full"), nights=nights)

    def _left_out(self, health: SpanHealth) -> Iterator[str]:
        """Tell what is no state: answers that failed now and then, sources that were not read."""
        well = {row.source_id for row in self._digest.source_states if row.state in WELL}
        partly = [source for source in health.sources if is_partly(source) and source.source_id in well]
        if partly:
            names = self._figures.names([self._with_part(source) for source in partly], MOST_NAMED)
            yield self._wording.say("health.partly", names=names)
        yield from self._not_asked(health)

    def _not_asked(self, health: SpanHealth) -> Iterator[str]:
        n = sum(not source.n_checks for source in health.sources)
        if n:
            yield self._wording.count("health.not_asked", n, self._figures.count(n))

    def _outlet(self, source: SourceHealth) -> str:
        return spoken_name(source.outlet)

    def _named(self, source: SourceHealth, reason: str) -> str:
        return self._wording.say("health.named", name=self._outlet(source), reason=reason)

    def _with_reason(self, source: SourceHealth) -> str:
        if source.last_status is not None and source.last_status >= 400:
            return self._named(source, self._wording.say("outcome.http_status", status=source.last_status))
        return self._named(source, self._outcome(source.last_outcome or ""))

    def _with_block(self, source: SourceHealth) -> str:
        if source.n_blocked:
            pages = self._headline.unit("pages", source.n_pages)
            of_pages = self._wording.say("health.pages", walled=self._figures.count(source.n_blocked), pages=pages)
            return self._named(source, of_pages)
        return self._with_reason(source)

    def _with_part(self, source: SourceHealth) -> str:
        words = {"good": self._figures.count(source.n_good), "all": self._figures.count(source.n_checks)}
        return self._named(source, self._wording.say("health.requests", **words))

    def _with_walls(self, source: SourceHealth) -> str:
        pages = self._headline.unit("pages", source.n_pages)
        of_pages = self._wording.say("health.pages", walled=self._figures.count(source.n_walled), pages=pages)
        return self._named(source, of_pages)

    def _outcome(self, outcome: str) -> str:
        key = f"outcome.{outcome}"
        return self._wording.say(key if self._wording.has(key) else "outcome.other", outcome=outcome)

    def precision(self) -> Section | None:
        """Give how often the model agreed with readers; None where nobody labelled at random."""
        lines = []
        for found in self._digest.precision:
            share = found.precision
            if share.value is None or share.low is None or share.high is None:
                continue
            interval = self._figures.range(self._figures.percent(share.low), self._figures.percent(share.high))
            words = {"language": self._figures.language(found.language), "value": self._figures.percent(share.value)}
            lines.append(
                self._wording.count("precision.line", found.n, self._figures.count(found.n), range=interval, **words)
            )
        if not lines:
            return None
        return Section(self._wording.say("precision.heading"), lines=tuple(lines[:MOST_NAMED]))

    def uncertain(self) -> Section:
        """Give the sentences to label, and the command that exports them."""
        say, figures, digest = self._wording.say, self._figures, self._digest
        heading = say("uncertain.heading")
        if not digest.uncertain:
            return Section(heading, intro=(say("uncertain.none"),))
        entries = []
        for evidence in digest.uncertain:
            negative, neutral, positive = (
                "" if p is None else figures.probability(p)
                for p in (evidence.p_negative, evidence.p_neutral, evidence.p_positive)
            )
            toward = say("form.quoted", text=spoken_name(evidence.surface))
            told = say("uncertain.note", surface=toward, negative=negative, neutral=neutral, positive=positive)
            note = f"{spoken_name(evidence.outlet)} · {told}"
            entries.append(quoted_sentence(evidence, note))
        span = digest.week.span
        command = f"newstone label export labels-{digest.week}.csv --since {span.since} --until {span.until}"
        intro = (say("uncertain.intro"), say("uncertain.command"))
        return Section(heading, intro=intro, command=command, entries=tuple(entries))


def answered(health: SpanHealth) -> tuple[int, int]:
    """Give how many sources answered at least once, and how many were asked."""
    asked: Sequence[SourceHealth] = [source for source in health.sources if source.n_checks]
    return sum(source.n_good > 0 for source in asked), len(asked)


def is_silent(source: SourceHealth) -> bool:
    """Say whether a source answered and published nothing, though it used to publish several times a week."""
    return source.n_good > 0 and source.n_articles == 0 and source.n_articles_before >= USUAL_ARTICLES


def is_blocked(source: SourceHealth) -> bool:
    """Say whether a source refused its feeds or pages of it."""
    refused = source.last_outcome in REFUSALS or source.last_status in REFUSED_STATUS
    return source.n_blocked > 0 or (source.n_checks > 0 and source.n_good == 0 and refused)


def is_partly(source: SourceHealth) -> bool:
    """Say whether a source left more than every tenth request for its feeds unanswered, but not all."""
    return 0 < source.n_good < source.n_checks * PARTLY


def is_failing(source: SourceHealth) -> bool:
    """Say whether a source was asked and never answered well, for another reason than a refusal."""
    return source.n_checks > 0 and source.n_good == 0 and not is_blocked(source)
