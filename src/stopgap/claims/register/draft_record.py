"""Convert a draft (one record of ``claims draft``) to a claim, with what a person fills in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from stopgap.base import strict_json
from stopgap.base.errors import InputError, NotFoundError
from stopgap.claims.claim import Claim
from stopgap.claims.claim_file import FIELDS, FORMS, claim_from
from stopgap.sources.texts.text import SourceText

SETTABLE = tuple(name for name in FIELDS if name not in ("id", "said_by", "chain", "links", "source", "draft"))
"""Fields that a person may set on a draft, with ``name`` and ``office`` of the speaker."""


def read_drafts(path: Path) -> list[dict[str, Any]]:
    """Drafts of a file: JSON lines, an array, or one document with ``drafts`` or ``claims`` in it.

    Raises:
        NotFoundError: There is no such file.
        InputError: It is no JSON, or holds no drafts.
    """
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise NotFoundError(f"there is no file {path.name!r}", where=str(path), fix="check the path") from None
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
    """The claim that a draft proposes.

    Args:
        draft: Fields of a draft (docs/reference/claim-files.md).
        fills: What a person sets: fields of a claim file, and ``name`` and ``office`` of the speaker.
        text: The text it was drafted from: its date stands in where the draft has none.
        where: What the draft is called in messages.

    Raises:
        InputError: A field is left open by the draft and not filled, or does not hold.
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
            document[name] = _filled_group(name, value)
        elif name in ("goods", "audience"):
            document[name] = [part.strip() for part in value.split(",") if part.strip()]
        elif name == "words":
            document[name] = {**document["words"], "text": value}
        else:
            document[name] = value
    if not document.get("said_on"):
        raise InputError("the draft does not say when it was said", where=where, fix="add --set said_on=YYYY-MM-DD")
    claim = claim_from(document, where=where)
    return replace(claim, id=None)


def _filled_group(name: str, value: str) -> dict[str, str]:
    if name == "threshold":
        return {"share_of_loss": value}
    first, _, last = value.partition(":")
    return {"from": first, "to": last}


def _document(draft: Mapping[str, Any], text: SourceText | None) -> dict[str, Any]:
    meta = text.meta if text else {}
    period = draft.get("period")
    notes = [draft.get("note"), f"Time, as said: {period}." if isinstance(period, str) and period else None]
    document: dict[str, Any] = {
        "title": draft.get("title"),
        "said_by": {"name": draft.get("speaker"), "office": draft.get("office")},
        "uttered_by": _other(draft.get("uttered_by"), draft.get("speaker")),
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
        "degree": _joined(draft.get("degree")),
        "words": {"text": draft.get("words"), "start": draft.get("start"), "end": draft.get("end")},
        "source": {"file": draft.get("file"), "sha256": draft.get("sha256"), "language": _language(draft, text)},
        "note": "\n".join(note for note in notes if note),
    }
    return {name: value for name, value in document.items() if value not in (None, "", [])}


def _language(draft: Mapping[str, Any], text: SourceText | None) -> Any:
    return draft.get("language") or (text.language if text else None)


def _other(value: Any, speaker: Any) -> Any:
    return None if value == speaker else value


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value in (None, "") else [value]


def _joined(value: Any) -> Any:
    return ", ".join(map(str, value)) if isinstance(value, list) else value


def _chain(entry: Any) -> Any:
    """A link; a form that is not of the vocabulary becomes part of its description."""
    if not isinstance(entry, Mapping):
        return str(entry)
    form = entry.get("form")
    return {"source": entry.get("source"), "form": form if form in FORMS else None}


def _goods(entry: Any) -> Any:
    if not isinstance(entry, Mapping):
        return entry
    return {"name": entry.get("group") or entry.get("name") or "unspecified", "phrase": entry.get("phrase")}
