"""Sentences in the ways that briefings put things, each in a short briefing of its own: `labels/phrasings.csv`.

Made up, of ordinary words. Rules and weights are made with them at hand.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass

from claim_labels import LABELS

TABLE = LABELS / "phrasings.csv"
COLD = "MR. KORBY:  Good morning. We are watching Russia closely.\n\nQ    On Russia and China.  Thanks.\n\nMR. KORBY:  Sure.\n\n"
"""What stands before a sentence: nothing that is claimed."""
HOT = (
    "Q    Is China helping Russia?\n\nMR. KORBY:  China is providing machine tools to Russia’s defense industry.\n\n"
    "Q    Thanks.\n\nMR. KORBY:  We spoke of it.\n\n"
)
"""The same with a claim."""
TAGS = {"A": "MR. KORBY:  ", "Q": "Q    "}
SPEAKERS = {"A": "MR. KORBY", "Q": "Q"}


@dataclass(frozen=True)
class Phrasing:
    """A row of the table.

    Attributes:
        kind: ``fields``: a claim with ``stance actor action target``; ``speaker``: a claim of somebody; ``none``.
        who: Whose turn it is: ``A`` answers, ``Q`` asks.
        sentence: Its words.
        expected: By kind: the fields; the speaker, or whose turn; empty.
    """

    kind: str
    who: str
    sentence: str
    expected: str

    def in_briefing(self, before: str = COLD) -> tuple[str, int]:
        """A briefing with the sentence, and where it begins."""
        text = f"{before}{TAGS[self.who]}{self.sentence}\n\nMR. KORBY:  Thank you.\n"
        return text, text.index(self.sentence)

    @property
    def speaker(self) -> str:
        """The speaker that is expected."""
        return SPEAKERS.get(self.expected, self.expected)


def phrasings() -> tuple[Phrasing, ...]:
    """All rows."""
    return tuple(Phrasing(**row) for row in csv.DictReader(TABLE.read_text("utf-8").splitlines()))
