"""Days as arguments of commands."""

from datetime import date
from typing import Any

import click


class Day(click.ParamType[date, Any]):
    """A day (UTC) that a person writes as 2025-01-28."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Give the day; anything else ends the command as wrong usage."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no day; write it as 2025-01-28", param, ctx)


DAY = Day()
