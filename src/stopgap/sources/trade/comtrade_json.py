"""Reads the rows of a reply of Comtrade's API, the current one and the one before it."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from stopgap.base.errors import InputError
from stopgap.sources.trade.comtrade_layouts import ComtradeHeader, read_header
from stopgap.sources.trade.comtrade_rows import READ
from stopgap.sources.trade.json_reply import Reply

if TYPE_CHECKING:
    import duckdb

    from stopgap.sources.base import Reading

BATCH = 50_000


def load_reply(con: duckdb.DuckDBPyConnection, reading: Reading) -> tuple[ComtradeHeader, list[str]]:
    """Puts the rows of a reply into the table ``comtrade_reply``: a text column for each name of the header.

    Returns:
        The header, and warnings.

    Raises:
        InputError: An error reply (its message is shown), no rows, rows of another kind, or a cut file.
    """
    import pyarrow as pa

    reply = Reply(reading, "dataset" if is_legacy(reading.head.text) else "data")
    batch: list[tuple[str | None, ...]] = []
    rows = 0
    header = read_header(())
    keys: dict[str, str] = {}
    read: set[str] = set()
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
                keys = dict.fromkeys(READ, "") | keys  # a field may be absent from the first record
                keys = {name: key or name for name, key in keys.items()}
            read = set(keys.values())
            columns = ", ".join(f'"{name}" VARCHAR' for name in keys)
            con.execute(f"CREATE OR REPLACE TABLE comtrade_reply ({columns})")
        held.update(row.keys() & read)
        # Nearly all values are text by now; a call for each would take as long as reading them.
        get = row.get
        batch.append(
            tuple([(value or None) if type(value := get(key)) is str else _text(value) for key in keys.values()])
        )
        rows += 1
        if len(batch) >= BATCH:
            flush()
            reading.progress(f"{rows:,} rows read")
    if batch:
        flush()
    warnings = [
        f"{rows - records:,} of {rows:,} records lack the field {name}, which others have"
        for name, records in sorted(held.items())
        if records < rows
    ]
    return header, [*_judge(reply.rest, rows, reading.name), *warnings]


def is_legacy(text: str) -> bool:
    """Whether the beginning of a reply is that of the API of before 2023."""
    return '"validation"' in text or '"dataset"' in text


def _text(value: Any) -> str | None:
    return None if value is None or value == "" else str(value)


def _header(row: dict[str, Any], name: str) -> ComtradeHeader:
    if "fileUrl" in row:
        raise InputError(
            "this reply lists bulk files; it holds no trade figures",
            where=name,
            fix="download the files that it lists and load those",
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
    warnings = []
    if rest.get("count") not in (None, str(rows)):
        warnings.append(f"the reply says it has {rest['count']} rows but holds {rows:,}")
    return warnings


def _refusal(validation: Any) -> str | None:
    """What the API of before 2023 says where it gives no figures."""
    status = validation.get("status") if isinstance(validation, dict) else None
    if not isinstance(status, dict) or status.get("name") in (None, "Ok"):
        return None
    return str(validation.get("message") or status.get("description") or status["name"])
