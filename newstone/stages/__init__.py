"""The stages of a night, each *backlog → batches → pure function → insert*.

``crawling`` fetches into the spool, ``extracting`` turns its parts into articles, ``matching`` finds mentions,
``scoring`` judges them, ``publishing`` checks everything and replaces the snapshot. Every stage can be killed anywhere
and run again; it then does what is left. :mod:`newstone.jobs` runs them in order.
"""
