"""Escape text for GitHub Markdown, so that no name becomes markup."""

from __future__ import annotations

import re
from collections.abc import Iterable

from stopgap.base.visible_text import one_line, visible

# What GitHub's Markdown would take for markup within a line. An underscore between two letters or digits is none.
_MARKUP = re.compile(
    r"([\\`*{}\[\]<>#|~$!&]"
    r"|_(?![^\W_])|(?<![^\W_])_"
    r"|:(?=//)|(?<=\bmailto):|(?<=\bxmpp):"
    r"|(?<=\bwww)\."
    r"|(?<=[\w.+-])@(?=[\w.-]))",
    re.IGNORECASE,
)
_LINE_START = re.compile(r"\A([-+=:])")
_NUMBERED = re.compile(r"\A(\d+)([.)])(?=\s|\Z)")


def escape(text: str) -> str:
    """`text` on one line, as plain text."""
    return _MARKUP.sub(r"\\\1", one_line(text))


def paragraph(text: str) -> str:
    """`text` on one line that cannot begin a list, a heading or a quotation."""
    words = escape(text).lstrip(" ")
    return _NUMBERED.sub(r"\1\\\2", _LINE_START.sub(r"\\\1", words))


def table_row(cells: Iterable[str]) -> str:
    """Cells that are Markdown already as one row of a table."""
    return f"| {' | '.join(cells)} |"


def code(text: str) -> str:
    """`text` on one line as code, between more backticks than any run in it."""
    words = one_line(text)
    if not words.strip():
        return ""
    fence = "`" * (_longest_run(words) + 1)
    pad = " " if words[:1] == "`" or words[-1:] == "`" else ""
    return f"{fence}{pad}{words}{pad}{fence}"


def code_block(text: str) -> str:
    """`text` in a fence longer than any run of backticks in it."""
    words = visible(text)
    fence = "`" * max(3, _longest_run(words) + 1)
    return f"{fence}\n{words}\n{fence}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)
