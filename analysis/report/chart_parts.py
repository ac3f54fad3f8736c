"""What the charts of the report page share: axes, marks, and the parameters that the page sets."""

from typing import Any

AXIS_WIDTH_PX = 36
"""Room for the labels of the left axis, the same in charts that stand above each other."""

LEAST_LABEL_SPACE_PX = 12
"""Room between two labels of the time axis."""

MOST_LABEL_OVERHANG_PX = 24
"""How far the label of the first bucket may stand out over the chart, which has the value axis there."""


def layered(layers: list[Any], height: object) -> dict[str, Any]:
    """Give the specification of layers on the same axes, as wide as its place in the page."""
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


def time_axis(field: str, *, has_labels: bool = True) -> Any:
    """Give the time axis of a field; its ends are set by :func:`frame`."""
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


def frame(*, has_labels: bool = True) -> Any:
    """The one layer that sets the ends of the time axis: Vega-Lite unites what several layers set."""
    import altair as alt

    x = time_axis("start:T", has_labels=has_labels)
    x.scale = alt.Scale(type="utc", domain=[alt.expr("since"), alt.expr("until")], nice=False)
    return alt.Chart(alt.NamedData("gaps")).mark_rect(aria=False, opacity=0).encode(x=x)


def polarity_scale() -> Any:
    """Give the scale of polarity between the ends that the page sets."""
    import altair as alt

    return alt.Scale(domain=[alt.expr("lowest"), alt.expr("highest")], nice=False, zero=False)


def value_axis(**more: Any) -> Any:
    """Give the axis of polarity, with signs; on the left unless ``orient`` says otherwise."""
    import altair as alt

    width = axis_width() if "orient" not in more else {}
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


def axis_width() -> dict[str, Any]:
    """Give the width of a left axis."""
    return {"minExtent": AXIS_WIDTH_PX, "maxExtent": AXIS_WIDTH_PX}


def gap_marks(*, has_labels: bool = True) -> Any:
    """Give the layer of the times in which no source answered."""
    import altair as alt

    gaps = alt.Chart(alt.NamedData("gaps"))
    return gaps.mark_rect(color="var(--gap)", aria=False).encode(
        x=time_axis("start:T", has_labels=has_labels), x2="end:T", tooltip=alt.value("no crawl: nothing is known")
    )


def move_marks(y: Any, *, has_labels: bool = True) -> Any:
    """Give the layer of the numbers of spikes."""
    import altair as alt

    # the number leads to the entry of the list of moves
    return (
        alt.Chart(alt.NamedData("moves"))
        .mark_text(fontWeight="bold", fontSize=12, color="var(--move)", baseline="top", dy=2)
        .encode(
            x=time_axis("middle:T", has_labels=has_labels), y=y, text="number:N", tooltip=tip(), description="tip:N"
        )
    )


def dots(data: Any, **mark: Any) -> Any:
    """Points in the colour of the company, hollow where there are too few voices."""
    import altair as alt

    filled = "datum.few ? 'var(--surface)' : ink"
    return (
        data.transform_filter("datum.value !== null")
        .transform_calculate(fill=filled)
        .mark_point(stroke=alt.expr("ink"), strokeWidth=1.25, opacity=1, **mark)
        .encode(fill=alt.Fill("fill:N", scale=None))
    )


def tip(field: str = "tip") -> Any:
    """Give the text that a field holds for who points at a mark."""
    import altair as alt

    return alt.Tooltip(f"{field}:N")
