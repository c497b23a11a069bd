"""Read tables of measures: which member put which goods under a measure, from when until when.

A table is a CSV beside the episode file, one built into the package, or rows written in the episode itself. Columns:
``member`` (ISO3 or group), ``code`` (one code or several with blanks between; ``*`` for all goods), ``from``, ``until``
(days; the last one included), ``source``; and, if there, ``covers``, ``revision`` and ``note``.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from stopgap.base.errors import EpisodeError, NotFoundError, StopgapError
from stopgap.base.near_names import did_you_mean
from stopgap.base.paths import is_path_text, no_file
from stopgap.codes.areas import areas
from stopgap.codes.commodities import REVISIONS, is_code
from stopgap.codes.groups import group_names

ALL_GOODS = "*"
_REQUIRED = ("member", "code", "from", "source")
_FIELDS = (*_REQUIRED, "until", "covers", "revision", "note")
_LENGTHS = (2, 4, 6, 8)

Fail = Callable[[str, str, str], StopgapError]
"""Builds the error of a row from what is wrong, how to fix it, and the field."""


class Covers(StrEnum):
    """How much of a code's goods a measure covers."""

    WHOLE = "whole"
    PART = "part"  # goods above a price, of some properties, or with exempt uses
    UNTOLD = "untold"  # the member had measures from that day; which goods is not known


@dataclass(frozen=True)
class MeasureRow:
    """One measure: a member or group, a code, and the days on which it was in force."""

    member: str  # as written: ISO3 or group
    code: str  # 2, 4, 6 or 8 digits, or ``*``
    first: dt.date
    until: dt.date | None  # last day in force; ``None`` while it is
    source: str
    covers: Covers = Covers.WHOLE
    revision: str = REVISIONS[-1]  # HS revision of the code
    note: str = ""


def measure_table_names() -> list[str]:
    """Return the names of the tables of measures in the package."""
    return sorted(_built_in())


def _built_in() -> dict[str, Any]:
    folder = resources.files("stopgap.panel") / "measures_data"
    return {
        entry.name.removesuffix(".csv"): entry
        for entry in folder.iterdir()
        if entry.name.endswith(".csv") and entry.name != "SOURCES.csv"
    }


def load_measures(name: str, *, beside: str | None = None) -> tuple[MeasureRow, ...]:
    """Load a table by the name of a built-in one, or by the path of a CSV in the folder of the file ``beside``.

    Without ``beside`` no file is read: an episode from another's pack names none of this machine's.

    Raises:
        NotFoundError: There is neither a table nor a file of that name.
        EpisodeError: The table is invalid; names row and field.
    """
    if name in _built_in():
        return _built_in_rows(name)
    path = None if beside is None else Path(beside).parent / name
    if path is None or not path.is_file():
        built_in = f"built in: {', '.join(measure_table_names())}"
        if path is not None and is_path_text(name):
            raise no_file(path, "a table of measures", fix=f"or name one that is {built_in}", suffixes=(".csv",))
        near = did_you_mean(name, measure_table_names())
        raise NotFoundError(
            f"no table of measures is called {name!r}",
            where=name if path is None else str(path),
            fix=f"{near} {built_in.capitalize()}; or give the path of a CSV beside the episode file".strip(),
        )
    try:
        text = path.read_text("utf-8-sig")
    except (UnicodeDecodeError, OSError) as error:
        raise EpisodeError("the file is not text in UTF-8", where=str(path), fix="save it as UTF-8") from error
    return read_measures(text, label=path.name)


@cache
def _built_in_rows(name: str) -> tuple[MeasureRow, ...]:
    return read_measures(_built_in()[name].read_text("utf-8"), label=f"built-in {name}.csv")


def read_measures(text: str, *, label: str) -> tuple[MeasureRow, ...]:
    """Parse a table of measures from CSV; EpisodeError names the row (the header is row 1) and the field."""

    def fail(row: int, what: str, fix: str, field: str = "") -> EpisodeError:
        return EpisodeError(what, where=f"{label}, row {row}" + (f", field {field}" if field else ""), fix=fix)

    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        rows = [row for row in reader if row]
    except csv.Error as error:
        raise fail(reader.line_num, f"not CSV: {error}", "fix the row") from error
    header = [name.strip() for name in rows[0]] if rows else []
    if left := [name for name in _REQUIRED if name not in header]:
        raise fail(1, f"the column {left[0]} is missing", f"columns: {', '.join(_FIELDS)}", left[0])
    if unknown := [name for name in header if name not in _FIELDS]:
        raise fail(1, f"a table of measures has no column {unknown[0]!r}", f"columns: {', '.join(_FIELDS)}", unknown[0])
    if len(set(header)) < len(header):
        raise fail(1, "a column stands twice", "keep one of them")
    found: list[MeasureRow] = []
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(header):
            raise fail(number, f"the row has {len(row)} cells, the header {len(header)}", "give each column one cell")

        def fail_here(what: str, fix: str, field: str, number: int = number) -> StopgapError:
            return fail(number, what, fix, field)

        found += read_row({name: cell.strip() for name, cell in zip(header, row, strict=True)}, fail_here)
    if not found:
        raise fail(1, "the table of measures has no rows", "add a row: member, code, from, until, source")
    return tuple(found)


def read_row(row: Mapping[str, Any], fail: Fail) -> Iterator[MeasureRow]:
    """Parse one row of a table, from a CSV or an episode file; one measure per code.

    Raises:
        StopgapError: The row is invalid, as ``fail`` builds it.
    """
    if unknown := sorted(str(name) for name in row if name not in _FIELDS):
        raise fail(f"a measure has no field {unknown[0]!r}", f"fields: {', '.join(_FIELDS)}", unknown[0])
    for name in _REQUIRED:
        if row.get(name) in (None, ""):
            raise fail(f"{name} is missing", f"give {name}", name)
    member, source = (_text(row[name], name, fail) for name in ("member", "source"))
    if member not in group_names() and not (member in areas() and areas()[member].kind == "economy"):
        fix = f"give an ISO3 code (stopgap economies lists them) or a group: {', '.join(group_names())}"
        raise fail(f"{member!r} is neither a group nor an economy", fix, "member")
    first = _day(row["from"], "from", fail)
    until = None if row.get("until") in (None, "") else _day(row["until"], "until", fail)
    if until is not None and until < first:
        raise fail("until is before from", "swap from and until, or leave until empty while it is in force", "until")
    covers = _text(row.get("covers") or Covers.WHOLE, "covers", fail)
    if covers not in list(Covers):
        raise fail(f"covers {covers!r} is not known", f"use {', '.join(Covers)}", "covers")
    revision = _text(row.get("revision") or "", "revision", fail)
    if revision and revision not in REVISIONS:
        raise fail(f"{revision!r} is not an HS revision", f"use one of {', '.join(REVISIONS)}", "revision")
    note = _text(row.get("note") or "", "note", fail)
    for code in _codes(row["code"], fail):
        yield MeasureRow(member, code, first, until, source, Covers(covers), _revision_of(code, revision, fail), note)


def _text(value: object, name: str, fail: Fail) -> str:
    if not isinstance(value, str):
        raise fail(f"{name} is not text", f"give {name} as text", name)
    return value.strip()


def _day(value: object, name: str, fail: Fail) -> dt.date:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    try:
        return dt.date.fromisoformat(str(value).strip())
    except ValueError as error:
        raise fail(f"{str(value)!r} is not a day", "give the day as YYYY-MM-DD", name) from error


def _codes(value: object, fail: Fail) -> list[str]:
    parts = value if isinstance(value, list) else str(value).split() if isinstance(value, str) else [value]
    for code in parts:
        if not isinstance(code, str):
            raise fail(
                f"code {code!r} is not text", 'put codes in quotes, so that leading zeros stay: "010121"', "code"
            )
        if code != ALL_GOODS and not (code.isascii() and code.isdigit() and len(code) in _LENGTHS):
            fix = f"write 2, 4, 6 or 8 digits without points, with leading zeros, or {ALL_GOODS} for all goods"
            raise fail(f"{code!r} is not a code", fix, "code")
    if not parts:
        raise fail("code is missing", "give code", "code")
    return [str(code) for code in parts]


def _revision_of(code: str, revision: str, fail: Fail) -> str:
    """Return the revision of a code: the one given, or the newest that has it."""
    if code == ALL_GOODS:
        return revision or REVISIONS[-1]
    if revision and is_code(code, revision):
        return revision
    known = [each for each in reversed(REVISIONS) if is_code(code, each)]
    if revision and revision not in known:
        fix = f"it is a code of {' and '.join(known)}" if known else "correct the code"
        raise fail(f"{code} is not a code of {revision}", fix, "code")
    if not known:
        raise fail(f"{code} is not a code of {', '.join(REVISIONS)}", "correct the code", "code")
    return known[0]


def measures_document(rows: Iterable[MeasureRow]) -> list[dict[str, object]]:
    """Return rows as plain values that :func:`read_row` reads; codes that share all else stand in one row."""
    grouped: dict[tuple[object, ...], list[str]] = {}
    for row in rows:
        key = (row.member, row.first, row.until, row.source, row.covers, row.revision, row.note)
        grouped.setdefault(key, []).append(row.code)
    found: list[dict[str, object]] = []
    for (member, first, until, source, covers, revision, note), codes in grouped.items():
        document = {
            "member": member, "code": " ".join(codes), "from": str(first), "until": None if until is None else str(until),
            "source": source, "covers": str(covers), "revision": revision, "note": note,
        }  # fmt: skip
        found.append({name: value for name, value in document.items() if value not in (None, "")})
    return found


def measures_summary(rows: Iterable[MeasureRow]) -> list[str]:
    """Return one line per member or group: number of codes, first and last day from which one was put in force."""
    of: dict[str, list[MeasureRow]] = {}
    for row in rows:
        of.setdefault(row.member, []).append(row)
    return [
        f"{member}: {count} code{'s' if count > 1 else ''}, {min(days)}"
        + (f" to {max(days)}" if len(set(days)) > 1 else "")
        for member, each in of.items()
        if (count := len({row.code for row in each})) and (days := [row.first for row in each])
    ]
