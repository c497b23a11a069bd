"""Convert rows of a file to screening queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from stopgap.base.errors import InputError, UsageError
from stopgap.screening.entities import Identifier
from stopgap.screening.identifiers import KINDS, clean
from stopgap.screening.index.build import LEFT_OUT
from stopgap.screening.matching.match_selection import name_fault
from stopgap.screening.matching.results import ScreenQuery
from stopgap.screening.matching.rows import Cells
from stopgap.sources.mappings.areas import area_code

SHOWN = 80
"""Characters of a rejected name that are shown."""


@dataclass(frozen=True, slots=True)
class NameColumns:
    """Which columns of a file are screened.

    Attributes:
        name: The column of names.
        country: Of countries, in any spelling; several in a cell stand apart by semicolons.
        identifiers: (column, kind of number).
        address: Of addresses.
        schema: What all rows are, FollowTheMoney's: ``Company``, ``Vessel``.
    """

    name: str
    country: str | None = None
    identifiers: tuple[tuple[str, str], ...] = ()
    address: str | None = None
    schema: str | None = None

    @property
    def all(self) -> tuple[str, ...]:
        """Every column, the name first."""
        own = (self.name, self.country, *(column for column, _ in self.identifiers), self.address)
        return tuple(dict.fromkeys(column for column in own if column is not None))


@dataclass(frozen=True, slots=True)
class AskedRow:
    """A row of a file.

    Attributes:
        number: Of the row, from 1; the header is not counted.
        name: As the file has it; of one that is rejected, its beginning.
        query: What is asked; ``None`` where it is rejected.
        rejected: Why, in words.
        unknown_country: What stands for a country and is none that is known: the row is asked without it.
    """

    number: int
    name: str
    query: ScreenQuery | None
    rejected: str | None = None
    unknown_country: str | None = None


def name_columns(
    name: str,
    *,
    country: str | None = None,
    identifiers: Sequence[str] = (),
    address: str | None = None,
    schema: str | None = None,
) -> NameColumns:
    """Columns as a user names them.

    Args:
        name: The column of names.
        country: Of countries.
        identifiers: ``COLUMN`` or ``COLUMN:KIND``; without a kind, a number that the list does not name either.
        address: Of addresses.
        schema: What all rows are.

    Raises:
        UsageError: The schema is one that is not matched.
    """
    check_schema(schema)
    numbers = []
    for text in identifiers:
        column, colon, kind = text.rpartition(":")
        is_kind = bool(colon) and kind.strip().lower() in KINDS
        numbers.append((column, kind.strip().lower()) if is_kind else (text, "id"))
    return NameColumns(name, country, tuple(numbers), address, schema)


def check_schema(schema: str | None) -> None:
    """Refuse what is not matched.

    Raises:
        UsageError: The schema is a person's.
    """
    if schema in LEFT_OUT:
        raise UsageError(
            "persons are not screened: the methods are for names of firms and vessels",
            where=f"schema {schema}",
            fix="use a tool that is made for names of persons; or leave the schema out if this is a firm",
        )


def asked_row(number: int, cells: Cells, columns: NameColumns) -> AskedRow:
    """What a row asks. A row with a number of a register needs no name."""
    name = cells[columns.name]
    numbers = _numbers(cells, columns)
    fault = name_fault(name)
    if fault is not None and not (numbers and len(name) <= SHOWN):
        return AskedRow(number, name[:SHOWN].encode("utf-8", "replace").decode(), None, fault)
    countries: tuple[str, ...] = ()
    unknown = None
    if columns.country is not None and (said := cells[columns.country]):
        countries, unknown = _countries(said)
    address = cells[columns.address][:1000] or None if columns.address is not None else None
    return AskedRow(number, name, ScreenQuery(name, countries, numbers, address, columns.schema), None, unknown)


def _numbers(cells: Cells, columns: NameColumns) -> tuple[Identifier, ...]:
    found = []
    for column, kind in columns.identifiers:
        for part in cells[column].split(";"):
            number = clean(kind, part)
            if number is not None:
                found.append(number)
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=10_000)
def _countries(said: str) -> tuple[tuple[str, ...], str | None]:
    """Codes in a cell, and the first part that is none."""
    codes: dict[str, None] = {}
    unknown = None
    for part in said.split(";"):
        code = area_code(part, "auto") if part.strip() else None
        if code is not None:
            codes[code] = None
        elif part.strip():
            unknown = unknown or part.strip()[:SHOWN]
    return tuple(codes), unknown


def checked_query(query: ScreenQuery) -> ScreenQuery:
    """The query, if it can be asked.

    Raises:
        InputError: The name is empty, too long, no Unicode text, or without letters, and no number is given.
        UsageError: It is a person.
    """
    check_schema(query.schema)
    fault = name_fault(query.name)
    if fault is not None and not (query.identifiers and len(query.name) <= SHOWN):
        raise InputError(fault, where=ascii(query.name[:SHOWN]), fix="give the name of a firm or vessel, in any script")
    return query
