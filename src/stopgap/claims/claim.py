"""Data model of a claim: who said what, to whom, through which sources, in terms that trade figures can test.

Drafts and registered claims share these terms; a claim file spells them as documented in
docs/reference/claim-files.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Stance(StrEnum):
    """Stance of a statement: whether its words assert, deny, warn, ask, or pass on what another said."""

    ASSERTION = "assertion"
    DENIAL = "denial"
    WARNING = "warning"
    QUESTION = "question"
    REPORTED = "reported"


class Action(StrEnum):
    """Kind of conduct that a claim attributes to the actor."""

    BACKFILL = "backfill"
    SUPPLY = "supply"
    ROUTE_THROUGH = "route-through"
    STOP = "stop"
    FILL_COMPONENTS = "fill-components"
    BUY_ENERGY = "buy-energy"
    CONSEQUENCE = "consequence"
    OTHER = "other"
    TELL = "tell"  # informing others; no figures test it


class GoodsGroup(StrEnum):
    """Families of goods named in statements."""

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
    """Kind of link from one statement to another."""

    REPEATS = "repeats"
    DENIES = "denies"
    QUOTES = "quotes"
    UPDATES = "updates"


@dataclass(frozen=True)
class Speaker:
    """The person or office that made the claim, according to its source.

    Attributes:
        office: Office of the speaker as stated in the text; ``None`` where it states none.
        uttered_by: Person or outlet whose wording the text gives; ``None`` where it is the speaker's own.
    """

    name: str
    office: str | None = None
    uttered_by: str | None = None


@dataclass(frozen=True)
class SourceLink:
    """One link of the chain of sources through which a claim was passed on.

    Attributes:
        source: Person, office, newspaper, or a description (``U.S. officials``).
        form: ``briefing``, ``report``, ``unnamed-officials``, ``interview``, ``statement``, ``readout``, ``speech``,
            ``quoted``; ``None`` where unknown.
    """

    source: str
    form: str | None = None


@dataclass(frozen=True)
class ClaimWords:
    """Words of a claim and their place in the source text.

    Attributes:
        text: As spoken or written, or in our own words where ``start`` is ``None``.
        start: First character in the stored source text; ``None`` where the source is not available.
        end: One past the last character.
        source: Name of the file.
        sha256: Hash of the stored text (UTF-8) that the offsets refer to.
        language: ISO 639-1 code.
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
    """Link from this claim to another, given by its id in ``claim``."""

    relation: Relation
    claim: str


@dataclass(frozen=True)
class NamedGoods:
    """Goods named in a claim.

    Attributes:
        name: Goods list (name or path), or a family of :class:`GoodsGroup` with a list of that name.
        phrase: The words used for them; ``None`` where they are not named.
        version: Version and hash of the list (``goods_version`` of findings), fixed when registered; ``None`` before.
    """

    name: str
    phrase: str | None = None
    version: str | None = None


@dataclass(frozen=True)
class Claim:
    """A statement in terms that trade figures can test.

    Attributes:
        id: Assigned when registered; ``None`` before.
        title: One line in our own words.
        said_on: Day of the statement, ``YYYY-MM-DD``.
        said_at: Place of the statement; ``None`` where unknown.
        chain: Sources, nearest first, ending with the originator.
        audience: Economies (ISO3) or descriptions (``partner-states``, ``press``).
        actor: ISO3, ``EU``, ``companies:XXX``, ``companies:THIRD``, ``companies:ANY``, ``THIRD`` or ``ANY``.
        target: ISO3.
        goods: Goods named; empty where there are none.
        period_from: First month, ``YYYY-MM``; ``None``: that of the episode.
        period_to: Last month; ``None``: the last available.
        threshold: Share of the loss, set before looking at figures; ``None``: the grid .10/.25/.50.
        episode: Episode to test on; ``None``: chosen by target and action.
        degree: Words that state the scale.
        note: Caveat for readers.
        layer: Layer that the words assert (``shipped``, ``rose`` …); ``None``: by the words and the action.
        also: Further acts that the words assert, each a part of the claim.
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
    layer: str | None = None
    also: tuple[Action, ...] = ()
