"""How pages are got: Scrapy, and nothing else here knows Scrapy.

``source`` reads the source files. A spider (``spiders``) asks each source's listings, which ``feeds``, ``sitemaps``
and ``sections`` read; ``state`` remembers what was named, what was fetched and what a server said about a listing, so
that only new URLs are fetched. Each request passes ``middlewares`` and ``handler``: ``addresses`` and ``resolver`` keep
it to public hosts, ``hosts`` to the pace of its host, robots.txt and ``rights`` are read on the way. ``pages`` makes of
each URL exactly one :class:`~pipelines.records.Page`, which ``pipelines.scrapy_items`` writes to the spool. ``keeper``
ends a night in time; ``run`` and ``child`` put a crawl into a process of its own.
"""
