"""Merge Comtrade's rows that are parts of a total: by mode of transport, customs procedure, second partner.

If a key's total is in the file, its parts are kept beside it as one ``breakdown`` row. If the total is absent, it is
the sum of the parts; in each dimension the total is used if present, and otherwise the parts are summed. No part is
counted twice, and none is lost: the sum over all rows of ``staged`` is the sum of the file's column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb

from stopgap.sources.bundle import counts_by_file
from stopgap.sources.distinct_keys import count_keys
from stopgap.sources.trade.comtrade_rows import CODES, CONTENT, FLOWS, ROW_COLUMNS, TOTAL_OF
from stopgap.sources.trade.staging import drop_repetitions, mark_live, take_contradictions, take_suspects

MANY = 0.1
"""Share of rows that repeat another row's key above which all rows are deduplicated in one query."""


@dataclass(frozen=True, slots=True)
class PartsResult:
    """Counts of the file's rows: read, dropped as duplicates, and merged into others; with warnings."""

    read: int
    duplicate: int = 0
    merged: int = 0
    warnings: tuple[str, ...] = ()

    def warning(self, text: str) -> PartsResult:
        """Return a copy with one more warning."""
        return replace(self, warnings=(*self.warnings, text))

    def told(self) -> PartsResult:
        """Return a copy with a warning about dropped repetitions, if there are any."""
        if not self.duplicate:
            return self
        return self.warning(f"{self.duplicate:,} exact repetitions of rows were dropped")


def pad_goods(con: duckdb.DuckDBPyConnection, files: int = 1) -> list[int]:
    """Restore the leading zero of codes with an odd number of digits (HS codes have an even one); return rows by file."""
    lost = "length(cmd) % 2 = 1 AND regexp_full_match(cmd, '[0-9]+')"
    found = counts_by_file(con, "comtrade_rows", files, lost, file="file")
    if any(found):
        con.execute(f"UPDATE comtrade_rows SET cmd = '0' || cmd WHERE {lost}")
    return found


def unify_aliases(con: duckdb.DuckDBPyConnection) -> None:
    """Replace different codes for one economy (842 and 840) or period by one of them, so that keys are comparable."""
    for column, table, meaning in (
        ("reporter", "comtrade_areas", "code"),
        ("partner", "comtrade_areas", "code"),
        ("period", "comtrade_periods", "period, frequency"),
    ):
        aliases = con.execute(f"""
            SELECT a.value, min(a.value) OVER (PARTITION BY {meaning}) AS kept
            FROM {table} AS a SEMI JOIN (SELECT DISTINCT {column} AS value FROM comtrade_rows) AS f USING (value)
            QUALIFY a.value <> kept
        """).fetchall()
        for value, kept in aliases:
            con.execute(f"UPDATE comtrade_rows SET {column} = ? WHERE {column} = ?", [kept, value])
    frequencies = con.execute("SELECT DISTINCT freq FROM comtrade_rows").fetchall()
    if (None,) in frequencies and len(frequencies) > 1:
        con.execute("""
            UPDATE comtrade_rows SET freq = t.frequency FROM comtrade_periods AS t
            WHERE t.value = comtrade_rows.period AND comtrade_rows.freq IS NULL
        """)


def join_parts(con: duckdb.DuckDBPyConnection, *, read: Sequence[int], careful: bool) -> list[PartsResult] | None:
    """Leave one row of each file for each key (and one more for its parts) in ``comtrade_rows``; return counts by file.

    ``read`` has the number of rows of each file. None if rows of one key contradict each other and there are several
    files or their row numbers are unknown (``careful`` is false).
    """
    files = len(read)
    own = ("file",) if files > 1 else ()
    counted = _counted(con, files)
    settled = [PartsResult(number) for number in read]
    many = [n for n, (rows, keys, _) in enumerate(counted) if not careful and rows - keys > rows * MANY]
    if many:
        # Where nobody needs to know which of them came first, this takes a quarter of the time.
        which = f"file IN ({', '.join(map(str, many))})" if own else "true"
        con.execute(f"""
            CREATE OR REPLACE TABLE comtrade_rows AS
            SELECT DISTINCT * FROM comtrade_rows WHERE {which}
            UNION ALL SELECT * FROM comtrade_rows WHERE NOT {which}
        """)
        settled = _less(settled, counts_by_file(con, "comtrade_rows", files, file="file"), read)
        counted = _counted(con, files)
    if all(rows == keys and not has_parts for rows, keys, has_parts in counted):
        return [one.told() for one in settled]
    take_suspects(con, "comtrade_rows", key=(*CODES, *own), also="part IS NOT NULL")
    if len(many) < files:
        before = counts_by_file(con, "suspects", files, file="file")
        drop_repetitions(con, same=(*ROW_COLUMNS, *own))
        settled = _less(settled, counts_by_file(con, "suspects", files, file="file"), before)
    if take_contradictions(con, key=(*CODES, *own), part="part"):
        if not careful or files > 1:
            return None
        con.execute(f"""
            INSERT INTO rejects
            SELECT id + 2, 'the same key stands in several rows with different values', left({CONTENT}, 500)
            FROM contradictions AS f ORDER BY id
        """)
    settled = _sum_parts(con, settled, own)
    con.execute("DROP TABLE suspects; DROP TABLE contradictions")
    return [one.told() for one in settled]


def _less(settled: Sequence[PartsResult], rows: Sequence[int], before: Sequence[int]) -> list[PartsResult]:
    """Return the counts of each file with the rows that are gone as duplicates."""
    return [
        replace(one, duplicate=one.duplicate + were - are) for one, are, were in zip(settled, rows, before, strict=True)
    ]


def _counted(con: duckdb.DuckDBPyConnection, files: int) -> list[tuple[int, int, bool]]:
    """Return, for each file, the number of rows and of keys, and whether any row is a part of a total."""
    if files == 1:
        rows, keys = count_keys(con, "comtrade_rows", CODES)
        [(has_parts,)] = con.execute("SELECT bool_or(part IS NOT NULL) FROM comtrade_rows").fetchall()
        return [(rows, keys, bool(has_parts))]
    found = con.execute(f"""
        SELECT file, count(*), count(DISTINCT hash({", ".join(CODES)})), bool_or(part IS NOT NULL)
        FROM comtrade_rows GROUP BY file
    """).fetchall()
    by_file = {number: (int(rows), int(keys), bool(has_parts)) for number, rows, keys, has_parts in found}
    return [by_file.get(number, (0, 0, False)) for number in range(files)]


def _sum_parts(con: duckdb.DuckDBPyConnection, settled: Sequence[PartsResult], own: Sequence[str]) -> list[PartsResult]:
    """Sum the rows of ``suspects`` into ``comtrade_rows``: one row for each key, one for its breakdown."""
    files = len(settled)
    key = (*CODES, *own)
    mark_live(con, key=key, totals=tuple(TOTAL_OF.values()))
    codes = ", ".join(CODES)
    also = "".join(f", {name}" for name in own)
    con.execute(f"""
        CREATE OR REPLACE TABLE joined AS
        SELECT {codes}, sum(value) AS value,
            CASE WHEN count(nullif(net, 0)) = count(*) THEN sum(net) END AS net,
            CASE WHEN count(nullif(qty, 0)) = count(*) AND min(unit) = max(unit) THEN sum(qty) END AS qty,
            min(unit) AS unit, bool_and(is_fob) AS is_fob, bool_or(is_estimated) AS is_estimated,
            CASE WHEN NOT live OR flow NOT IN {FLOWS} THEN '*' END AS part, NULL::VARCHAR AS bad{also},
            count(*) AS rows, bool_and(parts.part IS NOT NULL) AS lacks_total
        FROM parts GROUP BY {", ".join(key)}, CASE WHEN NOT live OR flow NOT IN {FLOWS} THEN '*' END
    """)
    con.execute(f"INSERT INTO comtrade_rows SELECT {', '.join(ROW_COLUMNS)}{also} FROM joined")
    suspects = counts_by_file(con, "suspects", files, file="file")
    found = con.execute(f"""
        SELECT {"file" if own else "0"} AS number, count(*), count(*) FILTER (part IS NULL AND lacks_total),
            coalesce(sum(rows) FILTER (part IS NULL AND lacks_total), 0),
            coalesce(sum(rows) FILTER (part IS NOT NULL), 0)
        FROM joined GROUP BY number
    """).fetchall()
    con.execute("DROP TABLE parts; DROP TABLE joined")
    by_file = {number: counts for number, *counts in found}
    results = []
    for number, one in enumerate(settled):
        joined, summed, added, kept = by_file.get(number, (0, 0, 0, 0))
        result = replace(one, merged=suspects[number] - joined)
        if summed:
            result = result.warning(
                f"{summed:,} totals were not in the file and are the sums of {added:,} rows of parts"
            )
        if kept:
            result = result.warning(f"{kept:,} rows are parts of totals and are kept apart as breakdowns")
        results.append(result)
    return results
