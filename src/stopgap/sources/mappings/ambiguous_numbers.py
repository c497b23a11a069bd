"""Warn about ambiguous number formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stopgap.base.sql import quoted

if TYPE_CHECKING:
    import duckdb

FEW = 3
"""Fewer values than this prove nothing."""


def doubtful_points(con: duckdb.DuckDBPyConnection, column: str, *, decimal: str = ".") -> tuple[str, ...]:
    """A warning where every value of ``loaded`` is written as 1.234: a thousand and something, perhaps.

    No figure tells which is meant. Real decimals show it sooner or later by a value
    under 1, over 1000, or with another number of digits.

    Args:
        con: Connection that holds ``loaded``.
        column: Its column with the values as they stand in the file.
        decimal: The mark taken for the decimal one.
    """
    pattern = rf"[+-]?[1-9]\d{{0,2}}[{decimal}]\d{{3}}"
    [(values, alike, example)] = con.execute(
        f"""
        SELECT count(*), bool_and(regexp_full_match(trim({column}), {quoted(pattern)})), min(trim({column}))
        FROM loaded WHERE reason IS NULL AND NOT is_missing AND {column} IS NOT NULL
        """
    ).fetchall()
    if values < FEW or not alike:
        return ()
    return (
        f"every value has three digits after its {decimal!r}, such as {example}, and was read as a decimal; "
        f"if it parts thousands, all are 1000 times too small: say decimal and thousands in a mapping",
    )
