"""Characters of XML 1.0 (production 2), for tests."""

from __future__ import annotations


def is_xml(text: str) -> bool:
    """Whether every character may stand in a document of XML 1.0."""
    return all(
        code in (0x9, 0xA, 0xD) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
        for code in map(ord, text)
    )
