"""Read the texts of a file: plain text, Markdown, HTML, PDF or JSON lines."""

from __future__ import annotations

import re
import stat
from pathlib import Path

from stopgap.base import strict_yaml
from stopgap.base.errors import InputError
from stopgap.base.paths import no_file
from stopgap.sources.texts.decoding import decoded
from stopgap.sources.texts.text import Kind, SourceText, source_text

SIZE_LIMIT = 20 * 1024 * 1024
"""Most bytes of a file that is read; a long transcript has 150 kB."""

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
    """Read the texts of a file: one, or one per record of a JSON-lines file.

    The kind of file is detected from its content; its name decides only where the content is ambiguous.

    Raises:
        NotFoundError: The file does not exist.
        InputError: The file is of an unknown kind, damaged, encrypted, unreadable, or larger than 20 MB.
    """
    content = _content(path)
    if b"%PDF-" in content[:1024]:
        from stopgap.sources.texts.pdf import pdf_text

        return (pdf_text(content, path.name),)
    text, note = decoded(content, path.name)
    notes = (note,) if note else ()
    suffix = path.suffix.lower()
    body = text.removeprefix("\ufeff")
    if body.strip() and (suffix in _JSON_NAMES or _JSON_START.match(body)):
        from stopgap.sources.texts.records import record_texts

        return record_texts(text, path.name, notes)
    meta, start = front_matter(text)
    if start == 0 and _is_html(body, suffix):
        from stopgap.sources.texts.page import page_text

        return (page_text(text, path.name, notes),)
    kind: Kind = "markdown" if start or suffix in _MARKDOWN_NAMES else "plain"
    stated = re.match(r"[a-z]{2}(?![a-z])", (meta.get("language") or meta.get("lang") or "").lower())
    language = stated.group() if stated else None
    body_start = start or len(text) - len(body)
    return (source_text(path.name, text, kind, meta=meta, language=language, body_start=body_start, notes=notes),)


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
        raise no_file(path, "a text") from None
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


_FRONT = re.compile(r"\ufeff?---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S | re.M)
_LINE = re.compile(r"([A-Za-z][\w -]{0,40}):[ \t]+(.+)")
_LIMIT = 65_536


def front_matter(text: str) -> tuple[dict[str, str], int]:
    """Return the fields of the front matter, and the offset of the body; ``({}, 0)`` where there is none.

    Values that are lists are joined by commas; nested ones are omitted.
    """
    found = _FRONT.match(text[:_LIMIT])
    if found is None or not re.search(r"^[A-Za-z][\w -]{0,40}:(?:\s|$)", found.group(1), re.M):
        return {}, 0
    return _fields(found.group(1)), found.end()


def _fields(block: str) -> dict[str, str]:
    try:
        document, _ = strict_yaml.loads(block)
    except strict_yaml.YamlFault as error:
        if error.is_yaml:
            raise InputError(
                f"the front matter cannot be read: {error.what}",
                where=error.at("front matter"),
                fix="keep one of two fields of one name, or take the front matter out",
            ) from error
        document = None
    if not isinstance(document, dict):
        # Not YAML, yet a reader sees what it says.
        document = dict(_LINE.findall(block))
    fields = {str(name).strip().lower(): _text(value) for name, value in document.items()}
    if "url" not in fields and "source_url" in fields:
        fields["url"] = fields["source_url"]
    return {name: value for name, value in fields.items() if value}


def _text(value: object) -> str:
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return ", ".join(" ".join(part.split()) for part in value)
    return ""
