"""Make answers of results: the document that the command line prints as JSON, and its table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from stopgap.service.rest.operation import Asked, Shaped

if TYPE_CHECKING:
    import pyarrow as pa

TableOf = Callable[[Any], "pa.Table"]


def result(table: TableOf, rows_at: str | None = None) -> Callable[[Any, Asked], Shaped]:
    """Return how a result with a document and a marking becomes an answer.

    Args:
        table: Its table.
        rows_at: Field of its document whose entries are the rows of the table.
    """

    def shape(found: Any, asked: Asked) -> Shaped:
        return Shaped(found.as_dict(), table(found), found.marking, rows_at=rows_at)

    return shape


def by_choice(
    tables: Mapping[str, tuple[TableOf, str | None]],
    parameter: str = "by",
    *,
    document: Callable[[Any], Any] | None = None,
) -> Callable[[Any, Asked], Shaped]:
    """Return how a result with several tables becomes an answer with the one that was asked for.

    Args:
        tables: Choice -> the table, and the field of the document with its rows.
        parameter: Parameter that chooses; its default is the first of the tables.
        document: Makes the document, where it is more than the result's own.
    """

    def shape(found: Any, asked: Asked) -> Shaped:
        table, rows_at = tables[str(asked.extra.get(parameter) or next(iter(tables)))]
        made = found.as_dict() if document is None else document(found)
        return Shaped(made, table(found), found.marking, rows_at=rows_at)

    return shape


def items(name: str, table: TableOf) -> Callable[[Any, Asked], Shaped]:
    """Return how a list of results becomes an answer: a document of one field."""

    def shape(found: Any, asked: Asked) -> Shaped:
        from stopgap.answers.documents import listed

        return Shaped(listed(name, found), table(found), found.marking, rows_at=name)

    return shape


def own_table(found: Any) -> pa.Table:
    """Return the table that a result has itself."""
    return found.table()


def one_row(found: Any) -> pa.Table:
    """Return the document of a result as a table of one row."""
    import pyarrow as pa

    return pa.Table.from_pylist([found.as_dict()])
