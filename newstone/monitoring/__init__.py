"""Who is told that the nights happen: an address that is asked (ping), figures for Prometheus (textfile).

:mod:`~newstone.monitoring.watch` stands around every run; nothing here can make one fail.
"""
