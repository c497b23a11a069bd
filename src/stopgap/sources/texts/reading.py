"""Reads a file of any known kind into the texts it holds."""

from __future__ import annotations

import re
import stat
from pathlib import Path

from stopgap.base.errors import InputError, NotFoundError
from stopgap.sources.texts.decoding import decoded
from stopgap.sources.texts.markdown import front_matter
from stopgap.sources.texts.text import SourceText, source_text

SIZE_LIMIT = 20 * 1024 * 1024
"""Bytes of the largest file that is read: a long transcript has 150 kB."""

_MARKDOWN_NAMES = (".md", ".markdown", ".mdown")
_JSON_NAMES = (".jsonl", ".ndjson", ".json")
_HTML_NAMES = (".html", ".htm", ".xhtml", ".shtml")
_HTML_START = re.compile(r"\s*(?:<\?xml\b|<!--|<!doctype\s+html\b|<html\b|<head\b|<body\b)", re.I)
_HTML_HEAD = re.compile(r"<(?:!doctype\s+html|html|head|body)\b[^<>]*>", re.I)
_JSON_START = re.compile(r'\s*(?:\{\s*["}]|\[\s*\{)')
_ARCHIVES = {
    b"PK\x03\x04": "a ZIP archive (a Word or other office document, or an e-book, is one too)",
    b"\x1f\x8b": "compressed with gzip",
    b"BZh": "compressed with bzip2",
    b"\xfd7zXZ\x00": "compressed with xz",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"{\\rtf": "rich text (RTF)",
    b"\xd0\xcf\x11\xe0": "an office document of the old kind",
}


def read_texts(path: Path) -> tuple[SourceText, ...]:
    """The texts of a file: one, or one per record of a file of JSON lines.

    What the file is, its content decides; its name only where the content leaves it open.

    Raises:
        NotFoundError: There is no such file.
        InputError: The file is none of the known kinds, damaged, locked, or larger than 20 MB.
    """
    content = _content(path)
    if b"%PDF-" in content[:1024]:
        from stopgap.sources.texts.pdf import pdf_text

        return (pdf_text(content, path.name),)
    text, note = decoded(content, path.name)
    notes = (note,) if note else ()
    suffix = path.suffix.lower()
    body = text.removeprefix("\ufeff")
    if _is_json(body, suffix):
        from stopgap.sources.texts.records import record_texts

        return record_texts(text, path.name, notes)
    meta, start = front_matter(text)
    if start == 0 and _is_html(body, suffix):
        from stopgap.sources.texts.page import page_text

        return (page_text(text, path.name, notes),)
    kind = "markdown" if start or suffix in _MARKDOWN_NAMES else "plain"
    return (
        source_text(
            path.name,
            text,
            "markdown" if kind == "markdown" else "plain",
            meta=meta,
            language=_stated(meta),
            body_start=start or len(text) - len(body),
            notes=notes,
        ),
    )


def _stated(meta: dict[str, str]) -> str | None:
    found = re.match(r"[a-z]{2}(?![a-z])", (meta.get("language") or meta.get("lang") or "").lower())
    return found.group() if found else None


def _is_json(text: str, suffix: str) -> bool:
    return bool(text.strip()) and (suffix in _JSON_NAMES or _JSON_START.match(text) is not None)


def _is_html(text: str, suffix: str) -> bool:
    if suffix in _MARKDOWN_NAMES:
        return _HTML_START.match(text) is not None and _HTML_HEAD.search(text[:4096]) is not None
    return suffix in _HTML_NAMES or _HTML_START.match(text) is not None or _HTML_HEAD.search(text[:1024]) is not None


def _content(path: Path) -> bytes:
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            raise InputError("this is not a file", where=str(path), fix="name the files one by one")
        if about.st_size > SIZE_LIMIT:
            raise InputError(
                f"the file has {about.st_size / 1024**2:,.0f} MB; the most that is read is 20 MB",
                where=path.name,
                fix="cut the text out of it, or split it by statement",
            )
        content = path.read_bytes()
    except FileNotFoundError:
        raise NotFoundError(f"there is no file {path.name!r}", where=str(path), fix="check the path") from None
    except OSError as error:
        raise InputError(
            f"the file cannot be read: {error.strerror or error}",
            where=str(path),
            fix="check the path and that you may read it",
        ) from error
    for start, what in _ARCHIVES.items():
        if content.startswith(start):
            raise InputError(
                f"the file is {what}",
                where=path.name,
                fix="unpack it, or save the document as text, HTML or PDF, and give that",
            )
    return content
