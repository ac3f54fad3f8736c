"""How many examples, always the same ones: a run in CI must not depend on luck; ``bench/fuzz.py`` is there for that."""

from hypothesis import HealthCheck, settings

FIXED = settings(
    max_examples=150, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
FEW = settings(FIXED, max_examples=60)
