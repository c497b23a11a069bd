"""The marking of a result, which the Python API puts beside it."""

from __future__ import annotations

from stopgap.base.marking import Marking


def marking_of(result: object) -> Marking:
    """Return the marking of a result of the Python API."""
    marking = getattr(result, "marking", None)
    if not isinstance(marking, Marking):
        raise TypeError(f"{type(result).__name__} came without its marking")
    return marking
