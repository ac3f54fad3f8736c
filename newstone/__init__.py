"""The face of newstone: command line, configuration, jobs.

``cli`` holds one command per file. A command loads :class:`~newstone.config.Settings`, takes the lock of the data
folder where it writes (``lock``), and calls a stage (``stages``) or the whole night (``jobs``)::

    sources/*.toml ─▶ crawl ─▶ extract ─▶ match ─▶ score ─▶ publish ─▶ timeline · query · status

Everything below is imported from here; nothing below imports anything from here. ``demo`` is a small newsroom of our
own pages, served on loopback and crawled by the real spiders.
"""

from importlib.metadata import version

__version__ = version("newstone")
