"""The data block of the page: sums by column, sentences within a byte budget, compressed.

The block is gzip in base64: a third of the bytes, and no text of a page can end the script element that holds it.
Polarities and their sums are integers in units of 1 / SCALE; places in lists stand for names.
"""

import base64
import gzip
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from analysis.measures import Series
from analysis.report.aggregate import t_quantiles
from analysis.report.buckets import Bucket, bucket_of, list_buckets
from analysis.report.charts import COMPANY_SLOTS, chart_specs
from analysis.report.facts import COMPARED, ReportFacts
from analysis.report.safe_text import language_name, medium_name, plain_text, safe_url
from db.report_cells import EARNED, LongStory, ReachCell, Signature, ToldSentence, VoiceCell

SCALE = 10_000
"""Sums carry four decimals: the page shows two."""

SENTENCE_BYTES = 3_500_000
"""Bytes of sentences, titles and addresses before compression, which leaves about half."""

SENTENCE_COST_BYTES = 40
"""Bytes of a sentence's numbers."""

COMPRESSION = 9


def encode(payload: Mapping[str, Any]) -> str:
    """Write a payload as base64 of gzip of JSON; equal payloads give equal text."""
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(gzip.compress(text.encode(), COMPRESSION, mtime=0)).decode()


def decode(text: str) -> dict[str, Any]:
    """Read what :func:`encode` wrote."""
    payload: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(text)))
    return payload


def build_payload(facts: ReportFacts) -> dict[str, Any]:
    """Give the data of the page as JSON values: lists of names, and numbers that name them by place.

    Sums (``voices``, ``themed``, ``long``, ``longThemed``, ``reach``) are columns of equal length. Rows are lists:
    ``series`` by company (bucket, articles, voices, outlets, positive, negative, polarity, low, high, n; low and high
    None where too few), ``moves`` (company, bucket, measure, z, number), ``changePoints`` (company, bucket, measure),
    ``articles`` and ``sentences`` as :func:`_article` and :func:`_sentence` say.
    """
    names = _Names(facts)
    return {
        "grain": facts.grain.value,
        "scale": SCALE,
        "minimum": facts.minimum_voices,
        "quantiles": t_quantiles(),
        "slots": COMPANY_SLOTS,
        "compared": COMPARED,
        "buckets": [
            [b.first.isoformat(), b.last.isoformat(), b.since.isoformat(), b.until.isoformat(), b.label]
            for b in names.buckets
        ],
        "entities": [[e.entity, e.name, e.role] for e in facts.entities],
        "languages": [[code, language_name(code)] for code in names.languages],
        "media": [[medium, medium_name(medium), group] for medium, group in names.media.items()],
        "outlets": [[plain_text(o.name), names.medium(o.medium), o.country or ""] for o in facts.outlets],
        "themes": [[theme.id, theme.names["en"]] for theme in facts.themes],
        "themeEntities": [names.entity(entity) for entity in facts.theme_entities],
        "signatures": names.signature_pairs(),
        "voices": _voice_columns(facts.voices, names),
        "themed": _voice_columns(facts.themed, names),
        "long": _long_columns(facts.long_stories, names),
        "longThemed": _long_columns(facts.long_themes, names),
        "reach": _reach_columns(facts.reach, names),
        "series": {str(names.entity(s.entity)): _points(s, names) for s in facts.series},
        "gaps": sorted({names.bucket(day) for s in facts.series for day in s.gaps if names.knows(day)}),
        "moves": [
            [names.entity(s.entity), names.bucket_with(s.day), s.measure.value, round(s.z, 1), i + 1]
            for i, s in enumerate(facts.spikes)
        ],
        "changePoints": [
            [names.entity(c.entity), names.bucket_with(c.bucket), c.measure.value] for c in facts.change_points
        ],
        **_sentences(facts, names),
        "model": [facts.provenance.model_id or "", facts.provenance.model_revision or ""],
        "charts": chart_specs(),
    }


class _Names:
    """Places of names in the lists of the payload."""

    def __init__(self, facts: ReportFacts) -> None:
        self.buckets: tuple[Bucket, ...] = list_buckets(facts.span, facts.grain)
        self._grain = facts.grain
        self._bucket_places = {bucket.first: place for place, bucket in enumerate(self.buckets)}
        self._entity_places = {entity.entity: place for place, entity in enumerate(facts.entities)}
        self.languages = sorted({row.language for row in facts.reach})
        self._language_places = {code: place for place, code in enumerate(self.languages)}
        groups = {o.medium: EARNED if o.earned else o.medium for o in facts.outlets}
        self.media = dict(sorted(groups.items(), key=lambda pair: (pair[1] != EARNED, pair[0])))
        self._medium_places = {medium: place for place, medium in enumerate(self.media)}
        self._outlet_places = {o.source_id: place for place, o in enumerate(facts.outlets)}
        self._theme_places = {theme.id: place for place, theme in enumerate(facts.themes)}
        self._signature_places: dict[Signature, int] = {}
        cells = (cell.signature for cell in (*facts.voices, *facts.themed))
        stories = (row.signature for row in (*facts.long_stories, *facts.long_themes))
        for signature in (*cells, *stories):
            self._signature_places.setdefault(signature, len(self._signature_places))

    def bucket(self, first: date) -> int:
        return self._bucket_places[first]

    def bucket_with(self, day: date) -> int:
        return self._bucket_places[bucket_of(day, self._grain)]

    def knows(self, first: date) -> bool:
        return first in self._bucket_places

    def entity(self, entity: str) -> int:
        return self._entity_places[entity]

    def language(self, code: str) -> int:
        return self._language_places[code]

    def medium(self, medium: str) -> int:
        return self._medium_places[medium]

    def outlet(self, source_id: str) -> int:
        return self._outlet_places[source_id]

    def theme(self, theme: str) -> int:
        return self._theme_places[theme]

    def has_theme(self, theme: str) -> bool:
        return theme in self._theme_places

    def signature(self, signature: Signature) -> int:
        return self._signature_places[signature]

    def signature_pairs(self) -> list[list[int]]:
        """Give each signature as a list: language, medium, language, medium and so on."""
        return [
            [place for language, medium in signature for place in (self.language(language), self.medium(medium))]
            for signature in self._signature_places
        ]


def _scaled(value: float) -> int:
    return round(value * SCALE)


def _voice_columns(cells: Sequence[VoiceCell], names: _Names) -> dict[str, list[int]]:
    columns = {
        "entity": [names.entity(c.entity) for c in cells],
        "bucket": [names.bucket(c.bucket) for c in cells],
        "signature": [names.signature(c.signature) for c in cells],
        "n": [c.n_voices for c in cells],
        "scored": [c.n_scored for c in cells],
        "total": [_scaled(c.total) for c in cells],
        "squares": [_scaled(c.squares) for c in cells],
        "positive": [_scaled(c.positive) for c in cells],
        "negative": [_scaled(c.negative) for c in cells],
    }
    if any(c.theme is not None for c in cells):
        columns["theme"] = [names.theme(c.theme or "") for c in cells]
    return columns


def _long_columns(rows: Sequence[LongStory], names: _Names) -> dict[str, list[int]]:
    numbers: dict[tuple[str, str | None, str, str], int] = {}
    for row in rows:
        numbers.setdefault((row.entity, row.theme, row.media, row.story_id), len(numbers))
    columns = {
        "story": [numbers[row.entity, row.theme, row.media, row.story_id] for row in rows],
        "entity": [names.entity(row.entity) for row in rows],
        "bucket": [names.bucket(row.bucket) for row in rows],
        "signature": [names.signature(row.signature) for row in rows],
        "scored": [row.n_scored for row in rows],
        "total": [_scaled(row.total) for row in rows],
        "positive": [row.n_positive for row in rows],
        "negative": [row.n_negative for row in rows],
    }
    if any(row.theme is not None for row in rows):
        columns["theme"] = [names.theme(row.theme or "") for row in rows]
    return columns


def _reach_columns(cells: Sequence[ReachCell], names: _Names) -> dict[str, list[int]]:
    return {
        "entity": [names.entity(c.entity) for c in cells],
        "bucket": [names.bucket(c.bucket) for c in cells],
        "outlet": [names.outlet(c.source_id) for c in cells],
        "language": [names.language(c.language) for c in cells],
        "n": [c.n_articles for c in cells],
        "sentences": [c.n_sentences for c in cells],
        "scored": [c.n_scored for c in cells],
        "total": [_scaled(c.total) for c in cells],
        "squares": [_scaled(c.squares) for c in cells],
    }


def _points(series: Series, names: _Names) -> list[list[int | float | None]]:
    return [
        [
            names.bucket(point.bucket),
            point.n_articles,
            point.n_voices,
            point.n_outlets,
            *(
                None if value is None else round(value, 4)
                for value in (
                    point.share_positive,
                    point.share_negative,
                    point.polarity.value,
                    None if point.polarity.too_few else point.polarity.low,
                    None if point.polarity.too_few else point.polarity.high,
                )
            ),
            point.polarity.n,
        ]
        for point in series.points
    ]


def _sentences(facts: ReportFacts, names: _Names) -> dict[str, Any]:
    articles: dict[str, int] = {}
    article_rows: list[list[Any]] = []
    rows = []
    left = SENTENCE_BYTES
    for told in facts.sentences:
        cost = len(told.sentence.encode()) + SENTENCE_COST_BYTES
        if told.revision_id not in articles:
            cost += len(told.title.encode()) + len(told.url) + SENTENCE_COST_BYTES
        if cost > left:
            break  # the strongest of every point come first; what is left out is counted in the page
        left -= cost
        if told.revision_id not in articles:
            articles[told.revision_id] = len(article_rows)
            article_rows.append(_article(told, facts, names))
        rows.append(_sentence(told, articles[told.revision_id], names))
    return {"articles": article_rows, "sentences": rows}


def _article(told: ToldSentence, facts: ReportFacts, names: _Names) -> list[Any]:
    """Title, address or "", outlet, language, time of publication (UTC), themes."""
    themes = [names.theme(t) for t in facts.article_themes.get(told.revision_id, ()) if names.has_theme(t)]
    return [
        plain_text(told.title),
        safe_url(told.url),
        names.outlet(told.source_id),
        names.language(told.language),
        f"{told.published_at:%Y-%m-%d %H:%M}",
        themes,
    ]


def _sentence(told: ToldSentence, article: int, names: _Names) -> list[Any]:
    """Company, bucket, article, text, start and end of the naming, p- p0 p+, polarity, outcome of scoring."""
    scores = (told.p_negative, told.p_neutral, told.p_positive)
    return [
        names.entity(told.entity),
        names.bucket(told.bucket),
        article,
        plain_text(told.sentence),
        _utf16(told.sentence[: told.start]),
        _utf16(told.sentence[: told.end]),
        *(None if score is None else round(score, 2) for score in scores),
        None if told.p_positive is None or told.p_negative is None else round(told.p_positive - told.p_negative, 2),
        told.score_outcome,
    ]


def _utf16(text: str) -> int:
    """Give the length as JavaScript counts it."""
    return len(text.encode("utf-16-le")) // 2
