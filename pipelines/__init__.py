"""What happens to a page: pure functions and records.

A spider hands a :class:`~pipelines.records.Page` to ``scrapy_items``, which appends it to a WARC part (``spool``).
``extract`` turns each page of a part into exactly one outcome (``outcomes``) and, where there is one, an
:class:`~pipelines.records.Article`: text from ``extract``, title, authors and paywall flag from structured data, the
date from ``dates``. ``dedupe`` marks copies of one text; nothing is ever deleted. ``stage`` runs such a pure function
over batches, serially or in processes.

Nothing here knows a database, a model, or anything above it. The clock is read only in ``clock``.
"""
