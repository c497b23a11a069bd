"""Reads the code tables that the package carries."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

DATA = Path(__file__).parent / "data"
GOODS_LISTS = Path(__file__).parent / "goods_lists"


def data_rows(name: str) -> Iterator[dict[str, str]]:
    """Rows of one data file (``.csv`` or ``.csv.gz``) by column, every value text, a gap the empty string."""
    yield from csv.DictReader(io.StringIO(_text(name), newline=""))


def data_tuples(name: str) -> Iterator[list[str]]:
    """Rows of one data file in the order of its columns, without the header: for the large tables."""
    rows = csv.reader(io.StringIO(_text(name), newline=""))
    next(rows)
    yield from rows


def table_of(rows: Iterable[Sequence[object]], **types: str) -> pa.Table:
    """A table of rows, whose columns are named with their Arrow types, in order."""
    import pyarrow as pa

    columns = list(zip(*rows, strict=True)) or [()] * len(types)
    return pa.table({name: pa.array(column, kind) for (name, kind), column in zip(types.items(), columns, strict=True)})


def _text(name: str) -> str:
    content = (DATA / name).read_bytes()
    return (gzip.decompress(content) if name.endswith(".gz") else content).decode("utf-8")
