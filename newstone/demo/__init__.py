"""The embedded newsroom: a small multilingual press of invented outlets, written for newstone.

``outlets.toml`` lists the outlets, ``articles/<language>/<slug>.md`` holds what they printed between 6 January and
30 March 2025. ``articles`` reads both, ``site`` and ``feeds`` render pages and feeds (same bytes on every start),
``server`` serves them on loopback as a forward HTTP proxy, ``sources`` writes the source files a crawl starts from.

Some pages misbehave on purpose: a paywall, a consent wall, wrong charsets, a page that is gone, a feed that breaks.
``articles.expected_outcomes`` says what a full crawl must find. Outlets, authors, analysts and institutes are
invented; the events around DeepSeek are described only as far as they are widely known. Nothing here is reporting.
"""
