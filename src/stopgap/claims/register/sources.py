"""A claim with its source text: named by a person, or lying beside its file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stopgap.base.errors import InputError
from stopgap.claims.claim import Claim, Words
from stopgap.claims.claim_file import read_claim, read_document
from stopgap.claims.register.register import Registration, register_claim
from stopgap.claims.register.text_spans import find_words
from stopgap.sources.texts import SourceText, read_texts


@dataclass(frozen=True)
class ReadClaim:
    """A claim as read from its file.

    Attributes:
        claim: The claim.
        text: Its source text; ``None`` where that is not at hand.
        draft: What it was drafted from, where its file says that it is a draft.
    """

    claim: Claim
    text: SourceText | None
    draft: dict[str, Any] | None


def read_with_source(file: Path, named: Path | None) -> ReadClaim:
    """A claim file with the text that its words stand in.

    Raises:
        NotFoundError: A file is not there.
        InputError: A file does not hold together.
    """
    claim = read_claim(file)
    is_draft = str(read_document(file).get("draft", "")).lower() == "true"
    text = source_of(claim.words, file.parent, named)
    return ReadClaim(claim, text, {"file": file.name} if is_draft else None)


def register_any(
    lake: Path,
    claim: Claim | str | Path,
    *,
    who: str,
    when: str,
    text: SourceText | str | Path | None = None,
    draft: dict[str, Any] | None = None,
    why: str | None = None,
    yes: str | None = None,
) -> Registration:
    """Register a claim, or that of a claim file; see :func:`stopgap.claims.register.register.register_claim`.

    Raises:
        NotFoundError: A file is not there.
        InputError: A file does not hold together.
    """
    named = Path(text) if isinstance(text, str | Path) else None
    if isinstance(claim, Claim):
        given = (
            text if isinstance(text, SourceText) else source_of(claim.words, Path(), named) if named else None
        )
        read = ReadClaim(claim, given, draft)
    else:
        found = read_with_source(Path(claim), named)
        read = ReadClaim(
            found.claim, text if isinstance(text, SourceText) else found.text, draft or found.draft
        )
    return register_claim(
        lake, read.claim, who=who, when=when, text=read.text, draft=read.draft, why=why, yes=yes
    )


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
            fix="say which with source: {sha256: …} in the claim; stopgap claims texts import FILE shows them",
        )
    return fitting[0]


def _draft_words(draft: Mapping[str, Any]) -> Words:
    return Words(
        text=str(draft.get("words") or ""),
        source=str(draft["file"]) if draft.get("file") else None,
        sha256=draft.get("sha256"),
    )
