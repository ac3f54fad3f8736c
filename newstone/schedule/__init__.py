"""The schedule: jobs at their times, and what an administrator installs for that.

::

    [schedule] ─▶ crontab.py (moments) ─▶ daemon.py (APScheduler) ─▶ runs.py ─▶ children.py (one process a job)
                                               │                       │
                                         ledger.py: every planned time once ─▶ what was missed, how each ended

``jobs.py`` names the jobs and their commands, ``logs.py`` keeps their output, ``units.py`` prints what cron, systemd,
launchd or Docker need. A job is always a process of its own: whatever it does, the schedule goes on.
"""
