"""Locate the visible text of a web page."""

from __future__ import annotations

import re
from dataclasses import dataclass, field


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


BLOCKS = _names("""
    address article aside blockquote body br button caption center dd details dialog dir div dl dt fieldset
    figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hgroup hr html legend li main menu nav ol option p
    pre section summary table tbody td tfoot th thead title tr ul
""")
_UNSEEN = _names("iframe math noembed noframes object script select style svg template textarea title")
_VOID = _names("area base br col embed hr img input link meta source track wbr")
_CLOSED_BY_OTHERS = _names("body colgroup dd dt head html li option p rb rp rt tbody td tfoot th thead tr")
"""Elements whose closing tag is often omitted, and which therefore do not count as nesting."""
_NAME = re.compile(r"[a-zA-Z][^\s/>\x00]*")
_IN_TAG = re.compile(r"[>\"']")
_LANGUAGE = re.compile(r"""\blang\s*=\s*["']?([a-zA-Z]{2})\b""", re.I)


@dataclass(frozen=True, slots=True)
class TextNode:
    """A stretch of visible text between two pieces of markup."""

    start: int
    end: int
    block: int  # number of the paragraph, cell, heading … that it stands in


@dataclass
class PageMarkup:
    """Visible text nodes, title, language and nesting depth of a page.

    The depth is the largest number of nested elements; elements that are never closed count too,
    but not those that need no closing tag.
    """

    nodes: list[TextNode] = field(default_factory=list)  # blanks alone only between words of one block
    title: tuple[int, int] | None = None  # where the content of <title> stands
    language: str | None = None  # ISO 639-1 code on <html>
    depth: int = 0


def read_markup(page: str) -> PageMarkup:
    """Locate the visible text of a page, in one pass over its characters, so that no page takes long."""
    found = PageMarkup()
    ends = _Ends(page)
    at = block = depth = 0
    while at < len(page):
        tag = _next_markup(page, at)
        if page[at:tag].strip() or (at < tag and found.nodes and found.nodes[-1].block == block):
            found.nodes.append(TextNode(at, tag, block))
        if tag == len(page):
            break
        named = _NAME.match(page, tag + 2 if page.startswith("</", tag) else tag + 1)
        if named is None:
            at = ends.of_comment(tag) if page.startswith("<!--", tag) else ends.after(">", tag)
            continue
        name = named.group().lower()
        at = ends.of_tag(named.end())
        block += name in BLOCKS
        if page[tag + 1] == "/":
            depth -= depth > 0 and name not in _CLOSED_BY_OTHERS
            continue
        if name == "html" and found.language is None:
            stated = _LANGUAGE.search(page, named.end(), at)
            found.language = stated.group(1).lower() if stated else None
        if name in _UNSEEN:
            end = ends.of_element(name, at)
            if name == "title" and found.title is None:
                found.title = (at, end)
            at = end
        elif name not in _VOID and name not in _CLOSED_BY_OTHERS:
            depth += 1
            found.depth = max(found.depth, depth)
    return found


def _next_markup(page: str, at: int) -> int:
    """Return the offset of the next tag, comment or declaration; a ``<`` before anything else is text."""
    while (at := page.find("<", at)) >= 0:
        if page[at + 1 : at + 2].isalpha() and page[at + 1].isascii():
            return at
        if page[at + 1 : at + 2] in ("!", "?") or (page[at + 1 : at + 2] == "/" and page[at + 2 : at + 3]):
            return at
        at += 1
    return len(page)


class _Ends:
    """Finds where markup ends. A string that was not found up to the end of the page is not searched for again."""

    def __init__(self, page: str) -> None:
        self.page = page
        self.absent: set[str] = set()

    def find(self, wanted: str, at: int) -> int:
        """Return the next offset of ``wanted``; -1 where there is none."""
        if wanted in self.absent:
            return -1
        place = self.page.find(wanted, at)
        if place < 0:
            self.absent.add(wanted)
        return place

    def after(self, wanted: str, at: int) -> int:
        """Return the offset after the next ``wanted``; the end of the page where there is none."""
        place = self.find(wanted, at)
        return len(self.page) if place < 0 else place + len(wanted)

    def of_comment(self, at: int) -> int:
        """Return the offset after a comment; ``<!-->`` and ``<!--->`` are complete ones."""
        for short in ("<!-->", "<!--->"):
            if self.page.startswith(short, at):
                return at + len(short)
        return self.after("-->", at + 4)

    def of_tag(self, at: int) -> int:
        """Return the offset after the ``>`` of a tag; a ``>`` within a quoted value does not end it."""
        while found := _IN_TAG.search(self.page, at):
            at = found.end()
            if found.group() == ">":
                return at
            if not self._is_value(found.start()):
                continue
            closing = self.find(found.group(), at)
            at = closing + 1 if closing >= 0 else at
        return len(self.page)

    def _is_value(self, quote: int) -> bool:
        before = quote - 1
        while before >= 0 and self.page[before].isspace() and quote - before < 64:
            before -= 1
        return self.page[before] == "="

    def of_element(self, name: str, at: int) -> int:
        """Return the offset of the closing tag of an element without visible content."""
        if name in self.absent:
            return len(self.page) if name in ("script", "style") else at
        found = re.compile(f"</{name}(?![a-z0-9-])", re.I).search(self.page, at)
        if found:
            return found.start()
        self.absent.add(name)
        # A script without an end hides the rest of a page in every browser; the others do not take it along here.
        return len(self.page) if name in ("script", "style") else at
