"""The weekly e-mail.

``build_digest`` asks the snapshot and gives a ``Digest``: records of everything that will be said, with the rows
behind it. ``write_letter`` puts them into words (``wording/en.toml``, ``de.toml``) as a ``Letter``, the one source of
both parts; ``render_text`` and ``render_html`` lay it out, ``draw_trend`` draws the picture, and ``compose_digest``
makes the message for one recipient. Sending it is the affair of ``newstone.delivery``.
"""
