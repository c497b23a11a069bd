"""Escape text for GitHub Markdown, so that names are not interpreted as markup."""

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
    """Escape text for Markdown, on one line."""
    return _MARKUP.sub(r"\\\1", one_line(text))


def paragraph(text: str) -> str:
    """Escape text for Markdown, on one line that cannot start a list, a heading or a quotation."""
    words = escape(text).lstrip(" ")
    return _NUMBERED.sub(r"\1\\\2", _LINE_START.sub(r"\\\1", words))


def table_row(cells: Iterable[str]) -> str:
    """Join cells, which must be Markdown already, into one table row."""
    return f"| {' | '.join(cells)} |"


def code(text: str) -> str:
    """Format text as inline code on one line, fenced by more backticks than any run in it; empty if blank."""
    words = one_line(text)
    if not words.strip():
        return ""
    fence = "`" * (_longest_run(words) + 1)
    pad = " " if words[:1] == "`" or words[-1:] == "`" else ""
    return f"{fence}{pad}{words}{pad}{fence}"


def code_block(text: str) -> str:
    """Format text as a code block, with a fence longer than any run of backticks in it."""
    words = visible(text)
    fence = "`" * max(3, _longest_run(words) + 1)
    return f"{fence}\n{words}\n{fence}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)
