"""How many examples; which ones and for how long says ``tests/conftest.py``."""

from hypothesis import settings

FIXED = settings(max_examples=150)
FEW = settings(max_examples=60)
