"""Statements of ownership: who owns how much of what, as a file says it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

DAY = r"\d{4}(-\d\d(-\d\d)?)?"
"""A day, a month or a year."""


@dataclass(frozen=True)
class OwnershipFile:
    """Statements of a file.

    Attributes:
        statements: A row a statement, in the order of the file: ``owner``, ``asset``, ``share`` (text), ``is_percent``,
            ``source``, ``as_of``, ``until``.
        names: Id -> name, of the parties that the file names.
        warnings: What a reader must know.
    """

    statements: pa.Table
    names: Mapping[str, str]
    warnings: tuple[str, ...]


def statement_schema() -> pa.Schema:
    """Columns of the statements."""
    import pyarrow as pa

    text = ("owner", "asset", "share")
    return pa.schema(
        [*((name, pa.string()) for name in text), ("is_percent", pa.bool_()),
         *((name, pa.string()) for name in ("source", "as_of", "until"))]
    )  # fmt: skip


def day_of(text: str) -> str | None:
    """A day, month or year at the beginning of a text; ``None`` where there is none."""
    found = re.match(DAY, text)
    return found[0] if found else None
