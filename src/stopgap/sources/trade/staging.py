"""Turn the table of typed rows ``loaded`` into ``staged``, with one row for each key, and ``rejects``.

In addition to the columns of ``staged``, ``loaded`` has ``row`` (row number in the file), ``reason`` (why the row is
rejected, or NULL), ``is_missing``, ``content`` and ``same`` (a hash of the whole row of the file).

Most rows have a unique key. Only those whose key occurs more than once (``suspects``) are compared; they are found by a
64-bit hash of the key, so that the check is cheap and can spill to disk.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import duckdb

from stopgap.base.vocab import RowKind
from stopgap.sources.base import CONTENT_LIMIT, KEY_COLUMNS, STAGED_COLUMNS, Staging, count
from stopgap.sources.bundle import FILE, SHIFT, FileNote, counted_notes, counts_by_file, notes_of
from stopgap.sources.distinct_keys import count_keys
from stopgap.sources.files.limits import reject_outside
from stopgap.sources.trade.row_notes import notes_on

REVISION_PATTERN = "HS|HS[0-9]{4}|CN[0-9]{4}"
SPECIAL_GOOD = "TOTAL|[0-9]{0,6}[A-Z]{1,8}[0-9]{0,6}"
"""Regular expression for codes other than single goods: all goods, and lettered codes (confidential, unspecified)."""

GOOD_PATTERN = (
    f"([0-9]{{2}}){{1,5}}|{SPECIAL_GOOD}|[0-9]{{2,8}}([+][0-9]{{2,8}}){{1,99}}|"
    "[a-z][a-z0-9-]{0,59}:[a-z0-9][a-z0-9.-]{0,99}"
)


NO_GOOD = f"good IS NULL OR NOT regexp_full_match(good, '{GOOD_PATTERN}')"
NO_REVISION = f"revision IS NULL OR NOT regexp_full_match(revision, '{REVISION_PATTERN}')"


@dataclass(frozen=True, slots=True)
class StagedCounts:
    """Counts of the rows of ``loaded`` by outcome, with warnings."""

    read: int
    missing: int
    duplicate: int
    merged: int
    rejected: int
    warnings: tuple[str, ...]

    def staging(
        self, source: str, warnings: Iterable[str], *, parser: str, terms: str, mapping: str | None = None
    ) -> Staging:
        """Return the counts as the file's ``Staging``; ``warnings`` come before those of the counts."""
        counts = (self.read, self.missing, self.duplicate, self.rejected)
        notes = (*warnings, *self.warnings)
        return Staging(source, *counts, notes, parser, terms, mapping=mapping, rows_merged=self.merged)


def number_sql(text: str) -> str:
    """Return SQL for the finite number in ``text``; NULL if it is not one.

    DuckDB parses 1_000 as a number; a statistical file with such a text is damaged.
    """
    cast = f"try_cast({text} AS DOUBLE)"
    return f"CASE WHEN isfinite({cast}) AND NOT contains({text}, '_') THEN {cast} END"


def case_sql(rules: Mapping[str, str] | Iterable[tuple[str, str]]) -> str:
    """Return an SQL CASE from tests and results: the result of the first test that holds; NULL if none does."""
    pairs = rules.items() if isinstance(rules, Mapping) else rules
    cases = " ".join(f"WHEN {test} THEN {result}" for test, result in pairs)
    return f"CASE {cases} END" if cases else "NULL"


def fault_sql(name: str, column: str, what: str, *, most: int = 60) -> str:
    """Return SQL for the message on a faulty field, with up to ``most`` characters of its text from ``column``."""
    return f"concat('{name} ', coalesce('''' || left({column}, {most}) || '''', 'is empty; it'), ' {what}')"


def content_sql(columns: Sequence[str], delimiter: str = ",") -> str:
    """Return SQL for the text of a row as shown in ``rejects``."""
    texts = ", ".join(f"coalesce({column}::VARCHAR, '')" for column in columns)
    return f"left(array_to_string([{texts}], '{delimiter}'), {CONTENT_LIMIT})"


def settle(
    con: duckdb.DuckDBPyConnection, *, duplicates: Literal["reject", "sum"] = "reject", dimensions: int = 0
) -> StagedCounts:
    """Turn the rows of one file in ``loaded`` into ``staged``; see :func:`settle_files`."""
    [counts] = settle_files(con, 1, duplicates=duplicates, dimensions=dimensions)
    return counts


def settle_files(
    con: duckdb.DuckDBPyConnection, files: int, *, duplicates: Literal["reject", "sum"] = "reject", dimensions: int = 0
) -> list[StagedCounts]:
    """Turn ``loaded`` into ``staged`` with one row for each key of a file; all other rows are rejected or counted.

    Several rows with one key are all rejected, or summed (``duplicates``); repetitions of a whole row are dropped in
    either case. If totals are split by ``dimensions`` (their number), ``loaded`` has the column ``part``: a row's codes
    in the dimensions, joined by ``|`` (empty for a dimension's total), or NULL for the total over all. A key keeps its
    total and, as a separate row, one ``breakdown`` of its parts.

    The rows of each file of a bundle of ``files`` are settled as if it were the only one; ``staged`` then has the
    column ``file``. Returns the counts of each file.
    """
    read = counts_by_file(con, "loaded", files)
    reject_outside(con, "loaded", STAGED_COLUMNS)
    own = ("file",) if files > 1 else ()
    if duplicates == "sum" or dimensions:
        _reject_sums(con, files)
    con.execute("INSERT INTO rejects SELECT row, reason, content FROM loaded WHERE reason IS NOT NULL ORDER BY row")
    missing = counts_by_file(con, "loaded", files, "reason IS NULL AND is_missing")
    helpers = ["row", "same", "rowid AS place", f"{'part' if dimensions else 'NULL::VARCHAR'} AS part"]
    helpers += [f"{FILE}::INTEGER AS file"] if own else []
    con.execute(f"""
        CREATE TABLE staged AS
        SELECT {", ".join([*STAGED_COLUMNS, *helpers])} FROM loaded WHERE reason IS NULL AND NOT is_missing
    """)
    key = (*KEY_COLUMNS, *own)
    rows, keys = count_keys(con, "staged", key)
    joined = _Joined([0] * files, [0] * files, ())
    if rows != keys:
        joined = _join_rows(con, files, key, is_rejected=duplicates == "reject", dimensions=dimensions)
    con.execute(
        "DROP TABLE loaded; DROP TABLE IF EXISTS suspects; DROP TABLE IF EXISTS parts; DROP TABLE IF EXISTS contradictions"
    )
    for helper in ("row", "same", "place", "part"):
        con.execute(f"ALTER TABLE staged DROP COLUMN {helper}")
    rejected = counts_by_file(con, "rejects", files)
    return [
        StagedCounts(
            read[file],
            missing[file],
            joined.duplicate[file],
            joined.merged[file],
            rejected[file],
            (*notes_of(joined.notes, file), *notes),
        )
        for file, notes in enumerate(notes_on(con, files))
    ]


def _reject_sums(con: duckdb.DuckDBPyConnection, files: int) -> None:
    """Set ``reason`` of the rows whose key has a rejected row too: the sum with it would be too small."""
    same = " AND ".join(f"loaded.{name} IS NOT DISTINCT FROM bad.{name}" for name in KEY_COLUMNS)
    if files > 1:
        same += f" AND (loaded.row >> {SHIFT}) = (bad.row >> {SHIFT})"
    con.execute(f"""
        UPDATE loaded SET reason = 'another row of this figure cannot be imported, so their sum is not known'
        WHERE reason IS NULL AND NOT is_missing
            AND EXISTS (FROM loaded AS bad WHERE bad.reason IS NOT NULL AND {same})
    """)


@dataclass(frozen=True, slots=True)
class _Joined:
    """Rows dropped as repetitions and rows merged into others, for each file, with notes."""

    duplicate: list[int]
    merged: list[int]
    notes: tuple[FileNote, ...]


def _join_rows(
    con: duckdb.DuckDBPyConnection, files: int, key: Sequence[str], *, is_rejected: bool, dimensions: int
) -> _Joined:
    """Leave one row of ``staged`` for each key, and one for its breakdown; with ``is_rejected`` reject contradictions."""
    own = key[len(KEY_COLUMNS) :]
    columns = ", ".join(key)

    def counted(relation: str, where: str = "true") -> list[int]:
        return counts_by_file(con, relation, files, where, file="file")

    # A part that is its key's only row stands for the whole, as it is.
    take_suspects(con, "staged", key=key)
    before = counted("suspects")
    drop_repetitions(con, same=(*STAGED_COLUMNS, "same", "part", *own))
    duplicate = [rows - left for rows, left in zip(before, counted("suspects"), strict=True)]
    notes = counted_notes(duplicate, "exact repetitions of rows were dropped")
    if is_rejected and take_contradictions(con, key=key, part="part"):
        con.execute("""
            INSERT INTO rejects
            SELECT s.row, 'the same key stands in several rows with different values', l.content
            FROM contradictions AS s JOIN loaded AS l ON l.rowid = s.place ORDER BY s.row, s.place
        """)
    alone = counted("staged")
    mark_live(con, key=key, totals=("",) * dimensions)
    con.execute(f"INSERT INTO staged SELECT {_summed(own)} FROM parts WHERE live GROUP BY {columns}")
    figures = counted("staged")
    live, kept = counted("parts", "live"), counted("parts", "NOT live")
    if any(kept):
        con.execute(f"""
            INSERT INTO staged SELECT * REPLACE ('{RowKind.BREAKDOWN}' AS kind)
            FROM (SELECT {_summed(own)} FROM parts WHERE NOT live GROUP BY {columns})
        """)
    rows = counted("staged")
    summed = [parts - (now - was) for parts, now, was in zip(live, figures, alone, strict=True)]
    merged = [one + two - (now - was) for one, two, now, was in zip(live, kept, rows, alone, strict=True)]
    notes += counted_notes(kept, "rows are parts of totals and are kept apart as breakdowns")
    notes += counted_notes(summed, "rows were added to another row of the same key")
    return _Joined(duplicate, merged, tuple(notes))


def _summed(also: Sequence[str]) -> str:
    """Return the SQL select list that sums the rows of one key, with the columns ``also`` of it at the end; weight and quantity only if every row has them."""
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
    return ", ".join(
        [*listed, "min(row) AS row", "min(same) AS same", "min(place) AS place", "min(part) AS part", *also]
    )


def take_suspects(con: duckdb.DuckDBPyConnection, table: str, *, key: Sequence[str], also: str = "false") -> int:
    """Move the rows whose key occurs more than once, or has a row for which ``also`` holds, to ``suspects``.

    ``suspects`` has the table's columns and ``id``, the row's rowid in the table. Returns the number of rows moved.
    """
    con.execute(f"""
        CREATE OR REPLACE TABLE suspects AS
        SELECT t.rowid AS id, t.* FROM {table} AS t
        WHERE hash({", ".join(f"t.{name}" for name in key)}) IN (
            SELECT h FROM (SELECT hash({", ".join(key)}) AS h, {also} AS also FROM {table})
            GROUP BY h HAVING count(*) > 1 OR bool_or(also)
        )
    """)
    moved = count(con, "suspects")
    if moved == count(con, table):
        # A table made anew gives back its memory; one whose rows are deleted keeps it.
        con.execute(f"CREATE OR REPLACE TABLE {table} AS FROM {table} LIMIT 0")
    elif moved:
        con.execute(f"DELETE FROM {table} WHERE rowid IN (SELECT id FROM suspects)")
    return moved


def drop_repetitions(con: duckdb.DuckDBPyConnection, *, same: Sequence[str]) -> int:
    """Keep the first of the ``suspects`` that are equal in all columns ``same``; return the number of rows dropped."""
    before = count(con, "suspects")
    con.execute(f"""
        DELETE FROM suspects WHERE id NOT IN (
            SELECT min(id) FROM suspects GROUP BY {", ".join(same)}
        )
    """)
    return before - count(con, "suspects")


def take_contradictions(con: duckdb.DuckDBPyConnection, *, key: Sequence[str], part: str = "NULL::VARCHAR") -> int:
    """Move all ``suspects`` of a key with several rows for one ``part`` to ``contradictions``; return rows moved."""
    columns = ", ".join(key)
    # A key column may be NULL throughout, which IN would not match.
    agrees = " AND ".join(f"s.{name} IS NOT DISTINCT FROM c.{name}" for name in key)
    con.execute(f"""
        CREATE OR REPLACE TABLE contradictions AS
        SELECT s.* FROM suspects AS s SEMI JOIN (
            SELECT DISTINCT {columns} FROM (
                SELECT {columns} FROM suspects GROUP BY {columns}, {part} HAVING count(*) > 1
            )
        ) AS c ON {agrees}
    """)
    moved = count(con, "contradictions")
    if moved:
        con.execute("DELETE FROM suspects WHERE id IN (SELECT id FROM contradictions)")
    return moved


def mark_live(con: duckdb.DuckDBPyConnection, *, key: Sequence[str], totals: Sequence[str]) -> None:
    """Create the table ``parts``: the suspects, with ``live``: whether a row counts towards the total of its key.

    ``part`` holds a row's codes in the dimensions, joined by ``|``, or NULL for the total over all; ``totals`` has the
    code of the total in each dimension. For one dimension after the other, the total is used if it is present, and
    otherwise the parts.
    """
    names = [f"d{number}" for number in range(len(totals))]
    split = "".join(
        f", coalesce(string_split(part, '|')[{number + 1}], '{total}') AS {name}"
        for number, (name, total) in enumerate(zip(names, totals, strict=True))
    )
    con.execute(f"CREATE OR REPLACE TABLE parts AS SELECT *{split}, true AS live FROM suspects")
    for number, (name, total) in enumerate(zip(names, totals, strict=True)):
        if not con.execute(f"SELECT 1 FROM parts WHERE {name} <> '{total}' LIMIT 1").fetchall():
            continue
        within = [*key, *names[number + 1 :]]
        # A join, not a window over all rows: totals are few where parts are many.
        same = " AND ".join(f"p.{column} IS NOT DISTINCT FROM t.{column}" for column in within)
        con.execute(f"""
            CREATE OR REPLACE TABLE parts AS
            SELECT p.* EXCLUDE (live), p.live AND (p.{name} = '{total}' OR t.is_there IS NULL) AS live
            FROM parts AS p LEFT JOIN (
                SELECT DISTINCT {", ".join(within)}, true AS is_there FROM parts WHERE live AND {name} = '{total}'
            ) AS t ON {same}
        """)
