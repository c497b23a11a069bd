"""Base classes of results that show themselves, and that other libraries read as a table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from stopgap.base.notes import Summarised

if TYPE_CHECKING:
    import pyarrow as pa

    from stopgap.base.display.forms import Display

_MOST_COLUMNS = 12
_MOST_FIELDS = 8
_FIRST = ("id", "title")


class Displayed:
    """A result that shows itself as a readable table, in a notebook and at a prompt."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "__repr__" not in cls.__dict__:  # a dataclass would give it one that prints every field
            cls.__repr__ = Displayed.__repr__  # type: ignore[method-assign]

    def _display(self) -> Display:
        """Return what is shown: its lines where it has a summary, else its plain fields."""
        if isinstance(self, Summarised):
            from stopgap.base.display.forms import Display

            return Display(
                self.summary().title, notes=tuple(self.notes_shown()), more=len(self.notes_more()), marking=_label(self)
            )
        document = self.as_dict() if hasattr(self, "as_dict") else {}
        return fields_display(_title_of(self), document, _label(self))

    def __repr__(self) -> str:
        return self._display().text()

    def _repr_html_(self) -> str:
        return self._display().html()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        shown = self._display()
        return {"text/html": shown.html(), "text/plain": shown.text()}


class TableResult(Displayed):
    """A result with a main table, which other libraries read through the Arrow and the data frame interfaces.

    Iterating gives the rows of the table as dicts.
    """

    def table(self) -> pa.Table:
        """Return the main table."""
        raise NotImplementedError

    def to_arrow(self) -> pa.Table:
        """Return the main table as an Arrow table."""
        return self.table()

    def to_pandas(self) -> Any:
        """Return the main table as a pandas data frame."""
        return self.to_arrow().to_pandas()

    def to_polars(self) -> Any:
        """Return the main table as a Polars data frame; Polars is the user's."""
        import polars

        return polars.from_arrow(self.to_arrow())

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def __arrow_c_schema__(self) -> object:
        return self.to_arrow().schema.__arrow_c_schema__()

    def __dataframe__(self, nan_as_null: bool = False, allow_copy: bool = True) -> object:
        return self.to_arrow().__dataframe__(nan_as_null, allow_copy)

    def __narwhals_dataframe__(self) -> object:
        import narwhals

        return narwhals.from_native(self.to_arrow(), eager_only=True)._compliant_frame

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.to_arrow().to_pylist())

    def _shown_columns(self) -> tuple[str, ...]:
        """Return the columns that are shown; all where it names none."""
        return ()

    def _names(self) -> Mapping[str, str]:
        """Return the names of economies by code, shown beside the codes."""
        return {}

    def _per(self) -> str:
        """Return over what time the money of the table is a mean: ``a year`` where the result's unit says so."""
        return "a year" if getattr(self, "unit", "") == "USD per year" else ""

    def _display(self) -> Display:
        said = self.summary() if isinstance(self, Summarised) else None
        return table_display(
            said.title if said else _title_of(self), self.to_arrow(), self._names(), columns=self._shown_columns(),
            notes=said.shown() if said else (), more=len(said.more()) if said else 0, marking=_label(self),
            per=self._per(),
        )  # fmt: skip


def table_display(
    title: str, table: pa.Table, names: Mapping[str, str], *, columns: Sequence[str] = (), notes: Sequence[str] = (),
    more: int = 0, marking: str = "", per: str = "",
) -> Display:  # fmt: skip
    """Return what is shown of a table.

    Args:
        title: The line above.
        table: The table.
        names: Names of economies by code.
        columns: Columns that are shown, the two ends of an interval each; without them the first twelve.
        notes: Lines below.
        more: Number of further notes.
        marking: Label of its marking.
        per: Over what time money is a mean (``a year``); empty for sums.
    """
    from stopgap.base.display.cells import MISSING, columns_of
    from stopgap.base.display.forms import ROWS, Display

    known = [name for name in columns if name in table.column_names] or table.column_names
    found = columns_of(table.select(known), names, ROWS, per=per)
    if columns:  # those chosen, but for the empty ones
        found = [column for column in found if set(column.cells) - {MISSING}]
    kept = found if columns else found[:_MOST_COLUMNS]
    left_out = tuple(column.heading for column in found[len(kept) :])
    return Display(title, tuple(kept), table.num_rows, left_out, tuple(notes), more, marking=marking)


def fields_display(title: str, document: Mapping[str, Any], marking: str) -> Display:
    """Return what is shown of a document: its plain fields, one a row; of a list how many items it has."""
    from stopgap.base.display.cells import ShownColumn, text_of
    from stopgap.base.display.forms import Display

    rows = [(name.replace("_", " "), _field(value, text_of)) for name, value in document.items() if name != "marking"]
    if not rows:
        return Display(title, marking=marking)
    names, values = zip(*rows, strict=True)
    return Display(
        title, (ShownColumn("field", names, False), ShownColumn("value", values, False)), len(rows), marking=marking
    )


def _field(value: Any, text_of: Any) -> str:
    if isinstance(value, Mapping) or (
        isinstance(value, list | tuple) and any(isinstance(each, Mapping) for each in value)
    ):
        return f"{len(value)} {'field' if isinstance(value, Mapping) else 'item'}{'s' if len(value) != 1 else ''}"
    return str(text_of(value))


def items_display(items: Sequence[Any], marking: str) -> Display:
    """Return what is shown of several results, one a row: the fields that are plain in each."""
    from stopgap.base.display.cells import ShownColumn, text_of
    from stopgap.base.display.forms import ROWS, Display

    title = f"{len(items):,} {'entry' if len(items) == 1 else 'entries'}"
    documents: list[Mapping[str, Any]] = [
        item.as_dict() if hasattr(item, "as_dict") else dict(getattr(item, "__dict__", {"value": item}))
        for item in items
    ]
    found = dict.fromkeys(name for each in documents for name in each if name != "marking")
    names = [*(name for name in _FIRST if name in found), *(name for name in found if name not in _FIRST)]
    plain = [
        name for name in names if not any(isinstance(each.get(name), Mapping | list | tuple) for each in documents)
    ]
    columns = tuple(
        ShownColumn(
            name.replace("_", " "),
            tuple(text_of(each.get(name)) for each in documents[:ROWS]),
            all(isinstance(each.get(name), int | float | None) for each in documents),
        )
        for name in plain[:_MOST_FIELDS]
    )
    left_out = tuple(name.replace("_", " ") for name in (*plain[_MOST_FIELDS:], *(n for n in names if n not in plain)))
    return Display(title, columns, len(documents), left_out, marking=marking)


def _title_of(result: Any) -> str:
    """Return the kind of a result in words: ``ImportResult`` is "Import result"."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(result).__name__)
    return words[:1] + words[1:].lower()


def _label(result: Any) -> str:
    marking = getattr(result, "marking", None)
    return "" if marking is None else str(marking.label)
