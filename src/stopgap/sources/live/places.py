"""Economies in a service's own codes."""

from __future__ import annotations

from functools import cache

from stopgap.base.errors import UsageError
from stopgap.codes.areas import area_table, areas


@cache
def _by_code(scheme: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for row in area_table(scheme).to_pylist():
        found.setdefault(row["code"], []).append(row["value"])
    return {code: tuple(values) for code, values in found.items()}


def numbers(scheme: str, code: str, service: str) -> tuple[str, ...]:
    """Every number that a scheme of :mod:`stopgap.codes.areas` has for an economy.

    Raises:
        UsageError: It has none.
    """
    found = _by_code(scheme).get(code)
    if found is None:
        raise no_code(code, service)
    return found


def no_code(code: str, service: str) -> UsageError:
    """The error for an economy that a service does not know."""
    known = areas().get(code)
    return UsageError(
        f"{service} has no code for {code} ({known.name if known else 'not known'})",
        where="reporter or partner",
        fix="leave it out; stopgap economies lists what is known",
    )
