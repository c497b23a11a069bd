"""Read a statement from a claim file, or from a file of drafts with a person's additions, and find its source text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stopgap.base import strict_json
from stopgap.base.errors import InputError, NotFoundError, UsageError
from stopgap.base.paths import no_file
from stopgap.base.person import named_person
from stopgap.claims.claim import Claim, ClaimWords
from stopgap.claims.claim_file import FIELDS, FORMS, claim_from, read_claim, read_document
from stopgap.claims.register.register import Registration, register_claim
from stopgap.claims.register.request import ReadRequest, RegisterRequest
from stopgap.claims.register.text_spans import find_words
from stopgap.sources.texts import SourceText, read_texts

DRAFT_FILES = (".jsonl", ".ndjson", ".json")
"""Suffixes of files of drafts."""
SETTABLE = tuple(name for name in FIELDS if name not in ("id", "said_by", "chain", "links", "source", "draft"))
"""Fields that a person may set on a draft, besides ``name`` and ``office`` of the speaker."""


@dataclass(frozen=True)
class ReadClaim:
    """A claim as read from its file.

    Attributes:
        text: Its source text; ``None`` where that is not available.
        draft: The draft that it was made from; ``None`` where the file is not a draft.
    """

    claim: Claim
    text: SourceText | None
    draft: dict[str, Any] | None


def read_statement(file: Path, request: ReadRequest) -> ReadClaim:
    """Read the claim of a claim file (YAML) or of a draft (JSON), its draft, and its source text where available."""
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
    """Register a claim, or the claim of a file; raises as :func:`read_statement` and :func:`register_claim` do."""
    if isinstance(claim, Claim):
        text = None if request.text is None else source_of(claim.words, Path(), Path(request.text))
        read = ReadClaim(claim, text, None)
    elif isinstance(claim, ReadClaim):
        read = claim
    else:
        read = read_statement(Path(claim), request)
    who = named_person(request.by)
    yes = who if request.yes else None
    return register_claim(
        lake, read.claim, who=who, when=when, text=read.text, draft=read.draft, why=request.why, yes=yes
    )


def source_of(words: ClaimWords | Mapping[str, Any], folder: Path, named: Path | None) -> SourceText | None:
    """Read the source text from `named`, or from the file that the words name in `folder`; ``None`` without either.

    InputError if the file has several texts and not exactly one of them contains the words.
    """
    wanted = words
    if not isinstance(wanted, ClaimWords):
        file = str(wanted["file"]) if wanted.get("file") else None
        wanted = ClaimWords(str(wanted.get("words") or ""), source=file, sha256=wanted.get("sha256"))
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


def read_drafts(path: Path) -> list[dict[str, Any]]:
    """Read the drafts of a file: JSON lines, an array, or one document with ``drafts`` or ``claims`` in it.

    NotFoundError if the file does not exist; InputError if it is not JSON or contains no drafts.
    """
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise no_file(path, "a set of drafts", suffixes=(".json", ".jsonl")) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            "the drafts cannot be read", where=f"{path}: {error}"[:300], fix="save them as UTF-8 JSON lines"
        ) from error
    try:
        found = strict_json.loads(text)
    except strict_json.JsonFault as error:
        raise InputError(f"the drafts cannot be read: {error}", where=path.name, fix="draft the text again") from error
    except ValueError:
        found = [_line(number, line, path) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if isinstance(found, dict):
        found = found.get("drafts", found.get("claims", [found]))
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise InputError(
            "the file holds no drafts", where=path.name, fix="stopgap claims draft FILE --format json makes them"
        )
    return found


def _line(number: int, line: str, path: Path) -> Any:
    try:
        return strict_json.loads(line)
    except ValueError as error:
        raise InputError(
            "the line is not a whole JSON object",
            where=f"{path.name}, line {number}: {str(error)[:150]}",
            fix="draft the text again",
        ) from error


def claim_of_draft(draft: Mapping[str, Any], fills: Mapping[str, str], text: SourceText | None, *, where: str) -> Claim:
    """Convert a draft (docs/reference/claim-files.md) to a claim; ``where`` names the draft in messages.

    ``fills`` are the values set by a person: fields of a claim file, and ``name`` and ``office`` of the speaker. The
    date of the text is used where the draft has none. InputError if a required field is missing or a field is invalid.
    """
    open_fields = [name for name in ("speaker", "actor", "action", "target") if not draft.get(name)]
    lacking = [name for name in open_fields if {"speaker": "name"}.get(name, name) not in fills]
    if lacking:
        raise InputError(
            f"the draft leaves open: {', '.join(lacking)}",
            where=where,
            fix="say what the text means: "
            + " ".join(f"--set {'name' if name == 'speaker' else name}=…" for name in lacking),
        )
    document = _document(draft, text)
    for name, value in fills.items():
        if name in ("name", "office"):
            document["said_by"][name] = value
        elif name in ("period", "threshold"):
            first, _, last = value.partition(":")
            document[name] = {"share_of_loss": value} if name == "threshold" else {"from": first, "to": last}
        elif name in ("goods", "audience"):
            document[name] = [part.strip() for part in value.split(",") if part.strip()]
        elif name == "words":
            document[name] = {**document["words"], "text": value}
        else:
            document[name] = value
    if not document.get("said_on"):
        raise InputError("the draft does not say when it was said", where=where, fix="add --set said_on=YYYY-MM-DD")
    return replace(claim_from(document, where=where), id=None)


def _document(draft: Mapping[str, Any], text: SourceText | None) -> dict[str, Any]:
    meta = text.meta if text else {}
    period, degree, uttered_by = draft.get("period"), draft.get("degree"), draft.get("uttered_by")
    language = draft.get("language") or (text.language if text else None)
    notes = [draft.get("note"), f"Time, as said: {period}." if isinstance(period, str) and period else None]
    document: dict[str, Any] = {
        "title": draft.get("title"),
        "said_by": {"name": draft.get("speaker"), "office": draft.get("office")},
        "uttered_by": uttered_by if uttered_by != draft.get("speaker") else None,
        "said_on": draft.get("said_on") or draft.get("date") or str(meta.get("date", ""))[:10],
        "said_at": draft.get("said_at"),
        "chain": [_chain(each) for each in _several(draft.get("chain"))],
        "audience": [each for each in _several(draft.get("audience")) if isinstance(each, str)],
        "stance": draft.get("stance"),
        "actor": draft.get("actor"),
        "action": draft.get("action"),
        "target": draft.get("target"),
        "goods": [_goods(each) for each in _several(draft.get("goods"))],
        "period": period if isinstance(period, Mapping) else None,
        "degree": ", ".join(map(str, degree)) if isinstance(degree, list) else degree,
        "words": {"text": draft.get("words"), "start": draft.get("start"), "end": draft.get("end")},
        "source": {"file": draft.get("file"), "sha256": draft.get("sha256"), "language": language},
        "note": "\n".join(note for note in notes if note),
    }
    return {name: value for name, value in document.items() if value not in (None, "", [])}


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value in (None, "") else [value]


def _chain(entry: Any) -> Any:
    """Convert one link of the chain of sources; a form that is not in the vocabulary is dropped."""
    if not isinstance(entry, Mapping):
        return str(entry)
    form = entry.get("form")
    return {"source": entry.get("source"), "form": form if form in FORMS else None}


def _goods(entry: Any) -> Any:
    if not isinstance(entry, Mapping):
        return entry
    return {"name": entry.get("group") or entry.get("name") or "unspecified", "phrase": entry.get("phrase")}
