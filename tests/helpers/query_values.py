"""Values of every type of DuckDB, made at random, and what each format must make of them."""

from __future__ import annotations

import csv
import io
import json
import math
import random
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from stopgap.base.spreadsheets import finite
from stopgap.cli.terminal.options import Answer, Format
from stopgap.cli.terminal.output import emit
from stopgap.lake.query.worker import rows_of

_OF_PYTHON = re.compile(r"MonthDayNano|datetime\.|Decimal\(|(?<![\w ])b'|Timestamp\(|<pyarrow")
_NUMERAL = re.compile(r"-?[0-9]*\.?[0-9]+(E[+-]?[0-9]+)?")
_SCALARS: dict[str, tuple[str, ...]] = {
    "BOOLEAN": ("true", "false"),
    "TINYINT": ("-128", "127"),
    "SMALLINT": ("-32768", "7"),
    "INTEGER": ("-2147483648", "0"),
    "BIGINT": ("-9223372036854775808", "9223372036854775807"),
    "HUGEINT": ("-170141183460469231731687303715884105728", "170141183460469231731687303715884105727", "3", "-9223372036854775808"),
    "UTINYINT": ("255",),
    "USMALLINT": ("65535",),
    "UINTEGER": ("4294967295",),
    "UBIGINT": ("18446744073709551615",),
    "UHUGEINT": ("340282366920938463463374607431768211455", "1"),
    "BIGNUM": ("123456789012345678901234567890123456789012345", "-1"),
    "FLOAT": ("1.5", "'nan'", "'inf'", "'-inf'"),
    "DOUBLE": ("1e300", "-0.0", "0.1", "'nan'", "'inf'", "5e-324"),
    "DECIMAL(38, 0)": ("99999999999999999999999999999999999999", "-1"),
    "DECIMAL(38, 38)": ("0.00000000000000000000000000000000000001",),
    "DECIMAL(4, 1)": ("-999.9",),
    "VARCHAR": ("''", "'a'", "'=1+1'", "'|'", "chr(0)", "chr(10)", "'Москва 上海'", "'\"'", "'NaN'", "repeat('x', 300)"),
    "JSON": ("'{\"a\": [1, null]}'", "'null'", "'\"x\"'"),
    "BLOB": ("'\\xAA\\x00\\xFF'", "''", "'abc'"),
    "BIT": ("'0101'", "'1'"),
    "UUID": ("'6ba7b810-9dad-11d1-80b4-00c04fd430c8'",),
    "DATE": ("'2024-02-29'", "'0001-01-01'", "'9999-12-31'", "'10000-01-01'", "'infinity'", "'-infinity'", "'0044-03-15 (BC)'"),
    "TIME": ("'00:00:00'", "'23:59:59.999999'", "'24:00:00'"),
    "TIMETZ": ("'12:00:00+02'", "'24:00:00-15:59:59'"),
    "TIME_NS": ("'12:00:00.123456789'",),
    "TIMESTAMP": ("'2024-02-29 12:00:00.000001'", "'9999-12-31 23:59:59.999999'", "'10000-01-01'", "'infinity'", "'-infinity'", "'0044-03-15 (BC)'", "'290309-12-22 (BC)'"),
    "TIMESTAMP_S": ("'2024-02-29 12:00:00'", "'infinity'"),
    "TIMESTAMP_MS": ("'2024-02-29 12:00:00.001'", "'infinity'"),
    "TIMESTAMP_NS": ("'2024-02-29 12:00:00.123456789'", "'infinity'"),
    "TIMESTAMPTZ": ("'2024-02-29 12:00:00+05'", "'infinity'", "'0044-03-15 (BC)'"),
    "INTERVAL": ("'3 days'", "'-1 year 2 months 00:00:00.000001'", "'0 seconds'"),
    "ENUM('a', 'b c')": ("'a'", "'b c'"),
    "UNION(i INTEGER, t VARCHAR)": ("union_value(i := 1)", "union_value(t := 'x')"),
    "VARIANT": ("1", "'x'", "{'a': 1}", "[1, 2]"),
    "GEOMETRY": ("'POINT (1 2)'", "'POLYGON ((0 0, 1 0, 1 1, 0 0))'"),
}  # fmt: skip


def random_column(chance: random.Random, depth: int = 2) -> str:
    """An expression of a random type, over rows ``r`` of which some give NULL."""
    kind = chance.random()
    if depth and kind < 0.45:
        child = random_column(chance, depth - 1)
        other = random_column(chance, depth - 1)
        return chance.choice(
            (f"[{child}]", f"[{child}, NULL]", f"{{'k': {child}, 'a b': {other}}}", f"row({child}, {other})", f"MAP {{'x': {child}}}",
             f"MAP {{{_scalar(chance, nullable=False)}: {other}}}", f"array_value({child}, NULL)", f"{{'l': [{child}]}}",
             f"struct_pack(k := {child})")
        )  # fmt: skip
    if kind < 0.5:
        return chance.choice(("NULL", "[]", "[NULL]", "[[]]", "{}", "MAP {}", "{'k': NULL}", "typeof(1)", "sum(3::BIGINT) OVER ()", "count(*) OVER ()", "array_value(1.5::DOUBLE, 'nan'::DOUBLE)"))  # fmt: skip
    return _scalar(chance)


def _scalar(chance: random.Random, *, nullable: bool = True) -> str:
    kind = chance.choice(sorted(_SCALARS))
    value = f"({chance.choice(_SCALARS[kind])})::{kind}"
    if nullable and chance.random() < 0.2:
        return f"CASE WHEN r % 2 = 0 THEN {value} END"
    return value


def fault_of(con: duckdb.DuckDBPyConnection, expression: str, form: Format, folder: Path) -> str | None:
    """What is wrong with how a format gives two rows of an expression; ``None`` where nothing is."""
    rows = chance_rows(expression)
    table = rows_of(con, rows, 10**8, "a test")
    path = folder / f"answer.{form.value}"
    document = {"columns": table.column_names, "rows": finite(table.to_pylist()), "as_of": "v1"}
    emit(Answer(document, table, "as of v1"), form, path)
    content = path.read_bytes()
    if form is not Format.PARQUET and (python := _OF_PYTHON.search(content.decode())):
        return f"{form.value} shows {python[0]}"
    # The engine's own text of each value, as an outside reference.
    texts = [text for (text,) in con.sql(f"SELECT v::VARCHAR FROM ({rows}) ORDER BY r").fetchall()]
    if form is Format.PARQUET:
        if pq.read_table(io.BytesIO(content)).num_rows != 2:
            return "rows are missing in Parquet"
        shown = [row["v"] for row in pq.read_table(io.BytesIO(content)).to_pylist()]
    elif form is Format.JSON:
        shown = [row["v"] for row in json.loads(content, parse_constant=_no_constant)["rows"]]
    elif form is Format.CSV:
        read = list(csv.reader(io.StringIO(content.decode(), newline="")))
        return None if len(read) == 3 and all(len(row) == 2 for row in read) else f"CSV has {len(read)} rows"
    else:
        return None if content.decode() else "nothing is shown"
    for value, text in zip(shown, texts, strict=True):
        if not same(value, text):
            return f"{form.value} gives {value!r}, the engine says {text!r}"
    return None


def chance_rows(expression: str) -> str:
    """Two rows of an expression."""
    return f"SELECT r, {expression} AS v FROM range(2) AS t(r)"


def _no_constant(name: str) -> None:
    raise AssertionError(f"JSON has no {name}")


def same(value: Any, text: str | None) -> bool:
    """Whether a value is what the engine's text says; nested ones are looked at for being there alone."""
    if value is None or text is None:
        return value is None and (text is None or text.lower() in ("nan", "inf", "-inf"))
    if isinstance(value, list | tuple | dict):
        return True
    if isinstance(value, bool):
        return str(value).lower() == text
    if isinstance(value, float):
        return (math.isnan(value) and text == "nan") or value == float(text)
    if isinstance(value, int):
        return value == int(text)
    if isinstance(value, Decimal) or (
        isinstance(value, str) and value.count(".") + value.count("E") and _NUMERAL.fullmatch(value)
    ):
        return Decimal(value) == Decimal(text)
    written = str(value)
    return written == text or _moment(written) == _moment(text)


def _moment(text: str) -> str:
    return text.replace("T", " ").removesuffix("+00:00").removesuffix("+00").removesuffix(" 00:00:00")
