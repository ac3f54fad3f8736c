"""The same questions in pandas: the columns that they read in memory, what repeats as categories."""

import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bench.synthetic_press import FIRST_DAY, LAST_DAY, SUBJECT
from bench.timeline_questions import DAY, QUARTER, QUARTER_BEFORE, TOP, WEEK, YEAR, Rows
from db.snapshot import open_snapshot

_GOOD = ("ok", "unchanged", "empty")
_CATEGORIES = ("entity", "source_id", "medium", "country", "label", "outcome", "score_outcome", "part")


class PandasRival:
    """The columns of a snapshot as frames; ``load_seconds`` is the time to fill them from the snapshot."""

    def __init__(self, snapshot_path: Path) -> None:
        started = time.perf_counter()
        self._coverage = _frame(
            snapshot_path,
            "SELECT entity, story_id, title, published_at, published_on, revision_id, source_id, medium, earned,"
            " country, polarity, label FROM coverage",
        )
        self._coverage["story"] = pd.factorize(self._coverage["story_id"])[0]  # numbers, so that grouping is quick
        # what belongs to the article stands once, in a frame of its own
        self._articles = _frame(
            snapshot_path,
            "SELECT a.rowid AS article, r.canonical_url AS url, a.page_id, a.part, a.record_offset FROM article_fact a"
            " JOIN revision r ON r.revision_id = a.revision_id",
        ).set_index("article")
        self._sentences = _by_month(
            snapshot_path,
            "SELECT s.entity, s.published_on, a.rowid AS article, s.mention_id, s.sentence, s.polarity, s.score_outcome"
            " FROM sentences s JOIN article_fact a ON a.revision_id = s.revision_id",
        )
        self._facts = _frame(snapshot_path, "SELECT source_id, published_on FROM article_fact WHERE is_current")
        self._feeds = _frame(snapshot_path, "SELECT source_id, fetched_at, outcome, n_items FROM feed_check")
        self._sources = _frame(snapshot_path, "SELECT source_id, earned FROM current_source")
        self._entities = [str(row) for row in _frame(snapshot_path, "SELECT entity FROM entities")["entity"]]
        self.load_seconds = time.perf_counter() - started

    def ask(self, name: str) -> Rows:
        """Give the answer to a question of the same name."""
        answer: pd.DataFrame = {
            "timeline, a year by week": self._timeline,
            "share_of_voice, a quarter": self._share_of_voice,
            "share_of_voice_change, two quarters": self._share_of_voice_change,
            "top_stories, a week": self._top_stories,
            "evidence, a day": self._evidence,
            "sources_up, a year by week": self._sources_up,
            "coverage by country and medium, a year": self._countries,
        }[name]()
        return [tuple(_python(value) for value in row) for row in answer.itertuples(index=False, name=None)]

    def _hits(self, days: tuple[date, date], *, earned: bool = True) -> pd.DataFrame:
        rows = self._coverage
        kept = (rows["entity"] == SUBJECT) & _between(rows["published_on"], days)
        return rows[kept & rows["earned"] if earned else kept]

    def _timeline(self) -> pd.DataFrame:
        hits = self._hits(YEAR)
        hits = hits.assign(bucket=_week(hits["published_on"]))
        for label in ("positive", "neutral", "negative"):
            hits[label] = (hits["label"] == label).astype(float).where(hits["label"].notna())
        numbers = ["polarity", "positive", "neutral", "negative"]
        voices = hits.groupby(["bucket", "story"])[numbers].mean()
        by_bucket = voices.groupby("bucket")
        means, counts = by_bucket.mean(), by_bucket["polarity"].count()
        half = _half(by_bucket["polarity"].std(), counts)
        reach = hits.groupby("bucket").agg(n=("story", "size"), outlets=("source_id", "nunique"))
        up = self._feeds[self._feeds["outcome"].isin(_GOOD)]
        up = up[up["fetched_at"] >= pd.Timestamp("2024-12-01")]
        n_up = up.groupby(_week(up["fetched_at"]))["source_id"].nunique().reindex(reach.index)
        return pd.DataFrame(
            {
                "bucket": reach.index.date,
                "n_articles": reach["n"],
                "n_stories": by_bucket.size(),
                "n_outlets": reach["outlets"],
                "n_scored": counts,
                **{name: means[name] for name in ("positive", "neutral", "negative", "polarity")},
                "low": (means["polarity"] - half).clip(lower=-1),
                "high": (means["polarity"] + half).clip(upper=1),
                "n_up": n_up,
            }
        )

    def _share_of_voice(self) -> pd.DataFrame:
        rows = self._coverage
        hits = rows[_between(rows["published_on"], QUARTER) & rows["earned"]]
        voices = hits.groupby(["entity", "story"], observed=True)["polarity"].mean()
        by_entity = voices.groupby("entity", observed=True)
        n, mean, half = by_entity.size(), by_entity.mean(), _half(by_entity.std(), by_entity.count())
        reach = hits.groupby("entity", observed=True).agg(n=("story", "size"), outlets=("source_id", "nunique"))
        return pd.DataFrame(
            {
                "entity": reach.index.astype(str),
                "n": reach["n"],
                "stories": n,
                "outlets": reach["outlets"],
                "share": reach["n"] / reach["n"].sum(),
                "share_stories": n / n.sum(),
                "mean": mean,
                "low": (mean - half).clip(lower=-1),
                "high": (mean + half).clip(upper=1),
            }
        )

    def _share_of_voice_change(self) -> pd.DataFrame:
        facts = self._facts
        earned = set(self._sources.loc[self._sources["earned"], "source_id"])
        both = [
            set(facts.loc[_between(facts["published_on"], span), "source_id"]) for span in (QUARTER_BEFORE, QUARTER)
        ]
        panel = both[0] & both[1] & earned
        rows = self._coverage
        rows = rows[rows["earned"] & rows["source_id"].isin(panel)]
        n_before, n_now = (
            rows[_between(rows["published_on"], span)].groupby("entity", observed=True)["story"].nunique()
            for span in (QUARTER_BEFORE, QUARTER)
        )
        n_before = n_before.reindex(self._entities, fill_value=0)
        n_now = n_now.reindex(self._entities, fill_value=0)
        before, now = n_before / n_before.sum(), n_now / n_now.sum()
        parts = {
            "entity": self._entities,
            "a": n_before,
            "b": n_now,
            "before": before,
            "now": now,
            "change": now - before,
        }
        return pd.DataFrame(parts).assign(n=len(panel))

    def _top_stories(self) -> pd.DataFrame:
        hits = self._hits(WEEK).sort_values(["published_at", "revision_id"])
        stories = hits.groupby("story_id").agg(
            title=("title", "first"),
            published_at=("published_at", "min"),
            n=("story", "size"),
            outlets=("source_id", "nunique"),
            scored=("polarity", "count"),
            mean=("polarity", "mean"),
        )
        stories = stories.reset_index().sort_values(
            ["outlets", "n", "published_at", "story_id"], ascending=[False, False, True, True]
        )
        return stories.head(TOP)[["story_id", "title", "published_at", "n", "outlets", "scored", "mean"]]

    def _evidence(self) -> pd.DataFrame:
        rows = self._sentences
        kept = rows[(rows["entity"] == SUBJECT) & (rows["published_on"] == pd.Timestamp(DAY))]
        found = kept.join(self._articles, on="article")
        columns = ["mention_id", "sentence", "url", "polarity", "score_outcome", "page_id", "part", "record_offset"]
        return found[columns]

    def _sources_up(self) -> pd.DataFrame:
        feeds, facts = self._feeds, self._facts
        feeds = feeds[_between(feeds["fetched_at"].dt.normalize(), YEAR)]
        week = _week(feeds["fetched_at"])
        asked = feeds.groupby(week).agg(n=("source_id", "nunique"), items=("n_items", "sum"))
        good = feeds["outcome"].isin(_GOOD)
        up = feeds[good].groupby(week[good])["source_id"].nunique()
        facts = facts[_between(facts["published_on"], YEAR)]
        published = facts.groupby(_week(facts["published_on"])).size().reindex(asked.index, fill_value=0)
        return pd.DataFrame(
            {"bucket": asked.index.date, "n": asked["n"], "up": up, "items": asked["items"], "published": published}
        )

    def _countries(self) -> pd.DataFrame:
        groups = self._hits(YEAR, earned=False).groupby(["country", "medium"], observed=True)
        found = groups.agg(n=("story", "size"), stories=("story", "nunique"), mean=("polarity", "mean"))
        return found.reset_index()


def _frame(snapshot_path: Path, sql: str) -> pd.DataFrame:
    with open_snapshot(snapshot_path) as snapshot:
        frame: pd.DataFrame = snapshot.connection.execute(sql).df()
    for column in _CATEGORIES:
        if column in frame:
            frame[column] = frame[column].astype("category")
    return frame


def _by_month(snapshot_path: Path, sql: str) -> pd.DataFrame:
    """Give a large frame; month by month, so that nothing is in memory twice."""
    months = pd.date_range(FIRST_DAY, LAST_DAY, freq="MS")
    frames = []
    for first in months:
        span = f"s.published_on >= '{first:%Y-%m-%d}' AND s.published_on < DATE '{first:%Y-%m-%d}' + INTERVAL 1 MONTH"
        frames.append(_frame(snapshot_path, f"{sql} WHERE {span}"))
    whole: pd.DataFrame = pd.concat(frames, ignore_index=True)
    for column in ("entity", "score_outcome"):
        whole[column] = whole[column].astype("category")
    return whole


def _between(days: "pd.Series[Any]", span: tuple[date, date]) -> "pd.Series[bool]":
    return days.between(pd.Timestamp(span[0]), pd.Timestamp(span[1]))


def _week(days: "pd.Series[Any]") -> "pd.Series[Any]":
    day = days.dt.normalize()
    return day - pd.to_timedelta(day.dt.weekday, unit="D")


def _half(spread: "pd.Series[float]", n: "pd.Series[int]") -> "pd.Series[float]":
    freedom = n - 1
    quantile = (
        1.959963984540054
        + 2.372271230299 / freedom
        + 2.822498615740 / freedom**2
        + 2.555849679508 / freedom**3
        + 1.589534053394 / freedom**4
    )
    return (quantile * spread / np.sqrt(n)).where(n >= 5)


def _python(value: Any) -> object:
    if value is None or value is pd.NaT:
        return None
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    return value.item() if isinstance(value, np.generic) else value
