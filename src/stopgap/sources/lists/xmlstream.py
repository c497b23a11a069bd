"""XML of lists, element by element: no document types, no entities, memory bounded by one entry.

A document that defines entities can grow without bounds or read other files, and no list needs one.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from stopgap.errors import InputError
from stopgap.sources.base import Reading

PIECE = 1 << 16
DEPTH_LIMIT = 64
TEXT_LIMIT = 4_000_000
"""Characters of one entry; the longest of a real list has some 100,000."""


@dataclass(slots=True)
class Node:
    """One element, namespaces left out."""

    tag: str
    attributes: dict[str, str]
    line: int = 0
    parts: list[str] = field(default_factory=list)
    children: list[Node] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its own text."""
        return "".join(self.parts).strip()

    def all(self, *path: str) -> Iterator[Node]:
        """Elements at a path below."""
        if not path:
            yield self
            return
        for child in self.children:
            if child.tag == path[0]:
                yield from child.all(*path[1:])

    def get(self, *path: str) -> str:
        """Text of the first element at a path; empty where there is none."""
        return next((node.text for node in self.all(*path)), "")


def stream(reading: Reading, *tags: str) -> Iterator[Node]:
    """Each outermost element of some names, with all below it, in order.

    Raises:
        InputError: The document does not end, is not well-formed, defines a document type, or one entry
            is larger than any of a real list.
    """
    builder = _Builder(frozenset(tags))
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = lambda tag, attributes: builder.start(
        tag, attributes, parser.CurrentLineNumber
    )
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.characters
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
    except expat.ExpatError as error:
        raise InputError(
            f"the XML is cut off or damaged: {expat.ErrorString(error.code)}",
            where=f"{reading.name}, line {error.lineno}",
            mend="download the file again; the list that was loaded before stays in force",
        ) from error
    except _RefusedXmlError as error:
        raise InputError(
            str(error), where=reading.name, mend="check where the file is from: no list is like this"
        ) from error


class _RefusedXmlError(Exception):
    """What a list's XML never has."""


class _Builder:
    def __init__(self, tags: frozenset[str]) -> None:
        self._tags = tags
        self._open: list[Node] = []
        self._done: list[Node] = []
        self._size = 0
        self._depth = 0

    def start(self, tag: str, attributes: dict[str, str], line: int) -> None:
        self._depth += 1
        if self._depth > DEPTH_LIMIT:
            raise _RefusedXmlError(f"the XML is nested more than {DEPTH_LIMIT} deep")
        name = tag.rpartition(":")[2]
        if not self._open and name not in self._tags:
            return
        node = Node(name, attributes, line)
        if self._open:
            self._open[-1].children.append(node)
        self._count(sum(map(len, attributes.values())) + len(name))
        self._open.append(node)

    def end(self, _: str) -> None:
        self._depth -= 1
        if not self._open:
            return
        node = self._open.pop()
        if not self._open:
            self._done.append(node)
            self._size = 0

    def characters(self, text: str) -> None:
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
