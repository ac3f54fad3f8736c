"""The sections of the letter about the press: the other companies, what moved, the stories, the new themes."""

from analysis.digest.figures import Figures, isolated, shortened, spoken_name, unbroken
from analysis.digest.headline import MOST_NAMED, Headline
from analysis.digest.letter import Cell, Group, Item, Linked, Row, Section, Table
from analysis.digest.moves import TONE
from analysis.digest.records import Digest, Move, MoveKind, Standing
from analysis.digest.wording import Wording
from analysis.measures import Estimate, GroupKind
from db.read import Evidence, Story

TITLE_CHARS = 160
"""Longest title; what is longer is cut, so that no page can blow the letter up."""

SENTENCE_CHARS = 360
"""Longest sentence."""

TERM_CHARS = 40

MOST_TERMS = 6
MOST_PARTS = 2

DIRECTED = {
    MoveKind.VOLUME_SPIKE: "volume",
    MoveKind.POLARITY_SPIKE: "polarity",
    MoveKind.POLARITY_CHANGE: "change",
    MoveKind.SHARE_CHANGE: "share",
    MoveKind.THEME_RISE: "theme",
}
"""Beginning of the keys that tell each kind of move."""


class PressSections:
    """Tells those sections of one digest."""

    def __init__(self, digest: Digest, wording: Wording, figures: Figures, headline: Headline) -> None:
        self._digest = digest
        self._wording = wording
        self._figures = figures
        self._headline = headline

    def others(self) -> Section:
        """Give the table of the other companies."""
        say, digest = self._wording.say, self._digest
        minimum = digest.minimum_voices
        closing = []
        share = digest.subject.change.share_now
        if share.value is not None:
            sources = self._headline.unit("sources", digest.subject.change.n_sources)
            closing.append(say("table.panel", sources=sources, voices=self._headline.unit("voices", share.n)))
        if digest.n_others_quiet:
            shown = self._figures.count(digest.n_others_quiet)
            closing.append(self._wording.count("table.quiet", digest.n_others_quiet, shown, minimum=minimum))
        if not digest.others:
            return Section(say("table.heading"), intro=(say("table.none", minimum=minimum),))
        columns = tuple(say(f"table.{name}") for name in ("name", "articles", "share", "polarity"))
        rows = tuple(self._row(standing) for standing in digest.others)
        return Section(say("table.heading"), table=Table(columns, rows), closing=tuple(closing))

    def _row(self, standing: Standing) -> Row:
        figures, say, change = self._figures, self._wording.say, standing.change
        articles = Cell(figures.count(change.n_articles_now), (self._headline.counts(standing),))
        share_notes = []
        if interval := figures.share_interval(change.share_now):
            share_notes.append(interval)
        if change.share_change.value is not None:
            share_notes.append(f"{say('table.change')} {figures.short_points(change.share_change.value)}")
            if interval := figures.share_interval(change.share_change, change=True):
                share_notes[-1] += f": {unbroken(interval)}"
        share = say("form.none") if change.share_now.value is None else figures.percent(change.share_now.value)
        now = change.polarity_now
        notes = []
        if now.value is not None:
            interval = figures.interval(now)
            notes.append(f"{interval or say('tile.too_few')}, {say('tile.n', n=figures.count(now.n))}")
        if change.polarity_change.value is not None and not change.polarity_change.too_few:
            interval = figures.interval(change.polarity_change)
            notes.append(f"{say('table.change')} {figures.signed(change.polarity_change.value)}: {unbroken(interval)}")
        polarity = Cell(self._headline.polarity(now), tuple(notes))
        return Row(spoken_name(change.name), (articles, Cell(share, tuple(share_notes)), polarity))

    def moves(self) -> Section:
        """Give the moves with their reasons."""
        say, count, digest = self._wording.say, self._wording.count, self._digest
        heading = say("moves.heading")
        if not digest.moves:
            none = say("moves.none") if digest.n_compared else say("moves.none_to_compare")
            return Section(heading, intro=(none,))
        closing = []
        if digest.n_moves > len(digest.moves):
            left = digest.n_moves - len(digest.moves)
            closing.append(count("moves.more", left, self._figures.count(left)))
        if digest.n_compared:
            closing.append(count("moves.chance", digest.n_compared, self._figures.count(digest.n_compared)))
        return Section(heading, items=tuple(self._move(move) for move in digest.moves), closing=tuple(closing))

    def _move(self, move: Move) -> Item:
        groups = []
        if move.stories:
            stories = tuple(self._story(story) for story in move.stories)
            key = "moves.stories_before" if move.tells_before else "moves.stories"
            groups.append(Group(self._wording.say(key), stories))
        if move.sentences:
            sentences = tuple(self._sentence(evidence) for evidence in move.sentences)
            key = "moves.sentences" if move.kind in TONE else "moves.strongest"
            groups.append(Group(self._wording.say(key), sentences))
        return Item(self.move_title(move), tuple(self._move_lines(move)), tuple(groups))

    def move_title(self, move: Move) -> str:
        """Give the sentence that tells a move: who, what, how much, over how many."""
        say, count, figures = self._wording.say, self._wording.count, self._figures
        name = spoken_name(move.name)
        key = f"moves.{DIRECTED[move.kind]}_{'up' if move.upward else 'down'}"
        day = figures.day(move.day) if move.day else ""
        if move.kind is MoveKind.THEME_RISE:
            words = {"k": figures.count(move.n_own), "k_before": figures.count(move.n_own_before)}
            words |= {"theme": move.theme or "", "n_before": figures.count(move.n_before or 0)}
            return count(key, move.n, figures.count(move.n), name=name, **words)
        if move.kind is MoveKind.VOLUME_SPIKE:
            return count(key, move.n, figures.count(move.n), name=name, day=day, usual=figures.count(move.usual))
        if move.kind is MoveKind.SHARE_CHANGE:
            return say(key, name=name, value=figures.percent(move.value), usual=figures.percent(move.usual))
        value, usual = figures.signed(move.value), figures.signed(move.usual)
        if move.kind is MoveKind.POLARITY_SPIKE:
            return count(key, move.n, figures.count(move.n), name=name, day=day, value=value, usual=usual)
        return say(key, name=name, value=value, usual=usual)

    def _move_lines(self, move: Move) -> list[str]:
        say, figures, lines = self._wording.say, self._figures, list[str]()
        if move.z is not None:
            lines.append(say("moves.z", z=figures.score(move.z)))
        if move.difference is not None and move.difference.value is not None:
            lines.append(self._difference(move, move.difference, move.difference.value))
        if move.kind is MoveKind.SHARE_CHANGE and not move.is_its_own:
            lines.append(say("moves.others_fell" if move.upward else "moves.others_rose"))
        if move.also:
            named = [
                say("moves.part", label=spoken_name(name), value=self._gain(move.kind, value))
                for name, value in move.also
            ]
            lines.append(say("moves.also", names=figures.names(named, MOST_NAMED)))
        if parts := self._parts(move):
            lines.append(say("moves.parts", parts=parts))
        if move.terms:
            terms = [f"{isolated(shortened(term.text, TERM_CHARS))} ({term.language})" for term in move.terms]
            lines.append(say("moves.terms", terms=", ".join(terms[:MOST_TERMS])))
        return lines

    def _gain(self, kind: MoveKind, difference: float) -> str:
        if kind is MoveKind.SHARE_CHANGE:
            return self._figures.points(difference)
        if kind is MoveKind.VOLUME_SPIKE:
            return self._wording.count("unit.voices", round(abs(difference)), self._figures.gain(difference))
        return self._figures.signed(difference)

    def _difference(self, move: Move, difference: Estimate, change: float) -> str:
        say, figures, before = self._wording.say, self._figures, move.n_before or 0
        if move.kind is not MoveKind.SHARE_CHANGE:
            words = {"now": self._headline.unit("voices", move.n), "before": figures.count(before)}
            value, interval = figures.signed(change), figures.interval(difference)
            return say("moves.difference", value=value, range=interval, **words)
        return say(
            "moves.share_difference",
            value=figures.points(change),
            range=figures.share_interval(difference, change=True),
            k=figures.count(move.n_own),
            n=figures.count(move.n),
            k_before=figures.count(move.n_own_before),
            n_before=figures.count(before),
            sources=self._headline.unit("sources", move.n_sources or 0),
        )

    def _parts(self, move: Move) -> str:
        outlets = [part for part in move.contributions if part.kind is GroupKind.OUTLET]
        named = [
            self._wording.say(
                "moves.part",
                label=spoken_name(part.label),
                value=self._figures.signed(part.mix + part.within),
            )
            for part in outlets[:MOST_PARTS]
        ]
        return ", ".join(named)

    def stories(self) -> Section:
        """Give the stories about the subject with the widest reach."""
        say, digest = self._wording.say, self._digest
        heading = say("stories.heading", name=spoken_name(digest.subject.change.name))
        if not digest.stories:
            return Section(heading, intro=(say("stories.none"),))
        left = digest.n_stories - len(digest.stories)
        closing = (self._wording.count("stories.more", left, self._figures.count(left)),) if left > 0 else ()
        return Section(heading, entries=tuple(self._story(story) for story in digest.stories), closing=closing)

    def _story(self, story: Story) -> Linked:
        words = {
            "outlet": spoken_name(story.outlet),
            "day": self._figures.day(story.published_at.date()),
            "articles": self._headline.unit("articles", story.n_articles),
            "outlets": self._headline.unit("outlets", story.n_outlets),
        }
        if story.mean_polarity is None:
            note = self._wording.say("stories.reach", **words)
        else:
            polarity = self._figures.signed(story.mean_polarity)
            note = self._wording.say("stories.reach_polarity", **words, polarity=polarity)
        return Linked(shortened(story.title, TITLE_CHARS) or story.url, story.language, story.url, note)

    def _sentence(self, evidence: Evidence) -> Linked:
        parts = [spoken_name(evidence.outlet), self._figures.day(evidence.published_at.date())]
        if evidence.polarity is not None:
            parts.append(f"{self._wording.say('tile.polarity')} {self._figures.signed(evidence.polarity)}")
        return quoted_sentence(evidence, " · ".join(parts))

    def new_themes(self) -> Section:
        """Give the themes that are new against the four weeks before."""
        say, figures, digest = self._wording.say, self._figures, self._digest
        heading = say("themes.heading")
        if not digest.subject.change.n_voices_now:
            return Section(heading, intro=(say("themes.no_voices"),))
        if digest.n_voices_earlier < digest.minimum_voices:
            words = {"n": figures.count(digest.n_voices_earlier), "minimum": digest.minimum_voices}
            return Section(heading, intro=(say("themes.no_base", **words),))
        items = tuple(
            Item(
                say(
                    "themes.item",
                    theme=theme.name_in(digest.language),
                    k=figures.count(theme.n_now),
                    n=figures.count(theme.n_all_now),
                    k_before=figures.count(theme.n_before),
                    n_before=figures.count(theme.n_all_before),
                ),
                groups=(Group("", tuple(self._story(story) for story in theme.stories)),),
            )
            for theme in digest.new_themes
        )
        return Section(heading, items=items) if items else Section(heading, intro=(say("themes.none"),))


def quoted_sentence(evidence: Evidence, note: str) -> Linked:
    """Give a sentence with its link; what is too long is cut around the name that it is about."""
    return Linked(_around(evidence), evidence.language, evidence.url, note, is_quote=True)


def _around(evidence: Evidence) -> str:
    sentence = evidence.sentence
    if len(sentence) <= SENTENCE_CHARS:
        return " ".join(sentence.split())
    begin = max(0, min(evidence.start - SENTENCE_CHARS // 3, len(sentence) - SENTENCE_CHARS))
    cut = " ".join(sentence[begin : begin + SENTENCE_CHARS].split())
    return f"{'…' if begin else ''}{cut}{'…' if begin + SENTENCE_CHARS < len(sentence) else ''}"
