"""What is asked of the lists, and what they answer."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from stopgap.screening.entities import Identifier, NameKind


@dataclass(frozen=True, slots=True)
class ScreenQuery:
    """A company, or a vessel, to be looked for; what is not known is left out.

    Attributes:
        name: As the user has it, in any script.
        countries: ISO3.
        identifiers: Numbers of registers.
        schema: FollowTheMoney's.
    """

    name: str
    countries: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    address: str | None = None
    schema: str | None = None


@dataclass(frozen=True, slots=True)
class FeatureScore:
    """One thing that speaks for or against a match, in words (``says``).

    Attributes:
        score: Its value, 0 to 1 (NaN is never shown: what could not be compared has no row).
        weight: What it moves the log odds of "the same company" by; negative speaks against.
    """

    feature: str
    score: float
    weight: float
    says: str


@dataclass(frozen=True, slots=True)
class Match:
    """An entity that may be the one asked for.

    Attributes:
        list_date: Day of the list's edition, ``YYYY-MM-DD``, or ``None``.
        name: The entry's own name.
        matched_name: The name of it that is nearest to the query.
        matched_kind: How the list calls that name.
        score: Probability that both are the same company, 0 to 1.
        rank: 1 is the best.
        features: Why, the weightiest first; empty unless asked for.
        alerts: Whether the score reaches the threshold and more than a weak alias speaks for it.
    """

    entity_id: str
    list: str
    list_date: str | None
    name: str
    matched_name: str
    matched_kind: NameKind
    score: float
    rank: int
    features: tuple[FeatureScore, ...] = ()
    alerts: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The fields that ``screen --format json`` prints."""
        return {**asdict(self), "matched_kind": self.matched_kind.value}
