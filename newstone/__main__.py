"""``python -m newstone``."""

from newstone.cli import main

main()
