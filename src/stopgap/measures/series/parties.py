"""Economies, groups and aggregates that a series is asked for, by name."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from stopgap.base.errors import NotFoundError
from stopgap.codes.aggregates import PUBLISHED_SUM
from stopgap.codes.areas import areas, find_area
from stopgap.codes.groups import group_names, members


@dataclass(frozen=True)
class SeriesParty:
    """One side of a series.

    Attributes:
        code: ISO3 code, name of a group in capitals, or code of an aggregate.
        name: For people: the economy's name, or the group's.
        economies: Economies whose figures are summed; empty for an aggregate.
        published: Aggregate that sources publish for the same members; for an aggregate, itself.
    """

    code: str
    name: str
    economies: tuple[str, ...]
    published: str | None

    @property
    def is_group(self) -> bool:
        """Whether it is a sum over several economies."""
        return len(self.economies) > 1


def party(entry: str, *, on: dt.date) -> SeriesParty:
    """Find an economy, group or aggregate; a group has its members on a day.

    Raises:
        NotFoundError: There is none of that name; says the nearest.
    """
    group = entry.strip().lower()
    if group in group_names():
        code = group.upper()
        return SeriesParty(code, code, tuple(sorted(members(group, on=on))), PUBLISHED_SUM.get(group))
    try:
        area = find_area(entry)
    except NotFoundError as error:
        raise NotFoundError(
            f"no economy, group or aggregate is called {entry!r}",
            where="--from, --to",
            fix=f"{error.fix} Groups: {', '.join(group_names())}",
        ) from error
    if area.kind == "economy":
        return SeriesParty(area.code, area.name, (area.code,), None)
    return SeriesParty(area.code, area.name, (), area.code)


def codes_asked(parties: list[SeriesParty]) -> list[str]:
    """Return the codes of all economies and aggregates that the parties may be read from, sorted."""
    return sorted(
        {code for each in parties for code in (*each.economies, *([each.published] if each.published else []))}
    )


def economy_name(code: str) -> str:
    """Return the name of an area; the code itself where it is not known."""
    area = areas().get(code)
    return code if area is None else area.name
