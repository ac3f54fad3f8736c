"""One spider per discovery kind over a common base, and one for a whole night.

``feeds``, ``sitemaps`` and ``sections`` read what their sources list and fetch the pages that are new; ``night`` does
all three in one crawl. Each takes ``-a source=ID[,ID…]``; without it all enabled sources take part.
"""
