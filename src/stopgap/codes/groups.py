"""Groups of economies (such as the EU), with the days on which memberships began and ended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from stopgap.base.errors import NotFoundError
from stopgap.codes.areas import areas, find_area
from stopgap.codes.files import data_rows


@dataclass(frozen=True, slots=True)
class Membership:
    """One economy's membership in a group; both days are included, ``member_to`` is ``None`` for a current member."""

    economy: str
    member_from: dt.date
    member_to: dt.date | None
    source: str
    note: str

    def holds(self, on: dt.date) -> bool:
        """Whether the economy is a member on that day."""
        return self.member_from <= on and (self.member_to is None or on <= self.member_to)


def group_names() -> list[str]:
    """Return the names of all groups, sorted."""
    return sorted(_groups())


def memberships(group: str) -> tuple[Membership, ...]:
    """Return all past and present memberships of a group; NotFoundError where there is no such group."""
    try:
        return _groups()[group.strip().lower()]
    except KeyError:
        raise NotFoundError(
            f"no group of economies is called {group!r}", where="groups", fix=f"use one of {', '.join(group_names())}"
        ) from None


def members(group: str, *, on: dt.date) -> frozenset[str]:
    """Return the ISO3 codes of a group's members on a day; NotFoundError where there is no such group."""
    return frozenset(m.economy for m in memberships(group) if m.holds(on))


def expand(entries: Sequence[str], *, on: dt.date) -> dict[str, str | None]:
    """Expand ISO3 codes and group names to economies, with each group's members on a day.

    Returns ISO3 code -> the first group that contains it, or ``None`` where the code itself
    is an entry. The order is that of the entries, with the members of a group sorted.
    NotFoundError where an entry is neither a code nor a group.
    """
    found: dict[str, str | None] = {}
    for entry in entries:
        group = entry.strip().lower()
        if group in _groups():
            for economy in sorted(members(group, on=on)):
                found.setdefault(economy, group)
            continue
        found[_economy(entry)] = None
    return found


def _economy(entry: str) -> str:
    # Two letters are refused: "eu" and "EL" differ only in what they are; a slip would change a coalition.
    code = entry.strip().upper()
    area = areas().get(code)
    if area is None:
        try:
            near = find_area(entry)
        except NotFoundError as error:
            fix = error.fix
        else:
            fix = f"write {near.code} for {near.name}"
        raise NotFoundError(
            f"{entry!r} is neither an economy's ISO3 code nor a group",
            where="list of economies",
            fix=f"{fix} (groups: {', '.join(group_names())})",
        )
    if area.kind != "economy":
        raise NotFoundError(
            f"{entry!r} is an aggregate ({area.name}), not one economy",
            where="list of economies",
            fix=f"name economies, or a group: {', '.join(group_names())}",
        )
    return code


@cache
def _groups() -> Mapping[str, tuple[Membership, ...]]:
    found: dict[str, list[Membership]] = {}
    for row in data_rows("groups.csv"):
        found.setdefault(row["group"], []).append(
            Membership(
                economy=row["economy"],
                member_from=dt.date.fromisoformat(row["member_from"]),
                member_to=dt.date.fromisoformat(row["member_to"]) if row["member_to"] else None,
                source=row["source"],
                note=row["note"],
            )
        )
    return {group: tuple(rows) for group, rows in found.items()}
