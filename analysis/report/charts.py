"""The charts of the report page as Vega-Lite specifications, made with Altair.

The specifications hold no data: the page fills their named data sets and sets their parameters for each filter. Colours
are CSS variables, so that dark mode and print need no second drawing.
"""

from functools import cache
from typing import Any

COMPANY_SLOTS = 8
"""Companies that can be told apart in one chart; report.css holds their colours (Okabe and Ito 2008, adapted)."""

PANEL_HEIGHT_PX = 240
SMALL_HEIGHT_PX = 120
VOLUME_HEIGHT_PX = 90
SMALL_VOLUME_HEIGHT_PX = 44
SHARE_HEIGHT_PX = 220
ROWS_HEIGHT_PX = 260
"""Height of a ranking until the page sets it by the number of rows."""

AXIS_WIDTH_PX = 36
"""Room for the labels of the left axis, the same in charts that stand above each other."""

LEAST_LABEL_SPACE_PX = 12
"""Room between two labels of the time axis."""

MOST_LABEL_OVERHANG_PX = 24
"""How far the label of the first bucket may stand out over the chart, which has the value axis there."""


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
    x = _time("middle:T", has_labels=False)  # they stand below the bars
    value, low = alt.Y("value:Q", title=None), alt.Y("low:Q", title=None)
    framed = alt.Y("value:Q", axis=_value_axis(), scale=_polarity_scale())
    points = alt.Chart(alt.NamedData("points"))
    solid = "datum.value !== null && !datum.few"
    layers = [
        _frame(has_labels=False),
        _gaps(has_labels=False),
        alt.Chart(alt.NamedData("zero")).mark_rule(color="var(--axis)", aria=False).encode(y=framed),
        alt.Chart(alt.NamedData("changes"))
        .mark_rule(color="var(--muted)", strokeDash=[2, 4], aria=False)
        .encode(x=_time("start:T", has_labels=False)),
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
        _dots(points, shape=alt.expr("shape"), size=alt.expr("size")).encode(
            x=x, y=value, description="tip:N", tooltip=_tip()
        ),
        _moves(alt.value(top), has_labels=False),
    ]
    return _layered(layers, height)


def _volume(height: int) -> dict[str, Any]:
    """Voices as bars, articles (reach) as paler bars behind them.

    Data: points (start, end, n_voices, n_articles, countTip), gaps (start, end), moves (middle, number, tip).
    """
    import altair as alt

    ink = alt.expr("ink")
    points = alt.Chart(alt.NamedData("points"))
    x, x2 = _time("start:T"), "end:T"
    whole = "datum.value % 1 === 0 ? format(datum.value, '~s') : ''"
    count = alt.Axis(title=None, tickCount=alt.expr("max(2, height / 40)"), labelExpr=whole, **_axis_width())
    scale = alt.Scale(domain=[0, alt.expr("most")], nice=False)
    layers = [
        _frame(),
        _gaps(),
        points.mark_rect(color=ink, opacity=0.28, aria=False).encode(
            x=x, x2=x2, y=alt.Y("n_articles:Q", axis=count, scale=scale), y2=alt.datum(0), tooltip=_tip("countTip")
        ),
        points.mark_rect(color=ink).encode(
            x=x,
            x2=x2,
            y=alt.Y("n_voices:Q", title=None),
            y2=alt.datum(0),
            description="countTip:N",
            tooltip=_tip("countTip"),
        ),
        _moves(alt.value(0)),
    ]
    return _layered(layers, height)


def _share() -> dict[str, Any]:
    """Share of voice: parts of each bucket, stacked. Data: parts (start, end, low, high, slot, tip), gaps."""
    import altair as alt

    axis = alt.Axis(title=None, format=".0%", tickCount=5, **_axis_width())
    colours = [f"var(--slot-{slot})" for slot in range(COMPANY_SLOTS)] + ["var(--others)"]
    parts = (
        alt.Chart(alt.NamedData("parts"))
        .mark_rect(stroke="var(--surface)", strokeWidth=1)
        .encode(
            x=_time("start:T"),
            x2="end:T",
            y=alt.Y("low:Q", axis=axis, scale=alt.Scale(domain=[0, 1], nice=False)),
            y2="high:Q",
            color=alt.Color(
                "slot:N", legend=None, scale=alt.Scale(domain=list(range(COMPANY_SLOTS + 1)), range=colours)
            ),
            description="tip:N",
            tooltip=_tip(),
        )
    )
    return _layered([_frame(), _gaps(), parts], SHARE_HEIGHT_PX)


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
    framed = alt.X("value:Q", axis=_value_axis(orient="top"), scale=_polarity_scale())
    size = alt.Size("n:Q", legend=None, scale=alt.Scale(type="sqrt", domainMin=0, range=[20, 260]))
    layers = [
        rows.mark_rule(color="var(--grid)", aria=False).encode(y=y, x=alt.value(0), x2=alt.value("width")),
        alt.Chart(alt.NamedData("zero")).mark_rule(color="var(--axis)", aria=False).encode(x=framed),
        rows.transform_filter("datum.low !== null")
        .mark_rule(color=ink, strokeWidth=3, strokeOpacity=0.4, aria=False)
        .encode(y=y, x=low, x2="high:Q"),
        _dots(rows).encode(x=x, y=y, size=size, description="tip:N", tooltip=_tip()),
    ]
    return _layered(layers, ROWS_HEIGHT_PX)


def _layered(layers: list[Any], height: object) -> dict[str, Any]:
    import altair as alt

    chart = alt.layer(*layers).add_params(*(alt.param(name=name, value=value) for name, value in _PARAMETERS.items()))
    chart = chart.resolve_scale(x="shared", y="shared").properties(
        width="container", height=height, background="transparent"
    )
    spec: dict[str, Any] = chart.configure(
        font="system-ui, sans-serif",
        view=alt.ViewConfig(stroke=None),
        axis=alt.AxisConfig(
            labelColor="var(--muted)",
            gridColor="var(--grid)",
            domainColor="var(--axis)",
            tickColor="var(--axis)",
            labelFontSize=12,
            labelFont="system-ui, sans-serif",
        ),
    ).to_dict()
    return spec


_PARAMETERS: dict[str, object] = {
    "ink": "var(--slot-0)",
    "shape": "circle",
    "dash": [1, 0],
    "size": 60,
    "since": 0,
    "until": 1,
    "lowest": -1,
    "highest": 1,
    "top": 8,
    "most": 1,
    "ticks": [],
    "day": "%-d %b",
}
"""Parameters that the page sets: colour, shape and dash of the company, ends of the scales, ticks and their format."""


def _time(field: str, *, has_labels: bool = True) -> Any:
    import altair as alt

    axis = alt.Axis(
        title=None,
        grid=False,
        labelOverlap="greedy",
        labelSeparation=LEAST_LABEL_SPACE_PX,
        labelFlush=False,
        labelBound=MOST_LABEL_OVERHANG_PX,
        labels=has_labels,
        ticks=has_labels,
        values=alt.expr("ticks"),
        labelExpr="utcFormat(datum.value, day)",
    )
    return alt.X(field, axis=axis, scale=alt.Scale(type="utc", nice=False))


def _frame(*, has_labels: bool = True) -> Any:
    """The one layer that sets the ends of the time axis: Vega-Lite unites what several layers set."""
    import altair as alt

    x = _time("start:T", has_labels=has_labels)
    x.scale = alt.Scale(type="utc", domain=[alt.expr("since"), alt.expr("until")], nice=False)
    return alt.Chart(alt.NamedData("gaps")).mark_rect(aria=False, opacity=0).encode(x=x)


def _polarity_scale() -> Any:
    import altair as alt

    return alt.Scale(domain=[alt.expr("lowest"), alt.expr("highest")], nice=False, zero=False)


def _value_axis(**more: Any) -> Any:
    import altair as alt

    width = _axis_width() if "orient" not in more else {}
    signed = "datum.value === 0 ? '0' : format(datum.value, '+.1f')"
    return alt.Axis(
        title=None,
        labelExpr=signed,
        tickCount=5,
        labelFlush=False,
        labelOverlap="greedy",
        labelSeparation=8,
        **width,
        **more,
    )


def _axis_width() -> dict[str, Any]:
    return {"minExtent": AXIS_WIDTH_PX, "maxExtent": AXIS_WIDTH_PX}


def _gaps(*, has_labels: bool = True) -> Any:
    import altair as alt

    gaps = alt.Chart(alt.NamedData("gaps"))
    return gaps.mark_rect(color="var(--gap)", aria=False).encode(
        x=_time("start:T", has_labels=has_labels), x2="end:T", tooltip=alt.value("no crawl: nothing is known")
    )


def _moves(y: Any, *, has_labels: bool = True) -> Any:
    import altair as alt

    # the number leads to the entry of the list of moves
    return (
        alt.Chart(alt.NamedData("moves"))
        .mark_text(fontWeight="bold", fontSize=12, color="var(--move)", baseline="top", dy=2)
        .encode(x=_time("middle:T", has_labels=has_labels), y=y, text="number:N", tooltip=_tip(), description="tip:N")
    )


def _dots(data: Any, **mark: Any) -> Any:
    """Points in the colour of the company, hollow where there are too few voices."""
    import altair as alt

    filled = "datum.few ? 'var(--surface)' : ink"
    return (
        data.transform_filter("datum.value !== null")
        .transform_calculate(fill=filled)
        .mark_point(stroke=alt.expr("ink"), strokeWidth=1.25, opacity=1, **mark)
        .encode(fill=alt.Fill("fill:N", scale=None))
    )


def _tip(field: str = "tip") -> Any:
    import altair as alt

    return alt.Tooltip(f"{field}:N")
