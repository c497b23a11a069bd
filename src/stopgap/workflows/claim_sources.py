"""The source text of a claim or of a draft: named by a person, or lying beside its file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stopgap.claims.claim import Words
from stopgap.claims.placing import find_words
from stopgap.errors import InputError
from stopgap.sources.texts import SourceText, read_texts


def source_of(words: Words | Mapping[str, Any], folder: Path, named: Path | None) -> SourceText | None:
    """The text that words stand in; ``None`` where no file is named and none of the name lies in the folder.

    Args:
        words: Of a claim, or a draft.
        folder: Where the claim's file lies.
        named: File that a person named.

    Raises:
        NotFoundError: The file named is not there.
        InputError: It cannot be read, or holds several texts of which none, or more than one, has the words.
    """
    wanted = _draft_words(words) if isinstance(words, Mapping) else words
    path = named or (folder / wanted.source if wanted.source else None)
    if path is None or (named is None and not path.is_file()):
        return None
    texts = read_texts(path)
    if len(texts) == 1:
        return texts[0]
    fitting = [text for text in texts if wanted.sha256 == text.sha256] or [
        text for text in texts if wanted.sha256 is None and find_words(wanted.text, text.text)
    ]
    if len(fitting) != 1:
        raise InputError(
            f"{len(fitting)} of the {len(texts)} records of the file have the words",
            where=path.name,
            mend="say which with source: {sha256: …} in the claim; stopgap claims texts import FILE shows them",
        )
    return fitting[0]


def _draft_words(draft: Mapping[str, Any]) -> Words:
    return Words(
        text=str(draft.get("words") or ""),
        source=str(draft["file"]) if draft.get("file") else None,
        sha256=draft.get("sha256"),
    )
