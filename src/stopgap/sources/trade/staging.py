"""The way from a table of typed rows, ``loaded``, to ``staged`` and ``rejects``.

``loaded`` has the columns ``row`` (place in the file), ``reason`` (why it is
rejected, or NULL), ``is_missing``, ``content`` and ``same`` (a hash of the
whole row of the file) beside those of ``staged``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from stopgap.base.vocab import RowKind
from stopgap.sources.base import CONTENT_LIMIT, KEY_COLUMNS, STAGED_COLUMNS, count
from stopgap.sources.files.limits import reject_outside
from stopgap.sources.trade.key_deduplication import drop_repetitions, mark_live, take_contradictions, take_suspects
from stopgap.sources.trade.row_notes import notes_on

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

REVISION_PATTERN = "HS|HS[0-9]{4}|CN[0-9]{4}"
SPECIAL_GOOD = "TOTAL|[0-9]{0,6}[A-Z]{1,8}[0-9]{0,6}"
"""What is not one good: all goods, and the codes with letters of goods that are confidential or not specified."""

GOOD_PATTERN = (
    f"([0-9]{{2}}){{1,5}}|{SPECIAL_GOOD}|[0-9]{{2,8}}([+][0-9]{{2,8}}){{1,99}}|"
    "[a-z][a-z0-9-]{0,59}:[a-z0-9][a-z0-9.-]{0,99}"
)


@dataclass(frozen=True, slots=True)
class StagedCounts:
    """What became of the rows of ``loaded``."""

    read: int
    missing: int
    duplicate: int
    merged: int
    rejected: int
    warnings: tuple[str, ...]


def number_sql(text: str) -> str:
    """SQL for a finite number written in ``text``, NULL when it is none.

    DuckDB reads 1_000 as a number; a statistical file that writes so is damaged.
    """
    cast = f"try_cast({text} AS DOUBLE)"
    return f"CASE WHEN isfinite({cast}) AND NOT contains({text}, '_') THEN {cast} END"


def content_sql(columns: Sequence[str], delimiter: str = ",") -> str:
    """SQL for a row of the file as it is shown in ``rejects``."""
    texts = ", ".join(f"coalesce({column}::VARCHAR, '')" for column in columns)
    return f"left(array_to_string([{texts}], '{delimiter}'), {CONTENT_LIMIT})"


def settle(
    con: duckdb.DuckDBPyConnection, *, duplicates: Literal["reject", "sum"] = "reject", dimensions: int = 0
) -> StagedCounts:
    """Turns ``loaded`` into ``staged`` with one row for each key; the rest is rejected or counted.

    Args:
        duplicates: What becomes of several rows with one key: ``reject`` them
            all, or ``sum`` them. Repetitions of a whole row are dropped either way.
        dimensions: How many dimensions split totals; ``loaded`` then has the column ``part``:
            a row's place in each, joined by ``|`` (empty for the total), NULL for the total of all.
            A key keeps its total and, apart from it, one ``breakdown`` of its parts.
    """
    columns = ", ".join(STAGED_COLUMNS)
    read = count(con, "loaded")
    reject_outside(con, "loaded", STAGED_COLUMNS)
    if duplicates == "sum" or dimensions:
        _take_rest_of_faulty_figures(con)
    con.execute("INSERT INTO rejects SELECT row, reason, content FROM loaded WHERE reason IS NOT NULL ORDER BY row")
    missing = count(con, "(FROM loaded WHERE reason IS NULL AND is_missing)")
    con.execute(
        f"""
        CREATE TABLE staged AS
        SELECT {columns}, row, same, rowid AS place, {"part" if dimensions else "NULL::VARCHAR AS part"} FROM loaded WHERE reason IS NULL AND NOT is_missing
        """
    )
    key = ", ".join(KEY_COLUMNS)
    rows, keys = con.execute(f"SELECT count(*), count(DISTINCT hash({key})) FROM staged").fetchall()[0]
    duplicate = merged = 0
    warnings: list[str] = []
    if rows != keys:
        # A part that is its key's only row stands for the whole, as it is.
        take_suspects(con, "staged", key=KEY_COLUMNS)
        duplicate = drop_repetitions(con, same=(*STAGED_COLUMNS, "same", "part"))
        if duplicate:
            warnings.append(f"{duplicate:,} exact repetitions of rows were dropped")
        if duplicates == "reject" and take_contradictions(con, key=KEY_COLUMNS, part="part"):
            con.execute(
                """
                INSERT INTO rejects
                SELECT s.row, 'the same key stands in several rows with different values', l.content
                FROM contradictions AS s JOIN loaded AS l ON l.rowid = s.place ORDER BY s.row, s.place
                """
            )
        alone = count(con, "staged")
        mark_live(con, key=KEY_COLUMNS, totals=("",) * dimensions)
        con.execute(f"INSERT INTO staged SELECT {_summed()} FROM parts WHERE live GROUP BY {key}")
        summed = merged = count(con, "(FROM parts WHERE live)") - (count(con, "staged") - alone)
        kept = count(con, "(FROM parts WHERE NOT live)")
        if kept:
            con.execute(
                f"""
                INSERT INTO staged SELECT * REPLACE ('{RowKind.BREAKDOWN}' AS kind)
                FROM (SELECT {_summed()} FROM parts WHERE NOT live GROUP BY {key})
                """
            )
            merged = count(con, "parts") - (count(con, "staged") - alone)
            warnings.append(f"{kept:,} rows are parts of totals and are kept apart as breakdowns")
        if summed:
            warnings.append(f"{summed:,} rows were added to another row of the same key")
    con.execute(
        "DROP TABLE loaded; DROP TABLE IF EXISTS suspects; DROP TABLE IF EXISTS parts; DROP TABLE IF EXISTS contradictions"
    )
    for helper in ("row", "same", "place", "part"):
        con.execute(f"ALTER TABLE staged DROP COLUMN {helper}")
    return StagedCounts(read, missing, duplicate, merged, count(con, "rejects"), (*warnings, *notes_on(con)))


def _take_rest_of_faulty_figures(con: duckdb.DuckDBPyConnection) -> None:
    """Rejects rows that would be added to one that is rejected: their sum would be too small."""
    same = " AND ".join(f"loaded.{name} IS NOT DISTINCT FROM bad.{name}" for name in KEY_COLUMNS)
    con.execute(
        f"""
        UPDATE loaded SET reason = 'another row of this figure cannot be loaded, so their sum is not known'
        WHERE reason IS NULL AND NOT is_missing
            AND EXISTS (FROM loaded AS bad WHERE bad.reason IS NOT NULL AND {same})
        """
    )


def _summed() -> str:
    """Select list that adds up rows of one key; a weight or quantity only where every row has it."""
    one_currency = "count(DISTINCT currency) = 1 AND count(DISTINCT usd_per_unit) = 1"
    special = {
        "value_usd": "sum(value_usd)",
        "net_kg": "CASE WHEN count(net_kg) = count(*) THEN sum(net_kg) END",
        "quantity": "CASE WHEN count(quantity) = count(*) AND count(DISTINCT quantity_unit) = 1 THEN sum(quantity) END",
        "quantity_unit": "CASE WHEN count(quantity) = count(*) AND count(DISTINCT quantity_unit) = 1 "
        "THEN min(quantity_unit) END",
        "valuation": "min(valuation)",  # CIF where the rows differ
        "is_estimated": "bool_or(is_estimated)",
        "currency": f"CASE WHEN {one_currency} THEN min(currency) ELSE 'USD' END",
        "value_reported": f"CASE WHEN {one_currency} THEN sum(value_reported) ELSE sum(value_usd) END",
        "usd_per_unit": f"CASE WHEN {one_currency} THEN min(usd_per_unit) ELSE 1 END",
    }
    listed = [f"{special.get(name, name)} AS {name}" for name in STAGED_COLUMNS]
    return ", ".join([*listed, "min(row) AS row", "min(same) AS same", "min(place) AS place", "min(part) AS part"])
