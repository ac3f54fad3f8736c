"""What moved in a week, and why: spikes of days, changes of the week, themes that rose; the strongest few are told.

Each move carries the stories, words and sentences of its own days, so that nobody has to believe it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from analysis.digest.chance import (
    chance_of_rise,
    distance_from_zero,
    distance_of,
    has_interval,
    moved,
    standing_out,
)
from analysis.digest.new_themes import THEME_P_VALUE
from analysis.digest.records import Move, MoveKind, NewTheme
from analysis.digest.weeks import Week
from analysis.measures import Change, Contribution, Estimate, GroupKind, Measure, Span, Spike
from analysis.terms import distinctive_terms
from db.daily import AskedSpan, read_texts
from db.read import Evidence, Story
from db.snapshot import Snapshot
from db.source_health import USUAL_DAYS
from db.week import ThemeVoices, read_shared_voices, read_stories, read_strongest

MOST_MOVES = 5
"""Moves that are told: what a person reads on a Monday."""

STORIES_OF_MOVE = 2
SENTENCES_OF_MOVE = 2
PARTS_OF_MOVE = 2
TERMS_OF_MOVE = 4  # in each language

TEXTS_OF_MOVE = 2000
"""Texts that are read for the words of a move, in each language; more say the same."""

SPIKES = frozenset({MoveKind.VOLUME_SPIKE, MoveKind.POLARITY_SPIKE})

TONE = frozenset({MoveKind.POLARITY_SPIKE, MoveKind.POLARITY_CHANGE})

SHARED = 0.5
"""Share of the voices about a company that also name another one, beyond which both moved by the same stories."""


@dataclass(frozen=True, slots=True)
class Moves:
    """The strongest moves, how many there are in all, and how many changes were tested."""

    strongest: tuple[Move, ...]
    n_all: int
    n_compared: int


def find_moves(
    snapshot: Snapshot,
    week: Week,
    subject: str,
    *,
    changes: Sequence[Change],
    spikes: Sequence[Spike],
    themes: Sequence[ThemeVoices],
    new_themes: Sequence[NewTheme],
    theme_names: dict[str, str],
    minimum_voices: int,
) -> Moves:
    """Find the moves of the week: those of the subject first, then the strongest; one per entity and kind of figure.

    ``changes`` are week against week for all entities, ``spikes`` those of the days of the week, ``themes`` the voices
    of the subject by theme. Changes of the subject are told where their interval excludes 0, those of the others only
    where they stand out from as many as were tested.
    """
    name = next((change.name for change in changes if change.entity == subject), subject)
    shared = [change for change in changes if _has_shares(change, minimum_voices)]
    found = [
        *(_of_spike(spike) for spike in spikes),
        *(_of_polarity(change) for change in changes if change.entity == subject and moved(change.polarity_change)),
        *(_of_share(change) for change in shared if change.entity == subject and moved(change.share_change)),
        *_of_others(
            [change for change in changes if change.entity != subject],
            [change for change in shared if change.entity != subject],
        ),
        *_of_themes(themes, {theme.theme for theme in new_themes}, subject, name, minimum_voices),
    ]
    ranked = sorted(found, key=lambda move: (move.entity != subject, -move.strength, move.entity, move.kind))
    single = list({(move.entity, _figure(move), move.theme): move for move in reversed(ranked)}.values())
    single.sort(key=ranked.index)
    n_compared = sum(has_interval(change.polarity_change) for change in changes)
    n_compared += sum(has_interval(change.share_change) for change in shared)
    grouped = _by_stories(snapshot, week, single)
    strongest = [_with_reason(snapshot, week, move, theme_names) for move in grouped[:MOST_MOVES]]
    return Moves(tuple(strongest), len(grouped), n_compared)


def _of_others(changes: Sequence[Change], shared: Sequence[Change]) -> list[Move]:
    """Give the changes of polarity and of share that stand out together."""
    stands = standing_out([*(one.polarity_change for one in changes), *(one.share_change for one in shared)])
    tone = [_of_polarity(one) for one, is_told in zip(changes, stands[: len(changes)], strict=True) if is_told]
    return tone + [_of_share(one) for one, is_told in zip(shared, stands[len(changes) :], strict=True) if is_told]


def _by_stories(snapshot: Snapshot, week: Week, moves: Sequence[Move]) -> list[Move]:
    """Tell moves of one kind, direction and day as one where most voices about the others name the first company."""
    groups: list[tuple[Move, list[Move]]] = []
    for move in moves:
        for first, others in groups:
            alike = (move.kind, move.upward, move.day) == (first.kind, first.upward, first.day)
            if alike and move.entity != first.entity and _is_shared(snapshot, week, first, move):
                others.append(move)
                break
        else:
            groups.append((move, []))
    return [replace(first, also=tuple((one.name, one.value - one.usual) for one in others)) for first, others in groups]


def _is_shared(snapshot: Snapshot, week: Week, first: Move, move: Move) -> bool:
    span = _span_behind(week, move)
    n_voices, n_shared = read_shared_voices(snapshot, move.entity, first.entity, span.since, span.until)
    return n_shared > SHARED * n_voices


def _span_behind(week: Week, move: Move) -> Span:
    """Give the days whose stories made a move: the day of a spike, else the week, for a share that fell that before."""
    if move.day is not None:
        return Span(move.day, move.day)
    return week.earlier(1).span if move.kind is MoveKind.SHARE_CHANGE and not move.upward else week.span


def _figure(move: Move) -> str:
    """Name the figure that moved: a spike and a change of the same figure are one move."""
    return "polarity" if move.kind in TONE else move.kind.value


def _of_spike(spike: Spike) -> Move:
    is_volume = spike.measure is Measure.VOLUME
    return Move(
        kind=MoveKind.VOLUME_SPIKE if is_volume else MoveKind.POLARITY_SPIKE,
        entity=spike.entity,
        name=spike.name,
        theme=None,
        day=spike.day,
        value=spike.value,
        usual=spike.usual,
        n=spike.n_voices,
        n_before=None,
        difference=None,
        z=spike.z,
        strength=abs(spike.z),
        stories=spike.stories[:STORIES_OF_MOVE],
        terms=spike.terms,
        sentences=spike.sentences,
        contributions=(),
    )


def _of_polarity(change: Change) -> Move:
    now, before = change.polarity_now, change.polarity_before
    outlets = [part for part in change.contributions if part.kind is GroupKind.OUTLET and part.key]
    return _of_change(MoveKind.POLARITY_CHANGE, change, now, before, change.polarity_change, outlets)


def _of_share(change: Change) -> Move:
    now, before = change.share_now, change.share_before
    move = _of_change(MoveKind.SHARE_CHANGE, change, now, before, change.share_change, ())
    return replace(move, n_sources=change.n_sources)


def _of_change(
    kind: MoveKind,
    change: Change,
    now: Estimate,
    before: Estimate,
    difference: Estimate,
    parts: Sequence[Contribution],
) -> Move:
    assert now.value is not None
    assert before.value is not None
    return Move(
        kind=kind,
        entity=change.entity,
        name=change.name,
        theme=None,
        day=None,
        value=now.value,
        usual=before.value,
        n=now.n,
        n_before=before.n,
        difference=difference,
        z=None,
        strength=distance_from_zero(difference),
        stories=(),
        terms=(),
        sentences=(),
        contributions=tuple(parts[:PARTS_OF_MOVE]),
    )


def _has_shares(change: Change, minimum_voices: int) -> bool:
    """Say whether the shares of both weeks are known, and those of the entity rest on enough voices in one of them."""
    is_known = change.share_now.value is not None and change.share_before.value is not None
    return is_known and max(change.n_voices_now, change.n_voices_before) >= minimum_voices


def _of_themes(
    themes: Sequence[ThemeVoices], already_new: set[str], subject: str, name: str, minimum_voices: int
) -> Iterable[Move]:
    total = next((row for row in themes if row.theme is None), None)
    if total is None or total.n_before < minimum_voices or total.n_now < minimum_voices:
        return
    for row in themes:
        if row.theme is None or row.theme in already_new or row.n_now < minimum_voices:
            continue
        p_value = chance_of_rise(row.n_now, total.n_now, row.n_before, total.n_before)
        if p_value >= THEME_P_VALUE:
            continue
        yield Move(
            kind=MoveKind.THEME_RISE,
            entity=subject,
            name=name,
            theme=row.theme,
            day=None,
            value=row.n_now / total.n_now,
            usual=row.n_before / total.n_before,
            n=total.n_now,
            n_before=total.n_before,
            difference=None,
            z=None,
            strength=distance_of(p_value),
            stories=(),
            terms=(),
            sentences=(),
            contributions=(),
        )


def _with_reason(snapshot: Snapshot, week: Week, move: Move, theme_names: dict[str, str]) -> Move:
    """Give a move with its stories, words and sentences, and its theme by name; spikes bring some of them.

    Stories of a change in tone are those on that side of what was usual. A share that fell has those of the week
    before. A share that moved although the voices of its own did not has none: the others moved.
    """
    span, theme, sign = _span_behind(week, move), move.theme, 1 if move.upward else -1
    if move.kind in SPIKES:
        stories = _stories(snapshot, move, span, sign) if move.kind in TONE else move.stories
        return replace(move, stories=stories, sentences=_untold(move.sentences, stories))
    if move.kind is MoveKind.SHARE_CHANGE and not move.is_its_own:
        return move
    stories = _stories(snapshot, move, span, sign if move.kind in TONE else 0)
    if move.kind is MoveKind.SHARE_CHANGE and not move.upward:
        return replace(move, stories=stories, tells_before=True)
    earlier = AskedSpan(move.entity, span.since - timedelta(days=USUAL_DAYS), span.since - timedelta(days=1))
    now, before = read_texts(snapshot, [AskedSpan(move.entity, span.since, span.until), earlier], TEXTS_OF_MOVE, theme)
    return replace(
        move,
        theme=theme_names.get(theme, theme) if theme else None,
        stories=stories,
        terms=distinctive_terms(now, before, names=(move.entity, move.name), limit=TERMS_OF_MOVE),
        sentences=_untold(
            read_strongest(
                snapshot,
                move.entity,
                span.since,
                span.until,
                SENTENCES_OF_MOVE + STORIES_OF_MOVE,
                sign=sign if move.kind in TONE else 0,
                theme=theme,
            ),
            stories,
        ),
    )


def _untold(sentences: Sequence[Evidence], stories: Sequence[Story]) -> tuple[Evidence, ...]:
    """Give the strongest sentences that are not the title of one of the stories above them."""
    titles = {story.title for story in stories}
    return tuple(one for one in sentences if one.sentence not in titles)[:SENTENCES_OF_MOVE]


def _stories(snapshot: Snapshot, move: Move, span: Span, sign: int) -> tuple[Story, ...]:
    return read_stories(
        snapshot,
        move.entity,
        span.since,
        span.until,
        STORIES_OF_MOVE,
        theme=move.theme,
        sign=sign,
        usual=move.usual,
        by_mentions=True,
    )
