"""Data model of a page of claims: its inputs, and its printed content."""

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
    """A statement that is linked to the claim.

    Attributes:
        is_from: Whether the link runs from the other statement to the claim; otherwise it runs from the claim.
        claim: The other statement.
        verdict: Its verdict; ``None`` where it was not tested.
        context: Its own words in their sentence; ``None`` where the source is not available.
    """

    relation: Relation
    is_from: bool
    claim: Claim
    verdict: Verdict | None = None
    context: Context | None = None


@dataclass(frozen=True)
class ClaimSheet:
    """A tested claim with the other inputs of its page.

    Attributes:
        linked: Statements linked to it, in either direction.
        context: The source's own words in their sentence; ``None`` where the source is not available.
        registered: Who registered it, and when; ``None`` where it is not in a register.
        file: Claim file by which commands name it; ``None`` where they use its id.
        marking: Who may see it; the marking of a page is the strictest of its claims'.
    """

    tested: TestedClaim
    linked: tuple[LinkedStatement, ...] = ()
    context: Context | None = None
    registered: str | None = None
    file: str | None = None
    marking: Marking = CLEAR


@dataclass(frozen=True)
class Said:
    """A statement's words as printed, in the same form for the claim and for every statement linked to it.

    ``before`` and ``after`` are the rest of their sentence, including the separating space. Where ``is_own``, the text
    is our wording and not the source's; where both exist, ``text`` is the source's and ``own`` is ours. ``verdict``
    and ``relation`` are words, and set only for a linked statement.
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
    """Content of one claim as printed."""

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
    """Numbering of figures, claims and queries across a whole document."""

    figures: int = 0
    keys: set[str] = field(default_factory=set)
    queries: dict[str, str] = field(default_factory=dict)

    def figure(self) -> int:
        self.figures += 1
        return self.figures

    def key(self, claim: str, place: int) -> str:
        """Anchor of a claim in the document: its id where that is valid and not yet used, else ``claim-N``."""
        key = claim if _ID.fullmatch(claim) and claim not in self.keys else f"claim-{place}"
        self.keys.add(key)
        return key

    def query(self, sql: str) -> str:
        """Number of a query (``Q1``); the same query always gets the same number."""
        return self.queries.setdefault(clean(sql), f"Q{len(self.queries) + 1}")


@dataclass(frozen=True)
class ClaimDocument:
    """Content of one or several claims as printed: each query once, by number, and the claims' strictest marking."""

    title: str
    sheets: tuple[Sheet, ...]
    queries: tuple[tuple[str, str], ...]
    as_of: str
    made_with: str
    marking: Marking = CLEAR
