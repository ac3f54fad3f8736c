"""What it means: who is named, and in what tone.

``watchlist`` reads the watched companies, ``mentions`` finds the sentences that name them (``sentences``, ``scripts``,
``inflection`` and ``context`` serve it), ``scorers`` holds the models, ``scoring`` gives each mention its row.
``entity_evaluation`` and ``sentiment_evaluation`` measure both on labelled files. ``models`` holds the checkpoint that
is shipped, ``training`` the script that packed it. Model runtimes are imported in ``scorers`` and ``training`` only.
"""
