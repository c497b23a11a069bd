"""Drafts from the user's own language model: a program that reads a request and answers with records.

Off unless the user names the program. Its answers are checked against the text: a record whose words do not occur
there, or whose codes are unknown, is rejected and reported.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from stopgap.base.errors import InputError
from stopgap.claims.claim import Action, GoodsGroup, Stance
from stopgap.claims.drafting.draft import Draft, DraftGoods, Evidence

FORMAT = 1
_Kind = TypeVar("_Kind", bound=StrEnum)
_ACTOR = re.compile(r"(?:companies:)?(?:[A-Z]{3}|EU|THIRD|ANY)")
_TARGET = re.compile(r"[A-Z]{3}|EU")
_TEXT_FIELDS = ("speaker", "uttered_by", "office", "period", "degree")
LONGEST = 1500
"""Maximum length of a draft's words, in characters."""


@dataclass(frozen=True)
class ModelReply:
    """Records of a language model that match the text, and one sentence for each that was rejected."""

    drafts: tuple[Draft, ...]
    refused: tuple[str, ...]


def request_for(text: str, file: str, meta: Mapping[str, str], drafts: list[Draft]) -> dict[str, Any]:
    """Build the JSON request for the program's standard input, including the reader's drafts to build on."""
    return {
        "format": FORMAT,
        "task": "Propose the claims in the text about trade, supply or assistance between economies or their firms where"
        " sanctions, export controls, the arms industry, dual-use goods, components or energy purchases are the"
        " matter, or about consequences announced for it. Quote the words exactly as they stand.",
        "fields": {
            "words": "exact words of the claim, one sentence or part of it",
            "stance": [each.value for each in Stance],
            "speaker": "who is said to have made it, as named",
            "uttered_by": "whose words they are in the text",
            "office": "as the text gives it, or null",
            "chain": "sources, nearest first",
            "audience": "list, or null",
            "actor": "ISO3, EU, companies:XXX, companies:THIRD, companies:ANY, THIRD, ANY, or null",
            "action": [each.value for each in Action if each is not Action.TELL],
            "target": "ISO3, or null",
            "goods": {"phrase": "as in the text", "group": [each.value for each in GoodsGroup]},
            "period": "words of time, or null",
            "degree": "words of scale, or null",
            "confidence": "0 to 1",
        },
        "answer": "JSON lines on standard output, one record a line",
        "file": file,
        "meta": dict(meta),
        "text": text,
        "drafts": [draft.as_dict() for draft in drafts],
    }


def read_reply(reply: str, text: str, file: str) -> ModelReply:
    """Parse drafts from a reply (JSON lines or a JSON array), each checked against the text; InputError if not JSON."""
    drafts: list[Draft] = []
    refused: list[str] = []
    for number, record in enumerate(_records(reply, file), start=1):
        try:
            drafts.append(_draft(record, text, file))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            refused.append(f"record {number} of the language model is left out: {str(error)[:200]}")
    return ModelReply(tuple(drafts), tuple(refused))


def _records(reply: str, file: str) -> list[Any]:
    stripped = reply.strip()
    if not stripped:
        return []
    try:
        if stripped.startswith("["):
            found = json.loads(stripped)
            return found if isinstance(found, list) else [found]
        return [json.loads(line) for line in stripped.splitlines() if line.strip()]
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError(
            "the language model's answer is no JSON",
            where=f"{file}: {str(error)[:120]}",
            fix="let the program write one JSON record a line, and nothing else, on its standard output",
        ) from error


def _draft(record: dict[str, Any], text: str, file: str) -> Draft:
    start, end = _place(str(record["words"]), text, record.get("start"))
    actor, target = record.get("actor"), record.get("target")
    if actor is not None and not _ACTOR.fullmatch(str(actor)):
        raise ValueError(f"actor {str(actor)[:40]!r} is no code")
    if target is not None and not _TARGET.fullmatch(str(target)):
        raise ValueError(f"target {str(target)[:40]!r} is no code")
    goods = []
    for item in record.get("goods") or []:
        phrase = item.get("phrase")
        goods.append(DraftGoods(None if phrase is None else str(phrase)[:200], _one_of(GoodsGroup, item["group"])))
    given = {name: None if record.get(name) is None else str(record[name])[:300] for name in _TEXT_FIELDS}
    sure = float(record.get("confidence", 0.5))
    if not 0 <= sure <= 1:
        raise ValueError(f"confidence {sure} is not between 0 and 1")
    words = " ".join(text[start:end].split())
    return Draft(
        file=file,
        start=start,
        end=end,
        words=words,
        stance=_one_of(Stance, record["stance"]),
        **given,
        chain=tuple(str(each)[:200] for each in record.get("chain") or []),
        audience=tuple(str(each)[:200] for each in record.get("audience") or []),
        actor=actor,
        action=_one_of(Action, record["action"]),
        target=target,
        goods=tuple(goods),
        confidence=sure,
        evidence={
            name: Evidence(words, start, end, sure, "language model")
            for name in ("stance", "speaker", "actor", "action", "target")
        },
    )


def _place(words: str, text: str, near: object) -> tuple[int, int]:
    pieces = words.split()
    if not pieces:
        raise ValueError("it has no words")
    if len(words) > LONGEST:
        raise ValueError(f"its words are longer than {LONGEST} characters")
    places = [found.span() for found in re.finditer(r"\s+".join(map(re.escape, pieces)), text)]
    if not places:
        raise ValueError(f"its words do not stand in the text: {words[:60]!r}")
    at = near if isinstance(near, int) else 0
    return min(places, key=lambda place: abs(place[0] - at))


def _one_of(kind: type[_Kind], value: object) -> _Kind:
    try:
        return kind(str(value))
    except ValueError as error:
        raise ValueError(f"{str(value)[:40]!r} is none of {', '.join(each.value for each in kind)}") from error
