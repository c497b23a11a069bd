"""Drafts: proposed claims, with the supporting words and a confidence for each field."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from stopgap.base.documents import as_document
from stopgap.claims.claim import Action, GoodsGroup, Stance


@dataclass(frozen=True)
class Evidence:
    """Evidence for one field of a draft.

    Attributes:
        words: Supporting words; empty where the evidence is the context of the sentence.
        start: First character in the stored text; ``None`` without words.
        end: One past the last character.
        confidence: 0 to 1, a judgement of the rule and not a probability.
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
    """Goods of a draft; ``phrase`` is ``None`` where only the preceding sentences name them."""

    phrase: str | None
    group: GoodsGroup


@dataclass(frozen=True)
class Draft:
    """A proposed claim, never registered without a person's approval; ``None`` marks what the text leaves open.

    Attributes:
        file: Name of the text.
        start: First character of the words in the stored text.
        end: One past the last character.
        words: Words of the claim, each run of white space as one space.
        uttered_by: Person or outlet whose wording the text gives.
        chain: Sources, nearest first.
        actor: Code as in :class:`stopgap.claims.claim.Claim`.
        target: ISO3.
        period: Words that state the time.
        degree: Words that state the scale.
        confidence: Likelihood that the sentence makes a claim, 0 to 1, calibrated on labelled texts; for a language
            model's draft, the value that the program returned.
        evidence: Evidence by field.
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
        """Convert the draft to the JSON of ``claims draft --format json``."""
        document = as_document(self)
        document["audience"] = document["audience"] or None
        for part in (document, *document["evidence"].values()):
            part["confidence"] = round(part["confidence"], 2)
        return document
