"""Extract the main text of a web page, with every character at its offset in the file."""

from __future__ import annotations

import html
import re
from itertools import groupby, pairwise
from typing import NamedTuple

from stopgap.sources.texts.markup import PageMarkup, TextNode, read_markup
from stopgap.sources.texts.text import FILLER, SourceText, source_text

DEPTH_LIMIT = 200
"""Nesting depth above which a page is not passed to the library that extracts the main text."""
CHARACTER_LIMIT = 6_000_000
NODE_LIMIT = 100_000
SMALL_PAGE = 5_000
LEAST_OF_SMALL = 0.2
LEAST_FOUND = 0.5
LONG_ENOUGH = 16
"""Fewest characters for a match within a line of the main text not to be by chance, as a menu's word is."""
LONG_ENOUGH_HAN = 6

_FAULTS = (
    ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, RuntimeError, TypeError, ValueError,
)  # fmt: skip
"""Exceptions that the library may raise on malformed markup."""

_ENTITY = re.compile(r"&(?:#[0-9]{1,8};?|#[xX][0-9a-fA-F]{1,7};?|[A-Za-z][A-Za-z0-9]{1,31};?)")
_WORD = re.compile(r"\w+")
_NOT_LINE_END = re.compile(r"[^\n]")


class _Main(NamedTuple):
    """The main text and metadata that the library extracted, and a note where it could not."""

    text: str
    meta: dict[str, str]
    note: str | None


def page_text(page: str, name: str, notes: tuple[str, ...] = ()) -> SourceText:
    """Return the stored text of a page: as long as the page, with everything but the main text blanked out.

    An entity becomes its character, padded to the entity's length; markup within a word becomes fillers; between
    two blocks there is always an empty line.
    """
    markup = read_markup(page)
    main = _main_text(page, markup)
    kept, note = _kept(page, markup, main)
    meta = dict(main.meta)
    if "title" not in meta and markup.title:
        title = " ".join(html.unescape(page[slice(*markup.title)]).split())
        meta.update({"title": title} if title else {})
    return source_text(
        name,
        _stored(page, markup, kept),
        "html",
        meta=meta,
        language=markup.language,
        notes=(*notes, *(each for each in (main.note, note) if each)),
    )


def _main_text(page: str, markup: PageMarkup) -> _Main:
    is_deep = markup.depth > DEPTH_LIMIT
    if is_deep or len(page) > CHARACTER_LIMIT or len(markup.nodes) > NODE_LIMIT:
        why = "nested too deeply" if is_deep else "too large"
        return _Main("", {}, f"the page is {why} to tell its main text from the rest")
    import logging

    import trafilatura

    log = logging.getLogger("trafilatura")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        found = trafilatura.bare_extraction(
            page,
            fast=len(page) > 1_000_000,
            include_comments=False,
            include_tables=True,
            with_metadata=True,
            favor_recall=True,
            date_extraction_params={"original_date": True, "extensive_search": False},
        )
    except _FAULTS as error:
        return _Main("", {}, f"the main text cannot be told from the rest ({type(error).__name__} in its library)")
    finally:
        log.setLevel(level)
    if found is None or isinstance(found, dict):
        return _Main("", {}, None)
    fields = {
        "title": found.title, "date": found.date, "url": found.url, "author": found.author,
        "publisher": found.sitename or found.hostname, "description": found.description,
    }  # fmt: skip
    meta = {key: " ".join(str(value).split()) for key, value in fields.items() if value}
    return _Main(found.text or "", meta, None)


def _kept(page: str, markup: PageMarkup, main: _Main) -> tuple[list[TextNode], str | None]:
    """Return the nodes of the main text; all visible nodes, with a note, where the main text cannot be determined."""
    visible = sum(len(page[node.start : node.end].strip()) for node in markup.nodes)
    if not main.text.strip():
        return markup.nodes, "no main text was told apart: all visible text is kept" if visible else None
    if visible <= SMALL_PAGE and len(main.text) < LEAST_OF_SMALL * visible:
        return markup.nodes, "the main text found is a small part of a small page: all visible text is kept"
    likeness = _Likeness(main.text)
    kept: list[TextNode] = []
    for _, group in groupby(markup.nodes, key=lambda node: node.block):
        nodes = list(group)
        shown = [html.unescape(page[node.start : node.end]) for node in nodes]
        if likeness.holds_block(_normal("".join(shown))):
            kept += nodes
        else:
            # Nodes that are held, and those between the first and the last of them: a name in bold, a link.
            places = [place for place, own in enumerate(shown) if likeness.holds(_normal(own))]
            kept += nodes[places[0] : places[-1] + 1] if places else []
    found = sum(len(page[node.start : node.end].strip()) for node in kept)
    if found < LEAST_FOUND * len(main.text):
        return markup.nodes, "the main text found does not match the page: all visible text is kept"
    return kept, None


def _normal(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))


class _Likeness:
    """Tests whether stretches of the page occur in the main text, which keeps the order of the page."""

    def __init__(self, main: str) -> None:
        lines = [_normal(cell) for line in main.split("\n") for cell in (line, *line.split("|"))]
        self.lines = frozenset(filter(None, lines))
        self.text = f" {_normal(main)} "
        words = self.text.split()
        self.openings = frozenset(pairwise(words))
        self.at = 0

    def holds_block(self, words: str) -> bool:
        """Whether a whole block is a line of the main text, or a part of it too long to match by chance."""
        return bool(words) and (words in self.lines or self.holds(words))

    def holds(self, words: str) -> bool:
        """Whether words occur in the main text and are too long to match by chance."""
        least = LONG_ENOUGH if words.isascii() else LONG_ENOUGH_HAN
        if len(words) < least:
            return False
        first = words.split(" ", 2)[:2]
        if len(first) == 2 and tuple(first) not in self.openings:
            return False
        place = self.text.find(f" {words} ", self.at)
        if place < 0:
            place = self.text.find(f" {words} ")
        else:
            self.at = place
        return place >= 0


def _stored(page: str, markup: PageMarkup, kept: list[TextNode]) -> str:
    """Return the page with everything but the kept nodes blanked out, and no character moved."""
    follows = dict(zip(markup.nodes, markup.nodes[1:], strict=False))
    pieces: list[str] = []
    before: TextNode | None = None
    at = 0
    for node in kept:
        gap = page[at : node.start]
        if before is not None and before.block != node.block:
            pieces.append(_parted(gap))
        elif before is not None and follows[before] is node:
            pieces.append(FILLER * len(gap))
        else:
            pieces.append(_NOT_LINE_END.sub(" ", gap))
        pieces.append(_ENTITY.sub(_character, page[node.start : node.end]))
        before, at = node, node.end
    pieces.append(_NOT_LINE_END.sub(" ", page[at:]))
    return "".join(pieces)


def _parted(gap: str) -> str:
    """Return the filling between two blocks: as many blanks as the gap, with an empty line among them."""
    blank = _NOT_LINE_END.sub(" ", gap)
    missing = 2 - blank.count("\n")
    return blank.replace(" ", "\n", missing) if missing > 0 else blank


def _character(entity: re.Match[str]) -> str:
    written = entity.group()
    meant = html.unescape(written).replace("\r", " ").replace("\xad", FILLER)
    if meant == written or len(meant) > len(written):
        return written
    return meant + FILLER * (len(written) - len(meant))
