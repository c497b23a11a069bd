"""Render a brief as GitHub-flavoured Markdown: the same sentences and tables, charts as alternative text."""

from __future__ import annotations

from stopgap.base import markdown
from stopgap.base.markdown import code_block, table_row
from stopgap.briefs.formats.cells import BriefTable, print_cell
from stopgap.briefs.formats.html import YEARLY
from stopgap.briefs.formats.rest_rows import page_story
from stopgap.briefs.formats.text import one_line
from stopgap.briefs.parts import Section, Story


def escape(text: str) -> str:
    """Normalise `text` (NFC) to one line and escape it for Markdown."""
    return markdown.escape(one_line(text))


def _paragraph(text: str) -> str:
    return markdown.paragraph(one_line(text))


def markdown_table(table: BriefTable) -> str:
    """Render a table with its title, unit and note."""
    unit = (" (USD million a year)" if table.key in YEARLY else " (USD million)") if table.in_millions else ""
    heads = [escape(column.heading) for column in table.columns]
    rules = ["---:" if column.is_number else "---" for column in table.columns]
    lines = [f"**{escape(table.title)}**{unit}", "", table_row(heads), table_row(rules)]
    lines += [
        table_row([escape(print_cell(column.kind, value)) for column, value in zip(table.columns, row, strict=True)])
        for row in table.rows
    ]
    if table.total is not None:
        cells = [
            "" if value is None else f"**{escape(print_cell(column.kind, value))}**"
            for column, value in zip(table.columns, table.total, strict=True)
        ]
        lines.append(table_row(cells))
    if table.note:
        lines += ["", _paragraph(table.note)]
    return "\n".join(lines)


def _section(section: Section) -> list[str]:
    parts = [f"## {escape(section.title)}", *(_paragraph(text) for text in section.paragraphs if text)]
    if section.figure is not None:
        figure = section.figure
        parts += [
            f"**Figure {figure.number}. {escape(figure.title)}**, in words: {escape(figure.alt)}",
            _paragraph(figure.caption),
        ]
    if section.items:
        parts.append("\n".join(f"- {_paragraph(item)}" for item in section.items))
    parts += [markdown_table(table) for table in section.tables]
    if section.facts:
        parts.append("\n".join(f"- {escape(term)}: {escape(value)}" for term, value in section.facts))
    for figure_name, command in section.commands:
        parts += [f"{_paragraph(figure_name)}:", code_block(command)]
    return parts


def _first(story: Story) -> list[str]:
    first = story.first
    parts = [f"# {escape(first.title)}", f"{escape(story.title)} · {escape(story.kicker)}"]
    parts += [_paragraph(text) for text in (*first.sentences, first.range_sentence, first.range_note) if text]
    if first.figure is not None:
        figure = first.figure
        parts.append(f"**Figure {figure.number}. {escape(figure.title)}**, in words: {escape(figure.alt)}")
        parts.append(_paragraph(figure.reading))
    for heading, items in first.strip:
        parts += [f"**{escape(heading)}**", "\n".join(f"- {_paragraph(item)}" for item in items)]
    return [*parts, "; ".join(f"{escape(term)}: {escape(said)}" for term, said in first.basis) + "."]


def markdown_text(story: Story) -> str:
    """Render the first page, and the sections of the full form after it."""
    story = page_story(story)
    parts = [escape(story.marking.label), *_first(story)]
    for section in story.sections:
        parts += _section(section)
    parts.append(f"Vintage {escape(story.as_of)}. Made with {escape(story.made_with)}.")
    parts.append(escape(story.marking.label))
    return "\n\n".join(parts) + "\n"
