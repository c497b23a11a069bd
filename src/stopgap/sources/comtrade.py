"""UN Comtrade in its current layout: the 47-column CSV, the bulk text and the API's JSON reply."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import duckdb

from stopgap.errors import InputError
from stopgap.sources.base import Reading, Source, Staging, count, make_rejects
from stopgap.sources.comtrade_json import load_reply
from stopgap.sources.comtrade_parts import Settled, join_parts, pad_goods, unify_aliases
from stopgap.sources.comtrade_rows import (
    CODES,
    CONTENT,
    JOINS,
    NEEDED,
    QUICK_TYPES,
    READ,
    REASON,
    is_sound,
    make_code_tables,
    make_staged,
    rows_sql,
    use_code_tables,
)
from stopgap.sources.csvfile import csv_shape, last_line, structure_fault
from stopgap.sources.filehead import first_record

if TYPE_CHECKING:
    from stopgap.sources.csvfile import CsvShape
    from stopgap.sources.filehead import FileHead

LAYOUT = {
    name.lower(): name
    for name in (
        *READ, "refPeriodId", "refYear", "refMonth", "reporterISO", "reporterDesc", "flowDesc", "partnerISO",
        "partnerDesc", "partner2ISO", "partner2Desc", "classificationSearchCode", "isOriginalClassification",
        "cmdDesc", "aggrLevel", "isLeaf", "customsDesc", "motDesc", "qtyUnitAbbr", "altQtyUnitCode",
        "altQtyUnitAbbr", "altQty", "grossWgt", "isGrossWgtEstimated", "isReported", "isAggregate",
    )
}  # fmt: skip
"""Comtrade's columns by their names in lower case."""

ANSWER_LIMITS = frozenset({500, 100_000, 250_000})
"""Row counts at which the service cuts an answer off without saying so."""

BOOLEANS = frozenset({"true", "false", "0", "1", ""})


class Comtrade(Source):
    """UN Comtrade, monthly and annual trade in goods."""

    name = "comtrade"
    title = "UN Comtrade, current layout: CSV of 47 columns, bulk text, API reply in JSON; plain or gzip"
    how = "comtradeplus.un.org, or the API at comtradeapi.un.org"
    terms = (
        "UN Comtrade: re-dissemination needs the UN's consent; https://comtradeplus.un.org/LicenseAgreement"
    )
    parser = "comtrade/1"
    counted = "comtrade_rows"

    def recognises(self, head: FileHead) -> bool:
        """A header with eight of Comtrade's column names, or a JSON reply."""
        if head.container not in ("text", "utf-16"):
            return False
        if head.is_json:
            return any(
                f'"{name}"' in head.text for name in ("elapsedTime", "primaryValue", "statusCode", "error")
            )
        return len(_found(head.columns)) >= 8

    def parse(self, con: duckdb.DuckDBPyConnection, reading: Reading) -> Staging:
        """Reads Comtrade rows: totals by economy, aggregates and parts of totals each apart.

        Raises:
            InputError: The file is no Comtrade table, is cut off, or holds no rows.
        """
        make_rejects(con)
        make_code_tables(con)
        warnings: list[str] = []
        if reading.head.is_json:
            warnings += load_reply(con, reading)
            columns = {name: f'"{name}"' for name in READ}
            con.execute(
                f"CREATE OR REPLACE TABLE comtrade_rows AS {rows_sql('comtrade_reply', columns, careful=True)}"
            )
            con.execute("DROP TABLE comtrade_reply")
            settled = _settle(con, careful=True)
        else:
            shape = csv_shape(reading.head)
            columns = _columns(shape, reading.name)
            warnings += _absent(columns)
            warnings += _cut(reading, shape)
            settled = None if reading.careful else _load(con, reading, shape, columns, careful=False)
            if settled is None:
                reading.progress("some rows need a closer look")
                settled = _load(con, reading, shape, columns, careful=True)
        assert settled is not None
        if settled.read in ANSWER_LIMITS:
            warnings.append(
                f"the file holds exactly {settled.read:,} rows, a limit of the service: "
                "it is probably cut; ask for less"
            )
        warnings += [*settled.warnings, *_unknown_partners(con)]
        make_staged(con)
        return Staging(
            source=self.name,
            rows_read=settled.read,
            rows_missing=0,
            rows_duplicate=settled.duplicate,
            rows_rejected=count(con, "rejects"),
            warnings=tuple(warnings),
            parser=self.parser,
            terms=self.terms,
            published=None,
            mapping=None,
            rows_merged=settled.merged,
        )


def _load(
    con: duckdb.DuckDBPyConnection,
    reading: Reading,
    shape: CsvShape,
    columns: Mapping[str, str],
    *,
    careful: bool,
) -> Settled | None:
    """Fills ``comtrade_rows``; None when a fault was met that only a careful reading can name.

    The quick reading lets DuckDB convert codes and numbers and ignores the order
    of rows; the careful one keeps the text as it stands, and the place of each row.
    """
    types = {int(column[1:]): QUICK_TYPES[name] for name, column in columns.items() if name in QUICK_TYPES}
    relation = shape.relation(reading.path, types={} if careful else types)
    order = con.execute("SELECT current_setting('preserve_insertion_order')").fetchall()[0][0]
    con.execute(f"SET preserve_insertion_order = {careful}")
    try:
        con.execute(
            f"CREATE OR REPLACE TABLE comtrade_rows AS {rows_sql(relation, columns, careful=careful)}"
        )
    except (duckdb.InvalidInputException, duckdb.ConversionException):
        if careful:
            raise structure_fault(con, reading.path, reading.name, shape) from None
        return None
    finally:
        con.execute(f"SET preserve_insertion_order = {order}")
    return _settle(con, careful=careful)


def _settle(con: duckdb.DuckDBPyConnection, *, careful: bool) -> Settled | None:
    """Rejects what is wrong and leaves one row for each key in ``comtrade_rows``."""
    use_code_tables(con, careful=careful)
    read = count(con, "comtrade_rows")
    if not is_sound(con):
        if not careful:
            return None
        con.execute(
            f"""
            CREATE OR REPLACE TABLE faults AS
            SELECT f.rowid AS id, {REASON} AS reason, left({CONTENT}, 500) AS content {JOINS}
            WHERE reason IS NOT NULL
            """
        )
        _take_parts_of_faulty_figures(con)
        con.execute("INSERT INTO rejects SELECT id + 2, reason, content FROM faults ORDER BY id")
        con.execute("DELETE FROM comtrade_rows WHERE rowid IN (SELECT id FROM faults)")
        con.execute("DROP TABLE faults")
    padded = pad_goods(con)
    unify_aliases(con)
    settled = join_parts(con, read=read, careful=careful)
    if settled is not None and padded:
        return settled.warning(f"{padded:,} commodity codes had lost their leading zero, which was put back")
    return settled


def _take_parts_of_faulty_figures(con: duckdb.DuckDBPyConnection) -> None:
    """Adds to ``faults`` the parts of a figure another row of which is there: their sum would be too small."""
    same = " AND ".join(f"f.{code} IS NOT DISTINCT FROM bad.{code}" for code in CODES)
    con.execute(
        f"""
        INSERT INTO faults
        SELECT f.rowid, 'another row of this figure cannot be loaded, so its parts are not all there', left({CONTENT}, 500)
        FROM comtrade_rows AS f
        WHERE f.part IS NOT NULL AND f.rowid NOT IN (SELECT id FROM faults) AND EXISTS (
            FROM comtrade_rows AS bad WHERE bad.rowid IN (SELECT id FROM faults) AND {same}
        )
        """
    )


def _found(columns: tuple[str, ...]) -> dict[str, int]:
    """Position of each of Comtrade's columns, whatever the case and underscores of the header."""
    found: dict[str, int] = {}
    for position, name in enumerate(columns):
        known = _known(name)
        if known is not None:
            found.setdefault(known, position)
    return found


def _known(name: str) -> str | None:
    """Comtrade's name for a column of the header."""
    return LAYOUT.get(name.lower().replace("_", ""))


def _columns(shape: CsvShape, name: str) -> dict[str, str]:
    """SQL name of each column that is read.

    Raises:
        InputError: A needed column is not in the header, or a column that is read stands twice.
    """
    found = _found(shape.columns)
    names = [_known(column) for column in shape.columns]
    twice = [column for column in READ if names.count(column) > 1]
    if twice:
        raise InputError(
            f"the header has {' and '.join(twice)} more than once, so which to read is not known",
            where=f"{name}, row 1",
            mend="take the column that is not Comtrade's out, and load the file again",
        )
    lacking = [column for column in NEEDED if column not in found]
    if lacking:
        raise InputError(
            f"the header lacks {'the column' if len(lacking) == 1 else 'the columns'} {', '.join(lacking)}",
            where=f"{name}, row 1: {shape.delimiter.join(shape.columns)[:200]}",
            mend="download the file with all columns, or load it with a mapping (--map MAPPING.yml)",
        )
    return {column: f"c{position}" for column, position in found.items() if column in READ}


def _absent(columns: Mapping[str, str]) -> list[str]:
    absent = [name for name in READ if name not in columns]
    return [f"columns absent from the file, read as not given: {', '.join(absent)}"] if absent else []


def _cut(reading: Reading, shape: CsvShape) -> list[str]:
    """A warning when the last row has no line end.

    Raises:
        InputError: The last row is visibly cut.
    """
    line, is_ended = last_line(reading.path, shape.is_gzip)
    if is_ended:
        return []
    values = first_record([line], shape.delimiter, reading.name)
    last = shape.columns[-1].lower().replace("_", "")
    if (
        len(values) == shape.width
        and last.startswith("is")
        and values[-1].strip().lower() not in BOOLEANS - {""}
    ):
        raise InputError(
            f"the file ends in the middle of its last row: {shape.columns[-1]} is {values[-1]!r}",
            where=f"{reading.name}, last row: {line[:120]}",
            mend="the download broke off: download the file again",
        )
    return [] if last.startswith("is") else ["the last row has no line end; check that the file is whole"]


def _unknown_partners(con: duckdb.DuckDBPyConnection) -> list[str]:
    found = con.execute(
        """
        SELECT f.partner, count(*) FROM comtrade_rows AS f
        ANTI JOIN comtrade_areas AS p ON p.value = f.partner
        GROUP BY ALL ORDER BY f.partner
        """
    ).fetchall()
    if not found:
        return []
    rows = sum(number for _, number in found)
    codes = ", ".join(code for code, _ in found[:10]) + (" …" if len(found) > 10 else "")
    return [f"{rows:,} rows with partner codes that are not known ({codes}) are kept apart as aggregates"]
