"""Independent readers of what is written: each says what in it is active or hidden, none for nothing."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

from hostile_text import is_formula, read, unseen
from markdown_it import MarkdownIt

_VOID = frozenset({"meta", "br", "link", "img", "input", "hr"})


class Page(HTMLParser):
    """The elements of a page with the names of their attributes, its text, and what in it is active.

    Attributes:
        elements: Outside pictures; ``bdi`` aside, which stands where a name runs from right to left.
        drawn: Kinds of element in pictures, whose number follows the names.
        text: What is read.
        active: Scripts, handlers, addresses that are none of the page's own.
    """

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: Counter[tuple[str, ...]] = Counter()
        self.drawn: set[tuple[str, ...]] = set()
        self.active: list[str] = []
        self._text: list[str] = []
        self._within: list[str] = []
        self.feed(page)
        self.close()
        self.text = read("".join(self._text))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = (tag, *sorted(name for name, _ in attrs))
        if "svg" in self._within or tag == "svg":
            self.drawn.add(names)
        elif tag != "bdi":
            self.elements[names] += 1
        self.active += [f"<{tag} {name}>" for name, _ in attrs if name.startswith("on") or name == "srcdoc"]
        for name, value in attrs:
            if name in ("href", "src", "action", "xlink:href") and not re.fullmatch(
                r"#[\w-]+|[A-Za-z0-9_./%~+-]+", value or ""
            ):
                self.active.append(f"{name}={value!r}")
        if tag in ("script", "iframe", "object", "embed", "form", "base"):
            self.active.append(f"<{tag}>")
        if tag not in _VOID:
            self._within.append(tag)
        self._text += [value or "" for name, value in attrs if name in ("content", "aria-label")]

    def handle_endtag(self, tag: str) -> None:
        if tag in self._within:
            while self._within.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self._within):
            self._text.append(data)

    def handle_comment(self, data: str) -> None:
        self.active.append(f"<!--{data[:40]}-->")


def page_faults(page: str, benign: Page) -> list[str]:
    """What a page has that the same page with ordinary names has not."""
    found = Page(page)
    faults = [f"active: {each}" for each in found.active]
    faults += [f"unseen: {each}" for each in unseen(page)]
    faults += [f"element: {each}" for each in (found.elements - benign.elements) + (benign.elements - found.elements)]
    faults += [f"drawn: {each}" for each in found.drawn - benign.drawn]
    return faults


@lru_cache(maxsize=8)
def markdown_tokens(text: str) -> tuple[list[str], str]:
    """Kinds of what a reader of CommonMark with tables sees, in order, and its words."""
    kinds, words = [], []
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text):
        for each in [token, *(token.children or [])]:
            if each.type not in ("text", "inline"):
                kinds.append(each.type)
            if each.type in ("text", "code_inline", "fence", "code_block"):
                words.append(each.content)
    return kinds, read("".join(words))


_AUTOLINK = re.compile(r"(?<!\\):(?://)|(?<![\w\\])www\.", re.IGNORECASE)


def markdown_faults(text: str, benign: str) -> list[str]:
    """What Markdown has that the same with ordinary names has not, and links that GitHub makes of bare words."""
    kinds, _ = markdown_tokens(text)
    like, _ = markdown_tokens(benign)
    faults = [f"unseen: {each}" for each in unseen(text)]
    if kinds != like:
        faults.append(f"tokens: {Counter(kinds) - Counter(like) or 'in another order'}")
    bare = re.sub(r"(?ms)^(`{3,})$.*?^\1$|(`+)(?!`).*?(?<!`)\2(?!`)", "", text)
    faults += [f"autolink: {found.group()}" for found in _AUTOLINK.finditer(bare)]
    return faults


def csv_faults(text: str, cells: list[list[str]]) -> list[str]:
    """Cells that a spreadsheet would run or that hide something, and those that do not hold what was given."""
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    faults = [f"unseen: {each}" for each in unseen(text, "\n\t\r")]
    faults += ["a line ends in a carriage return"] * ("\r" in text.replace("\r\n", ""))
    faults += [f"formula: {cell[:60]!a}" for row in rows for cell in row if is_formula(cell)]
    if [len(row) for row in rows] != [len(row) for row in cells]:
        return [*faults, "rows or columns are others"]
    for row, given in zip(rows, cells, strict=True):
        for cell, text in zip(row, given, strict=True):
            if read(text) not in (read(cell), read(cell[1:]) if cell[:1] == "'" else None):
                faults.append(f"lost: {text[:60]!a} reads {cell[:60]!a}")
    return faults


def json_faults(text: str, given: Any) -> list[str]:
    """JSON that hides something, or does not say what was given."""
    faults = [f"unseen: {each}" for each in unseen(text)]
    return faults if json.loads(text) == given else [*faults, "another value"]


def terminal_faults(text: str, given: list[str]) -> list[str]:
    """What a terminal would obey, and what cannot be read."""
    faults = [f"unseen: {each}" for each in unseen(text)]
    page = read(text)
    return faults + [f"lost: {each[:60]!a}" for each in given if read(each) not in page]


def lost(page: str, given: list[str]) -> list[str]:
    """Texts that cannot be read in what a page says (see :func:`hostile_text.read`)."""
    return [f"lost: {each[:60]!a}" for each in given if read(each) not in page]


def workbook_faults(content: bytes, benign_formulas: int) -> tuple[list[str], str]:
    """Formulas and links beyond those of the same workbook with ordinary names, what hides; and its words."""
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(content))
    faults, words, formulas = [], [], 0
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                formulas += cell.data_type == "f"
                if cell.hyperlink is not None:
                    faults.append(f"link: {cell.coordinate}")
                if isinstance(cell.value, str) and cell.data_type != "f":
                    words.append(cell.value)
                    faults += [f"unseen: {each}" for each in unseen(cell.value)]
                    if is_formula(cell.value) and not cell.quotePrefix:
                        faults.append(f"not marked as text: {cell.value[:60]!a}")
    if formulas != benign_formulas:
        faults.append(f"{formulas} formulas, not {benign_formulas}")
    return faults, read("\n".join(words))


def formulas_of(content: bytes) -> int:
    """Cells of a workbook that are formulas."""
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(content))
    return sum(cell.data_type == "f" for sheet in book for row in sheet.iter_rows() for cell in row)


def pdf_faults(content: bytes) -> tuple[list[str], str]:
    """Links, scripts and what hides in a PDF (its own U+200B, where long words may break, aside); and its words."""
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(content))
    faults, words = [], []
    for page in reader.pages:
        text = page.extract_text()
        words.append(text)
        faults += [f"unseen: {each}" for each in unseen(text, "\n\u200b")]
        for annotation in page.get("/Annots") or ():
            if "/URI" in str(annotation.get_object()) or "/JS" in str(annotation.get_object()):
                faults.append("a link or script")
    if "/JavaScript" in str(reader.trailer["/Root"]):
        faults.append("a script")
    return faults, read("".join(words).replace("\u200b", ""))


def xml_faults(content: bytes, benign: bytes) -> list[str]:
    """Elements of XML that the same with ordinary names has not, and what hides."""
    tags, like = (Counter(each.tag for each in ElementTree.fromstring(each).iter()) for each in (content, benign))
    faults = [f"unseen: {each}" for each in unseen(content.decode("utf-8"))]
    return faults if tags == like else [*faults, f"elements: {tags - like}"]
