"""One hostile input and the outcome it must end in; big inputs are made when they are needed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Case:
    """``make`` gives the input; ``outcome`` is that of the closed vocabulary, or the error that must be raised.

    ``never`` are strings that must not be in anything the input left behind, ``facts`` what else must be so: an
    attribute of the result and its value.
    """

    id: str
    make: Callable[[], bytes]
    outcome: str
    never: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


def table(*cases: Case) -> dict[str, Case]:
    """Give the cases by id.

    Raises:
        ValueError: two cases have one id.
    """
    found = {case.id: case for case in cases}
    if len(found) != len(cases):
        raise ValueError("two cases have one id")
    return found
