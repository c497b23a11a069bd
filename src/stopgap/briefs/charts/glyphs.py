"""What the brief's typeface can set, and how wide: read from the font files in the package.

The PDF refuses text without a glyph, and charts need widths to keep labels apart.
"""

from __future__ import annotations

import struct
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
    """One font: glyph of each code point, and advance widths in units of the em."""

    glyph_of: dict[int, int]
    advances: tuple[int, ...]
    units_per_em: int

    def width(self, text: str, size: float) -> float:
        """Width of `text` set in `size` pixels, without kerning; unknown characters count one em."""
        total = 0
        for char in text:
            glyph = self.glyph_of.get(ord(char))
            total += self.units_per_em if glyph is None else self.advances[min(glyph, len(self.advances) - 1)]
        return total * size / self.units_per_em

    def shorten(self, text: str, size: float, room: float) -> str:
        """`text` cut with an ellipsis so that it is at most `room` pixels wide."""
        if self.width(text, size) <= room:
            return text
        kept = text
        while kept and self.width(kept + "…", size) > room:
            kept = kept[:-1]
        return kept.rstrip() + "…"


def _tables(data: bytes) -> dict[bytes, tuple[int, int]]:
    (count,) = struct.unpack_from(">H", data, 4)
    records = (struct.unpack_from(">4sLLL", data, 12 + 16 * i) for i in range(count))
    return {tag: (offset, length) for tag, _, offset, length in records}


def _format_4(data: bytes, at: int) -> dict[int, int]:
    (double,) = struct.unpack_from(">H", data, at + 6)
    count = double // 2
    ends = struct.unpack_from(f">{count}H", data, at + 14)
    starts = struct.unpack_from(f">{count}H", data, at + 16 + double)
    deltas = struct.unpack_from(f">{count}H", data, at + 16 + 2 * double)
    offsets_at = at + 16 + 3 * double
    offsets = struct.unpack_from(f">{count}H", data, offsets_at)
    found: dict[int, int] = {}
    for i in range(count):
        for code in range(starts[i], ends[i] + 1):
            if offsets[i]:
                place = offsets_at + 2 * i + offsets[i] + 2 * (code - starts[i])
                (glyph,) = struct.unpack_from(">H", data, place)
                glyph = (glyph + deltas[i]) & 0xFFFF if glyph else 0
            else:
                glyph = (code + deltas[i]) & 0xFFFF
            if glyph and code != 0xFFFF:
                found[code] = glyph
    return found


def _format_12(data: bytes, at: int) -> dict[int, int]:
    (groups,) = struct.unpack_from(">L", data, at + 12)
    found: dict[int, int] = {}
    for i in range(groups):
        start, end, glyph = struct.unpack_from(">LLL", data, at + 16 + 12 * i)
        found.update({code: glyph + code - start for code in range(start, end + 1)})
    return found


@cache
def face(file_name: str = REGULAR) -> Face:
    """The font `file_name` of the package."""
    data = (FONT_DIR / file_name).read_bytes()
    tables = _tables(data)
    (units,) = struct.unpack_from(">H", data, tables[b"head"][0] + 18)
    (metrics,) = struct.unpack_from(">H", data, tables[b"hhea"][0] + 34)
    at = tables[b"hmtx"][0]
    advances = tuple(struct.unpack_from(">H", data, at + 4 * i)[0] for i in range(metrics))
    start = tables[b"cmap"][0]
    (count,) = struct.unpack_from(">H", data, start + 2)
    glyphs: dict[int, int] = {}
    for i in range(count):
        (offset,) = struct.unpack_from(">L", data, start + 4 + 8 * i + 4)
        (form,) = struct.unpack_from(">H", data, start + offset)
        if form == 4:
            glyphs = _format_4(data, start + offset) | glyphs
        elif form == 12:
            glyphs |= _format_12(data, start + offset)
    return Face(glyphs, advances, units)


@cache
def settable() -> frozenset[int]:
    """Code points that all four fonts can set, with the line break."""
    common = set(face(REGULAR).glyph_of)
    for name in (SEMIBOLD, BOLD, ITALIC):
        common &= set(face(name).glyph_of)
    return frozenset(common | {0x0A})


def set_in_type(text: str) -> tuple[str, int]:
    """`text` with a box for each character the typeface lacks, and how many there were."""
    known = settable()
    lost = sum(ord(char) not in known for char in text)
    if not lost:
        return text, 0
    return "".join(char if ord(char) in known else REPLACEMENT for char in text), lost
