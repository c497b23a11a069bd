"""Render a brief as a workbook: Excel tables in US dollars, formulas for sums and shares, one native chart.

Text never becomes a formula: text that a spreadsheet could read as one is
marked as text. The file does not depend on when it is made.
"""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Sequence
from typing import Any

from stopgap.base.spreadsheets import is_formula_like
from stopgap.briefs.charts.alt_text import alt_waterfall
from stopgap.briefs.charts.theme import ACCENT, HUB, LOST
from stopgap.briefs.charts.waterfall import waterfall_steps
from stopgap.briefs.formats.cells import BriefTable, Column, Typed, Value, split_intervals
from stopgap.briefs.formats.rest_rows import WORKBOOK, with_basis
from stopgap.briefs.formats.text import NBSP, NOT_REPORTED, UNDEFINED, clean, sentence_case
from stopgap.briefs.formats.tlp import GROUND, ink
from stopgap.briefs.model import BriefModel
from stopgap.briefs.net.words import why_no_net
from stopgap.briefs.parts import Story
from stopgap.briefs.tables import filled_heading
from stopgap.briefs.vocabulary import GROSS_CHANGE, NET_CHANGE, coalition_of, market_of, windows_named, words_of
from stopgap.briefs.wording import total_filled_usd
from stopgap.measures.backfill.results import Finding

# sheet names by key of the table
_SHEETS = {
    "suppliers": "Suppliers",
    "members": "Members",
    "goods": "Goods",
    "others": "Other lists",
    "sums": "Sums",
    "sureness": "Intervals by good",
    "counterfactual": "Counterfactual",
    "net": "Net",
    "placebos": "Placebos",
    "series": "Series",
    "routes": "Routes",
    "routing": "Hubs",
    "monthly": "Monthly",
    "hub": "Hub case",
    "exposure": "Companies",
    "statements": "Statements",
    "reported": "Who reported",
    "coverage": "Coverage & caveats",
    "sources": "Sources",
    "volume": "Value and volume",
    "prices": "Prices",
}
_FORMULAS = {"suppliers": {5: "=E{row}-D{row}", 6: "=F{row}/loss_usd"}, "members": {4: "=D{row}-C{row}"}}
"""Formulas by table and column index, with ``{row}`` for the row: change, and share of the loss."""
_CELL_LIMIT = 32_000
_DOLLARS = ("usd", "net", "bound")
_HEAD = 3  # row of the headings, counted from 0
_FONT = "Source Sans 3"
_MARKED_COLUMNS = 3  # that the label of the marking takes


def xlsx_bytes(model: BriefModel, story: Story) -> bytes:
    import xlsxwriter

    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    workbook = xlsxwriter.Workbook(stream, options)
    workbook.set_properties(
        {
            "title": story.title,
            "subject": story.first.title[:250],
            "author": story.made_with,
            "comments": f"Vintage {story.as_of}",
            "keywords": story.marking.label,
            "category": story.marking.tlp.label,
            "created": made_on(model.as_of),
        }
    )
    workbook.set_size(1600, 1000)
    book = Book(workbook, story)
    if story.sections:
        _sheets(book, model, story)
    else:
        _one_sheet(book, model, story)
    workbook.close()
    return stream.getvalue()


def _sheets(book: Book, model: BriefModel, story: Story) -> None:
    """Write the workbook of the full form: the first page, a sheet a table, and how to make each number again."""
    front = book.sheet("Headline")
    tables = {table.key: table for section in story.sections for table in section.tables}
    ranges = {key: book.table(name, tables[key], _FORMULAS.get(key)) for key, name in _SHEETS.items() if key in tables}
    _below(book, story, "care", "Caveats")
    if model.exposure is not None:
        _below(book, story, "exposure", "On companies")
    _below(book, story, "rests", "In words")
    _reproduce(book, model, story)
    _front(book, front, model, story, ranges)


def _one_sheet(book: Book, model: BriefModel, story: Story) -> None:
    """Write the first page as one sheet, with the steps of its chart on another."""
    sheet = book.sheet("First page")
    row = _strip(book, sheet, story, _opening(book, sheet, story))
    for i, (term, said) in enumerate(story.first.basis):
        book.write(sheet, row + i, 0, term, book.muted)
        book.write(sheet, row + i, 1, said)
    _waterfall(book, sheet, model, row + len(story.first.basis) + 1)


def _opening(book: Book, sheet: Any, story: Story) -> int:
    """Write title, sentences and plausible range at the top of a sheet; return the row below them."""
    first = story.first
    sheet.set_column(0, 0, 44)
    sheet.set_column(1, 1, 24)
    sheet.set_column(2, 7, 13)
    book.write(sheet, 0, 0, story.title, book.bold)
    book.write(sheet, 1, 0, story.kicker, book.muted)
    book.mark(sheet, 0, 3, 7)
    said = [text for text in (*first.sentences, first.range_sentence, first.range_note) if text]
    for i, text in enumerate((first.title, *said)):
        style = book.lead if i == 0 else book.wrapped
        sheet.merge_range(2 + i, 0, 2 + i, 7, "", style)
        book.write(sheet, 2 + i, 0, text, style)
        sheet.set_row(2 + i, 44 if i == 0 else 32)
    return 4 + len(said)


def _strip(book: Book, sheet: Any, story: Story, row: int) -> int:
    """Write what is known, what is not and what would settle it, below one another; return the row below them."""
    for heading, items in story.first.strip:
        book.write(sheet, row, 0, heading, book.head)
        for i, item in enumerate(items):
            book.write(sheet, row + 1 + i, 0, item)
        row += len(items) + 2
    return row


def made_on(as_of: str) -> datetime.datetime:
    """Date for the file properties, taken from the vintage so that no clock is needed; 2000-01-01 without one."""
    found = re.search(r"(\d{4})-(\d{2})-(\d{2})", as_of)
    try:
        year, month, day = (int(part) for part in found.groups()) if found else (2000, 1, 1)
        return datetime.datetime(year, month, day)
    except ValueError:
        return datetime.datetime(2000, 1, 1)


def _front(book: Book, sheet: Any, model: BriefModel, story: Story, ranges: dict[str, tuple[int, int]]) -> None:
    """Write the first sheet: headline, amounts as formulas over the other sheets, their inputs, and the chart."""
    finding, words = model.headline, words_of(model.headline)
    row = _opening(book, sheet, story)
    book.write(sheet, row, 0, "Amount", book.head)
    book.write(sheet, row, 1, "USD a year", book.head_right)
    first, last = ranges["members"]
    suspended, identity = finding.suspended, finding.identity
    top, bottom = ranges["suppliers"]
    at = row + 1
    gain = sum(result.gain_usd for result in finding.suppliers)
    ratio: float | str = "not defined" if finding.backfill.gross_ratio is None else finding.backfill.gross_ratio
    who, (before, after) = (
        f"{coalition_of(finding, model.names, model.members).head} {words.member_traded}",
        windows_named(finding),
    )
    lines: list[tuple[str, float | str, Any, str | None]] = [
        (f"{who}, {before}", suspended.baseline_usd, book.usd, _sum("Members", "C", first, last)),
        (f"{who}, {after}", suspended.after_usd, book.usd, _sum("Members", "D", first, last)),
        ("Loss, signed", suspended.loss_usd, book.usd, f"=B{at + 1}-B{at + 2}"),
        (
            f"{sentence_case(GROSS_CHANGE)} of all other {words.actors}",
            gain,
            book.usd,
            _sum("Suppliers", "F", top, bottom),
        ),
        ("Loss, only goods of which less was traded", identity.loss_usd, book.usd, None),
        (filled_heading(finding), total_filled_usd(finding), book.usd, _sum("Suppliers", "H", top, bottom)),
        (words.not_filled.capitalize(), identity.unfilled_usd, book.usd, f"=B{at + 5}-B{at + 6}"),
        (f"Gross ratio: {GROSS_CHANGE} of others by signed loss", ratio, book.share, f"=B{at + 4}/B{at + 3}"),
    ]
    for i, line in enumerate(lines):
        book.line(sheet, at + i, *line)
    book.workbook.define_name("loss_usd", f"=Headline!$B${at + 3}")
    row = _net_rows(book, sheet, model, at + len(lines), ranges["suppliers"]) + 1
    book.write(sheet, row, 0, "What the figures rest on", book.head)
    book.write(sheet, row, 1, "", book.head)
    for i, (term, said) in enumerate(story.facts):
        book.write(sheet, row + 1 + i, 0, term)
        book.write(sheet, row + 1 + i, 1, said)
    row = _strip(book, sheet, story, row + len(story.facts) + 2)
    lead = next(section for section in story.sections if section.key == "shares")
    book.write(sheet, row, 0, lead.title, book.head)
    for i, text in enumerate((*lead.paragraphs, *lead.items)):
        book.write(sheet, row + 1 + i, 0, text)
    row += len(lead.paragraphs) + len(lead.items) + 2
    _waterfall(book, sheet, model, row)


def _net_rows(book: Book, sheet: Any, model: BriefModel, row: int, suppliers: tuple[int, int]) -> int:
    """Write the net change and ratio with intervals, or why there are none; return the row below them."""
    finding = model.headline
    backfill, words = finding.backfill, words_of(finding)
    if backfill.net_ratio is None or finding.counterfactual.net_usd is None:
        book.line(sheet, row, "Net ratio", "not defined")
        book.write(sheet, row, 2, why_no_net(finding))
        return row + 1
    # A sum of a column in which some cells are words would not be the figure.
    is_told = all(row.is_told is not False for row in finding.suppliers)
    total = _sum("Suppliers", "I", *suppliers) if is_told else None
    net_usd, method, rank = finding.counterfactual.net_usd, finding.counterfactual.method, backfill.placebo_rank
    low, high = backfill.net_ci95 or ("no interval", "no interval")
    place = "none" if rank is None else f"{rank[0]} of {rank[1]}"
    lines: list[tuple[str, float | str, Any, str | None]] = [
        (f"{sentence_case(NET_CHANGE)} of all other {words.actors} ({method})", net_usd, book.usd, total),
        *_symmetric_lines(book, finding, row + 1),
        ("Net ratio: net change by signed loss", backfill.net_ratio, book.share, f"=B{row + 1}/loss_usd"),
        ("Net ratio, 95 % interval, low", low, book.share, None),
        ("Net ratio, 95 % interval, high", high, book.share, None),
        (f"Rank of {market_of(finding, model.names, model.members)} among {words.places}", place, book.right, None),
    ]
    for i, line in enumerate(lines):
        book.line(sheet, row + i, *line)
    return row + len(lines)


def _symmetric_lines(book: Book, finding: Finding, net_row: int) -> list[tuple[str, float | str, Any, str | None]]:
    """Return the lines of the counterfactual loss and the symmetric ratio; empty where there is none."""
    loss, backfill = finding.suspended.counterfactual_loss_usd, finding.backfill
    if loss is None or backfill.symmetric_ratio is None:
        return []
    low, high = backfill.symmetric_ci95 or ("no interval", "no interval")
    return [
        ("Counterfactual loss: would have been, less what was", loss, book.usd, None),
        ("Symmetric ratio: net change by counterfactual loss", backfill.symmetric_ratio, book.share, f"=B{net_row}/B{net_row + 1}"),
        ("Symmetric ratio, 95 % interval, low", low, book.share, None),
        ("Symmetric ratio, 95 % interval, high", high, book.share, None),
    ]  # fmt: skip


def _sum(name: str, column: str, first: int, last: int) -> str:
    return f"=SUM({name}!{column}{first}:{column}{last})" if last >= first else "=0"


def _waterfall(book: Book, sheet: Any, model: BriefModel, row: int) -> None:
    """Write the waterfall steps as a table on their own sheet, and the chart of them on the first sheet."""
    steps = waterfall_steps(model.headline, model.names, model.members)
    if not steps:
        return
    words = words_of(model.headline)
    kinds = ("lost", "filled", "hub", "unfilled")
    columns = (
        Column("Step"),
        Column("Below the bar", "usd"),
        Column("Lost", "usd"),
        Column(words.filled.capitalize(), "usd"),
        Column(f"{words.filled.capitalize()}, hub", "usd"),
        Column(words.not_filled.capitalize(), "usd"),
    )
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (
            step.label,
            step.start_usd,
            *(step.value_usd if step.kind.replace("rest", "filled") == kind else 0.0 for kind in kinds),
        )
        for step in steps
    )
    first, last = book.table("Waterfall", BriefTable("waterfall", "Steps of the waterfall", columns, rows))
    chart = book.workbook.add_chart({"type": "column", "subtype": "stacked"})
    fills: Sequence[dict[str, Any]] = (
        {"fill": {"none": True}, "border": {"none": True}},
        {"fill": {"color": LOST}},
        {"fill": {"color": ACCENT}},
        {"fill": {"color": HUB}},
        {"pattern": {"pattern": "wide_upward_diagonal", "fg_color": LOST, "bg_color": "#ffffff"}, "border": {"color": LOST}},
    )  # fmt: skip
    for i, fill in enumerate(fills):
        chart.add_series(
            {
                "name": ["Waterfall", first - 2, i + 1],
                "categories": ["Waterfall", first - 1, 0, last - 1, 0],
                "values": ["Waterfall", first - 1, i + 1, last - 1, i + 1],
                "gap": 30,
                **fill,
            }
        )
    chart.set_title({"name": f"Lost, {words.filled}, {words.not_filled}", "name_font": {"size": 12, "bold": True}})
    chart.set_y_axis(
        {"num_format": '0.0,,," bn"', "major_gridlines": {"visible": True, "line": {"color": "#e3e6e8"}}, "line": {"none": True}}
    )  # fmt: skip
    chart.set_x_axis({"num_font": {"rotation": -45}, "line": {"color": "#c9ced2"}})
    chart.set_legend({"position": "bottom", "delete_series": [0]})
    chart.set_size({"width": 860, "height": 400})
    sheet.insert_chart(
        row,
        0,
        chart,
        {"description": plain(alt_waterfall(model.headline, model.names, model.members)), "object_position": 2},
    )


def _below(book: Book, story: Story, key: str, heading: str) -> None:
    """Write a section's text below its first table."""
    section = next(section for section in story.sections if section.key == key)
    table = section.tables[0]
    sheet = book.sheets[_SHEETS[table.key]]
    row = 5 + len(table.rows)
    book.write(sheet, row, 0, heading, book.bold)
    for i, text in enumerate((*section.paragraphs, *section.items)):
        book.write(sheet, row + 1 + i, 0, text)


def _reproduce(book: Book, model: BriefModel, story: Story) -> None:
    """Write the sheet for reproducing each number: ids, commands, and the queries of the headline finding."""
    rows: list[tuple[str, str]] = [
        (f"Finding: {plain(model.goods_titles.get(found.goods, found.goods))}", found.finding_id)
        for found in (model.headline, *model.others)
    ]
    rows += list(model.reproduce)
    rows += [(f"Query {i + 1} of the headline finding", query) for i, query in enumerate(model.headline.queries)]
    parts = [
        (figure if start == 0 else f"{figure} (continued)", text[start : start + _CELL_LIMIT])
        for figure, text in rows
        for start in range(0, max(len(text), 1), _CELL_LIMIT)
    ]
    table = BriefTable(
        "reproduce", "Make these numbers again", (Column("Figure"), Column("Command, SQL or id")), tuple(parts)
    )
    book.table("Reproduce", table, wrap=True)


def plain(text: str) -> str:
    """`text` for a cell: cleaned, with no-break spaces as ordinary spaces."""
    return clean(text).replace(NBSP, " ")


def headings(table: BriefTable) -> list[str]:
    """Unique column headings with their units, as an Excel table needs them."""
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
    """A workbook with its cell formats; `table` writes one table to its own sheet."""

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
        """Add a sheet, set up for printing on A4 with the marking in its header and the vintage in its footer."""
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
        """Write the marking's label across the columns `first` to `last` of a row."""
        if last > first:
            sheet.merge_range(row, first, row, last, self._story.marking.label, self.marked)
        else:
            sheet.write_string(row, first, self._story.marking.label, self.marked)

    def write(self, sheet: Any, row: int, column: int, text: str, style: Any = None) -> None:
        """Write text as text; text that a spreadsheet could read as a formula gets the quote prefix."""
        words = plain(text)
        if words:
            sheet.write_string(row, column, words, self._marked(words, style or self.text))
        else:
            sheet.write_blank(row, column, None, style or self.text)

    def line(
        self, sheet: Any, row: int, label: str, value: float | str, style: Any = None, formula: str | None = None
    ) -> None:
        """Write a label and its figure in the first two columns, with its formula; text instead is right-aligned."""
        self.write(sheet, row, 0, label)
        if isinstance(value, str):
            self.write(sheet, row, 1, value, self.right)
        elif formula is None:
            sheet.write_number(row, 1, value, style)
        else:
            sheet.write_formula(row, 1, formula, style, value)

    def _marked(self, words: str, style: Any) -> Any:
        """`style`, with the quote prefix where `words` begin like a formula."""
        if not is_formula_like(words):
            return style
        key = id(style)
        if key not in self._quoted:
            self._quoted[key] = self._style(**self._more[key], quote_prefix=True)
        return self._quoted[key]

    def table(
        self, name: str, table: BriefTable, formulas: dict[int, str] | None = None, *, wrap: bool = False
    ) -> tuple[int, int]:
        """Write `table` to a new sheet; return the first and last row of its data, counted from 1.

        `formulas` are by column index, with ``{row}`` for the row; the finding's figure is stored as the value shown.
        """
        sheet = self.sheet(name)
        table = split_intervals(with_basis(table, WORKBOOK))
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
        """Write one cell; return its width in characters."""
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
