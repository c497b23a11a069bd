"""Build the tables of answers from rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from stopgap.base.intervals import with_end_names, with_ends

if TYPE_CHECKING:
    import pyarrow as pa


def rows_table(rows: Iterable[Mapping[str, Any]], **columns: Sequence[str]) -> pa.Table:
    """Build a table from rows, with the columns of each type in the order given; other keys of a row are dropped.

    Args:
        rows: Rows as mappings; missing keys are null.
        columns: Names of columns by type: ``text``, ``integers``, ``numbers``, ``flags``, and ``intervals``, each of
            which is two columns of numbers, ``_low`` and ``_high``.
    """
    import pyarrow as pa

    kinds = {"text": pa.string(), "integers": pa.int64(), "numbers": pa.float64(), "flags": pa.bool_(),
             "intervals": pa.float64()}  # fmt: skip
    intervals = columns.get("intervals", ())
    schema = pa.schema(
        [(name, kinds[kind]) for kind, names in columns.items() for name in with_end_names(names, intervals)]
    )
    return pa.Table.from_pylist([with_ends(row, intervals) for row in rows], schema=schema)


def check_table(document: Mapping[str, Any], *integers: str) -> pa.Table:
    """Return the result of checking a chained log as a table of one row."""
    import pyarrow as pa

    schema = pa.schema(
        [("holds", pa.bool_()), ("events", pa.int64()), ("head", pa.string()), ("line", pa.int64()), ("fault", pa.string()),
         *((name, pa.int64()) for name in ("after_head", *integers))]
    )  # fmt: skip
    return pa.Table.from_pylist([dict(document)], schema=schema)
