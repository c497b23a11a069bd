"""Choose which columns of a table fit a width, how wide each is, and draw the lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stopgap.cli.terminal.columns import GLUE, PrintedColumn, TextFlow
from stopgap.cli.terminal.text_width import longest_word, padded, shortened, shortened_name, width, wrapped

GAP = "  "
_HEADER_LINES = 3
_LEAST_NAME = 12
_LEAST_TEXT = 20
_LONGEST_WORD = 40
_MOST_NAME = 44
_WIDE = 3
"""A column that takes more than this part of a line is left out alone, not with all that are needed less."""


@dataclass(frozen=True)
class FittedTable:
    """The columns of a table that have room, and their widths.

    Attributes:
        columns: The columns.
        widths: Cells of each.
        left_out: Columns that have no room.
    """

    columns: tuple[PrintedColumn, ...]
    widths: tuple[int, ...]
    left_out: tuple[PrintedColumn, ...] = ()


def fitted(
    columns: Sequence[PrintedColumn], room: int, least_needed: Sequence[str] = (), *, runs_on: bool = False
) -> FittedTable:
    """Choose columns and widths for a number of cells.

    Names yield first, except that of a row's subject, and text, which is wrapped or shortened. Then columns are left
    out: those named as least needed, then the last. A column that takes a third of the room is left out before others
    that are needed less.

    Args:
        columns: The columns.
        room: Cells of a line.
        least_needed: Names of columns that are left out first, the first of them before the others.
        runs_on: Whether text in the last column may be longer than the line.
    """
    full = [max(_most(column), width(column.header)) for column in columns]
    if _sum(full) <= room:
        return FittedTable(tuple(columns), tuple(full))
    subject = next((place for place, column in enumerate(columns) if column.flow is TextFlow.NAME), -1)
    least = [_least(column, has_name=place == subject) for place, column in enumerate(columns)]
    if runs_on and columns[-1].flow is TextFlow.TEXT:
        least[-1] = min(least[-1], _LEAST_TEXT)
    kept: list[int] = []
    for place in sorted(range(len(columns)), key=lambda each: _need(columns[each], each, least_needed)):
        if not kept or _sum([least[each] for each in (*kept, place)]) <= room:
            kept.append(place)
        elif least[place] <= room // _WIDE:
            break
    kept.sort()
    chosen = [columns[place] for place in kept]
    widths = _grown([least[place] for place in kept], [max(_most(each), _head(each)) for each in chosen], chosen, room)
    left_out = tuple(column for place, column in enumerate(columns) if place not in kept)
    return FittedTable(tuple(chosen), tuple(widths), left_out)


def unbounded(columns: Sequence[PrintedColumn]) -> FittedTable:
    """Return all columns with the widths that their cells take."""
    widths = [max(_natural(column), width(column.header)) for column in columns]
    return FittedTable(tuple(columns), tuple(widths))


def table_lines(table: FittedTable, *, is_wrapped: bool) -> Iterator[str]:
    """Draw a table: its headers, a rule, and its rows.

    Args:
        table: Columns and widths.
        is_wrapped: Whether a row may take several lines. Otherwise its last text is not cut, and runs on.
    """
    heads = [wrapped(column.header, cells) for column, cells in zip(table.columns, table.widths, strict=True)]
    if not is_wrapped and table.columns and table.columns[-1].flow is TextFlow.TEXT:
        heads[-1] = [table.columns[-1].header]
    tall = max((len(head) for head in heads), default=0)
    for number in range(tall):
        line = _line(table, [head[number - tall] if number >= tall - len(head) else "" for head in heads])
        yield line.replace(GLUE, " ")
    yield GAP.join("─" * cells for cells in table.widths)
    for row in zip(*(column.cells for column in table.columns), strict=True):
        parts = [
            _cell(text, column, cells, is_wrapped=is_wrapped, is_last=column is table.columns[-1])
            for text, column, cells in zip(row, table.columns, table.widths, strict=True)
        ]
        for number in range(max(map(len, parts))):
            yield _line(table, [part[number] if number < len(part) else "" for part in parts])


def record_lines(columns: Sequence[PrintedColumn], room: int) -> Iterator[str]:
    """Draw a table one field a line, rows parted by a blank line.

    Args:
        columns: The columns.
        room: Cells of a line; a word that is longer stays whole.
    """
    label = max((width(column.header) for column in columns), default=0)
    for number, row in enumerate(zip(*(column.cells for column in columns), strict=True)):
        if number:
            yield ""
        for text, column in zip(row, columns, strict=True):
            head = padded(column.header.replace(GLUE, " "), label, is_right=False) + GAP
            if label > room // 2:
                yield from wrapped(column.header.replace(GLUE, " "), room)
                head = GAP
            lines = wrapped(text, max(room - width(head), 1))
            yield (head + lines[0]).rstrip(" ")
            yield from (" " * width(head) + line for line in lines[1:])


def _cell(text: str, column: PrintedColumn, cells: int, *, is_wrapped: bool, is_last: bool) -> list[str]:
    if width(text) <= cells:
        return [text]
    if column.flow is TextFlow.NAME:
        return [shortened_name(text, cells)]
    if column.flow is TextFlow.TEXT and not is_wrapped:
        return [text if is_last else shortened(text, cells)]
    return [line if width(line) <= cells else shortened(line, cells) for line in wrapped(text, cells)]


def _line(table: FittedTable, parts: Sequence[str]) -> str:
    cells = zip(parts, table.columns, table.widths, strict=True)
    line = GAP.join(padded(text, space, is_right=column.is_right) for text, column, space in cells)
    return line.rstrip(" ")


def _sum(widths: Sequence[int]) -> int:
    return sum(widths) + len(GAP) * max(len(widths) - 1, 0)


def _natural(column: PrintedColumn) -> int:
    return max(map(width, column.cells), default=0)


def _most(column: PrintedColumn) -> int:
    """Return the most cells that a column takes: names are not given more than a name needs."""
    natural = _natural(column)
    return min(natural, _MOST_NAME) if column.flow is TextFlow.NAME else natural


def _head(column: PrintedColumn) -> int:
    """Return the fewest cells in which a header takes no more than three lines."""
    cells = longest_word(column.header)
    while len(wrapped(column.header, cells)) > _HEADER_LINES:
        cells += 1
    return cells


def _need(column: PrintedColumn, place: int, least_needed: Sequence[str]) -> tuple[int, int]:
    """Return what sorts columns by need."""
    if column.name in least_needed:
        return 1, -least_needed.index(column.name)
    return 0, place


def _least(column: PrintedColumn, *, has_name: bool) -> int:
    natural = _natural(column)
    if column.flow is TextFlow.NAME:
        code = max((width(text.split(" ")[0]) for text in column.cells), default=0)
        natural = min(natural, code + 1 + _LEAST_NAME if has_name else code)
    elif column.flow is TextFlow.TEXT:
        words = max(map(longest_word, column.cells), default=0)
        natural = min(natural, max(min(words, _LONGEST_WORD), _LEAST_TEXT))
    return max(natural, _head(column))


def _grown(least: list[int], most: list[int], columns: Sequence[PrintedColumn], room: int) -> list[int]:
    """Give the room that is left to text, then to names, one cell at a time to the narrowest."""
    widths = list(least)
    left = room - _sum(widths)
    for flow in (TextFlow.TEXT, TextFlow.NAME):
        growing = [place for place, column in enumerate(columns) if column.flow is flow]
        while left > 0 and (open_ := [place for place in growing if widths[place] < most[place]]):
            widths[min(open_, key=lambda place: widths[place])] += 1
            left -= 1
    return widths
