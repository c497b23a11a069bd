"""Parse the XML of lists element by element: no document types, no entities, memory bounded by one entry.

A document that defines entities can grow without bounds or read other files, and no list needs one.

The parser is expat, not lxml's ``iterparse``, which was tried (6.1): with the same checks lxml takes two thirds of the
time (60,000 entries, 40 MB: 3.8 to 4.8 s of processor time, this file 6.6 to 8.1 s; 2 cores, 30 November 2026), but it
has read a document type before that can be rejected, and reports no line number for an undefined entity or for text
between elements.
"""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from stopgap.base.errors import InputError
from stopgap.sources.base import Reading

PIECE = 1 << 16
DEPTH_LIMIT = 64
SHOWN = 8
"""Most element names shown in one warning line."""
TEXT_LIMIT = 4_000_000
"""Most characters that one entry may have; the longest of a real list has some 100,000."""


@dataclass(slots=True)
class Node:
    """One XML element, its name without the namespace prefix."""

    tag: str
    attributes: dict[str, str]
    line: int = 0
    parts: list[str] = field(default_factory=list)
    children: list[Node] = field(default_factory=list)
    unread: Unread | None = None
    counted: frozenset[tuple[str, ...]] = frozenset()  # paths whose other elements are counted

    @property
    def text(self) -> str:
        return "".join(self.parts).strip()

    def all(self, *path: str) -> Iterator[Node]:
        """Yield the descendants at a path of element names."""
        if not path:
            yield self
            return
        for child in self.children:
            if child.tag == path[0]:
                yield from child.all(*path[1:])

    def get(self, *path: str) -> str:
        """Return the text of the first element at a path; empty where there is none. Others that differ are counted."""
        texts = [node.text for node in self.all(*path)]
        if len(set(texts)) > 1 and self.unread is not None and path not in self.counted:
            self.counted |= {path}
            self.unread.several[path[-1]] += len(texts) - 1
        return texts[0] if texts else ""


@dataclass(slots=True)
class Unread:
    """Counts of the parts of a document that are not read into entries."""

    known: frozenset[str]  # names of the elements that the format has
    unknown: Counter[str] = field(default_factory=Counter)
    several: Counter[str] = field(default_factory=Counter)  # that differ within an entry; the first is read
    text: int = 0  # pieces of text between elements
    line: int = 0  # of the first of them

    def lines(self) -> list[str]:
        """Return one warning line for each kind."""
        found = []
        for counted, what in (
            (self.unknown, "elements of a name that the format does not have are not read"),
            (self.several, "elements repeat another of their entry and differ from it; the first is read"),
        ):
            if counted:
                shown = ", ".join(f"{name[:40]} ({number:,})" for name, number in counted.most_common(SHOWN))
                found.append(f"{counted.total():,} {what}: {shown}{' …' if len(counted) > SHOWN else ''}")
        if self.text:
            found.append(f"{self.text:,} pieces of text between elements are not read, the first on line {self.line:,}")
        return found


def stream(reading: Reading, *tags: str, known: frozenset[str], notes: list[str]) -> Iterator[Node]:
    """Yield each outermost element with one of the names ``tags``, with its descendants, in order.

    Once the file ends, ``notes`` gets a line on each kind of content that was skipped, such as elements whose names
    are not ``known``; attributes are not checked.

    Raises:
        InputError: The document is cut off, is not well-formed, defines a document type, or one entry
            is larger than any of a real list.
    """
    unread = Unread(known)
    builder = _Builder(frozenset(tags), unread)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = lambda tag, attributes: builder.start(tag, attributes, parser.CurrentLineNumber)
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = lambda text: builder.characters(text, parser.CurrentLineNumber)
    parser.StartDoctypeDeclHandler = builder.refuse
    parser.EntityDeclHandler = builder.refuse
    opener = gzip.open if reading.head.is_gzip else open
    try:
        with opener(reading.path, "rb") as source:
            while piece := source.read(PIECE):
                parser.Parse(bytes(piece), False)
                yield from builder.taken()
            parser.Parse(b"", True)
            yield from builder.taken()
        notes += unread.lines()
    except expat.ExpatError as error:
        raise InputError(
            f"the XML is cut off or damaged: {expat.ErrorString(error.code)}",
            where=f"{reading.name}, line {error.lineno}",
            fix="download the file again; the list that was imported before stays in force",
        ) from error
    except LookupError as error:
        raise InputError(
            f"the XML names an encoding that nobody knows: {str(error)[:80]}",
            where=reading.name,
            fix="download the file again",
        ) from error
    except _RefusedXmlError as error:
        raise InputError(
            str(error), where=reading.name, fix="check where the file is from: no list is like this"
        ) from error


class _RefusedXmlError(Exception):
    """The XML has something that no list has: a document type, deep nesting, or a huge entry."""


class _Builder:
    def __init__(self, tags: frozenset[str], unread: Unread) -> None:
        self._tags = tags
        self._unread = unread
        self._leaf = False  # whether the innermost open element has no element in it so far
        self._pending: tuple[str, int] | None = None  # text of an element that may turn out to hold others
        self._open: list[Node] = []
        self._done: list[Node] = []
        self._size = 0
        self._depth = 0

    def start(self, tag: str, attributes: dict[str, str], line: int) -> None:
        self._depth += 1
        if self._depth > DEPTH_LIMIT:
            raise _RefusedXmlError(f"the XML is nested more than {DEPTH_LIMIT} deep")
        name = tag.rpartition(":")[2]
        if name not in self._unread.known:
            self._unread.unknown[name[:60]] += 1
        self._between()
        self._leaf = True
        if not self._open and name not in self._tags:
            return
        node = Node(name, attributes, line, unread=self._unread)
        if self._open:
            self._open[-1].children.append(node)
        self._count(sum(map(len, attributes.values())) + len(name))
        self._open.append(node)

    def end(self, _: str) -> None:
        self._depth -= 1
        if not self._leaf:
            self._between()
        self._pending = None
        self._leaf = False
        if not self._open:
            return
        node = self._open.pop()
        if not self._open:
            self._done.append(node)
            self._size = 0

    def _between(self) -> None:
        """Count text that stands before an element, or after the last child element of its parent."""
        if self._pending is not None:
            self._unread.text += 1
            self._unread.line = self._unread.line or self._pending[1]
            self._pending = None

    def characters(self, text: str, line: int) -> None:
        if self._pending is None and not text.isspace():
            self._pending = (text[:1], line)
        if self._open:
            self._count(len(text))
            self._open[-1].parts.append(text)

    def refuse(self, *_: object) -> None:
        raise _RefusedXmlError("the XML defines a document type or entities")

    def taken(self) -> list[Node]:
        done, self._done = self._done, []
        return done

    def _count(self, size: int) -> None:
        self._size += size
        if self._size > TEXT_LIMIT:
            raise _RefusedXmlError(f"one entry of the XML is longer than {TEXT_LIMIT:,} characters")
