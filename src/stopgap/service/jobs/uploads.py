"""Receive uploaded files: streamed to the disk, under names that are text and never paths.

How many bytes a form may have is said before anything reads it (:mod:`stopgap.service.security.limits`).
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from stopgap.base.atomic_files import sync_folder
from stopgap.base.errors import InputError, UsageError

FIELD = "files"
"""Field of the form that holds a file; it may be given several times."""

MOST_FILES = 1_000
MOST_FIELDS = 100
MOST_FIELD_BYTES = 20_000
NAME_BYTES = 150
"""Longest name of a file; the ending of a longer one is kept."""

CHUNK = 1 << 18


@dataclass(frozen=True)
class UploadedFile:
    """A file that was uploaded, on the disk.

    Attributes:
        name: Its name, as a name of a file.
        bytes: Size.
        sha256: Hash of its bytes, 64 hex digits.
    """

    name: str
    bytes: int
    sha256: str

    def as_dict(self) -> dict[str, Any]:
        """Return the file as the request of a job keeps it."""
        return {"name": self.name, "bytes": self.bytes, "sha256": self.sha256}


@dataclass(frozen=True)
class UploadedForm:
    """What a form held.

    Attributes:
        fields: Values by name, in their order.
        files: Files in their order.
    """

    fields: dict[str, list[str]]
    files: tuple[UploadedFile, ...]


async def receive(request: Request, folder: Path) -> UploadedForm:
    """Write the files of a form below a folder, each in a numbered folder of its own, and return what it held.

    Args:
        request: The request; its body is read once.
        folder: Folder that is made for them.

    Raises:
        InputError: The form is not whole, or is none.
        UsageError: It holds no file, a file under another name than ``files``, or too many of them.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise UsageError(
            "files are uploaded as multipart/form-data", where="Content-Type", fix=f"send a form with a field {FIELD}"
        )
    receiver = await run_in_threadpool(_Receiver, folder, boundary)
    try:
        async for part in _in_chunks(request):
            await run_in_threadpool(receiver.write, part)
        return await run_in_threadpool(receiver.finished)
    except (FormParserError, ClientDisconnect) as error:
        raise InputError(
            "the upload is not a whole form",
            where=f"body of the request: {str(error)[:200] or 'the connection ended'}",
            fix="send it again",
        ) from error
    finally:
        receiver.close()


async def _in_chunks(request: Request) -> AsyncIterator[bytes]:
    """Yield the body in pieces that are worth a turn of a thread."""
    held = bytearray()
    async for part in request.stream():
        held += part
        if len(held) >= CHUNK:
            yield bytes(held)
            held.clear()
    if held:
        yield bytes(held)


@dataclass
class _Part:
    """A part of the form that is being read."""

    header: bytearray = field(default_factory=bytearray)
    value: bytearray = field(default_factory=bytearray)
    disposition: bytes = b""
    name: str = ""
    file: BinaryIO | None = None
    text: bytearray = field(default_factory=bytearray)
    filename: str = ""
    bytes: int = 0
    hash: Any = field(default_factory=hashlib.sha256)


class _Receiver:
    """Writes the parts of a form down while it is parsed."""

    def __init__(self, folder: Path, boundary: bytes) -> None:
        self.folder = folder
        self.fields: dict[str, list[str]] = {}
        self.files: list[UploadedFile] = []
        self.is_whole = False
        self._part = _Part()
        folder.mkdir(parents=True)
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begun,
                "on_header_field": self._header_field,
                "on_header_value": self._header_value,
                "on_header_end": self._header_end,
                "on_headers_finished": self._headers_finished,
                "on_part_data": self._data,
                "on_part_end": self._part_ended,
                "on_end": self._ended,
            },
        )

    def write(self, part: bytes) -> None:
        """Parse a further piece of the body."""
        self._parser.write(part)

    def finished(self) -> UploadedForm:
        """Return what the form held, once it is on the disk."""
        self._parser.finalize()
        if not self.is_whole:
            raise FormParserError("it ends before its last boundary")
        if not self.files:
            raise UsageError("the form holds no file", where="body of the request", fix=f"send a field {FIELD}")
        sync_folder(self.folder)
        sync_folder(self.folder.parent)
        sync_folder(self.folder.parent.parent)
        return UploadedForm(self.fields, tuple(self.files))

    def close(self) -> None:
        """Close a file that is not whole."""
        if self._part.file is not None:
            self._part.file.close()
            self._part.file = None

    def _begun(self) -> None:
        self._part = _Part()

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._part.header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._part.value += data[start:end]

    def _header_end(self) -> None:
        if self._part.header.lower() == b"content-disposition":
            self._part.disposition = bytes(self._part.value)
        self._part.header.clear()
        self._part.value.clear()

    def _headers_finished(self) -> None:
        part = self._part
        _, options = parse_options_header(part.disposition)
        part.name = options.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" not in options:
            if len(self.fields) >= MOST_FIELDS:
                raise UsageError("the form has too many fields", where="body of the request", fix="leave some out")
            return
        if part.name != FIELD:
            raise UsageError(
                f"a file stands in the field {part.name[:40]!r}", where="body of the request", fix=f"call it {FIELD}"
            )
        if len(self.files) >= MOST_FILES:
            raise UsageError(
                f"the form has more than {MOST_FILES:,} files",
                where="body of the request",
                fix="pack them into one ZIP",
            )
        part.filename = safe_name(options[b"filename"].decode("utf-8", "replace"))
        own = self.folder / f"{len(self.files):04d}"
        own.mkdir()
        part.file = (own / part.filename).open("xb")

    def _data(self, data: bytes, start: int, end: int) -> None:
        part, piece = self._part, data[start:end]
        if part.file is not None:
            part.file.write(piece)
            part.hash.update(piece)
            part.bytes += len(piece)
            return
        part.text += piece
        if len(part.text) > MOST_FIELD_BYTES:
            raise UsageError(
                f"the field {part.name[:40]!r} has more than {MOST_FIELD_BYTES:,} bytes",
                where="body of the request",
                fix="shorten it",
            )

    def _part_ended(self) -> None:
        part = self._part
        if part.file is None:
            self.fields.setdefault(part.name, []).append(part.text.decode("utf-8", "replace"))
            return
        part.file.flush()
        os.fsync(part.file.fileno())
        part.file.close()
        part.file = None
        sync_folder(self.folder / f"{len(self.files):04d}")
        self.files.append(UploadedFile(part.filename, part.bytes, part.hash.hexdigest()))

    def _ended(self) -> None:
        self.is_whole = True


def safe_name(text: str) -> str:
    """Return the name of a file for a text: no path, no sign that is not seen, at most ``NAME_BYTES`` bytes."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", text))[-1].strip()
    seen = "".join("_" if unicodedata.category(sign)[0] in "CZ" and sign != " " else sign for sign in last)
    seen = re.sub(r'^[.\-~]+|[<>:"|?*]', "_", seen)
    stem, ending = os.path.splitext(seen)
    if stem.endswith((".csv", ".tsv", ".txt", ".json", ".xml")):
        stem, inner = os.path.splitext(stem)
        ending = inner + ending
    ending = ending[:20]
    room = NAME_BYTES - len(ending.encode())
    return (stem.encode()[:room].decode("utf-8", "ignore") + ending) or "file"
