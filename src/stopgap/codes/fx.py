"""Exchange rates to the US dollar: monthly averages in the package, or a table that the user supplies."""

from __future__ import annotations

import csv
import math
import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from stopgap.base.errors import InputError
from stopgap.base.paths import need_file, need_input
from stopgap.codes.files import data_rows, table_of

if TYPE_CHECKING:
    import pyarrow as pa

SMALLEST_RATE, LARGEST_RATE = 1e-18, 1e6
"""Accepted range in US dollars per unit: the worst inflation reached 1e-16, an ounce of gold is some 1e3."""

RATES_LIMIT = 16 * 1024**2

COLUMNS = ("currency", "month", "usd_per_unit")
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_CURRENCY = re.compile(r"[A-Z]{3}")


@cache
def monthly_rates() -> pa.Table:
    """Return the monthly average exchange rates, in US dollars per unit of a currency.

    Columns ``currency`` (ISO 4217), ``month`` (YYYY-MM), ``usd_per_unit``. One
    row per currency and month from 2005-01, sorted. A currency or month that the
    source lacks has no row: the Turkish lira and the rouble are absent.
    """
    rows = [
        (currency, row["month"], 1.0 / float(units))
        for row in data_rows("fx_units_per_usd.csv")
        for currency, units in row.items()
        if currency != "month" and units
    ]
    return _table(rows)


@cache
def annual_rates() -> pa.Table:
    """Return annual rates, each the simple mean of twelve monthly rates: ``currency``, ``year``, ``usd_per_unit``.

    Years with fewer than twelve months are absent.
    """
    monthly: dict[tuple[str, int], list[float]] = defaultdict(list)
    for row in monthly_rates().to_pylist():
        monthly[row["currency"], int(row["month"][:4])].append(row["usd_per_unit"])
    full = [(*key, math.fsum(rates) / 12) for key, rates in monthly.items() if len(rates) == 12]
    return table_of(full, currency="string", year="int32", usd_per_unit="double")


def load_rates(path: str | Path) -> pa.Table:
    """Read a user's CSV of monthly rates into a table with the columns of :func:`monthly_rates`.

    The header must hold ``currency``, ``month`` and ``usd_per_unit`` (dollars for
    one unit); further columns are ignored. Rejects (InputError) a line without a currency
    of three capital letters, a month and a positive number, and one that repeats a currency and month.
    """
    file = Path(path)
    need_input(file, "the table of rates", suffixes=(".csv",))
    need_file(file, "a table of rates")
    if file.stat().st_size > RATES_LIMIT:
        raise InputError(
            f"the table of rates is larger than {RATES_LIMIT // 1024**2} MB",
            where=str(file),
            fix="is this the table of rates, not the data?",
        )
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or [])]
            if missing:
                raise InputError(
                    f"the table of rates has no column {missing[0]}",
                    where=f"{file}, line 1",
                    fix=f"begin the file with {','.join(COLUMNS)}",
                )
            rows = [_user_row(row, f"{file}, line {reader.line_num}") for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            "the table of rates is not UTF-8 CSV", where=str(file), fix="save it as CSV in UTF-8"
        ) from error
    except (OSError, ValueError) as error:
        raise InputError(
            f"cannot read the table of rates: {getattr(error, 'strerror', None) or error}",
            where=str(file),
            fix="check the path",
        ) from error
    seen: set[tuple[str, str]] = set()
    for currency, month, _ in rows:
        if (currency, month) in seen:
            raise InputError(
                f"{currency} {month} stands twice", where=str(file), fix="keep one rate per currency and month"
            )
        seen.add((currency, month))
    if not seen:
        raise InputError("the table of rates has no rows", where=str(file), fix="add one row per month")
    return _table(rows)


def _user_row(row: dict[str, str | None], where: str) -> tuple[str, str, float]:
    currency, month, rate = ((row[name] or "").strip() for name in COLUMNS)
    if not _CURRENCY.fullmatch(currency):
        raise InputError(f"{currency!r} is not a currency", where=where, fix="write its ISO 4217 code: TRY")
    if not _MONTH.fullmatch(month):
        raise InputError(f"{month!r} is not a month", where=where, fix="write months as YYYY-MM: 2023-01")
    try:
        value = float(rate)
    except ValueError:
        value = math.nan
    if not SMALLEST_RATE <= value <= LARGEST_RATE:  # not NaN either
        raise InputError(
            f"{rate[:60]!r} is not a positive rate",
            where=where,
            fix=f"give dollars for one unit, with a point: 0.0531 ({SMALLEST_RATE:g} to {LARGEST_RATE:g})",
        )
    return currency, month, value


def _table(rows: list[tuple[str, str, float]]) -> pa.Table:
    return table_of(sorted(rows), currency="string", month="string", usd_per_unit="double")
