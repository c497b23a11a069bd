"""Sheets of the workbook: a title, a note, and one live table each."""

from __future__ import annotations

from typing import Any

from stopgap.base.spreadsheets import is_formula_like
from stopgap.briefs.formats.cells import BriefTable, Typed, Value, split_intervals
from stopgap.briefs.formats.text import NBSP, NOT_REPORTED, UNDEFINED, clean
from stopgap.briefs.formats.tlp import GROUND, ink
from stopgap.briefs.parts import Story

_DOLLARS = ("usd", "net", "bound")
_HEAD = 3  # row of the headings, counted from 0
_FONT = "Source Sans 3"
_MARKED_COLUMNS = 3  # that the label of the marking takes


def plain(text: str) -> str:
    """`text` for a cell: cleaned, with ordinary spaces."""
    return clean(text).replace(NBSP, " ")


def headings(table: BriefTable) -> list[str]:
    """Headings of the columns, with their unit, no two the same (a live table needs that)."""
    found: list[str] = []
    seen: set[str] = set()
    for column in table.columns:
        base = plain(column.heading).replace("\n", " ").strip()[:200] or "Column"
        name = heading = f"{base} USD" if column.kind in _DOLLARS else base
        count = 1
        while heading.casefold() in seen:
            count += 1
            heading = f"{name} ({count})"
        seen.add(heading.casefold())
        found.append(heading)
    return found


class Book:
    """A workbook with its formats; `table` lays one table on a sheet of its own."""

    def __init__(self, workbook: Any, story: Story) -> None:
        self.workbook = workbook
        self.sheets: dict[str, Any] = {}
        self._story = story
        self._quoted: dict[int, Any] = {}

        def style(**more: Any) -> Any:
            return workbook.add_format({"font_name": _FONT, "font_size": 11, "valign": "top", **more})

        self._style = style
        self._more: dict[int, dict[str, Any]] = {}
        self.text = self._made()
        self.bold = self._made(bold=True, font_size=14)
        self.lead = self._made(bold=True, font_size=15, text_wrap=True)
        self.wrapped = self._made(text_wrap=True)
        self.muted = self._made(font_color="#5a636b")
        self.right = self._made(align="right", font_color="#5a636b")
        self.marked = self._made(bold=True, font_color=ink(story.marking), bg_color=GROUND)
        self.head = self._made(bold=True, bottom=1)
        self.head_right = self._made(bold=True, bottom=1, align="right", text_wrap=True)
        self.usd = self._made(num_format="#,##0")
        self.share = self._made(num_format="0.0%")
        self.count = self._made(num_format="#,##0")
        self.code = self._made(font_color="#5a636b")
        self.number = self._made(num_format="0.00")
        dollars = dict.fromkeys((*_DOLLARS, "amount"), self.usd)
        self._styles = {
            **dollars, "share": self.share, "count": self.count, "code": self.code, "number": self.number
        }  # fmt: skip

    def _made(self, **more: Any) -> Any:
        made = self._style(**more)
        self._more[id(made)] = more
        return made

    def sheet(self, name: str) -> Any:
        """A new sheet, set for print on A4 with the vintage in its foot."""
        sheet = self.workbook.add_worksheet(name)
        self.sheets[name] = sheet
        sheet.hide_gridlines(2)
        sheet.set_paper(9)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        # & begins a code in heads and feet
        foot = f"Vintage {self._story.as_of} - {self._story.made_with}"[:100].replace("&", "&&")
        label = self._story.marking.label[:100]
        sheet.set_header(f'&C&"{_FONT},Bold"{label}')
        sheet.set_footer(f"&L{plain(foot)}&C{label}&RPage &P of &N")
        return sheet

    def mark(self, sheet: Any, row: int, first: int, last: int) -> None:
        """The marking's label over some columns of a row."""
        if last > first:
            sheet.merge_range(row, first, row, last, self._story.marking.label, self.marked)
        else:
            sheet.write_string(row, first, self._story.marking.label, self.marked)

    def write(self, sheet: Any, row: int, column: int, text: str, style: Any = None) -> None:
        """Text as text; what a spreadsheet could read as a formula carries the text mark."""
        words = plain(text)
        if words:
            sheet.write_string(row, column, words, self._marked(words, style or self.text))
        else:
            sheet.write_blank(row, column, None, style or self.text)

    def _marked(self, words: str, style: Any) -> Any:
        """`style`, with the text mark where `words` begin as a formula does."""
        if not is_formula_like(words):
            return style
        key = id(style)
        if key not in self._quoted:
            self._quoted[key] = self._style(**self._more[key], quote_prefix=True)
        return self._quoted[key]

    def table(
        self, name: str, table: BriefTable, formulas: dict[int, str] | None = None, *, wrap: bool = False
    ) -> tuple[int, int]:
        """Lays `table` on a new sheet; the first and last row of its data as the sheet counts them (from 1).

        `formulas` by column, with ``{row}`` for the row: the figure of the finding is kept as the value shown.
        """
        sheet = self.sheet(name)
        table = split_intervals(table)
        names = headings(table)
        self.write(sheet, 0, 0, table.title, self.bold)
        self.write(sheet, 1, 0, table.note, self.muted)
        self.mark(sheet, _HEAD - 1, 0, min(len(names), _MARKED_COLUMNS) - 1)
        count = len(table.rows)
        last = _HEAD + max(count, 1)
        columns: list[dict[str, Any]] = []
        for i, (column, heading) in enumerate(zip(table.columns, names, strict=True)):
            entry: dict[str, Any] = {
                "header": heading,
                "header_format": self._marked(heading, self.head_right if column.is_number else self.head),
            }
            if table.total is not None:
                value = table.total[i]
                if i == 0:
                    entry["total_string"] = plain(str(value))
                elif column.kind in ("usd", "net", "share") and isinstance(value, int | float):
                    style = self.share if column.kind == "share" else self.usd
                    # A range, not the column's name: other spreadsheets read names in totals differently.
                    letter = chr(ord("A") + i)  # tables of a brief have fewer columns than letters
                    total = f"=SUBTOTAL(109,{letter}{_HEAD + 2}:{letter}{last + 1})"
                    entry |= {"total_function": total, "total_value": value, "format": style}
            columns.append(entry)
        options = {
            "name": f"{table.key}_table",
            "columns": columns,
            "style": "Table Style Light 1",
            "total_row": table.total is not None,
        }
        end = last + 1 if table.total is not None else last
        sheet.add_table(_HEAD, 0, end, len(names) - 1, options)
        widths = [len(heading) + 3 for heading in names]
        for r, row in enumerate(table.rows):
            for c, value in enumerate(row):
                formula = (formulas or {}).get(c)
                shown = self._cell(sheet, _HEAD + 1 + r, c, table.columns[c].kind, value, formula, wrap=wrap)
                widths[c] = max(widths[c], shown)
        for c, width in enumerate(widths):
            sheet.set_column(c, c, min(max(width + 2, 9), 100 if wrap else 60))
        sheet.freeze_panes(_HEAD + 1, 1)
        sheet.repeat_rows(_HEAD)
        return _HEAD + 2, _HEAD + 1 + count

    def _cell(
        self, sheet: Any, row: int, column: int, kind: str, value: Value, formula: str | None, *, wrap: bool
    ) -> int:
        """Writes one cell; gives its width in characters."""
        if isinstance(value, Typed):
            kind, value = value.kind, value.value
        style = self._styles.get(kind, self.text)
        if value is None or isinstance(value, tuple):
            self.write(sheet, row, column, NOT_REPORTED if kind == "usd" else UNDEFINED, self.right)
            return 3
        if isinstance(value, str):
            self.write(sheet, row, column, value, self.wrapped if wrap else style)
            return max((len(line) for line in value.split("\n")), default=0)
        if formula is not None:
            sheet.write_formula(row, column, formula.format(row=row + 1), style, value)
        else:
            sheet.write_number(row, column, value, style)
        return len(f"{value:,.0f}") if style is self.usd else 7
