"""Read the tables of codes that are bundled with the package."""

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
    """Yield the rows of a bundled file (``.csv`` or ``.csv.gz``) keyed by column, values as text, gaps as ``""``."""
    yield from csv.DictReader(io.StringIO(_text(name), newline=""))


def data_tuples(name: str) -> Iterator[list[str]]:
    """Yield the rows of a bundled file as lists in column order, without the header; meant for large tables."""
    rows = csv.reader(io.StringIO(_text(name), newline=""))
    next(rows)
    yield from rows


def table_of(rows: Iterable[Sequence[object]], **types: str) -> pa.Table:
    """Build a table from rows; ``types`` gives the columns in order, each with its Arrow type."""
    import pyarrow as pa

    columns = list(zip(*rows, strict=True)) or [()] * len(types)
    return pa.table({name: pa.array(column, kind) for (name, kind), column in zip(types.items(), columns, strict=True)})


def _text(name: str) -> str:
    content = (DATA / name).read_bytes()
    return (gzip.decompress(content) if name.endswith(".gz") else content).decode("utf-8")
