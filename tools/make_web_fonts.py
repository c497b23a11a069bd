"""Compress the brief's fonts for web pages: WOFF2 of the OTF files, their glyphs and names unchanged.

Run with fonttools and brotli at hand: ``python tools/make_web_fonts.py``.
"""

from __future__ import annotations

from pathlib import Path

from fontTools.ttLib import TTFont

FONTS = Path(__file__).resolve().parents[1] / "src" / "stopgap" / "briefs" / "fonts"


def main() -> None:
    for weight in ("Regular", "Semibold"):
        source = FONTS / f"SourceSans3-{weight}.otf"
        font = TTFont(source, recalcTimestamp=False)
        font.flavor = "woff2"
        font.save(source.with_suffix(".woff2"))


if __name__ == "__main__":
    main()
