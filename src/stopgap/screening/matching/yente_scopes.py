"""Scopes of lists by the names that clients of yente use: ``default``, ``sanctions``, authorities, families and lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stopgap.base.errors import NotFoundError
from stopgap.base.near_names import did_you_mean
from stopgap.screening.lists.listings import authority_of
from stopgap.screening.lists.run import ListState
from stopgap.screening.matching.yente_request import DEFAULT, ScopeRequest

SANCTIONS = "sanctions"
"""Scope of the lists that an authority publishes; lists of one's own are not in it."""


def scopes(states: Sequence[ListState], formats: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return the scopes that a request may name, with the lists in each.

    They are ``default`` (all lists), ``sanctions`` and one for each authority (where a list has one), families, and
    each list by itself. A list has its name before a scope that is made.

    Args:
        states: Lists in force.
        formats: List -> format that it was read by, which tells its authority.
    """
    found: dict[str, list[str]] = {DEFAULT: [state.list for state in states]}
    for state in states:
        authority = authority_of(state.list, formats.get(state.list, ""))
        if authority is not None:
            found.setdefault(SANCTIONS, []).append(state.list)
            found.setdefault(authority.lower(), []).append(state.list)
    families: dict[str, list[str]] = {}
    for state in states:
        families.setdefault(state.family, []).append(state.list)
    named = {**found, **families, **{state.list: [state.list] for state in states}}
    return {name: tuple(lists) for name, lists in named.items()}


def lists_of(known: Mapping[str, tuple[str, ...]], asked: ScopeRequest) -> frozenset[str] | None:
    """Return the names of the lists that a request asks for; ``None`` for all.

    Args:
        known: The scopes, as :func:`scopes` returns them.
        asked: The request.

    Raises:
        NotFoundError: A scope, list or family is not known.
    """
    if asked.dataset == DEFAULT and not asked.include_dataset and not asked.exclude_dataset:
        return None
    found = set(_named(known, asked.dataset, "dataset"))
    if asked.include_dataset:
        found &= {name for each in asked.include_dataset for name in _named(known, each, "include_dataset")}
    for each in asked.exclude_dataset:
        found -= set(_named(known, each, "exclude_dataset"))
    return frozenset(found)


def _named(known: Mapping[str, tuple[str, ...]], name: str, where: str) -> tuple[str, ...]:
    """Return the lists of a scope; OpenSanctions writes ``us_csl`` where the list here is called ``us-csl``."""
    spelled = {each.lower().replace("_", "-"): each for each in reversed(list(known))}
    found = name if name in known else spelled.get(name.lower().replace("_", "-"))
    if found is None:
        raise NotFoundError(
            f"no list or scope is called {name[:80]!r}",
            where=where,
            fix=f"{did_you_mean(name, sorted(known))} GET /catalog shows them".strip(),
        )
    return known[found]
