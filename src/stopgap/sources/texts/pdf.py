"""Read the text layer of a PDF."""

from __future__ import annotations

import contextlib
import io
import logging
import struct
import zlib
from collections.abc import Iterator
from typing import Any

from stopgap.base.errors import InputError
from stopgap.sources.texts.decoding import whole_characters
from stopgap.sources.texts.text import SourceText, source_text

_FAULTS = (
    ArithmeticError, AssertionError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError, struct.error,
    zlib.error,
)  # fmt: skip
"""Exceptions that pypdf may raise on a damaged PDF."""
PAGE_BREAK = "\n\f\n"
_META = {"/Title": "title", "/Author": "author", "/Subject": "subject", "/CreationDate": "date", "/Lang": "language"}


def pdf_text(content: bytes, name: str) -> SourceText:
    """Return the text of a PDF, pages joined by form feeds; InputError where it is damaged or needs a password."""
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, FileNotDecryptedError, PyPdfError

    try:
        with _quiet():
            reader = PdfReader(io.BytesIO(content), strict=False)
            if reader.is_encrypted and not reader.decrypt(""):
                raise _locked(name)
            pages = [page.extract_text() for page in reader.pages]
            meta = _meta(reader)
    except (FileNotDecryptedError, DependencyError) as error:
        raise _locked(name) from error
    except (PyPdfError, *_FAULTS) as error:
        raise InputError(
            "the PDF is damaged or cut off",
            where=f"{name}: {str(error)[:150] or type(error).__name__}",
            fix="download the file again, or print it to a new PDF",
        ) from error
    text = whole_characters(PAGE_BREAK.join(page.replace("\r\n", "\n").replace("\r", "\n") for page in pages))
    empty = sum(not page.strip() for page in pages)
    notes = (f"{empty} of {len(pages)} pages have no text layer (pictures of text are not read)",) if empty else ()
    return source_text(name, text, "pdf", meta=meta, language=meta.pop("language", None), notes=notes)


def _locked(name: str) -> InputError:
    return InputError("the PDF is encrypted", where=name, fix="open it with its password and print it to a new PDF")


def _meta(reader: Any) -> dict[str, str]:
    found = {
        _META[key]: " ".join(whole_characters(str(value)).split())
        for key, value in (reader.metadata or {}).items()
        if key in _META and str(value).strip()
    }
    made = found.get("date", "")
    if made.startswith("D:") and made[2:10].isdigit():
        # When the file was made, which may be later than what it says.
        found["date"] = f"{made[2:6]}-{made[6:8]}-{made[8:10]}"
    if "language" in found:
        found["language"] = found["language"].lower()[:2]
    return found


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Silence pypdf's log, which reports minor faults."""
    log = logging.getLogger("pypdf")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(level)
