"""Who held which office when: Presidents of the United States by day, and leaders of other economies by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from stopgap_drafting.lexicon.word_lists import table


@dataclass(frozen=True)
class President:
    """A President of the United States.

    Attributes:
        since: First day in office, ``YYYY-MM-DD``.
        name: Surname.
    """

    since: str
    name: str


@cache
def presidents() -> tuple[President, ...]:
    """Presidents of the United States in order of time, from ``presidents.csv``."""
    found = (President(row["since"], row["name"]) for row in table("presidents"))
    return tuple(sorted(found, key=lambda each: each.since))


@cache
def foreign_leaders() -> frozenset[str]:
    """Names, or parts of them, of those whom other economies call President, from ``leaders.csv``."""
    return frozenset(row["name"] for row in table("leaders"))


def president_on(day: str, holders: Sequence[President]) -> str | None:
    """Surname of the President on a day; ``None`` before the first of the table.

    Args:
        day: ``YYYY-MM-DD``, or more of a time; empty where unknown.
        holders: In order of time.
    """
    return next((each.name for each in reversed(holders) if each.since <= day[:10]), None)
