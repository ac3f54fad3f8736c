"""A generated press and a year of nights over it, for ``bench/year.py``.

``days`` numbers the days; ``press`` invents outlets and what they print (words from ``words.toml``); ``events`` draws
what befalls each outlet; ``plan`` holds all of it, so that everybody who has the seed knows every answer of every
night.
``pages`` and ``listings`` render, ``server`` answers as a forward proxy and writes down what it delivered.

``warm`` runs a night in a forked child with a clock of its own, ``nights`` runs them all, kills some and rests on
others, ``editor`` does what a person does in between (adds sources, writes overrides). At the end ``truth`` compares
the database with the plan and the log of the server, ``outages`` the recorded states of the sources with the events,
and ``figures`` prints.
"""
