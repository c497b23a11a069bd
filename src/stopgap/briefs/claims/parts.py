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
class RungCell:
    """Answer of one part of the claim at one layer.

    Attributes:
        verdict: Verdict of the layer, on the positive proposition; ``None`` where the part has no figures of it.
        answer: The verdict in words.
        lines: Figures in short, or the reason why there is none.
        settle: What would settle it; empty where it is settled, or told for the whole layer.
        is_asserted: Whether the words assert this layer for the part.
    """

    verdict: Verdict | None
    answer: str
    lines: tuple[str, ...]
    settle: str
    is_asserted: bool


@dataclass(frozen=True)
class Rung:
    """One layer of the ladder, with a cell for each part; ``when`` and ``settle`` are told once where they hold for all."""

    name: str
    question: str
    when: str
    is_asserted: bool
    settle: str
    cells: tuple[RungCell, ...]


@dataclass(frozen=True)
class LadderPart:
    """A ladder as printed: layers from hard fact to inference, and a column for each part of the claim."""

    key: str
    title: str
    heads: tuple[str, ...]
    rungs: tuple[Rung, ...]
    note: str


@dataclass(frozen=True)
class PartSheet:
    """Figures of one part of the claim as printed.

    Attributes:
        answer: Its verdict and layer, in one line.
        paragraphs: What the tables come to.
        limits: What limits a comparison of the figures.
        figures: Charts, above the tables.
        intervals: Charts of figures that have an interval, below the tables, with tables of their own.
    """

    key: str
    title: str
    answer: str
    paragraphs: tuple[str, ...]
    figures: tuple[ChartPart, ...]
    tables: tuple[BriefTable, ...]
    limits: tuple[str, ...]
    intervals: tuple[ChartPart, ...] = ()
    interval_tables: tuple[BriefTable, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """Content of one claim as printed, in the order of the page."""

    key: str
    title: str
    kicker: str
    said: Said
    facts: tuple[tuple[str, str], ...]
    chain: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    verdict: Verdict
    verdict_words: str
    parts_words: str
    because: str
    summary: str
    part_lines: tuple[tuple[str, str, str], ...]
    judged: str
    scale: str
    verdict_notes: tuple[str, ...]
    since: str
    ladders: tuple[LadderPart, ...]
    parts: tuple[PartSheet, ...]
    months: ChartPart | None
    rests_on: BriefTable | None
    linked: tuple[Said, ...]
    would_change: tuple[str, ...]
    no_change: str
    cannot: tuple[str, ...]
    basis: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
    commands: tuple[tuple[str, str], ...]

    @property
    def figures(self) -> tuple[ChartPart, ...]:
        """Every chart of the page."""
        found = [figure for part in self.parts for figure in (*part.figures, *part.intervals)]
        return (*found, self.months) if self.months is not None else tuple(found)


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
