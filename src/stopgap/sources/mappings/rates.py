"""Turns reported values into dollars, at the average rate of the month or year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stopgap.base.errors import InputError
from stopgap.codes.fx import annual_rates, monthly_rates

if TYPE_CHECKING:
    import duckdb

    from stopgap.sources.base import Reading
    from stopgap.sources.mappings.spec import ColumnOf


def convert(con: duckdb.DuckDBPyConnection, currency: str | ColumnOf, reading: Reading) -> None:
    """Fills ``usd_per_unit`` and ``value_usd`` of ``loaded`` where the currency is not the dollar.

    Raises:
        InputError: A currency has no rate in a period that the file has.
    """
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
        con.execute(
            """
            INSERT INTO rates SELECT currency, month[:4], avg(usd_per_unit) FROM rates_monthly
            GROUP BY ALL HAVING count(*) = 12
            """
        )
    con.unregister("rates_monthly")
    dated = "CASE WHEN frequency = 'M' THEN strftime(period, '%Y-%m') ELSE strftime(period, '%Y') END"
    wanted = "reason IS NULL AND NOT is_missing AND loaded.currency <> 'USD'"
    con.execute(f"ALTER TABLE loaded ADD COLUMN dated VARCHAR; UPDATE loaded SET dated = {dated} WHERE {wanted}")
    lacking = con.execute(
        f"""
        SELECT loaded.currency, min(dated), max(dated), count(DISTINCT dated) FROM loaded
        ANTI JOIN rates ON rates.currency = loaded.currency AND rates.period = loaded.dated
        WHERE {wanted} GROUP BY ALL ORDER BY ALL
        """
    ).fetchall()
    if lacking:
        unknown, first, last, number = lacking[0]
        when = first if number == 1 else f"{number} periods from {first} to {last}"
        raise InputError(
            f"there is no exchange rate of {unknown} for {when}",
            where=reading.name,
            fix="give a table of rates: --rates FILE, a CSV with currency,month,usd_per_unit",
        )
    con.execute(
        f"""
        UPDATE loaded SET usd_per_unit = rates.usd_per_unit, value_usd = value_reported * rates.usd_per_unit
        FROM rates WHERE rates.currency = loaded.currency AND rates.period = loaded.dated AND {wanted}
        """
    )
    con.execute("DROP TABLE rates")
