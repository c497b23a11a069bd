"""A draft: a proposed claim, each field with the words it rests on and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from stopgap.claims.claim import Action, GoodsGroup, Stance


@dataclass(frozen=True)
class Evidence:
    """What a field rests on.

    Attributes:
        words: The words; empty where the field rests on what stands around the sentence.
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
    """Goods of a draft.

    Attributes:
        phrase: As in the text; ``None`` where known from the sentences before alone.
        group: Family.
    """

    phrase: str | None
    group: GoodsGroup


@dataclass(frozen=True)
class Draft:
    """A proposed claim, never registered without a person's yes.

    Attributes:
        file: Name of the text.
        start: First character of the words in the stored text.
        end: One past the last.
        words: The words, runs of blanks made one.
        stance: How they stand to what they say.
        speaker: Who is said to have made the claim; ``None`` where the text leaves it open.
        uttered_by: Whose words they are in the text.
        office: Office of the speaker, where the text gives it.
        chain: Sources, nearest first.
        audience: Who is addressed, where stated.
        actor: As :class:`stopgap.claims.claim.Claim` codes it; ``None`` where left open.
        action: What the actor is said to do.
        target: ISO3; ``None`` where left open.
        goods: Goods named.
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
        return {
            "file": self.file,
            "start": self.start,
            "end": self.end,
            "words": self.words,
            "stance": self.stance.value,
            "speaker": self.speaker,
            "uttered_by": self.uttered_by,
            "office": self.office,
            "chain": list(self.chain),
            "audience": list(self.audience) or None,
            "actor": self.actor,
            "action": self.action.value,
            "target": self.target,
            "goods": [{"phrase": each.phrase, "group": each.group.value} for each in self.goods],
            "period": self.period,
            "degree": self.degree,
            "confidence": round(self.confidence, 2),
            "evidence": {
                name: {
                    "words": each.words,
                    "start": each.start,
                    "end": each.end,
                    "confidence": round(each.confidence, 2),
                    "how": each.how,
                }
                for name, each in self.evidence.items()
            },
        }
