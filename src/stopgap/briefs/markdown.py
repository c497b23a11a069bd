"""A brief as Markdown in GitHub's style: the same sentences and tables, pictures in words."""

from __future__ import annotations

import re

from stopgap.briefs.cells import Table, print_cell
from stopgap.briefs.html import YEARLY
from stopgap.briefs.parts import Section, Story
from stopgap.briefs.text import one_line

# what GitHub's Markdown would take for markup within a line
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~$!&])")


def escape(text: str) -> str:
    """`text` on one line, as plain text."""
    return _MARKUP.sub(r"\\\1", one_line(text))


def _paragraph(text: str) -> str:
    """`text` that cannot begin a list, a heading or a quotation."""
    words = escape(text)
    return re.sub(r"^(\d+)([.)])(?=\s|$)", r"\1\\\2", re.sub(r"^([-+=:])", r"\\\1", words))


def _fence(text: str) -> str:
    """`text` in a fence longer than any run of backticks in it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"


def markdown_table(table: Table) -> str:
    """A table with its title, unit and note."""
    unit = (" (USD million a year)" if table.key in YEARLY else " (USD million)") if table.in_millions else ""
    heads = [escape(column.heading) for column in table.columns]
    rules = ["---:" if column.is_number else "---" for column in table.columns]
    lines = [f"**{escape(table.title)}**{unit}", "", _row(heads), _row(rules)]
    lines += [
        _row(
            [escape(print_cell(column.kind, value)) for column, value in zip(table.columns, row, strict=True)]
        )
        for row in table.rows
    ]
    if table.total is not None:
        cells = [
            "" if value is None else f"**{escape(print_cell(column.kind, value))}**"
            for column, value in zip(table.columns, table.total, strict=True)
        ]
        lines.append(_row(cells))
    if table.note:
        lines += ["", _paragraph(table.note)]
    return "\n".join(lines)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _section(section: Section, story: Story) -> list[str]:
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
    if section.key == "reproduce":
        parts.append("\n".join(f"- {escape(term)}: {escape(value)}" for term, value in story.facts))
    for figure_name, command in section.commands:
        parts += [f"{_paragraph(figure_name)}:", _fence(command)]
    return parts


def markdown_text(story: Story) -> str:
    """The brief as Markdown."""
    parts = [
        escape(story.marking.label),
        f"# {escape(story.sentence)}",
        f"{escape(story.title)} · {escape(story.kicker)}",
    ]
    parts += [_paragraph(text) for text in story.deck]
    parts.append("\n".join(f"- **{escape(key.value)}** {escape(key.label)}" for key in story.key_figures))
    for section in (story.lead, *story.sections):
        parts += _section(section, story)
    parts.append(f"Vintage {escape(story.as_of)}. Made with {escape(story.made_with)}.")
    parts.append(escape(story.marking.label))
    return "\n\n".join(parts) + "\n"
