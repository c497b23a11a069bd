"""Source texts of the register, each stored once by its hash, beside the log."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from stopgap.base.atomic_files import write_whole
from stopgap.base.errors import InputError, NotFoundError
from stopgap.base.event_log import Event, JsonLog
from stopgap.claims.register.events import EVENT_FIELDS, Register, StoredText, register_of
from stopgap.sources.texts import SourceText, read_texts
from stopgap.sources.texts.text import Kind

LOG = JsonLog(folder="claims", title="register of statements", fields=EVENT_FIELDS)


@dataclass(frozen=True)
class ImportedText:
    """A stored text, and whether it is new in the register."""

    text: StoredText
    is_new: bool

    def as_dict(self) -> dict[str, Any]:
        return {**self.text.as_dict(), "already_stored": not self.is_new}


def read_register(lake: Path) -> Register:
    """Read all claims and texts of a lake; InputError if the log is damaged."""
    return register_of(LOG.read(lake))


def import_texts(lake: Path, files: Sequence[Path], *, who: str, when: str) -> list[ImportedText]:
    """Store the texts of files, after all files have been read; a text that is already stored is left unchanged."""
    texts = [text for file in files for text in read_texts(file)]
    with LOG.writing(lake) as log:
        known = register_of(log.events()).texts
        # Of files with the same text the first gives it its name.
        fresh = {text.sha256: text for text in reversed(texts) if text.sha256 not in known}
        log.append([store_text(lake, text, who=who, when=when) for text in reversed(fresh.values())])
        stored = register_of(log.events()).texts
    seen: set[str] = set()
    found = []
    for text in texts:
        found.append(ImportedText(stored[text.sha256], text.sha256 in fresh and text.sha256 not in seen))
        seen.add(text.sha256)
    return found


def store_text(lake: Path, text: SourceText, *, who: str, when: str) -> Event:
    """Write a text to disk; return the event that registers it. The caller must hold the log's lock."""
    path = text_path(lake, text.sha256)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.text)
    except OSError as error:
        raise LOG.unwritable(path, error) from error
    return {
        "event": "text",
        "id": text.sha256,
        "name": text.name,
        "kind": text.kind,
        "meta": text.meta,
        "language": text.language,
        "body_start": text.body_start,
        "record": text.record,
        "notes": list(text.notes),
        "characters": len(text.text),
        "who": who,
        "when": when,
    }


def text_path(lake: Path, sha256: str) -> Path:
    return lake / LOG.folder / "texts" / f"{sha256}.txt"


def stored_text(lake: Path, about: StoredText) -> SourceText:
    """Read a stored text; InputError if its file is missing or was changed."""
    path = text_path(lake, about.sha256)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _damaged(path, about, f"it cannot be read: {error.strerror or error}") from error
    if hashlib.sha256(content).hexdigest() != about.sha256:
        raise _damaged(path, about, "it is not what was stored")
    return SourceText(
        name=about.name,
        text=content.decode("utf-8"),
        kind=cast(Kind, about.kind),
        meta=about.meta,
        sha256=about.sha256,
        language=about.language,
        body_start=about.body_start,
        record=about.record,
        notes=about.notes,
    )


def _damaged(path: Path, about: StoredText, what: str) -> InputError:
    return InputError(
        f"the stored text of {about.name} is damaged: {what}",
        where=str(path),
        fix="import the same file again into another lake and copy the text from there, or restore a copy of the lake",
    )


def list_texts(lake: Path) -> list[StoredText]:
    """Texts of the register, oldest first."""
    return list(read_register(lake).texts.values())


def find_text(register: Register, wanted: str) -> StoredText:
    """Find a text by hash, hash prefix (at least 8 digits) or file name; NotFoundError if none or several match."""
    found = [
        text
        for text in register.texts.values()
        if wanted in (text.sha256, text.name) or (len(wanted) >= 8 and text.sha256.startswith(wanted))
    ]
    if len(found) == 1:
        return found[0]
    raise NotFoundError(
        f"{len(found)} texts of the register are called {wanted!r}" if found else f"no text {wanted!r}",
        where="the register's texts",
        fix="stopgap claims texts list shows them; name one by its hash",
    )
