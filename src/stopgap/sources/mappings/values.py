"""Convert the values of a mapped file to US dollars, and warn about ambiguous number formats."""

from __future__ import annotations

import duckdb

from stopgap.base.errors import InputError
from stopgap.base.sql import quoted
from stopgap.codes.fx import annual_rates, monthly_rates
from stopgap.sources.base import Reading
from stopgap.sources.bundle import FILE, FileNote
from stopgap.sources.mappings.spec import ColumnOf

FEW = 3
"""Minimum number of values for a warning about the number format: fewer prove nothing."""


def convert(con: duckdb.DuckDBPyConnection, currency: str | ColumnOf, reading: Reading) -> None:
    """Fill ``usd_per_unit`` and ``value_usd`` of ``loaded`` at average exchange rates; InputError if one is absent."""
    if currency == "USD":
        return
    con.register("rates_monthly", reading.rates if reading.rates is not None else monthly_rates())
    con.execute(
        "CREATE OR REPLACE TEMP TABLE rates AS SELECT currency, month AS period, usd_per_unit FROM rates_monthly"
    )
    if reading.rates is None:
        con.register("rates_annual", annual_rates())
        con.execute("INSERT INTO rates SELECT currency, year::VARCHAR, usd_per_unit FROM rates_annual")
        con.unregister("rates_annual")
    else:
        con.execute("""
            INSERT INTO rates SELECT currency, month[:4], avg(usd_per_unit) FROM rates_monthly
            GROUP BY ALL HAVING count(*) = 12
        """)
    con.unregister("rates_monthly")
    dated = "CASE WHEN frequency = 'M' THEN strftime(period, '%Y-%m') ELSE strftime(period, '%Y') END"
    wanted = "reason IS NULL AND NOT is_missing AND loaded.currency <> 'USD'"
    con.execute(f"ALTER TABLE loaded ADD COLUMN dated VARCHAR; UPDATE loaded SET dated = {dated} WHERE {wanted}")
    lacking = con.execute(f"""
        SELECT loaded.currency, min(dated), max(dated), count(DISTINCT dated) FROM loaded
        ANTI JOIN rates ON rates.currency = loaded.currency AND rates.period = loaded.dated
        WHERE {wanted} GROUP BY ALL ORDER BY ALL
    """).fetchall()
    if lacking:
        unknown, first, last, number = lacking[0]
        when = first if number == 1 else f"{number} periods from {first} to {last}"
        raise InputError(
            f"there is no exchange rate of {unknown} for {when}",
            where=reading.name,
            fix="give a table of rates: --rates FILE, a CSV with currency,month,usd_per_unit",
        )
    con.execute(f"""
        UPDATE loaded SET usd_per_unit = rates.usd_per_unit, value_usd = value_reported * rates.usd_per_unit
        FROM rates WHERE rates.currency = loaded.currency AND rates.period = loaded.dated AND {wanted}
    """)
    con.execute("DROP TABLE rates")


def doubtful_points(
    con: duckdb.DuckDBPyConnection, column: str, *, decimal: str = ".", files: int = 1
) -> list[FileNote]:
    """Return a note on each file whose every value in ``loaded`` looks like 1.234, where the point may separate thousands.

    ``column`` holds the values as text of the file. No single value shows which is meant. Real decimals sooner or later
    include a value below 1, above 1000, or with another number of digits.
    """
    pattern = rf"[+-]?[1-9]\d{{0,2}}[{decimal}]\d{{3}}"
    found = con.execute(f"""
        SELECT {FILE if files > 1 else 0}, count(*), bool_and(regexp_full_match(trim({column}), {quoted(pattern)})), min(trim({column}))
        FROM loaded WHERE reason IS NULL AND NOT is_missing AND {column} IS NOT NULL
        GROUP BY 1
    """).fetchall()
    return [
        FileNote(
            f"every value has three digits after its {decimal!r}, such as {example}, and was read as a decimal; "
            f"if it parts thousands, all are 1000 times too small: say decimal and thousands in a mapping",
            file,
        )
        for file, values, alike, example in found
        if values >= FEW and alike
    ]
