"""Glyph coverage and text widths of the bundled fonts.

The PDF compiler rejects text without a glyph, and charts need widths to keep labels apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

FONT_DIR = Path(__file__).parents[1] / "fonts"
FAMILY = "Source Sans 3"
# quoted, because a name with a digit of its own is no CSS identifier
CSS_FAMILY = f"'{FAMILY}', sans-serif"
REGULAR = "SourceSans3-Regular.otf"
SEMIBOLD = "SourceSans3-Semibold.otf"
BOLD = "SourceSans3-Bold.otf"
ITALIC = "SourceSans3-It.otf"
REPLACEMENT = "□"


@dataclass(frozen=True)
class Face:
    """One font: advance width of each code point that it has, in font units (`units_per_em` to the em)."""

    advances: dict[int, int]
    units_per_em: int

    def width(self, text: str, size: float) -> float:
        """Width of `text` set in `size` pixels, without kerning; unknown characters count one em."""
        total = sum(self.advances.get(ord(char), self.units_per_em) for char in text)
        return total * size / self.units_per_em

    def shorten(self, text: str, size: float, room: float) -> str:
        """Truncate `text` with an ellipsis so that it is at most `room` pixels wide."""
        if self.width(text, size) <= room:
            return text
        kept = text
        while kept and self.width(kept + "…", size) > room:
            kept = kept[:-1]
        return kept.rstrip() + "…"

    def shorten_name(self, name: str, amount: str, size: float, room: float) -> str:
        """Return ``name amount``, with the name alone shortened: a figure is never cut."""
        rest = f"\u00a0{amount}"
        return self.shorten(name, size, max(room - self.width(rest, size), 0.0)) + rest


@cache
def face(file_name: str = REGULAR) -> Face:
    """Load the bundled font `file_name`."""
    from fontTools.ttLib import TTFont

    with TTFont(FONT_DIR / file_name) as font:
        # Glyphs go by number: their names stand in the outlines, which take four times as long to read.
        font.setGlyphOrder([str(number) for number in range(font["maxp"].numGlyphs)])
        metrics = font["hmtx"].metrics
        advances = {code: metrics[glyph][0] for code, glyph in font.getBestCmap().items()}
        return Face(advances, font["head"].unitsPerEm)


@cache
def settable() -> frozenset[int]:
    """Code points for which all four fonts have a glyph, and the line break."""
    common = set(face(REGULAR).advances)
    for name in (SEMIBOLD, BOLD, ITALIC):
        common &= set(face(name).advances)
    return frozenset(common | {0x0A})


def set_in_type(text: str) -> tuple[str, int]:
    """Replace characters that the typeface lacks by a box; return the text and the number replaced."""
    known = settable()
    lost = sum(ord(char) not in known for char in text)
    if not lost:
        return text, 0
    return "".join(char if ord(char) in known else REPLACEMENT for char in text), lost
