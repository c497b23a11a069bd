"""A draft: a proposed claim, each field with the words it rests on and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from stopgap.base.documents import as_document
from stopgap.claims.claim import Action, GoodsGroup, Stance


@dataclass(frozen=True)
class Evidence:
    """What a field rests on.

    Attributes:
        words: Empty where the field rests on what stands around the sentence.
        start: First character in the stored text; ``None`` without words.
        end: One past the last.
        confidence: 0 to 1, a judgement of the rule and no probability.
        how: ``named``, ``pronoun``, ``context``, ``tag``, ``title`` or ``default``; ``weighed`` where the words are
            signals with their weights and the confidence is the likelihood of a claim (``claim``).
    """

    words: str
    start: int | None
    end: int | None
    confidence: float
    how: str = "named"


@dataclass(frozen=True)
class DraftGoods:
    """Goods of a draft; ``phrase`` is ``None`` where known from the sentences before alone."""

    phrase: str | None
    group: GoodsGroup


@dataclass(frozen=True)
class Draft:
    """A proposed claim, never registered without a person's yes; ``None`` is what the text leaves open.

    Attributes:
        file: Name of the text.
        start: First character of the words in the stored text.
        end: One past the last.
        words: Runs of blanks made one.
        uttered_by: Whose words they are in the text.
        chain: Sources, nearest first.
        actor: As :class:`stopgap.claims.claim.Claim` codes it.
        target: ISO3.
        period: Words of time.
        degree: Words of scale.
        confidence: Likelihood that the sentence makes a claim, 0 to 1, calibrated on labelled texts; of a language
            model's draft, what that program gave.
        evidence: What each field rests on.
    """

    file: str
    start: int
    end: int
    words: str
    stance: Stance
    speaker: str | None
    uttered_by: str | None
    office: str | None
    chain: tuple[str, ...]
    audience: tuple[str, ...]
    actor: str | None
    action: Action
    target: str | None
    goods: tuple[DraftGoods, ...]
    period: str | None
    degree: str | None
    confidence: float
    evidence: dict[str, Evidence] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The draft as ``claims draft --format json`` prints it."""
        document = as_document(self)
        document["audience"] = document["audience"] or None
        for part in (document, *document["evidence"].values()):
            part["confidence"] = round(part["confidence"], 2)
        return document
