"""Measure, wrap and shorten text by the cells that it takes on a terminal; no word or number is broken."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.cells import cell_len

_ENDS = re.compile(r"[\s,;:.(–-]+$")
_SMALL = frozenset({"a", "and", "as", "at", "but", "by", "for", "from", "in", "not", "of", "on", "or", "the", "to", "with"})  # fmt: skip
_WIDE_GAPS = re.compile(r"(?<=[\u3000-\u9fff\uf900-\ufaff\uff01-\uff60])(?=[\u3040-\u9fff\uf900-\ufaff])")
MORE = "…"


def width(text: str) -> int:
    """Return the number of cells that text takes: two for a wide character, none for a combining mark."""
    return cell_len(text)


def padded(text: str, cells: int, *, is_right: bool) -> str:
    """Return text filled with blanks to a number of cells."""
    blanks = " " * (cells - width(text))
    return blanks + text if is_right else text + blanks


def longest_word(text: str) -> int:
    """Return the number of cells of the longest word."""
    return max((width(part) for part, _ in _parts(text)), default=0)


def wrapped(text: str, cells: int, *, hanging: str = "") -> list[str]:
    """Return text as lines that are broken between words; a word that is longer than a line stays whole.

    Args:
        text: One line of text.
        cells: Width of a line.
        hanging: What further lines begin with.
    """
    lines, line = [], ""
    for part, gap in _parts(text):
        if line.strip() and width(line + gap + part) > cells:
            lines.append(line)
            line = hanging + part
        else:
            line += gap + part
    return [*lines, line]


def shortened(text: str, cells: int) -> str:
    """Return text that is cut at a word's end, with ``…`` for what is left out.

    Of a code and its name, the code stays. A single word that is too long is cut inside, and ``…`` says so.
    """
    if width(text) <= cells:
        return text
    kept = ""
    for part, gap in _parts(text):
        if width(kept + gap + part) > cells - 1:
            break
        kept += gap + part
    words = _ENDS.sub("", kept).split(" ")
    while len(words) > 1 and words[-1].lower() in _SMALL:
        words.pop()
    kept = _ENDS.sub("", " ".join(words))
    if kept:
        return kept + MORE
    first = text.split(" ")[0]
    if width(first) <= cells:
        return first
    while first and width(first) > cells - 1:
        first = first[:-1]
    return first + MORE


def shortened_name(text: str, cells: int) -> str:
    """Return a code and its name, shortened; where only the code has room, the code alone."""
    short = shortened(text, cells)
    return short.removesuffix(MORE) if " " not in short else short


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """Yield the words of a text with the blanks before them; ideographs may be parted anywhere."""
    gap = ""
    for piece in re.split(r"( +)", text):
        if not piece or piece.isspace():
            gap += piece
            continue
        for number, part in enumerate(_WIDE_GAPS.split(piece)):
            yield part, gap if number == 0 else ""
        gap = ""
