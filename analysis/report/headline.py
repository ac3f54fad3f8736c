"""The headline figures as text: how much, how sure, against what."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from analysis.measures import Change, Contribution, Estimate, GroupKind, Span
from analysis.report.aggregate import sum_voices
from analysis.report.buckets import span_text
from analysis.report.facts import ReportFacts
from analysis.report.safe_text import count, language_name, percent, signed
from db.report_cells import EARNED

MOST_CONTRIBUTIONS = 4
"""Groups of each kind that a change is explained by."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One headline figure: what, how much, how sure, against what."""

    name: str
    value: str
    detail: str
    against: str
    verdict: str


@dataclass(frozen=True, slots=True)
class GlanceRow:
    """One company in the table of all."""

    name: str
    articles: str
    voices: str
    share: str
    polarity: str
    interval: str
    n: str
    change: str
    verdict: str
    share_change: str
    share_verdict: str


@dataclass(frozen=True, slots=True)
class Shift:
    """A change of the newest days taken apart."""

    text: str
    kinds: tuple[tuple[str, tuple[Contribution, ...]], ...]


def verdict(change: Estimate) -> str:
    """Say whether a change is beyond chance: up, down, unclear, or too few."""
    if change.value is None or change.low is None or change.high is None:
        return "few"
    return "up" if change.low > 0 else "down" if change.high < 0 else "unclear"


def interval(estimate: Estimate, digits: int = 2, unit: float = 1) -> str:
    """Write the 95 % interval, or that there are too few."""
    if estimate.value is None:
        return "not scored"
    if estimate.too_few or estimate.low is None or estimate.high is None:
        return f"too few (n = {estimate.n:,})"
    return f"{signed(estimate.low * unit, digits)} to {signed(estimate.high * unit, digits)}"


def tiles(facts: ReportFacts) -> list[Tile]:
    """Give the headline figures of the subject."""
    whole = _of(facts.changes, facts.subject.entity)
    recent = _of(facts.recent_changes, facts.subject.entity)
    recently = recent_text(facts.recent)
    voices = sum_voices(
        [c for c in facts.voices if c.entity == facts.subject.entity and c.media == EARNED],
        [c for c in facts.long_stories if c.entity == facts.subject.entity and c.media == EARNED],
        lambda _: True,
        minimum=facts.minimum_voices,
    )
    earned = {o.source_id for o in facts.outlets if o.earned}
    used = {c.source_id for c in facts.reach if c.entity == facts.subject.entity} & earned
    return [
        Tile(
            "Polarity",
            signed(whole.polarity_now.value),
            _how_sure(whole.polarity_now),
            _against(recently, recent),
            verdict(recent.polarity_change),
        ),
        Tile(
            "Voices",
            f"{whole.n_voices_now:,}",
            f"in {count(whole.n_articles_now, 'article')} of {count(len(used), 'outlet')}",
            f"{recently}: {recent.n_voices_now:,}, before: {recent.n_voices_before:,}",
            "",
        ),
        Tile(
            "Share of voice",
            percent(_share(facts)),
            f"of the voices about all {len(facts.entities)} companies",
            _share_change(recent, recently),
            verdict(recent.share_change),
        ),
        Tile(
            "Positive / negative",
            f"{percent(voices.share_positive)} / {percent(voices.share_negative)}",
            f"of {count(voices.polarity.n, 'scored voice')}, the rest is neutral",
            "",
            "",
        ),
    ]


def extent(facts: ReportFacts) -> str:
    """Say how much earned coverage the page is about."""
    earned = {o.source_id for o in facts.outlets if o.earned}
    cells = [c for c in facts.reach if c.source_id in earned]
    n_sentences = count(sum(c.n_sentences for c in cells), "sentence")
    n_outlets = count(len({c.source_id for c in cells}), "outlet")
    n_languages = count(len({c.language for c in cells}), "language")
    n_companies = count(len(facts.entities), "company", "companies")
    return f"{n_sentences} of {n_outlets} in {n_languages} about {n_companies}"


def glance(facts: ReportFacts) -> list[GlanceRow]:
    """Give one row a company: the whole span, and how its newest days differ from as many before."""
    rows = []
    all_voices = sum(change.n_voices_now for change in facts.changes)
    for entity in facts.entities:
        whole, recent = _of(facts.changes, entity.entity), _of(facts.recent_changes, entity.entity)
        rows.append(
            GlanceRow(
                name=entity.name,
                articles=f"{whole.n_articles_now:,}",
                voices=f"{whole.n_voices_now:,}",
                share=percent(whole.n_voices_now / all_voices if all_voices else None),
                polarity=signed(whole.polarity_now.value),
                interval=interval(whole.polarity_now),
                n=f"{whole.polarity_now.n:,}",
                change=_change(recent),
                verdict=verdict(recent.polarity_change),
                share_change=_points_change(recent.share_change),
                share_verdict=verdict(recent.share_change),
            )
        )
    return rows


def shift(facts: ReportFacts) -> Shift | None:
    """Take the subject's change of polarity apart; None where either side has no scored voice."""
    change = _of(facts.recent_changes, facts.subject.entity)
    if change.mix is None or change.within is None or change.polarity_change.value is None:
        return None
    text = (
        f"{signed(change.polarity_before.value)} in {span_text(change.before)} (n = {change.polarity_before.n:,}), "
        f"{signed(change.polarity_now.value)} in {span_text(change.now)} (n = {change.polarity_now.n:,}): "
        f"{_change(change)}. Of it {signed(change.mix)} because other outlets wrote (mix), "
        f"{signed(change.within)} because the same outlets wrote otherwise (within)."
    )
    kinds = tuple(
        (
            {GroupKind.OUTLET: "Outlets", GroupKind.LANGUAGE: "Languages", GroupKind.STORY: "Stories"}[kind],
            tuple(
                replace(c, label=language_name(c.key)) if kind is GroupKind.LANGUAGE else c
                for c in sorted(
                    (c for c in change.contributions if c.kind is kind), key=lambda c: -abs(c.mix + c.within)
                )[:MOST_CONTRIBUTIONS]
            ),
        )
        for kind in GroupKind
    )
    return Shift(text, tuple(pair for pair in kinds if pair[1]))


def recent_text(span: Span) -> str:
    """Name the newest days."""
    return f"last {count(span.n_days, 'day')}"


def _of(changes: Sequence[Change], entity: str) -> Change:
    return next(change for change in changes if change.entity == entity)


def _share(facts: ReportFacts) -> float | None:
    whole = sum(change.n_voices_now for change in facts.changes)
    return _of(facts.changes, facts.subject.entity).n_voices_now / whole if whole else None


def _how_sure(estimate: Estimate) -> str:
    if estimate.value is None:
        return "no scored voice"
    return f"95 % interval {interval(estimate)}, n = {count(estimate.n, 'scored voice')}"


def _against(recently: str, recent: Change) -> str:
    now, before = recent.polarity_now, recent.polarity_before
    if now.value is None:
        return f"{recently}: no scored voice"
    head = f"{recently}: {signed(now.value)} (n = {now.n:,}); "
    if before.value is None:
        return head + f"nothing scored in the {count(recent.before.n_days, 'day')} before"
    change = f"change {_change(recent)}{_by_chance(recent.polarity_change)}"
    return head + f"before: {signed(before.value)} (n = {before.n:,}); {change}"


def _share_change(recent: Change, recently: str) -> str:
    if not recent.n_sources:
        return f"{recently}: no source published in both periods"
    panel = f"on the {count(recent.n_sources, 'source')} present in both periods"
    return (
        f"{recently}: {percent(recent.share_now.value)}, before: {percent(recent.share_before.value)} {panel}; "
        f"change {_points_change(recent.share_change)} points{_by_chance(recent.share_change)}"
    )


def _by_chance(change: Estimate) -> str:
    return ", may be chance" if verdict(change) == "unclear" else ""


def _change(change: Change) -> str:
    """Write the change of polarity; where it is too few, the n of both sides."""
    moved = change.polarity_change
    if moved.value is None or moved.too_few:
        return f"too few (n = {change.polarity_before.n:,} → {change.polarity_now.n:,})"
    return f"{signed(moved.value)} ({interval(moved)})"


def _points_change(change: Estimate) -> str:
    if change.value is None:
        return "–"
    return f"{signed(change.value * 100, 1)} ({interval(change, 1, 100)})"
