"""Source for UN Comtrade: tables, bulk text and API replies, in the layouts from and before 2023, and R data frames."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import duckdb

from stopgap.base.errors import InputError
from stopgap.sources.base import Bundle, Reading, Source, Staging, make_rejects
from stopgap.sources.bundle import counts_by_file
from stopgap.sources.files.csv_file import CsvShape, csv_shape, last_line, load_tables, structure_fault
from stopgap.sources.files.file_head import FileHead, first_record
from stopgap.sources.trade.comtrade_layouts import RECOGNISED, Columns, ComtradeHeader, read_header, text_columns
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
from stopgap.sources.trade.json_reply import Reply
from stopgap.sources.trade.r_frame import load_frame
from stopgap.sources.trade.row_notes import notes_on_rows, outside_years

if TYPE_CHECKING:
    from stopgap.sources.live.service import LiveService

ANSWER_LIMITS = frozenset({500, 100_000, 250_000})
"""Row limits at which the service truncates a reply without notice."""

BATCH = 50_000
"""Number of rows of a reply held in memory at once."""


class Comtrade(Source):
    """Source for UN Comtrade, monthly and annual trade in goods."""

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
        """Recognise a header with at least eight of Comtrade's column names, a JSON reply, or any R file."""
        if head.container == "r":
            return True
        if head.container not in ("text", "utf-16"):
            return False
        if head.is_json:
            return is_legacy(head.text) or any(
                f'"{name}"' in head.text for name in ("elapsedTime", "primaryValue", "statusCode", "error")
            )
        return len(read_header(head.columns).at) >= RECOGNISED

    def bundle_key(self, reading: Reading) -> Hashable | None:
        """Return the layout of a reply, or of a table with all columns of today; None for other files."""
        head = reading.head
        if head.container != "text" or reading.careful:
            return None
        if head.is_json:
            return ("reply", is_legacy(head.text))
        return csv_shape(head) if read_header(head.columns).is_whole else None

    def parse(self, con: duckdb.DuckDBPyConnection, reading: Reading) -> Staging:
        """Parse the file, marking totals by economy, aggregates and breakdowns in ``kind``; InputError if truncated."""
        make_rejects(con)
        if reading.head.container == "r":
            settled = _read_frame(con, reading)
        elif reading.head.is_json:
            settled = _read_reply(con, reading)
        else:
            settled = _read_table(con, reading)
        [staging] = self._finished(con, [settled])
        return staging

    def parse_bundle(self, con: duckdb.DuckDBPyConnection, files: Bundle) -> list[Staging]:
        """Parse tables by the quick reading, or replies; InputError if rows of one of them are faulty."""
        if len(files) == 1:
            return [self.parse(con, files.only)]
        make_rejects(con)
        read = _read_replies if files.first.head.is_json else _read_tables
        return self._finished(con, read(con, files))

    def _finished(self, con: duckdb.DuckDBPyConnection, settled: Sequence[PartsResult]) -> list[Staging]:
        """Make ``staged`` of ``comtrade_rows``, and return the counts of each file."""
        files = len(settled)
        rejected = counts_by_file(con, "rejects", files)
        beside = zip(_unknown_partners(con, files), notes_on_rows(con, files), strict=True)
        make_staged(con, files)
        return [
            Staging(
                source=self.name,
                rows_read=one.read,
                rows_missing=0,
                rows_duplicate=one.duplicate,
                rows_rejected=refused,
                warnings=(*_limit_note(one.read), *one.warnings, *unknown, *notes),
                parser=self.parser,
                terms=self.terms,
                rows_merged=one.merged,
            )
            for one, refused, (unknown, notes) in zip(settled, rejected, beside, strict=True)
        ]


def _limit_note(rows: int) -> list[str]:
    """Return a warning on a file that holds as many rows as the service gives at most."""
    if rows not in ANSWER_LIMITS:
        return []
    return [f"the file holds exactly {rows:,} rows, a limit of the service: it is probably cut; ask for less"]


def _read_frame(con: duckdb.DuckDBPyConnection, reading: Reading) -> PartsResult:
    frame = load_frame(con, reading, table="comtrade_frame")
    header = read_header(frame.columns)
    if len(header.at) < RECOGNISED:
        is_codes = {"id", "text"} <= set(frame.columns) or "last_modified" in frame.columns
        raise InputError(
            "the data frame holds no figures of Comtrade" + (": it is a table of codes" if is_codes else ""),
            where=f"{reading.name}: {', '.join(frame.columns)[:200]}",
            fix="import the frame that the figures came in, or save it as CSV and import it with a mapping (--map MAPPING.yml)",
        )
    _refuse_twice(header, reading.name)
    columns = text_columns(header, {name: f"c{position}" for name, position in header.at.items()}, reading.name)
    settled = _read_texts(con, "comtrade_frame", columns)
    warnings = [*settled.warnings, *_absent(header, columns)]
    if frame.others:
        warnings.insert(0, f"objects of the file that are no data frame are not read: {', '.join(frame.others)[:300]}")
    return replace(settled, warnings=tuple(warnings))


def _read_reply(con: duckdb.DuckDBPyConnection, reading: Reading) -> PartsResult:
    header, warnings = load_reply(con, reading)
    settled = _read_texts(con, "comtrade_reply", _reply_columns(header, reading.name))
    return replace(settled, warnings=(*warnings, *settled.warnings))


def _reply_columns(header: ComtradeHeader, name: str) -> Columns:
    names = header.at if header.layout != "current" else dict.fromkeys((*READ, *header.at))
    return text_columns(header, {name: f'"{name}"' for name in names}, name)


def _read_replies(con: duckdb.DuckDBPyConnection, files: Bundle) -> list[PartsResult]:
    """Read several replies with the same fields; InputError if their fields differ or rows of one are faulty."""
    notes: list[list[str]] = []
    shared: Columns | None = None
    for number, reading in enumerate(files.readings):
        header, warnings = load_reply(con, reading)
        columns = _reply_columns(header, reading.name)
        if shared is None:
            shared = columns
            con.execute("CREATE OR REPLACE TABLE comtrade_given AS SELECT *, 0 AS file FROM comtrade_reply LIMIT 0")
        if columns != shared:
            raise _apart(reading.name)
        con.execute(f"INSERT INTO comtrade_given BY NAME SELECT *, {number} AS file FROM comtrade_reply")
        notes.append(warnings)
    assert shared is not None
    make_code_tables(con, has_isos=shared.has_isos)
    rows = rows_sql("comtrade_given", shared.sql, careful=True, files=len(files))
    con.execute(
        f"CREATE OR REPLACE TABLE comtrade_rows AS {rows}; DROP TABLE comtrade_given; DROP TABLE comtrade_reply"
    )
    settled = _settle(con, careful=True, files=len(files))
    if settled is None:
        raise _apart(files.first.name)
    return [
        replace(one, warnings=(*warnings, *shared.warnings, *one.warnings))
        for one, warnings in zip(settled, notes, strict=True)
    ]


def _apart(name: str) -> InputError:
    """Return the error that has files of a bundle read one by one."""
    return InputError("one of the files needs a closer look", where=name, fix="read them one by one")


def _read_texts(con: duckdb.DuckDBPyConnection, table: str, columns: Columns) -> PartsResult:
    """Parse a table of text columns into ``comtrade_rows``, and drop the table."""
    make_code_tables(con, has_isos=columns.has_isos)
    con.execute(f"CREATE OR REPLACE TABLE comtrade_rows AS {rows_sql(table, columns.sql, careful=True)}")
    con.execute(f"DROP TABLE {table}")
    [settled] = _settle(con, careful=True) or []
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


def _read_tables(con: duckdb.DuckDBPyConnection, files: Bundle) -> list[PartsResult]:
    """Read several tables of one layout by the quick reading; InputError if one of them needs the careful one."""
    reading = files.first
    shape = csv_shape(reading.head)
    header = read_header(shape.columns)
    _refuse_twice(header, reading.name)
    texts = {name: f"c{position}" for name, position in header.at.items()}
    columns = text_columns(header, texts, reading.name)
    cut = [_cut(each, shape) for each in files.readings]
    make_code_tables(con, has_isos=columns.has_isos)
    quick = {name: text for name, text in texts.items() if name in READ}
    taken = ", ".join(quick.values())
    types = _quick_types(quick)
    selects = [
        f"SELECT {taken}, {number} AS file FROM {shape.relation(each.path, types=types)}"
        for number, each in enumerate(files.readings)
    ]
    settled = None
    with suppress(duckdb.InvalidInputException, duckdb.ConversionException):
        load_tables(con, "comtrade_given", selects)
        rows = rows_sql("comtrade_given", quick, careful=False, files=len(files))
        con.execute(f"CREATE OR REPLACE TABLE comtrade_rows AS {rows}; DROP TABLE comtrade_given")
        settled = _settle(con, careful=False, files=len(files))
    if settled is None or not all(one.read for one in settled):
        raise _apart(reading.name)
    shared = (*columns.warnings, *_absent(header, columns))
    return [replace(one, warnings=(*shared, *ends, *one.warnings)) for one, ends in zip(settled, cut, strict=True)]


def _quick_types(columns: Mapping[str, str]) -> dict[int, str]:
    """Return the DuckDB types of the columns in the quick reading, by position."""
    return {int(column[1:]): QUICK_TYPES[name] for name, column in columns.items() if name in QUICK_TYPES}


def _load(
    con: duckdb.DuckDBPyConnection, reading: Reading, shape: CsvShape, columns: Mapping[str, str], *, careful: bool
) -> PartsResult | None:
    """Fill ``comtrade_rows``; return None if the quick reading met a fault that only the careful one can describe.

    The quick reading lets DuckDB convert codes and numbers and ignores the order of rows; the careful one keeps the
    original text and the row numbers.
    """
    relation = shape.relation(reading.path, types={} if careful else _quick_types(columns))
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
    settled = _settle(con, careful=careful)
    return settled[0] if settled else None


def _settle(con: duckdb.DuckDBPyConnection, *, careful: bool, files: int = 1) -> list[PartsResult] | None:
    """Reject faulty rows, and leave one row for each key (and one for its breakdown) in ``comtrade_rows``.

    Returns the counts of each file. None if rows are faulty or contradict each other, and there are several files or
    ``careful`` is false: only the careful reading of one file can name them.
    """
    use_code_tables(con, careful=careful)
    read = counts_by_file(con, "comtrade_rows", files, file="file")
    if not is_sound(con):
        if not careful or files > 1:
            return None
        con.execute(f"""
            CREATE OR REPLACE TABLE faults AS
            SELECT f.rowid AS id, {REASON} AS reason, left({CONTENT}, 500) AS content {JOINS}
            WHERE reason IS NOT NULL
        """)
        _take_parts_of_faulty_figures(con)
        con.execute("INSERT INTO rejects SELECT id + 2, reason, content FROM faults ORDER BY id")
        con.execute("DELETE FROM comtrade_rows WHERE rowid IN (SELECT id FROM faults)")
        con.execute("DROP TABLE faults")
    outside = outside_years(con, files)
    padded = pad_goods(con, files)
    unify_aliases(con)
    settled = join_parts(con, read=read, careful=careful)
    if settled is None:
        return None
    for notes, number in zip(outside, padded, strict=True):
        if number:
            notes.append(f"{number:,} commodity codes had lost their leading zero, which was put back")
    return [replace(one, warnings=(*one.warnings, *notes)) for one, notes in zip(settled, outside, strict=True)]


def _take_parts_of_faulty_figures(con: duckdb.DuckDBPyConnection) -> None:
    """Add to ``faults`` the parts of every figure that has a faulty row: their sum would be too small."""
    same = " AND ".join(f"f.{code} IS NOT DISTINCT FROM bad.{code}" for code in CODES)
    con.execute(f"""
        INSERT INTO faults
        SELECT f.rowid, 'another row of this figure cannot be imported, so its parts are not all there', left({CONTENT}, 500)
        FROM comtrade_rows AS f
        WHERE f.part IS NOT NULL AND f.rowid NOT IN (SELECT id FROM faults) AND EXISTS (
            FROM comtrade_rows AS bad WHERE bad.rowid IN (SELECT id FROM faults) AND {same}
        )
    """)


def _refuse_twice(header: ComtradeHeader, name: str) -> None:
    """Raise InputError if the header has a column that is read more than once."""
    twice = [column for column in READ if header.names.count(column) > 1]
    if twice:
        raise InputError(
            f"the header has {' and '.join(twice)} more than once, so which to read is not known",
            where=f"{name}, row 1",
            fix="take the column that is not Comtrade's out, and import the file again",
        )


def _absent(header: ComtradeHeader, columns: Columns) -> list[str]:
    if header.layout != "current":
        return []
    absent = [name for name in READ if name not in columns.sql]
    return [f"columns absent from the file, read as not given: {', '.join(absent)}"] if absent else []


def _cut(reading: Reading, shape: CsvShape) -> list[str]:
    """Return a warning if the last row has no line end; raise InputError if its last value is visibly truncated."""
    line, is_ended = last_line(reading.path, shape.is_gzip)
    if is_ended:
        return []
    values = first_record([line], shape.delimiter, reading.name)
    last = shape.columns[-1].lower().replace("_", "")
    if (
        len(values) == shape.width
        and last.startswith("is")
        and values[-1].strip().lower() not in ("true", "false", "0", "1")
    ):
        raise InputError(
            f"the file ends in the middle of its last row: {shape.columns[-1]} is {values[-1]!r}",
            where=f"{reading.name}, last row: {line[:120]}",
            fix="the download broke off: download the file again",
        )
    return [] if last.startswith("is") else ["the last row has no line end; check that the file is whole"]


def _unknown_partners(con: duckdb.DuckDBPyConnection, files: int) -> list[list[str]]:
    """Return, by file, a warning on partner codes that are not known."""
    found = con.execute(f"""
        SELECT {"f.file" if files > 1 else "0"} AS number, f.partner, count(*) FROM comtrade_rows AS f
        ANTI JOIN comtrade_areas AS p ON p.value = f.partner
        GROUP BY ALL ORDER BY f.partner
    """).fetchall()
    by_file: dict[int, dict[str, int]] = defaultdict(dict)
    for number, partner, rows in found:
        by_file[number][partner] = rows
    notes: list[list[str]] = [[] for _ in range(files)]
    for number, partners in by_file.items():
        codes = ", ".join(list(partners)[:10]) + (" …" if len(partners) > 10 else "")
        rows = sum(partners.values())
        notes[number] = [f"{rows:,} rows with partner codes that are not known ({codes}) are kept apart as aggregates"]
    return notes


def load_reply(con: duckdb.DuckDBPyConnection, reading: Reading) -> tuple[ComtradeHeader, list[str]]:
    """Load the rows of a reply of the API, current or before 2023, into ``comtrade_reply``; return header and warnings.

    The table has a text column for each name of the header.

    Raises:
        InputError: The reply is an error (its message is shown), has no rows or other rows than figures, or is cut off.
    """
    import pyarrow as pa

    reply = Reply(reading, "dataset" if is_legacy(reading.head.text) else "data")
    batch: list[tuple[str | None, ...]] = []
    rows = 0
    header = read_header(())
    keys: dict[str, str] = {}
    read: set[str] = set()
    first: set[str] = set()
    alike = 0  # records with the same fields as the first
    held: Counter[str] = Counter()

    def flush() -> None:
        arrays = [pa.array(column, pa.string()) for column in zip(*batch, strict=True)]
        con.register("comtrade_batch", pa.table(arrays, names=list(keys)))
        con.execute("INSERT INTO comtrade_reply SELECT * FROM comtrade_batch")
        con.unregister("comtrade_batch")
        batch.clear()

    for number, row in enumerate(reply.rows(), start=1):
        if not isinstance(row, dict):
            raise reply.fault(f"record {number} of the reply is not an object")
        if rows == 0:
            header = _header(row, reading.name)
            keys = {name: list(row)[position] for name, position in header.at.items()}
            if header.layout == "current":
                keys = {name: name for name in READ} | keys  # a field may be absent from the first record
            read, first = set(keys.values()), set(row)
            columns = ", ".join(f'"{name}" VARCHAR' for name in keys)
            con.execute(f"CREATE OR REPLACE TABLE comtrade_reply ({columns})")
        if row.keys() == first:
            alike += 1
        else:
            held.update(row.keys() & read)
        # Nearly all values are text by now; a call for each would take as long as reading them.
        values = map(row.get, keys.values())
        batch.append(tuple([(v or None) if type(v) is str else None if v is None else str(v) for v in values]))
        rows += 1
        if len(batch) >= BATCH:
            flush()
            reading.progress(f"{rows:,} rows read")
    if batch:
        flush()
    held.update(dict.fromkeys(first & read, alike))
    warnings = [
        f"{rows - records:,} of {rows:,} records lack the field {name}, which others have"
        for name, records in sorted(held.items())
        if records < rows
    ]
    return header, [*_judge(reply.rest, rows, reading.name), *warnings]


def is_legacy(text: str) -> bool:
    """Return whether a reply, by its beginning, is from the API before 2023."""
    return '"validation"' in text or '"dataset"' in text


def _header(row: dict[str, Any], name: str) -> ComtradeHeader:
    if "fileUrl" in row:
        raise InputError(
            "this reply lists bulk files; it holds no trade figures",
            where=name,
            fix="download the files that it lists and import those",
        )
    header = read_header(row)
    lacking = [column for column in ("cmdCode", "primaryValue") if column not in header.at]
    if lacking:
        raise InputError(
            f"the rows of the reply lack {', '.join(lacking)}",
            where=f"{name}, record 1: {', '.join(list(row)[:20])}",
            fix="ask the API for data (…/data/v1/get/…) with all fields",
        )
    return header


def _judge(rest: dict[str, Any], rows: int, name: str) -> list[str]:
    message = rest.get("error") or rest.get("message") or _refusal(rest.get("validation"))
    if isinstance(message, dict):
        message = message.get("message") or json.dumps(message)
    if message:
        status = f" (status {rest['statusCode']})" if "statusCode" in rest else ""
        raise InputError(
            f"the file is an error reply of the API{status}: {str(message)[:300]}",
            where=name,
            fix="fix the request (key, quota, codes, periods) and fetch it again",
        )
    if rows == 0:
        raise InputError(
            "the reply holds no rows",
            where=name,
            fix="check the selection (reporter, period, code): it matched nothing",
        )
    differs = rest.get("count") not in (None, str(rows))
    return [f"the reply says it has {rest['count']} rows but holds {rows:,}"] if differs else []


def _refusal(validation: Any) -> str | None:
    """Return the error message in the ``validation`` field of the API before 2023; None if the status is Ok."""
    status = validation.get("status") if isinstance(validation, dict) else None
    if not isinstance(status, dict) or status.get("name") in (None, "Ok"):
        return None
    return str(validation.get("message") or status.get("description") or status["name"])
