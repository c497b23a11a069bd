"""Detect active content in text: HTML or executable links in Markdown, formulas in tables."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterator

from stopgap.evidence.checks import quoted

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_UNESCAPED = r"(?<!\\)(?:\\\\)*"
_TAG = re.compile(_UNESCAPED + r"<(?=[A-Za-z/!?])")
_PICTURE = re.compile(_UNESCAPED + r"!\[")
_LINK = re.compile(_UNESCAPED + r"\](?:\s*\(|:)\s*(<[^>\n]*|[^\s)]*)")
_FENCE = re.compile(r"(`{3,})[^`]*")
_OTHER_FENCE = re.compile(r"\s*(?:[>*+-]|\d+[.)])?\s*(?:~~~|```)")
_RUNNING = re.compile(
    r"<\s*/?\s*(?:script|html|head|body|svg|math|iframe|frame|object|embed|applet|form|meta|base|link|style|img|video|audio|"
    r"template|xml|\?xml|!doctype|!entity|a\s)|(?:java|vb|live)script\s*:|data\s*:\s*(?:text/html|image/svg|application/)|"
    r"\bon[a-z]{3,20}\s*=\s*[\"']",
    re.IGNORECASE,
)
_SAFE_LINK = re.compile(r"(?:https?://|mailto:|#)[^\x00-\x20]*|(?![\w.+-]*:)[\w./~%#?=&+-]*", re.IGNORECASE)
_FORMULA = re.compile(r"\s*(?:[=@]|[+-](?=[^\n]*[(|!]))")


def words(names: str) -> frozenset[str]:
    """Split a text at spaces into a set of names, for long lists of allowed or rejected names."""
    return frozenset(names.split())


def text_faults(content: bytes) -> Iterator[str]:
    """Yield why a content is not harmless text: not UTF-8, control characters, or markup that a browser would run.

    Markup in UTF-7, as character references or with invisible characters in it is found as well.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        yield "it is not text in UTF-8"
        return
    if control := _CONTROL.search(text):
        yield f"it holds the control character {quoted(control[0])}"
    for reading in _readings(text):
        if found := _RUNNING.search(reading):
            yield f"it holds what a browser would run or load: {quoted(found[0], 40)}"
            return


def markdown_faults(content: bytes) -> Iterator[str]:
    """Yield why Markdown is not harmless text: HTML, pictures, and links other than to pages and mail.

    Fenced code at the margin counts as text; fences in lists and quotations are a fault, because programs differ on
    where they end.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        yield "it is not text in UTF-8"
        return
    if control := _CONTROL.search(text):
        yield f"it holds the control character {quoted(control[0])}"
    prose = _prose(text)
    if prose is None:
        yield "it has code in fences that not every program ends at the same place"
        return
    if tag := _TAG.search(prose):
        yield f"it holds HTML: {quoted(prose[tag.end() - 1 : tag.end() + 30])}"
    if _PICTURE.search(prose):
        yield "it shows a picture from elsewhere"
    for found in _LINK.finditer(prose):
        target = html.unescape(found[1].removeprefix("<"))
        if not _SAFE_LINK.fullmatch(target):
            yield f"it links to {quoted(target, 60)}"


def _prose(text: str) -> str | None:
    """Return Markdown without its fenced code; ``None`` if a fence is not in the one form allowed."""
    kept, fence = [], ""
    for line in text.split("\n"):
        if fence:
            bare = line.strip(" ")
            if len(bare) >= len(fence) and not bare.strip("`") and len(line) - len(line.lstrip(" ")) < 4:
                fence = ""
        elif opened := _FENCE.fullmatch(line):
            fence = opened[1]
        elif _OTHER_FENCE.match(line):
            return None
        else:
            kept.append(line)
    return "\n".join(kept)


def table_faults(content: bytes, separator: str) -> Iterator[str]:
    """Yield why a delimited table is not harmless: a cell that a spreadsheet would compute, or a control character."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        yield "it is not text in UTF-8"
        return
    if control := _CONTROL.search(text):
        yield f"it holds the control character {quoted(control[0])}"
        return
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text), delimiter=separator), start=1):
            if formula := next((cell for cell in row if _FORMULA.match(cell)), None):
                yield f"row {number} has a cell that a spreadsheet would compute: {quoted(formula, 40)}"
                return
    except csv.Error as error:
        yield f"it cannot be read as a table: {error}"


def _readings(text: str) -> Iterator[str]:
    """Yield a text as programs may read it: unchanged, without invisible characters, references resolved, as UTF-7."""
    bare = re.sub("[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]", "", text)
    resolved = html.unescape(html.unescape(bare))
    yield from (text, bare, resolved, re.sub(r"[\t\n\r]", "", resolved))
    if "+A" in text:
        yield text.encode("utf-8").decode("utf-7", errors="ignore")
