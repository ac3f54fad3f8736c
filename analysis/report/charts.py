"""The charts of the report page as Vega-Lite specifications, made with Altair.

The specifications hold no data: the page fills their named data sets and sets their parameters for each filter. Colours
are CSS variables, so that dark mode and print need no second drawing.
"""

from functools import cache
from typing import Any

from analysis.report.chart_parts import (
    axis_width,
    dots,
    frame,
    gap_marks,
    layered,
    move_marks,
    polarity_scale,
    time_axis,
    tip,
    value_axis,
)

COMPANY_SLOTS = 8
"""Companies that can be told apart in one chart; report.css holds their colours (Okabe and Ito 2008, adapted)."""

PANEL_HEIGHT_PX = 240
SMALL_HEIGHT_PX = 120
VOLUME_HEIGHT_PX = 90
SMALL_VOLUME_HEIGHT_PX = 44
SHARE_HEIGHT_PX = 220
ROWS_HEIGHT_PX = 260
"""Height of a ranking until the page sets it by the number of rows."""


@cache
def chart_specs() -> dict[str, dict[str, Any]]:
    """Give all specifications by name: polarity and volume in two sizes, share of voice, ranking."""
    return {
        "polarity": _polarity(PANEL_HEIGHT_PX),
        "polarity_small": _polarity(SMALL_HEIGHT_PX),
        "volume": _volume(VOLUME_HEIGHT_PX),
        "volume_small": _volume(SMALL_VOLUME_HEIGHT_PX),
        "share": _share(),
        "ranking": _ranking(),
    }


def _polarity(height: int) -> dict[str, Any]:
    """Mean polarity with its interval: band, line, points; hollow points are too few.

    Data: points (start, middle, value, low, high, few, run, alone, tip), reference (middle, value, run), gaps and
    changes (start, end), moves (middle, number, tip). All points are one layer, so that a screen reader meets them in
    the order of time.
    """
    import altair as alt

    ink, top = alt.expr("ink"), alt.expr("top")
    x = time_axis("middle:T", has_labels=False)  # they stand below the bars
    value, low = alt.Y("value:Q", title=None), alt.Y("low:Q", title=None)
    framed = alt.Y("value:Q", axis=value_axis(), scale=polarity_scale())
    points = alt.Chart(alt.NamedData("points"))
    solid = "datum.value !== null && !datum.few"
    layers = [
        frame(has_labels=False),
        gap_marks(has_labels=False),
        alt.Chart(alt.NamedData("zero")).mark_rule(color="var(--axis)", aria=False).encode(y=framed),
        alt.Chart(alt.NamedData("changes"))
        .mark_rule(color="var(--muted)", strokeDash=[2, 4], aria=False)
        .encode(x=time_axis("start:T", has_labels=False)),
        alt.Chart(alt.NamedData("reference"))
        .transform_filter(solid)
        .mark_line(color="var(--reference)", strokeWidth=1.25, aria=False)
        .encode(x=x, y=value, detail="run:N"),
        points.transform_filter(solid)
        .mark_area(color=ink, fillOpacity=0.2, aria=False)
        .encode(x=x, y=low, y2="high:Q", detail="run:N"),
        points.transform_filter(f"{solid} && datum.alone")
        .mark_rule(color=ink, strokeOpacity=0.5, strokeWidth=2, aria=False)
        .encode(x=x, y=low, y2="high:Q"),
        points.transform_filter(solid)
        .mark_line(color=ink, strokeWidth=2, strokeDash=alt.expr("dash"), aria=False)
        .encode(x=x, y=value, detail="run:N"),
        dots(points, shape=alt.expr("shape"), size=alt.expr("size")).encode(
            x=x, y=value, description="tip:N", tooltip=tip()
        ),
        move_marks(alt.value(top), has_labels=False),
    ]
    return layered(layers, height)


def _volume(height: int) -> dict[str, Any]:
    """Voices as bars, articles (reach) as paler bars behind them.

    Data: points (start, end, n_voices, n_articles, countTip), gaps (start, end), moves (middle, number, tip).
    """
    import altair as alt

    ink = alt.expr("ink")
    points = alt.Chart(alt.NamedData("points"))
    x, x2 = time_axis("start:T"), "end:T"
    whole = "datum.value % 1 === 0 ? format(datum.value, '~s') : ''"
    count = alt.Axis(title=None, tickCount=alt.expr("max(2, height / 40)"), labelExpr=whole, **axis_width())
    scale = alt.Scale(domain=[0, alt.expr("most")], nice=False)
    layers = [
        frame(),
        gap_marks(),
        points.mark_rect(color=ink, opacity=0.28, aria=False).encode(
            x=x, x2=x2, y=alt.Y("n_articles:Q", axis=count, scale=scale), y2=alt.datum(0), tooltip=tip("countTip")
        ),
        points.mark_rect(color=ink).encode(
            x=x,
            x2=x2,
            y=alt.Y("n_voices:Q", title=None),
            y2=alt.datum(0),
            description="countTip:N",
            tooltip=tip("countTip"),
        ),
        move_marks(alt.value(0)),
    ]
    return layered(layers, height)


def _share() -> dict[str, Any]:
    """Share of voice: parts of each bucket, stacked. Data: parts (start, end, low, high, slot, tip), gaps."""
    import altair as alt

    axis = alt.Axis(title=None, format=".0%", tickCount=5, **axis_width())
    colours = [f"var(--slot-{slot})" for slot in range(COMPANY_SLOTS)] + ["var(--others)"]
    parts = (
        alt.Chart(alt.NamedData("parts"))
        .mark_rect(stroke="var(--surface)", strokeWidth=1)
        .encode(
            x=time_axis("start:T"),
            x2="end:T",
            y=alt.Y("low:Q", axis=axis, scale=alt.Scale(domain=[0, 1], nice=False)),
            y2="high:Q",
            color=alt.Color(
                "slot:N", legend=None, scale=alt.Scale(domain=list(range(COMPANY_SLOTS + 1)), range=colours)
            ),
            description="tip:N",
            tooltip=tip(),
        )
    )
    return layered([frame(), gap_marks(), parts], SHARE_HEIGHT_PX)


def _ranking() -> dict[str, Any]:
    """Polarity of groups, one a row; a label of two lines holds a line break.

    Data: rows (label, order, value, low, high, few, n, tip).
    """
    import altair as alt

    ink = alt.expr("ink")
    rows = alt.Chart(alt.NamedData("rows"))
    y = alt.Y(
        "label:N",
        sort=alt.EncodingSortField("order", op="min"),
        axis=alt.Axis(
            title=None,
            domain=False,
            ticks=False,
            labelPadding=8,
            labelExpr="split(datum.label, '\\n')",
            # Vega centres the first line on the row
            labelOffset={"condition": {"test": "indexof(datum.label, '\\n') > 0", "value": -7}, "value": 0},
            labelLimit=alt.expr("max(120, containerSize()[0] * 0.42)"),
        ),
    )
    x, low = alt.X("value:Q", title=None), alt.X("low:Q", title=None)
    framed = alt.X("value:Q", axis=value_axis(orient="top"), scale=polarity_scale())
    size = alt.Size("n:Q", legend=None, scale=alt.Scale(type="sqrt", domainMin=0, range=[20, 260]))
    layers = [
        rows.mark_rule(color="var(--grid)", aria=False).encode(y=y, x=alt.value(0), x2=alt.value("width")),
        alt.Chart(alt.NamedData("zero")).mark_rule(color="var(--axis)", aria=False).encode(x=framed),
        rows.transform_filter("datum.low !== null")
        .mark_rule(color=ink, strokeWidth=3, strokeOpacity=0.4, aria=False)
        .encode(y=y, x=low, x2="high:Q"),
        dots(rows).encode(x=x, y=y, size=size, description="tip:N", tooltip=tip()),
    ]
    return layered(layers, ROWS_HEIGHT_PX)
