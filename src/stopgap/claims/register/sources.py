"""Resolve the source text of a claim: given by a person, or beside its file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stopgap.base.errors import InputError, NotFoundError, UsageError
from stopgap.base.person import user_name
from stopgap.claims.claim import Claim, ClaimWords
from stopgap.claims.claim_file import read_claim, read_document
from stopgap.claims.register.draft_record import SETTABLE, claim_of_draft, read_drafts
from stopgap.claims.register.register import Registration, register_claim
from stopgap.claims.register.request import ReadRequest, RegisterRequest
from stopgap.claims.register.text_spans import find_words
from stopgap.sources.texts import SourceText, read_texts

DRAFT_FILES = (".jsonl", ".ndjson", ".json")
"""Endings of files of drafts."""


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


def read_statement(file: Path, request: ReadRequest) -> ReadClaim:
    """The claim of a file, the draft that it comes from, and its source text where that is at hand.

    Args:
        file: Claim file (YAML), or drafts (JSON).
        request: Which draft, what is filled in, and its text.

    Raises:
        UsageError: Of several drafts none is named, or what is filled in is no field.
        NotFoundError: A file, or a draft, is not there.
        InputError: A file does not hold together, or a draft leaves a field open.
    """
    named = None if request.text is None else Path(request.text)
    if file.suffix.lower() in DRAFT_FILES:
        record = _chosen(read_drafts(file), request.draft, file)
        where = f"{file.name}, draft {request.draft or 1}"
        source = source_of(record, file.parent, named)
        return ReadClaim(claim_of_draft(record, _fills(request.fills), source, where=where), source, record)
    if request.draft is not None or request.fills:
        raise UsageError(
            "a claim file holds one claim", where="--draft, --set", fix="leave them out, and fix the file itself"
        )
    claim = read_claim(file)
    is_draft = str(read_document(file).get("draft", "")).lower() == "true"
    return ReadClaim(claim, source_of(claim.words, file.parent, named), {"file": file.name} if is_draft else None)


def _chosen(drafts: list[dict[str, Any]], number: int | None, file: Path) -> dict[str, Any]:
    if number is None and len(drafts) != 1:
        raise UsageError(
            f"the file holds {len(drafts)} drafts", where=file.name, fix=f"name one: --draft 1 … {len(drafts)}"
        )
    if not 1 <= (number or 1) <= len(drafts):
        raise NotFoundError(
            f"there is no draft {number}", where=file.name, fix=f"the file holds drafts 1 to {len(drafts)}"
        )
    return drafts[(number or 1) - 1]


def _fills(given: Sequence[str]) -> dict[str, str]:
    known = ("name", "office", *SETTABLE)
    found = {}
    for each in given:
        field, sign, value = each.partition("=")
        if not sign or field not in known:
            raise UsageError(
                f"{each!r} does not set a field", where="--set", fix=f"write FIELD=VALUE; fields: {', '.join(known)}"
            )
        found[field] = value
    return found


def register_any(
    lake: Path, claim: Claim | ReadClaim | str | Path, request: RegisterRequest, *, when: str
) -> Registration:
    """Register a claim, or that of a file; see :func:`stopgap.claims.register.register.register_claim`.

    Raises:
        UsageError: Of several drafts none is named, or what is filled in is no field.
        NotFoundError: A file is not there.
        InputError: A file does not hold together.
    """
    if isinstance(claim, Claim):
        text = None if request.text is None else source_of(claim.words, Path(), Path(request.text))
        read = ReadClaim(claim, text, None)
    elif isinstance(claim, ReadClaim):
        read = claim
    else:
        read = read_statement(Path(claim), request)
    who = request.by or user_name()
    return register_claim(
        lake,
        read.claim,
        who=who,
        when=when,
        text=read.text,
        draft=read.draft,
        why=request.why,
        yes=who if request.yes else None,
    )


def source_of(words: ClaimWords | Mapping[str, Any], folder: Path, named: Path | None) -> SourceText | None:
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


def _draft_words(draft: Mapping[str, Any]) -> ClaimWords:
    return ClaimWords(
        text=str(draft.get("words") or ""),
        source=str(draft["file"]) if draft.get("file") else None,
        sha256=draft.get("sha256"),
    )
