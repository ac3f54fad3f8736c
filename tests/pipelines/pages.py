"""Small pages of our own for extraction tests."""

from datetime import UTC, datetime

from pipelines.extract import SourceHints
from pipelines.records import FeedItem, Page

FETCHED_AT = datetime(2025, 2, 10, 12, tzinfo=UTC)
GERMAN = SourceHints(language="de", zone="Europe/Berlin", name="Der Bote")
ENGLISH = SourceHints(language="en", zone="Europe/London", name="The Courier")
CHINESE = SourceHints(language="zh", zone="Asia/Shanghai", name="晨报")

ENGLISH_PARAGRAPHS = (
    "The ministry said on Monday that the new data centre would open in the spring, two years later than planned.",
    "Engineers had warned for months that the cooling system would not hold once all racks were running at full load.",
    "A spokeswoman told the Courier that the additional cost of forty million would be shared with the operator.",
    "Residents of the valley welcomed the delay, because the river would otherwise have been warmed in the dry season.",
)
CHINESE_PARAGRAPHS = (
    "市政府周一宣布，新的数据中心将于明年春天投入使用，比原计划推迟了两年时间。",
    "工程师们几个月前就已经警告说，一旦所有机柜满负荷运行，冷却系统将无法承受。",
    "发言人对晨报表示，额外增加的四千万元费用将由政府与运营商共同承担。",
)


def html(
    paragraphs: tuple[str, ...], *, head: str = "", title: str = "Data centre opens later", after: str = ""
) -> str:
    """Give a page with one article."""
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return (
        f"<!doctype html><html><head><title>{title}</title>{head}</head><body><nav><a href='/'>Home</a></nav>"
        f"<article><h1>{title}</h1>{body}</article>{after}<footer>Imprint</footer></body></html>"
    )


def page(
    body: str | bytes,
    *,
    url: str = "https://www.courier.example/news/data-centre",
    content_type: str = "text/html; charset=utf-8",
    item: FeedItem | None = None,
) -> Page:
    """Give the fetched page of these contents."""
    raw = body.encode() if isinstance(body, str) else body
    headers = (("content-type", content_type),) if content_type else ()
    return Page(
        url=url,
        final_url=url,
        source_id="courier",
        fetched_at=FETCHED_AT,
        status=200,
        headers=headers,
        body=raw,
        item=item,
    )


def linked(json_text: str) -> str:
    """Give a JSON-LD script."""
    return f'<script type="application/ld+json">{json_text}</script>'
