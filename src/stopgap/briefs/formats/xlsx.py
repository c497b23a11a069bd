"""A brief as a workbook: live tables in US dollars, formulas for sums and shares, one native chart.

Text never becomes a formula, and text that a spreadsheet could take for one is
marked as text. Nothing in the file depends on when it was made.
"""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Sequence
from typing import Any

from stopgap.briefs.charts.alt_text import alt_waterfall
from stopgap.briefs.charts.theme import ACCENT, HUB, LOST
from stopgap.briefs.charts.waterfall import waterfall_steps
from stopgap.briefs.formats.cells import BriefTable, Column, Value
from stopgap.briefs.formats.sheets import Book, plain
from stopgap.briefs.model import BriefModel
from stopgap.briefs.net.words import why_no_net
from stopgap.briefs.parts import Story
from stopgap.briefs.vocabulary import words_for
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
}
_CELL_LIMIT = 32_000


def xlsx_bytes(model: BriefModel, story: Story) -> bytes:
    """The brief as a workbook."""
    import xlsxwriter

    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    workbook = xlsxwriter.Workbook(stream, options)
    workbook.set_properties(
        {
            "title": story.title,
            "subject": story.sentence[:250],
            "author": story.made_with,
            "comments": f"Vintage {story.as_of}",
            "keywords": story.marking.label,
            "category": story.marking.tlp.label,
            "created": made_on(model.as_of),
        }
    )
    workbook.set_size(1600, 1000)
    book = Book(workbook, story)
    front = book.sheet("Headline")
    tables = {table.key: table for section in (story.lead, *story.sections) for table in section.tables}
    ranges = {
        key: book.table(name, tables[key], _formulas(tables[key])) for key, name in _SHEETS.items() if key in tables
    }
    _below(book, story, "care", "Caveats")
    if model.exposure is not None:
        _below(book, story, "exposure", "On companies")
    _below(book, story, "rests", "In words")
    _reproduce(book, model, story)
    _front(book, front, model, story, ranges)
    workbook.close()
    return stream.getvalue()


def made_on(as_of: str) -> datetime.datetime:
    """The date within a vintage, so that file properties need no clock; 2000-01-01 where there is none."""
    found = re.search(r"(\d{4})-(\d{2})-(\d{2})", as_of)
    try:
        year, month, day = (int(part) for part in found.groups()) if found else (2000, 1, 1)
        return datetime.datetime(year, month, day)
    except ValueError:
        return datetime.datetime(2000, 1, 1)


def _formulas(table: BriefTable) -> dict[int, str]:
    """Formulas by column, with ``{row}`` for the row: change, and share of the loss."""
    if table.key == "suppliers":
        return {5: "=E{row}-D{row}", 6: "=F{row}/loss_usd"}
    return {4: "=D{row}-C{row}"} if table.key == "members" else {}


def _front(book: Book, sheet: Any, model: BriefModel, story: Story, ranges: dict[str, tuple[int, int]]) -> None:
    """The first sheet: the sentence, the amounts as formulas over the other sheets, what they rest on, the picture."""
    finding, words = model.headline, words_for(model.direction)
    sheet.set_column(0, 0, 44)
    sheet.set_column(1, 1, 24)
    sheet.set_column(2, 7, 13)
    book.write(sheet, 0, 0, story.title, book.bold)
    book.write(sheet, 1, 0, story.kicker, book.muted)
    book.mark(sheet, 0, 3, 7)
    sheet.merge_range(2, 0, 2, 7, "", book.lead)
    book.write(sheet, 2, 0, story.sentence, book.lead)
    sheet.set_row(2, 82)
    for i, text in enumerate(story.deck):
        sheet.merge_range(3 + i, 0, 3 + i, 7, "", book.wrapped)
        book.write(sheet, 3 + i, 0, text, book.wrapped)
        sheet.set_row(3 + i, 48)
    row = 4 + len(story.deck)
    book.write(sheet, row, 0, "Amount", book.head)
    book.write(sheet, row, 1, "USD a year", book.head_right)
    first, last = ranges["members"]
    suspended, identity = finding.suspended, finding.identity
    top, bottom = ranges["suppliers"]
    at = row + 1
    gain = sum(result.gain_usd for result in finding.suppliers)
    amounts: list[tuple[str, str | None, float]] = [
        ("Coalition, baseline", _sum("Members", "C", first, last), suspended.baseline_usd),
        ("Coalition, after-window", _sum("Members", "D", first, last), suspended.after_usd),
        ("Loss, signed", f"=B{at + 1}-B{at + 2}", suspended.loss_usd),
        (f"Change of all other {words.actors}, signed", _sum("Suppliers", "F", top, bottom), gain),
        ("Loss, only goods in which it fell", None, identity.loss_usd),
        (words.filled.capitalize(), _sum("Suppliers", "H", top, bottom), total_filled_usd(finding)),
        (words.not_filled.capitalize(), f"=B{at + 5}-B{at + 6}", identity.unfilled_usd),
    ]
    for i, (label, formula, value) in enumerate(amounts):
        book.write(sheet, at + i, 0, label)
        if formula is None:
            sheet.write_number(at + i, 1, value, book.usd)
        else:
            sheet.write_formula(at + i, 1, formula, book.usd, value)
    ratio_row = at + len(amounts)
    book.write(sheet, ratio_row, 0, "Gross ratio: signed change of others by signed loss")
    if finding.backfill.gross_ratio is None:
        book.write(sheet, ratio_row, 1, "not defined", book.right)
    else:
        sheet.write_formula(ratio_row, 1, f"=B{at + 4}/B{at + 3}", book.share, finding.backfill.gross_ratio)
    book.workbook.define_name("loss_usd", f"=Headline!$B${at + 3}")
    row = _net_rows(book, sheet, finding, ratio_row + 1, ranges["suppliers"]) + 1
    book.write(sheet, row, 0, "What the figures rest on", book.head)
    book.write(sheet, row, 1, "", book.head)
    for i, (term, said) in enumerate(story.facts):
        book.write(sheet, row + 1 + i, 0, term)
        book.write(sheet, row + 1 + i, 1, said)
    _waterfall(book, sheet, model, row + len(story.facts) + 2)


def _net_rows(book: Book, sheet: Any, finding: Finding, row: int, suppliers: tuple[int, int]) -> int:
    """The net change and ratio with their intervals, or why there are none; the row below them."""
    backfill, words = finding.backfill, words_for(finding.direction)
    if backfill.net_ratio is None or finding.counterfactual.net_usd is None:
        book.write(sheet, row, 0, "Net ratio")
        book.write(sheet, row, 1, "not defined", book.right)
        book.write(sheet, row, 2, why_no_net(finding))
        return row + 1
    book.write(sheet, row, 0, f"Net change of all other {words.actors} ({finding.counterfactual.method})")
    formula = _sum("Suppliers", "I", *suppliers)
    sheet.write_formula(row, 1, formula, book.usd, finding.counterfactual.net_usd)
    book.write(sheet, row + 1, 0, "Net ratio: net change by signed loss")
    sheet.write_formula(row + 1, 1, f"=B{row + 1}/loss_usd", book.share, backfill.net_ratio)
    ends = backfill.net_ci95 or (None, None)
    for i, (term, end) in enumerate(zip(("low", "high"), ends, strict=True)):
        book.write(sheet, row + 2 + i, 0, f"Net ratio, 95 % interval, {term}")
        if end is None:
            book.write(sheet, row + 2 + i, 1, "no interval", book.right)
        else:
            sheet.write_number(row + 2 + i, 1, end, book.share)
    rank = backfill.placebo_rank
    book.write(sheet, row + 4, 0, f"Rank of the target among {words.places}")
    book.write(sheet, row + 4, 1, "none" if rank is None else f"{rank[0]} of {rank[1]}", book.right)
    return row + 5


def _sum(name: str, column: str, first: int, last: int) -> str:
    return f"=SUM({name}!{column}{first}:{column}{last})" if last >= first else "=0"


def _waterfall(book: Book, sheet: Any, model: BriefModel, row: int) -> None:
    """The steps as a table on a sheet of their own, and the chart that draws them on the first."""
    steps = waterfall_steps(model.headline, model.names)
    if not steps:
        return
    words = words_for(model.direction)
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
        row, 0, chart, {"description": plain(alt_waterfall(model.headline, model.names)), "object_position": 2}
    )


def _below(book: Book, story: Story, key: str, heading: str) -> None:
    """What a section says, below its first table."""
    section = next(section for section in story.sections if section.key == key)
    table = section.tables[0]
    sheet = book.sheets[_SHEETS[table.key]]
    row = 5 + len(table.rows)
    book.write(sheet, row, 0, heading, book.bold)
    for i, text in enumerate((*section.paragraphs, *section.items)):
        book.write(sheet, row + 1 + i, 0, text)


def _reproduce(book: Book, model: BriefModel, story: Story) -> None:
    """How to make each number again: ids, commands, and the queries of the headline finding."""
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
