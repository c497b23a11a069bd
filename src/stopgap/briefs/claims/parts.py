"""The parts of a page of claims: what is given, and what is printed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from stopgap.base.marking import CLEAR, Marking
from stopgap.briefs.formats.cells import BriefTable
from stopgap.briefs.formats.text import clean
from stopgap.briefs.parts import ChartPart
from stopgap.claims.claim import Claim, Relation
from stopgap.claims.register.text_spans import Context
from stopgap.claims.testing.results import TestedClaim, Verdict

_ID = re.compile(r"c-[0-9a-f]{4,}")


@dataclass(frozen=True)
class LinkedStatement:
    """Another statement that the claim is linked to.

    Attributes:
        is_from: Whether the other does it to the claim; otherwise the claim does it to the other.
        claim: The other.
        verdict: Its verdict; ``None`` where it was not tested.
        context: Its own words in their sentence; ``None`` where the source is not at hand.
    """

    relation: Relation
    is_from: bool
    claim: Claim
    verdict: Verdict | None = None
    context: Context | None = None


@dataclass(frozen=True)
class ClaimSheet:
    """A tested claim with what stands beside it on its page.

    Attributes:
        linked: Statements linked to it, in either direction.
        context: The source's own words in their sentence; ``None`` where the source is not at hand.
        registered: Who registered it, and when; ``None`` where it is not in a register.
        file: How a command names it: its id, or its file.
        marking: Who may see it; that of a page is the strictest of its claims.
    """

    tested: TestedClaim
    linked: tuple[LinkedStatement, ...] = ()
    context: Context | None = None
    registered: str | None = None
    file: str | None = None
    marking: Marking = CLEAR


@dataclass(frozen=True)
class Said:
    """Words as they are printed: the same for the claim and for every statement linked to it.

    ``before`` and ``after`` are what stands around them in their sentence, with the blank between. Where ``is_own``,
    the text is ours and not the source's; where it is the source's and there are ours too, ``own`` holds ours.
    ``verdict`` and ``relation`` are those of a linked statement, in words.
    """

    title: str
    by: str
    text: str
    before: str
    after: str
    language: str
    is_rtl: bool
    is_own: bool
    own: str
    place: str
    verdict: str = ""
    relation: str = ""


@dataclass(frozen=True)
class Sheet:
    """One claim as it is printed."""

    key: str
    title: str
    kicker: str
    verdict: Verdict
    verdict_words: str
    because: str
    verdict_notes: tuple[str, ...]
    said: Said
    facts: tuple[tuple[str, str], ...]
    chain: tuple[tuple[str, str], ...]
    linked: tuple[Said, ...]
    notes: tuple[str, ...]
    figures: tuple[ChartPart, ...]
    tables: tuple[BriefTable, ...]
    months: ChartPart | None
    since: str
    would_change: tuple[str, ...]
    cannot: tuple[str, ...]
    basis: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
    commands: tuple[tuple[str, str], ...]


@dataclass
class Numbers:
    """Numbers that run through a whole document."""

    figures: int = 0
    keys: set[str] = field(default_factory=set)
    queries: dict[str, str] = field(default_factory=dict)

    def figure(self) -> int:
        self.figures += 1
        return self.figures

    def key(self, claim: str, place: int) -> str:
        """Where a claim stands in the document: its id, where that can be one and no other claim has it."""
        key = claim if _ID.fullmatch(claim) and claim not in self.keys else f"claim-{place}"
        self.keys.add(key)
        return key

    def query(self, sql: str) -> str:
        """Number of a query, the same each time."""
        return self.queries.setdefault(clean(sql), f"Q{len(self.queries) + 1}")


@dataclass(frozen=True)
class ClaimDocument:
    """One or several claims as printed: each query once, under its number; the strictest marking of the claims'."""

    title: str
    sheets: tuple[Sheet, ...]
    queries: tuple[tuple[str, str], ...]
    as_of: str
    made_with: str
    marking: Marking = CLEAR
