"""Render a brief as PDF: A4, tagged for screen readers (PDF/UA-1), byte-identical on every run.

Only the package's fonts are used. A character that they lack is printed as a box and
counted in a note, because a page must neither fail nor drop text silently.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from stopgap.base.marking import Marking
from stopgap.base.progress import say
from stopgap.base.visible_text import visible
from stopgap.briefs.charts.draw import Drawing
from stopgap.briefs.charts.glyphs import FONT_DIR, set_in_type
from stopgap.briefs.formats.cells import BriefTable, Kind, Value, print_cell
from stopgap.briefs.formats.html import TEMPLATES, YEARLY
from stopgap.briefs.formats.rest_rows import page_story
from stopgap.briefs.formats.text import shorten
from stopgap.briefs.formats.tlp import ink
from stopgap.briefs.parts import ChartPart, FirstPage, Section, Story

# tables with so many figures that only the first column can give way
_FIRST_GROWS = ("suppliers",)
# tables whose columns of running text share the room in other parts than the same
_SHARES = {
    "routing": {"Why": 1},
    "prices": {"Description": 1},
    "goods": {"Description": 1},
    "others": {"Goods list": 3, "Windows": 2},
    "sources": {"Title": 2, "Terms of use": 3},
    "statements": {"Statement": 4, "Said by, on": 2, "Verdict": 2, "Why": 5},
    "tested": {"Layer": 1},
    "exposure": {"Company": 4, "Role": 2, "First seen": 2, "On a list": 3},
    "rest-on": {"Goods list": 2, "Layer": 2, "Windows": 2, "Report": 2},
    "rise": {"List": 2, "Test": 3},
    "inflow": {"List": 1},
    "listed": {"Economy": 2, "List": 3},
    "acts": {"Act": 1},
}
# rows of one table on paper; the other formats hold all
MOST_ROWS = 120
# letters of a code: a hash with breaks in it could not be copied
_CODE = 20
_LONG_WORD = re.compile(r"[^\s<>]{41,}")


def pdf_bytes(story: Story, drawings: Mapping[str, Drawing]) -> bytes:
    story = page_story(story)
    plain, lost = set_content(_document(story, drawings))
    if lost:
        note = (
            f"{lost} characters that the typeface of this PDF lacks are set as □; "
            "the HTML, XLSX and Markdown editions hold them."
        )
        care = next((section for section in plain["sections"] if section["key"] == "care"), None)
        if care is None:
            plain["first"]["basis"].append(["Typeface", note])
        else:
            care["items"].append(note)
    return typeset("brief.typ", plain)


def typeset(template: str, content: Mapping[str, Any]) -> bytes:
    """Compile a template and its content to PDF; the typeface must have every character of the content."""
    import typst

    say("setting the pages")
    made: bytes = typst.compile(
        str(TEMPLATES / template),
        root=str(TEMPLATES),
        font_paths=[str(FONT_DIR)],
        ignore_system_fonts=True,
        sys_inputs={"content": json.dumps(content, ensure_ascii=False)},
        pdf_standards=["ua-1"],
        timestamp=0,
    )
    return made


def _softened(found: re.Match[str]) -> str:
    """Insert break points into a word too long for a line; a hash stays whole, so that it can be copied."""
    word = found.group()
    return word if word.startswith("sha256:") else re.sub(r"(\S{20})(?=\S)", "\\1\u200b", word)


def set_content(value: Any, *, soften: bool = True) -> tuple[Any, int]:
    """Replace characters that the typeface lacks in every text of `value`; return JSON-like data and their number."""
    if isinstance(value, str):
        shown = visible(value)
        return set_in_type(_LONG_WORD.sub(_softened, shown) if soften else shown)
    if isinstance(value, list | tuple):
        pairs = [set_content(item, soften=soften) for item in value]
        return [item for item, _ in pairs], sum(lost for _, lost in pairs)
    if isinstance(value, dict):
        # pictures are code, commands are there to be copied
        found = {
            key: set_content(item, soften=soften and key not in ("svg", "commands")) for key, item in value.items()
        }
        # a picture repeats names that the text holds; they are not counted twice
        lost = sum(count for key, (_, count) in found.items() if key not in ("svg", "alt"))
        return {key: item for key, (item, _) in found.items()}, lost
    return value, 0


def _document(story: Story, drawings: Mapping[str, Drawing]) -> dict[str, Any]:
    return {
        "title": story.title,
        "kicker": story.kicker,
        "first": _first(story.first, drawings),
        "as_of": story.as_of,
        "marking": pdf_marking(story.marking),
        "made_with": story.made_with,
        "footer": f"Finding {story.finding_ids[0][:23]}… · {story.made_with}",
        "sections": [_section(section, drawings) for section in story.sections],
    }


def _first(first: FirstPage, drawings: Mapping[str, Drawing]) -> dict[str, Any]:
    return {
        "title": first.title,
        "sentences": first.sentences,
        "range": first.range_sentence,
        "range_note": first.range_note,
        "figure": None if first.figure is None else pdf_figure(first.figure, drawings),
        "strip": first.strip,
        "basis": first.basis,
    }


def pdf_marking(marking: Marking) -> dict[str, str]:
    return {"label": marking.label, "ink": ink(marking)}


def _section(section: Section, drawings: Mapping[str, Drawing]) -> dict[str, Any]:
    return {
        "key": section.key,
        "title": section.title,
        "paragraphs": [text for text in section.paragraphs if text],
        "figure": None if section.figure is None else pdf_figure(section.figure, drawings),
        "items": section.items,
        "tables": [pdf_table(table) for table in section.tables if not table.data_of],
        "facts": section.facts,
        "commands": section.commands,
    }


def pdf_figure(figure: ChartPart, drawings: Mapping[str, Drawing]) -> dict[str, Any]:
    texts = {name: getattr(figure, name) for name in ("number", "title", "reading", "caption", "alt")}
    return {**texts, "svg": drawings[figure.key].wide}


def pdf_table(table: BriefTable, *, elsewhere: str = "the HTML, XLSX and Markdown editions") -> dict[str, Any]:
    """Convert a table for the templates, cells as text; `elsewhere` names the editions with what is omitted here."""
    rows = table.rows[:MOST_ROWS]
    left = len(table.rows) - len(rows)
    notes = [table.note] if table.note else []
    if left:
        notes.append(f"{left} more rows in {elsewhere}.")
    codes = [i for i, column in enumerate(table.columns) if column.kind == "code"]
    if any(len(print_cell("code", row[i])) > _CODE for row in rows for i in codes):
        notes.append(f"Long codes end in …; they stand whole in {elsewhere}.")
    unit = ""
    if table.in_millions:
        unit = "USD million a year" if table.key in YEARLY else "USD million"
    return {
        "title": table.title,
        "unit": unit,
        "note": " ".join(notes),
        "rest": -1 if table.rest_at is None else table.rest_at,
        "leading": table.leading,
        "columns": [
            {
                "heading": column.heading,
                "number": column.is_number,
                "code": column.kind == "code",
                "grow": _grows(table, i),
            }
            for i, column in enumerate(table.columns)
        ],
        "rows": [
            [_cell(column.kind, value) for column, value in zip(table.columns, row, strict=True)] for row in rows
        ],
        "total": []
        if table.total is None
        else [
            "" if value is None else _cell(column.kind, value)
            for column, value in zip(table.columns, table.total, strict=True)
        ],
    }  # fmt: skip


def _grows(table: BriefTable, i: int) -> int:
    """Share of the spare width that a column gets; columns of running text divide it."""
    column = table.columns[i]
    if table.key in _SHARES:
        return _SHARES[table.key].get(column.heading, 0)
    if table.key in _FIRST_GROWS:
        return int(i == 0)
    return int(i == 0 if all(c.kind != "text" for c in table.columns[1:]) else column.kind == "text")


def _cell(kind: Kind, value: Value) -> str:
    text = print_cell(kind, value)
    return shorten(text, _CODE) if kind == "code" else text
