"""How hypothesis draws its examples: always the same ones, and nobody measures how long they take.

A run must depend neither on luck nor on how busy the machine is; ``bench/fuzz.py`` is there for what chance may find.
"""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "fixed", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("fixed")
