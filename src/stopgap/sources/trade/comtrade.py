"""UN Comtrade: its table, bulk text and API reply, current and of before 2023, and data frames of R with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import duckdb

from stopgap.base.errors import InputError
from stopgap.sources.base import Reading, Source, Staging, count, make_rejects
from stopgap.sources.files.csv_file import csv_shape, last_line, structure_fault
from stopgap.sources.files.file_head import first_record
from stopgap.sources.trade.comtrade_json import is_legacy, load_reply
from stopgap.sources.trade.comtrade_layouts import RECOGNISED, Columns, ComtradeHeader, read_header, text_columns
from stopgap.sources.trade.comtrade_notes import notes_on_rows, outside_years
from stopgap.sources.trade.comtrade_parts import PartsResult, join_parts, pad_goods, unify_aliases
from stopgap.sources.trade.comtrade_rows import (
    CODES,
    CONTENT,
    JOINS,
    QUICK_TYPES,
    READ,
    REASON,
    is_sound,
    make_code_tables,
    make_staged,
    rows_sql,
    use_code_tables,
)
from stopgap.sources.trade.r_frame import RDataFrame, load_frame

if TYPE_CHECKING:
    from stopgap.sources.files.csv_file import CsvShape
    from stopgap.sources.files.file_head import FileHead
    from stopgap.sources.live.service import LiveService

ANSWER_LIMITS = frozenset({500, 100_000, 250_000})
"""Row counts at which the service cuts an answer off without saying so."""

BOOLEANS = frozenset({"true", "false", "0", "1", ""})


class Comtrade(Source):
    """UN Comtrade, monthly and annual trade in goods."""

    name = "comtrade"
    title = (
        "UN Comtrade: CSV, bulk text and API replies of today's layout and of that before 2023; R data frames with them"
    )
    how = "comtradeplus.un.org, the API at comtradeapi.un.org, or the R package comtradr"
    terms = "UN Comtrade: re-dissemination needs the UN's consent; https://comtradeplus.un.org/LicenseAgreement"
    parser = "comtrade/1"
    counted = "comtrade_rows"
    # Only codes and figures are read, which are ASCII: texts in Latin letters may be in any encoding.
    encodings = ("latin-1",)

    def request(self) -> LiveService:
        from stopgap.sources.live.comtrade import LiveComtrade

        return LiveComtrade()

    def recognises(self, head: FileHead) -> bool:
        """A header with eight of Comtrade's column names, a JSON reply, or a file of R."""
        if head.container == "r":
            return True
        if head.container not in ("text", "utf-16"):
            return False
        if head.is_json:
            return is_legacy(head.text) or any(
                f'"{name}"' in head.text for name in ("elapsedTime", "primaryValue", "statusCode", "error")
            )
        return len(read_header(head.columns).at) >= RECOGNISED

    def parse(self, con: duckdb.DuckDBPyConnection, reading: Reading) -> Staging:
        """Reads Comtrade rows: totals by economy, aggregates and parts of totals each apart.

        Raises:
            InputError: The file is no Comtrade table, is cut off, or holds no rows.
            UsageError: A file of R, and its reader is not installed.
        """
        make_rejects(con)
        if reading.head.container == "r":
            settled = _read_frame(con, reading)
        elif reading.head.is_json:
            settled = _read_reply(con, reading)
        else:
            settled = _read_table(con, reading)
        warnings: list[str] = []
        if settled.read in ANSWER_LIMITS:
            warnings.append(
                f"the file holds exactly {settled.read:,} rows, a limit of the service: "
                "it is probably cut; ask for less"
            )
        warnings += [*settled.warnings, *_unknown_partners(con), *notes_on_rows(con)]
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


def _read_frame(con: duckdb.DuckDBPyConnection, reading: Reading) -> PartsResult:
    frame = load_frame(con, reading, table="comtrade_frame")
    header = read_header(frame.columns)
    if len(header.at) < RECOGNISED:
        raise InputError(
            "the data frame holds no figures of Comtrade" + (": it is a table of codes" if _is_codes(frame) else ""),
            where=f"{reading.name}: {', '.join(frame.columns)[:200]}",
            fix="load the frame that the figures came in, or save it as CSV and load it with a mapping (--map MAPPING.yml)",
        )
    _refuse_twice(header, reading.name)
    columns = text_columns(header, {name: f"c{position}" for name, position in header.at.items()}, reading.name)
    settled = _read_texts(con, "comtrade_frame", columns)
    others = (
        [f"objects of the file that are no data frame are not read: {', '.join(frame.others)[:300]}"]
        if frame.others
        else []
    )
    return replace(settled, warnings=(*others, *settled.warnings, *_absent(header, columns)))


def _is_codes(frame: RDataFrame) -> bool:
    return {"id", "text"} <= set(frame.columns) or "last_modified" in frame.columns


def _read_reply(con: duckdb.DuckDBPyConnection, reading: Reading) -> PartsResult:
    header, warnings = load_reply(con, reading)
    names = header.at if header.layout != "current" else dict.fromkeys((*READ, *header.at))
    columns = text_columns(header, {name: f'"{name}"' for name in names}, reading.name)
    settled = _read_texts(con, "comtrade_reply", columns)
    return replace(settled, warnings=(*warnings, *settled.warnings))


def _read_texts(con: duckdb.DuckDBPyConnection, table: str, columns: Columns) -> PartsResult:
    """Reads a table of texts, and drops it."""
    make_code_tables(con, has_isos=columns.has_isos)
    con.execute(f"CREATE OR REPLACE TABLE comtrade_rows AS {rows_sql(table, columns.sql, careful=True)}")
    con.execute(f"DROP TABLE {table}")
    settled = _settle(con, careful=True)
    assert settled is not None
    return replace(settled, warnings=(*columns.warnings, *settled.warnings))


def _read_table(con: duckdb.DuckDBPyConnection, reading: Reading) -> PartsResult:
    shape = csv_shape(reading.head)
    header = read_header(shape.columns)
    _refuse_twice(header, reading.name)
    texts = {name: f"c{position}" for name, position in header.at.items()}
    columns = text_columns(header, texts, reading.name)
    warnings = [*columns.warnings, *_absent(header, columns), *_cut(reading, shape)]
    make_code_tables(con, has_isos=columns.has_isos)
    settled = None
    if header.is_whole and not reading.careful:
        quick = {name: text for name, text in texts.items() if name in READ}
        settled = _load(con, reading, shape, quick, careful=False)
        if settled is None:
            reading.progress("some rows need a closer look")
    settled = settled or _load(con, reading, shape, columns.sql, careful=True)
    assert settled is not None
    return replace(settled, warnings=(*warnings, *settled.warnings))


def _load(
    con: duckdb.DuckDBPyConnection, reading: Reading, shape: CsvShape, columns: Mapping[str, str], *, careful: bool
) -> PartsResult | None:
    """Fills ``comtrade_rows``; None when a fault was met that only a careful reading can name.

    The quick reading lets DuckDB convert codes and numbers and ignores the order
    of rows; the careful one keeps the text as it stands, and the place of each row.
    """
    types = {}
    if not careful:
        types = {int(column[1:]): QUICK_TYPES[name] for name, column in columns.items() if name in QUICK_TYPES}
    relation = shape.relation(reading.path, types=types)
    order = con.execute("SELECT current_setting('preserve_insertion_order')").fetchall()[0][0]
    con.execute(f"SET preserve_insertion_order = {careful}")
    try:
        con.execute(f"CREATE OR REPLACE TABLE comtrade_rows AS {rows_sql(relation, columns, careful=careful)}")
    except (duckdb.InvalidInputException, duckdb.ConversionException):
        if careful:
            raise structure_fault(con, reading.path, reading.name, shape) from None
        return None
    finally:
        con.execute(f"SET preserve_insertion_order = {order}")
    return _settle(con, careful=careful)


def _settle(con: duckdb.DuckDBPyConnection, *, careful: bool) -> PartsResult | None:
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
    outside = outside_years(con)
    padded = pad_goods(con)
    unify_aliases(con)
    settled = join_parts(con, read=read, careful=careful)
    if settled is None:
        return None
    if padded:
        outside.append(f"{padded:,} commodity codes had lost their leading zero, which was put back")
    return replace(settled, warnings=(*settled.warnings, *outside))


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


def _refuse_twice(header: ComtradeHeader, name: str) -> None:
    """Refuses a header in which a column that is read stands twice.

    Raises:
        InputError: It does.
    """
    twice = [column for column in READ if header.names.count(column) > 1]
    if twice:
        raise InputError(
            f"the header has {' and '.join(twice)} more than once, so which to read is not known",
            where=f"{name}, row 1",
            fix="take the column that is not Comtrade's out, and load the file again",
        )


def _absent(header: ComtradeHeader, columns: Columns) -> list[str]:
    if header.layout != "current":
        return []
    absent = [name for name in READ if name not in columns.sql]
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
    if len(values) == shape.width and last.startswith("is") and values[-1].strip().lower() not in BOOLEANS - {""}:
        raise InputError(
            f"the file ends in the middle of its last row: {shape.columns[-1]} is {values[-1]!r}",
            where=f"{reading.name}, last row: {line[:120]}",
            fix="the download broke off: download the file again",
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
