"""Detect active content in PDF files: scripts, launch actions, embedded files, data outside the document."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from stopgap.evidence.active.text import words
from stopgap.evidence.checks import quoted

_DOES = words(
    "JS JavaScript OpenAction AA Launch EmbeddedFile EmbeddedFiles FileAttachment RichMedia XFA SubmitForm "
    "ResetForm ImportData GoToR GoToE Movie Sound Rendition Hide Named SetOCGState GoTo3DView"
)
_NAME = re.compile(rb"/([^\x00\t\n\f\r ()<>\[\]{}/%]+)")
_STREAM = re.compile(rb"stream\r?\n.*?endstream", re.DOTALL)
_SAFE_ADDRESS = re.compile(r"(?:https?://|mailto:)[^\x00-\x20]+", re.IGNORECASE)
_MOST_OBJECTS = 200_000


def pdf_faults(content: bytes) -> Iterator[str]:
    """Yield what a PDF file would do beyond being displayed, one line each.

    Names outside streams are searched in the raw bytes, with ``#xx`` resolved, even where the cross-reference table
    does not reach them; then every object is walked, including those in compressed streams.
    """
    if not content.startswith(b"%PDF-") or not re.search(rb"%%EOF\s*\Z", content):
        yield "it does not begin and end as a PDF file"
        return
    names = {_resolved(name) for name in _NAME.findall(_STREAM.sub(b" ", content))}
    if "Encrypt" in names:
        yield "it is encrypted, so nobody can look into it"
        return
    found = {f"it has /{name}" for name in names & _DOES}
    try:
        found.update(_walked(content))
    except Exception as error:  # whatever the library stumbles over: nobody can tell what a reader makes of it
        yield f"it cannot be read as a PDF file: {type(error).__name__}"
        return
    yield from sorted(found)


def _resolved(name: bytes) -> str:
    return re.sub(rb"#([0-9A-Fa-f]{2})", lambda code: bytes([int(code[1], 16)]), name).decode("latin-1")


def _walked(content: bytes) -> Iterator[str]:
    """Yield the active content found in all objects of a PDF file."""
    import logging

    from pypdf import PdfReader
    from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject, StreamObject

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what it stumbles over is an answer here
    reader = PdfReader(io.BytesIO(content), strict=False)
    if reader.is_encrypted:
        yield "it is encrypted, so nobody can look into it"
        return
    places = {(number, generation) for generation, numbers in reader.xref.items() for number in numbers}
    places |= {(number, 0) for number in reader.xref_objStm}
    if len(places) > _MOST_OBJECTS:
        yield "it has more objects than can be looked at"
        return
    todo: list[object] = [reader.trailer]
    todo += [IndirectObject(number, generation, reader).get_object() for number, generation in sorted(places) if number]
    while todo:
        each = todo.pop()
        if isinstance(each, StreamObject) and each.get("/Type") == "/ObjStm":
            # what it holds may stand in no table, and a reader that fixes files finds it all the same
            inside = _NAME.findall(each.get_data())
            yield from (f"it has /{name}" for name in map(_resolved, inside) if name in _DOES)
        if isinstance(each, DictionaryObject):
            for key in each:
                value = each.raw_get(key)
                name = str(key).removeprefix("/")
                if name in _DOES:
                    yield f"it has /{name}"
                if name == "URI" and isinstance(value, str | bytes):
                    address = value if isinstance(value, str) else value.decode("latin-1")
                    if not _SAFE_ADDRESS.fullmatch(address):
                        yield f"it links to what is no page: {quoted(address, 60)}"
                todo.append(value)
        elif isinstance(each, ArrayObject):
            todo.extend(list.__iter__(each))
        elif isinstance(each, NameObject) and str(each).removeprefix("/") in _DOES:
            yield f"it has {each}"
