"""Reads the rows of a Comtrade API reply."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from stopgap.errors import InputError
from stopgap.sources.comtrade_rows import NEEDED, READ
from stopgap.sources.json_reply import Reply

if TYPE_CHECKING:
    import duckdb

    from stopgap.sources.base import Reading

BATCH = 50_000


def load_reply(con: duckdb.DuckDBPyConnection, reading: Reading) -> list[str]:
    """Puts the rows of a reply into the table ``comtrade_reply``, all columns text.

    Returns:
        Warnings.

    Raises:
        InputError: An error reply (its message is shown), no rows, rows of another kind, or a cut file.
    """
    import pyarrow as pa

    schema = pa.schema([(name, pa.string()) for name in READ])
    columns = ", ".join(f'"{name}" VARCHAR' for name in READ)
    con.execute(f"CREATE OR REPLACE TABLE comtrade_reply ({columns})")
    reply = Reply(reading)
    batch: list[dict[str, str | None]] = []
    rows = 0

    def flush() -> None:
        con.register("comtrade_batch", pa.Table.from_pylist(batch, schema=schema))
        con.execute("INSERT INTO comtrade_reply SELECT * FROM comtrade_batch")
        con.unregister("comtrade_batch")
        batch.clear()

    for number, row in enumerate(reply.rows(), start=1):
        if not isinstance(row, dict):
            raise reply.fault(f"record {number} of the reply is not an object")
        if rows == 0:
            _check_columns(row, reading.name)
        batch.append({name: _text(row.get(name)) for name in READ})
        rows += 1
        if len(batch) >= BATCH:
            flush()
            reading.progress(f"{rows:,} rows read")
    if batch:
        flush()
    return _judge(reply.rest, rows, reading.name)


def _text(value: Any) -> str | None:
    return None if value is None or value == "" else str(value)


def _check_columns(row: dict[str, Any], name: str) -> None:
    lacking = [column for column in NEEDED if column not in row]
    if "fileUrl" in row:
        raise InputError(
            "this reply lists bulk files; it holds no trade figures",
            where=name,
            mend="download the files that it lists and load those",
        )
    if lacking:
        raise InputError(
            f"the rows of the reply lack {', '.join(lacking)}",
            where=f"{name}, record 1: {', '.join(list(row)[:20])}",
            mend="ask the API for data (…/data/v1/get/…) with all fields",
        )


def _judge(rest: dict[str, Any], rows: int, name: str) -> list[str]:
    message = rest.get("error") or rest.get("message")
    if isinstance(message, dict):
        message = message.get("message") or json.dumps(message)
    if message:
        status = f" (status {rest['statusCode']})" if "statusCode" in rest else ""
        raise InputError(
            f"the file is an error reply of the API{status}: {str(message)[:300]}",
            where=name,
            mend="mend the request (key, quota, codes, periods) and fetch it again",
        )
    if rows == 0:
        raise InputError(
            "the reply holds no rows",
            where=name,
            mend="check the selection (reporter, period, code): it matched nothing",
        )
    warnings = []
    if rest.get("count") not in (None, str(rows)):
        warnings.append(f"the reply says it has {rest['count']} rows but holds {rows:,}")
    return warnings
