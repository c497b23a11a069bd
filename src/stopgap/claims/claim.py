"""Data model of a claim: who said what, to whom, through which sources, in terms that figures can test.

Drafts and registered claims share these terms; a claim file spells them as the contract does
(docs/reference/claim-files.md).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Stance(StrEnum):
    """How the words stand to what they say."""

    ASSERTION = "assertion"
    DENIAL = "denial"
    WARNING = "warning"
    QUESTION = "question"
    REPORTED = "reported"


class Action(StrEnum):
    """What the actor is said to do."""

    BACKFILL = "backfill"
    SUPPLY = "supply"
    ROUTE_THROUGH = "route-through"
    STOP = "stop"
    FILL_COMPONENTS = "fill-components"
    BUY_ENERGY = "buy-energy"
    CONSEQUENCE = "consequence"
    OTHER = "other"


class GoodsGroup(StrEnum):
    """Families of goods that statements name."""

    OPTICAL = "optical"
    PROPELLANTS = "propellants"
    SPACE_EQUIPMENT = "space-equipment"
    MACHINE_TOOLS = "machine-tools"
    MICROELECTRONICS = "microelectronics"
    DUAL_USE = "dual-use"
    COMPONENTS = "components"
    WEAPONS = "weapons"
    ENERGY = "energy"
    UNSPECIFIED = "unspecified"


class Relation(StrEnum):
    """What one statement does to another."""

    REPEATS = "repeats"
    DENIES = "denies"
    QUOTES = "quotes"
    UPDATES = "updates"


@dataclass(frozen=True)
class Speaker:
    """The person or office that made the claim, according to its source.

    Attributes:
        office: Office of the speaker as the text gives it; ``None`` where it gives none.
        uttered_by: Person or outlet whose wording the text gives; ``None`` where it is the speaker's own.
    """

    name: str
    office: str | None = None
    uttered_by: str | None = None


@dataclass(frozen=True)
class SourceLink:
    """One link of the chain by which a claim came.

    Attributes:
        source: Person, office, newspaper, or a description (``U.S. officials``).
        form: ``briefing``, ``report``, ``unnamed-officials``, ``interview``, ``statement``, ``readout``, ``speech``,
            ``quoted``; ``None`` where unknown.
    """

    source: str
    form: str | None = None


@dataclass(frozen=True)
class ClaimWords:
    """The words a claim rests on.

    Attributes:
        text: As said, or in our own words where ``start`` is ``None``.
        start: First character in the stored source text; ``None`` where the source is not at hand.
        end: One past the last character.
        source: Name of the file.
        sha256: Of the stored text (UTF-8) that the offsets count in.
        language: ISO 639-1.
        quoted: Whether ``text`` repeats the source's words.
    """

    text: str
    start: int | None = None
    end: int | None = None
    source: str | None = None
    sha256: str | None = None
    language: str = "en"
    quoted: bool = True


@dataclass(frozen=True)
class ClaimLink:
    """What this claim does to another, which ``claim`` names by its id."""

    relation: Relation
    claim: str


@dataclass(frozen=True)
class NamedGoods:
    """Goods of a claim.

    Attributes:
        name: Goods list (name or path), or a family of :class:`GoodsGroup` with a list of that name.
        phrase: The words used for it; ``None`` where it is not named.
        version: Version and hash of the list (``goods_version`` of findings), fixed when registered; before that ``None``.
    """

    name: str
    phrase: str | None = None
    version: str | None = None


@dataclass(frozen=True)
class Claim:
    """A statement in terms that figures can meet.

    Attributes:
        id: Given when registered; ``None`` before.
        title: One line in our own words.
        said_on: Day, ``YYYY-MM-DD``.
        said_at: Place; ``None`` where unknown.
        chain: Sources, nearest first, ending with the originator.
        audience: Economies (ISO3) or descriptions (``partner-states``, ``press``).
        actor: ISO3, ``EU``, ``companies:XXX``, ``companies:THIRD``, ``companies:ANY``, ``THIRD`` or ``ANY``.
        target: ISO3.
        goods: Goods named; empty where none is.
        period_from: First month, ``YYYY-MM``; ``None``: the episode's own.
        period_to: Last month; ``None``: the last there is.
        threshold: Share of the loss set before looking; ``None``: the grid .10/.25/.50.
        episode: Episode to test on; ``None``: chosen by target and action.
        degree: Words of scale.
        note: What a reader must know.
    """

    id: str | None
    title: str
    said_by: Speaker
    said_on: str
    words: ClaimWords
    stance: Stance
    actor: str
    action: Action
    target: str
    said_at: str | None = None
    chain: tuple[SourceLink, ...] = ()
    audience: tuple[str, ...] = ()
    goods: tuple[NamedGoods, ...] = ()
    period_from: str | None = None
    period_to: str | None = None
    threshold: float | None = None
    episode: str | None = None
    degree: str | None = None
    links: tuple[ClaimLink, ...] = field(default=())
    note: str | None = None
