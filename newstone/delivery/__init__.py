"""What leaves the house: messages by SMTP and webhook, each entered in a ledger before it goes.

::

    digest ─▶ digest_mail ─┐                        ┌─▶ mail (SMTP, STARTTLS or TLS)
                           ├─▶ ledger (outbox.py) ──┤
    alerts ─▶ alert_notes ─┘   "sending", then      └─▶ webhook (JSON, signed)
                               what was answered

A row says ``sending`` on disk before the first byte of a message can reach anybody; the answer is written after. What
is left in ``sending`` may have arrived: it is called ``unknown`` and not sent again unless a person says so.
"""
