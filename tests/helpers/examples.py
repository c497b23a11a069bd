"""How much of a long test every run does; ``make prove`` (``--others``) does all of it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

ALL = "STOPGAP_TEST_ALL"
"""Set in the environment where all is to be done."""

T = TypeVar("T")


def examples(of_all: int) -> int:
    """Of so many generated examples, those to try: all, or an eighth."""
    return of_all if os.environ.get(ALL) else max(2, of_all // 8)


def some(given: Sequence[T], *, every: int) -> Sequence[T]:
    """All of them, or one in so many."""
    return given if os.environ.get(ALL) else given[::every]
