"""The chart of the e-mail: polarity with its interval above, articles below, by week, as a PNG without a browser."""

from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from analysis.digest.figures import Figures
from analysis.digest.records import Language
from analysis.digest.weeks import Week
from analysis.digest.wording import Wording
from analysis.measures import Series

if TYPE_CHECKING:
    import altair as alt

SCALE = 2.0
"""Device pixels for a CSS pixel, so that the chart is sharp on phones."""

VEGA_LITE = "6.1"
"""The grammar that altair 6 writes and vl-convert reads."""

BLUE = "#2b5fa8"
BAND = "#b9cfee"
GREY = "#9aa5b1"
INK = "#1b2430"
LEAST_REACH = 0.3
"""The axis shows at least −0.3 to 0.3, so that small changes do not look like large ones."""

LOCALES: dict[str, Literal["en-GB", "de-DE"]] = {"en": "en-GB", "de": "de-DE"}


@lru_cache(maxsize=4)
def draw_trend(trend: Series, week: Week, language: Language) -> bytes:
    """Draw a series of weeks as PNG, ``week`` set off from the others; b"" where there is no point to draw.

    About 0.6 s the first time in a process; the last few are kept.
    """
    if not trend.points:
        return b""
    import vl_convert

    locale = LOCALES[language]
    png = vl_convert.vegalite_to_png(
        _chart(trend, week, language).to_json(),
        vl_version=VEGA_LITE,
        scale=SCALE,
        format_locale=vl_convert.get_format_locale(locale),
        time_format_locale=vl_convert.get_time_format_locale(locale),
        allowed_base_urls=[],  # nothing is fetched
    )
    return bytes(png)


def _chart(trend: Series, week: Week, language: Language) -> "alt.VConcatChart":
    import altair as alt

    wording = Wording(language)
    rows = _rows(trend, week, language)
    reach = max(
        [LEAST_REACH]
        + [abs(value) for row in rows for key in ("polarity", "low", "high") if (value := row[key]) is not None]
    )
    top = min(1.0, -(-(reach * 10) // 2) / 5)  # to the next 0.2, at most 1
    weeks = [row["week"] for row in rows]
    x = alt.X("week:O", sort=weeks, title=None, scale=alt.Scale(domain=weeks))
    labels = alt.Axis(labelAngle=0, values=weeks[::-1][::2], ticks=False, domain=False, title=None, labelPadding=6)
    no_labels = alt.Axis(labels=False, ticks=False, domain=False, title=None)
    axis = alt.Axis(
        labelExpr="datum.value == 0 ? '0' : format(datum.value, '+.1f')",
        minExtent=40,
        tickCount=5,
        title=None,
        grid=True,
        gridColor="#e7eaee",
        domain=False,
        ticks=False,
    )
    y = alt.Y("polarity:Q", scale=alt.Scale(domain=[-top, top]), axis=axis)
    base = alt.Chart({"values": rows})
    upper_x = x.copy()
    upper_x["axis"] = no_labels
    zero = alt.Chart({"values": [{"zero": 0}]}).mark_rule(color=GREY, strokeWidth=1).encode(y="zero:Q")
    band = (
        base.transform_filter("isValid(datum.low)")
        .mark_bar(color=BAND, width=16, cornerRadius=3)
        .encode(x=upper_x, y=alt.Y("low:Q", axis=axis), y2="high:Q")
    )
    line = (
        base.transform_filter("isValid(datum.polarity)")
        .mark_line(color=BLUE, strokeWidth=2)
        .encode(x=upper_x, y=y, detail="run:N")
    )
    point = (
        base.transform_filter("isValid(datum.polarity)")
        .mark_point(filled=True, opacity=1, stroke=BLUE, strokeWidth=1.5)
        .encode(
            x=upper_x,
            y=y,
            size=alt.condition("datum.is_latest", alt.value(130), alt.value(50)),
            fill=alt.condition("datum.too_few", alt.value("#ffffff"), alt.value(BLUE)),
        )
    )
    title: dict[str, Any] = {"anchor": "start", "fontSize": 17, "fontWeight": 400, "color": INK, "offset": 6}
    upper = (zero + band + line + point).properties(
        width=500, height=170, title=alt.TitleParams(wording.say("chart.polarity"), **title)
    )
    lower_x = x.copy()
    lower_x["axis"] = labels
    count_axis = alt.Axis(
        labels=False, minExtent=40, tickCount=3, title=None, gridColor="#e7eaee", domain=False, ticks=False
    )
    bars = (
        base.transform_filter("isValid(datum.articles)")
        .mark_bar(width=16, cornerRadiusEnd=2)
        .encode(
            x=lower_x,
            y=alt.Y("articles:Q", axis=count_axis),
            color=alt.condition("datum.is_latest", alt.value(BLUE), alt.value(GREY)),
        )
    )
    numbers = bars.mark_text(dy=-8, fontSize=16, color=INK).encode(
        text=alt.Text("articles:Q", format="d"), color=alt.value(INK)
    )
    gaps = (
        base.transform_filter("datum.is_gap")
        .mark_text(text="?", dy=-8, fontSize=16, color=GREY)
        .encode(x=lower_x, y=alt.value(80))
    )
    lower = (bars + numbers + gaps).properties(
        width=500, height=80, title=alt.TitleParams(wording.say("chart.articles"), **title)
    )
    chart: alt.VConcatChart = (
        alt.vconcat(upper, lower, spacing=14)
        .configure(background="#ffffff", font="DejaVu Sans, Liberation Sans, Arial, sans-serif", padding=4)
        .configure_axis(labelFontSize=16, labelColor=INK)
        .configure_view(stroke=None)
    )
    return chart


def _rows(trend: Series, week: Week, language: Language) -> list[dict[str, Any]]:
    """Give one row per week of the trend; a week without articles has no figures, and breaks the line."""
    figures = Figures(Wording(language))
    points = {point.bucket: point for point in trend.points}
    rows, run, monday = list[dict[str, Any]](), 0, trend.span.since
    while monday <= trend.span.until:
        point = points.get(monday)
        polarity = None if point is None else point.polarity.value
        run += polarity is None
        estimate = None if point is None or point.polarity.too_few else point.polarity
        rows.append(
            {
                "week": figures.day(monday, "plain"),
                "run": run,
                "polarity": polarity,
                "low": estimate.low if estimate else None,
                "high": estimate.high if estimate else None,
                "too_few": bool(point and point.polarity.too_few),
                "articles": point.n_articles if point else None,
                "is_latest": monday == week.span.since,
                "is_gap": monday in trend.gaps,
            }
        )
        monday += timedelta(weeks=1)
    return rows
