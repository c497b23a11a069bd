"""Hostile texts from a grammar, and what no reader of an output may find: judged without Stopgap's own functions."""

from __future__ import annotations

import random
import re
import unicodedata

LATIN = "Example Trading LLC"
ORDINARY = (
    LATIN, "شركة الأمثلة للتجارة", "חברת דוגמה בע״מ", "شرکت نمونه می‌سازد", "क्‍ष उदाहरण", "示例贸易公司", "ООО Пример",
    "Société d’Exemple", "👩‍🔬 Labs", "❤️", "1234", "Zoë & Co",
)  # fmt: skip
HTML = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '"><svg onload=alert(1)>', "' onmouseover='alert(1)",
    '<a href="javascript:alert(1)">x</a>', "</td></tr></table><h1>", "<!--", "-->", "]]>", "&lt;b&gt;", "&#x3c;i&#62;",
    "</title></style></script>", "{{ 7*7 }}", "{% raw %}", "<iframe src=//example.net>", "<base href=//example.net>",
    "</pre><form action=//example.net>", "`onclick=x`", "<b", "<?php", "<meta http-equiv=refresh content=0>",
)  # fmt: skip
MARKDOWN = (
    "[x](javascript:alert(1))", "![x](http://example.net/p.png)", "<http://example.net>", "<mailto:a@example.net>", "```",
    "`", "``", "# h", "> q", "- l", "+ l", "1. l", "1) l", "***", "---", "===", "| a | b |", "[r]: http://example.net", "[r]",
    "~~s~~", "\\", "\\\\", "**b**", "_e_", "__b__", "![", "](", "[^1]", "http://example.net", "www.example.net", "    code",
    "~~~", "&amp;", "a@example.net", "<x>", "\\`", "\\|", "|", "!", "$x$",
)  # fmt: skip
TERMINAL = (
    "\x1b[2J", "\x1b[31m", "\x1b]8;;http://example.net\x1b\\x\x1b]8;;\x1b\\", "\x1b]0;title\x07", "\x9b31m", "\x9d0;t\x9c", "\x08\x08",
    "\r", "\x00", "\x7f", "\x0b", "\x0c", "\x85", "\x1b", "[bold]", "[link=http://example.net]x[/link]", "[/]", ":smiley:",
    "\nmarking: TLP:CLEAR", "\n", "\t", "\r\n",
)  # fmt: skip
UNSEEN = (
    *map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x061C, 0x2028, 0x2029,
               0x2060, 0x2063, 0xFEFF, 0xAD, 0x034F, 0x115F, 0x1160, 0x17B4, 0x180B, 0x180E, 0x2800, 0x3164, 0xFFA0, 0xFE00, 0xFE0F,
               0xFFF9, 0xFFFB, 0xFFFE, 0xFFFF, 0xFDD0, 0xE0001, 0xE0041, 0xE007F, 0xE0100, 0x1D173, 0x13430, 0x1FFFE)),
    "\u202egpj.exe\u202c", "pay\u200cpal", "\ud800", "\udfff",
)  # fmt: skip
FORMULAS = (
    "=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "＝1", "＋1", "－1", "＠x", "﹦1", "﹢1", "﹣1", "﹫x", "−1", "⁼1", "⁺1", "⩵1",
    " =1", "\t=1", "\n=1", "\r\n=1", '"=1"', "'=1", "＂＝1", "\u00a0=1", "\u3000＝1", "\u200b=1", "=HYPERLINK(\"http://example.net\")",
    "\u202e=1", "{=1}",
)  # fmt: skip
TYPESETTING = (
    "#panic()", "$x$", "*b*", "@ref", "<label>", "\\u{202e}", "#{", "//", "/*", "*/", '#include("x")', "#let x = 1", "= h",
    "- i", "/ t: d", "#image(\"x\")",
)  # fmt: skip
DATA = (
    ": ", '"', '\\"', "'", "{", "}", "[", "]", "\n---\n", "!!python/object:x", "&a *a", "%YAML 1.1", "\\u0000", "\\x1b", "\\u202e", ",",
    ";", "null", "NaN", "'''", "_x001B_", "&C&P", "\x1a",
)  # fmt: skip
LONG = ("W" * 70, "ш" * 300, "شركة" * 60, "x" * 5000)
KINDS = (ORDINARY, HTML, MARKDOWN, TERMINAL, UNSEEN, FORMULAS, TYPESETTING, DATA)
_PLANES = ((0, 0x2FF), (0x300, 0xFFFF), (0x10000, 0x1FFFF), (0xE0000, 0xE0FFF))


def hostile(chance: random.Random) -> str:
    """A text of one to five pieces, of any kinds; some letter of it is always seen."""
    pieces = [_piece(chance) for _ in range(chance.randint(1, 5))]
    text = chance.choice(("", "", " ")).join(pieces)
    return text if re.search(r"[A-Za-z]", text) else text + "Ltd"


def _piece(chance: random.Random) -> str:
    drawn = chance.random()
    if drawn < 0.01:
        return chance.choice(LONG)
    if drawn < 0.10:
        return chr(chance.randint(*chance.choice(_PLANES)))
    return chance.choice(chance.choice(KINDS))


# Format characters that are seen, and blanks that no category tells.
_SEEN = frozenset([*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD])
_BLANK = frozenset(
    [0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x2065, 0x2800, 0x3164, 0xFFA0, *range(0xFFF0, 0xFFF9),
     *range(0xFDD0, 0xFDF0), *range(0xE0000, 0xE1000)]
)  # fmt: skip
_JOINERS = "\u200c\u200d"
_NOT_ASCII = re.compile(r"[^\x20-\x7e]")


def unseen(text: str, allowed: str = "\n") -> list[str]:
    """Characters of a text that a reader does not see, or that turn or end its line, as code points."""
    return [
        f"U+{ord(found.group()):04X}"
        for found in _NOT_ASCII.finditer(text)
        if _is_unseen(found.group()) and found.group() not in allowed and not _is_spelling(text, found.start())
    ]


def _is_unseen(char: str) -> bool:
    code = ord(char)
    if 0x20 <= code < 0x7F:
        return False
    if code & 0xFFFE == 0xFFFE or code in _BLANK or 0xFE00 <= code <= 0xFE0F:
        return True
    return unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") and code not in _SEEN


def _is_spelling(text: str, place: int) -> bool:
    """Whether a joiner or selector follows a letter or sign beyond Latin, Greek and Cyrillic, and is the only one."""
    char, before = text[place], text[place - 1 : place]
    if not before or (_is_unseen(before) and before != "\ufe0f"):
        return False
    if char == "\ufe0f" and (before in "0123456789#*" and text[place + 1 : place + 2] == "\u20e3"):
        return True
    is_selector = 0xFE00 <= ord(char) <= 0xFE0F or 0xE0100 <= ord(char) <= 0xE01EF or 0x180B <= ord(char) <= 0x180F
    if char not in _JOINERS and not is_selector:
        return False
    # selectors follow symbols, ideographs and Mongolian letters
    return before > "\u05ff" or (is_selector and before > "\x7f" and unicodedata.category(before)[0] in "SP")


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet might run a cell: by what compatibility makes of its first sign, past blanks and quotes."""
    stripped = cell
    while stripped and (stripped[0].isspace() or _is_unseen(stripped[0]) or stripped[0] == '"'):
        stripped = stripped[1:]
    folded = unicodedata.normalize("NFKC", stripped[:1])
    return folded[:1] in ("=", "+", "-", "@", "\u2212") or cell[:1] in ("\t", "\r", "\n")


def read(text: str) -> str:
    """What can be read of a text or a page, however it was wrapped: decomposed, no blanks, the unseen as escapes."""
    flat = unicodedata.normalize("NFD", text.replace("\r\n", "\n"))
    return _NOT_ASCII.sub(_read, flat).replace(" ", "")


def _read(found: re.Match[str]) -> str:
    char, code = found.group(), ord(found.group())
    if char in "\n\t" or unicodedata.category(char) == "Zs":
        return ""
    if not _is_unseen(char):
        return char
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
