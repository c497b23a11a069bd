"""Drafts of statements beside the text that they come from: each field with its words, to be confirmed by a person."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from stopgap.api import Lake
from stopgap.base.errors import NotFoundError
from stopgap.briefs.claims.words import STANCES, economy_words
from stopgap.claims.claim import Action, GoodsGroup, Stance
from stopgap.claims.drafting.draft import Draft, Evidence
from stopgap.claims.drafting.reader import load_reader
from stopgap.claims.drafting.run import DraftRun
from stopgap.codes.areas import areas
from stopgap.codes.goods import goods_names
from stopgap.pages.views import PageContent
from stopgap.panel.episodes import episode_names, load_episode
from stopgap.sources.texts import SourceText
from stopgap.sources.texts.text import readable

WHOLE = 200_000
"""Characters up to which a text is shown whole; of a longer one, stretches without a statement are cut."""

KEPT = 1_000
"""Characters that stay at each end of a stretch that is cut."""

CONFIRMED = (
    "name",
    "office",
    "said_on",
    "audience",
    "stance",
    "actor",
    "action",
    "target",
    "goods",
    "period",
    "threshold",
)
"""Fields of a draft that a person confirms or corrects before it is registered, in the order of the form."""

_LABELS = {
    "name": "Speaker", "office": "Office", "said_on": "Said on", "audience": "To", "stance": "How it stands", "actor": "Actor",
    "action": "Action", "target": "Target", "goods": "Goods", "period": "Period", "threshold": "Threshold",
}  # fmt: skip
_HELP = {
    "name": "The person or office that said it, not the newspaper.",
    "said_on": "YYYY-MM-DD",
    "audience": "Economies (ISO3) or words such as press; empty where it is not said.",
    "actor": "ISO3, EU, THIRD, ANY, or companies:CHN.",
    "target": "ISO3.",
    "goods": "Goods lists or families, with commas between; empty where none are named.",
    "period": "YYYY-MM to YYYY-MM; empty for that of the episode.",
    "threshold": "Share of the loss, such as 0.25, set before looking at figures; empty for 0.10, 0.25 and 0.50.",
}
_EVIDENCE = {"name": "speaker"}


@dataclass(frozen=True)
class DraftField:
    """One field of a draft in the form.

    Attributes:
        name: Name by which it is filled in.
        label: Its name for people.
        number: Number of the field, by which its words are marked in the text.
        value: What is proposed; empty where the text leaves it open.
        said: The value in words, where it is a code.
        help: What can be written.
        choices: Values to choose from, with their texts; empty for free text.
        words: Words that it comes from; empty where none are named.
        why: Where it comes from otherwise.
    """

    name: str
    label: str
    number: int
    value: str
    said: str
    help: str
    choices: tuple[tuple[str, str], ...]
    words: str
    why: str


@dataclass(frozen=True)
class DraftView:
    """One draft as the page shows it: its words, its fields, and the record that is registered."""

    number: int
    words: str
    chain: tuple[str, ...]
    sure: str
    fields: tuple[DraftField, ...]
    record: str


@dataclass(frozen=True)
class TextPiece:
    """A stretch of the text.

    Attributes:
        text: Its characters.
        keys: ``draft-field`` numbers of which it holds words, parted by blanks: ``1-4 1-6``.
        draft: Number of the draft whose words begin here; 0 elsewhere.
        is_claim: Whether it is part of the words of a statement.
        cut: Characters that are left out in its place.
    """

    text: str
    keys: str = ""
    draft: int = 0
    is_claim: bool = False
    cut: int = 0


def draft_page() -> PageContent:
    """Return the page on which a text is pasted; where no reader is installed, it says how to get one."""
    lacks = None
    try:
        load_reader()
    except NotFoundError as error:
        lacks = error
    return PageContent("claims/draft.html", "Draft from a text", {"lacks": lacks}, nav="/claims")


def drafts_part(lake: Lake, run: DraftRun, carried: str, name: str) -> PageContent:
    """Return the drafts of a text beside it.

    Args:
        lake: The lake.
        run: The drafts.
        carried: The file as it came, as base64, which the registration needs again.
        name: Name of the file.
    """
    text = run.texts[0]
    drafts = tuple(draft_view(draft, text, number) for number, draft in enumerate(run.drafts, 1))
    return PageContent(
        "claims/drafts.html",
        "Drafts",
        {
            "drafts": drafts,
            "pieces": text_pieces(text, run.drafts),
            "language": text.language or "",
            "characters": len(text.text),
            "notes": run.notes,
            "carried": carried,
            "name": name,
            "episodes": tuple((each, load_episode(each).title) for each in episode_names()),
            "economies": tuple((code, area.name) for code, area in areas().items() if area.kind == "economy"),
            "goods": tuple(dict.fromkeys([*map(str, GoodsGroup), *goods_names()])),
        },
        marking=run.marking,
        nav="/claims",
    )


def draft_view(draft: Draft, text: SourceText, number: int) -> DraftView:
    """Return a draft with its fields; the day is that of the text where it states one."""
    values = proposed(draft.as_dict(), text)
    fields = tuple(_field(draft, name, values[name], at) for at, name in enumerate(CONFIRMED, 1))
    return DraftView(
        number,
        draft.words,
        draft.chain,
        f"{draft.confidence:.0%}",
        fields,
        json.dumps(draft.as_dict(), ensure_ascii=False),
    )


def proposed(record: Mapping[str, Any], text: SourceText | None) -> dict[str, str]:
    """Return the values that a draft proposes, as a person would write them, by field of :data:`CONFIRMED`."""
    date = str((text.meta if text else {}).get("date", ""))[:10]
    return {
        "name": record.get("speaker") or "",
        "office": record.get("office") or "",
        "said_on": date,
        "audience": ", ".join(record.get("audience") or []),
        "stance": record.get("stance") or "",
        "actor": record.get("actor") or "",
        "action": record.get("action") or "",
        "target": record.get("target") or "",
        "goods": ", ".join(str(each.get("group") or "") for each in record.get("goods") or []),
        "period": "",
        "threshold": "",
    }


def unconfirmed(values: Mapping[str, str], given: Mapping[str, str], ticked: Iterable[str]) -> list[str]:
    """Return the labels of the fields that a person has neither confirmed nor corrected.

    Args:
        values: What was proposed.
        given: What the form holds.
        ticked: Fields that were ticked.
    """
    done = set(ticked)
    return [_LABELS[name] for name in CONFIRMED if name not in done and _same(given.get(name, ""), values[name])]


def fills_of(values: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """Return the fields that differ from what was proposed, as they are filled in."""
    found = {}
    for name in CONFIRMED:
        value = " ".join(given.get(name, "").split())
        if _same(value, values[name]):
            continue
        found[name] = _months(value) if name == "period" else value
    if "said_on" not in found and values["said_on"]:
        found["said_on"] = values["said_on"]
    return found


def _months(value: str) -> str:
    first, _, last = value.replace(":", " to ").partition(" to ")
    return f"{first.strip()}:{last.strip()}"


def _same(one: str, other: str) -> bool:
    return " ".join(one.split()) == " ".join(other.split())


def _field(draft: Draft, name: str, value: str, number: int) -> DraftField:
    found = draft.evidence.get(_EVIDENCE.get(name, name))
    words = "" if found is None or found.start is None else found.words
    said = economy_words(value) if name in ("actor", "target") and value else ""
    return DraftField(
        name,
        _LABELS[name],
        number,
        value,
        said,
        _HELP.get(name, ""),
        _choices(name),
        words,
        _why(draft, name, found, value),
    )


def _choices(name: str) -> tuple[tuple[str, str], ...]:
    if name == "stance":
        return tuple((str(each), STANCES[each]) for each in Stance)
    if name == "action":
        return tuple((str(each), str(each).replace("-", " ")) for each in Action)
    return ()


def _why(draft: Draft, name: str, found: Evidence | None, value: str) -> str:
    """Return where a value comes from, where no words of the text are marked for it."""
    if name == "period":
        return f"time, as said: {draft.period}" if draft.period else "the text states no months"
    if name == "threshold":
        return "never read from a text"
    if name == "said_on":
        return "the day of the text" if value else "the text states no day"
    if not value:
        return "the text leaves it open"
    if found is None:
        return "no words are named for it"
    if found.start is not None:
        return ""
    return {"context": "from the context of the sentence", "default": "taken where the text says nothing else"}.get(
        found.how, f"from the {found.how}"
    )


def text_pieces(text: SourceText, drafts: Iterable[Draft]) -> tuple[TextPiece, ...]:
    """Return the text cut at every place where words of a field, or of a statement, begin or end."""
    spans: list[tuple[int, int, str]] = []
    claims: list[tuple[int, int, int]] = []
    for number, draft in enumerate(drafts, 1):
        claims.append((draft.start, draft.end, number))
        for at, name in enumerate(CONFIRMED, 1):
            found = draft.evidence.get(_EVIDENCE.get(name, name))
            if found is not None and found.start is not None and found.end is not None:
                spans.append((found.start, found.end, f"{number}-{at}"))
    size = len(text.text)
    edges = sorted({0, size, *(min(edge, size) for span in (*spans, *claims) for edge in span[:2])})
    pieces: list[TextPiece] = []
    for start, end in itertools.pairwise(edges):
        keys = " ".join(key for first, last, key in spans if first <= start and end <= last)
        opening = next((number for first, _, number in claims if first == start), 0)
        is_claim = any(first <= start and end <= last for first, last, _ in claims)
        piece = TextPiece(readable(text.text, start, end).text, keys, opening, is_claim)
        pieces += [piece] if keys or is_claim or size <= WHOLE else _cut(piece)
    return tuple(pieces)


def _cut(piece: TextPiece) -> list[TextPiece]:
    """Return the ends of a long stretch without a statement, and how much is left out between them."""
    left = len(piece.text) - 2 * KEPT
    if left <= 0:
        return [piece]
    return [TextPiece(piece.text[:KEPT]), TextPiece("", cut=left), TextPiece(piece.text[-KEPT:])]
