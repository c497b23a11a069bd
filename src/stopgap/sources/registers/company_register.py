"""Read the dates on which companies were registered from the CSV file of a company register."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stopgap.base.errors import InputError
from stopgap.base.paths import need_file

MOST_BYTES = 500_000_000
LONGEST = 1_000
_MEND = "give a CSV file in UTF-8 with the columns founded_on (YYYY-MM-DD) and identifier, name or both"


@dataclass(frozen=True)
class RegisterFile:
    """A parsed register: (number, name, ``YYYY-MM-DD``) of each row with a date, and the count of rows without one."""

    rows: tuple[tuple[str | None, str | None, str], ...]
    without_day: int


def read_register(path: Path) -> RegisterFile:
    """Read a company register.

    Raises:
        NotFoundError: There is no such file.
        InputError: The file is not such a CSV file, or a date is invalid; the error names the line.
    """
    need_file(path, "a register of companies", suffixes=(".csv",))
    if path.stat().st_size > MOST_BYTES:
        raise InputError(f"the register is larger than {MOST_BYTES:,} bytes", where=str(path), fix=_MEND)
    content = path.read_bytes()
    if b"\0" in content[:4096] or content[:512].lstrip().lower().startswith((b"<!doctype", b"<html")):
        raise InputError("the register is not a CSV file", where=str(path), fix=_MEND)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("the register is not UTF-8", where=f"{path}, byte {error.start}", fix=_MEND) from error
    rows, without_day = [], 0
    for line, number, name, day in _rows(text, path):
        if not day:
            without_day += 1
            continue
        try:
            known = dt.date.fromisoformat(day)
        except ValueError as error:
            raise InputError(f"{day[:40]!r} is not a day", where=f"{path}, line {line}", fix=_MEND) from error
        rows.append((number or None, name or None, known.isoformat()))
    return RegisterFile(tuple(rows), without_day)


def _rows(text: str, path: Path) -> Iterator[tuple[int, str, str, str]]:
    """Yield the line, number, name and date of each row."""
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = reader.fieldnames or []
        if "founded_on" not in columns or not {"identifier", "name"} & set(columns):
            raise InputError(
                "the register lacks a column founded_on, identifier or name",
                where=f"{path}, line 1: {', '.join(map(str, columns))[:200]}",
                fix=_MEND,
            )
        for row in reader:
            number, name, day = (str(row.get(column) or "").strip() for column in ("identifier", "name", "founded_on"))
            if None in row or row.get(columns[-1]) is None or max(len(number), len(name)) > LONGEST:
                raise InputError(
                    "a row is cut short or does not fit the header",
                    where=f"{path}, line {reader.line_num}",
                    fix="fix the row, or fetch the whole file again",
                )
            yield reader.line_num, number, name, day
    except csv.Error as error:
        raise InputError(f"not CSV: {error}", where=f"{path}, line {reader.line_num}", fix=_MEND) from error
